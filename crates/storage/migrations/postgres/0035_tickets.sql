-- Tickets between the password and the second step of a sign-in: a person may come back through another server.
create table tickets (
    digest bytea primary key,
    account_id bigint not null references accounts (id) on delete cascade,
    -- The end to which it leads, sealed under the secret key.
    sealed bytea not null,
    -- Of the password that was given: another one ends the ticket.
    password_hash text,
    until_at timestamptz not null,
    attempts integer not null default 0
);
create index tickets_by_account on tickets (account_id, until_at);
