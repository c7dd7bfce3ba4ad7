-- How far retention has come, so that a round goes on where the one before was interrupted.
create table retention (
    -- A word of the program's table of clocks.
    clock text primary key,
    -- Rows from before this time are done.
    until_at timestamptz not null,
    -- The last round that came to its end; null: none did.
    ran_at timestamptz,
    -- Rows that it removed or blurred.
    rows bigint not null
);

-- Someone asks the running server for a round now.
create table retention_request (
    only_row boolean primary key default true check (only_row),
    asked_at timestamptz
);

insert into retention_request (asked_at) values (null);

-- Taxis and vehicles are deleted: without these each deletion reads all hails.
create index hails_by_taxi on hails (taxi_id);
create index hails_by_vehicle on hails (vehicle_id);
-- A driver is one person at every operator.
create index drivers_by_card on drivers (departement, professional_licence);
