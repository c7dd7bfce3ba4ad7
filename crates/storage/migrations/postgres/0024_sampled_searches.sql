-- Searches of which the setting search_sampling keeps every fact that decided, so that their order can be checked.
create table sampled_searches (
    id bigint generated always as identity primary key,
    at timestamptz not null,
    account_id bigint not null,
    insee text not null,
    lon double precision not null,
    lat double precision not null,
    candidates bigint not null,
    shown bigint not null,
    -- Facts and answer, as JSON.
    facts text not null
);
create index sampled_searches_at on sampled_searches (at);
