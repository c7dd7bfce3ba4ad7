//! `stations.csv` or `stations.geojson`: taxi ranks in the public schema `stationstaxi`.

use std::collections::HashMap;

use csv::StringRecord;
use geojson::{Geometry, GeometryValue};
use serde_json::Value;
use territory::{InseeCode, Place, Point, Station};

use super::border::border;
use super::codes::{Codes, hint};
use super::complaint::FileLog;
use super::features::{Feature, Features};
use super::table::Table;

/// Columns of the schema, in its order.
const COLUMNS: [&str; 8] =
    ["id", "nom", "insee", "geopoint", "adresse", "emplacements", "no_appel", "info"];

/// Reads taxi ranks from CSV, with semicolons or commas; faults are logged.
pub(super) fn parse_csv(text: &str, codes: &Codes<'_>, log: &mut FileLog<'_>) -> Vec<Station> {
    let Table { header, rows } = Table::read(text, log);
    if !header_is_right(&header, log) {
        return Vec::new();
    }
    let mut stations = Stations::new(codes);
    for (line, record) in rows {
        if record.len() != header.len() {
            log.fault(line, "", wrong_length(header.len(), record.len()));
            continue;
        }
        let record: StringRecord = record.iter().map(missing_as_blank).collect();
        let row = Row::new(line, "", header.iter().zip(&record));
        let place = row.required("geopoint", log).and_then(|text| {
            let point = point(text);
            point.map_err(|reason| log.fault(row.line, "geopoint", reason)).ok()
        });
        stations.add(&row, place.map(Place::Point), log);
    }
    stations.done(log)
}

/// Reads taxi ranks from GeoJSON, whose properties are named like the columns; faults are logged.
pub(super) fn parse_geojson(text: &str, codes: &Codes<'_>, log: &mut FileLog<'_>) -> Vec<Station> {
    let mut stations = Stations::new(codes);
    if let Some(features) = Features::of(text, log) {
        features.each(log, |_, feature, log| {
            let values = COLUMNS.iter().filter_map(|key| Some((*key, feature.property(key)?)));
            let cells: Vec<_> = values.map(|(key, value)| (key, plain(value))).collect();
            let cells = cells.iter().map(|(key, value)| (*key, value.as_str()));
            let row = Row::new(feature.line, "properties.", cells);
            let place = place(&feature, log);
            stations.add(&row, place, log);
        });
    }
    stations.done(log)
}

/// True if all columns are present. Others are ignored with a warning.
fn header_is_right(header: &StringRecord, log: &mut FileLog<'_>) -> bool {
    let there: Vec<_> = header.iter().map(str::trim).collect();
    let missing: Vec<_> = COLUMNS.into_iter().filter(|column| !there.contains(column)).collect();
    let other: Vec<_> = there.into_iter().filter(|column| !COLUMNS.contains(column)).collect();
    if !missing.is_empty() {
        let text =
            format!("without {}; the columns are {}", missing.join(", "), COLUMNS.join(", "));
        let text =
            if other.is_empty() { text } else { format!("{text}; not {}", other.join(", ")) };
        log.fault(1, "columns", text);
        return false;
    }
    if !other.is_empty() {
        log.warn(1, "columns", format!("ignored: {}", other.join(", ")));
    }
    true
}

fn wrong_length(expected: usize, cells: usize) -> String {
    format!(
        "has {cells} cells: {expected} are expected, as in the first line; quote those that hold the separator"
    )
}

/// The schema has two notations for an unknown value.
fn missing_as_blank(cell: &str) -> &str {
    if cell.trim() == "null" { "" } else { cell }
}

/// A JSON value as the text of a cell.
fn plain(value: &Value) -> String {
    match (value, value.as_f64()) {
        (Value::String(text), _) => text.clone(),
        // In JSON, 6.0 is the whole number 6.
        (_, Some(number)) if number.fract() == 0.0 => format!("{number:.0}"),
        _ => value.to_string(),
    }
}

/// Cells of a row by column, without blank ones.
struct Row<'a> {
    line: usize,
    /// Prefix of a column's name in a message.
    prefix: &'static str,
    cells: HashMap<&'a str, &'a str>,
}

impl<'a> Row<'a> {
    fn new(
        line: usize,
        prefix: &'static str,
        cells: impl Iterator<Item = (&'a str, &'a str)>,
    ) -> Self {
        let cells = cells.map(|(column, cell)| (column.trim(), cell.trim()));
        Self { line, prefix, cells: cells.filter(|(_, cell)| !cell.is_empty()).collect() }
    }

    fn get(&self, column: &str) -> Option<&'a str> {
        self.cells.get(column).copied()
    }

    fn text(&self, column: &str) -> String {
        self.get(column).unwrap_or_default().to_owned()
    }

    fn required(&self, column: &str, log: &mut FileLog<'_>) -> Option<&'a str> {
        let cell = self.get(column);
        if cell.is_none() {
            self.fault(column, "is empty: a value is required".to_owned(), log);
        }
        cell
    }

    fn fault(&self, column: &str, text: String, log: &mut FileLog<'_>) {
        log.fault(self.line, &format!("{}{column}", self.prefix), text);
    }
}

