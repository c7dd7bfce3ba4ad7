//! Queries for rows of taxis, vehicles and descriptions, and how to read them.

use std::sync::LazyLock;

use registry::driver::DriverDetails;
use registry::licence::LicenceDetails;
use registry::vehicle::Features;
use registry::{
    AccountId, Description, DescriptionId, DriverId, LicenceId, Taxi, TaxiDetails, Vehicle,
    VehicleId,
};
use sqlx::Row as _;

use super::engine::Row;
use super::records::{self, columns};
use crate::{Result, words};

/// Asks for [`read_taxi`]; filter and order follow.
pub(super) const TAXI: &str = "
    select t.id, t.account_id, t.licence_id, t.driver_id, t.vehicle_id, t.added_at,
        t.last_seen_at, t.number, l.insee
    from taxis t
    join licences l on l.id = t.licence_id";

/// Asks for [`read_description`]; filter and order follow.
pub(super) static DESCRIPTION: LazyLock<String> = LazyLock::new(|| {
    format!(
        "select {}, v.licence_plate
        from descriptions d
        join vehicles v on v.id = d.vehicle_id",
        description_columns()
    )
});

/// Asks for [`read_details`]; filter and order follow.
pub(super) static DETAILS: LazyLock<String> = LazyLock::new(|| {
    format!(
        "select t.id, t.account_id, t.licence_id, t.driver_id, t.added_at, t.last_seen_at, t.number,
            l.insee, l.number as licence_number, l.vehicle_id as licence_vehicle_id, l.owner_name,
            l.owner_type, l.double_shift, l.category,
            w.name as town_name,
            r.first_name, r.last_name, r.birth_date, r.professional_licence, r.departement,
            {}, v.licence_plate
        from taxis t
        join licences l on l.id = t.licence_id
        join towns w on w.insee = l.insee
        join drivers r on r.id = t.driver_id
        join vehicles v on v.id = t.vehicle_id
        join descriptions d on d.vehicle_id = t.vehicle_id",
        description_columns()
    )
});

fn description_columns() -> String {
    format!(
        "d.id as description_id, d.vehicle_id, d.account_id as description_account_id, d.status,
        d.status_at, d.radius_m, {}",
        columns::<Features>("d.")
    )
}

/// Reads what [`TAXI`] asks for.
pub(super) fn read_taxi(row: &Row) -> Result<Taxi> {
    Ok(Taxi {
        id: words::read("a taxi's id", row.try_get("id")?)?,
        operator: AccountId(row.try_get("account_id")?),
        licence: LicenceId(row.try_get("licence_id")?),
        driver: DriverId(row.try_get("driver_id")?),
        vehicle: VehicleId(row.try_get("vehicle_id")?),
        town: words::read("a town's code", row.try_get("insee")?)?,
        added_at: row.try_get("added_at")?,
        last_seen_at: row.try_get("last_seen_at")?,
        number: row.try_get("number")?,
    })
}

/// Reads what [`DESCRIPTION`] asks for.
pub(super) fn read_description(row: &Row) -> Result<(Vehicle, Description)> {
    let vehicle = Vehicle {
        id: VehicleId(row.try_get("vehicle_id")?),
        plate: words::read("a licence plate", row.try_get("licence_plate")?)?,
    };
    let description = Description {
        id: DescriptionId(row.try_get("description_id")?),
        vehicle: vehicle.id,
        account: AccountId(row.try_get("description_account_id")?),
        features: records::read(row)?,
        status: words::read("a taxi's status", row.try_get("status")?)?,
        status_at: row.try_get("status_at")?,
        radius_m: row.try_get("radius_m")?,
    };
    Ok((vehicle, description))
}

/// Reads what [`DETAILS`] asks for.
pub(super) fn read_details(row: &Row) -> Result<TaxiDetails> {
    let (vehicle, description) = read_description(row)?;
    let taxi = read_taxi(row)?;
    let licence = LicenceDetails {
        number: row.try_get("licence_number")?,
        town: taxi.town,
        vehicle: row.try_get::<Option<_>, _>("licence_vehicle_id")?.map(VehicleId),
        owner_name: row.try_get("owner_name")?,
        owner_type: words::read_optional("a kind of owner", row.try_get("owner_type")?)?,
        double_shift: row.try_get("double_shift")?,
        category: row.try_get("category")?,
    };
    let driver = DriverDetails {
        first_name: row.try_get("first_name")?,
        last_name: row.try_get("last_name")?,
        birth_date: row.try_get("birth_date")?,
        professional_licence: row.try_get("professional_licence")?,
        departement: row.try_get("departement")?,
    };
    let town_name = row.try_get("town_name")?;
    Ok(TaxiDetails { taxi, licence, town_name, driver, vehicle, description })
}
