//! Retention in a running registry: answers after blurring, taxis that memory must forget, and purges that are killed or
//! run out of room.

use std::fs;
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use axum::http::Method;
use registry::Role;
use serde_json::{Value, json};
use storage::figures::SearchRecord;
use territory::Point;

use crate::world::{Call, Engine, NewTaxi, World, key_of, secret_file, sql};

const PARIS: [f64; 4] = [2.2, 48.8, 2.5, 48.9];
const HERE: [f64; 2] = [2.3512, 48.8634];
const DAY: Duration = Duration::from_hours(24);

async fn get(world: &World, who: &str, path: &str) -> (u16, Value) {
    send(world, who, Method::GET, path, Value::Null).await
}

async fn send(world: &World, who: &str, method: Method, path: &str, body: Value) -> (u16, Value) {
    let body = if body.is_null() { String::new() } else { json!({"data": [body]}).to_string() };
    let key = Some(key_of(who));
    let call = Call { key, method, path: path.to_owned(), body, ..Call::default() };
    let answer = world.call(&call).await;
    let json = if answer.body.is_empty() { Value::Null } else { answer.json() };
    (answer.status.as_u16(), json)
}

/// Paris, an admin, an app, and an operator with a taxi that is free; returns the taxi's id.
async fn town(world: &mut World) -> String {
    for (name, role) in [("admin", Role::Admin), ("app", Role::Client), ("op", Role::Operator)] {
        world.account(name, &[role]).await;
    }
    world.land(|land| land.town("75056", "Paris", PARIS)).await;
    let at = Some(HERE);
    world.taxi("op", &NewTaxi { name: "T1", town: None, plate: None, free: true, at }).await
}

fn place(of: &Value, lon: &str, lat: &str) -> Point {
    Point::new(of[lon].as_f64().unwrap(), of[lat].as_f64().unwrap()).unwrap()
}

#[tokio::test]
async fn after_two_months_a_hail_tells_the_town_and_after_a_year_nothing() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let mut world = World::new(engine).await;
        let taxi = town(&mut world).await;
        let hail = world.hail("app", &taxi, HERE).await;
        let path = format!("/hails/{hail}");
        let status = json!({"status": "declined_by_customer"});
        assert_eq!(send(&world, "app", Method::PUT, &path, status).await.0, 200);
        get(&world, "app", &format!("/taxis?lon={}&lat={}", HERE[0], HERE[1])).await;
        world.tick().await;
        let (_, exact) = get(&world, "admin", &path).await;

        world.move_clock(58 * DAY);
        assert!(world.app.purge().await.unwrap().is_complete);
        let (_, kept) = get(&world, "admin", &path).await;
        assert_eq!(kept["data"][0]["customer_address"], exact["data"][0]["customer_address"]);

        // The clock moved by the calls, too, so the hail is older than 58 days now.
        world.move_clock(Duration::from_secs(1));
        let (_, before) = get(&world, "admin", "/stats/hails").await;
        assert!(world.app.purge().await.unwrap().is_complete);
        assert_eq!(get(&world, "admin", "/stats/hails").await.1, before);
        let (code, blurred) = get(&world, "admin", &path).await;
        assert_eq!(code, 200);
        let (exact, blurred) = (&exact["data"][0], &blurred["data"][0]);
        for redacted in ["customer_address", "customer_phone_number"] {
            assert_eq!(blurred[redacted], "[REDACTED]", "{redacted}");
        }
        let point = place(blurred, "customer_lon", "customer_lat");
        assert_ne!(point, place(exact, "customer_lon", "customer_lat"));
        let places = world.app.places();
        assert_eq!(places.territory.town_at(point).unwrap().code.as_str(), "75056");
        for kept in ["id", "status", "session_id", "creation_datetime", "transitions", "taxi_id"] {
            assert_eq!(blurred[kept], exact[kept], "{kept}");
        }
        let (_, points) = get(&world, "admin", "/stats/heatmap_searches").await;
        assert!(!points.to_string().contains("48.8634"), "{points}");

        world.move_clock(307 * DAY);
        assert!(world.app.purge().await.unwrap().is_complete);
        assert_eq!(get(&world, "admin", &path).await.0, 404);
        let (_, listed) = get(&world, "admin", "/hails").await;
        assert_eq!((&listed["data"], &listed["meta"]["total"]), (&json!([]), &json!(0)));
        world.close().await;
    }
}

