//! Queries for rows of hails, and how to read and write them.

use dispatch::hail::Status;
use dispatch::refusal::Ground;
use registry::{
    AccountId, CustomerId, DescriptionId, HailId, TaxiId, Time, VehicleId, VehicleStatus,
};
use sqlx::{AssertSqlSafe, Encode, QueryBuilder, Row as _, Type};
use territory::Point;

use super::change::Change;
use super::engine::{Row, key_of};
use super::together::Together;
use super::{Db, FOR_UPDATE};
use crate::hails::{BanTimes, CustomerPart, HailRecord, Remarks, Transition};
use crate::unreadable::readable;
use crate::{Result, words};

/// Asks for [`read_hails`]; the filter of `h`, [`AND_TRANSITIONS`] and the order follow. One row for each transition, so
/// that a hail and its transitions are of one moment.
///
/// Hails come first and for themselves: of the whole join, PostgreSQL takes a plan for any hail to be dearer than one for
/// this hail, and plans at each reading, which takes longer than to read.
pub(super) const HAIL: &str = "with hail as materialized (
    select h.id, h.revision, h.status, h.created_at, h.changed_at, h.deadline_at, h.client_id,
        h.operator_id, h.taxi_id, h.shown_taxi_id, h.vehicle_id, h.session_id, h.customer_id, h.customer_lon,
        h.customer_lat, h.customer_address, h.customer_phone, h.initial_lon, h.initial_lat,
        h.taxi_phone, h.incident_customer_reason, h.incident_taxi_reason, h.reporting_customer,
        h.reporting_customer_reason, h.rating_ride, h.rating_ride_reason, h.refusal_ground,
        v.licence_plate, d.color, d.id as description_id, d.status as description_status, r.first_name, r.last_name
    from hails h
    join vehicles v on v.id = h.vehicle_id
    join descriptions d on d.vehicle_id = h.vehicle_id and d.account_id = h.operator_id
    join taxis x on x.id = h.taxi_id
    join drivers r on r.id = x.driver_id";
/// Follows the filter of [`HAIL`]. The order that follows must keep a hail's rows together, and `t.revision` must come last.
pub(super) const AND_TRANSITIONS: &str = ")
    select h.*, t.from_status, t.to_status, t.at, t.by_account_id, t.reason
    from hail h
    join hail_transitions t on t.hail_id = h.id
    order by ";

/// Reads what [`HAIL`] asks for, of one hail; nothing if there is no row.
pub(super) fn read_hail(rows: &[Row]) -> Result<Option<HailRecord>> {
    let Some(first) = rows.first() else { return Ok(None) };
    let mut hail = read_all_but_transitions(first)?;
    hail.transitions = rows.iter().map(read_transition).collect::<Result<_>>()?;
    Ok(Some(hail))
}

/// Reads what [`HAIL`] asks for, without hails that cannot be read.
pub(super) fn read_hails(rows: &[Row]) -> Result<Vec<HailRecord>> {
    let of_one_hail = rows.chunk_by(|one, other| key_of(one, "id") == key_of(other, "id"));
    let read = of_one_hail.map(|rows| {
        let hail = readable(read_hail(rows), "hails", || key_of(&rows[0], "id"))?;
        Ok(hail.flatten())
    });
    read.filter_map(Result::transpose).collect()
}

