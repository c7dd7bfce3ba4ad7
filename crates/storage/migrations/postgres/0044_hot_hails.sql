-- Nearly all steps of an open hail change no indexed column, so that PostgreSQL writes the new row beside the old one and
-- leaves all indexes alone (HOT): https://www.postgresql.org/docs/current/storage-hot.html. An index that names `status`,
-- `changed_at` or `deadline_at`, also in its condition, would undo that.
alter table hails
    -- When it was over. Null: it is open.
    add column ended_at timestamptz generated always as (case when deadline_at is null then changed_at end) stored,
    -- The status in which it ended. Null: it is open.
    add column outcome text generated always as (case when deadline_at is null then status end) stored,
    -- The ten minutes in which its deadline is, by their beginning.
    add column deadline_slot timestamptz
        generated always as (date_bin('10 minutes', deadline_at, '2000-01-01T00:00:00Z')) stored;
-- Room for the next rows of the same hail, or of the same description, on their page.
alter table hails set (fillfactor = 70);
alter table descriptions set (fillfactor = 80);

-- Overdue hails, the nearest deadline and calls that are owed are looked for by the ten minutes in which the deadline is:
-- most steps of a hail that waits for an answer stay within them, and rides under way are in later ones.
create index hails_by_deadline_slot on hails (deadline_slot) where ended_at is null;
create index hails_open on hails (created_at, id) where ended_at is null;
drop index hails_by_deadline;
drop index hails_owed_a_call;

drop index one_open_hail_per_car;
create unique index one_open_hail_per_car on hails (car) where ended_at is null;
drop index hails_by_customer;
create index hails_by_customer on hails (client_id, customer_id, ended_at);
drop index hails_by_client;
create index hails_by_client on hails (client_id, created_at, id, operator_id);
drop index hails_by_operator;
create index hails_by_operator on hails (operator_id, created_at, id, client_id);
drop index hails_to_count;
create index hails_to_count on hails (ended_at) where ended_at is not null and counted_at is null;
drop index hails_ended;
create index hails_ended on hails (outcome, created_at, id) where outcome is not null;
drop index hails_ended_by_operator;
create index hails_ended_by_operator on hails (operator_id, outcome, created_at, id) where outcome is not null;
drop index hails_ended_by_client;
create index hails_ended_by_client on hails (client_id, outcome, created_at, id) where outcome is not null;

-- Each check locked the account's row, which all changes of a busy account share. Accounts are never deleted.
alter table hail_transitions drop constraint hail_transitions_by_account_id_fkey;
