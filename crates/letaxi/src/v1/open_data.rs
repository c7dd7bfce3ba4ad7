//! `GET /v1/open-data`, `GET /v1/open-data/:file`: data for everyone, without a key, and their catalogue.
//!
//! The catalogue is made of the same declarations as the files ([DCAT-AP](https://semiceu.github.io/DCAT-AP/), as
//! JSON-LD). Titles are French, for the portals that read them.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use geojson::{Geometry, GeometryValue};
use serde_json::{Value, json};
use territory::{InseeCode, Station};

use crate::api::published::published;
use crate::api::route::Route;
use crate::api::shapes::{RankFeature, ranks_csv, shape_value};
use crate::app::App;
use crate::app::documents::document::Document;
use crate::app::figures::public::{Licences, PublicFigures, SHOWN_FROM};
use crate::app::territory::places::Places;
use crate::server::refusal::Error;

/// Licence of all open data.
const LICENCE: &str = "https://www.etalab.gouv.fr/licence-ouverte-open-licence/";
/// Time for which readers may keep the catalogue and data that change with an import, in seconds.
const HOUR_S: u32 = 3_600;
/// Time for which readers may keep live data, in seconds.
const MINUTE_S: u32 = 60;
const GEOJSON: &str = "application/geo+json";
const JSON: &str = "application/json";

/// Name of the registry.
type Publisher<'a> = &'a str;

/// A file of open data.
struct Dataset {
    /// Name, below `/v1/open-data/`.
    file: &'static str,
    title: &'static str,
    about: &'static str,
    content_type: &'static str,
    /// Address of the schema that it conforms to, if there is one.
    schema: Option<&'static str>,
    /// Word of the European vocabulary of frequencies.
    frequency: &'static str,
    content: Content,
}

