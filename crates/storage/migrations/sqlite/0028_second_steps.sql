-- The second step of signing in: a secret, sealed under the secret key, and the last step of time whose code was used,
-- so that none is used twice; and digests of recovery codes, each of which goes when it is used.
create table second_steps (
    account_id integer primary key references accounts (id) on delete cascade,
    sealed blob not null,
    used_step integer not null,
    set_at text not null
) strict;
create table recovery_codes (
    account_id integer not null references accounts (id) on delete cascade,
    digest blob not null,
    primary key (account_id, digest)
) strict;
