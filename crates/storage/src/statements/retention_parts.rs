//! Parts of the changes of retention.

use registry::Time;
use sqlx::{QueryBuilder, Row as _};
use territory::Point;

use super::Db;
use super::change::Change;
use super::engine::Row;
use crate::Result;
use crate::retention::ROWS_A_CHANGE;

/// Condition on a taxi `t` and its driver `r`, with a time: the driver was not connected since on any taxi of any
/// operator, and no kept hail is of this taxi.
pub(super) const OF_SILENT_DRIVER: &str = "t.last_seen_at < $1
    and not exists (select 1 from drivers o join taxis x on x.driver_id = o.id
        where o.departement = r.departement and o.professional_licence = r.professional_licence
            and x.last_seen_at >= $1)
    and not exists (select 1 from hails h where h.taxi_id = t.id)";

/// Time up to which a clock has done its work: nothing before it is looked at again.
pub(super) async fn reached(tx: &mut Change, clock: &str) -> Result<Time> {
    let until: Option<Time> = sqlx::query_scalar("select until_at from retention where clock = $1")
        .bind(clock)
        .fetch_optional(tx)
        .await?;
    Ok(until.unwrap_or(Time::UNIX_EPOCH))
}

/// Notes that these rows are done, in the order of their times; with the last of them everything before `before` is.
pub(super) async fn reach(tx: &mut Change, clock: &str, rows: &[Row], before: Time) -> Result<()> {
    let until: Time = match rows.last() {
        Some(last) if rows.len() as u64 >= ROWS_A_CHANGE => last.try_get("at")?,
        _ => before,
    };
    sqlx::query(
        "insert into retention (clock, until_at, rows) values ($1, $2, 0)
        on conflict (clock) do update set until_at = excluded.until_at",
    )
    .bind(clock)
    .bind(until)
    .execute(tx)
    .await?;
    Ok(())
}

/// Blurs hails: their ids, places of customer and taxi. The revision grows, so that a change of a hail that was read
/// before brings nothing back.
pub(super) fn blurred_hails(
    hails: &[(String, Option<Point>, Option<Point>)],
    redacted: &str,
    now: Time,
) -> QueryBuilder<Db> {
    let mut update =
        QueryBuilder::<Db>::new("with blurred (id, lon, lat, taxi_lon, taxi_lat) as (");
    update.push_values(hails, |mut row, (id, customer, taxi)| {
        row.push_bind(id);
        row.push_bind(customer.map_or(0.0, Point::lon));
        row.push_bind(customer.map_or(0.0, Point::lat));
        row.push_bind(taxi.map(Point::lon)).push_bind(taxi.map(Point::lat));
    });
    update.push(
        ") update hails set customer_lon = blurred.lon, customer_lat = blurred.lat,
            initial_lon = blurred.taxi_lon, initial_lat = blurred.taxi_lat,
            revision = revision + 1, customer_address = ",
    );
    update.push_bind(redacted).push(", customer_phone = ").push_bind(redacted);
    update.push(", taxi_phone = case when taxi_phone is not null then ").push_bind(redacted);
    update.push(" end, blurred_at = ").push_bind(now);
    update.push(" from blurred where hails.id = blurred.id");
    update
}

/// Blurs searches: their numbers and places.
pub(super) fn blurred_searches(searches: &[(i64, Option<Point>)], now: Time) -> QueryBuilder<Db> {
    let mut update = QueryBuilder::<Db>::new("with blurred (id, lon, lat) as (");
    update.push_values(searches, |mut row, (id, place)| {
        row.push_bind(id);
        row.push_bind(place.map_or(0.0, Point::lon));
        row.push_bind(place.map_or(0.0, Point::lat));
    });
    update.push(") update searches set lon = blurred.lon, lat = blurred.lat, blurred_at = ");
    update.push_bind(now).push(" from blurred where searches.id = blurred.id");
    update
}
