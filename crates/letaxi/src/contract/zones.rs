//! `GET /zupc`, `GET /zupc/live`, `GET /towns`.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use geojson::{Geometry, GeometryValue};
use schemars::JsonSchema;
use serde::Serialize;
use territory::Point;

use super::words::shape;
use crate::api::envelope::Data;
use crate::api::identity::{AnyAccount, Partner};
use crate::api::input::{Fields, Kind, Unknown, kinds, object};
use crate::api::openapi::Operation;
use crate::api::query;
use crate::app::App;
use crate::app::territory::zones::{Area, AreaCount};
use crate::server::refusal::Error;

/// The zones at a point, or its town if that is in none, with how many taxis are connected.
pub(super) async fn list_zones(
    State(app): State<Arc<App>>,
    who: AnyAccount,
    RawQuery(query): RawQuery,
) -> Result<Response, Error> {
    let query = query::first_values(query.as_deref());
    let point = object(Unknown::Refused, point).read(&query)?;
    let places = app.places();
    let areas = app.areas_at(&who, &places, point);
    let views = areas.iter().map(|(area, count)| AreaView::new(*area, *count, &who.account.email));
    Ok(Data::all(views).answer(StatusCode::OK))
}

/// All zones with their land and how many taxis are connected.
pub(super) async fn list_zone_shapes(
    State(app): State<Arc<App>>,
    who: AnyAccount,
) -> Result<Response, Error> {
    let places = app.places();
    let shaped = Arc::clone(&places);
    // The first time, hundreds of borders are put together.
    tokio::task::spawn_blocking(move || shaped.zone_shapes().len()).await.ok();
    let zones = app.zones(&who, &places);
    let views = zones.iter().zip(places.zone_shapes()).filter_map(|((area, count), shape)| {
        let Area::Zone(zone) = area else { return None };
        Some(ZoneShape {
            id: &zone.id,
            nom: &zone.name,
            geojson: shape_value(shape),
            stats: Stats::new(*count, &who.account.email),
        })
    });
    Ok(Data::all(views).answer(StatusCode::OK))
}

/// The towns whose names begin so.
pub(super) async fn list_towns(
    State(app): State<Arc<App>>,
    _who: Partner,
    RawQuery(query): RawQuery,
) -> Result<Response, Error> {
    let query = query::first_values(query.as_deref());
    let search = object(Unknown::Refused, towns_query).read(&query)?;
    let (places, found) = app.towns_named(&search);
    let views = places.town_names()[found]
        .iter()
        .map(|town| TownView { insee: town.code.as_str(), name: &town.name });
    Ok(Data::all(views).answer(StatusCode::OK))
}

/// What the reference says of these calls.
pub(super) fn reference() -> Vec<Operation> {
    vec![
        Operation::get(
            "/zupc",
            ["Zones and connected taxis at a point", "ZUPC et taxis connectés en un point"],
        )
        .by::<AnyAccount>()
        .asks(object(Unknown::Refused, point))
        .answers::<AreaView<'_>>(),
        Operation::get(
            "/zupc/live",
            [
                "All zones with their borders and connected taxis",
                "Toutes les ZUPC, leurs contours et taxis connectés",
            ],
        )
        .by::<AnyAccount>()
        .answers::<ZoneShape<'_>>(),
        Operation::get(
            "/towns",
            [
                "Find towns by the begin of their name",
                "Chercher des communes par le début de leur nom",
            ],
        )
        .by::<Partner>()
        .asks(object(Unknown::Refused, towns_query))
        .answers::<TownView<'_>>(),
    ]
}

fn point(fields: &mut Fields<'_>) -> Option<Point> {
    let lon = fields.required("lon", kinds::lon());
    let lat = fields.required("lat", kinds::lat());
    Some(Point::new(lon?, lat?).expect("the ranges were just checked"))
}

/// A search; an empty one finds all.
fn towns_query(fields: &mut Fields<'_>) -> Option<String> {
    fields.optional("search", kinds::text()).map(Option::unwrap_or_default)
}

#[derive(JsonSchema, Serialize)]
struct AreaView<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    zupc_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    insee: Option<&'a str>,
    name: &'a str,
    #[serde(rename = "type")]
    kind: &'static str,
    stats: Stats<'a>,
}

/// How many taxis are connected, as far as the caller is told.
#[derive(JsonSchema, Serialize)]
struct Stats<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    total: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    operators: Option<BTreeMap<&'a str, u64>>,
}

#[derive(JsonSchema, Serialize)]
struct ZoneShape<'a> {
    id: &'a str,
    nom: &'a str,
    #[schemars(schema_with = "shape")]
    geojson: Geometry,
    stats: Stats<'a>,
}

#[derive(JsonSchema, Serialize)]
struct TownView<'a> {
    insee: &'a str,
    name: &'a str,
}

impl<'a> AreaView<'a> {
    fn new(area: Area<'a>, count: AreaCount, email: &'a str) -> Self {
        let stats = Stats::new(count, email);
        match area {
            Area::Zone(zone) => {
                let (id, name) = (Some(zone.id.as_str()), &zone.name);
                Self { zupc_id: id, insee: None, name, kind: "ZUPC", stats }
            }
            Area::Town(town) => {
                let (code, name) = (Some(town.code.as_str()), &town.name);
                Self { zupc_id: None, insee: code, name, kind: "city", stats }
            }
        }
    }
}

impl<'a> Stats<'a> {
    fn new(count: AreaCount, email: &'a str) -> Self {
        let operators = count.own.map(|own| BTreeMap::from([(email, own)]));
        Self { total: count.total, operators }
    }
}

/// A shape as GeoJSON: as one polygon if it has only one part.
pub(super) fn shape_value(shape: &geo::MultiPolygon<f64>) -> Geometry {
    Geometry::new(match &shape.0[..] {
        [only] => GeometryValue::from(only),
        _ => GeometryValue::from(shape),
    })
}
