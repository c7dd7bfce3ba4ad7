//! Cars of vehicles, filled in where they are missing: in a database of a version before they were kept.

use registry::LicencePlate;
use sqlx::QueryBuilder;

use super::Db;
use super::engine::Connection;
use crate::unreadable::readable;
use crate::{Result, words};

/// Vehicles in one statement: two values each.
const VEHICLES_A_STATEMENT: usize = 500;

/// Fills in the cars of vehicles and of open hails. Of several open hails of one car the first one holds it: the
/// others, which are named in the log, go on to their ends as they would have.
pub(super) async fn fill(tx: &mut Connection) -> Result<()> {
    let vehicles: Vec<(i64, String)> =
        sqlx::query_as("select id, licence_plate from vehicles where car is null")
            .fetch_all(&mut *tx)
            .await?;
    if vehicles.is_empty() {
        return Ok(());
    }
    for vehicles in vehicles.chunks(VEHICLES_A_STATEMENT) {
        let mut cars = Vec::new();
        for (id, plate) in vehicles {
            let plate = words::read::<LicencePlate>("a licence plate", plate);
            let plate = readable(plate, "vehicles", || id.to_string())?;
            cars.extend(plate.map(|plate| (*id, plate.car())));
        }
        if cars.is_empty() {
            continue;
        }
        let mut update = QueryBuilder::<Db>::new("with cars (id, car) as (");
        update.push_values(cars, |mut row, (id, car)| {
            row.push_bind(id).push_bind(car);
        });
        update.push(
            ") update vehicles set car = (select c.car from cars c where c.id = vehicles.id)
            where id in (select id from cars)",
        );
        update.build().persistent(false).execute(&mut *tx).await?;
    }
    sqlx::query(
        "update hails set car = (select v.car from vehicles v where v.id = hails.vehicle_id)
        where id in (select id from
            (select h.id, row_number() over (partition by v.car order by h.created_at, h.id) as place
            from hails h join vehicles v on v.id = h.vehicle_id
            where h.ended_at is null and h.car is null and v.car not in
                (select car from hails where ended_at is null and car is not null)) as open
            where place = 1)",
    )
    .execute(&mut *tx)
    .await?;
    let without: Vec<String> =
        sqlx::query_scalar("select id from hails where ended_at is null and car is null")
            .fetch_all(&mut *tx)
            .await?;
    for hail in without {
        tracing::warn!(%hail, "another hail of the same car was open already: both go on to their ends");
    }
    Ok(())
}
