-- No statement looks hails up by their taxi or vehicle as such, and lines of the log are found by the id of what they
-- tell of: each of these cost every change a page more.
drop index hails_by_taxi;
drop index hails_by_vehicle;
drop index activity_by_resource;
