-- Old codes of towns that became part of others. They are kept for good: partners go on naming them, and so
-- do figures of the past. No reference to towns: either town may be gone, or not be known yet.
create table mergers (
    old_insee text primary key,
    new_insee text not null
) strict;
