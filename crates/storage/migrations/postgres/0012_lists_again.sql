-- The plate of a taxi's vehicle, which never changes, in lower case and without hyphens and blanks: an
-- account's taxis are looked for by it without going through their vehicles.
alter table taxis add column plain_plate text collate "C" not null default '';
update taxis set plain_plate =
    (select lower(replace(replace(v.licence_plate, '-', ''), ' ', '') collate "C") from vehicles v
        where v.id = vehicle_id);
create index taxis_by_plain_plate on taxis (account_id, plain_plate, added_at, id);
drop index vehicles_by_plain_plate;

-- Lists of hails that ended in a certain way, which may be rare: without these, whoever asks for what
-- never happened reads all there is.
create index hails_ended on hails (status, created_at, id) where deadline_at is null;
create index hails_ended_by_operator on hails (operator_id, status, created_at, id)
    where deadline_at is null;
create index hails_ended_by_client on hails (client_id, status, created_at, id)
    where deadline_at is null;
