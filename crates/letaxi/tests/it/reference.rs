//! The API's reference says what the program does: all of its routes, and nothing else.

use std::collections::BTreeSet;
use std::path::Path;

use axum::http::Method;
use letaxi::api::openapi;
use letaxi::service;
use serde_json::Value;

use crate::routes::routes;
use crate::transcripts;
use crate::world::{Call, Engine, World};

#[test]
fn the_description_of_the_api_is_up_to_date() {
    let document = service::openapi(&transcripts::examples());
    let text = transcripts::laid_out(document);
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/api/openapi.json");
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&file, &text).unwrap();
    }
    let written = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(written == text, "{} is out of date: run `make bless`", file.display());
}

#[test]
fn every_parameter_of_a_path_is_described_by_its_name() {
    let document = service::openapi(&openapi::Examples::new());
    for (path, methods) in document["paths"].as_object().unwrap() {
        let parts = path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
        let names: Vec<_> = parts.collect();
        for (method, operation) in methods.as_object().unwrap() {
            let parameters = operation["parameters"].as_array().into_iter().flatten();
            let in_path = parameters.filter(|parameter| parameter["in"] == "path");
            let described: Vec<_> =
                in_path.filter_map(|parameter| parameter["name"].as_str()).collect();
            assert_eq!(described, names, "{method} {path}");
        }
    }
}

#[tokio::test]
async fn every_route_is_in_the_reference_and_nothing_else() {
    let document = service::openapi(&openapi::Examples::new());
    let paths = document["paths"].as_object().unwrap();
    let described: BTreeSet<(String, &str)> = paths
        .iter()
        .flat_map(|(path, methods)| {
            let methods = methods.as_object().unwrap().keys();
            methods.map(|method| (method.to_uppercase(), path.as_str()))
        })
        .collect();
    assert_eq!(described, routes(&World::new(Engine::Sqlite).await).await);
}

#[tokio::test]
async fn the_reference_is_served_as_it_is_written() {
    let world = World::new(Engine::Sqlite).await;
    let get = |path: &str| Call { method: Method::GET, path: path.to_owned(), ..Call::default() };
    let answer = world.call(&get("/swagger.json")).await;
    let document: Value = serde_json::from_str(&answer.body).unwrap();
    assert_eq!(document["openapi"], "3.1.0");
    for (language, title) in [("fr", "Référence de l'API"), ("en", "Reference of the API")] {
        let page = world.call(&get(&format!("/doc?lang={language}"))).await.body;
        assert!(page.contains(&format!("<h1>{title}</h1>")), "{page}");
        for path in service::paths() {
            assert!(page.contains(&format!("<code>{path}</code>")), "{path} in {language}");
        }
        let fetched = ["src=", "href=\"http", "url(", "@import"];
        let fetched = fetched.iter().find(|fetched| page.contains(**fetched));
        assert_eq!(fetched, None, "the page is complete in itself");
    }
}
