//! How a hail is made: the taxi is taken, and all that is known of the hail is written, or nothing.

use dispatch::hail::Status;
use registry::{AccountId, LicencePlate, TaxiId, Time, VehicleId};
use sqlx::Row as _;

use super::answers::{keep_answer, take_key};
use super::engine::{Connection, Engine};
use super::hail_rows::{insert_customer, insert_transition};
use super::history::record;
use crate::answers::Once;
use crate::hails::{HailRecord, Made, NewHail, Remarks, Transition};
use crate::{Activity, Result, words};

/// A taxi that was free and is taken now.
struct Taken {
    operator: AccountId,
    vehicle: VehicleId,
    plate: LicencePlate,
    color: String,
    driver_first_name: String,
    driver_last_name: String,
}

/// Turns the taxi's own description from `free` to `answering`; what a hail tells of the taxi if it
/// was free.
async fn take_taxi(tx: &mut Connection, taxi: TaxiId, now: Time) -> Result<Option<Taken>> {
    let row = sqlx::query(
        "update descriptions
        set status = 'answering', status_at = $2
        from taxis
        where taxis.id = $1 and descriptions.vehicle_id = taxis.vehicle_id
            and descriptions.account_id = taxis.account_id and descriptions.status = 'free'
        returning descriptions.account_id, descriptions.vehicle_id, descriptions.color,
            (select licence_plate from vehicles where id = descriptions.vehicle_id) as licence_plate,
            (select first_name from drivers where id =
                (select driver_id from taxis where id = $1)) as first_name,
            (select last_name from drivers where id =
                (select driver_id from taxis where id = $1)) as last_name",
    )
    .bind(taxi.as_str())
    .bind(now)
    .fetch_optional(tx)
    .await?;
    let taken = row.map(|row| {
        Ok(Taken {
            operator: AccountId(row.try_get("account_id")?),
            vehicle: VehicleId(row.try_get("vehicle_id")?),
            plate: words::read("a licence plate", row.try_get("licence_plate")?)?,
            color: row.try_get("color")?,
            driver_first_name: row.try_get("first_name")?,
            driver_last_name: row.try_get("last_name")?,
        })
    });
    taken.transpose()
}

/// Inserts a hail, unless its id is taken: then none is inserted. A vehicle that is in an open hail
/// violates a unique key.
async fn insert_hail(
    tx: &mut Connection,
    new: &NewHail,
    taken: &Taken,
    now: Time,
) -> std::result::Result<bool, sqlx::Error> {
    let inserted = sqlx::query(
        "insert into hails
            (id, revision, status, created_at, changed_at, deadline_at, client_id, operator_id,
            taxi_id, vehicle_id, session_id, customer_id, customer_lon, customer_lat,
            customer_address, customer_phone, initial_lon, initial_lat, call_attempt,
            shown_taxi_id, opens_session, insee)
        values ($1, 1, $2, $3, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, 0,
            $17, $18, $19)
        on conflict (id) do nothing",
    )
    .bind(new.id.as_str())
    .bind(Status::Received.word())
    .bind(now)
    .bind(new.deadline_at)
    .bind(new.client.0)
    .bind(taken.operator.0)
    .bind(new.taxi.as_str())
    .bind(taken.vehicle.0)
    .bind(new.session.to_string())
    .bind(&new.customer.id.0)
    .bind(new.customer.point.lon())
    .bind(new.customer.point.lat())
    .bind(&new.customer.address)
    .bind(&new.customer.phone)
    .bind(new.initial_position.lon())
    .bind(new.initial_position.lat())
    .bind(new.shown_taxi.map(|id| id.to_string()))
    .bind(new.opens_session)
    .bind(new.town.map(|town| town.to_string()))
    .execute(tx)
    .await?;
    Ok(inserted.rows_affected() == 1)
}

/// The hail that was written: as it would be read now.
fn made(new: &NewHail, taken: Taken, first: Transition, now: Time) -> HailRecord {
    HailRecord {
        id: new.id,
        revision: 1,
        status: first.to,
        created_at: now,
        changed_at: now,
        deadline_at: Some(new.deadline_at),
        client: new.client,
        operator: taken.operator,
        taxi: new.taxi,
        shown_taxi: new.shown_taxi,
        vehicle: taken.vehicle,
        plate: taken.plate,
        color: taken.color,
        driver_first_name: taken.driver_first_name,
        driver_last_name: taken.driver_last_name,
        session: new.session,
        customer: new.customer.clone(),
        initial_position: Some(new.initial_position),
        taxi_phone: None,
        remarks: Remarks::default(),
        transitions: vec![first],
    }
}

impl Engine {
    /// Makes a hail, unless its taxi, its id or its key is taken.
    pub(super) async fn make_hail(
        &self,
        new: &NewHail,
        activity: &[Activity],
        once: Option<&Once<'_>>,
        now: Time,
    ) -> Result<Made> {
        let mut tx = self.begin().await?;
        // The key first: who asks again must wait for the answer, and not be told that the taxi
        // answers to somebody.
        if let Some(once) = once
            && !take_key(&mut tx, new.client, once, now).await?
        {
            return Ok(Made::KeyTaken);
        }
        let Some(taken) = take_taxi(&mut tx, new.taxi, now).await? else {
            return Ok(Made::NotFree);
        };
        insert_customer(&mut tx, new.client, &new.customer).await?;
        match insert_hail(&mut tx, new, &taken, now).await {
            Ok(true) => {}
            Ok(false) => return Ok(Made::IdTaken),
            // The id apart, an open hail's vehicle is all that is unique.
            Err(sqlx::Error::Database(error)) if error.is_unique_violation() => {
                return Ok(Made::NotFree);
            }
            Err(error) => return Err(error.into()),
        }
        let (to, by) = (Status::Received, Some(new.client));
        let first = Transition { from: None, to, at: now, by, reason: None };
        insert_transition(&mut tx, new.id, 1, &first).await?;
        record(&mut tx, activity, now).await?;
        let hail = made(new, taken, first, now);
        if let Some(once) = once {
            keep_answer(&mut tx, new.client, once.key, &(once.answer)(&hail)).await?;
        }
        tx.commit().await?;
        Ok(Made::Hail(Box::new(hail)))
    }
}
