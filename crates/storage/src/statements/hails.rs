//! Hails: made once, changed by compare-and-set, never lost.
//!
//! A change of both locks the description first and the hail second: one order makes deadlocks
//! impossible.

use async_trait::async_trait;
use dispatch::hail::Status;
use registry::{HailId, Time, VehicleId, VehicleStatus};
use sqlx::{AssertSqlSafe, QueryBuilder};

use super::engine::{Connection, Engine, Row};
use super::hail_rows::{
    HAIL, ban_to_change, insert_customer, insert_transition, read_hail, read_hails, replace_hail,
    set_ban, set_status,
};
use super::history::record_with;
use super::list_filters::push_list;
use super::together::Together;
use super::{Db, FOR_UPDATE, FOR_UPDATE_SKIP_LOCKED};
use crate::hails::Once;
use crate::hails::{
    Applied, DecideHail, HailChange, HailRecord, HailWish, Made, StatusActivity, Step, Transition,
};
use crate::unreadable::readable;
use crate::{Activity, Hails, Result, words};

/// Limit of leases that one statement renews.
const LEASES_A_STATEMENT: usize = 500;

async fn hail_by_id(connection: &mut Connection, id: HailId) -> Result<Option<HailRecord>> {
    let rows = sqlx::query(AssertSqlSafe(format!("{HAIL} where h.id = $1 order by t.revision")))
        .bind(id.as_str())
        .fetch_all(connection)
        .await?;
    read_hail(&rows)
}

/// Hails whose calls are owed, oldest first, for this transaction to lease.
async fn owed_calls(tx: &mut Connection, now: Time, limit: u32) -> Result<Vec<HailRecord>> {
    let mut skip = 0;
    loop {
        let ids: Vec<String> = sqlx::query_scalar(AssertSqlSafe(format!(
            "select id from hails
            where status = 'received' and deadline_at > $1
                and (call_leased_until is null or call_leased_until <= $1)
            order by created_at, id
            limit $2 offset $3
            {FOR_UPDATE_SKIP_LOCKED}"
        )))
        .bind(now)
        .bind(i64::from(limit))
        .bind(skip)
        .fetch_all(&mut *tx)
        .await?;
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        // Only now: what another changed while we waited for a row is seen as it is.
        let mut query = QueryBuilder::<Db>::new(HAIL);
        query.push(" where h.id in ");
        push_list(&mut query, ids.into_iter());
        query.push(" order by h.created_at, h.id, t.revision");
        let rows = query.build().persistent(false).fetch_all(&mut *tx).await?;
        let hails = read_hails(&rows)?;
        if !hails.is_empty() {
            return Ok(hails);
        }
        // Those behind them must not wait for what nobody can read.
        skip += i64::from(limit);
    }
}

/// Reads what [`HAIL`] asks for of overdue hails, without those of which this version cannot tell what their
/// deadline does.
fn read_overdue(rows: &[Row]) -> Result<Vec<HailRecord>> {
    let hails = read_hails(rows)?.into_iter().map(|hail| {
        let id = hail.id;
        let over = || words::unreadable("a deadline of a hail that is over", hail.status);
        let read = if hail.status.is_open() { Ok(hail) } else { Err(over()) };
        readable(read, "hails", || id.to_string())
    });
    hails.filter_map(Result::transpose).collect()
}

/// Status of the taxi of an open hail in its own operator's description, and the id of that description;
/// the row stays locked until the transaction ends.
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

fn transition_of(step: &Step, from: Status, now: Time) -> Transition {
    Transition { from: Some(from), to: step.to, at: now, by: step.by, reason: step.reason.clone() }
}

/// Applies a change to a hail.
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

#[async_trait]
impl Hails for Engine {
    // Two statements; one more for a key.
    async fn create_hail(
        &self,
        wish: HailWish<'_>,
        decide: &DecideHail<'_>,
        once: Option<&Once<'_>>,
        now: Time,
    ) -> Result<Made> {
        self.write(|| self.make_hail(wish, decide, once, now)).await
    }

    // One statement.
    async fn hail(&self, id: HailId) -> Result<Option<HailRecord>> {
        let mut connection = self.readers.acquire().await?;
        hail_by_id(&mut connection, id).await
    }

