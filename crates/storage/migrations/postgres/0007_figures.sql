-- Figures, added up as things happen, so that nobody waits for a million rows to be counted.
--
-- A scope says of which part of everything a row speaks; storage/src/figures.rs writes and reads
-- these keys. Rows are written in batches, by one server at a time.

-- Hails that are over, by the day on which they were made and how they ended; `all` is the sum of
-- all outcomes.
create table hail_days (
    scope text collate "C" not null,
    day date not null,
    outcome text not null,
    -- The first day of its week (a Monday) and of its month.
    week date not null,
    month date not null,
    hails bigint not null,
    -- How many of them opened a session.
    sessions bigint not null,
    -- Where the taxi was known when it was hailed: how many metres away, in all, and how often.
    distance_m double precision not null,
    distances bigint not null,
    primary key (scope, day, outcome)
);

-- How long the steps of these hails took.
create table hail_times (
    scope text collate "C" not null,
    step text not null,
    seconds double precision not null,
    hails bigint not null,
    primary key (scope, step)
);

-- Every search: where, by whom, and what it found.
create table searches (
    id bigint generated always as identity primary key,
    at timestamptz not null,
    account_id bigint not null,
    insee text not null,
    lon double precision not null,
    lat double precision not null,
    -- Taxis that could be hailed within a kilometre.
    found integer not null,
    -- Taxis that were shown.
    seen integer not null,
    -- Metres to the nearest that was found; null: none was.
    nearest_m double precision,
    -- When retention took its precision away.
    blurred_at timestamptz
);

create index searches_by_time on searches (at);

-- How many searches of a day had which value of a measure.
create table search_days (
    scope text collate "C" not null,
    day date not null,
    measure text not null,
    value bigint not null,
    searches bigint not null,
    primary key (scope, day, measure, value)
);

-- How many taxis were connected in each hour of the day (UTC), added up over days.
create table connected_hours (
    scope text collate "C" not null,
    hour integer not null,
    -- How many days went into the sum.
    samples bigint not null,
    taxis bigint not null,
    primary key (scope, hour)
);

-- The last hour that was counted, so that each is counted once.
create table connected_counted (
    only_row boolean primary key default true check (only_row),
    hour_at timestamptz not null
);

insert into connected_counted (hour_at) values ('2000-01-01T00:00:00Z');
