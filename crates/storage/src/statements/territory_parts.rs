//! Reads and writes the parts of the territory: towns, zones, exclusion zones, stations.

use std::collections::BTreeMap;

use geo::{Geometry, MultiPolygon};
use sqlx::{AssertSqlSafe, QueryBuilder, Row as _};
use territory::{Exclusion, InForce, InseeCode, Place, Point, Station, Town, Zone};

use super::Db;
use super::change::Change;
use super::engine::{Connection, Row, key_of, readable_rows};
use crate::territory_rows::NAMES_SHOWN;
use crate::unreadable::readable;
use crate::{Result, words};

/// Rows of one statement. More saves little time; borders are a kilobyte on
/// average, and a statement's rows are in memory twice.
pub(super) const ROWS_A_STATEMENT: usize = 1_000;

/// A table of the territory.
pub(super) struct Table {
    /// Its name, which is also its part's name in `territory_state`.
    pub(super) name: &'static str,
    /// Its key.
    pub(super) key: &'static str,
    /// Columns of an area beside its key, name and border, each after a comma.
    more: &'static str,
}

/// Towns.
pub(super) const TOWNS: Table = Table { name: "towns", key: "insee", more: "" };
/// Pick-up zones.
pub(super) const ZONES: Table =
    Table { name: "zones", key: "id", more: ", in_force_since, in_force_until" };
/// Exclusion zones.
pub(super) const EXCLUSIONS: Table = Table { name: "exclusions", key: "id", more: "" };
/// Taxi ranks.
pub(super) const STATIONS: Table = Table { name: "stations", key: "id", more: "" };

/// Adds names of changed rows while there is room for them.
pub(super) fn add_names(to: &mut Vec<String>, names: impl Iterator<Item = String>) {
    to.extend(names.take(NAMES_SHOWN.saturating_sub(to.len())));
}

/// Reads a table of areas, a thousand rows a statement, so that the bytes of all borders are never
/// in memory beside the borders.
async fn read_areas<T>(
    connection: &mut Connection,
    table: &Table,
    read: impl Fn(&Row) -> Result<T>,
) -> Result<Vec<T>> {
    let Table { name, key, more } = table;
    let sql = format!(
        "select {key} as key, name, border{more} from {name} where {key} > $1 order by {key} limit $2"
    );
    let mut areas = Vec::new();
    let mut last = String::new();
    loop {
        let rows = sqlx::query(AssertSqlSafe(sql.as_str()))
            .bind(&last)
            .bind(i64::try_from(ROWS_A_STATEMENT).expect("a thousand"))
            .fetch_all(&mut *connection)
            .await?;
        let Some(row) = rows.last() else { return Ok(areas) };
        last = row.try_get("key")?;
        for row in &rows {
            areas.extend(readable(read(row), name, || key_of(row, "key"))?);
        }
    }
}

fn read_code(text: &str) -> Result<InseeCode> {
    words::read("a town's code", text)
}

/// All towns, by their codes.
pub(super) async fn read_towns(connection: &mut Connection) -> Result<Vec<Town>> {
    let read = |row: &Row| {
        Ok(Town {
            code: read_code(row.try_get("key")?)?,
            name: row.try_get("name")?,
            border: words::read_border(row.try_get("border")?)?,
        })
    };
    read_areas(connection, &TOWNS, read).await
}

/// All pick-up zones, by their ids.
pub(super) async fn read_zones(connection: &mut Connection) -> Result<Vec<Zone>> {
    let read = |row: &Row| {
        let border: Option<&[u8]> = row.try_get("border")?;
        Ok(Zone {
            id: row.try_get("key")?,
            name: row.try_get("name")?,
            towns: Vec::new(),
            border: border.map(words::read_border).transpose()?,
            in_force: InForce {
                since: row.try_get("in_force_since")?,
                until: row.try_get("in_force_until")?,
            },
        })
    };
    let mut zones = read_areas(connection, &ZONES, read).await?;
    let mut towns: BTreeMap<String, Vec<InseeCode>> = BTreeMap::new();
    let rows: Vec<(String, String)> =
        sqlx::query_as("select zone_id, insee from zone_towns order by zone_id, insee")
            .fetch_all(connection)
            .await?;
    for (zone, code) in rows {
        let read = readable(read_code(&code), "zone_towns", || format!("{zone} {code}"))?;
        towns.entry(zone).or_default().extend(read);
    }
    for zone in &mut zones {
        zone.towns = towns.remove(&zone.id).unwrap_or_default();
    }
    Ok(zones)
}

/// All exclusion zones, by their ids.
pub(super) async fn read_exclusions(connection: &mut Connection) -> Result<Vec<Exclusion>> {
    let read = |row: &Row| {
        Ok(Exclusion {
            id: row.try_get("key")?,
            name: row.try_get("name")?,
            border: words::read_border(row.try_get("border")?)?,
        })
    };
    read_areas(connection, &EXCLUSIONS, read).await
}

/// All taxi ranks, by their ids.
pub(super) async fn read_stations(connection: &mut Connection) -> Result<Vec<Station>> {
    let rows = sqlx::query(
        "select id, name, insee, place, address, spaces, phone, info from stations order by id",
    )
    .fetch_all(connection)
    .await?;
    readable_rows(&rows, "stations", "id", read_station)
}

