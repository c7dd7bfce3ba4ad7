-- What operators register. Each account has its own drivers and licences, which other accounts
-- never see; only vehicles are shared.
create table drivers (
    id bigint generated always as identity primary key,
    account_id bigint not null references accounts (id),
    departement text not null,
    professional_licence text not null,
    first_name text not null,
    last_name text not null,
    birth_date date,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    unique (account_id, professional_licence, departement)
);

create table vehicles (
    id bigint generated always as identity primary key,
    -- As written: case and separators matter.
    licence_plate text not null unique,
    created_at timestamptz not null
);

-- What one account says of one vehicle, and what its driver is doing there. The only truth about
-- a taxi's status. A feature that is null was not told, which is not the same as "no".
create table descriptions (
    id bigint generated always as identity primary key,
    vehicle_id bigint not null references vehicles (id),
    account_id bigint not null references accounts (id),
    status text not null check (status in ('free', 'answering', 'occupied', 'oncoming', 'off')),
    status_at timestamptz not null,
    radius_m integer,
    model text not null,
    constructor text not null,
    engine text not null,
    color text not null,
    seats integer,
    relay boolean,
    bank_check_accepted boolean,
    baby_seat boolean,
    bike_accepted boolean,
    pet_accepted boolean,
    amex_accepted boolean,
    wifi boolean,
    wheelchair boolean,
    body_type text,
    health_insurance boolean,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    unique (vehicle_id, account_id)
);

create index descriptions_by_account on descriptions (account_id);

create table licences (
    id bigint generated always as identity primary key,
    account_id bigint not null references accounts (id),
    number text not null,
    insee text collate "C" not null references towns (insee),
    vehicle_id bigint references vehicles (id),
    owner_name text not null,
    owner_type text,
    double_shift boolean,
    category text not null,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    unique (account_id, number, insee)
);

create index licences_by_town on licences (insee);
create index licences_by_vehicle on licences (vehicle_id);

-- Nothing cascades: retention deletes taxis first, then what no taxi needs any more.
create table taxis (
    id text primary key,
    account_id bigint not null references accounts (id),
    licence_id bigint not null references licences (id),
    driver_id bigint not null references drivers (id),
    vehicle_id bigint not null,
    added_at timestamptz not null,
    -- Starts as added_at, so that a taxi that never reports is silent since then.
    last_seen_at timestamptz not null,
    unique (account_id, licence_id, vehicle_id, driver_id),
    -- A taxi's own operator always describes its vehicle.
    foreign key (vehicle_id, account_id) references descriptions (vehicle_id, account_id)
);

create index taxis_by_vehicle on taxis (vehicle_id, account_id);
create index taxis_by_licence on taxis (licence_id);
create index taxis_by_driver on taxis (driver_id);
