//! The feed of changes.

use std::sync::LazyLock;

use async_trait::async_trait;
use dispatch::hail::Status;
use registry::{AccountId, HailId, Taxi, TaxiId, Vehicle, VehicleId};
use sqlx::{AssertSqlSafe, Row as _};

use super::engine::{Engine, Row, readable_rows};
use super::taxi_rows::{DESCRIPTION, TAXI, read_description, read_taxi};
use crate::feed::{Changed, DescriptionNow, Feed, FeedPlace, HailNow, MOST_CHANGES};
use crate::unreadable::readable;
use crate::{Feeds, Result, words};

/// Makes the state of the feed, if a crash of the database has emptied it or it is new.
const RENEW: &str = "insert into changes_state (epoch, gone_before)
    values (gen_random_uuid()::text, pg_snapshot_xmin(pg_current_snapshot()))
    on conflict do nothing";

/// The present place.
const PLACE: &str = "select epoch, pg_current_snapshot()::text as snapshot from changes_state";

/// One row for each change since a snapshot, or one without a change. All of it is of one moment, that of the new
/// snapshot. Nothing if there is no such feed any more, or the changes since may be gone.
const CHANGES: &str = "
    select s.epoch, pg_current_snapshot()::text as snapshot, c.kind, c.key, c.account_id
    from changes_state s
    left join (
        select distinct kind, key, account_id from changes
        where xid >= pg_snapshot_xmin($2::text::pg_snapshot)
            and not pg_visible_in_snapshot(xid, $2::text::pg_snapshot)
            and node is distinct from $3
        limit $4
    ) c on true
    where s.epoch = $1 and s.gone_before <= pg_snapshot_xmin($2::text::pg_snapshot)";

/// Descriptions of pairs of vehicle and account, with their taxis.
static DESCRIPTIONS_NOW: LazyLock<String> = LazyLock::new(|| {
    let columns = DESCRIPTION.replacen(
        "select ",
        "select array(select t.id from taxis t
            where t.vehicle_id = d.vehicle_id and t.account_id = d.account_id) as taxi_ids, ",
        1,
    );
    format!(
        "{columns} join unnest($1::bigint[], $2::bigint[]) as wanted (vehicle, account)
            on wanted.vehicle = d.vehicle_id and wanted.account = d.account_id"
    )
});

fn read_place(row: &Row) -> Result<FeedPlace> {
    Ok(FeedPlace { epoch: row.try_get("epoch")?, snapshot: row.try_get("snapshot")? })
}

/// The change of a row, if this version knows its kind.
fn read_change(row: &Row) -> Result<Option<Changed>> {
    let (Some(kind), key): (Option<&str>, Option<&str>) =
        (row.try_get("kind")?, row.try_get("key")?)
    else {
        return Ok(None);
    };
    let key = key.unwrap_or_default();
    Ok(match kind {
        "description" => {
            let account: i64 = row.try_get("account_id")?;
            Some(Changed::Description(
                VehicleId(words::read("a vehicle", key)?),
                AccountId(account),
            ))
        }
        "taxi" => Some(Changed::Taxi(words::read("a taxi's id", key)?)),
        "hail" => Some(Changed::Hail(words::read("a hail's id", key)?)),
        "parts" => Some(Changed::Parts(AccountId(row.try_get("account_id")?))),
        _ => None,
    })
}

fn read_description_now(row: &Row) -> Result<DescriptionNow> {
    let (vehicle, description) = read_description(row)?;
    let taxis: Vec<String> = row.try_get("taxi_ids")?;
    let taxis = taxis.iter().map(|id| words::read::<TaxiId>("a taxi's id", id));
    Ok(DescriptionNow { vehicle, description, taxis: taxis.collect::<Result<_>>()? })
}

fn read_hail_now(row: &Row) -> Result<HailNow> {
    Ok(HailNow {
        id: words::read("a hail's id", row.try_get("id")?)?,
        status: row.try_get::<&str, _>("status")?.parse::<Status>().ok(),
        operator: AccountId(row.try_get("operator_id")?),
        client: AccountId(row.try_get("client_id")?),
        vehicle: VehicleId(row.try_get("vehicle_id")?),
    })
}

#[async_trait]
impl Feeds for Engine {
    // Two statements; none for a process that follows no others.
    async fn feed_place(&self) -> Result<Option<FeedPlace>> {
        if self.node.is_none() {
            return Ok(None);
        }
        sqlx::query(RENEW).execute(&self.readers).await?;
        read_place(&sqlx::query(PLACE).fetch_one(&self.readers).await?).map(Some)
    }

