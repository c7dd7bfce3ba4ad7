-- The second step of signing in: a secret, sealed under the secret key, and the last step of time whose code was used,
-- so that none is used twice; and digests of recovery codes, each of which goes when it is used.
create table second_steps (
    account_id bigint primary key references accounts (id) on delete cascade,
    sealed bytea not null,
    used_step bigint not null,
    set_at timestamptz not null
);
create table recovery_codes (
    account_id bigint not null references accounts (id) on delete cascade,
    digest bytea not null,
    primary key (account_id, digest)
);
