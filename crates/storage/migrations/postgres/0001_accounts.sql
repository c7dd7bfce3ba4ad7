-- Who may do what. Ids are public and follow the order of creation.
create table accounts (
    id bigint generated always as identity primary key,
    email text not null unique,
    -- argon2; null: no log-in by password.
    password_hash text,
    commercial_name text,
    -- The contract's words, separated by spaces.
    roles text not null,
    manager_id bigint references accounts (id),
    hail_endpoint text not null,
    header_name text not null,
    header_value text not null,
    email_customer text not null,
    email_technical text not null,
    phone_customer text not null,
    phone_technical text not null,
    fleet_size integer,
    created_at timestamptz not null,
    updated_at timestamptz not null
);

create index accounts_by_manager on accounts (manager_id);

-- API keys. Neither column gives a key away without the secret key, which is not in the database.
create table account_keys (
    id bigint generated always as identity primary key,
    account_id bigint not null references accounts (id),
    -- Keyed digest, to look a key up. Unique even among revoked keys: a key that was once somebody
    -- else's must never open another account.
    digest bytea not null unique,
    sealed bytea not null,
    name text not null,
    created_at timestamptz not null,
    last_used_at timestamptz,
    revoked_at timestamptz
);

create index account_keys_by_account on account_keys (account_id);

-- One row. A running server compares it to notice what the command line or another server changed.
create table accounts_revision (
    only_row boolean primary key default true check (only_row),
    revision bigint not null
);

insert into accounts_revision (revision) values (0);
