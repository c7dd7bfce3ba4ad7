//! Hails: made once, changed by compare-and-set, never lost.
//!
//! A change of both locks the description first and the hail second: one order makes deadlocks
//! impossible.

use async_trait::async_trait;
use chrono::TimeDelta;
use dispatch::hail::Status;
use registry::{HailId, Time, VehicleId};
use sqlx::{AssertSqlSafe, Executor, QueryBuilder};

use super::change::Change;
use super::engine::{Engine, Row};
use super::hail_rows::{
    AND_TRANSITIONS, HAIL, ban_to_change, insert_customer, insert_transition, read_hail,
    read_hails, replace_hail, replace_status, set_ban,
};
use super::history::record_with;
use super::list_filters::push_list;
use super::together::Together;
use super::{Db, FOR_UPDATE_SKIP_LOCKED, OPEN_HAILS};
use crate::error::{is_away, waited_in_vain};
use crate::hails::Once;
use crate::hails::{
    Applied, DecideHail, HailChange, HailRecord, HailWish, Made, StatusActivity, Step, Transition,
};
use crate::unreadable::readable;
use crate::{Activity, Error, Hails, Result, words};

/// Limit of the age of a hail that is owed a call: it waits for ten seconds, by the clock of the server that made it. Rides
/// under way, which are older, are not looked through.
const OLDEST_OWED: TimeDelta = TimeDelta::minutes(10);
/// Limit of leases that one statement renews.
const LEASES_A_STATEMENT: usize = 500;

async fn hail_by_id(
    connection: impl Executor<'_, Database = Db>,
    id: HailId,
) -> Result<Option<HailRecord>> {
    let hail = format!("{HAIL} where h.id = $1 {AND_TRANSITIONS} t.revision");
    let rows = sqlx::query(AssertSqlSafe(hail)).bind(id.as_str()).fetch_all(connection).await?;
    read_hail(&rows)
}

/// Rows of [`HAIL`] of these hails.
async fn rows_of(
    connection: impl Executor<'_, Database = Db>,
    hails: Vec<String>,
    order: &str,
) -> Result<Vec<Row>> {
    let mut query = QueryBuilder::<Db>::new(HAIL);
    query.push(" where h.id in ");
    push_list(&mut query, hails.into_iter());
    query.push(AND_TRANSITIONS).push(order);
    Ok(query.build().persistent(false).fetch_all(connection).await?)
}

/// Hails whose calls are owed, oldest first, for this transaction to lease.
async fn owed_calls(tx: &mut Change, now: Time, limit: u32) -> Result<Vec<HailRecord>> {
    let mut skip = 0;
    loop {
        let ids: Vec<String> = sqlx::query_scalar(AssertSqlSafe(format!(
            "select id from {OPEN_HAILS}
            where ended_at is null and status = 'received' and created_at > $4 and deadline_at > $1
                and (call_leased_until is null or call_leased_until <= $1)
            order by created_at, id
            limit $2 offset $3
            {FOR_UPDATE_SKIP_LOCKED}"
        )))
        .bind(now)
        .bind(i64::from(limit))
        .bind(skip)
        .bind(now - OLDEST_OWED)
        .fetch_all(&mut *tx)
        .await?;
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        // Only now: what another changed while we waited for a row is seen as it is.
        let rows = rows_of(&mut *tx, ids, "h.created_at, h.id, t.revision").await?;
        let hails = read_hails(&rows)?;
        if !hails.is_empty() {
            return Ok(hails);
        }
        // Those behind them must not wait for what nobody can read.
        skip += i64::from(limit);
    }
}

/// Reads what [`HAIL`] asks for of overdue hails, without those that changed meanwhile, and those of which this version
/// cannot tell what their deadline does.
fn read_overdue(rows: &[Row], now: Time) -> Result<Vec<HailRecord>> {
    let is_overdue = |hail: &HailRecord| hail.deadline_at.is_some_and(|at| at <= now);
    let hails = read_hails(rows)?.into_iter().filter(is_overdue).map(|hail| {
        let id = hail.id;
        let over = || words::unreadable("a deadline of a hail that is over", hail.status);
        let read = if hail.status.is_open() { Ok(hail) } else { Err(over()) };
        readable(read, "hails", || id.to_string())
    });
    hails.filter_map(Result::transpose).collect()
}

fn transition_of(step: &Step, from: Status, now: Time) -> Transition {
    Transition { from: Some(from), to: step.to, at: now, by: step.by, reason: step.reason.clone() }
}

