//! Hails: made once, changed by compare-and-set, never lost.
//!
//! Whoever changes both takes the description first and the hail second: in one order nobody waits
//! for one another.

use async_trait::async_trait;
use dispatch::hail::Status;
use registry::{AccountId, CustomerId, HailId, TaxiId, Time, VehicleId, VehicleStatus};
use sqlx::{AssertSqlSafe, QueryBuilder, Row as _};
use uuid::Uuid;

use super::engine::{Connection, Engine, Row};
use super::hail_rows::{
    HAIL, insert_customer, insert_transition, read_hails, replace_hail, set_ban,
};
use super::history::record;
use super::taxi_rows::read_taxi;
use super::{Db, FOR_UPDATE, FOR_UPDATE_SKIP_LOCKED, HAILS_BY_OPEN_VEHICLE};
use crate::answers::Once;
use crate::hails::{
    Applied, HailChange, HailFacts, HailRecord, Made, NewHail, StatusActivity, Step, Transition,
};
use crate::{Activity, Hails, Result, words};

async fn hail_by_id(connection: &mut Connection, id: HailId) -> Result<Option<HailRecord>> {
    let rows = sqlx::query(AssertSqlSafe(format!("{HAIL} where h.id = $1 order by t.revision")))
        .bind(id.as_str())
        .fetch_all(connection)
        .await?;
    Ok(read_hails(&rows)?.pop())
}

/// What the taxi of an open hail is doing with its own operator, and the description that says so;
/// it stays so until the transaction ends.
async fn own_status(tx: &mut Connection, hail: HailId) -> Result<Option<(i64, VehicleStatus)>> {
    let found: Option<(i64, String)> = sqlx::query_as(AssertSqlSafe(format!(
        "select d.id, d.status
        from descriptions d
        where (d.vehicle_id, d.account_id) =
            (select vehicle_id, operator_id from hails where id = $1 and deadline_at is not null)
        {FOR_UPDATE}"
    )))
    .bind(hail.as_str())
    .fetch_optional(tx)
    .await?;
    found.map(|(id, word)| Ok((id, words::read("a taxi's status", &word)?))).transpose()
}

async fn set_status(
    tx: &mut Connection,
    description: i64,
    status: VehicleStatus,
    now: Time,
) -> Result<()> {
    sqlx::query("update descriptions set status = $2, status_at = $3 where id = $1")
        .bind(description)
        .bind(status.word())
        .bind(now)
        .execute(tx)
        .await?;
    Ok(())
}

fn transition_of(step: &Step, from: Status, now: Time) -> Transition {
    Transition { from: Some(from), to: step.to, at: now, by: step.by, reason: step.reason.clone() }
}

/// What a change makes of a hail.
fn changed(mut hail: HailRecord, change: &HailChange, now: Time) -> HailRecord {
    hail.revision += 1;
    if let Some(step) = &change.step {
        hail.transitions.push(transition_of(step, hail.status, now));
        hail.status = step.to;
        hail.changed_at = now;
        hail.deadline_at = step.deadline_at;
    }
    if let Some(customer) = &change.customer {
        hail.customer = customer.clone();
    }
    if let Some(phone) = &change.taxi_phone {
        hail.taxi_phone = Some(phone.clone());
    }
    if let Some(remarks) = &change.remarks {
        hail.remarks = remarks.clone();
    }
    hail
}

