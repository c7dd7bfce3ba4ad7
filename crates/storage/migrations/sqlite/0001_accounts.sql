-- In all tables here: times are RFC 3339 in UTC, whose text sorts as the times do; dates are
-- 2024-02-29; truth is 0 or 1. Ids come from `autoincrement`, so that none is ever given twice.

-- Who may do what. Ids are public and follow the order of creation.
create table accounts (
    id integer primary key autoincrement,
    email text not null unique,
    -- argon2; null: no log-in by password.
    password_hash text,
    commercial_name text,
    -- The contract's words, separated by spaces.
    roles text not null,
    manager_id integer references accounts (id),
    hail_endpoint text not null,
    header_name text not null,
    header_value text not null,
    email_customer text not null,
    email_technical text not null,
    phone_customer text not null,
    phone_technical text not null,
    fleet_size integer,
    created_at text not null,
    updated_at text not null
) strict;

create index accounts_by_manager on accounts (manager_id);

-- API keys. Neither column gives a key away without the secret key, which is not in the database.
create table account_keys (
    id integer primary key autoincrement,
    account_id integer not null references accounts (id),
    -- Keyed digest, to look a key up. Unique even among revoked keys: a key that was once somebody
    -- else's must never open another account.
    digest blob not null unique,
    sealed blob not null,
    name text not null,
    created_at text not null,
    last_used_at text,
    revoked_at text
) strict;

create index account_keys_by_account on account_keys (account_id);

-- One row. A running server compares it to notice what the command line or another server changed.
create table accounts_revision (
    only_row integer primary key default 1 check (only_row = 1),
    revision integer not null
) strict;

insert into accounts_revision (revision) values (0);
