-- Legal ground of a driver's refusal: a word of R3121-23; null: none was given. It stays when places are blurred.
alter table hails add column refusal_ground text;
-- When the ground was added to the figures. A ground may follow after its hail was counted.
alter table hails add column ground_counted_at text;
create index hails_with_new_ground on hails (id)
    where refusal_ground is not null and ground_counted_at is null;

-- How many hails of a day had which value of a measure: as search_days.
create table hail_bars (
    scope text not null,
    day text not null,
    measure text not null,
    value integer not null,
    hails integer not null,
    primary key (scope, day, measure, value)
) strict, without rowid;
