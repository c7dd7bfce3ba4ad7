//! `GET /zupc`, `GET /zupc/live`, `GET /towns`.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use geojson::Geometry;
use schemars::JsonSchema;
use serde::Serialize;
use territory::Point;

use crate::api::envelope::Data;
use crate::api::identity::{AnyAccount, Partner};
use crate::api::input::{Fields, Unknown, inputs, kinds, object};
use crate::api::query::Query;
use crate::api::route::Route;
use crate::api::shapes::{shape, shape_value};
use crate::app::App;
use crate::app::territory::zones::{Area, AreaCount};
use crate::server::refusal::Error;

/// Routes of zones and towns.
pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::new(
            "GET /zupc",
            list_zones,
            [
                "List the zones (ZUPC) at a point with their connected taxis",
                "Lister les ZUPC en un point et leurs taxis connectés",
            ],
        )
        .answers::<AreaView<'_>>(),
        Route::new(
            "GET /zupc/live",
            list_zone_shapes,
            [
                "List all zones (ZUPC) with their borders and connected taxis",
                "Lister toutes les ZUPC, leurs contours et leurs taxis connectés",
            ],
        )
        .answers::<ZoneShape<'_>>(),
        Route::new(
            "GET /towns",
            list_towns,
            [
                "Search towns by the start of their name",
                "Rechercher des communes par le début de leur nom",
            ],
        )
        .answers::<TownView<'_>>(),
    ]
}

inputs! {
    Place -> Point = object(Unknown::Refused, point);
    TownSearch -> String = object(Unknown::Refused, towns_query);
}

/// The zones at a point, or its town if that has none, with the number of connected taxis.
async fn list_zones(
    State(app): State<Arc<App>>,
    who: AnyAccount,
    Query(point): Query<Place>,
) -> Result<Response, Error> {
    let places = app.places();
    let areas = app.areas_at(&who, &places, point);
    let views = areas.iter().map(|(area, count)| AreaView::new(*area, *count, &who.account.email));
    Ok(Data::all(views).answer(StatusCode::OK))
}

/// All zones with their land and how many taxis are connected.
async fn list_zone_shapes(State(app): State<Arc<App>>, who: AnyAccount) -> Result<Response, Error> {
    let places = app.places();
    let shaped = Arc::clone(&places);
    // The first call joins hundreds of borders.
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

/// The towns whose names begin with a text.
async fn list_towns(
    State(app): State<Arc<App>>,
    _who: Partner,
    Query(search): Query<TownSearch>,
) -> Result<Response, Error> {
    let (places, found) = app.towns_named(&search);
    let views = places.town_names()[found]
        .iter()
        .map(|town| TownView { insee: town.code.as_str(), name: &town.name });
    Ok(Data::all(views).answer(StatusCode::OK))
}

fn point(fields: &mut Fields<'_>) -> Option<Point> {
    let lon = fields.required("lon", kinds::lon());
    let lat = fields.required("lat", kinds::lat());
    Some(Point::new(lon?, lat?).expect("the ranges were just checked"))
}

/// A search text; an empty one matches all.
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

/// Number of connected taxis, as far as the caller may see it.
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
