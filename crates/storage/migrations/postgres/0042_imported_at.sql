-- Time of the last import of a part of the territory, also of one that changed nothing. Null: the import is older than
-- this column, or there was none.
alter table territory_state add column imported_at timestamptz;