fn read_facts(rows: &[Row]) -> Result<Option<HailFacts>> {
    let Some(first) = rows.first() else { return Ok(None) };
    let statuses = rows.iter().map(|row| {
        let status = words::read("a taxi's status", row.try_get("status")?)?;
        Ok((AccountId(row.try_get("describing_id")?), status, row.try_get("status_at")?))
    });
    let named: Option<(i64, String)> =
        first.try_get::<Option<_>, _>("named_client_id")?.zip(first.try_get("named_customer_id")?);
    let latest: Option<(&str, Time)> =
        first.try_get::<Option<_>, _>("latest_session_id")?.zip(first.try_get("latest_at")?);
    Ok(Some(HailFacts {
        taxi: read_taxi(first)?,
        statuses: statuses.collect::<Result<_>>()?,
        in_open_hail: first.try_get("in_open_hail")?,
        ban: first.try_get::<Option<_>, _>("ban_begin")?.zip(first.try_get("ban_end")?),
        named_session: named.map(|(client, customer)| (AccountId(client), CustomerId(customer))),
        latest_session: latest
            .map(|(session, at)| Ok::<_, crate::Error>((words::read("a session", session)?, at)))
            .transpose()?,
    }))
}

#[async_trait]
impl Hails for Engine {
    // One statement.
    async fn hail_facts(
        &self,
        taxi: TaxiId,
        client: AccountId,
        customer: &CustomerId,
        named_session: Option<Uuid>,
    ) -> Result<Option<HailFacts>> {
        let rows = sqlx::query(AssertSqlSafe(format!(
            "select t.id, t.account_id, t.licence_id, t.driver_id, t.vehicle_id, t.added_at,
                t.last_seen_at, t.number, l.insee, d.account_id as describing_id, d.status, d.status_at,
                exists (select 1 from {HAILS_BY_OPEN_VEHICLE}
                    where vehicle_id = t.vehicle_id and deadline_at is not null) as in_open_hail,
                c.ban_begin, c.ban_end,
                named.client_id as named_client_id, named.customer_id as named_customer_id,
                latest.session_id as latest_session_id, latest.changed_at as latest_at
            from taxis t
            join licences l on l.id = t.licence_id
            join descriptions d on d.vehicle_id = t.vehicle_id
            left join customers c on c.account_id = $2 and c.id = $3
            left join hails named on named.id =
                (select id from hails where session_id = $4 limit 1)
            left join hails latest on latest.id =
                (select id from hails where client_id = $2 and customer_id = $3
                order by changed_at desc limit 1)
            where t.id = $1
            order by d.account_id"
        )))
        .bind(taxi.as_str())
        .bind(client.0)
        .bind(&customer.0)
        .bind(named_session.map(|session| session.to_string()))
        .fetch_all(&self.readers)
        .await?;
        read_facts(&rows)
    }

    // Five statements.
    async fn create_hail(&self, new: &NewHail, activity: &[Activity], now: Time) -> Result<Made> {
        self.write(|| self.make_hail(new, activity, None, now)).await
    }

    // Seven statements.
    async fn create_hail_once(
        &self,
        new: &NewHail,
        activity: &[Activity],
        once: &Once<'_>,
        now: Time,
    ) -> Result<Made> {
        self.write(|| self.make_hail(new, activity, Some(once), now)).await
    }

    // One statement.
    async fn hail(&self, id: HailId) -> Result<Option<HailRecord>> {
        let mut connection = self.readers.acquire().await?;
        hail_by_id(&mut connection, id).await
    }

    // Two statements; five with a step that changes the taxi; one or two more for activity.
    async fn change_hail(
        &self,
        id: HailId,
        revision: i64,
        change: &HailChange,
        activity: &[Activity],
        status_activity: &StatusActivity<'_>,
        now: Time,
    ) -> Result<Applied> {
        self.write(|| async {
            let mut tx = self.begin().await?;
            let becomes = change.step.as_ref().and_then(|step| step.taxi_becomes);
            let own_status = match becomes {
                Some(_) => own_status(&mut tx, id).await?,
                None => None,
            };
            let hail = hail_by_id(&mut tx, id).await?.filter(|hail| hail.revision == revision);
            let Some(hail) = hail else { return Ok(Applied::Stale) };
            let hail = changed(hail, change, now);
            if let Some(customer) = &change.customer {
                insert_customer(&mut tx, hail.client, customer).await?;
            }
            if !replace_hail(&mut tx, &hail).await? {
                return Ok(Applied::Stale);
            }
            if change.step.is_some() {
                let transition = hail.transitions.last().expect("a step is a transition");
                insert_transition(&mut tx, id, hail.revision, transition).await?;
            }
            record(&mut tx, activity, now).await?;
            if let (Some((description, was)), Some(becomes)) = (own_status, becomes)
                && was != becomes
            {
                set_status(&mut tx, description, becomes, now).await?;
                record(&mut tx, &status_activity(was), now).await?;
            }
            if let Some(ban) = change.ban {
                set_ban(&mut tx, hail.client, &hail.customer.id, ban).await?;
            }
            tx.commit().await?;
            Ok(Applied::Hail(Box::new(hail)))
        })
        .await
    }