fn read_all_but_transitions(row: &Row) -> Result<HailRecord> {
    let initial: (Option<f64>, Option<f64>) =
        (row.try_get("initial_lon")?, row.try_get("initial_lat")?);
    Ok(HailRecord {
        id: words::read("a hail's id", row.try_get("id")?)?,
        revision: row.try_get("revision")?,
        status: words::read("a hail's status", row.try_get("status")?)?,
        created_at: row.try_get("created_at")?,
        changed_at: row.try_get("changed_at")?,
        deadline_at: row.try_get("deadline_at")?,
        client: AccountId(row.try_get("client_id")?),
        operator: AccountId(row.try_get("operator_id")?),
        taxi: words::read::<TaxiId>("a taxi's id", row.try_get("taxi_id")?)?,
        shown_taxi: words::read_optional("a taxi's id", row.try_get("shown_taxi_id")?)?,
        vehicle: VehicleId(row.try_get("vehicle_id")?),
        plate: words::read("a licence plate", row.try_get("licence_plate")?)?,
        description: DescriptionId(row.try_get("description_id")?),
        driver_status: words::read("a taxi's status", row.try_get("description_status")?)?,
        color: row.try_get("color")?,
        driver_first_name: row.try_get("first_name")?,
        driver_last_name: row.try_get("last_name")?,
        session: words::read("a session", row.try_get("session_id")?)?,
        customer: CustomerPart {
            id: CustomerId(row.try_get("customer_id")?),
            point: read_point(row.try_get("customer_lon")?, row.try_get("customer_lat")?)?,
            address: row.try_get("customer_address")?,
            phone: row.try_get("customer_phone")?,
        },
        initial_position: match initial {
            (Some(lon), Some(lat)) => Some(read_point(lon, lat)?),
            _ => None,
        },
        taxi_phone: row.try_get("taxi_phone")?,
        remarks: Remarks {
            incident_customer_reason: row.try_get("incident_customer_reason")?,
            incident_taxi_reason: row.try_get("incident_taxi_reason")?,
            reporting_customer: row.try_get("reporting_customer")?,
            reporting_customer_reason: row.try_get("reporting_customer_reason")?,
            rating_ride: row.try_get("rating_ride")?,
            rating_ride_reason: row.try_get("rating_ride_reason")?,
        },
        ground: words::read_optional("a ground of a refusal", row.try_get("refusal_ground")?)?,
        transitions: Vec::new(),
    })
}

/// A point of two columns.
pub(super) fn read_point(lon: f64, lat: f64) -> Result<Point> {
    Point::new(lon, lat).map_err(|error| words::unreadable("a point", error))
}

/// The point of the columns `lon` and `lat`.
pub(super) fn read_place(row: &Row) -> Result<Point> {
    read_point(row.try_get("lon")?, row.try_get("lat")?)
}

/// Reads a transition.
pub(super) fn read_transition(row: &Row) -> Result<Transition> {
    Ok(Transition {
        from: words::read_optional("a hail's status", row.try_get("from_status")?)?,
        to: words::read("a hail's status", row.try_get("to_status")?)?,
        at: row.try_get("at")?,
        by: row.try_get::<Option<_>, _>("by_account_id")?.map(AccountId),
        reason: row.try_get("reason")?,
    })
}

/// Makes the customer, if the app never named it before.
pub(super) fn insert_customer(changes: &mut Together, client: AccountId, customer: &CustomerPart) {
    let insert = changes.change();
    insert.push("insert into customers (account_id, id, phone) ");
    insert.push_values([customer], |mut row, customer| {
        // Each hail has its own phone number.
        row.push_bind(client.0).push_bind(&customer.id.0).push("''");
    });
    insert.push(" on conflict (account_id, id) do nothing");
}

/// Writes the transition that made this revision of a hail.
pub(super) fn insert_transition(
    changes: &mut Together,
    hail: HailId,
    revision: i64,
    transition: &Transition,
) {
    let insert = changes.change();
    insert.push(
        "insert into hail_transitions
            (hail_id, revision, from_status, to_status, at, by_account_id, reason) ",
    );
    insert.push_values([transition], |mut row, transition| {
        row.push_bind(hail.to_string())
            .push_bind(revision)
            .push_bind(transition.from.map(Status::word))
            .push_bind(transition.to.word())
            .push_bind(transition.at)
            .push_bind(transition.by.map(|id| id.0))
            .push_bind(&transition.reason);
    });
}