#[tokio::test]
async fn a_taxi_whose_driver_was_away_for_a_year_is_gone_and_can_be_registered_again() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let mut world = World::new(engine).await;
        let taxi = town(&mut world).await;
        let at = Some(HERE);
        let other = NewTaxi { name: "T2", town: None, plate: None, free: true, at };
        let other = world.taxi("op", &other).await;
        world.move_clock(364 * DAY);
        world.report("op", &other, HERE).await;
        world.tick().await;
        world.move_clock(Duration::from_secs(1));
        assert!(world.app.purge().await.unwrap().is_complete);

        let found = async || {
            let path = format!("/taxis?lon={}&lat={}", HERE[0], HERE[1]);
            let (_, found) = get(&world, "app", &path).await;
            let found = found["data"].as_array().unwrap().iter();
            found.map(|taxi| taxi["id"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(get(&world, "op", &format!("/taxis/{taxi}")).await.0, 404);
        assert_eq!(get(&world, "op", &format!("/taxis/{other}")).await.0, 200);
        // Memory knows no such taxi either: its position is refused, and no search finds it.
        let positions = json!({"positions": [{"taxi_id": taxi, "lon": HERE[0], "lat": HERE[1]}]});
        send(&world, "op", Method::POST, "/geotaxi", positions).await;
        assert_eq!(found().await, [other]);
        let again = NewTaxi { name: "T1", town: None, plate: None, free: true, at };
        let again = world.taxi("op", &again).await;
        assert!(found().await.contains(&again));
        world.close().await;
    }
}

#[tokio::test]
async fn a_running_server_makes_the_round_that_a_command_asks_for() {
    let mut world = World::new(Engine::Sqlite).await;
    let taxi = town(&mut world).await;
    world.hails("app", &taxi, 1, HERE).await;
    world.move_clock(Duration::from_mins(1));
    world.app.purge_if_due().await.unwrap();
    let last_round = async |world: &World| {
        let (_, clocks) = get(world, "admin", "/v1/retention").await;
        clocks["data"][1]["last_round_at"].clone()
    };
    let first = last_round(&world).await;
    assert!(first.is_string(), "{first}");
    world.move_clock(Duration::from_mins(1));
    world.app.purge_if_due().await.unwrap();
    assert_eq!(last_round(&world).await, first, "the next round is due in an hour");
    world.command().await.ask_for_round().await.unwrap();
    world.app.purge_if_due().await.unwrap();
    let second = last_round(&world).await;
    assert_ne!(second, first);
    world.move_clock(Duration::from_mins(1));
    world.app.purge_if_due().await.unwrap();
    assert_eq!(last_round(&world).await, second, "the request was answered");
}

#[tokio::test]
async fn a_round_that_would_take_most_of_the_taxis_waits_for_somebody_to_ask() {
    let mut world = World::new(Engine::Sqlite).await;
    town(&mut world).await;
    for number in 2..=12 {
        let name = format!("T{number}");
        world
            .taxi("op", &NewTaxi { name: &name, town: None, plate: None, free: false, at: None })
            .await;
    }
    // A clock that is set ahead by mistake makes all of them look silent for a year.
    world.move_clock(400 * DAY);
    world.app.purge_if_due().await.unwrap();
    let taxis = async |world: &World| {
        let (_, listed) = get(world, "op", "/taxis/all").await;
        let (_, clocks) = get(world, "admin", "/v1/retention").await;
        (listed["meta"]["total"].clone(), clocks["data"][2]["held_back"].clone())
    };
    assert_eq!(taxis(&world).await, (json!(12), json!(true)));
    world.command().await.ask_for_round().await.unwrap();
    world.app.purge_if_due().await.unwrap();
    assert_eq!(taxis(&world).await, (json!(0), json!(false)));
}

fn purge(url: &str) -> Child {
    Command::new(env!("CARGO_BIN_EXE_letaxi"))
        .args(["purge", "--now", "--json", "--database", url])
        .env("LETAXI_SECRET_KEY_FILE", secret_file())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

fn ended(purge: Child) -> Value {
    let Output { status, stdout, .. } = purge.wait_with_output().unwrap();
    assert!(status.success());
    serde_json::from_slice(&stdout).unwrap()
}

#[tokio::test]
async fn a_purge_that_is_killed_is_continued_by_the_next() {
    const HAILS: u64 = 4_000;
    let url = World::fresh_url(Engine::Postgres);
    let mut world = World::at(&url).await;
    let taxi = town(&mut world).await;
    world.hails("app", &taxi, 1, HERE).await;
    world.close().await;
    // The hail of 2024, so many times, some months ago.
    sql(
        &url,
        &format!(
            "insert into hails (id, revision, status, created_at, changed_at, client_id, operator_id, taxi_id,
                vehicle_id, session_id, customer_id, customer_lon, customer_lat, customer_address,
                customer_phone, initial_lon, initial_lat, call_attempt, insee)
            select lpad(to_hex(n), 7, '0'), revision, status, now() - interval '90 days', now(), client_id,
                operator_id, taxi_id, vehicle_id, session_id, customer_id, customer_lon, customer_lat,
                customer_address, customer_phone, initial_lon, initial_lat, call_attempt, insee
            from hails, generate_series(2, {HAILS}) n;
            insert into hail_transitions (hail_id, revision, to_status, at)
            select id, 1, 'received', created_at from hails where id like '000%';
            update hails set created_at = now() - interval '90 days';
            update taxis set last_seen_at = now();"
        ),
    );
    let exact = || sql(&url, "select count(*) from hails where blurred_at is null");
    assert_eq!(exact(), HAILS.to_string());
    let mut killed = purge(&url);
    while exact() == HAILS.to_string() {
        assert_eq!(killed.try_wait().unwrap(), None, "the purge ended before it blurred a hail");
    }
    killed.kill().unwrap();
    killed.wait().unwrap();
    let left: u64 = exact().parse().unwrap();
    assert!((1..HAILS).contains(&left), "{left} hails are left");

    let rest = ended(purge(&url));
    assert_eq!(rest["exact_places"], json!(left));
    assert_eq!(exact(), "0");
    // Every hail was counted once, before it was blurred.
    let counted = sql(
        &url,
        "select sum(hails) || ' ' || sum(distances) from hail_days where scope = '' and outcome = 'all'",
    );
    assert_eq!(counted, format!("{HAILS} {HAILS}"));
    let nothing = ended(purge(&url));
    assert_eq!(
        nothing,
        json!({
            "exact_places": 0, "hails": 0, "taxis": 0, "inspections": 0, "activity": nothing["activity"],
        })
    );
}

/// A folder with a database of old searches, so many.
async fn searched(count: u32) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}", folder.path().join("purge.db").display());
    let mut world = World::at(&url).await;
    town(&mut world).await;
    let searches: Vec<_> = (0..count)
        .map(|n| SearchRecord {
            at: world.app.now(),
            account: world.account_id("app"),
            point: Point::new(2.35 + f64::from(n) / 1e6, 48.86).unwrap(),
            town: "75056".parse().unwrap(),
            found: 1,
            seen: 1,
            nearest_m: Some(1.0),
        })
        .collect();
    world.store().record_searches(&searches, &[], &[]).await.unwrap();
    world.close().await;
    folder
}

