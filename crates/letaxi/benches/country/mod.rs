//! Synthetic data of a country's size for the benchmarks: square towns, operators, apps, taxis.

use std::path::Path;
use std::process::Command;
use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant};

use letaxi::app::account::limits::Limits;
use letaxi::app::account::secrets::Secrets;
use letaxi::app::clock::Clock;
use letaxi::app::nodes::Membership;
use letaxi::app::{App, Parts, Settings};
use letaxi::contract;
use letaxi::operator::OperatorClient;
use registry::AccountFields;
use registry::Role;
use storage::territory_rows::TerritoryImport;
use storage::{Process, Store};
use territory::{InForce, Town, Zone};

#[path = "../../../storage/tests/postgres/mod.rs"]
#[expect(dead_code, reason = "tests share a server that keeps nothing on the disk")]
mod postgres;

/// A PostgreSQL that keeps each commit on the disk, as one of normal service does. `POSTGRES_SETTINGS` adds settings, such
/// as `-c shared_preload_libraries=pg_stat_statements`.
static CLUSTER: LazyLock<postgres::Cluster> = LazyLock::new(|| {
    postgres::Cluster::start(&std::env::var("POSTGRES_SETTINGS").unwrap_or_default())
});

/// Number of towns, and of towns in a row.
pub(crate) const TOWNS: usize = 35_000;
const TOWNS_A_ROW: usize = 250;
/// Number of operators, `op0` and so on.
pub(crate) const OPERATORS: usize = 30;
const APPS: usize = 10;

/// The present time, for a stop-watch.
#[expect(clippy::disallowed_methods, reason = "a stop-watch")]
pub(crate) fn now() -> Instant {
    Instant::now()
}

/// Time since then.
#[expect(clippy::disallowed_methods, reason = "a stop-watch")]
pub(crate) fn since(start: Instant) -> Duration {
    start.elapsed()
}

/// A fresh, empty database of this engine, `sqlite` or `postgres`, in that folder.
pub(crate) fn fresh_database(engine: &str, folder: &Path) -> String {
    match engine {
        "postgres" => CLUSTER.fresh_database(),
        _ => format!("sqlite://{}", folder.join("letaxi.db").display()),
    }
}

/// A town whose land is a rectangle between two corners.
pub(crate) fn town(code: &str, name: String, from: (f64, f64), to: (f64, f64)) -> Town {
    let border = geo::Rect::new(from, to).to_polygon().into();
    Town { code: code.parse().unwrap(), name, border }
}

/// A territory of squares, a hundredth of a degree each, and further towns.
pub(crate) fn land(others: Vec<Town>) -> TerritoryImport {
    let square = |index: usize| {
        let (row, column) = (index / TOWNS_A_ROW, index % TOWNS_A_ROW);
        let (lon, lat) = (1.0 + column as f64 * 0.01, 47.5 + row as f64 * 0.01);
        let code = format!("{:02}{:03}", 1 + index / 1_000 % 95, index % 1_000);
        town(&code, format!("Ville-{index}"), (lon, lat), (lon + 0.01, lat + 0.01))
    };
    let squares: Vec<Town> = (0..TOWNS).map(square).collect();
    let zone = |(index, towns): (usize, &[Town])| Zone {
        id: format!("00000000-0000-4000-8000-{index:012}"),
        name: format!("Zone {index}"),
        towns: towns.iter().map(|town| town.code).collect(),
        border: None,
        in_force: InForce::default(),
    };
    let zones = squares.chunks(60).step_by(15).enumerate().map(zone).collect();
    let towns = squares.into_iter().chain(others).collect();
    TerritoryImport { towns: Some(towns), zones: Some(zones), ..TerritoryImport::default() }
}

/// A registry on a database.
pub(crate) async fn start(url: &str, key_file: &Path, fresh: bool) -> (Arc<App>, Arc<dyn Store>) {
    start_as(url, key_file, fresh, Process::Command, None).await
}

/// A registry on a database, as this process and part of its servers.
pub(crate) async fn start_as(
    url: &str,
    key_file: &Path,
    fresh: bool,
    process: Process,
    membership: Option<Membership>,
) -> (Arc<App>, Arc<dyn Store>) {
    let store = storage::open_as(url, process).await.unwrap();
    let parts = Parts {
        store: store.clone(),
        clock: Clock::System,
        secrets: Secrets::open(key_file, fresh).unwrap(),
        settings: Settings { limits: Limits::default(), ..Settings::default() },
        wording: contract::WORDING,
        operators: Arc::new(OperatorClient::new(Vec::new()).unwrap()),
        geocoder: None,
        post: None,
        provider: None,
        membership,
    };
    (App::start(parts).await.unwrap(), store)
}

async fn account(app: &App, name: &str, roles: &[Role]) {
    let fields = AccountFields {
        email: format!("{name}@example.org"),
        commercial_name: Some(name.to_owned()),
        roles: roles.iter().copied().collect(),
        fleet_size: Some(2_000),
        ..AccountFields::default()
    };
    app.create_account(fields, None, Some(format!("key of {name}"))).await.unwrap();
}

/// Content of a database.
pub(crate) struct Wanted<'a> {
    /// The territory.
    pub(crate) land: TerritoryImport,
    /// Number of taxis, and of their ended hails.
    pub(crate) taxis: u32,
    /// See `taxis`.
    pub(crate) hails: u32,
    /// Number of years over which hails and searches are spread.
    pub(crate) years: u32,
    /// Number of searches.
    pub(crate) searches: u32,
    /// Number of towns, by code, that license the taxis.
    pub(crate) towns_with_taxis: usize,
    /// File of the secret key, created here.
    pub(crate) key_file: &'a Path,
}

/// Fills a fresh database: `admin`, `op0`…, `app0`… with the keys `key of admin` and so on.
pub(crate) async fn fill(url: &str, wanted: Wanted<'_>) {
    let (app, store) = start(url, wanted.key_file, true).await;
    account(&app, "admin", &[Role::Admin]).await;
    for index in 0..OPERATORS {
        account(&app, &format!("op{index}"), &[Role::Operator, Role::Group]).await;
    }
    for index in 0..APPS {
        account(&app, &format!("app{index}"), &[Role::Client]).await;
    }
    app.import_territory(wanted.land, &|_| {}).await.unwrap();
    store.close().await;
    let filled = example("fill")
        .args([url, &wanted.taxis.to_string(), &wanted.hails.to_string()])
        .arg(wanted.towns_with_taxis.to_string())
        .args([wanted.years.to_string(), wanted.searches.to_string()])
        .stdout(std::process::Stdio::null())
        .status();
    assert!(filled.unwrap().success(), "the database was not filled");
}

/// Runs PostgreSQL's autovacuum work now, which would otherwise disturb a measurement. Does nothing for other
/// engines.
pub(crate) fn settle(url: &str) {
    if url.starts_with("postgres:") {
        let status = Command::new("psql").args(["-qX", "-c", "vacuum analyze", url]).status();
        assert!(status.unwrap().success(), "the database was not tidied up");
    }
}

/// An example program of the crate `storage`; `EXAMPLES` names a folder of built ones.
pub(crate) fn example(name: &str) -> Command {
    if let Ok(folder) = std::env::var("EXAMPLES") {
        return Command::new(Path::new(&folder).join(name));
    }
    // With the whole workspace: alone, its dependencies have other features and are compiled once more.
    let build = ["build", "--quiet", "--release", "--workspace", "--example", name];
    let status = Command::new(env!("CARGO")).args(build).status().unwrap();
    assert!(status.success(), "the example {name} does not compile");
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
    Command::new(target.join("release/examples").join(name))
}
