-- First and last day of the decree of a zone, as far as its author tells them. They are published with the zone and decide
-- nothing: what is imported is in force.
alter table zones add column in_force_since date;
alter table zones add column in_force_until date;
