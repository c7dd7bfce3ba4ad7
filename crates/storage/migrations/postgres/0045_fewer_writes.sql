-- Three of the six steps of a hail left their ten minutes, and entered all indexes for it. Open hails are few, and have an
-- index of their own, through which deadlines are looked for each second. The column stays for servers of before.
drop index hails_by_deadline_slot;

-- Each check locked the row of the account, or of the hail, and one of the account is shared by all that its hails do.
-- Accounts are never deleted.
alter table hails drop constraint hails_operator_id_fkey;
alter table customers drop constraint customers_account_id_fkey;

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