    // One statement.
    async fn overdue_hails(&self, now: Time, limit: u32) -> Result<Vec<HailRecord>> {
        let rows = sqlx::query(AssertSqlSafe(format!(
            "{HAIL}
            where h.id in (select id from hails where deadline_at <= $1
                order by deadline_at, id limit $2)
            order by h.deadline_at, h.id, t.revision"
        )))
        .bind(now)
        .bind(i64::from(limit))
        .fetch_all(&self.readers)
        .await?;
        read_hails(&rows)
    }

    // One statement.
    async fn next_deadline(&self) -> Result<Option<Time>> {
        let nearest = sqlx::query_scalar(
            "select deadline_at from hails where deadline_at is not null
            order by deadline_at limit 1",
        );
        Ok(nearest.fetch_optional(&self.readers).await?)
    }

    // Two statements; one if no call is owed.
    async fn lease_calls(
        &self,
        now: Time,
        leased_until: Time,
        limit: u32,
    ) -> Result<Vec<HailRecord>> {
        self.write(|| async {
            let mut tx = self.begin().await?;
            let ids: Vec<String> = sqlx::query_scalar(AssertSqlSafe(format!(
                "with owed as
                    (select id from hails
                    where status = 'received'
                        and (call_leased_until is null or call_leased_until <= $1)
                    order by created_at, id
                    limit $3
                    {FOR_UPDATE_SKIP_LOCKED})
                update hails
                set call_leased_until = $2, call_attempt = call_attempt + 1
                where id in (select id from owed)
                returning id"
            )))
            .bind(now)
            .bind(leased_until)
            .bind(i64::from(limit))
            .fetch_all(&mut *tx)
            .await?;
            if ids.is_empty() {
                return Ok(Vec::new());
            }
            let mut query = QueryBuilder::<Db>::new(HAIL);
            query.push(" where h.id in (");
            let mut list = query.separated(", ");
            for id in &ids {
                list.push_bind(id);
            }
            query.push(") order by h.created_at, h.id, t.revision");
            let rows = query.build().persistent(false).fetch_all(&mut *tx).await?;
            let hails = read_hails(&rows)?;
            tx.commit().await?;
            Ok(hails)
        })
        .await
    }

    // One statement.
    async fn open_hails(&self) -> Result<Vec<(VehicleId, HailId)>> {
        let rows: Vec<(i64, String)> =
            sqlx::query_as("select vehicle_id, id from hails where deadline_at is not null")
                .fetch_all(&self.readers)
                .await?;
        let pairs = rows
            .into_iter()
            .map(|(vehicle, hail)| Ok((VehicleId(vehicle), words::read("a hail's id", &hail)?)));
        pairs.collect()
    }

    // One statement.
    async fn open_hail_of(&self, vehicle: VehicleId) -> Result<Option<HailId>> {
        let open = "select id from hails where vehicle_id = $1 and deadline_at is not null";
        let id: Option<String> =
            sqlx::query_scalar(open).bind(vehicle.0).fetch_optional(&self.readers).await?;
        id.map(|id| words::read("a hail's id", &id)).transpose()
    }
}
