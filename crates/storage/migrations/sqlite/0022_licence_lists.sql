-- Licences (ADS) as their towns list them, to be compared with those that operators register.
create table listed_licences (
    insee text not null,
    -- As the town writes it.
    number text not null,
    -- Import of the town's list.
    listed_at text not null,
    primary key (insee, number)
) strict, without rowid;
