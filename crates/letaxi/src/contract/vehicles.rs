//! `POST /vehicles`, and vehicles in answers of searches.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use registry::directory::{Card, CardText};
use registry::record::{Change, Value};
use registry::vehicle::{BODY_TYPES, Features, PLATE_LENGTH};
use registry::{Description, LicencePlate, Vehicle};
use schemars::JsonSchema;
use serde::Serialize;

use super::records::{Shown, changes};
use super::words::made;
use crate::api::document::Body;
use crate::api::envelope::Data;
use crate::api::identity::Operator;
use crate::api::input::{Fields, Unknown, inputs, kinds, object, one};
use crate::api::route::Route;
use crate::app::App;
use crate::server::refusal::Error;

/// Routes of vehicles.
pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::new(
            "POST /vehicles",
            put_vehicle,
            ["Register a vehicle", "Enregistrer un véhicule"],
        )
        .creates_or_finds::<VehicleView<'_>>(),
    ]
}

inputs! {
    VehicleInput -> Sent = one(object(Unknown::Refused, vehicle));
}

/// Creates a vehicle, or changes the caller's description of it. Missing fields do not change.
async fn put_vehicle(
    State(app): State<Arc<App>>,
    who: Operator,
    body: Body<VehicleInput>,
) -> Result<Response, Error> {
    let sent = body.read()?;
    let changed = |known: Option<&Features>| {
        let mut features = known.cloned().unwrap_or_default();
        sent.change.apply(&mut features);
        features
    };
    let put = app.put_vehicle(&who, &sent.plate, &changed).await?;
    let (vehicle, description) = &put.value;
    let shown = |word, value| match (word, value) {
        // The incumbent answered before its database had filled these in.
        ("color" | "engine", Value::Text(_)) if put.created && !sent.change.has(word) => {
            Value::OptionalText(None)
        }
        ("color" | "engine", _) => value,
        (_, Value::Text("")) => Value::OptionalText(None),
        _ => value,
    };
    let view = VehicleView {
        id: vehicle.id.0,
        licence_plate: vehicle.plate.as_str(),
        features: Shown::new(&description.features, shown),
    };
    Ok(Data::one(view).answer(made(&put)))
}

/// An account's description of a vehicle, as sent.
struct Sent {
    plate: LicencePlate,
    change: Change<Features>,
}

fn vehicle(fields: &mut Fields<'_>) -> Option<Sent> {
    let plate = fields.required("licence_plate", kinds::text_of(PLATE_LENGTH));
    let change = changes(
        fields,
        |_| true,
        |fields, word| match word {
            "type_" => fields.nullable(word, kinds::word_for(&BODY_TYPES)),
            _ => fields.nullable(word, kinds::text()),
        },
    );
    obsolete(fields);
    Some(Sent { plate: plate?.parse().expect("its length was just checked"), change: change? })
}

/// Obsolete fields that are validated and then ignored, because no answer shows them.
fn obsolete(fields: &mut Fields<'_>) {
    for name in ["horodateur", "taximetre"] {
        fields.nullable(name, kinds::text());
    }
    for name in ["date_dernier_ct", "date_validite_ct"] {
        fields.nullable(name, kinds::date());
    }
    for name in [
        "air_con",
        "credit_card_accepted",
        "electronic_toll",
        "fresh_drink",
        "tablet",
        "dvd_player",
        "every_destination",
        "nfc_cc_accepted",
        "special_need_vehicle",
        "gps",
        "luxury",
    ] {
        fields.nullable(name, kinds::boolean());
    }
    fields.nullable("horse_power", kinds::number());
    fields.nullable("model_year", kinds::whole());
}

#[derive(JsonSchema, Serialize)]
struct VehicleView<'a> {
    id: i64,
    licence_plate: &'a str,
    #[serde(flatten)]
    features: Shown<'a, Features>,
}

/// The vehicle of a taxi, for its operator or in a search.
#[derive(JsonSchema, Serialize)]
pub(super) struct TaxiVehicleView<'a> {
    licence_plate: &'a str,
    model: Option<&'a str>,
    constructor: Option<&'a str>,
    color: &'a str,
    engine: &'a str,
    nb_seats: Option<i32>,
    characteristics: Vec<&'static str>,
    #[serde(rename = "type")]
    body_type: Option<&'a str>,
    cpam_conventionne: Option<bool>,
}

impl<'a> TaxiVehicleView<'a> {
    /// For its operator.
    pub(super) fn full(vehicle: &'a Vehicle, features: &'a Features) -> Self {
        Self {
            licence_plate: vehicle.plate.as_str(),
            model: filled(&features.model),
            constructor: filled(&features.constructor),
            color: &features.color,
            engine: &features.engine,
            nb_seats: features.seats,
            characteristics: features.characteristics(),
            body_type: features.body_type.as_deref(),
            cpam_conventionne: features.health_insurance,
        }
    }

    /// For a search, with or without its plate: enough to choose, not to recognise.
    fn for_search(plate: &'a str, features: &'a Features) -> Self {
        Self {
            licence_plate: plate,
            model: filled(&features.model),
            constructor: filled(&features.constructor),
            color: "",
            engine: &features.engine,
            nb_seats: features.seats,
            characteristics: features.characteristics(),
            body_type: Some("normal"),
            cpam_conventionne: None,
        }
    }
}

/// Start of a vehicle in a search answer; its plate follows.
const CARD_BEGINS: &str = r#"{"licence_plate":"#;
/// A hidden plate.
const NO_PLATE: &str = r#""""#;

/// A serialised vehicle for search answers.
pub(super) fn card(vehicle: &Vehicle, description: &Description) -> Card {
    let json = |view| serde_json::to_string(&view).expect("texts and numbers always become JSON");
    let whole = json(TaxiVehicleView::for_search("", &description.features));
    let rest = whole.strip_prefix(CARD_BEGINS).and_then(|rest| rest.strip_prefix(NO_PLATE));
    let plate = serde_json::Value::from(vehicle.plate.as_str()).to_string();
    Card { plate: plate.into(), rest: rest.expect("the plate is its first field").into() }
}

/// Writes a vehicle, with its plate for admins.
pub(super) fn push_card(json: &mut Vec<u8>, card: CardText<'_>, for_admin: bool) {
    for text in [CARD_BEGINS, if for_admin { card.plate } else { NO_PLATE }, card.rest] {
        json.extend_from_slice(text.as_bytes());
    }
}

fn filled(text: &str) -> Option<&str> {
    Some(text).filter(|text| !text.is_empty())
}
