-- Calls to operators' servers, for them to look at. Nothing of the customer is here: the hail, as long
-- as it is kept, says what was sent.
create table operator_calls (
    id bigint generated always as identity primary key,
    account_id bigint not null references accounts (id),
    hail_id text not null,
    -- Without user, password and query, which may be secrets.
    endpoint text not null,
    at timestamptz not null,
    took_ms bigint not null,
    -- Why the hail was not taken; null: it was.
    failure text
);

create index operator_calls_by_account on operator_calls (account_id, id);
create index operator_calls_by_time on operator_calls (at);
