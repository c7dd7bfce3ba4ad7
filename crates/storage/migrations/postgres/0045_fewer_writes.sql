-- Three of the six steps of a hail left their ten minutes, and entered all indexes for it. Open hails are few, and have an
-- index of their own, through which deadlines are looked for each second. The column stays for servers of before.
drop index hails_by_deadline_slot;

-- Each check locked the row of the operator's account, which is shared by all that its hails do. A hail has a taxi, and the
-- taxi has this account: so neither is deleted before the hail.
alter table hails drop constraint hails_operator_id_fkey;

-- Transitions are written together with their hail, and go with it. They are looked for by their index, also where the plan
-- was made when the table was small.
alter table hail_transitions drop constraint hail_transitions_hail_id_fkey;
create function delete_transitions() returns trigger language plpgsql set enable_seqscan = off as $$
begin
    delete from hail_transitions where hail_id in (select id from gone);
    return null;
end $$;
create trigger hails_deleted after delete on hails referencing old table as gone
    for each statement execute function delete_transitions();

-- Most lines of the log tell of calls and of taxis' statuses, and are found by their time. Only others need these indexes.
drop index activity_by_action;
create index activity_by_action on activity (action, at, id) where action not in ('auth_apikey', 'taxi_status');
drop index activity_by_kind;
create index activity_by_kind on activity (resource, at, id) where resource not in ('user', 'taxi');

-- Servers know taxis with their parts, and answer with them when a status changes. They hear of parts that another one
-- changed. Statuses do not move `updated_at`.
create function note_parts() returns trigger language plpgsql as $$
begin
    insert into changes (node, kind, key, account_id)
    values (current_setting('letaxi.node', true), 'parts', new.account_id::text, new.account_id);
    return null;
end $$;
create trigger driver_changed after update on drivers for each row
    when (current_setting('letaxi.node', true) is distinct from 'alone') execute function note_parts();
create trigger licence_changed after update on licences for each row
    when (current_setting('letaxi.node', true) is distinct from 'alone') execute function note_parts();
create trigger features_changed after update of updated_at on descriptions for each row
    when (current_setting('letaxi.node', true) is distinct from 'alone') execute function note_parts();
