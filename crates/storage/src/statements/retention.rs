//! Retention: what is blurred, and what is deleted.

use async_trait::async_trait;
use chrono::{NaiveDate, NaiveTime};
use registry::{AccountId, TaxiId, Time, VehicleId};
use sqlx::{AssertSqlSafe, QueryBuilder, Row as _};
use territory::{InseeCode, Point};

use super::Db;
use super::change::Change;
use super::engine::{Engine, Row, readable_rows};
use super::retention_parts::{OF_SILENT_DRIVER, blurred_hails, blurred_searches, reach, reached};
use super::retention_questions::{due, oldest, shares};
use crate::retention::{
    Before, Blur, ClockProgress, Due, EXACT_HAILS, EXACT_SEARCHES, Oldest, ROWS_A_CHANGE, Shares,
};
use crate::unreadable::readable;
use crate::{Result, Retention, words};

fn read_progress(row: &Row) -> Result<ClockProgress> {
    Ok(ClockProgress {
        clock: row.try_get("clock")?,
        until: row.try_get("until_at")?,
        ran_at: row.try_get("ran_at")?,
        rows: row.try_get("rows")?,
    })
}

/// Exact rows of a table from before a time, oldest first, that come after what is done.
async fn exact_rows(
    tx: &mut Change,
    (table, at, columns): (&str, &str, &str),
    from: Time,
    before: Time,
) -> Result<Vec<Row>> {
    let rows = sqlx::query(AssertSqlSafe(format!(
        "select id, insee, {at} as at, {columns} from {table}
        where {at} >= $1 and {at} < $2 and blurred_at is null
        order by {at}, id limit $3"
    )));
    Ok(rows.bind(from).bind(before).bind(ROWS_A_CHANGE.cast_signed()).fetch_all(tx).await?)
}

/// The town of a row, if it names a valid one.
fn town_of(row: &Row) -> Result<Option<InseeCode>> {
    let town: Option<String> = row.try_get("insee")?;
    Ok(town.and_then(|town| town.parse().ok()))
}

/// A place of two columns, if it is one.
fn place_of(row: &Row, lon: &str, lat: &str) -> Result<Option<Point>> {
    let (lon, lat): (Option<f64>, Option<f64>) = (row.try_get(lon)?, row.try_get(lat)?);
    Ok(lon.zip(lat).and_then(|(lon, lat)| Point::new(lon, lat).ok()))
}

/// Deletes the descriptions of a vehicle, and the vehicle.
async fn delete_vehicle(tx: &mut Change, vehicle: VehicleId) -> Result<Vec<AccountId>> {
    let accounts: Vec<i64> =
        sqlx::query_scalar("delete from descriptions where vehicle_id = $1 returning account_id")
            .bind(vehicle.0)
            .fetch_all(&mut *tx)
            .await?;
    for text in [
        "update licences set vehicle_id = null where vehicle_id = $1",
        "delete from vehicles where id = $1",
    ] {
        sqlx::query(text).bind(vehicle.0).execute(&mut *tx).await?;
    }
    Ok(accounts.into_iter().map(AccountId).collect())
}

#[async_trait]
impl Retention for Engine {
    // One statement.
    async fn retention_progress(&self) -> Result<Vec<ClockProgress>> {
        let rows =
            sqlx::query("select clock, until_at, ran_at, rows from retention order by clock")
                .fetch_all(&self.readers)
                .await?;
        readable_rows(&rows, "retention", "clock", read_progress)
    }

    // One statement.
    async fn end_round(&self, progress: &ClockProgress) -> Result<()> {
        self.write(|| async {
            let mut tx = self.begin_single().await?;
            sqlx::query(
                "insert into retention (clock, until_at, ran_at, rows) values ($1, $2, $3, $4)
                on conflict (clock) do update set until_at = excluded.until_at,
                    ran_at = excluded.ran_at, rows = excluded.rows",
            )
            .bind(&progress.clock)
            .bind(progress.until)
            .bind(progress.ran_at)
            .bind(progress.rows)
            .execute(&mut tx)
            .await?;
            tx.commit().await
        })
        .await
    }

    // One statement.
    async fn ask_for_round(&self, now: Time) -> Result<()> {
        self.write(|| async {
            let mut tx = self.begin_single().await?;
            let ask = sqlx::query("update retention_request set asked_at = $1").bind(now);
            ask.execute(&mut tx).await?;
            tx.commit().await
        })
        .await
    }

    // One statement.
    async fn round_asked_at(&self) -> Result<Option<Time>> {
        let asked = sqlx::query_scalar("select asked_at from retention_request");
        Ok(asked.fetch_one(&self.readers).await?)
    }

    // One statement.
    async fn answer_request(&self, asked_at: Time) -> Result<()> {
        self.write(|| async {
            let mut tx = self.begin_single().await?;
            sqlx::query("update retention_request set asked_at = null where asked_at <= $1")
                .bind(asked_at)
                .execute(&mut tx)
                .await?;
            tx.commit().await
        })
        .await
    }

