-- Searches of which the setting search_sampling keeps every fact that decided, so that their order can be checked.
create table sampled_searches (
    id integer primary key,
    at text not null,
    account_id integer not null,
    insee text not null,
    lon real not null,
    lat real not null,
    candidates integer not null,
    shown integer not null,
    -- Facts and answer, as JSON.
    facts text not null
) strict;
create index sampled_searches_at on sampled_searches (at);
