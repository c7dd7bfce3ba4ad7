//! `GET /v1/map/layers/{layer}`: the territory as maps draw it.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use geo::MultiPolygon;
use serde_json::{Value, json};
use territory::{Bounds, Place, Station};

use crate::api::identity::AnyAccount;
use crate::api::input::{Fields, Kind, Unknown, inputs, kinds, object};
use crate::api::published::published;
use crate::api::query::Query;
use crate::api::route::Route;
use crate::api::shapes::{geometry, shape_value};
use crate::app::App;
use crate::app::documents::document::Document;
use crate::app::territory::drawing::Detail;
use crate::app::territory::places::Places;
use crate::server::refusal::Error;

/// Time for which readers may keep a layer, in seconds; then they ask whether it changed.
const KEPT_S: u32 = 300;

/// Maximum number of features of an answer. All towns of France are seven times as many, and more than a map can show.
const MOST_FEATURES: usize = 5_000;

/// Makes the features of a layer.
type Make = fn(&Places, &Part) -> Vec<Value>;

/// Layers by name.
const LAYERS: [(&str, Make); 4] =
    [("towns", towns), ("zones", zones), ("exclusions", exclusions), ("ranks", ranks)];

/// The part of a layer that is asked for.
enum Part {
    /// All features that meet a rectangle.
    Inside(Bounds),
    /// The feature of this id, or of this code of a town.
    One(String),
}

impl Part {
    fn has(&self, id: &str, border: &MultiPolygon<f64>) -> bool {
        match self {
            Self::Inside(bounds) => Bounds::around(border).is_some_and(|it| it.meets(bounds)),
            Self::One(one) => one == id,
        }
    }

    /// A border as a map of the part draws it.
    fn drawn(&self, border: &MultiPolygon<f64>) -> Value {
        let bounds = match self {
            Self::Inside(bounds) => Some(*bounds),
            Self::One(_) => Bounds::around(border),
        };
        let drawn = bounds.map(|bounds| Detail::of(&bounds).drawn(border));
        json!(shape_value(drawn.as_ref().unwrap_or(border)))
    }
}

/// Routes of the territory on maps.
pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::new(
            "GET /v1/map/layers/{layer}",
            get_layer,
            [
                "Towns, zones, exclusion zones or ranks in a rectangle, as GeoJSON for a map",
                "Communes, zones, zones d'exclusion ou stations d'un rectangle, en GeoJSON pour une carte",
            ],
        )
        .of("The layer: towns, zones, exclusions or ranks.")
        .answers_with(200, "A GeoJSON feature collection.", "application/geo+json", || {
            json!({"type": "object"})
        }),
    ]
}

inputs! {
    Asked -> (Option<Bounds>, Option<String>) = object(Unknown::Refused, part);
}

/// One layer of the territory, with borders as detailed as a map of the rectangle can show. Without a rectangle it is the
/// whole territory. If a layer has more than 5,000 features there, the answer has none, and `left_out` is their number.
async fn get_layer(
    State(app): State<Arc<App>>,
    _who: AnyAccount,
    Path(layer): Path<String>,
    Query((bounds, id)): Query<Asked>,
    headers: HeaderMap,
) -> Result<Response, Error> {
    let missing = || Error::of_url(StatusCode::NOT_FOUND, "There is no such layer.");
    let (_, make) = LAYERS.into_iter().find(|(name, _)| *name == layer).ok_or_else(missing)?;
    let places = app.places();
    // Hundreds of borders are simplified, and once after an import joined.
    let document = tokio::task::spawn_blocking(move || {
        let inside = || bounds.or_else(|| places.territory.extent()).map(Part::Inside);
        let part = id.map(Part::One).or_else(inside);
        collection(part.map(|part| make(&places, &part)).unwrap_or_default())
    });
    let document = document.await.map_err(|error| Error::broken(&error))?;
    Ok(published(&headers, document, "application/geo+json", KEPT_S))
}

