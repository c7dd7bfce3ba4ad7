//! Imports of territory from the console: files are previewed, then exactly these are put in place.

use axum::http::Method;
use letaxi::api::upload::{MOST_FILES, MOST_MIB_OF_OTHERS};
use letaxi::app::territory::import::Rules;
use registry::Role;
use serde_json::{Value, json};
use storage::territory_rows::TerritoryImport;

use crate::world::{Answer, Call, Engine, World, key_of};

/// Content type of [`form`].
pub(crate) const FORM: &str = "multipart/form-data; boundary=----letaxi";

const PREVIEW: &str = "/v1/territory/preview";

/// Files as a browser sends them.
pub(crate) fn form(files: &[(&str, &str)]) -> String {
    let files: Vec<_> = files.iter().map(|(name, text)| (*name, text.as_bytes())).collect();
    String::from_utf8(form_of_bytes(&files)).unwrap()
}

fn form_of_bytes(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut form = Vec::new();
    for (name, content) in files {
        let head = format!(
            "------letaxi\r\nContent-Disposition: form-data; name=\"files\"; filename=\"{name}\"\r\n\r\n"
        );
        form.extend(head.as_bytes());
        form.extend(*content);
        form.extend(b"\r\n");
    }
    form.extend(b"------letaxi--\r\n");
    form
}

/// The query of the import that was previewed.
pub(crate) fn wish_of(preview: &Answer) -> String {
    let preview = &preview.json()["data"][0];
    let digest = preview["digest"].as_str().unwrap();
    format!("version={}&digest={digest}", preview["version"])
}

fn call(path: &str) -> Call {
    let (key, content_type) = (Some(key_of("admin")), Some(FORM.to_owned()));
    Call { key, method: Method::POST, path: path.to_owned(), content_type, ..Call::default() }
}

async fn send(world: &World, path: &str, files: &[(&str, &str)]) -> Answer {
    world.call(&Call { body: form(files), ..call(path) }).await
}

async fn in_french(world: &World, path: &str, files: &[(&str, &[u8])]) -> Answer {
    let headers = vec![("accept-language", "fr".to_owned())];
    world.answer_bytes(&Call { headers, ..call(path) }, &form_of_bytes(files)).await
}

/// The one sentence of a refusal.
fn sentence(answer: &Answer) -> String {
    answer.json()["errors"][""][0].as_str().unwrap().to_owned()
}

async fn world(engine: Engine) -> World {
    let mut world = World::new(engine).await;
    world.account("admin", &[Role::Admin]).await;
    world.land(|land| land.town("75056", "Paris", [2.2, 48.8, 2.5, 48.9])).await;
    world
}

async fn revision(world: &World) -> i64 {
    world.store().territory_revision().await.unwrap()
}

/// Puts a rank in place, as the command line does.
async fn import_meanwhile(world: &World) {
    let import = TerritoryImport { stations: Some(Vec::new()), ..TerritoryImport::default() };
    let import = TerritoryImport { approximate: true, ..import };
    world.app.import_territory_by(Rules::default(), import, &|_| {}).await.unwrap();
}

const ZONE: &str =
    "id: 11111111-aaaa-4aaa-8aaa-000000000001\r\nname: Zone é\r\nallowed:\r\n  '75056': Paris\r\n";
const STATIONS: &str = "\u{feff}id;nom;insee;geopoint;adresse;emplacements;no_appel;info\r\n75056-T-001;Gare;75056;\"2.35, 48.86\";;4;;\r\n";
const LICENCES: &str = "insee;numero\n75056;1\n75056;2\n";
/// As a browser names the files of a chosen folder.
const FOLDER: [(&str, &str); 4] = [
    ("mine/zupc/paris/zone.yaml", ZONE),
    ("mine/stations.csv", STATIONS),
    ("mine/ads.csv", LICENCES),
    ("mine/users.json", "no JSON at all"),
];

async fn what_was_previewed_is_put_in_place(engine: Engine) {
    let world = world(engine).await;
    let before = revision(&world).await;
    let preview = send(&world, PREVIEW, &FOLDER).await;
    assert_eq!(preview.status, 200, "{preview:?}");
    assert_eq!(revision(&world).await, before, "a preview stores nothing");
    let seen = &preview.json()["data"][0];
    assert_eq!((&seen["stored"], &seen["faults_count"]), (&json!(false), &json!(0)), "{seen}");
    assert_eq!(
        seen["warnings"],
        json!([{"file": "users.json", "line": null, "field": "",
            "text": "ignored: the command `letaxi import` imports accounts"}])
    );
    let part = |part: &str, added: usize, names: Value| {
        json!({"part": part, "before": 0, "added": added, "changed": 0, "removed": 0,
            "unchanged": 0, "added_names": names, "changed_names": [], "removed_names": []})
    };
    let parts = json!([
        part("zones", 1, json!(["Zone é"])),
        part("ranks", 1, json!(["75056-T-001 Gare"])),
        part("licences", 2, json!(["75056 1", "75056 2"])),
    ]);
    assert_eq!(seen["parts"], parts);

    // The order of the files does not matter.
    let mut shuffled = FOLDER;
    shuffled.reverse();
    let path = format!("/v1/territory/import?{}", wish_of(&preview));
    let stored = send(&world, &path, &shuffled).await;
    assert_eq!(stored.status, 200, "{stored:?}");
    let stored = &stored.json()["data"][0];
    assert_eq!((&stored["stored"], &stored["parts"]), (&json!(true), &parts));
    let land = world.store().territory().await.unwrap();
    assert_eq!((land.towns.len(), land.zones.len(), land.stations.len()), (1, 1, 1));
    assert_eq!(world.store().listed_licences(None).await.unwrap().len(), 2);
    assert!(revision(&world).await > before);

    let log = Call { method: Method::GET, content_type: None, ..call("/activity_logs") };
    let log = world.call(&log).await.json();
    let line = log["data"].as_array().unwrap().iter().find(|line| line["action"] == "import");
    let extra = json!({"parts": "zones, stations, licences", "digest": seen["digest"]});
    assert_eq!(line.unwrap()["extra"], extra);

    let again = send(&world, &path, &FOLDER).await;
    assert_eq!(again.status, 409, "the version is another one: {again:?}");
    world.close().await;
}

