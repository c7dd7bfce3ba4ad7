-- Sign-ins of people in browsers: the digest of a cookie, and the account that it opens.
create table sign_ins (
    id bigint generated always as identity primary key,
    digest bytea not null unique,
    account_id bigint not null references accounts (id) on delete cascade,
    device text not null,
    created_at timestamptz not null,
    last_seen_at timestamptz not null
);
create index sign_ins_account on sign_ins (account_id);
