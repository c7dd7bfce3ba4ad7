//! The first page.

use axum::http::StatusCode;
use axum::response::Response;
use maud::html;

use super::frame::{Page, Place};
use super::reader::Reader;
use crate::app::App;

/// The first page.
pub(super) fn page(app: &App, reader: &Reader) -> Response {
    let identity = &app.settings().identity;
    let door = |path: &str, title: &str, text: &str| {
        html! { li { a.door href=(reader.to(path)) { strong { (title) } span { (text) } } } }
    };
    let body = html! {
        div.hero {
            h1 { (identity.name) }
            p.lead {
                (reader.say(
                    "The taxi registry: an app finds and hails the nearest taxi that may take its customer, of any \
                     operator.",
                    "Le registre des taxis\u{a0}: une application y trouve et commande le taxi le plus proche habilité à \
                     prendre son client, quelle que soit sa centrale.",
                ))
            }
        }
        ul.doors {
            (door(
                "/console/",
                reader.say("Console", "Console"),
                reader.say(
                    "For partners and administrators: taxis, hails, keys, figures.",
                    "Pour les partenaires et l’administration\u{a0}: taxis, courses, clés, chiffres.",
                ),
            ))
            (door(
                "/doc",
                reader.say("Documentation", "Documentation"),
                reader.say(
                    "For developers: quick starts, guides, API reference.",
                    "Pour les développeurs\u{a0}: premiers pas, guides, référence de l’API.",
                ),
            ))
        }
        h2 { (reader.say("Open data", "Données ouvertes")) }
        ul {
            li { a href="/stations/stations.csv" { (reader.say("Taxi ranks as CSV", "Stations de taxis en CSV")) } }
            li { a href="/stations/stations.json" { (reader.say("Taxi ranks as GeoJSON", "Stations de taxis en GeoJSON")) } }
            li { a href="/v1/open-data" { (reader.say("Catalogue of all files (DCAT-AP)", "Catalogue de tous les fichiers (DCAT-AP)")) } }
            li { a href="/stats/letaxi" { (reader.say("Public figures", "Statistiques publiques")) } }
        }
    };
    let (title, place) = (identity.name.as_str(), Place::Home);
    Page { reader, identity, title, place, asked: "", menu: None, body }.answer(StatusCode::OK)
}
