//! Registrations of operators: drivers, vehicles, licences (ADS), taxis.

use async_trait::async_trait;
use registry::driver::DriverDetails;
use registry::licence::LicenceDetails;
use registry::{
    AccountId, Description, Driver, DriverId, Licence, LicenceId, LicencePlate, Taxi, TaxiDetails,
    TaxiId, Time, Vehicle, VehicleId,
};
use sqlx::{AssertSqlSafe, Executor, QueryBuilder};
use territory::InseeCode;

use super::change::Change;
use super::engine::{COMPARISONS, Engine, arrived, in_passing, key_of};
use super::enrolment_parts::{
    describes, features_to_change, insert_description, insert_driver, insert_licence, taxi_parts,
    update_driver, update_features, update_licence, vehicle_of_plate,
};
use super::history::record_with;
use super::list_filters::{PLAIN_PLATE, push_list};
use super::taxi_rows::{DESCRIPTION, DETAILS, TAXI, read_description, read_details, read_taxi};
use super::together::Together;
use super::{Db, NEXT_TAXI_NUMBER};
use crate::enrolment::{Describe, LicenceUnfit, PutTaxi, TaxiNames, Upserted, VehicleFound, Wish};
use crate::hails::StatusActivity;
use crate::unreadable::readable;
use crate::{Activity, Enrolment, Error, Result, words};

/// Most taxis of one statement.
const TAXIS_A_STATEMENT: usize = 500;

async fn taxi_of_parts(
    tx: &mut Change,
    account: AccountId,
    (licence, vehicle, driver): (LicenceId, VehicleId, DriverId),
) -> Result<Option<Taxi>> {
    let row = sqlx::query(AssertSqlSafe(format!(
        "{TAXI}
        where t.account_id = $1 and t.licence_id = $2 and t.vehicle_id = $3 and t.driver_id = $4"
    )))
    .bind(account.0)
    .bind(licence.0)
    .bind(vehicle.0)
    .bind(driver.0)
    .fetch_optional(tx)
    .await?;
    row.as_ref().map(read_taxi).transpose()
}

/// Sets the wish of the driver of a taxi in its description, if the taxi is there and status and radius still are as they are
/// known: the activity log names the old status.
fn set_wish(changes: &mut Together, known: &TaxiDetails, wish: Wish, now: Time) {
    let Description { vehicle, account, status: was, radius_m, .. } = known.description;
    let update = changes.comparing_change();
    let becomes = wish.status.unwrap_or(was);
    update.push("update descriptions set status = ").push_bind(becomes.word());
    if becomes != was {
        update.push(", status_at = ").push_bind(now);
    }
    if let Some(radius_m) = wish.radius_m {
        update.push(", radius_m = ").push_bind(radius_m);
    }
    update.push(" where vehicle_id = ").push_bind(vehicle.0);
    update.push(" and account_id = ").push_bind(account.0);
    update.push(" and status = ").push_bind(was.word());
    match radius_m {
        Some(radius_m) => update.push(" and radius_m = ").push_bind(radius_m),
        None => update.push(" and radius_m is null"),
    };
    update
        .push(" and exists (select 1 from taxis where id = ")
        .push_bind(known.taxi.id.as_str().to_owned());
    update.push(" and vehicle_id = ").push_bind(vehicle.0).push(")");
}

/// The changes that store the wish of a driver, with their lines in the activity log.
fn changes_of(
    known: &TaxiDetails,
    wish: Wish,
    activity: &StatusActivity<'_>,
    now: Time,
) -> Together {
    let mut changes = Together::new();
    set_wish(&mut changes, known, wish, now);
    record_with(&mut changes, &activity(known.description.status), now);
    changes
}

/// A taxi with the wish of its driver.
fn with_wish(mut details: TaxiDetails, wish: Wish, now: Time) -> TaxiDetails {
    let description = &mut details.description;
    if let Some(status) = wish.status.filter(|status| *status != description.status) {
        (description.status, description.status_at) = (status, now);
    }
    description.radius_m = wish.radius_m.unwrap_or(description.radius_m);
    details
}

/// A taxi with its description by an account, if there is one.
async fn details_of(
    connection: impl Executor<'_, Database = Db>,
    account: AccountId,
    taxi: TaxiId,
) -> Result<Option<TaxiDetails>> {
    let details = format!("{} where t.id = $1 and d.account_id = $2", *DETAILS);
    let details = sqlx::query(AssertSqlSafe(details)).bind(taxi.as_str()).bind(account.0);
    details.fetch_optional(connection).await?.as_ref().map(read_details).transpose()
}

/// The lines of the activity log that end a change.
fn recorded(activity: &[Activity], now: Time) -> Together {
    let mut changes = Together::new();
    record_with(&mut changes, activity, now);
    changes
}

