//! Creates or replaces the parts of a taxi: drivers, vehicles with their descriptions, licences.
//!
//! Each is looked for first and inserted only when absent: ids are public and must have no gaps,
//! and an insert that runs into a conflict would use one up.

use registry::driver::DriverDetails;
use registry::licence::LicenceDetails;
use registry::vehicle::Features;
use registry::{
    AccountId, Description, DescriptionId, DriverId, LicenceId, LicencePlate, OwnerType, Time,
    VehicleId,
};
use sqlx::{AssertSqlSafe, Row as _};

use super::FOR_UPDATE_OF_D;
use super::change::Change;
use super::engine::Connection;
use super::records::{self, assignments, bind, columns, parameters};
use super::taxi_rows::DESCRIPTION;
use crate::enrolment::{TaxiNames, TaxiParts, VehicleFound};
use crate::{Result, words};

/// Replaces a driver, if the account has it.
pub(super) async fn update_driver(
    tx: &mut Change,
    account: AccountId,
    driver: &DriverDetails,
    now: Time,
) -> Result<Option<DriverId>> {
    let id = sqlx::query_scalar(
        "update drivers set first_name = $4, last_name = $5, birth_date = $6, updated_at = $7
        where account_id = $1 and professional_licence = $2 and departement = $3
        returning id",
    )
    .bind(account.0)
    .bind(&driver.professional_licence)
    .bind(&driver.departement)
    .bind(&driver.first_name)
    .bind(&driver.last_name)
    .bind(driver.birth_date)
    .bind(now)
    .fetch_optional(tx)
    .await?;
    Ok(id.map(DriverId))
}

/// Makes a driver that the account does not have.
pub(super) async fn insert_driver(
    tx: &mut Change,
    account: AccountId,
    driver: &DriverDetails,
    now: Time,
) -> Result<DriverId> {
    let id = sqlx::query_scalar(
        "insert into drivers
            (account_id, professional_licence, departement, first_name, last_name, birth_date,
            created_at, updated_at)
        values ($1, $2, $3, $4, $5, $6, $7, $7)
        returning id",
    )
    .bind(account.0)
    .bind(&driver.professional_licence)
    .bind(&driver.departement)
    .bind(&driver.first_name)
    .bind(&driver.last_name)
    .bind(driver.birth_date)
    .bind(now)
    .fetch_one(tx)
    .await?;
    Ok(DriverId(id))
}

/// The vehicle with this plate, made if nobody has.
pub(super) async fn vehicle_of_plate(
    tx: &mut Change,
    plate: &LicencePlate,
    now: Time,
) -> Result<VehicleId> {
    let found = sqlx::query_scalar("select id from vehicles where licence_plate = $1")
        .bind(plate.as_str())
        .fetch_optional(&mut *tx)
        .await?;
    if let Some(id) = found {
        return Ok(VehicleId(id));
    }
    let id = sqlx::query_scalar(
        "insert into vehicles (licence_plate, car, created_at) values ($1, $2, $3) returning id",
    );
    Ok(VehicleId(id.bind(plate.as_str()).bind(plate.car()).bind(now).fetch_one(tx).await?))
}

/// Description of a vehicle by an account, if any, locked until the transaction ends.
pub(super) async fn features_to_change(
    tx: &mut Change,
    vehicle: VehicleId,
    account: AccountId,
) -> Result<Option<Features>> {
    let row = sqlx::query(AssertSqlSafe(format!(
        "{} where d.vehicle_id = $1 and d.account_id = $2 {FOR_UPDATE_OF_D}",
        *DESCRIPTION
    )))
    .bind(vehicle.0)
    .bind(account.0)
    .fetch_optional(tx)
    .await?;
    row.as_ref().map(records::read).transpose()
}

/// True if this account describes this vehicle.
pub(super) async fn describes(
    connection: &mut Connection,
    account: AccountId,
    vehicle: VehicleId,
) -> Result<bool> {
    let describes = sqlx::query_scalar(
        "select exists (select 1 from descriptions where vehicle_id = $1 and account_id = $2)",
    );
    Ok(describes.bind(vehicle.0).bind(account.0).fetch_one(connection).await?)
}

