-- A database of SQLite has one server, which holds the lock on the file and makes all changes itself: there is no list of
-- nodes and no feed of changes.
select 1;
