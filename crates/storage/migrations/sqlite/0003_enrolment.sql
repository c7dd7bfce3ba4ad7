-- What operators register. Each account has its own drivers and licences, which other accounts
-- never see; only vehicles are shared.
create table drivers (
    id integer primary key autoincrement,
    account_id integer not null references accounts (id),
    departement text not null,
    professional_licence text not null,
    first_name text not null,
    last_name text not null,
    birth_date text,
    created_at text not null,
    updated_at text not null,
    unique (account_id, professional_licence, departement)
) strict;

create table vehicles (
    id integer primary key autoincrement,
    -- As written: case and separators matter.
    licence_plate text not null unique,
    created_at text not null
) strict;

-- What one account says of one vehicle, and what its driver is doing there. The only truth about
-- a taxi's status. A feature that is null was not told, which is not the same as "no".
create table descriptions (
    id integer primary key autoincrement,
    vehicle_id integer not null references vehicles (id),
    account_id integer not null references accounts (id),
    status text not null check (status in ('free', 'answering', 'occupied', 'oncoming', 'off')),
    status_at text not null,
    radius_m integer,
    model text not null,
    constructor text not null,
    engine text not null,
    color text not null,
    seats integer,
    relay integer,
    bank_check_accepted integer,
    baby_seat integer,
    bike_accepted integer,
    pet_accepted integer,
    amex_accepted integer,
    wifi integer,
    wheelchair integer,
    body_type text,
    health_insurance integer,
    created_at text not null,
    updated_at text not null,
    unique (vehicle_id, account_id)
) strict;

create index descriptions_by_account on descriptions (account_id);

create table licences (
    id integer primary key autoincrement,
    account_id integer not null references accounts (id),
    number text not null,
    insee text not null references towns (insee),
    vehicle_id integer references vehicles (id),
    owner_name text not null,
    owner_type text,
    double_shift integer,
    category text not null,
    created_at text not null,
    updated_at text not null,
    unique (account_id, number, insee)
) strict;

create index licences_by_town on licences (insee);
create index licences_by_vehicle on licences (vehicle_id);

-- Nothing cascades: retention deletes taxis first, then what no taxi needs any more.
create table taxis (
    id text primary key,
    account_id integer not null references accounts (id),
    licence_id integer not null references licences (id),
    driver_id integer not null references drivers (id),
    vehicle_id integer not null,
    added_at text not null,
    -- Starts as added_at, so that a taxi that never reports is silent since then.
    last_seen_at text not null,
    unique (account_id, licence_id, vehicle_id, driver_id),
    -- A taxi's own operator always describes its vehicle.
    foreign key (vehicle_id, account_id) references descriptions (vehicle_id, account_id)
) strict;

create index taxis_by_vehicle on taxis (vehicle_id, account_id);
create index taxis_by_licence on taxis (licence_id);
create index taxis_by_driver on taxis (driver_id);
