//! Questions about what retention has left, and what is due.

use registry::Time;
use sqlx::{AssertSqlSafe, Row as _};

use super::engine::Engine;
use super::retention_parts::OF_SILENT_DRIVER;
use crate::Result;
use crate::retention::{Before, Due, EXACT_HAILS, EXACT_SEARCHES, Oldest, Share, Shares};

/// See [`Retention::oldest`](crate::Retention::oldest).
pub(super) async fn oldest(engine: &Engine) -> Result<Oldest> {
    let row = sqlx::query(
        "select (select min(created_at) from hails) as hail,
            (select min(at) from searches) as search,
            (select created_at from hails where blurred_at is null and created_at >=
                coalesce((select until_at from retention where clock = $1), $3)
                order by created_at limit 1) as exact_hail,
            (select at from searches where blurred_at is null and at >=
                coalesce((select until_at from retention where clock = $2), $3)
                order by at limit 1) as exact_search,
            (select min(at) from sampled_searches) as sample,
            (select min(at_s) from last_positions) as position_s,
            (select min(last_seen_at) from taxis) as taxi_seen,
            (select min(at) from inspections) as inspection,
            (select min(at) from activity) as activity",
    )
    .bind(EXACT_HAILS)
    .bind(EXACT_SEARCHES)
    .bind(Time::UNIX_EPOCH)
    .fetch_one(&engine.readers)
    .await?;
    let position_s: Option<i64> = row.try_get("position_s")?;
    let position = position_s.and_then(|at_s| Time::from_timestamp(at_s, 0));
    let exact = [
        row.try_get("exact_hail")?,
        row.try_get("exact_search")?,
        row.try_get("sample")?,
        position,
    ];
    Ok(Oldest {
        hail: row.try_get("hail")?,
        exact_place: exact.into_iter().flatten().min(),
        search: row.try_get("search")?,
        taxi_seen: row.try_get("taxi_seen")?,
        inspection: row.try_get("inspection")?,
        activity: row.try_get("activity")?,
    })
}

/// See [`Retention::shares`](crate::Retention::shares).
pub(super) async fn shares(engine: &Engine, before: &Before) -> Result<Shares> {
    let mut tx = engine.snapshot().await?;
    let mut share = async |text: String, before: Time| {
        let share = sqlx::query_as(AssertSqlSafe(text)).bind(before).bind(EXACT_HAILS);
        let (due, all): (i64, i64) = share.fetch_one(&mut *tx).await?;
        Ok::<_, sqlx::Error>(Share { due, all })
    };
    let taxis = format!(
        "select (select count(*) from taxis t join drivers r on r.id = t.driver_id
            where {OF_SILENT_DRIVER}), (select count(*) from taxis where $2 = $2)"
    );
    let hails = "select (select count(*) from hails where created_at < $1),
        (select count(*) from hails where $2 = $2)";
    // Those from before are done.
    let exact = "with done (until_at) as (select until_at from retention where clock = $2)
        select (select count(*) from hails where created_at < $1
                and created_at >= coalesce((select until_at from done), created_at)),
            (select count(*) from hails
                where created_at >= coalesce((select until_at from done), created_at))";
    Ok(Shares {
        taxis: share(taxis, before.taxis).await?,
        hails: share(hails.to_owned(), before.hails).await?,
        exact_hails: share(exact.to_owned(), before.exact_places).await?,
    })
}

/// See [`Retention::due`](crate::Retention::due).
pub(super) async fn due(engine: &Engine, before: &Before) -> Result<Due> {
    let mut tx = engine.snapshot().await?;
    let mut count = async |text: String, before: Time| -> sqlx::Result<i64> {
        let count = sqlx::query_scalar(AssertSqlSafe(text)).bind(before);
        count.fetch_one(&mut *tx).await
    };
    let taxis = format!(
        "select count(*) from taxis t join drivers r on r.id = t.driver_id where {OF_SILENT_DRIVER}"
    );
    let exact = "select (select count(*) from hails where blurred_at is null and created_at < $1)
        + (select count(*) from searches where blurred_at is null and at < $1)
        + (select count(*) from sampled_searches where at < $1)";
    let positions = "select count(*) from last_positions where at_s < ".to_owned();
    let positions = positions + &before.exact_places.timestamp().to_string() + " and $1 = $1";
    Ok(Due {
        taxis: count(taxis, before.taxis).await?,
        hails: count("select count(*) from hails where created_at < $1".into(), before.hails)
            .await?,
        searches: count("select count(*) from searches where at < $1".into(), before.hails).await?,
        exact_places: count(exact.into(), before.exact_places).await?
            + count(positions, before.exact_places).await?,
        inspections: count(
            "select count(*) from inspections where at < $1".into(),
            before.inspections,
        )
        .await?,
        activity: count("select count(*) from activity where at < $1".into(), before.activity)
            .await?,
    })
}
