-- Facts and answer of a sampled search tell both counts, and nothing else reads them.
alter table sampled_searches drop column candidates;
alter table sampled_searches drop column shown;
