//! `POST /vehicles`, and how a vehicle is shown in a search.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use registry::directory::{Card, CardText};
use registry::vehicle::{BODY_TYPES, Features, PLATE_LENGTH};
use registry::{Description, LicencePlate, Vehicle};
use schemars::JsonSchema;
use serde::Serialize;

use super::words::made;
use crate::api::document::Document;
use crate::api::envelope::Data;
use crate::api::identity::Operator;
use crate::api::input::{Fields, Given, Unknown, kinds, object, one};
use crate::api::openapi::Operation;
use crate::app::App;
use crate::server::refusal::Error;

/// Makes a vehicle, or changes what the caller says of it. Fields that are absent stay as they
/// are.
pub(super) async fn put_vehicle(
    State(app): State<Arc<App>>,
    who: Operator,
    document: Document,
) -> Result<Response, Error> {
    let sent = document.read(one(object(Unknown::Refused, vehicle)))?;
    let put = app.put_vehicle(&who, &sent.plate, &|known| sent.on_top_of(known)).await?;
    let (vehicle, description) = &put.value;
    let mut view = VehicleView::new(vehicle, &description.features);
    if put.created {
        // The incumbent answered before its database had filled these in.
        view.color = view.color.filter(|_| sent.color.is_some());
        view.engine = view.engine.filter(|_| sent.engine.is_some());
    }
    Ok(Data::one(view).answer(made(&put)))
}

/// What the reference says of these calls.
pub(super) fn reference() -> Vec<Operation> {
    vec![
        Operation::post("/vehicles", ["Register a vehicle", "Enregistrer un véhicule"])
            .by::<Operator>()
            .takes(one(object(Unknown::Refused, vehicle)))
            .makes::<VehicleView<'_>>(),
    ]
}

/// What was sent of a vehicle: `None` for what was not.
#[expect(clippy::option_option, reason = "not sent and sent as null are two things")]
struct Sent {
    plate: LicencePlate,
    model: Option<String>,
    constructor: Option<String>,
    engine: Option<String>,
    color: Option<String>,
    seats: Option<Option<i32>>,
    relay: Option<Option<bool>>,
    bank_check_accepted: Option<Option<bool>>,
    baby_seat: Option<Option<bool>>,
    bike_accepted: Option<Option<bool>>,
    pet_accepted: Option<Option<bool>>,
    amex_accepted: Option<Option<bool>>,
    wifi: Option<Option<bool>>,
    wheelchair: Option<Option<bool>>,
    body_type: Option<Option<String>>,
    health_insurance: Option<Option<bool>>,
}

impl Sent {
    fn on_top_of(&self, known: Option<&Features>) -> Features {
        let known = known.cloned().unwrap_or_default();
        Features {
            model: self.model.clone().unwrap_or(known.model),
            constructor: self.constructor.clone().unwrap_or(known.constructor),
            engine: self.engine.clone().unwrap_or(known.engine),
            color: self.color.clone().unwrap_or(known.color),
            seats: self.seats.unwrap_or(known.seats),
            relay: self.relay.unwrap_or(known.relay),
            bank_check_accepted: self.bank_check_accepted.unwrap_or(known.bank_check_accepted),
            baby_seat: self.baby_seat.unwrap_or(known.baby_seat),
            bike_accepted: self.bike_accepted.unwrap_or(known.bike_accepted),
            pet_accepted: self.pet_accepted.unwrap_or(known.pet_accepted),
            amex_accepted: self.amex_accepted.unwrap_or(known.amex_accepted),
            wifi: self.wifi.unwrap_or(known.wifi),
            wheelchair: self.wheelchair.unwrap_or(known.wheelchair),
            body_type: self.body_type.clone().unwrap_or(known.body_type),
            health_insurance: self.health_insurance.unwrap_or(known.health_insurance),
        }
    }
}

fn vehicle(fields: &mut Fields<'_>) -> Option<Sent> {
    let plate = fields.required("licence_plate", kinds::text_of(PLATE_LENGTH));
    let model = fields.nullable("model", kinds::text());
    let constructor = fields.nullable("constructor", kinds::text());
    let engine = fields.nullable("engine", kinds::text());
    let color = fields.nullable("color", kinds::text());
    let seats = fields.nullable("nb_seats", kinds::whole());
    let relay = fields.nullable("relais", kinds::boolean());
    let bank_check_accepted = fields.nullable("bank_check_accepted", kinds::boolean());
    let baby_seat = fields.nullable("baby_seat", kinds::boolean());
    let bike_accepted = fields.nullable("bike_accepted", kinds::boolean());
    let pet_accepted = fields.nullable("pet_accepted", kinds::boolean());
    let amex_accepted = fields.nullable("amex_accepted", kinds::boolean());
    let wifi = fields.nullable("wifi", kinds::boolean());
    let wheelchair = fields.nullable("vasp_handicap", kinds::boolean());
    let body_type = fields.nullable("type_", kinds::word(&BODY_TYPES));
    let health_insurance = fields.nullable("cpam_conventionne", kinds::boolean());
    obsolete(fields);
    Some(Sent {
        plate: plate?.parse().expect("its length was just checked"),
        model: text(model?),
        constructor: text(constructor?),
        engine: text(engine?),
        color: text(color?),
        seats: seats?.change(),
        relay: relay?.change(),
        bank_check_accepted: bank_check_accepted?.change(),
        baby_seat: baby_seat?.change(),
        bike_accepted: bike_accepted?.change(),
        pet_accepted: pet_accepted?.change(),
        amex_accepted: amex_accepted?.change(),
        wifi: wifi?.change(),
        wheelchair: wheelchair?.change(),
        body_type: body_type?.change().map(|word| word.map(str::to_owned)),
        health_insurance: health_insurance?.change(),
    })
}

