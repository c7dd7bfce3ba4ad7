-- Servers of this database. Each writes its row every other second; one that is silent is forgotten by the next that comes.
create table nodes (
    id bigint primary key,
    name text not null,
    version text not null,
    -- Servers of the bus that it shares with others; empty: it is alone.
    bus text not null,
    -- Areas whose positions it follows, separated by spaces; empty: all.
    areas text not null,
    since timestamptz not null,
    seen_at timestamptz not null,
    is_connected boolean not null,
    -- How far its memory was behind the database, in milliseconds.
    lag_ms bigint not null
);

-- Changes that other servers must take into memory, in the order of their transactions' numbers. Unlogged, so that they
-- cost no write-ahead log: after a crash the table is empty, the one row of the state is missing, too, and each server
-- reads everything again.
create unlogged table changes (
    xid xid8 not null default pg_current_xact_id(),
    -- The server that made it; null: a command.
    node text,
    kind text not null,
    key text not null,
    account_id bigint
);
create index changes_by_xid on changes (xid);

create unlogged table changes_state (
    only_row boolean primary key default true check (only_row),
    -- Tells this feed from one before a crash.
    epoch text not null,
    -- Changes of transactions before this one may be gone.
    gone_before xid8 not null
);

create function note_description() returns trigger language plpgsql as $$
begin
    if tg_op = 'DELETE' then
        insert into changes (node, kind, key, account_id)
        values (current_setting('letaxi.node', true), 'description', old.vehicle_id::text, old.account_id);
    else
        insert into changes (node, kind, key, account_id)
        values (current_setting('letaxi.node', true), 'description', new.vehicle_id::text, new.account_id);
    end if;
    return null;
end $$;

create function note_taxi() returns trigger language plpgsql as $$
begin
    insert into changes (node, kind, key)
    values (current_setting('letaxi.node', true), 'taxi', case when tg_op = 'DELETE' then old.id else new.id end);
    return null;
end $$;

create function note_hail() returns trigger language plpgsql as $$
begin
    insert into changes (node, kind, key) values (current_setting('letaxi.node', true), 'hail', new.id);
    return null;
end $$;

-- A server that is alone has nobody to tell, and says so on its connections.
create trigger description_added after insert or delete on descriptions for each row
    when (current_setting('letaxi.node', true) is distinct from 'alone') execute function note_description();
create trigger description_changed after update on descriptions for each row
    when (current_setting('letaxi.node', true) is distinct from 'alone' and old.* is distinct from new.*)
    execute function note_description();
create trigger taxi_added after insert or delete on taxis for each row
    when (current_setting('letaxi.node', true) is distinct from 'alone') execute function note_taxi();
create trigger taxi_changed after update of account_id, licence_id, driver_id, vehicle_id, number on taxis for each row
    when (current_setting('letaxi.node', true) is distinct from 'alone') execute function note_taxi();
create trigger hail_added after insert on hails for each row
    when (current_setting('letaxi.node', true) is distinct from 'alone') execute function note_hail();
create trigger hail_changed after update of revision on hails for each row
    when (current_setting('letaxi.node', true) is distinct from 'alone' and old.revision <> new.revision)
    execute function note_hail();