    // Four statements; three if nothing is due.
    async fn blur_hails(
        &self,
        before: Time,
        redacted: &str,
        blur: &Blur<'_>,
        now: Time,
    ) -> Result<u64> {
        const COLUMNS: &str = "customer_lon, customer_lat, initial_lon, initial_lat";
        self.write(|| async {
            let mut tx = self.begin().await?;
            let from = reached(&mut tx, EXACT_HAILS).await?;
            let rows = exact_rows(&mut tx, ("hails", "created_at", COLUMNS), from, before).await?;
            let mut blurred = Vec::with_capacity(rows.len());
            for row in &rows {
                let customer = place_of(row, "customer_lon", "customer_lat")?;
                let taxi = place_of(row, "initial_lon", "initial_lat")?;
                let id: String = row.try_get("id")?;
                let taxi = taxi.and_then(|taxi| blur(None, Some(taxi)));
                blurred.push((id, blur(town_of(row)?, customer), taxi));
            }
            if !blurred.is_empty() {
                let mut update = blurred_hails(&blurred, redacted, now);
                update.build().persistent(false).execute(&mut tx).await?;
            }
            reach(&mut tx, EXACT_HAILS, &rows, before).await?;
            tx.commit().await?;
            Ok(rows.len() as u64)
        })
        .await
    }

    // Four statements; three if nothing is due.
    async fn blur_searches(&self, before: Time, blur: &Blur<'_>, now: Time) -> Result<u64> {
        self.write(|| async {
            let mut tx = self.begin().await?;
            let from = reached(&mut tx, EXACT_SEARCHES).await?;
            let rows = exact_rows(&mut tx, ("searches", "at", "lon, lat"), from, before).await?;
            let mut blurred = Vec::with_capacity(rows.len());
            for row in &rows {
                let id: i64 = row.try_get("id")?;
                blurred.push((id, blur(town_of(row)?, place_of(row, "lon", "lat")?)));
            }
            if !blurred.is_empty() {
                let mut update = blurred_searches(&blurred, now);
                update.build().persistent(false).execute(&mut tx).await?;
            }
            reach(&mut tx, EXACT_SEARCHES, &rows, before).await?;
            tx.commit().await?;
            Ok(rows.len() as u64)
        })
        .await
    }

    // One statement.
    async fn delete_positions(&self, before: Time) -> Result<u64> {
        let positions = ("last_positions", "taxi_id, account_id");
        self.delete_some(positions, "at_s < $1", before.timestamp()).await
    }

