//! Geometries and taxi ranks in the open formats that several interfaces publish.

use geo::MultiPolygon;
use geojson::{Geometry, GeometryValue};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Serialize;
use territory::{Place, Station};

/// Schema of a GeoJSON geometry (RFC 7946).
pub(crate) fn shape(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "object",
        "description": "A GeoJSON geometry.",
        "properties": {"type": {"type": "string"}, "coordinates": {"type": "array"}},
        "required": ["type", "coordinates"],
    })
}

/// A geometry as GeoJSON: one polygon if it has only one part.
pub(crate) fn shape_value(shape: &MultiPolygon<f64>) -> Geometry {
    Geometry::new(match &shape.0[..] {
        [only] => GeometryValue::from(only),
        _ => GeometryValue::from(shape),
    })
}

/// The place of a rank as GeoJSON.
pub(crate) fn geometry(place: &Place) -> Geometry {
    match place {
        Place::Point(point) => Geometry::new(GeometryValue::new_point([point.lon(), point.lat()])),
        Place::Area(area) => shape_value(area),
    }
}

/// Ranks as CSV in the public schema `stationstaxi`: semicolons, all fields in quotes.
///
/// # Errors
///
/// If memory cannot be written, which does not happen.
pub(crate) fn ranks_csv<'a>(stations: impl Iterator<Item = &'a Station>) -> csv::Result<Vec<u8>> {
    let mut csv = csv::WriterBuilder::new()
        .delimiter(b';')
        .quote_style(csv::QuoteStyle::Always)
        .terminator(csv::Terminator::CRLF)
        .from_writer(Vec::new());
    csv.write_record([
        "id",
        "nom",
        "insee",
        "geopoint",
        "adresse",
        "emplacements",
        "no_appel",
        "info",
    ])?;
    for station in stations {
        let spaces = station.spaces.filter(|spaces| *spaces > 0);
        csv.write_record([
            &station.id,
            &station.name,
            station.town.as_str(),
            &geopoint(&station.place),
            &station.address,
            &spaces.map(|spaces| spaces.to_string()).unwrap_or_default(),
            station.phone.as_deref().unwrap_or_default(),
            &station.info,
        ])?;
    }
    csv.into_inner().map_err(|error| error.into_error().into())
}

/// Longitude and latitude; for an area, a point well inside it, because the schema requires one point.
fn geopoint(place: &Place) -> String {
    let (lon, lat) = match place {
        Place::Point(point) => (point.lon(), point.lat()),
        Place::Area(area) => {
            let inside = territory::point_inside(area);
            inside.map_or((0.0, 0.0), |point| (point.lon, point.lat))
        }
    };
    format!("{lon}, {lat}")
}

fn filled(text: &str) -> Option<&str> {
    Some(text).filter(|text| !text.is_empty())
}

/// A rank as a GeoJSON feature in the public schema `stationstaxi`.
#[derive(JsonSchema, Serialize)]
pub(crate) struct RankFeature<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    #[schemars(schema_with = "shape")]
    geometry: Geometry,
    properties: RankProperties<'a>,
}

#[derive(JsonSchema, Serialize)]
struct RankProperties<'a> {
    id: &'a str,
    nom: &'a str,
    insee: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    adresse: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    emplacements: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    no_appel: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    info: Option<&'a str>,
}

impl<'a> RankFeature<'a> {
    pub(crate) fn new(station: &'a Station) -> Self {
        Self {
            kind: "Feature",
            geometry: geometry(&station.place),
            properties: RankProperties {
                id: &station.id,
                nom: &station.name,
                insee: station.town.as_str(),
                adresse: filled(&station.address),
                emplacements: station.spaces.filter(|spaces| *spaces > 0),
                no_appel: station.phone.as_deref().and_then(filled),
                info: filled(&station.info),
            },
        }
    }
}