    // Two statements; one more for a customer, one more for a ban, one more with a step that changes the taxi, and one more
    // for all that follows from it.
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
            let (mut before, mut after) = (Together::new(), Together::new());
            if let Some(customer) = &change.customer {
                insert_customer(&mut before, hail.client, customer);
            }
            before.make(&mut tx).await?;
            if !replace_hail(&mut tx, &hail).await? {
                return Ok(Applied::Stale);
            }
            if change.step.is_some() {
                let transition = hail.transitions.last().expect("a step is a transition");
                insert_transition(&mut after, id, hail.revision, transition);
            }
            record_with(&mut after, activity, now);
            if let (Some((description, was)), Some(becomes)) = (own_status, becomes)
                && was != becomes
            {
                set_status(&mut after, description, becomes, now);
                record_with(&mut after, &status_activity(was), now);
            }
            if let Some(decide) = change.ban {
                let ban = ban_to_change(&mut tx, hail.client, &hail.customer.id).await?;
                set_ban(&mut after, hail.client, &hail.customer.id, decide(ban, now));
            }
            after.make(&mut tx).await?;
            tx.commit().await?;
            Ok(Applied::Hail(Box::new(hail)))
        })
        .await
    }

    // One statement; one more for each page of hails of which none can be read.
    async fn overdue_hails(&self, now: Time, limit: u32) -> Result<Vec<HailRecord>> {
        let mut skip = 0;
        loop {
            let rows = sqlx::query(AssertSqlSafe(format!(
                "{HAIL}
                where h.id in (select id from hails where deadline_at <= $1
                    order by deadline_at, id limit $2 offset $3)
                order by h.deadline_at, h.id, t.revision"
            )))
            .bind(now)
            .bind(i64::from(limit))
            .bind(skip)
            .fetch_all(&self.readers)
            .await?;
            let hails = read_overdue(&rows)?;
            if !hails.is_empty() || rows.is_empty() {
                return Ok(hails);
            }
            // Those behind them must not wait for what nobody can read.
            skip += i64::from(limit);
        }
    }

    // One statement.
    async fn next_deadline(&self, after: Time) -> Result<Option<Time>> {
        let nearest = sqlx::query_scalar(
            "select deadline_at from hails where deadline_at > $1 order by deadline_at limit 1",
        );
        Ok(nearest.bind(after).fetch_optional(&self.readers).await?)
    }

    // Three statements; one if no call is owed.
    async fn lease_calls(
        &self,
        now: Time,
        leased_until: Time,
        limit: u32,
    ) -> Result<Vec<HailRecord>> {
        self.write(|| async {
            let mut tx = self.begin().await?;
            let hails = owed_calls(&mut tx, now, limit).await?;
            if hails.is_empty() {
                return Ok(hails);
            }
            let mut lease = QueryBuilder::<Db>::new("update hails set call_leased_until = ");
            lease.push_bind(leased_until).push(", call_attempt = call_attempt + 1 where id in ");
            push_list(&mut lease, hails.iter().map(|hail| hail.id.to_string()));
            lease.build().persistent(false).execute(&mut *tx).await?;
            tx.commit().await?;
            Ok(hails)
        })
        .await
    }

    // One statement for each 500 calls.
    async fn renew_leases(&self, hails: &[HailId], leased_until: Time) -> Result<()> {
        self.write(|| async {
            let mut tx = self.begin().await?;
            for hails in hails.chunks(LEASES_A_STATEMENT) {
                let mut update = QueryBuilder::<Db>::new("update hails set call_leased_until = ");
                update.push_bind(leased_until).push(" where status = 'received' and id in (");
                let mut list = update.separated(", ");
                for hail in hails {
                    list.push_bind(hail.as_str());
                }
                update.push(")");
                update.build().persistent(false).execute(&mut *tx).await?;
            }
            Ok(tx.commit().await?)
        })
        .await
    }

    // One statement. The hail that holds a car comes last, after others of that car from before cars were known.
    async fn open_hails(&self) -> Result<Vec<(VehicleId, HailId)>> {
        let open = "select vehicle_id, id from hails where deadline_at is not null
            order by car is not null";
        let rows: Vec<(i64, String)> = sqlx::query_as(open).fetch_all(&self.readers).await?;
        let pairs = rows.into_iter().map(|(vehicle, hail)| {
            let id = readable(words::read("a hail's id", &hail), "hails", || hail.clone())?;
            Ok(id.map(|id| (VehicleId(vehicle), id)))
        });
        pairs.filter_map(Result::transpose).collect()
    }

    // One statement.
    async fn open_hail_of(&self, vehicle: VehicleId) -> Result<Option<HailId>> {
        let open = "select id from hails
            where car = (select car from vehicles where id = $1) and deadline_at is not null";
        let id: Option<String> =
            sqlx::query_scalar(open).bind(vehicle.0).fetch_optional(&self.readers).await?;
        id.map(|id| words::read("a hail's id", &id)).transpose()
    }
}
