-- Where each taxi was last known to be, as each account reported it: written behind, some time after
-- the report, so that a restart does not forget it. Positions that are searched are in memory.
create table last_positions (
    taxi_id text not null references taxis (id) on delete cascade,
    account_id integer not null references accounts (id),
    lon real not null,
    lat real not null,
    -- When it was reported, in seconds since the epoch.
    at_s integer not null,
    primary key (taxi_id, account_id)
) strict, without rowid;

create index last_positions_by_time on last_positions (at_s);
