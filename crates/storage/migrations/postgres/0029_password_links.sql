-- Links by which a person sets a password once: the digest of a token, and the account that it opens.
create table password_links (
    id bigint generated always as identity primary key,
    digest bytea not null unique,
    account_id bigint not null references accounts (id) on delete cascade,
    made_at timestamptz not null,
    expires_at timestamptz not null
);
create index password_links_account on password_links (account_id);