#[async_trait]
impl Enrolment for Engine {
    // Two statements; three for a new driver.
    async fn put_driver(
        &self,
        account: AccountId,
        driver: &DriverDetails,
        activity: &[Activity],
        now: Time,
    ) -> Result<Upserted<Driver>> {
        self.write(|| async {
            let mut tx = self.begin().await?;
            let found = update_driver(&mut tx, account, driver, now).await?;
            let id = match found {
                Some(id) => id,
                None => insert_driver(&mut tx, account, driver, now).await?,
            };
            let value = Driver { id, details: driver.clone() };
            tx.finish(recorded(activity, now)).await?;
            Ok(Upserted { value, created: found.is_none() })
        })
        .await
    }

    // One statement.
    async fn description_of_plate(
        &self,
        account: AccountId,
        plate: &LicencePlate,
    ) -> Result<Option<Description>> {
        let row = sqlx::query(AssertSqlSafe(format!(
            "{} where v.licence_plate = $1 and d.account_id = $2",
            *DESCRIPTION
        )))
        .bind(plate.as_str())
        .bind(account.0)
        .fetch_optional(&self.readers)
        .await?;
        Ok(row.as_ref().map(read_description).transpose()?.map(|(_, description)| description))
    }

    // Four statements; five for a new description or vehicle.
    async fn put_vehicle(
        &self,
        account: AccountId,
        plate: &LicencePlate,
        describe: &Describe<'_>,
        activity: &[Activity],
        now: Time,
    ) -> Result<Upserted<(Vehicle, Description)>> {
        self.write(|| async {
            let mut tx = self.begin().await?;
            let id = vehicle_of_plate(&mut tx, plate, now).await?;
            let known = features_to_change(&mut tx, id, account).await?;
            let features = describe(known.as_ref());
            if known.is_none() {
                insert_description(&mut tx, id, account, now).await?;
            }
            let description = update_features(&mut tx, id, account, &features, now).await?;
            let description = description.expect("it was there or made just now");
            let vehicle = Vehicle { id, plate: plate.clone() };
            tx.finish(recorded(activity, now)).await?;
            Ok(Upserted { value: (vehicle, description), created: known.is_none() })
        })
        .await
    }

    // One statement.
    async fn describes(&self, account: AccountId, vehicle: VehicleId) -> Result<bool> {
        let mut connection = self.readers.acquire().await?;
        describes(&mut connection, account, vehicle).await
    }

    // Two statements; one more for its vehicle, and one for a new licence.
    async fn put_licence(
        &self,
        account: AccountId,
        licence: &LicenceDetails,
        activity: &[Activity],
        now: Time,
    ) -> Result<std::result::Result<Upserted<Licence>, LicenceUnfit>> {
        self.write(|| async {
            let mut tx = self.begin().await?;
            if let Some(vehicle) = licence.vehicle
                && !describes(tx.connection().await?, account, vehicle).await?
            {
                return Ok(Err(LicenceUnfit::Vehicle(vehicle)));
            }
            let found = update_licence(&mut tx, account, licence, now).await?;
            let id = match found {
                Some(id) => id,
                None => match insert_licence(&mut tx, account, licence, now).await? {
                    Some(id) => id,
                    None => return Ok(Err(LicenceUnfit::Town)),
                },
            };
            let value = Licence { id, details: licence.clone() };
            tx.finish(recorded(activity, now)).await?;
            Ok(Ok(Upserted { value, created: found.is_none() }))
        })
        .await
    }

