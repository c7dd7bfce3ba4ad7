//! `GET /stations/…`: taxi ranks in the public schema `stationstaxi` 0.0.3.

use std::sync::Arc;

use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE, EXPIRES};
use axum::http::{HeaderName, StatusCode};
use axum::response::{IntoResponse, Response};
use chrono::TimeDelta;
use geojson::{Geometry, GeometryValue};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;
use territory::{Place, Station};

use super::words::shape;
use super::zones::shape_value;
use crate::api::envelope::Data;
use crate::api::input::Schema;
use crate::api::route::{Route, schema_of};
use crate::app::App;
use crate::server::refusal::Error;

/// Version of the public schema.
const SCHEMA_VERSION: &str = "0.0.3";
/// Publisher.
const PRODUCER: &str = "le.taxi";
/// Time for which readers may cache the published files, as with the incumbent.
const KEPT_BY_READERS: TimeDelta = TimeDelta::days(1);

/// Routes of taxi ranks.
pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::new(
            "GET /stations/all",
            list_stations,
            ["List all taxi ranks", "Lister toutes les stations de taxis"],
        )
        .answers::<StationView<'_>>(),
        Route::new(
            "GET /stations/stations.csv",
            stations_csv,
            [
                "List all taxi ranks as CSV (schema stationstaxi 0.0.3)",
                "Lister toutes les stations de taxis en CSV (schéma stationstaxi 0.0.3)",
            ],
        )
        .answers_with(
            200,
            "Fields separated by semicolons.",
            "text/plain",
            || json!({"type": "string"}),
        ),
        Route::new(
            "GET /stations/stations.json",
            stations_geojson,
            [
                "List all taxi ranks as GeoJSON (schema stationstaxi 0.0.3)",
                "Lister toutes les stations de taxis en GeoJSON (schéma stationstaxi 0.0.3)",
            ],
        )
        .answers_with(
            200,
            "A GeoJSON feature collection.",
            "text/plain",
            collection_schema,
        ),
    ]
}

/// All ranks, for maps.
async fn list_stations(State(app): State<Arc<App>>) -> Result<Response, Error> {
    let places = app.places();
    let views = places.stations.iter().map(|station| StationView {
        id: &station.id,
        name: &station.name,
        places: station.spaces.unwrap_or_default(),
        geojson: geometry(&station.place),
    });
    Ok(Data::all(views).answer(StatusCode::OK))
}

/// All ranks as CSV.
async fn stations_csv(State(app): State<Arc<App>>) -> Result<Response, Error> {
    let csv = csv_of(&app.places().stations).map_err(|error| Error::broken(&error))?;
    Ok((headers(&app, "csv"), csv).into_response())
}

fn csv_of(stations: &[Station]) -> csv::Result<Vec<u8>> {
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

/// All ranks as GeoJSON.
async fn stations_geojson(State(app): State<Arc<App>>) -> Result<Response, Error> {
    let places = app.places();
    let features = places.stations.iter().map(|station| Feature {
        kind: "Feature",
        geometry: geometry(&station.place),
        properties: Properties {
            id: &station.id,
            nom: &station.name,
            insee: station.town.as_str(),
            adresse: filled(&station.address),
            emplacements: station.spaces.filter(|spaces| *spaces > 0),
            no_appel: station.phone.as_deref().and_then(filled),
            info: filled(&station.info),
        },
    });
    let collection = json!({
        "type": "FeatureCollection",
        "properties": {
            "version": SCHEMA_VERSION,
            "date": app.now().format("%Y-%m-%d").to_string(),
            "producteur": PRODUCER,
        },
        "features": features.collect::<Vec<_>>(),
    });
    Ok((headers(&app, "json"), collection.to_string()).into_response())
}

fn collection_schema() -> Schema {
    json!({
        "type": "object",
        "properties": {
            "type": {"const": "FeatureCollection"},
            "properties": {"type": "object"},
            "features": {"type": "array", "items": schema_of::<Feature<'_>>()},
        },
        "required": ["type", "properties", "features"],
    })
}

fn headers(app: &App, ending: &str) -> [(HeaderName, String); 4] {
    let now = app.now();
    let name =
        format!("inline; filename=\"stationstaxi_LeTaxi_{}.{ending}\"", now.format("%Y%m%d"));
    // Date format of HTTP (RFC 9110): always in English, always GMT.
    let stale_at = (now + KEPT_BY_READERS).format("%a, %d %b %Y %H:%M:%S GMT").to_string();
    [
        (CONTENT_TYPE, "text/plain; charset=utf-8".to_owned()),
        // As with the incumbent, browsers display the file instead of saving it.
        (CONTENT_DISPOSITION, name),
        (CACHE_CONTROL, format!("public,max-age={}", KEPT_BY_READERS.num_seconds())),
        (EXPIRES, stale_at),
    ]
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

fn geometry(place: &Place) -> Geometry {
    match place {
        Place::Point(point) => Geometry::new(GeometryValue::new_point([point.lon(), point.lat()])),
        Place::Area(area) => shape_value(area),
    }
}

fn filled(text: &str) -> Option<&str> {
    Some(text).filter(|text| !text.is_empty())
}

#[derive(JsonSchema, Serialize)]
struct StationView<'a> {
    id: &'a str,
    name: &'a str,
    places: u32,
    #[schemars(schema_with = "shape")]
    geojson: Geometry,
}

#[derive(JsonSchema, Serialize)]
struct Feature<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    #[schemars(schema_with = "shape")]
    geometry: Geometry,
    properties: Properties<'a>,
}

#[derive(JsonSchema, Serialize)]
struct Properties<'a> {
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