/// Looks up what a new taxi names, among what the account has.
pub(super) async fn taxi_parts(
    tx: &mut Change,
    account: AccountId,
    names: TaxiNames<'_>,
) -> Result<TaxiParts> {
    let TaxiNames { licence: (number, town), plate, driver: (professional_licence, departement) } =
        names;
    let row = sqlx::query(
        "select
            (select id from licences where account_id = $1 and number = $2 and insee = $3)
                as licence_id,
            (select id from drivers
                where account_id = $1 and professional_licence = $4 and departement = $5)
                as driver_id,
            (select id from vehicles where licence_plate = $6) as vehicle_id,
            (select d.vehicle_id from descriptions d join vehicles v on v.id = d.vehicle_id
                where v.licence_plate = $6 and d.account_id = $1) as described_id",
    )
    .bind(account.0)
    .bind(number)
    .bind(town)
    .bind(professional_licence)
    .bind(departement)
    .bind(plate.as_str())
    .fetch_one(tx)
    .await?;
    let vehicle: Option<i64> = row.try_get("vehicle_id")?;
    let described: Option<i64> = row.try_get("described_id")?;
    Ok(TaxiParts {
        licence: row.try_get::<Option<_>, _>("licence_id")?.map(LicenceId),
        vehicle: match (vehicle, described) {
            (_, Some(id)) => VehicleFound::Described(VehicleId(id)),
            (Some(_), None) => VehicleFound::NotDescribed,
            (None, None) => VehicleFound::Unknown,
        },
        driver: row.try_get::<Option<_>, _>("driver_id")?.map(DriverId),
    })
}

/// Makes a description with no features, `off`.
pub(super) async fn insert_description(
    tx: &mut Change,
    vehicle: VehicleId,
    account: AccountId,
    now: Time,
) -> Result<()> {
    let insert = AssertSqlSafe(format!(
        "insert into descriptions
            (vehicle_id, account_id, status, status_at, created_at, updated_at, {})
        values ($1, $2, 'off', $3, $3, $3, {})",
        columns::<Features>(""),
        parameters::<Features>(4),
    ));
    let query = sqlx::query(insert).bind(vehicle.0).bind(account.0).bind(now);
    bind(query, &Features::default()).execute(tx).await?;
    Ok(())
}

/// Replaces the features of a description, if there is one.
pub(super) async fn update_features(
    tx: &mut Change,
    vehicle: VehicleId,
    account: AccountId,
    features: &Features,
    now: Time,
) -> Result<Option<Description>> {
    let update = AssertSqlSafe(format!(
        "update descriptions set updated_at = $3, {}
        where vehicle_id = $1 and account_id = $2
        returning id, status, status_at, radius_m",
        assignments::<Features>(4),
    ));
    let query = sqlx::query(update).bind(vehicle.0).bind(account.0).bind(now);
    let row = bind(query, features).fetch_optional(tx).await?;
    let Some(row) = row else { return Ok(None) };
    Ok(Some(Description {
        id: DescriptionId(row.try_get("id")?),
        vehicle,
        account,
        features: features.clone(),
        status: words::read("a taxi's status", row.try_get("status")?)?,
        status_at: row.try_get("status_at")?,
        radius_m: row.try_get("radius_m")?,
    }))
}

/// Replaces a licence, if the account has it.
pub(super) async fn update_licence(
    tx: &mut Change,
    account: AccountId,
    licence: &LicenceDetails,
    now: Time,
) -> Result<Option<LicenceId>> {
    let id = sqlx::query_scalar(
        "update licences
        set vehicle_id = $4, owner_name = $5, owner_type = $6, double_shift = $7, category = $8,
            updated_at = $9
        where account_id = $1 and number = $2 and insee = $3
        returning id",
    )
    .bind(account.0)
    .bind(&licence.number)
    .bind(licence.town.as_str())
    .bind(licence.vehicle.map(|id| id.0))
    .bind(&licence.owner_name)
    .bind(licence.owner_type.map(OwnerType::word))
    .bind(licence.double_shift)
    .bind(&licence.category)
    .bind(now)
    .fetch_optional(tx)
    .await?;
    Ok(id.map(LicenceId))
}

/// Makes a licence that the account does not have; none if there is no such town. The account must be
/// known to describe its vehicle.
pub(super) async fn insert_licence(
    tx: &mut Change,
    account: AccountId,
    licence: &LicenceDetails,
    now: Time,
) -> Result<Option<LicenceId>> {
    let id = sqlx::query_scalar(
        "insert into licences
            (account_id, number, insee, vehicle_id, owner_name, owner_type, double_shift, category,
            created_at, updated_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9)
        returning id",
    )
    .bind(account.0)
    .bind(&licence.number)
    .bind(licence.town.as_str())
    .bind(licence.vehicle.map(|id| id.0))
    .bind(&licence.owner_name)
    .bind(licence.owner_type.map(OwnerType::word))
    .bind(licence.double_shift)
    .bind(&licence.category)
    .bind(now)
    .fetch_one(tx)
    .await;
    match id {
        Err(sqlx::Error::Database(error)) if error.is_foreign_key_violation() => Ok(None),
        id => Ok(Some(LicenceId(id?))),
    }
}