    // One statement.
    async fn has_licence(&self, account: AccountId, number: &str, town: InseeCode) -> Result<bool> {
        let has = sqlx::query_scalar(
            "select exists (select 1 from licences
                where account_id = $1 and number = $2 and insee = $3)",
        );
        let has = has.bind(account.0).bind(number).bind(town.as_str());
        Ok(has.fetch_one(&self.readers).await?)
    }

    // Three statements; five for a new taxi.
    async fn put_taxi(
        &self,
        account: AccountId,
        names: TaxiNames<'_>,
        fresh: TaxiId,
        activity: &[Activity],
        now: Time,
    ) -> Result<PutTaxi> {
        self.write(|| async {
            let mut tx = self.begin().await?;
            let found = taxi_parts(&mut tx, account, names).await?;
            let (Some(licence), VehicleFound::Described(vehicle), Some(driver)) =
                (found.licence, found.vehicle, found.driver)
            else {
                return Ok(PutTaxi::Missing(found));
            };
            let parts = (licence, vehicle, driver);
            let found = taxi_of_parts(&mut tx, account, parts).await?;
            if let Some(value) = found {
                tx.finish(recorded(activity, now)).await?;
                return Ok(PutTaxi::Bound(Upserted { value, created: false }));
            }
            let inserted = sqlx::query(AssertSqlSafe(format!(
                "insert into taxis
                    (id, account_id, licence_id, vehicle_id, driver_id, added_at, last_seen_at,
                    number, plain_plate)
                select $1, $2, $3, v.id, $5, $6, $6, {NEXT_TAXI_NUMBER}, {PLAIN_PLATE}
                from vehicles v where v.id = $4
                on conflict (id) do nothing"
            )))
            .bind(fresh.as_str())
            .bind(account.0)
            .bind(licence.0)
            .bind(vehicle.0)
            .bind(driver.0)
            .bind(now)
            .execute(&mut tx)
            .await?;
            if inserted.rows_affected() == 0 {
                return Ok(PutTaxi::IdTaken);
            }
            let value = taxi_of_parts(&mut tx, account, parts).await?;
            let value = value.expect("it was made just now");
            tx.finish(recorded(activity, now)).await?;
            Ok(PutTaxi::Bound(Upserted { value, created: true }))
        })
        .await
    }

    // One statement.
    async fn taxi_details(&self, account: AccountId, taxi: TaxiId) -> Result<Option<TaxiDetails>> {
        details_of(&self.readers, account, taxi).await
    }

    // Two messages, again if others change the status in between.
    async fn wish(
        &self,
        account: AccountId,
        taxi: TaxiId,
        wish: Wish,
        activity: &StatusActivity<'_>,
        now: Time,
    ) -> Result<Option<TaxiDetails>> {
        self.write(|| async {
            for _ in 0..COMPARISONS {
                let mut change = self.begin_comparing().await?;
                let Some(known) = details_of(&mut change, account, taxi).await? else {
                    change.commit().await?;
                    return Ok(None);
                };
                if change.finish(changes_of(&known, wish, activity, now)).await? {
                    return Ok(Some(with_wish(known, wish, now)));
                }
            }
            Err(Error::Busy)
        })
        .await
    }

    // One message.
    async fn wish_known(
        &self,
        known: TaxiDetails,
        wish: Wish,
        activity: &StatusActivity<'_>,
        now: Time,
    ) -> Result<Option<TaxiDetails>> {
        let change_it = || async {
            let change = self.begin_single().await?;
            change.finish(changes_of(&known, wish, activity, now)).await
        };
        let is_as_known = self.write(change_it).await?;
        Ok(is_as_known.then(|| with_wish(known, wish, now)))
    }

    // One statement for each 500 taxis, each for itself: others write in between.
    async fn see_taxis(&self, taxis: &[TaxiId], at: Time) -> Result<()> {
        for taxis in taxis.chunks(TAXIS_A_STATEMENT) {
            self.write(|| async {
                let mut update = QueryBuilder::<Db>::new("update taxis set last_seen_at = ");
                update.push_bind(at).push(" where last_seen_at < ").push_bind(at);
                update.push(" and id in ");
                push_list(&mut update, taxis.iter().map(TaxiId::as_str));
                let mut tx = self.begin_single().await?;
                update.build().persistent(false).execute(&mut tx).await?;
                tx.commit().await
            })
            .await?;
        }
        Ok(())
    }

    // One statement.
    async fn taxis(&self) -> Result<Vec<Taxi>> {
        let taxis = sqlx::query(TAXI).try_map(|row| {
            readable(read_taxi(&row), "taxis", || key_of(&row, "id")).map_err(in_passing)
        });
        let taxis = taxis.fetch_all(&self.readers).await.map_err(arrived)?;
        Ok(taxis.into_iter().flatten().collect())
    }

    // One statement.
    async fn taxi_of_number(&self, number: i64) -> Result<Option<TaxiId>> {
        let id: Option<String> = sqlx::query_scalar("select id from taxis where number = $1")
            .bind(number)
            .fetch_optional(&self.readers)
            .await?;
        words::read_optional("a taxi's id", id.as_deref())
    }

    // One statement.
    async fn taxi(&self, taxi: TaxiId) -> Result<Option<Taxi>> {
        let row = sqlx::query(AssertSqlSafe(format!("{TAXI} where t.id = $1")))
            .bind(taxi.as_str())
            .fetch_optional(&self.readers)
            .await?;
        row.as_ref().map(read_taxi).transpose()
    }

    // One statement.
    async fn descriptions(&self) -> Result<Vec<(Vehicle, Description)>> {
        let all = sqlx::query(AssertSqlSafe(DESCRIPTION.as_str()));
        let all = all.try_map(|row| {
            let key = || key_of(&row, "description_id");
            readable(read_description(&row), "descriptions", key).map_err(in_passing)
        });
        let all = all.fetch_all(&self.readers).await.map_err(arrived)?;
        Ok(all.into_iter().flatten().collect())
    }

    // One statement.
    async fn description(
        &self,
        vehicle: VehicleId,
        account: AccountId,
    ) -> Result<Option<(Vehicle, Description)>> {
        let row = sqlx::query(AssertSqlSafe(format!(
            "{} where d.vehicle_id = $1 and d.account_id = $2",
            *DESCRIPTION
        )))
        .bind(vehicle.0)
        .bind(account.0)
        .fetch_optional(&self.readers)
        .await?;
        row.as_ref().map(read_description).transpose()
    }
}
