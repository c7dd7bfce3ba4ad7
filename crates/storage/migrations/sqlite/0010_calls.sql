-- Calls to operators' servers, for them to look at. Nothing of the customer is here: the hail, as long
-- as it is kept, says what was sent.
create table operator_calls (
    id integer primary key autoincrement,
    account_id integer not null references accounts (id),
    hail_id text not null,
    -- Without user, password and query, which may be secrets.
    endpoint text not null,
    at text not null,
    took_ms integer not null,
    -- Why the hail was not taken; null: it was.
    failure text
) strict;

create index operator_calls_by_account on operator_calls (account_id, id);
create index operator_calls_by_time on operator_calls (at);
