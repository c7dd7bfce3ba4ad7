-- What an app was answered to a hail that it sent with a key of its own, so that whoever lost the
-- answer gets it again. For a day: it tells of a customer.
create table given_answers (
    account_id bigint not null references accounts (id),
    key text collate "C" not null,
    -- SHA-256 of what was asked for: the same key may not ask for something else.
    digest bytea not null,
    -- The document; empty only inside the transaction that makes the hail.
    answer text not null,
    at timestamptz not null,
    primary key (account_id, key)
);

create index given_answers_by_time on given_answers (at);