/// Replaces a hail, if it is as it was before, and its taxi too where that stays as it is. Only columns that differ are named: SQLite writes each index of a column
/// that an `update` names, also where the value stays.
pub(super) fn replace_hail(changes: &mut Together, before: &HailRecord, hail: &HailRecord) {
    let update = changes.comparing_change();
    update.push("update hails set revision = ").push_bind(hail.revision);
    let mut differing = Differing { update, before, hail };
    differing.set("status", |hail| hail.status.word());
    differing.set("changed_at", |hail| hail.changed_at);
    differing.set("deadline_at", |hail| hail.deadline_at);
    differing.set("customer_id", |hail| hail.customer.id.0.clone());
    differing.set("customer_lon", |hail| hail.customer.point.lon());
    differing.set("customer_lat", |hail| hail.customer.point.lat());
    differing.set("customer_address", |hail| hail.customer.address.clone());
    differing.set("customer_phone", |hail| hail.customer.phone.clone());
    differing.set("taxi_phone", |hail| hail.taxi_phone.clone());
    let reason = |hail: &HailRecord| hail.remarks.incident_customer_reason.clone();
    differing.set("incident_customer_reason", reason);
    differing.set("incident_taxi_reason", |hail| hail.remarks.incident_taxi_reason.clone());
    differing.set("reporting_customer", |hail| hail.remarks.reporting_customer);
    let reason = |hail: &HailRecord| hail.remarks.reporting_customer_reason.clone();
    differing.set("reporting_customer_reason", reason);
    differing.set("rating_ride", |hail| hail.remarks.rating_ride);
    differing.set("rating_ride_reason", |hail| hail.remarks.rating_ride_reason.clone());
    differing.set("refusal_ground", |hail| hail.ground.map(Ground::word));
    let update = differing.update;
    update.push(" where id = ").push_bind(hail.id.to_string());
    update.push(" and revision = ").push_bind(before.revision);
    // A standby that lacked the last changes counts revisions again.
    update.push(" and status = ").push_bind(before.status.word());
    // A change of the taxi's status compares by itself.
    if hail.driver_status == before.driver_status {
        update.push(" and exists (select 1 from descriptions where id = ");
        update.push_bind(hail.description.0);
        update.push(" and status = ").push_bind(hail.driver_status.word()).push(")");
    }
}

/// A statement that sets the columns in which two states of a hail differ.
struct Differing<'a> {
    update: &'a mut QueryBuilder<Db>,
    before: &'a HailRecord,
    hail: &'a HailRecord,
}

impl Differing<'_> {
    fn set<T>(&mut self, column: &str, value: impl Fn(&HailRecord) -> T)
    where
        T: PartialEq + for<'q> Encode<'q, Db> + Type<Db>,
    {
        let now = value(self.hail);
        if now != value(self.before) {
            self.update.push(", ").push(column).push(" = ").push_bind(now);
        }
    }
}

/// The ban of a customer, if there is one; nobody else changes it until the transaction ends.
pub(super) async fn ban_to_change(
    tx: &mut Change,
    client: AccountId,
    customer: &CustomerId,
) -> Result<Option<BanTimes>> {
    let found: Option<(Option<Time>, Option<Time>)> = sqlx::query_as(AssertSqlSafe(format!(
        "select ban_begin, ban_end from customers where account_id = $1 and id = $2 {FOR_UPDATE}"
    )))
    .bind(client.0)
    .bind(&customer.0)
    .fetch_optional(tx)
    .await?;
    Ok(found.and_then(|(begin, end)| Some((begin, end?))))
}

/// Sets or lifts the ban of a customer.
pub(super) fn set_ban(
    changes: &mut Together,
    client: AccountId,
    customer: &CustomerId,
    ban: Option<BanTimes>,
) {
    let update = changes.change();
    update.push("update customers set ban_begin = ").push_bind(ban.and_then(|(begin, _)| begin));
    update.push(", ban_end = ").push_bind(ban.map(|(_, end)| end));
    update.push(" where account_id = ").push_bind(client.0);
    update.push(" and id = ").push_bind(&customer.0);
}

/// Notes what a driver does, in a description.
pub(super) fn set_status(
    changes: &mut Together,
    description: DescriptionId,
    status: VehicleStatus,
    now: Time,
) {
    push_status(changes.change(), description, status, now);
}

/// As [`set_status`], if the status still is what was read.
pub(super) fn replace_status(
    changes: &mut Together,
    description: DescriptionId,
    was: VehicleStatus,
    status: VehicleStatus,
    now: Time,
) {
    let update = changes.comparing_change();
    push_status(update, description, status, now);
    update.push(" and status = ").push_bind(was.word());
}

fn push_status(
    update: &mut QueryBuilder<Db>,
    description: DescriptionId,
    status: VehicleStatus,
    now: Time,
) {
    update.push("update descriptions set status = ").push_bind(status.word());
    update.push(", status_at = ").push_bind(now).push(" where id = ").push_bind(description.0);
}