/// Applies a change to a hail.
fn changed(mut hail: HailRecord, change: &HailChange, now: Time) -> HailRecord {
    hail.revision += 1;
    if let Some(step) = &change.step {
        // A hail that is over leaves its taxi as it is.
        let becomes = step.taxi_becomes.filter(|_| hail.deadline_at.is_some());
        hail.driver_status = becomes.unwrap_or(hail.driver_status);
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
    hail.ground = change.ground.or(hail.ground);
    hail
}

impl Engine {
    async fn ask_for_hail(&self, id: HailId) -> Result<Option<HailRecord>> {
        // Apps ask for their hail every second: a connection of the pool would be asked, too, whether it still answers.
        let mut question = self.begin_comparing().await?;
        let hail = hail_by_id(&mut question, id).await?;
        question.commit().await?;
        Ok(hail)
    }
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
        match self.ask_for_hail(id).await {
            // Its connection may have broken while it was idle. The next one is tried out.
            Err(Error::Engine(error)) if is_away(&error) && !waited_in_vain(&error) => {
                self.ask_for_hail(id).await
            }
            answer => answer,
        }
    }

    // One message, three more for a ban.
    async fn change_hail(
        &self,
        hail: &HailRecord,
        change: &HailChange,
        activity: &[Activity],
        status_activity: &StatusActivity<'_>,
        now: Time,
    ) -> Result<Applied> {
        let next = changed(hail.clone(), change, now);
        let change_it = || async {
            // The decision about a ban needs a lock on it.
            let mut tx = match change.ban {
                Some(_) => self.begin().await?,
                None => self.begin_single().await?,
            };
            let mut changes = Together::new();
            let (was, becomes) = (hail.driver_status, next.driver_status);
            if becomes != was {
                replace_status(&mut changes, hail.description, was, becomes, now);
            }
            if let Some(customer) = &change.customer {
                insert_customer(&mut changes, hail.client, customer);
            }
            replace_hail(&mut changes, hail, &next);
            if change.step.is_some() {
                let transition = next.transitions.last().expect("a step is a transition");
                insert_transition(&mut changes, hail.id, next.revision, transition);
            }
            let of_status = if becomes == was { Vec::new() } else { status_activity(was) };
            record_with(&mut changes, activity.iter().chain(&of_status), now);
            if let Some(decide) = change.ban {
                let customer = &next.customer.id;
                let ban = ban_to_change(&mut tx, hail.client, customer).await?;
                set_ban(&mut changes, hail.client, customer, decide(ban, now));
            }
            tx.finish(changes).await
        };
        let is_applied = self.write(change_it).await?;
        Ok(if is_applied { Applied::Hail(Box::new(next)) } else { Applied::Stale })
    }

    // One statement, two if a hail is overdue; two more for each page of hails of which none can be read.
    async fn overdue_hails(&self, now: Time, limit: u32) -> Result<Vec<HailRecord>> {
        let mut skip = 0;
        loop {
            // Alone: most rounds find none, and the join takes PostgreSQL 3 ms to plan.
            let ids: Vec<String> = sqlx::query_scalar(AssertSqlSafe(format!(
                "select id from {OPEN_HAILS} where ended_at is null and deadline_at <= $1
                order by deadline_at, id limit $2 offset $3"
            )))
            .bind(now)
            .bind(i64::from(limit))
            .bind(skip)
            .fetch_all(&self.readers)
            .await?;
            if ids.is_empty() {
                return Ok(Vec::new());
            }
            let rows = rows_of(&self.readers, ids, "h.deadline_at, h.id, t.revision").await?;
            let hails = read_overdue(&rows, now)?;
            if !hails.is_empty() {
                return Ok(hails);
            }
            // Those behind them must not wait for what nobody can read.
            skip += i64::from(limit);
        }
    }

    // One statement.
    async fn next_deadline(&self, after: Time) -> Result<Option<Time>> {
        let nearest = sqlx::query_scalar(AssertSqlSafe(format!(
            "select min(deadline_at) from {OPEN_HAILS} where ended_at is null and deadline_at > $1"
        )));
        Ok(nearest.bind(after).fetch_one(&self.readers).await?)
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
            lease.build().persistent(false).execute(&mut tx).await?;
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
                update.build().persistent(false).execute(&mut tx).await?;
            }
            tx.commit().await
        })
        .await
    }

    // One statement. The hail that holds a car comes last, after others of that car from before cars were known.
    async fn open_hails(&self) -> Result<Vec<(VehicleId, HailId)>> {
        let open = "select vehicle_id, id from hails where ended_at is null
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
            where car = (select car from vehicles where id = $1) and ended_at is null";
        let id: Option<String> =
            sqlx::query_scalar(open).bind(vehicle.0).fetch_optional(&self.readers).await?;
        id.map(|id| words::read("a hail's id", &id)).transpose()
    }
}
