-- The history of a taxi: lines about its status tell more than the contract shows. Null in all other lines, and in
-- those from before.
-- The account whose description of the vehicle changed.
alter table activity add column account_id integer;
alter table activity add column old_status text;
alter table activity add column new_status text;
-- The account that changed it, and the one whose key it sent; null: the registry itself.
alter table activity add column by_account_id integer;
alter table activity add column key_owner_id integer;
-- The hail whose step changed it, with the status that the hail took, and the reason if the registry took the step.
alter table activity add column hail_id text;
alter table activity add column hail_status text;
alter table activity add column reason text;

-- Look-ups by inspectors, each written with its reading. They point at nothing, since they outlive accounts and taxis,
-- and are kept for a month.
alter table accounts add column departements text not null default '';

create table inspections (
    id integer primary key autoincrement,
    at text not null,
    -- The inspector.
    account_id integer not null,
    purpose text not null,
    -- Kind of the key: plate, card, ads.
    key text not null,
    number text not null,
    -- The département of a card, the town of an ADS.
    place text
) strict;

create index inspections_by_time on inspections (at);

-- Drivers that the answer showed, with their connection at that moment. No position, ever.
create table inspected_drivers (
    inspection_id integer not null references inspections (id) on delete cascade,
    line integer not null,
    first_name text not null,
    last_name text not null,
    professional_licence text not null,
    departement text not null,
    connected integer not null,
    -- The last connection, if it was over.
    connected_until text,
    primary key (inspection_id, line)
) strict;
