-- Who did what, as whom. Points at nothing, because it outlives what it tells of.
create table activity (
    id bigint generated always as identity primary key,
    at timestamptz not null,
    action text not null,
    resource text not null,
    resource_id text not null,
    -- A JSON object.
    extra text not null
);

create index activity_by_time on activity (at, id);
create index activity_by_resource on activity (resource, resource_id, at);
