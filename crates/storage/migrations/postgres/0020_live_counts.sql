-- Counts of searches, ended hails and connected taxis by minute. A minute of more than an hour ago is moved into its hour
-- and its day, so that the number of rows is bounded; hours are kept for two weeks, days for good, as other sums.
--
-- A measure that is a state and no event (connected taxis) is sampled once a minute: `samples`, of the scope of all, is
-- the number of samples in a sum.
create table live_minutes (
    at timestamptz not null,
    scope text collate "C" not null,
    measure text not null,
    number bigint not null,
    primary key (at, scope, measure)
);

create table live_hours (
    at timestamptz not null,
    scope text collate "C" not null,
    measure text not null,
    number bigint not null,
    primary key (at, scope, measure)
);

create table live_days (
    at timestamptz not null,
    scope text collate "C" not null,
    measure text not null,
    number bigint not null,
    primary key (at, scope, measure)
);