fn part(fields: &mut Fields<'_>) -> Option<(Option<Bounds>, Option<String>)> {
    let bounds = fields.optional("bbox", kinds::bounds());
    let about = "Only the feature with this id, or the town with this code, wherever it is.";
    let id = fields.optional("id", kinds::text().about(about));
    Some((bounds?, id?))
}

fn collection(features: Vec<Value>) -> Document {
    let left_out = if features.len() > MOST_FEATURES { features.len() } else { 0 };
    let features = if left_out > 0 { Vec::new() } else { features };
    let collection =
        json!({"type": "FeatureCollection", "left_out": left_out, "features": features});
    Document::new(collection.to_string().into_bytes())
}

fn feature(geometry: Value, properties: Value) -> Value {
    let fields = [("type", "Feature".into()), ("geometry", geometry), ("properties", properties)];
    Value::Object(fields.map(|(name, value)| (name.to_owned(), value)).into_iter().collect())
}

fn towns(places: &Places, part: &Part) -> Vec<Value> {
    let towns = places.territory.towns();
    let wanted = match part {
        Part::Inside(bounds) => places.territory.towns_near(bounds),
        Part::One(code) => {
            let place = |code| towns.binary_search_by_key(&code, |town| town.code).ok();
            code.parse().ok().and_then(place).into_iter().collect()
        }
    };
    if wanted.len() > MOST_FEATURES {
        return vec![Value::Null; wanted.len()];
    }
    let tints = places.tints();
    let features = wanted.into_iter().map(|place| {
        let town = &towns[place];
        let inside = places.point_in(std::iter::once(town.code));
        let properties = json!({
            "code": town.code.as_str(),
            "name": town.name,
            "tint": tints[place],
            "label": inside.map(|inside| [inside.lon, inside.lat]),
        });
        feature(part.drawn(&town.border), properties)
    });
    features.collect()
}

fn zones(places: &Places, part: &Part) -> Vec<Value> {
    let zones = places.territory.zones().iter().zip(places.zone_shapes());
    let wanted = zones.filter(|(zone, shape)| part.has(&zone.id, shape));
    let features = wanted.map(|(zone, shape)| {
        let town = |code| places.territory.town(code).map(|town| town.name.as_str());
        let towns = zone.towns.iter();
        let towns = towns.map(|code| json!({"code": code.as_str(), "name": town(*code)}));
        let properties = json!({
            "id": zone.id,
            "name": zone.name,
            "towns": towns.collect::<Vec<_>>(),
            "in_force_since": zone.in_force.since,
            "in_force_until": zone.in_force.until,
        });
        feature(part.drawn(shape), properties)
    });
    features.collect()
}

fn exclusions(places: &Places, part: &Part) -> Vec<Value> {
    let zones = places.territory.exclusions().iter();
    let wanted = zones.filter(|zone| part.has(&zone.id, &zone.border));
    let features = wanted
        .map(|zone| feature(part.drawn(&zone.border), json!({"id": zone.id, "name": zone.name})));
    features.collect()
}

fn ranks(places: &Places, part: &Part) -> Vec<Value> {
    let wanted = places.stations.iter().filter(|rank| match (&rank.place, part) {
        (Place::Point(point), Part::Inside(bounds)) => bounds.holds(point.lon(), point.lat()),
        (Place::Point(_), Part::One(id)) => rank.id == *id,
        (Place::Area(border), part) => part.has(&rank.id, border),
    });
    let features = wanted.map(|rank: &Station| {
        let town = places.territory.town(rank.town).map(|town| town.name.as_str());
        let properties = json!({
            "id": rank.id,
            "name": rank.name,
            "town": rank.town.as_str(),
            "town_name": town,
            "address": rank.address,
            "spaces": rank.spaces,
            "phone": rank.phone,
            "info": rank.info,
        });
        feature(json!(geometry(&rank.place)), properties)
    });
    features.collect()
}
