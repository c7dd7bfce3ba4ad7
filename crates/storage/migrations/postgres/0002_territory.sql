-- Borders are WKB (OGC 06-103r4), longitude before latitude. Keys sort byte by byte, as they do in
-- the program.
create table towns (
    insee text collate "C" primary key,
    name text not null,
    border bytea not null
);

create table zones (
    id text collate "C" primary key,
    name text not null,
    -- Only where the zone is not the union of its towns.
    border bytea
);

-- No reference to towns: a decree may name a town before, or after, its border is known.
create table zone_towns (
    zone_id text collate "C" not null references zones (id) on delete cascade,
    insee text collate "C" not null,
    primary key (zone_id, insee)
);

create index zone_towns_by_town on zone_towns (insee);

create table exclusions (
    id text collate "C" primary key,
    name text not null,
    border bytea not null
);

create table stations (
    id text collate "C" primary key,
    name text not null,
    insee text not null,
    -- A point or a polygon.
    place bytea not null,
    address text not null,
    spaces bigint,
    phone text,
    info text not null
);

-- One row a part, because a part may be imported alone. The revisions add up to the territory's.
create table territory_state (
    part text primary key,
    -- Not for service: borders drawn by hand for demonstrations.
    approximate boolean not null,
    revision bigint not null
);

insert into territory_state (part, approximate, revision)
values ('towns', false, 0), ('zones', false, 0), ('exclusions', false, 0), ('stations', false, 0);
