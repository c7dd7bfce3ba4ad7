-- Borders are WKB (OGC 06-103r4), longitude before latitude. Keys sort byte by byte, as they do in
-- the program.
create table towns (
    insee text primary key,
    name text not null,
    border blob not null
) strict;

create table zones (
    id text primary key,
    name text not null,
    -- Only where the zone is not the union of its towns.
    border blob
) strict;

-- No reference to towns: a decree may name a town before, or after, its border is known.
create table zone_towns (
    zone_id text not null references zones (id) on delete cascade,
    insee text not null,
    primary key (zone_id, insee)
) strict;

create index zone_towns_by_town on zone_towns (insee);

create table exclusions (
    id text primary key,
    name text not null,
    border blob not null
) strict;

create table stations (
    id text primary key,
    name text not null,
    insee text not null,
    -- A point or a polygon.
    place blob not null,
    address text not null,
    spaces integer,
    phone text,
    info text not null
) strict;

-- One row a part, because a part may be imported alone. The revisions add up to the territory's.
create table territory_state (
    part text primary key,
    -- Not for service: borders drawn by hand for demonstrations.
    approximate integer not null,
    revision integer not null
) strict;

insert into territory_state (part, approximate, revision)
values ('towns', false, 0), ('zones', false, 0), ('exclusions', false, 0), ('stations', false, 0);
