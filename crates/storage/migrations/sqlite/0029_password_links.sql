-- Links by which a person sets a password once: the digest of a token, and the account that it opens.
create table password_links (
    id integer primary key,
    digest blob not null unique,
    account_id integer not null references accounts (id) on delete cascade,
    made_at text not null,
    expires_at text not null
) strict;
create index password_links_account on password_links (account_id);
