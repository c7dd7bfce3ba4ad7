//! Creates a hail in one transaction: reads the facts, decides, takes the taxi and writes the hail, or changes
//! nothing.

use std::hash::Hasher as _;

use dispatch::hail::Status;
use registry::{
    AccountId, CustomerId, DescriptionId, HailId, LicencePlate, Time, VehicleId, VehicleStatus,
};
use siphasher::sip::SipHasher13;
use sqlx::{AssertSqlSafe, Row as _};

use super::answers::{keep_answer, take_key};
use super::change::Change;
use super::engine::{Engine, Row};
use super::hail_rows::{insert_customer, insert_transition, set_status};
use super::history::record_with;
use super::taxi_rows::read_taxi;
use super::together::Together;
use super::{FOR_UPDATE_OF_D, HAILS_BY_OPEN_CAR, begin_alone};
use crate::hails::Once;
use crate::hails::{
    DecideHail, HailFacts, HailRecord, HailWish, Made, NewHail, Remarks, Transition,
};
use crate::{Error, Result, words};

/// A taxi as its operator describes it, with what a hail tells of it.
pub(super) struct Described {
    description: DescriptionId,
    operator: AccountId,
    vehicle: VehicleId,
    plate: LicencePlate,
    color: String,
    driver_first_name: String,
    driver_last_name: String,
}

/// Facts that decide about a new hail, and the taxi as its operator describes it, if it does; `None` if there is
/// no such taxi. Its descriptions stay locked until the transaction ends.
pub(super) async fn facts(
    change: &mut Change,
    wish: HailWish<'_>,
) -> Result<Option<(HailFacts, Option<Described>)>> {
    let rows = sqlx::query(AssertSqlSafe(format!(
        "select t.id, t.account_id, t.licence_id, t.driver_id, t.vehicle_id, t.added_at,
            t.last_seen_at, t.number, l.insee, v.licence_plate, r.first_name, r.last_name,
            d.id as description_id, d.account_id as describing_id, d.status, d.status_at, d.color,
            exists (select 1 from {HAILS_BY_OPEN_CAR}
                where car = v.car and ended_at is null) as in_open_hail,
            a.disabled_at is not null as operator_is_disabled, c.ban_begin, c.ban_end,
            named.client_id as named_client_id, named.customer_id as named_customer_id,
            latest.session_id as latest_session_id, latest.changed_at as latest_at
        from taxis t
        join licences l on l.id = t.licence_id
        join vehicles v on v.id = t.vehicle_id
        join drivers r on r.id = t.driver_id
        join accounts a on a.id = t.account_id
        join descriptions d on d.vehicle_id = t.vehicle_id
        left join customers c on c.account_id = $2 and c.id = $3
        left join hails named on named.id =
            (select id from hails where session_id = $4 limit 1)
        left join hails latest on latest.id =
            (select id from
                (select id, changed_at from hails
                where client_id = $2 and customer_id = $3 and ended_at is null
                union all
                select id, ended_at from
                    (select id, ended_at from hails
                    where client_id = $2 and customer_id = $3 and ended_at is not null
                    order by ended_at desc limit 1) as ended) as last_ones
            order by changed_at desc limit 1)
        where t.id = $1
        order by d.account_id
        {FOR_UPDATE_OF_D}"
    )))
    .bind(wish.taxi.as_str())
    .bind(wish.client.0)
    .bind(&wish.customer.0)
    .bind(wish.named_session.map(|session| session.to_string()))
    .fetch_all(change)
    .await?;
    let Some(first) = rows.first() else { return Ok(None) };
    let facts = read_facts(first, &rows)?;
    for row in &rows {
        if row.try_get::<i64, _>("describing_id")? == facts.taxi.operator.0 {
            let described = read_described(row, &facts)?;
            return Ok(Some((facts, Some(described))));
        }
    }
    Ok(Some((facts, None)))
}

fn read_facts(first: &Row, rows: &[Row]) -> Result<HailFacts> {
    let statuses = rows.iter().map(|row| {
        let status = words::read("a taxi's status", row.try_get("status")?)?;
        Ok((AccountId(row.try_get("describing_id")?), status, row.try_get("status_at")?))
    });
    let named: Option<(i64, String)> =
        first.try_get::<Option<_>, _>("named_client_id")?.zip(first.try_get("named_customer_id")?);
    let ban_begin: Option<Time> = first.try_get("ban_begin")?;
    let ban_end: Option<Time> = first.try_get("ban_end")?;
    let latest: Option<(&str, Time)> =
        first.try_get::<Option<_>, _>("latest_session_id")?.zip(first.try_get("latest_at")?);
    Ok(HailFacts {
        taxi: read_taxi(first)?,
        statuses: statuses.collect::<Result<_>>()?,
        in_open_hail: first.try_get("in_open_hail")?,
        operator_is_disabled: first.try_get("operator_is_disabled")?,
        ban: ban_end.map(|end| (ban_begin, end)),
        named_session: named.map(|(client, customer)| (AccountId(client), CustomerId(customer))),
        latest_session: latest
            .map(|(session, at)| Ok::<_, Error>((words::read("a session", session)?, at)))
            .transpose()?,
    })
}

