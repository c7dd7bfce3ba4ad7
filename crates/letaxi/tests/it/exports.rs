//! Exports: over HTTP and by the command line, and what they refuse.

use std::collections::BTreeMap;
use std::fs;
use std::io::Read;
use std::path::Path;
use std::process::{Command, Output};

use axum::http::Method;
use flate2::read::GzDecoder;
use registry::{AccountId, Role};
use serde_json::{Value, json};
use storage::figures::SearchRecord;
use territory::Point;

use crate::world::{Answer, Call, Engine, NewTaxi, World, key_of, secret_file};

/// A registry with two taxis and a hail of each; all of it in February 2024.
async fn busy(world: &mut World) {
    for (name, role) in [("admin", Role::Admin), ("op", Role::Operator), ("app", Role::Client)] {
        world.account(name, &[role]).await;
    }
    world.land(|land| land.town("75056", "Paris", [2.2, 48.8, 2.5, 48.9])).await;
    for name in ["T1", "T2"] {
        let at = [2.35, 48.86];
        let new = NewTaxi { name, town: None, plate: None, free: true, at: Some(at) };
        let taxi = world.taxi("op", &new).await;
        world.hail("app", &taxi, at).await;
    }
}

async fn get(world: &World, path: &str) -> Answer {
    let (key, path) = (Some(key_of("admin")), path.to_owned());
    world.call(&Call { key, method: Method::GET, path, ..Call::default() }).await
}

/// Rows of a packed CSV, by the names of its columns.
fn rows(packed: &[u8]) -> Vec<Value> {
    let mut text = String::new();
    GzDecoder::new(packed).read_to_string(&mut text).unwrap();
    let mut lines = csv::Reader::from_reader(text.as_bytes());
    lines
        .deserialize()
        .map(Result::unwrap)
        .map(|row: BTreeMap<String, String>| json!(row))
        .collect()
}

async fn exported(world: &World, table: &str) -> Vec<Value> {
    let path = format!("/v1/exports/{table}?month=2024-02&format=csv&purpose=quality");
    let answer = get(world, &path).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    rows(&answer.bytes)
}

async fn an_export_tells_of_taxis_and_not_of_persons(engine: Engine) {
    let mut world = World::new(engine).await;
    busy(&mut world).await;
    let hails = exported(&world, "hails").await;
    assert_eq!(hails.len(), 2);
    let taxis = exported(&world, "taxis").await;
    for hail in &hails {
        let taxi = taxis.iter().find(|taxi| taxi["taxi"] == hail["taxi"]).unwrap();
        for part in ["driver", "vehicle", "ads"] {
            assert_eq!(hail[part], taxi[part], "{part}");
        }
        assert_eq!(hail["made_at"], "2024-02-29T12:00:00Z");
        assert_eq!(hail["town"], "75056");
        assert_eq!(hail["cell"].as_str().unwrap().len(), 15);
    }
    assert_ne!(hails[0]["taxi"], hails[1]["taxi"]);
    assert_eq!(exported(&world, "drivers").await[1]["driver"], taxis[1]["driver"]);
    assert_eq!(exported(&world, "vehicles").await[1]["vehicle"], taxis[1]["vehicle"]);
    assert_eq!(exported(&world, "ads").await[1]["ads"], taxis[1]["ads"]);
    let told = format!("{hails:?}{taxis:?}{:?}", exported(&world, "drivers").await);
    // The customer, their phone, the driver's card, the plate, the number of the licence, and the place.
    for secret in ["rivoli", "0611223344", "driver-T1", "T1-TAXI", "ads-T1", "2.35", "48.86"] {
        assert!(!told.contains(secret), "{secret}: {told}");
    }
    // A search is written behind.
    world.tick().await;
    let searches = exported(&world, "searches").await;
    assert!(searches.is_empty(), "{searches:?}");
}

#[tokio::test]
async fn an_export_tells_of_taxis_and_not_of_persons_on_sqlite() {
    an_export_tells_of_taxis_and_not_of_persons(Engine::Sqlite).await;
}

#[tokio::test]
async fn an_export_tells_of_taxis_and_not_of_persons_on_postgres() {
    an_export_tells_of_taxis_and_not_of_persons(Engine::Postgres).await;
}

#[tokio::test]
async fn the_activity_log_has_each_export_with_its_purpose() {
    let mut world = World::new(Engine::Sqlite).await;
    busy(&mut world).await;
    let answer = get(&world, "/v1/exports/hails?month=2024-02&purpose=waiting+times").await;
    assert_eq!(answer.content_type, "application/vnd.apache.parquet");
    assert_eq!(
        answer.headers["content-disposition"],
        "attachment; filename=\"hails-2024-02.parquet\""
    );
    assert_eq!((&answer.bytes[..4], answer.bytes.last_chunk()), (&b"PAR1"[..], Some(b"PAR1")));
    let log = get(&world, "/activity_logs?resource=user").await.json();
    let lines = log["data"].as_array().unwrap();
    let line = lines.iter().find(|line| line["action"] == "export").unwrap();
    assert_eq!(line["resource_id"], world.account_id("admin").to_string());
    let extra = json!({"table": "hails", "month": "2024-02", "purpose": "waiting times"});
    assert_eq!(line["extra"], extra);
}

