-- A customer is what one app calls so; another app's customer of the same name is another person.
create table customers (
    account_id bigint not null references accounts (id),
    id text not null,
    -- As first told; each hail has its own.
    phone text not null,
    ban_begin timestamptz,
    ban_end timestamptz,
    primary key (account_id, id)
);

create table hails (
    id text primary key,
    -- Grows with every change: a change names the one it was made for.
    revision bigint not null,
    -- A word of the program's table of rules, so that a new status needs no migration.
    status text not null,
    created_at timestamptz not null,
    changed_at timestamptz not null,
    -- When it changes by itself. Null: it is over. So "open" and "will end" are one fact.
    deadline_at timestamptz,
    client_id bigint not null,
    operator_id bigint not null references accounts (id),
    taxi_id text not null references taxis (id),
    vehicle_id bigint not null references vehicles (id),
    session_id text not null,
    customer_id text not null,
    customer_lon double precision not null,
    customer_lat double precision not null,
    customer_address text not null,
    customer_phone text not null,
    initial_lon double precision,
    initial_lat double precision,
    taxi_phone text,
    incident_customer_reason text,
    incident_taxi_reason text,
    reporting_customer boolean,
    reporting_customer_reason text,
    rating_ride integer,
    rating_ride_reason text,
    -- The call to the operator: who makes it leases it first.
    call_leased_until timestamptz,
    call_attempt integer not null,
    -- When retention took its precision away.
    blurred_at timestamptz,
    foreign key (client_id, customer_id) references customers (account_id, id)
);

-- Two customers are never promised one vehicle, whoever describes it and whichever taxi is hailed.
create unique index one_open_hail_per_vehicle on hails (vehicle_id) where deadline_at is not null;
create index hails_by_deadline on hails (deadline_at) where deadline_at is not null;
create index hails_owed_a_call on hails (created_at) where status = 'received';
create index hails_by_session on hails (session_id);
create index hails_by_customer on hails (client_id, customer_id, changed_at);
create index hails_by_client on hails (client_id, created_at, id);
create index hails_by_operator on hails (operator_id, created_at, id);
create index hails_by_taxi on hails (taxi_id);
create index hails_by_vehicle on hails (vehicle_id);

create table hail_transitions (
    hail_id text not null references hails (id) on delete cascade,
    -- The hail's revision with this transition.
    revision bigint not null,
    from_status text,
    to_status text not null,
    at timestamptz not null,
    -- Null: the registry itself.
    by_account_id bigint references accounts (id),
    reason text,
    primary key (hail_id, revision)
);