fn read_described(row: &Row, facts: &HailFacts) -> Result<Described> {
    Ok(Described {
        description: DescriptionId(row.try_get("description_id")?),
        operator: facts.taxi.operator,
        vehicle: facts.taxi.vehicle,
        plate: words::read("a licence plate", row.try_get("licence_plate")?)?,
        color: row.try_get("color")?,
        driver_first_name: row.try_get("first_name")?,
        driver_last_name: row.try_get("last_name")?,
    })
}

/// Inserts a hail. An id that is taken, or a car that is in an open hail, violates a unique key.
fn insert_hail(changes: &mut Together, new: &NewHail, taxi: &Described, now: Time) {
    let insert = changes.change();
    insert.push(
        "insert into hails
            (id, revision, status, created_at, changed_at, deadline_at, client_id, operator_id,
            taxi_id, vehicle_id, session_id, customer_id, customer_lon, customer_lat,
            customer_address, customer_phone, initial_lon, initial_lat, call_leased_until, call_attempt,
            shown_taxi_id, opens_session, insee, car) ",
    );
    insert.push_values([new], |mut row, new| {
        row.push_bind(new.id.to_string())
            .push("1")
            .push_bind(Status::Received.word())
            .push_bind(now)
            .push_bind(now)
            .push_bind(new.deadline_at)
            .push_bind(new.client.0)
            .push_bind(taxi.operator.0)
            .push_bind(new.taxi.to_string())
            .push_bind(taxi.vehicle.0)
            .push_bind(new.session.to_string())
            .push_bind(&new.customer.id.0)
            .push_bind(new.customer.point.lon())
            .push_bind(new.customer.point.lat())
            .push_bind(&new.customer.address)
            .push_bind(&new.customer.phone)
            .push_bind(new.initial_position.lon())
            .push_bind(new.initial_position.lat())
            .push_bind(new.call_leased_until)
            .push_bind(i64::from(new.call_leased_until.is_some()))
            .push_bind(new.shown_taxi.map(|id| id.to_string()))
            .push_bind(new.opens_session)
            .push_bind(new.town.map(|town| town.to_string()))
            .push_bind(taxi.plate.car());
    });
}

/// The hail that was written: as it would be read now.
fn made(new: NewHail, taxi: Described, first: Transition, now: Time) -> HailRecord {
    HailRecord {
        id: new.id,
        revision: 1,
        status: first.to,
        created_at: now,
        changed_at: now,
        deadline_at: Some(new.deadline_at),
        client: new.client,
        operator: taxi.operator,
        taxi: new.taxi,
        shown_taxi: new.shown_taxi,
        vehicle: taxi.vehicle,
        plate: taxi.plate,
        description: taxi.description,
        driver_status: VehicleStatus::Answering,
        color: taxi.color,
        driver_first_name: taxi.driver_first_name,
        driver_last_name: taxi.driver_last_name,
        session: new.session,
        customer: new.customer,
        initial_position: Some(new.initial_position),
        taxi_phone: None,
        remarks: Remarks::default(),
        ground: None,
        transitions: vec![first],
    }
}

/// The same number for all hails of a customer, and hardly ever for those of another.
fn customer_number(wish: HailWish<'_>) -> i64 {
    let mut hasher = SipHasher13::new();
    hasher.write_i64(wish.client.0);
    hasher.write(wish.customer.0.as_bytes());
    hasher.finish().cast_signed()
}

impl Engine {
    /// Makes a hail as it is decided, unless its vehicle, its id or its key is taken.
    pub(super) async fn make_hail(
        &self,
        wish: HailWish<'_>,
        decide: &DecideHail<'_>,
        once: Option<&Once<'_>>,
        now: Time,
    ) -> Result<Made> {
        let mut tx = begin_alone(self, customer_number(wish)).await?;
        // The key first: who asks again must wait for the answer, and not be told that the taxi
        // answers to somebody.
        if let Some(once) = once
            && !take_key(&mut tx, wish.client, once, now).await?
        {
            return Ok(Made::KeyTaken);
        }
        let known = facts(&mut tx, wish).await?;
        let decided = decide(known.as_ref().map(|(facts, _)| facts));
        let Some((new, activity)) = decided else { return Ok(Made::Refused) };
        let Some((_, Some(taxi))) = known else { return Ok(Made::NotFree) };
        let (to, by) = (Status::Received, Some(new.client));
        let first = Transition { from: None, to, at: now, by, reason: None };
        let id = new.id;
        let mut changes = Together::new();
        set_status(&mut changes, taxi.description, VehicleStatus::Answering, now);
        insert_customer(&mut changes, new.client, &new.customer);
        insert_hail(&mut changes, &new, &taxi, now);
        insert_transition(&mut changes, id, 1, &first);
        record_with(&mut changes, &activity, now);
        let hail = made(new, taxi, first, now);
        if let Some(once) = once {
            keep_answer(&mut changes, wish.client, once.key, (once.answer)(&hail));
        }
        match tx.finish(changes).await {
            Err(Error::Engine(sqlx::Error::Database(error))) if error.is_unique_violation() => {
                self.why_not(id).await
            }
            outcome => outcome.map(|_made| Made::Hail(Box::new(hail))),
        }
    }

    /// Finds the unique key that a hail violated: its id, or else the car of an open hail.
    async fn why_not(&self, id: HailId) -> Result<Made> {
        let is_taken: bool =
            sqlx::query_scalar("select exists (select 1 from hails where id = $1)")
                .bind(id.as_str())
                .fetch_one(&self.readers)
                .await?;
        Ok(if is_taken { Made::IdTaken } else { Made::NotFree })
    }
}