/// Fields that partners may still send, that are checked, and that no answer ever shows: nothing
/// reads them, so nothing keeps them.
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

/// A text that is empty when null.
fn text(given: Given<String>) -> Option<String> {
    given.change().map(Option::unwrap_or_default)
}

#[derive(JsonSchema, Serialize)]
struct VehicleView<'a> {
    id: i64,
    licence_plate: &'a str,
    model: Option<&'a str>,
    constructor: Option<&'a str>,
    engine: Option<&'a str>,
    color: Option<&'a str>,
    nb_seats: Option<i32>,
    relais: Option<bool>,
    bank_check_accepted: Option<bool>,
    baby_seat: Option<bool>,
    bike_accepted: Option<bool>,
    pet_accepted: Option<bool>,
    amex_accepted: Option<bool>,
    wifi: Option<bool>,
    vasp_handicap: Option<bool>,
}

impl<'a> VehicleView<'a> {
    fn new(vehicle: &'a Vehicle, features: &'a Features) -> Self {
        Self {
            id: vehicle.id.0,
            licence_plate: vehicle.plate.as_str(),
            model: filled(&features.model),
            constructor: filled(&features.constructor),
            engine: Some(&features.engine),
            color: Some(&features.color),
            nb_seats: features.seats,
            relais: features.relay,
            bank_check_accepted: features.bank_check_accepted,
            baby_seat: features.baby_seat,
            bike_accepted: features.bike_accepted,
            pet_accepted: features.pet_accepted,
            amex_accepted: features.amex_accepted,
            wifi: features.wifi,
            vasp_handicap: features.wheelchair,
        }
    }
}

/// The vehicle of a taxi, as its operator or a search is shown it.
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
    /// As its operator sees it.
    pub(super) fn full(vehicle: &'a Vehicle, features: &'a Features) -> Self {
        Self {
            licence_plate: vehicle.plate.as_str(),
            model: filled(&features.model),
            constructor: filled(&features.constructor),
            color: &features.color,
            engine: &features.engine,
            nb_seats: features.seats,
            characteristics: characteristics(features),
            body_type: features.body_type.as_deref(),
            cpam_conventionne: features.health_insurance,
        }
    }

    /// As a search shows it, with or without its plate: enough to choose, not to recognise.
    fn for_search(plate: &'a str, features: &'a Features) -> Self {
        Self {
            licence_plate: plate,
            model: filled(&features.model),
            constructor: filled(&features.constructor),
            color: "",
            engine: &features.engine,
            nb_seats: features.seats,
            characteristics: characteristics(features),
            body_type: Some("normal"),
            cpam_conventionne: None,
        }
    }
}

/// What a vehicle's part of a search answer begins with; its plate follows.
const CARD_BEGINS: &str = r#"{"licence_plate":"#;
/// A plate that is not shown.
const NO_PLATE: &str = r#""""#;

/// A vehicle's part of a search answer, ready made.
pub(super) fn card(vehicle: &Vehicle, description: &Description) -> Card {
    let json = |view| serde_json::to_string(&view).expect("texts and numbers always become JSON");
    let whole = json(TaxiVehicleView::for_search("", &description.features));
    let rest = whole.strip_prefix(CARD_BEGINS).and_then(|rest| rest.strip_prefix(NO_PLATE));
    let plate = serde_json::Value::from(vehicle.plate.as_str()).to_string();
    Card { plate: plate.into(), rest: rest.expect("the plate is its first field").into() }
}

/// Writes a card, with its plate for admins.
pub(super) fn push_card(json: &mut Vec<u8>, card: CardText<'_>, for_admin: bool) {
    for text in [CARD_BEGINS, if for_admin { card.plate } else { NO_PLATE }, card.rest] {
        json.extend_from_slice(text.as_bytes());
    }
}

fn characteristics(features: &Features) -> Vec<&'static str> {
    let all = [
        ("pet_accepted", features.pet_accepted),
        ("bike_accepted", features.bike_accepted),
        ("baby_seat", features.baby_seat),
        ("wifi", features.wifi),
        ("vasp_handicap", features.wheelchair),
        ("amex_accepted", features.amex_accepted),
        ("bank_check_accepted", features.bank_check_accepted),
    ];
    all.into_iter().filter(|(_, has)| *has == Some(true)).map(|(word, _)| word).collect()
}

fn filled(text: &str) -> Option<&str> {
    Some(text).filter(|text| !text.is_empty())
}
