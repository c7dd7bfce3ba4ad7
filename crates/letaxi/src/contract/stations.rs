//! `GET /stations/…`: taxi ranks in the public schema `stationstaxi` 0.0.3.

use std::sync::Arc;

use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE, EXPIRES};
use axum::http::{HeaderName, StatusCode};
use axum::response::{IntoResponse, Response};
use chrono::TimeDelta;
use geojson::Geometry;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;

use crate::api::envelope::Data;
use crate::api::input::Schema;
use crate::api::route::{Route, schema_of};
use crate::api::shapes::{RankFeature, geometry, ranks_csv, shape};
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
    let csv = ranks_csv(app.places().stations.iter()).map_err(|error| Error::broken(&error))?;
    Ok((headers(&app, "csv"), csv).into_response())
}

/// All ranks as GeoJSON.
async fn stations_geojson(State(app): State<Arc<App>>) -> Result<Response, Error> {
    let places = app.places();
    let features = places.stations.iter().map(RankFeature::new);
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
            "features": {"type": "array", "items": schema_of::<RankFeature<'_>>()},
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

#[derive(JsonSchema, Serialize)]
struct StationView<'a> {
    id: &'a str,
    name: &'a str,
    places: u32,
    #[schemars(schema_with = "shape")]
    geojson: Geometry,
}
