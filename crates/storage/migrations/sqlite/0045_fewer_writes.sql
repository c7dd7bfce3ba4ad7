-- Three of the six steps of a hail left their ten minutes. Open hails are few, and have an index of their own, through which
-- deadlines are looked for each second. The column stays for servers of before.
drop index hails_by_deadline_slot;