#[tokio::test]
async fn a_third_export_at_once_is_told_to_wait() {
    let mut world = World::new(Engine::Sqlite).await;
    busy(&mut world).await;
    let under_way = [world.app.export_permit().unwrap(), world.app.export_permit().unwrap()];
    let path = "/v1/exports/hails?month=2024-02&purpose=quality";
    let answer = get(&world, path).await;
    assert_eq!(
        (answer.status.as_u16(), answer.headers["retry-after"].as_bytes()),
        (429, &b"60"[..])
    );
    drop(under_way);
    assert_eq!(get(&world, path).await.status, 200);
    // The permit came back at the end of the answer.
    assert_eq!(get(&world, path).await.status, 200);
    assert_eq!(get(&world, path).await.status, 200);
}

/// Runs the program in a folder, on the database there.
fn letaxi(folder: &Path, program: &mut Command) -> Output {
    let database = format!("sqlite://{}", folder.join("export.db").display());
    program
        .current_dir(folder)
        .env("LETAXI_DATABASE", database)
        .env("LETAXI_SECRET_KEY_FILE", secret_file())
        .env_remove("RUST_LOG")
        .output()
        .unwrap()
}

fn export(folder: &Path, arguments: &[&str]) -> (bool, String) {
    let mut program = Command::new(env!("CARGO_BIN_EXE_letaxi"));
    let output = letaxi(folder, program.arg("export").args(arguments));
    (output.status.success(), String::from_utf8(output.stderr).unwrap())
}

/// A folder with a database that holds these searches of February 2024.
async fn searched(count: u32) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let mut world =
        World::at(&format!("sqlite://{}", folder.path().join("export.db").display())).await;
    busy(&mut world).await;
    let searches: Vec<_> = (0..count)
        .map(|n| SearchRecord {
            at: world.app.now(),
            account: AccountId(3),
            point: Point::new(2.0 + f64::from(n * 7919 % 10_000) / 1e4, 48.5).unwrap(),
            town: "75056".parse().unwrap(),
            found: i32::try_from(n % 40).unwrap(),
            seen: 3,
            nearest_m: Some(f64::from(n * 104_729 % 1_000)),
        })
        .collect();
    world.store.record_searches(&searches, &[], &[]).await.unwrap();
    world.close().await;
    folder
}

#[tokio::test]
async fn the_command_writes_every_table_and_describes_it() {
    let folder = searched(3_000).await;
    let month = ["--month", "2024-02", "--purpose", "quality", "--format", "parquet,csv,ndjson"];
    let (well, said) = export(folder.path(), &[&["out"][..], &month].concat());
    assert!(well, "{said}");
    let out = folder.path().join("out");
    let package: Value =
        serde_json::from_slice(&fs::read(out.join("datapackage.json")).unwrap()).unwrap();
    let resources = package["resources"].as_array().unwrap();
    assert_eq!(resources.len(), 7 * 3);
    for resource in resources {
        let file = out.join(resource["path"].as_str().unwrap());
        assert_eq!(fs::metadata(&file).unwrap().len(), resource["bytes"], "{file:?}");
        assert_eq!(
            (&resource["purpose"], &resource["complete"]),
            (&"quality".into(), &true.into())
        );
    }
    // Nothing but these files: no draft is left.
    assert_eq!(fs::read_dir(&out).unwrap().count(), 7 * 3 + 1);
    let searches = rows(&fs::read(out.join("searches-2024-02.csv.gz")).unwrap());
    assert_eq!(searches.len(), 3_000);
    let told: Vec<_> = resources.iter().filter(|one| one["rows"] == 3_000).collect();
    assert_eq!(told.len(), 3, "searches in each format");
}

#[tokio::test]
async fn the_command_refuses_what_cannot_be() {
    let folder = searched(1).await;
    let refused = |arguments: &[&str], why: &str| {
        let (well, said) = export(folder.path(), arguments);
        assert!(!well && said.contains(why), "{arguments:?}: {said}");
    };
    refused(&["out"], "--purpose");
    refused(&["out", "--purpose", " "], "--purpose is empty");
    refused(&["out", "--purpose", "x", "--month", "2024-13"], "give it as 2026-10");
    let early = "there is no data of 2024-01: the registry has the months from 2024-02 to";
    refused(&["out", "--purpose", "x", "--month", "2024-01"], early);
    refused(&["out", "--purpose", "x", "--format", "xlsx"], "parquet, csv, ndjson");
    refused(&["out", "--purpose", "x", "--table", "customers"], "there is no table");
    assert!(!folder.path().join("out").exists());
}

#[tokio::test]
async fn a_full_disk_leaves_no_half_file() {
    let folder = searched(20_000).await;
    let out = folder.path().join("out");
    fs::create_dir(&out).unwrap();
    let script = "mount -t tmpfs -o size=32k disk out && \"$0\" export out --month 2024-02 --purpose quality \
        --table drivers,searches; code=$?; ls -A out; exit $code";
    let mut shell = Command::new("unshare");
    shell.args(["--map-root-user", "--mount", "sh", "-c", script, env!("CARGO_BIN_EXE_letaxi")]);
    let output = letaxi(folder.path(), &mut shell);
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success());
    let parquet = "cannot write out/searches-2024-02.parquet: No space left on device";
    let csv = "cannot write out/searches-2024-02.csv.gz: No space left on device";
    assert!(said.contains(parquet) || said.contains(csv), "{said}");
    let listed = String::from_utf8(output.stdout).unwrap();
    let files: Vec<_> = listed.lines().filter(|line| !line.ends_with(" rows")).collect();
    assert_eq!(files, ["datapackage.json", "drivers-2024-02.csv.gz", "drivers-2024-02.parquet"]);
}
