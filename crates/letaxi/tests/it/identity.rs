//! Name, logo, colour, contact and legal pages of a registry, as its settings give them.

use std::sync::Arc;

use axum::http::header::{
    CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName, X_CONTENT_TYPE_OPTIONS,
};
use letaxi::app::identity::{Colour, Identity, Logo};
use letaxi::config::Settings;
use serde_json::Value;

use crate::world::{Answer, Call, Engine, World};

const SVG: &str = "<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>";

async fn get(world: &World, path: &str) -> Answer {
    world.call(&Call { path: path.to_owned(), ..Call::default() }).await
}

fn identity() -> Identity {
    let logo = Logo { bytes: SVG.into(), content_type: "image/svg+xml", tag: "abcdef".to_owned() };
    Identity {
        name: "Taxis <de> Ville & environs".to_owned(),
        logo: Some(Arc::new(logo)),
        colour: Colour::accent("#1f8a55"),
        contact: Some("taxis@ville.example".parse().unwrap()),
        controller: Some("Ville *de* Ville, 1 place de la Mairie".to_owned()),
        shows_legal_pages: true,
    }
}

#[tokio::test]
async fn a_registry_is_called_as_it_is_told_on_every_page_and_in_its_feeds() {
    let mut world = World::new(Engine::Sqlite).await;
    world.set(|settings| settings.identity = identity()).await;
    let shown = "Taxis &lt;de&gt; Ville &amp; environs";
    for path in ["/", "/doc", "/doc/app", "/doc/stories", "/doc/search?q=x", "/legal/privacy"] {
        let page = get(&world, path).await.body;
        let title = page.split("<title>").nth(1).unwrap().split("</title>").next().unwrap();
        assert!(title.contains(shown), "{path}: {title}");
        assert!(!page.contains("le.taxi"), "{path}");
        assert!(page.contains("<img src=\"/v1/registry/logo?abcdef\""), "{path}");
        assert!(page.contains("mailto:taxis@ville.example"), "{path}");
        assert!(page.contains("--accent:#1f8a55"), "{path}");
    }
    let catalogue = get(&world, "/v1/open-data").await.json();
    assert_eq!(catalogue["dct:publisher"]["foaf:name"], identity().name);
    for file in ["zones.geojson", "free-taxis.json", "public-figures.json"] {
        let file = get(&world, &format!("/v1/open-data/{file}")).await.json();
        assert_eq!(file["producteur"], identity().name);
    }
    let description = get(&world, "/swagger.json").await.json();
    assert_eq!(description["info"]["title"], identity().name);
    let about = get(&world, "/v1/registry").await.json();
    assert_eq!(about["data"][0]["colours"]["on_accent"], "#000000");
    assert_eq!(about["data"][0]["contact"], "taxis@ville.example");
}

#[tokio::test]
async fn no_page_says_le_taxi_unless_it_is_told_to() {
    let world = World::new(Engine::Sqlite).await;
    for path in ["/", "/doc", "/doc/app", "/legal/accessibility", "/v1/open-data"] {
        assert!(!get(&world, path).await.body.contains("le.taxi"), "{path}");
    }
    assert!(get(&world, "/").await.body.contains("<title>Registre des taxis</title>"));
}

#[tokio::test]
async fn a_logo_is_served_with_its_type_and_runs_nothing() {
    let mut world = World::new(Engine::Sqlite).await;
    world.set(|settings| settings.identity = identity()).await;
    let logo = get(&world, "/v1/registry/logo?abcdef").await;
    let header = |name: HeaderName| logo.headers[name].to_str().unwrap();
    assert_eq!(header(CONTENT_TYPE), "image/svg+xml");
    assert_eq!(header(X_CONTENT_TYPE_OPTIONS), "nosniff");
    let policy = header(CONTENT_SECURITY_POLICY);
    assert!(policy.contains("default-src 'none'") && policy.contains("sandbox"), "{policy}");
    assert!(!policy.contains("script"), "{policy}");
    assert_eq!(logo.body, SVG);
}

#[tokio::test]
async fn legal_pages_tell_the_settings_or_are_not_there() {
    let mut world = World::new(Engine::Sqlite).await;
    let unset = get(&world, "/legal/privacy?lang=en").await.body;
    assert!(unset.contains("not given yet"), "{unset}");
    world
        .set(|settings| {
            settings.identity = identity();
            settings.kept.exact_places = 41;
        })
        .await;
    for (language, title) in [("fr", "Données personnelles"), ("en", "Privacy")] {
        let page = get(&world, &format!("/legal/privacy?lang={language}")).await.body;
        for part in [title, "Ville *de* Ville, 1 place de la Mairie", "<td>41</td>"] {
            assert!(page.contains(part), "{part} is missing in {page}");
        }
    }
    let statement = get(&world, "/legal/accessibility?lang=fr").await.body;
    assert!(statement.contains("<strong>non conformes</strong>"), "{statement}");
    let record: Value =
        serde_json::from_str(include_str!("../../../../docs/legal/tested.json")).unwrap();
    let states = record["states"].as_array().unwrap().len();
    assert!(statement.contains(&format!(" de {states} états")), "{statement}");
    assert!(!statement.contains("{{"), "{statement}");
    world.set(|settings| settings.identity.shows_legal_pages = false).await;
    assert_eq!(get(&world, "/legal/privacy").await.status.as_u16(), 404);
    assert!(!get(&world, "/").await.body.contains("/legal/"));
}

/// The refusal of a setting.
fn refused(text: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("letaxi.toml");
    std::fs::write(&file, text).unwrap();
    let error = Settings::load(Some(&file), [], []).expect_err(text).to_string();
    error.replace(&file.display().to_string(), "letaxi.toml")
}

#[test]
fn bad_values_are_refused_with_what_would_be_right() {
    for (text, says) in [
        (
            "name = \"\"",
            "letaxi.toml: name is \"\", but it must be a text of 1 to 60 characters on one line",
        ),
        ("name = \"a\\nb\"", "but it must be a text of 1 to 60 characters on one line"),
        (
            "logo = \"no/such.svg\"",
            "letaxi.toml: logo is \"no/such.svg\", but it must be the path of an SVG, PNG, JPEG or WebP file",
        ),
        (
            "colour = \"#000091\"",
            "letaxi.toml: colour is \"#000091\", but it must be a colour as #rrggbb with a contrast of at least 3 on light and on dark pages",
        ),
        ("colour = \"green\"", "such as #1f8a55"),
        (
            "contact = \"call us\"",
            "letaxi.toml: contact is \"call us\", but it must be an e-mail address or an http or https URL",
        ),
        (
            "controller = 5",
            "letaxi.toml: controller is 5, but it must be a text of 1 to 300 characters on one line",
        ),
        (
            "legal_pages = \"no\"",
            "letaxi.toml: legal_pages is \"no\", but it must be true or false",
        ),
    ] {
        let error = refused(text);
        assert!(error.contains(says), "{error}\nshould contain\n{says}");
    }
}
