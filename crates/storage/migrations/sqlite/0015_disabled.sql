-- Since when an account may do nothing; null: it may do what its roles say. An account that hails or taxis belong to
-- cannot be deleted, so it is kept and disabled.
alter table accounts add column disabled_at text;
