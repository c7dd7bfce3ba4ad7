-- The same columns and indexes as on PostgreSQL, so that both are asked alike. A step of an open hail changes fewer
-- indexes here, too.

-- When it was over. Null: it is open.
alter table hails add column ended_at text generated always as (case when deadline_at is null then changed_at end) virtual;
-- The status in which it ended. Null: it is open.
alter table hails add column outcome text generated always as (case when deadline_at is null then status end) virtual;
-- The ten minutes in which its deadline is: its first fifteen characters, such as 2024-02-29T12:3.
alter table hails add column deadline_slot text generated always as (substr(deadline_at, 1, 15)) virtual;

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
