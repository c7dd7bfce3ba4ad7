-- What lists and figures need, so that they stay fast with a million hails.

alter table hails
    -- The id by which the hail's app knows the taxi, where that is not the real one.
    add column shown_taxi_id text,
    -- Whether it is the first of its session: a list of sessions is a list of these.
    add column opens_session boolean not null default false,
    -- The town in which the customer stood; null: none.
    add column insee text,
    -- When it went into hail_days. Only hails that are over do, each once.
    add column counted_at timestamptz;

update hails set opens_session = true
where id in (
    select (select opening.id from hails opening where opening.session_id = of_session.session_id
        order by opening.created_at, opening.id limit 1)
    from (select distinct session_id from hails) of_session);

-- Ids are looked for by how they begin, too: compared byte by byte, as on the other engine.
alter table hails alter column id type text collate "C";
-- What refers to it compares alike, or no index would join the two.
alter table hail_transitions alter column hail_id type text collate "C";

-- With the place of the customer, of which maps show the newest thousands.
create index hails_by_time on hails (created_at, id, customer_lon, customer_lat);
-- With all that a filter may ask for, so that counting looks at nothing but the index.
drop index hails_by_client;
drop index hails_by_operator;
create index hails_by_client on hails (client_id, created_at, id, operator_id, status);
create index hails_by_operator on hails (operator_id, created_at, id, client_id, status);
create index hails_not_counted on hails (created_at) where counted_at is null;
create index hails_to_count on hails (changed_at) where deadline_at is null and counted_at is null;
create index hails_opening_sessions on hails (created_at, id) where opens_session;
create index hails_opening_sessions_by_client on hails (client_id, created_at, id)
    where opens_session;
-- Names are looked for by how they begin, in any case (of ASCII letters).
create index hails_by_customer_name on hails (lower(customer_id collate "C"), created_at);
create index hails_by_taxi_name on hails (lower(taxi_id collate "C"), created_at);

-- A taxi's number is what short-lived ids are made of.
create sequence taxi_numbers;
alter table taxis add column number bigint;
update taxis set number = nextval('taxi_numbers');
alter table taxis alter column number set not null;
create unique index taxis_by_number on taxis (number);
create index taxis_by_account on taxis (account_id, added_at, id);
create index vehicles_by_plain_plate
    on vehicles (lower(replace(replace(licence_plate, '-', ''), ' ', '') collate "C"));

alter table customers
    add column reprieve_begin timestamptz,
    add column reprieve_end timestamptz;

create index activity_by_action on activity (action, at, id);
create index activity_by_kind on activity (resource, at, id);
create index activity_by_id on activity (resource_id, at, id);

-- How many lines there are of each day, up to a moment that moves on.
create table activity_days (
    day date not null,
    action text not null,
    resource text not null,
    lines bigint not null,
    primary key (day, action, resource)
);

create table activity_counted (
    only_row boolean primary key default true check (only_row),
    -- Lines from before are in activity_days.
    until_at timestamptz not null
);

insert into activity_counted (until_at) values ('2000-01-01T00:00:00Z');