#[tokio::test]
async fn what_was_previewed_is_put_in_place_on_sqlite() {
    what_was_previewed_is_put_in_place(Engine::Sqlite).await;
}

#[tokio::test]
async fn what_was_previewed_is_put_in_place_on_postgres() {
    what_was_previewed_is_put_in_place(Engine::Postgres).await;
}

#[tokio::test]
async fn other_files_and_another_territory_need_another_preview() {
    let world = world(Engine::Sqlite).await;
    let wish = wish_of(&send(&world, PREVIEW, &FOLDER).await);
    let path = format!("/v1/territory/import?{wish}");
    let changed = "The files or their options are not those of the preview: preview them again.";
    let mut other = FOLDER;
    other[0].0 = "mine/zupc/other/zone.yaml";
    for refused in [
        send(&world, &path, &FOLDER[..3]).await,
        send(&world, &path, &other).await,
        send(&world, &format!("{path}&skip_faulty=true"), &FOLDER).await,
    ] {
        assert_eq!((refused.status.as_u16(), sentence(&refused).as_str()), (409, changed));
    }
    import_meanwhile(&world).await;
    let now = revision(&world).await;
    let refused = send(&world, &path, &FOLDER).await;
    let changed = "The territory has changed since the preview: preview the files again.";
    assert_eq!((refused.status.as_u16(), sentence(&refused).as_str()), (409, changed));
    assert_eq!(revision(&world).await, now);
    assert!(world.store().listed_licences(None).await.unwrap().is_empty());
}

#[tokio::test]
async fn an_import_that_takes_much_away_needs_a_word() {
    let world = world(Engine::Sqlite).await;
    let preview = send(&world, PREVIEW, &FOLDER).await;
    send(&world, &format!("/v1/territory/import?{}", wish_of(&preview)), &FOLDER).await;
    let header = STATIONS.lines().next().unwrap();
    let none = [("stations.csv", header)];
    let preview = in_french(&world, PREVIEW, &[("stations.csv", header.as_bytes())]).await;
    let objections = &preview.json()["data"][0]["objections"];
    assert_eq!(objections, &json!(["stations : 1 éléments sur 1 seraient retirés"]));
    let path = format!("/v1/territory/import?{}", wish_of(&preview));
    let refused = send(&world, &path, &none).await;
    let sentence_of =
        "The import takes away much of what is there: say `replace` if that is right.";
    assert_eq!((refused.status.as_u16(), sentence(&refused).as_str()), (409, sentence_of));
    assert_eq!(world.store().territory().await.unwrap().stations.len(), 1);
    let stored = send(&world, &format!("{path}&replace=true"), &none).await;
    assert_eq!(stored.status, 200, "{stored:?}");
    assert!(world.store().territory().await.unwrap().stations.is_empty());
}

