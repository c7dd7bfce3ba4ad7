-- What lists and figures need, so that they stay fast with a million hails.

-- The id by which the hail's app knows the taxi, where that is not the real one.
alter table hails add column shown_taxi_id text;
-- Whether it is the first of its session: a list of sessions is a list of these.
alter table hails add column opens_session integer not null default 0;
-- The town in which the customer stood; null: none.
alter table hails add column insee text;
-- When it went into hail_days. Only hails that are over do, each once.
alter table hails add column counted_at text;

update hails set opens_session = true
where id in (
    select (select opening.id from hails opening where opening.session_id = of_session.session_id
        order by opening.created_at, opening.id limit 1)
    from (select distinct session_id from hails) of_session);

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
create index hails_by_customer_name on hails (lower(customer_id), created_at);
create index hails_by_taxi_name on hails (lower(taxi_id), created_at);

-- A taxi's number is what short-lived ids are made of.
alter table taxis add column number integer;
update taxis set number = rowid;
create unique index taxis_by_number on taxis (number);
create index taxis_by_account on taxis (account_id, added_at, id);
create index vehicles_by_plain_plate
    on vehicles (lower(replace(replace(licence_plate, '-', ''), ' ', '')));

alter table customers add column reprieve_begin text;
alter table customers add column reprieve_end text;

create index activity_by_action on activity (action, at, id);
create index activity_by_kind on activity (resource, at, id);
create index activity_by_id on activity (resource_id, at, id);

-- How many lines there are of each day, up to a moment that moves on.
create table activity_days (
    day text not null,
    action text not null,
    resource text not null,
    lines integer not null,
    primary key (day, action, resource)
) strict;

create table activity_counted (
    only_row integer primary key default 1 check (only_row = 1),
    -- Lines from before are in activity_days.
    until_at text not null
) strict;

insert into activity_counted (until_at) values ('2000-01-01T00:00:00+00:00');
