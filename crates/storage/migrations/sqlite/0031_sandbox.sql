-- Test taxis that answer by themselves, until `ends_at`. Their drivers, vehicles and licences are numbered, and used
-- again by later test taxis.
create table sandbox_taxis (
    number integer primary key,
    taxi_id text not null unique references taxis (id) on delete cascade,
    account_id integer not null references accounts (id) on delete cascade,
    behaviour text not null,
    lon real not null,
    lat real not null,
    added_at text not null,
    ends_at text not null
) strict;
create index sandbox_taxis_account on sandbox_taxis (account_id);

-- Test calls, which an operator asked for, stand in the log, and count as no call.
alter table operator_calls add column is_test integer not null default 0;