enum Content {
    /// Changes with an import of the territory.
    Territory(fn(&Places, Publisher<'_>) -> Vec<u8>),
    /// Changes each minute.
    Minute(fn(&App, Publisher<'_>) -> Vec<u8>),
    /// Public figures: change each month, and with imports of lists of licences.
    Figures(fn(&PublicFigures, Publisher<'_>) -> Vec<u8>),
}

const DATASETS: [Dataset; 6] = [
    Dataset {
        file: "taxi-ranks.csv",
        title: "Stations de taxi (CSV)",
        about: "Stations de taxi à usage public, au schéma stationstaxi 0.1.2.",
        content_type: "text/csv; charset=utf-8",
        schema: Some("https://github.com/openmaraude/schema-stationstaxi/raw/v0.1.2/schema.json"),
        frequency: "IRREG",
        content: Content::Territory(|places, _| {
            ranks_csv(ranks(places)).expect("memory takes what is written")
        }),
    },
    Dataset {
        file: "taxi-ranks.geojson",
        title: "Stations de taxi (GeoJSON)",
        about: "Stations de taxi à usage public, au schéma stationstaxi-json.",
        content_type: GEOJSON,
        schema: Some("https://github.com/openmaraude/schema-stationtaxi-json"),
        frequency: "IRREG",
        content: Content::Territory(|places, publisher| {
            collection(places, publisher, ranks(places).map(|rank| json!(RankFeature::new(rank))))
        }),
    },
    Dataset {
        file: "zones.geojson",
        title: "Zones uniques de prise en charge (ZUPC)",
        about: "Contours des ZUPC, communes qui s'y partagent leurs taxis, et dates de leurs arrêtés, si elles sont \
                connues.",
        content_type: GEOJSON,
        schema: None,
        frequency: "IRREG",
        content: Content::Territory(zones),
    },
    Dataset {
        file: "towns.geojson",
        title: "Communes",
        about: "Communes en vigueur, chacune par un point de son territoire, avec leurs ZUPC. Leurs contours \
                sont publiés par l'IGN.",
        content_type: GEOJSON,
        schema: None,
        frequency: "IRREG",
        content: Content::Territory(towns),
    },
    Dataset {
        file: "free-taxis.json",
        title: "Taxis libres par commune de l'ADS, en temps réel",
        about: "Nombre de taxis connectés et libres par commune de leur ADS, à la minute ; les nombres \
                inférieurs à 10 sont masqués, zéro compris.",
        content_type: JSON,
        schema: None,
        frequency: "UPDATE_CONT",
        content: Content::Minute(free_taxis),
    },
    Dataset {
        file: "public-figures.json",
        title: "Indicateurs publics du registre",
        about: "Nombre de groupements et d'éditeurs d'applications, part des ADS enregistrées par métropole et par \
                mois, croissance des courses.",
        content_type: JSON,
        schema: None,
        frequency: "MONTHLY",
        content: Content::Figures(public_figures),
    },
];

/// Routes of open data.
pub(super) fn routes() -> Vec<Route> {
    let object = || json!({"type": "object"});
    vec![
        Route::new(
            "GET /v1/open-data",
            get_catalogue,
            ["Catalogue of open data (DCAT-AP)", "Catalogue des données ouvertes (DCAT-AP)"],
        )
        .answers_with(200, "A catalogue as JSON-LD.", "application/ld+json", object),
        Route::new(
            "GET /v1/open-data/{file}",
            get_file,
            ["Get a file of open data", "Télécharger un fichier de données ouvertes"],
        )
        .of("The file, as the catalogue names it.")
        .answers_with(200, "The file.", "application/octet-stream", || json!({})),
    ]
}

/// The catalogue.
async fn get_catalogue(State(app): State<Arc<App>>, headers: HeaderMap) -> Response {
    let catalogue = catalogue(&app.settings().identity.name);
    let document = Document::new(catalogue.to_string().into_bytes());
    published(&headers, document, "application/ld+json", HOUR_S)
}

/// A file of open data.
async fn get_file(
    State(app): State<Arc<App>>,
    Path(file): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Error> {
    let missing = || Error::of_url(StatusCode::NOT_FOUND, "There is no such file.");
    let dataset = DATASETS.iter().find(|dataset| dataset.file == file).ok_or_else(missing)?;
    let publisher = app.settings().identity.name.clone();
    let (max_age_s, make): (_, Box<dyn FnOnce() -> Document + Send>) = match dataset.content {
        Content::Territory(make) => {
            let make = move |places: &Places| make(places, &publisher);
            (HOUR_S, Box::new(move || app.document_of_territory(dataset.file, make)))
        }
        Content::Minute(make) => {
            let make = move |app: &App| make(app, &publisher);
            (MINUTE_S, Box::new(move || app.document_of_minute(dataset.file, make)))
        }
        Content::Figures(make) => {
            let make = |figures: &PublicFigures| make(figures, &publisher);
            let document = app.document_of_figures(dataset.file, make).await?;
            return Ok(published(&headers, document, dataset.content_type, HOUR_S));
        }
    };
    // The first call after an import joins hundreds of borders.
    let document = tokio::task::spawn_blocking(make).await;
    let document = document.map_err(|error| Error::broken(&error))?;
    Ok(published(&headers, document, dataset.content_type, max_age_s))
}

fn catalogue(publisher: Publisher<'_>) -> Value {
    let french = |text: &str| json!({"@value": text, "@language": "fr"});
    let publisher = json!({"@type": "foaf:Organization", "foaf:name": publisher});
    let licence = json!({"@id": LICENCE});
    let spatial = json!({"@id": "http://publications.europa.eu/resource/authority/country/FRA"});
    let datasets = DATASETS.iter().map(|dataset| {
        let address = format!("/v1/open-data/{}", dataset.file);
        let frequency = format!(
            "http://publications.europa.eu/resource/authority/frequency/{}",
            dataset.frequency
        );
        let media_type = dataset.content_type.split(';').next().unwrap_or_default();
        let mut described = json!({
            "@id": format!("{address}#dataset"),
            "@type": "dcat:Dataset",
            "dct:title": french(dataset.title),
            "dct:description": french(dataset.about),
            "dct:publisher": publisher,
            "dct:spatial": spatial,
            "dct:accrualPeriodicity": {"@id": frequency},
            "dcat:distribution": [{
                "@id": address,
                "@type": "dcat:Distribution",
                "dct:title": french(dataset.title),
                "dcat:accessURL": {"@id": address},
                "dcat:downloadURL": {"@id": address},
                "dcat:mediaType": media_type,
                "dct:license": licence,
            }],
        });
        if let Some(schema) = dataset.schema {
            described["dct:conformsTo"] = json!({"@id": schema});
            described["dcat:distribution"][0]["dct:conformsTo"] = json!({"@id": schema});
        }
        described
    });
    json!({
        "@context": {
            "dcat": "http://www.w3.org/ns/dcat#",
            "dct": "http://purl.org/dc/terms/",
            "foaf": "http://xmlns.com/foaf/0.1/",
        },
        "@id": "/v1/open-data",
        "@type": "dcat:Catalog",
        "dct:title": french("Données ouvertes du registre de disponibilité des taxis"),
        "dct:description": french("Stations de taxi, ZUPC, communes, taxis libres et indicateurs."),
        "dct:publisher": publisher,
        "dct:license": licence,
        "dct:spatial": spatial,
        "dct:language": {"@id": "http://publications.europa.eu/resource/authority/language/FRA"},
        "dcat:dataset": datasets.collect::<Vec<_>>(),
    })
}

/// The ranks whose ids the schema allows.
fn ranks(places: &Places) -> impl Iterator<Item = &Station> {
    places.stations.iter().filter(|station| territory::is_schema_id(&station.id))
}

/// A GeoJSON collection, with the licence and the import of the territory.
fn collection(
    places: &Places,
    publisher: Publisher<'_>,
    features: impl Iterator<Item = Value>,
) -> Vec<u8> {
    let collection = json!({
        "type": "FeatureCollection",
        "licence": LICENCE,
        "producteur": publisher,
        "import": places.revision(),
        "features": features.collect::<Vec<_>>(),
    });
    collection.to_string().into_bytes()
}

fn zones(places: &Places, publisher: Publisher<'_>) -> Vec<u8> {
    let zones = places.territory.zones().iter().zip(places.zone_shapes());
    let features = zones.map(|(zone, shape)| {
        json!({
            "type": "Feature",
            "id": zone.id,
            "geometry": shape_value(shape),
            "properties": {
                "id": zone.id,
                "nom": zone.name,
                "insee": zone.towns.iter().map(InseeCode::as_str).collect::<Vec<_>>(),
                "in_force_since": zone.in_force.since,
                "in_force_until": zone.in_force.until,
            },
        })
    });
    collection(places, publisher, features)
}

fn towns(places: &Places, publisher: Publisher<'_>) -> Vec<u8> {
    let features = places.territory.towns().iter().filter_map(|town| {
        let inside = places.point_in(std::iter::once(town.code))?;
        let zones = places.territory.zones_of(town.code).map(|zone| zone.id.as_str());
        Some(json!({
            "type": "Feature",
            "id": town.code.as_str(),
            "geometry": Geometry::new(GeometryValue::new_point([inside.lon, inside.lat])),
            "properties": {
                "insee": town.code.as_str(),
                "nom": town.name,
                "zupc": zones.collect::<Vec<_>>(),
            },
        }))
    });
    collection(places, publisher, features)
}

fn free_taxis(app: &App, publisher: Publisher<'_>) -> Vec<u8> {
    let minute = app.now().format("%Y-%m-%dT%H:%MZ").to_string();
    let towns = app.free_taxis_by_town().into_iter().filter(|(_, taxis)| *taxis >= SHOWN_FROM);
    let towns = towns.map(|(town, taxis)| json!({"insee": town.as_str(), "taxis_libres": taxis}));
    let document = json!({
        "licence": LICENCE,
        "producteur": publisher,
        "minute": minute,
        "minimum": SHOWN_FROM,
        "communes": towns.collect::<Vec<_>>(),
    });
    document.to_string().into_bytes()
}

/// The figures of `GET /stats/letaxi`, with the licences of which the shares are.
fn public_figures(figures: &PublicFigures, publisher: Publisher<'_>) -> Vec<u8> {
    let by_town = |of: &[(&'static str, f64)]| {
        let towns = of.iter().map(|(town, percent)| ((*town).to_owned(), json!(percent)));
        Value::Object(towns.collect())
    };
    let shares = figures.connected_percent.iter().map(|(month, percents)| {
        json!({"mois": month.format("%Y-%m").to_string(), "pourcentages": by_town(percents)})
    });
    let document = json!({
        "licence": LICENCE,
        "producteur": publisher,
        "groupements": figures.groups,
        "editeurs": figures.publishers,
        "metropoles": figures.licences.iter().map(metropolis).collect::<Vec<_>>(),
        "part_ads_enregistrees": shares.collect::<Vec<_>>(),
        "croissance_courses": by_town(&figures.growth_percent),
    });
    document.to_string().into_bytes()
}

fn metropolis(licences: &Licences) -> Value {
    let source = if licences.listed_by.is_empty() { "Mes ADS" } else { "listes des communes" };
    json!({
        "nom": licences.town.word,
        "insee": licences.town.code,
        "ads": licences.number,
        "source_ads": source,
        "communes_ads": licences.listed_by.iter().map(InseeCode::as_str).collect::<Vec<_>>(),
    })
}
