-- Test taxis that answer by themselves, until `ends_at`. Their drivers, vehicles and licences are numbered, and used
-- again by later test taxis.
create table sandbox_taxis (
    number bigint primary key,
    taxi_id text not null unique references taxis (id) on delete cascade,
    account_id bigint not null references accounts (id) on delete cascade,
    behaviour text not null,
    lon double precision not null,
    lat double precision not null,
    added_at timestamptz not null,
    ends_at timestamptz not null
);
create index sandbox_taxis_account on sandbox_taxis (account_id);

-- Test calls, which an operator asked for, stand in the log, and count as no call.
alter table operator_calls add column is_test boolean not null default false;
