-- A plate can be written in several ways, and each is a vehicle of its own, but all are one car. Which one, the
-- program says, and fills this in after the migrations.
alter table vehicles add column car text collate "C";
-- The car of an open hail. Null: the hail is older than this column, and another of the same car was open then.
alter table hails add column car text collate "C";
-- Two customers are never promised one car, whoever describes it and however its plate is written.
drop index one_open_hail_per_vehicle;
create unique index one_open_hail_per_car on hails (car) where deadline_at is not null;
