-- Figures, added up as things happen, so that nobody waits for a million rows to be counted.
--
-- A scope says of which part of everything a row speaks; storage/src/figures.rs writes and reads
-- these keys. Rows are written in batches, by one server at a time.

-- Hails that are over, by the day on which they were made and how they ended; `all` is the sum of
-- all outcomes.
create table hail_days (
    scope text not null,
    day text not null,
    outcome text not null,
    -- The first day of its week (a Monday) and of its month.
    week text not null,
    month text not null,
    hails integer not null,
    -- How many of them opened a session.
    sessions integer not null,
    -- Where the taxi was known when it was hailed: how many metres away, in all, and how often.
    distance_m real not null,
    distances integer not null,
    primary key (scope, day, outcome)
) strict, without rowid;

-- How long the steps of these hails took.
create table hail_times (
    scope text not null,
    step text not null,
    seconds real not null,
    hails integer not null,
    primary key (scope, step)
) strict;

-- Every search: where, by whom, and what it found.
create table searches (
    id integer primary key autoincrement,
    at text not null,
    account_id integer not null,
    insee text not null,
    lon real not null,
    lat real not null,
    -- Taxis that could be hailed within a kilometre.
    found integer not null,
    -- Taxis that were shown.
    seen integer not null,
    -- Metres to the nearest that was found; null: none was.
    nearest_m real,
    -- When retention took its precision away.
    blurred_at text
) strict;

create index searches_by_time on searches (at);

-- How many searches of a day had which value of a measure.
create table search_days (
    scope text not null,
    day text not null,
    measure text not null,
    value integer not null,
    searches integer not null,
    primary key (scope, day, measure, value)
) strict;

-- How many taxis were connected in each hour of the day (UTC), added up over days.
create table connected_hours (
    scope text not null,
    hour integer not null,
    -- How many days went into the sum.
    samples integer not null,
    taxis integer not null,
    primary key (scope, hour)
) strict;

-- The last hour that was counted, so that each is counted once.
create table connected_counted (
    only_row integer primary key default 1 check (only_row = 1),
    hour_at text not null
) strict;

insert into connected_counted (hour_at) values ('2000-01-01T00:00:00+00:00');