#[tokio::test]
async fn a_purge_that_fills_the_disk_says_so_and_is_continued_once_there_is_room() {
    const SEARCHES: u32 = 20_000;
    let folder = searched(SEARCHES).await;
    fs::create_dir(folder.path().join("disk")).unwrap();
    // Room for a few changes of 500 rows beside the file, then for all of them.
    let script = "
        mount -t tmpfs -o size=64m disk disk && cp purge.db disk && cd disk || exit 9
        head -c $((64 * 1048576 - $(stat -c %s purge.db) - 500000)) /dev/zero > filler
        \"$0\" purge --now --json; echo \"first: $?\"
        rm filler
        \"$0\" purge --now --json; echo \"second: $?\"";
    let mut shell = Command::new("unshare");
    shell.args(["--map-root-user", "--mount", "sh", "-c", script, env!("CARGO_BIN_EXE_letaxi")]);
    shell.current_dir(folder.path()).env("LETAXI_DATABASE", "sqlite://purge.db");
    let output = shell.env("LETAXI_SECRET_KEY_FILE", secret_file()).output().unwrap();
    let said = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
    assert!(said.contains("first: 1") && said.contains("second: 0"), "{said}");
    assert!(
        said.contains("the purge was interrupted; start it again") && said.contains("full"),
        "{said}"
    );
    let rest = said.lines().find(|line| line.starts_with('{')).unwrap();
    let rest: Value = serde_json::from_str(rest).unwrap();
    // The first made some changes, and none of them is made again.
    let deleted = rest["hails"].as_u64().unwrap();
    let blurred = rest["exact_places"].as_u64().unwrap();
    assert!(blurred < u64::from(SEARCHES) && deleted == u64::from(SEARCHES), "{said}");
}