fn read_station(row: &Row) -> Result<Station> {
    let spaces: Option<i64> = row.try_get("spaces")?;
    let spaces = spaces.map(|number| {
        u32::try_from(number).ok().ok_or_else(|| words::unreadable("a number of taxis", number))
    });
    Ok(Station {
        id: row.try_get("id")?,
        name: row.try_get("name")?,
        town: read_code(row.try_get("insee")?)?,
        place: read_place(row.try_get("place")?)?,
        address: row.try_get("address")?,
        spaces: spaces.transpose()?,
        phone: row.try_get("phone")?,
        info: row.try_get("info")?,
    })
}

fn read_place(bytes: &[u8]) -> Result<Place> {
    match words::read_shape(bytes)? {
        Geometry::Point(point) => {
            let point = Point::new(point.x(), point.y());
            Ok(Place::Point(point.map_err(|error| words::unreadable("a point", error))?))
        }
        Geometry::Polygon(area) => Ok(Place::Area(area.into())),
        Geometry::MultiPolygon(area) => Ok(Place::Area(area)),
        _ => Err(words::unreadable("the place of a rank", "another kind of shape")),
    }
}

fn place_bytes(place: &Place) -> Vec<u8> {
    words::shape_bytes(&match place {
        Place::Point(point) => Geometry::Point((*point).into()),
        Place::Area(area) => match &area.0[..] {
            [only] => Geometry::Polygon(only.clone()),
            _ => Geometry::MultiPolygon(area.clone()),
        },
    })
}

/// Makes or replaces areas: one statement, so at most [`ROWS_A_STATEMENT`] of them, all different.
pub(super) async fn put_areas<'a>(
    tx: &mut Change,
    table: &Table,
    areas: impl Iterator<Item = (&'a str, &'a str, Option<&'a MultiPolygon<f64>>)>,
) -> Result<()> {
    let Table { name, key, .. } = table;
    let mut put = QueryBuilder::<Db>::new(format!("insert into {name} ({key}, name, border) "));
    put.push_values(areas, |mut row, (key, name, border)| {
        row.push_bind(key).push_bind(name).push_bind(border.map(words::border_bytes));
    });
    put.push(format!(
        " on conflict ({key}) do update set name = excluded.name, border = excluded.border"
    ));
    put.build().persistent(false).execute(tx).await?;
    Ok(())
}

/// Puts the dates of a zone in place of those it had.
pub(super) async fn put_zone_dates(tx: &mut Change, zone: &Zone) -> Result<()> {
    sqlx::query("update zones set in_force_since = $2, in_force_until = $3 where id = $1")
        .bind(&zone.id)
        .bind(zone.in_force.since)
        .bind(zone.in_force.until)
        .execute(tx)
        .await?;
    Ok(())
}

/// Puts the towns of a zone in place of those it had.
pub(super) async fn put_zone_towns(tx: &mut Change, zone: &Zone) -> Result<()> {
    sqlx::query("delete from zone_towns where zone_id = $1")
        .bind(&zone.id)
        .execute(&mut *tx)
        .await?;
    for towns in zone.towns.chunks(ROWS_A_STATEMENT) {
        let mut insert = QueryBuilder::<Db>::new("insert into zone_towns (zone_id, insee) ");
        insert.push_values(towns, |mut row, town| {
            row.push_bind(&zone.id).push_bind(town.as_str());
        });
        insert.build().persistent(false).execute(&mut *tx).await?;
    }
    Ok(())
}

/// Makes or replaces taxi ranks: one statement, as [`put_areas`].
pub(super) async fn put_stations(tx: &mut Change, stations: &[&Station]) -> Result<()> {
    let mut put = QueryBuilder::<Db>::new(
        "insert into stations (id, name, insee, place, address, spaces, phone, info) ",
    );
    put.push_values(stations, |mut row, station| {
        row.push_bind(&station.id)
            .push_bind(&station.name)
            .push_bind(station.town.as_str())
            .push_bind(place_bytes(&station.place))
            .push_bind(&station.address)
            .push_bind(station.spaces.map(i64::from))
            .push_bind(&station.phone)
            .push_bind(&station.info);
    });
    put.push(
        " on conflict (id) do update set name = excluded.name, insee = excluded.insee,
            place = excluded.place, address = excluded.address, spaces = excluded.spaces,
            phone = excluded.phone, info = excluded.info",
    );
    put.build().persistent(false).execute(tx).await?;
    Ok(())
}

/// Deletes rows by their keys.
pub(super) async fn delete(tx: &mut Change, table: &Table, keys: &[String]) -> Result<()> {
    let Table { name, key, .. } = table;
    for keys in keys.chunks(ROWS_A_STATEMENT) {
        let mut delete = QueryBuilder::<Db>::new(format!("delete from {name} where {key} in ("));
        let mut list = delete.separated(", ");
        for key in keys {
            list.push_bind(key);
        }
        delete.push(")");
        delete.build().persistent(false).execute(&mut *tx).await?;
    }
    Ok(())
}