    // Three statements; two if no hail is due.
    async fn delete_hails(&self, before: Time, now: Time) -> Result<u64> {
        self.write(|| async {
            let mut tx = self.begin().await?;
            let customers: Vec<(i64, String)> = sqlx::query_as(
                "delete from hails where id in
                    (select id from hails where created_at < $1 order by created_at, id limit $2)
                returning client_id, customer_id",
            )
            .bind(before)
            .bind(ROWS_A_CHANGE.cast_signed())
            .fetch_all(&mut tx)
            .await?;
            if !customers.is_empty() {
                let mut delete = QueryBuilder::<Db>::new("delete from customers where ");
                delete.push("(account_id, id) in (");
                delete.push_values(&customers, |mut row, (client, id)| {
                    row.push_bind(client).push_bind(id);
                });
                delete.push(") and (ban_end is null or ban_end <= ").push_bind(now);
                delete.push(
                    ") and not exists (select 1 from hails h
                    where h.client_id = customers.account_id and h.customer_id = customers.id)",
                );
                delete.build().persistent(false).execute(&mut tx).await?;
            }
            tx.commit().await?;
            Ok(customers.len() as u64)
        })
        .await
    }

    // One statement.
    async fn delete_searches(&self, before: Time) -> Result<u64> {
        self.delete_some(("searches", "id"), "at < $1 order by at", before).await
    }

    // One statement.
    async fn delete_samples(&self, before: Time) -> Result<u64> {
        self.delete_some(("sampled_searches", "id"), "at < $1 order by at", before).await
    }

    // One statement; two once no line is left.
    async fn delete_activity(&self, before: NaiveDate) -> Result<u64> {
        let before_at = before.and_time(NaiveTime::MIN).and_utc();
        let gone =
            self.delete_some(("activity", "id"), "at < $1 order by at, id", before_at).await?;
        if gone < ROWS_A_CHANGE {
            self.write(|| async {
                let mut tx = self.begin_single().await?;
                let counts = sqlx::query("delete from activity_days where day < $1").bind(before);
                counts.execute(&mut tx).await?;
                tx.commit().await
            })
            .await?;
        }
        Ok(gone)
    }

    // One statement.
    async fn silent_taxis(&self, before: Time, limit: u32) -> Result<Vec<(TaxiId, VehicleId)>> {
        let rows: Vec<(String, i64)> = sqlx::query_as(AssertSqlSafe(format!(
            "select t.id, t.vehicle_id from taxis t join drivers r on r.id = t.driver_id
            where {OF_SILENT_DRIVER} order by t.last_seen_at, t.id limit $2"
        )))
        .bind(before)
        .bind(i64::from(limit))
        .fetch_all(&self.readers)
        .await?;
        let read = |(id, vehicle): (String, i64)| {
            let taxi = readable(words::read("a taxi's id", &id), "taxis", || id.clone())?;
            Ok(taxi.map(|taxi| (taxi, VehicleId(vehicle))))
        };
        rows.into_iter().map(read).filter_map(Result::transpose).collect()
    }

    // One statement; six or seven if it is deleted.
    async fn delete_taxi(&self, taxi: TaxiId, before: Time) -> Result<Option<Vec<AccountId>>> {
        self.write(|| async {
            let mut tx = self.begin().await?;
            let gone: Option<(i64, i64, i64)> = sqlx::query_as(AssertSqlSafe(format!(
                "delete from taxis where id in
                    (select t.id from taxis t join drivers r on r.id = t.driver_id
                    where {OF_SILENT_DRIVER} and t.id = $2)
                returning licence_id, driver_id, vehicle_id"
            )))
            .bind(before)
            .bind(taxi.as_str())
            .fetch_optional(&mut tx)
            .await?;
            let Some((licence, driver, vehicle)) = gone else { return Ok(None) };
            for (text, id) in [
                (
                    "delete from licences where id = $1 and not exists
                    (select 1 from taxis where licence_id = $1)",
                    licence,
                ),
                (
                    "delete from drivers where id = $1 and not exists
                    (select 1 from taxis where driver_id = $1)",
                    driver,
                ),
            ] {
                sqlx::query(text).bind(id).execute(&mut tx).await?;
            }
            let is_needed: bool =
                sqlx::query_scalar("select exists (select 1 from taxis where vehicle_id = $1)")
                    .bind(vehicle)
                    .fetch_one(&mut tx)
                    .await?;
            let accounts = if is_needed {
                Vec::new()
            } else {
                delete_vehicle(&mut tx, VehicleId(vehicle)).await?
            };
            tx.commit().await?;
            Ok(Some(accounts))
        })
        .await
    }

    // One statement.
    async fn unused_vehicles(&self, before: Time, limit: u32) -> Result<Vec<VehicleId>> {
        let vehicles: Vec<i64> = sqlx::query_scalar(
            "select v.id from vehicles v where v.created_at < $1
                and not exists (select 1 from taxis t where t.vehicle_id = v.id)
                and not exists (select 1 from descriptions d
                    where d.vehicle_id = v.id and d.updated_at >= $1)
            order by v.id limit $2",
        )
        .bind(before)
        .bind(i64::from(limit))
        .fetch_all(&self.readers)
        .await?;
        Ok(vehicles.into_iter().map(VehicleId).collect())
    }

    // One statement; four if it is deleted.
    async fn delete_vehicle(&self, vehicle: VehicleId, before: Time) -> Result<Vec<AccountId>> {
        self.write(|| async {
            let mut tx = self.begin().await?;
            let is_needed: bool = sqlx::query_scalar(
                "select exists (select 1 from taxis where vehicle_id = $1)
                    or exists (select 1 from descriptions where vehicle_id = $1 and updated_at >= $2)",
            )
            .bind(vehicle.0)
            .bind(before)
            .fetch_one(&mut tx)
            .await?;
            if is_needed {
                return Ok(Vec::new());
            }
            let accounts = delete_vehicle(&mut tx, vehicle).await?;
            tx.commit().await?;
            Ok(accounts)
        })
        .await
    }

    // Two statements.
    async fn delete_unused(&self, before: Time) -> Result<u64> {
        let old = "updated_at < $1
            and not exists (select 1 from taxis t where t.driver_id = drivers.id)
            and not exists (select 1 from drivers o join taxis t on t.driver_id = o.id
                where o.departement = drivers.departement
                    and o.professional_licence = drivers.professional_licence)
            order by id";
        let drivers = self.delete_some(("drivers", "id"), old, before).await?;
        let old = "updated_at < $1
            and not exists (select 1 from taxis t where t.licence_id = licences.id)
            order by id";
        let licences = self.delete_some(("licences", "id"), old, before).await?;
        Ok(drivers.max(licences))
    }

    // One statement.
    async fn oldest(&self) -> Result<Oldest> {
        oldest(self).await
    }

    // Three statements.
    async fn shares(&self, before: &Before) -> Result<Shares> {
        shares(self, before).await
    }

    // Five statements.
    async fn due(&self, before: &Before) -> Result<Due> {
        due(self, before).await
    }
}
