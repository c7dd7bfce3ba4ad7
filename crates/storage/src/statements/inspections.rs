//! Look-ups by inspectors and their log.

use async_trait::async_trait;
use registry::{AccountId, TaxiDetails, Time};
use sqlx::{QueryBuilder, Row as _};

use super::Db;
use super::change::Change;
use super::engine::{Engine, Row, readable_rows};
use super::list_filters::push_list;
use super::taxi_rows::{DETAILS, read_details};
use crate::inspections::{InspectedDriver, Inspection, InspectionKey, NewInspection, ShowDriver};
use crate::{Inspections, Result, words};

/// Limit of taxis of one look-up: nobody drives more.
const TAXIS_SHOWN: i64 = 100;

/// Columns of a key: kind, number and place.
fn key_columns(key: &InspectionKey) -> (&'static str, &str, Option<&str>) {
    match key {
        InspectionKey::Plate(plate) => ("plate", plate.as_str(), None),
        InspectionKey::Card { number, departement } => ("card", number, Some(departement)),
        InspectionKey::Licence { number, town } => ("ads", number, Some(town)),
    }
}

fn read_key(row: &Row) -> Result<InspectionKey> {
    let (number, place): (String, Option<String>) = (row.try_get("number")?, row.try_get("place")?);
    let place = place.unwrap_or_default();
    match row.try_get("key")? {
        "plate" => Ok(InspectionKey::Plate(words::read("a licence plate", &number)?)),
        "card" => Ok(InspectionKey::Card { number, departement: place }),
        "ads" => Ok(InspectionKey::Licence { number, town: place }),
        other => Err(words::unreadable("a key of a look-up", other)),
    }
}

/// Taxis of a key, as their own operators describe them. Look-ups are few, so they need no index of their own.
async fn taxis_of(change: &mut Change, key: &InspectionKey) -> Result<Vec<TaxiDetails>> {
    let mut query = QueryBuilder::<Db>::new(DETAILS.as_str());
    query.push(" where d.account_id = t.account_id and ");
    match key {
        InspectionKey::Plate(plate) => query.push("v.car = ").push_bind(plate.car()),
        InspectionKey::Card { number, departement } => {
            query.push("r.professional_licence = ").push_bind(number.clone());
            query.push(" and r.departement = ").push_bind(departement.clone())
        }
        InspectionKey::Licence { number, town } => {
            query.push("l.insee = ").push_bind(town.clone());
            query.push(" and l.number = ").push_bind(number.clone())
        }
    };
    query.push(" order by t.added_at desc, t.id limit ").push_bind(TAXIS_SHOWN);
    let rows = query.build().persistent(false).fetch_all(change).await?;
    readable_rows(&rows, "taxis", "id", read_details)
}

async fn write(
    change: &mut Change,
    new: &NewInspection,
    drivers: &[&InspectedDriver],
    now: Time,
) -> Result<i64> {
    let (key, number, place) = key_columns(&new.key);
    let insert = sqlx::query_scalar(
        "insert into inspections (at, account_id, purpose, key, number, place)
        values ($1, $2, $3, $4, $5, $6) returning id",
    );
    let insert = insert.bind(now).bind(new.account.0).bind(&new.purpose);
    let insert = insert.bind(key).bind(number).bind(place);
    let id: i64 = insert.fetch_one(&mut *change).await?;
    if drivers.is_empty() {
        return Ok(id);
    }
    let mut insert = QueryBuilder::<Db>::new(
        "insert into inspected_drivers
            (inspection_id, line, first_name, last_name, professional_licence, departement,
            connected, connected_until) ",
    );
    insert.push_values((0_i64..).zip(drivers), |mut row, (line, driver)| {
        row.push_bind(id)
            .push_bind(line)
            .push_bind(&driver.first_name)
            .push_bind(&driver.last_name)
            .push_bind(&driver.professional_licence)
            .push_bind(&driver.departement)
            .push_bind(driver.connected)
            .push_bind(driver.connected_until);
    });
    insert.build().persistent(false).execute(change).await?;
    Ok(id)
}

fn read_inspection(row: &Row) -> Result<Inspection> {
    Ok(Inspection {
        id: row.try_get("id")?,
        at: row.try_get("at")?,
        account: AccountId(row.try_get("account_id")?),
        purpose: row.try_get("purpose")?,
        key: read_key(row)?,
        drivers: Vec::new(),
    })
}

fn read_driver(row: &Row) -> Result<InspectedDriver> {
    Ok(InspectedDriver {
        first_name: row.try_get("first_name")?,
        last_name: row.try_get("last_name")?,
        professional_licence: row.try_get("professional_licence")?,
        departement: row.try_get("departement")?,
        connected: row.try_get("connected")?,
        connected_until: row.try_get("connected_until")?,
    })
}

#[async_trait]
impl Inspections for Engine {
    // Two statements; three if drivers are shown.
    async fn inspect(
        &self,
        new: &NewInspection,
        show: &ShowDriver<'_>,
        now: Time,
    ) -> Result<(i64, Vec<(TaxiDetails, InspectedDriver)>)> {
        self.write(|| async {
            let mut change = self.begin().await?;
            let found = taxis_of(&mut change, &new.key).await?;
            let shown = found.into_iter().filter_map(|taxi| Some((show(&taxi)?, taxi)));
            let shown: Vec<_> = shown.map(|(driver, taxi)| (taxi, driver)).collect();
            let drivers: Vec<_> = shown.iter().map(|(_, driver)| driver).collect();
            let id = write(&mut change, new, &drivers, now).await?;
            change.commit().await?;
            Ok((id, shown))
        })
        .await
    }

    // Two statements; one if there is no look-up.
    async fn list_inspections(&self, before: Option<i64>, take: u32) -> Result<Vec<Inspection>> {
        let mut tx = self.snapshot().await?;
        let rows = sqlx::query(
            "select id, at, account_id, purpose, key, number, place from inspections
            where id < $1 order by id desc limit $2",
        );
        let rows = rows.bind(before.unwrap_or(i64::MAX)).bind(i64::from(take));
        let rows = rows.fetch_all(&mut *tx).await?;
        let mut inspections = readable_rows(&rows, "inspections", "id", read_inspection)?;
        if inspections.is_empty() {
            return Ok(inspections);
        }
        let mut query = QueryBuilder::<Db>::new(
            "select inspection_id, first_name, last_name, professional_licence, departement,
                connected, connected_until
            from inspected_drivers where inspection_id in ",
        );
        push_list(&mut query, inspections.iter().map(|inspection| inspection.id));
        query.push(" order by inspection_id, line");
        for row in query.build().persistent(false).fetch_all(&mut *tx).await? {
            let of: i64 = row.try_get("inspection_id")?;
            let inspection = inspections.iter_mut().find(|inspection| inspection.id == of);
            if let Some(inspection) = inspection {
                inspection.drivers.push(read_driver(&row)?);
            }
        }
        Ok(inspections)
    }

    // One statement for each 500 look-ups.
    async fn forget_inspections(&self, before: Time) -> Result<u64> {
        self.delete_old(("inspections", "id"), "at < $1", before).await
    }
}