/// Ranks read so far, and data for warnings about all of them.
struct Stations<'a> {
    /// Towns in which ranks may be.
    codes: &'a Codes<'a>,
    read: Vec<Station>,
    lines: HashMap<String, usize>,
    odd_ids: Vec<(usize, String)>,
    unknown_towns: Vec<(usize, String)>,
}

impl<'a> Stations<'a> {
    fn new(codes: &'a Codes<'a>) -> Self {
        Self { codes, read: vec![], lines: HashMap::new(), odd_ids: vec![], unknown_towns: vec![] }
    }

    fn add(&mut self, row: &Row<'_>, place: Option<Place>, log: &mut FileLog<'_>) {
        let id = row.required("id", log);
        let name = row.required("nom", log);
        let town = row.required("insee", log).and_then(|text| {
            let code = text.parse::<InseeCode>();
            code.map_err(|error| row.fault("insee", error.to_string(), log)).ok()
        });
        let spaces = row.get("emplacements").map(|text| {
            let count = text.parse::<u32>();
            count.map_err(|_not_a_count| {
                row.fault(
                    "emplacements",
                    format!("is `{text}`: a whole number or nothing is expected"),
                    log,
                );
            })
        });
        if let Some(id) = id {
            if let Some(line) = self.lines.insert(id.to_owned(), row.line) {
                row.fault(
                    "id",
                    format!("`{id}` is also used in line {line}: each rank has its own"),
                    log,
                );
            }
            if !territory::is_schema_id(id) {
                self.odd_ids.push((row.line, id.to_owned()));
            }
        }
        let town = town.map(|town| {
            self.codes.in_force(town).unwrap_or_else(|| {
                self.unknown_towns.push((row.line, format!("{town}{}", hint(town))));
                town
            })
        });
        let (Some(id), Some(name), Some(town), Some(place)) = (id, name, town, place) else {
            return;
        };
        let Ok(spaces) = spaces.transpose() else { return };
        self.read.push(Station {
            id: id.to_owned(),
            name: name.to_owned(),
            town,
            place,
            address: row.text("adresse"),
            spaces,
            phone: row.get("no_appel").map(str::to_owned),
            info: row.text("info"),
        });
    }

    fn done(self, log: &mut FileLog<'_>) -> Vec<Station> {
        let count = self.lines.len();
        if let [(line, id), ..] = self.odd_ids.as_slice() {
            let odd = self.odd_ids.len();
            log.warn(*line, "id", format!(
                "{odd} of {count} ids are not as the schema wants (town's code, `-T-`, three digits, such as 75056-T-001); the first is `{id}`"
            ));
        }
        if let [(line, town), ..] = self.unknown_towns.as_slice() {
            let unknown = self.unknown_towns.len();
            log.warn(
                *line,
                "insee",
                format!("{unknown} of {count} ranks are in an unknown town; the first is {town}"),
            );
        }
        self.read
    }
}

/// Parses `longitude, latitude`.
fn point(text: &str) -> Result<Point, String> {
    let numbers = text
        .split_once(',')
        .and_then(|(lon, lat)| Some((lon.trim().parse().ok()?, lat.trim().parse().ok()?)));
    let expected =
        || format!("is `{text}`: longitude, comma, latitude are expected, such as 2.3637, 48.8675");
    let (lon, lat) = numbers.ok_or_else(expected)?;
    Point::new(lon, lat).map_err(|error| error.to_string())
}

fn place(feature: &Feature<'_>, log: &mut FileLog<'_>) -> Option<Place> {
    let place = feature.geometry().map_err(|flaw| vec![flaw]).and_then(|shape| place_of(&shape));
    place
        .map_err(|flaws| {
            for flaw in flaws {
                log.fault(feature.line, "geometry", flaw);
            }
        })
        .ok()
}

/// The place of a geometry; a collection of one geometry counts as that geometry.
fn place_of(shape: &Geometry) -> Result<Place, Vec<String>> {
    let point = |position: &[f64]| {
        let [lon, lat, ..] = position else {
            return Err(vec!["has a position without a longitude and a latitude".to_owned()]);
        };
        Point::new(*lon, *lat).map(Place::Point).map_err(|error| vec![error.to_string()])
    };
    match &shape.value {
        GeometryValue::Point { coordinates } => point(coordinates.as_slice()),
        GeometryValue::MultiPoint { coordinates } if coordinates.len() == 1 => {
            point(coordinates[0].as_slice())
        }
        GeometryValue::Polygon { .. } | GeometryValue::MultiPolygon { .. } => {
            border(shape).map(Place::Area)
        }
        GeometryValue::GeometryCollection { geometries } if geometries.len() == 1 => {
            place_of(&geometries[0])
        }
        other => Err(vec![format!(
            "is a {}: a Point, a Polygon or a MultiPolygon is expected",
            other.type_name()
        )]),
    }
}

#[cfg(test)]
#[path = "tests/stations.rs"]
mod tests;