    // One statement.
    async fn feed(&self, after: &FeedPlace) -> Result<Feed> {
        let rows = sqlx::query(CHANGES)
            .bind(&after.epoch)
            .bind(&after.snapshot)
            .bind(self.node.map(|node| node.to_string()))
            .bind(MOST_CHANGES.cast_signed() as i64)
            .fetch_all(&self.readers)
            .await?;
        let Some(first) = rows.first().filter(|_| rows.len() < MOST_CHANGES) else {
            return Ok(Feed::Lost);
        };
        let changes = rows
            .iter()
            .map(|row| readable(read_change(row), "changes", || super::engine::key_of(row, "key")));
        let changes = changes.collect::<Result<Vec<_>>>()?;
        Ok(Feed::Changes(changes.into_iter().flatten().flatten().collect(), read_place(first)?))
    }

    // Two statements. Readers that are behind must know before anything is gone.
    async fn prune_feed(&self, before: &FeedPlace) -> Result<()> {
        self.write(|| async {
            let mut tx = self.begin().await?;
            for text in [
                "update changes_state
                set gone_before = greatest(gone_before, pg_snapshot_xmin($2::text::pg_snapshot))
                where epoch = $1",
                "delete from changes where xid < pg_snapshot_xmin($2::text::pg_snapshot)
                    and exists (select 1 from changes_state where epoch = $1)",
            ] {
                let change = sqlx::query(text).bind(&before.epoch).bind(&before.snapshot);
                change.execute(&mut tx).await?;
            }
            tx.commit().await
        })
        .await
    }

    // One statement.
    async fn descriptions_now(
        &self,
        wanted: &[(VehicleId, AccountId)],
    ) -> Result<Vec<DescriptionNow>> {
        let (vehicles, accounts): (Vec<i64>, Vec<i64>) =
            wanted.iter().map(|(vehicle, account)| (vehicle.0, account.0)).unzip();
        let rows = sqlx::query(AssertSqlSafe(DESCRIPTIONS_NOW.as_str()))
            .bind(vehicles)
            .bind(accounts)
            .fetch_all(&self.readers)
            .await?;
        readable_rows(&rows, "descriptions", "description_id", read_description_now)
    }

    // One statement.
    async fn taxis_now(&self, wanted: &[TaxiId]) -> Result<Vec<Taxi>> {
        let ids: Vec<&str> = wanted.iter().map(TaxiId::as_str).collect();
        let rows = sqlx::query(AssertSqlSafe(format!("{TAXI} where t.id = any($1)")))
            .bind(ids)
            .fetch_all(&self.readers)
            .await?;
        readable_rows(&rows, "taxis", "id", read_taxi)
    }

    // One statement.
    async fn vehicles_now(&self, wanted: &[VehicleId]) -> Result<Vec<Vehicle>> {
        let numbers: Vec<i64> = wanted.iter().map(|vehicle| vehicle.0).collect();
        let rows = sqlx::query("select id, licence_plate from vehicles where id = any($1)")
            .bind(numbers)
            .fetch_all(&self.readers)
            .await?;
        readable_rows(&rows, "vehicles", "id", |row| {
            let plate = words::read("a licence plate", row.try_get("licence_plate")?)?;
            Ok(Vehicle { id: VehicleId(row.try_get("id")?), plate })
        })
    }

    // One statement.
    async fn open_hails_now(&self, vehicles: &[VehicleId]) -> Result<Vec<(VehicleId, HailId)>> {
        let numbers: Vec<i64> = vehicles.iter().map(|vehicle| vehicle.0).collect();
        let rows: Vec<(i64, String)> = sqlx::query_as(
            "select v.id, h.id from vehicles v join hails h on h.car = v.car
            where v.id = any($1) and h.ended_at is null",
        )
        .bind(numbers)
        .fetch_all(&self.readers)
        .await?;
        let pairs = rows.into_iter().map(|(vehicle, hail)| {
            let id = readable(words::read("a hail's id", &hail), "hails", || hail.clone())?;
            Ok(id.map(|id| (VehicleId(vehicle), id)))
        });
        pairs.filter_map(Result::transpose).collect()
    }

    // One statement.
    async fn hails_now(&self, wanted: &[HailId]) -> Result<Vec<HailNow>> {
        let ids: Vec<&str> = wanted.iter().map(HailId::as_str).collect();
        let rows = sqlx::query(
            "select id, status, operator_id, client_id, vehicle_id from hails where id = any($1)",
        )
        .bind(ids)
        .fetch_all(&self.readers)
        .await?;
        readable_rows(&rows, "hails", "id", read_hail_now)
    }
}
