-- How many requests a second each key of an account may make; null: as many as any other's.
alter table accounts add column requests_per_s integer;
