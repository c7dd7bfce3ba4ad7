//! The API's reference covers all routes of the program, and no others.

use axum::http::Method;
use letaxi::api::openapi;
use letaxi::service;
use serde_json::Value;

use crate::world::{Call, Engine, World};
use crate::{generated, transcripts};

#[test]
fn generated_description_of_the_api_is_up_to_date() {
    let document = service::openapi(&transcripts::examples());
    generated::check("crates/letaxi/src/api/openapi.json", &transcripts::laid_out(document));
}

#[test]
fn every_parameter_of_a_path_is_described() {
    let document = service::openapi(&openapi::Examples::new());
    for (path, methods) in document["paths"].as_object().unwrap() {
        let parts = path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
        let names: Vec<_> = parts.collect();
        for (method, operation) in methods.as_object().unwrap() {
            let parameters = operation["parameters"].as_array().into_iter().flatten();
            let in_path = parameters.filter(|parameter| parameter["in"] == "path");
            let described: Vec<_> = in_path
                .filter(|parameter| parameter["description"] != "")
                .filter_map(|parameter| parameter["name"].as_str())
                .collect();
            assert_eq!(described, names, "{method} {path}");
        }
    }
}

#[tokio::test]
async fn the_reference_is_served_as_it_is_written() {
    let world = World::new(Engine::Sqlite).await;
    let get = |path: &str| Call { method: Method::GET, path: path.to_owned(), ..Call::default() };
    let answer = world.call(&get("/swagger.json")).await;
    let document: Value = serde_json::from_str(&answer.body).unwrap();
    assert_eq!(document["openapi"], "3.1.0");
    for (language, title) in [("fr", "Référence de l’API"), ("en", "API reference")] {
        let page = world.call(&get(&format!("/doc/api?lang={language}"))).await.body;
        assert!(page.contains(&format!("<h1>{title}</h1>")), "{page}");
        for path in service::paths() {
            assert!(page.contains(&format!("<code>{path}</code>")), "{path} in {language}");
        }
        let fetched = ["src=", "href=\"http", "url(", "@import"];
        let fetched = fetched.iter().find(|fetched| page.contains(**fetched));
        assert_eq!(fetched, None, "the page is complete in itself");
    }
}