#[tokio::test]
async fn complaints_are_told_by_file_and_line_in_the_readers_language() {
    let world = world(Engine::Sqlite).await;
    let before = revision(&world).await;
    let positions = vec!["[2.35,48.86]"; 1_000_000].join(",");
    let large = format!(
        r#"{{"type":"Feature","id":"a","properties":{{"name":"Large"}},"geometry":{{"type":"Polygon","coordinates":[[{positions}]]}}}}"#
    );
    let zone = ZONE.replace("75056", "75101");
    let files: [(&str, &[u8]); 4] = [
        ("stations.csv", b"id;nom\n"),
        ("ads.csv", b"insee;numero\n75056;1\nPARIS;\xe9\n"),
        ("zupc/a/zone.yaml", zone.as_bytes()),
        ("exclusions/large.geojson", large.as_bytes()),
    ];
    let preview = in_french(&world, PREVIEW, &files).await;
    assert_eq!(preview.status, 200, "{preview:?}");
    assert_eq!(preview.headers["content-language"], "fr");
    let seen = &preview.json()["data"][0];
    let told = seen["faults"].as_array().unwrap().iter();
    let told: Vec<_> = told
        .map(|fault| {
            (
                fault["file"].clone(),
                fault["line"].clone(),
                fault["text"].as_str().unwrap().to_owned(),
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            (json!("zupc/a/zone.yaml"), json!(4), "la commune 75101 Paris (un arrondissement de 75056 : donnez ce code) est inconnue, comme toutes les autres de cette zone".to_owned()),
            (json!("exclusions/large.geojson"), json!(1), "a 1000002 points, pour un maximum de 20000 : simplifiez ce contour".to_owned()),
            (json!("stations.csv"), json!(1), "il manque insee, geopoint, adresse, emplacements, no_appel, info ; les colonnes sont id, nom, insee, geopoint, adresse, emplacements, no_appel, info".to_owned()),
            (json!("ads.csv"), json!(3), "n’est pas du texte en UTF-8 : enregistrez-le avec cet encodage".to_owned()),
        ]
    );
    assert_eq!((&seen["faults_count"], &seen["parts"]), (&json!(4), &json!([])));
    let path = format!("/v1/territory/import?{}", wish_of(&preview));
    let refused = in_french(&world, &path, &files).await;
    let says = "Les fichiers ont des défauts, rien n'a été importé : refaites l'aperçu pour en voir la liste.";
    assert_eq!((refused.status.as_u16(), sentence(&refused).as_str()), (409, says));
    assert_eq!(revision(&world).await, before);
}

#[tokio::test]
async fn a_file_of_the_server_is_out_of_reach() {
    let world = world(Engine::Sqlite).await;
    let zone = "id: 11111111-aaaa-4aaa-8aaa-000000000001\nname: Zone\nfeature: /etc/passwd\n";
    let preview = send(&world, PREVIEW, &[("zupc/a/zone.yaml", zone)]).await;
    let text = &preview.json()["data"][0]["faults"][0]["text"];
    assert_eq!(text, "there is no file `/etc/passwd` beside this one");
}

#[tokio::test]
async fn hostile_files_are_refused_with_a_sentence_and_change_nothing() {
    let world = world(Engine::Sqlite).await;
    let before = revision(&world).await;
    let large = vec![b'x'; MOST_MIB_OF_OTHERS * 1024 * 1024 + 1];
    let many: Vec<_> = (0..=MOST_FILES).map(|number| format!("{number}.txt")).collect();
    let many: Vec<(&str, &[u8])> = many.iter().map(|name| (name.as_str(), &b"x"[..])).collect();
    for (files, status, says) in [
        (&[("ads.csv", large.as_slice())][..], 413, "`ads.csv` dépasse 8 Mio."),
        (&many, 413, "Il y a plus de 2000 fichiers."),
        (
            &[("../ads.csv", b"x")],
            400,
            "`../ads.csv` n'est pas le nom d'un fichier dans un dossier, comme zupc/lyon/zone.yaml.",
        ),
        (
            &[("/etc/ads.csv", b"x")],
            400,
            "`/etc/ads.csv` n'est pas le nom d'un fichier dans un dossier, comme zupc/lyon/zone.yaml.",
        ),
        (
            &[("ads.csv", b"x"), ("ads.csv", b"y")],
            400,
            "`ads.csv` est envoyé deux fois, ou est aussi un dossier.",
        ),
        (
            &[("ads.csv", b"x"), ("ads.csv/a", b"y")],
            400,
            "`ads.csv/a` est envoyé deux fois, ou est aussi un dossier.",
        ),
        (&[], 400, "Il n'y a aucun fichier dans le formulaire."),
    ] {
        let refused = in_french(&world, PREVIEW, files).await;
        assert_eq!((refused.status.as_u16(), sentence(&refused)), (status, says.to_owned()));
    }
    let broken_off = form(&FOLDER);
    let body = broken_off[..broken_off.len() / 2].to_owned();
    let refused = world.call(&Call { body, ..call(PREVIEW) }).await;
    let says = "The form with the files cannot be read: it may have broken off.";
    assert_eq!((refused.status.as_u16(), sentence(&refused).as_str()), (400, says));
    let content_type = Some("application/json".to_owned());
    let refused = world.call(&Call { content_type, body: "{}".into(), ..call(PREVIEW) }).await;
    let says = "Send the files with a form: the Content-Type is multipart/form-data.";
    assert_eq!((refused.status.as_u16(), sentence(&refused).as_str()), (415, says));
    let refused = send(&world, "/v1/territory/import?version=1&digest=x", &FOLDER).await;
    assert_eq!(refused.status, 400, "{refused:?}");
    assert_eq!(revision(&world).await, before);
}

#[tokio::test]
async fn one_import_is_read_at_a_time() {
    let world = world(Engine::Sqlite).await;
    let permit = world.app.import_permit();
    let refused = send(&world, PREVIEW, &FOLDER).await;
    let says = "Another import is being read: try again when it is over.";
    assert_eq!((refused.status.as_u16(), sentence(&refused).as_str()), (409, says));
    drop(permit);
    assert_eq!(send(&world, PREVIEW, &FOLDER).await.status, 200);
}
