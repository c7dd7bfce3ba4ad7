-- Towns' lists of licences are a part of the territory, so an import that was previewed can tell that they have changed
-- since.
insert into territory_state (part, approximate, revision) values ('licence_lists', false, 0);
