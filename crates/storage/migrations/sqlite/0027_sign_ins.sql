-- Sign-ins of people in browsers: the digest of a cookie, and the account that it opens.
create table sign_ins (
    id integer primary key,
    digest blob not null unique,
    account_id integer not null references accounts (id) on delete cascade,
    device text not null,
    created_at text not null,
    last_seen_at text not null
) strict;
create index sign_ins_account on sign_ins (account_id);
