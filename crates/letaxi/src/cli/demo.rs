//! `letaxi demo`: a throw-away registry with a small territory, a fleet and passengers.

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use anyhow::{Context, bail};
use clap::Args;
use geo::Point;
use serde_json::{Value, json};
use simulate::{Accounts, Figures, Plan, Screen, Simulation, Until};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use url::Url;
use uuid::Uuid;

use super::import;
use super::signals::cancelled_by_signal_or;
use super::simulate::{HabitArgs, conclude, listen, pace, span};
use crate::config::{ENVIRONMENT_PREFIX, SETTINGS};

/// Runs a throw-away registry: a small territory, demo accounts, taxis and passengers.
///
/// All files are in a temporary folder that is removed at the end.
#[derive(Args, Debug)]
#[command(after_help = "Example: letaxi demo --taxis 500 --pace 1")]
pub(super) struct Demo {
    /// Folder with real borders, in place of the small territory that ships with the program
    #[arg(long, value_name = "DIR")]
    territory: Option<PathBuf>,

    /// INSEE codes of the towns that license the taxis [default: all towns of all zones]
    #[arg(long, value_name = "CODE,...", value_delimiter = ',')]
    towns: Vec<String>,

    /// Number of taxis
    #[arg(long, default_value_t = 200)]
    taxis: usize,

    /// Number of passengers, each of whom requests taxis repeatedly
    #[arg(long, default_value_t = 60)]
    passengers: usize,

    /// Random seed
    #[arg(long, default_value_t = 1)]
    seed: u64,

    /// Speed of people and cars, in multiples of real life (1 to 100)
    #[arg(long, value_parser = pace, default_value = "5")]
    pace: f64,

    /// Place of the taxi for the curl commands: longitude and latitude
    #[arg(long, value_name = "LON,LAT", value_parser = point, default_value = "2.3522,48.8566")]
    hand_taxi: Point<f64>,

    /// Habits of drivers and passengers
    #[command(flatten)]
    habits: HabitArgs,

    /// Ends after this time, such as 90s or 10m [default: at Ctrl-C]
    #[arg(long = "for", value_name = "SPAN", value_parser = span)]
    lasts: Option<Duration>,

    /// Ends with the first finished ride; fails if the time of --for passes before
    #[arg(long)]
    until_first_ride: bool,
}

/// Configuration of the embedded registry. All files are in a folder that is removed afterwards.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wanted<'a> {
    /// Folder for its database and key.
    pub(super) folder: &'a Path,
    /// Territory to import.
    pub(super) territory: &'a Path,
    /// Folder of a `users.json` with the accounts to import.
    pub(super) users: &'a Path,
    /// The only private address to which hails may be delivered.
    pub(super) back_office: SocketAddr,
}

/// E-mail address of the account with which both sides of a hail are played by hand. It has no server.
pub(super) const INTEGRATION_EMAIL: &str = "integration@demo.invalid";

/// Number of attempts to remove the folder while files appear in it.
const REMOVED_AT_MOST: usize = 1_000;

/// The territory that ships with the program: path and text of each file.
const TERRITORY: [(&str, &str); 5] = [
    ("towns.geojson", include_str!("../../demo-territory/towns.geojson")),
    ("stations.csv", include_str!("../../demo-territory/stations.csv")),
    ("zupc/Paris/zone.yaml", include_str!("../../demo-territory/zupc/Paris/zone.yaml")),
    ("zupc/Lyon/zone.yaml", include_str!("../../demo-territory/zupc/Lyon/zone.yaml")),
    (
        "exclusions/airport_bron.geojson",
        include_str!("../../demo-territory/exclusions/airport_bron.geojson"),
    ),
];

/// Accounts of the demo: one of each role, with keys and a password that are random in each run.
struct DemoUsers {
    all: Value,
    admin_key: String,
    app_key: String,
    /// Password of all of them, for the console.
    password: String,
}

/// Runs the demo. `start_server` starts the registry and returns its address; it must serve until this
/// returns.
///
/// # Errors
///
/// Returns the part that could not be created, read or reached; with `--until-first-ride`, also if no ride
/// finished.
pub(super) async fn run<S>(args: Demo, start_server: S) -> anyhow::Result<()>
where
    S: AsyncFnOnce(Wanted<'_>) -> anyhow::Result<SocketAddr>,
{
    // Signals are handled first, so that the folder is removed on any signal.
    let place = Arc::new(OnceLock::<PathBuf>::new());
    let left = Arc::clone(&place);
    let stop =
        cancelled_by_signal_or(move || left.get().into_iter().for_each(|folder| remove(folder)))?;
    let folder = tempfile::Builder::new()
        .prefix("letaxi-demo-")
        .tempdir()
        .context("cannot make a temporary folder")?;
    place.get_or_init(|| folder.path().to_owned());
    let played = play(args, start_server, folder.path(), stop).await;
    remove(folder.path());
    played
}

/// Removes the demo's folder. The registry may be creating a file in it at the same time, so it retries.
fn remove(folder: &Path) {
    for _ in 0..REMOVED_AT_MOST {
        match std::fs::remove_dir_all(folder) {
            Err(error) if error.kind() == ErrorKind::DirectoryNotEmpty => {}
            _ => return,
        }
    }
}

/// Refuses settings of a registry, which the demo would ignore.
///
/// # Errors
///
/// Names all settings found.
pub(super) fn refuse_settings(
    flags: &[(&str, bool)],
    environment: impl Iterator<Item = String>,
) -> anyhow::Result<()> {
    let flags = flags.iter().filter(|(_, given)| *given).map(|(flag, _)| (*flag).to_owned());
    let known = |name: &String| {
        let key = name.strip_prefix(ENVIRONMENT_PREFIX).map(str::to_lowercase);
        key.is_some_and(|key| SETTINGS.iter().any(|setting| setting.name == key))
    };
    let set: Vec<_> = flags.chain(environment.filter(known)).collect();
    if set.is_empty() {
        return Ok(());
    }
    bail!(
        "the demo makes a registry of its own and takes no settings: leave out {} (or type: letaxi serve)",
        set.join(", ")
    )
}

async fn play<S>(
    args: Demo,
    start_server: S,
    folder: &Path,
    stop: CancellationToken,
) -> anyhow::Result<()>
where
    S: AsyncFnOnce(Wanted<'_>) -> anyhow::Result<SocketAddr>,
{
    let mut screen = Screen::standard(false);
    let territory = match &args.territory {
        Some(folder) => folder.clone(),
        None => unpack_territory(folder)?,
    };
    let places = import::places(&territory)?;
    if places.approximate() {
        screen.say("approximate borders, not for service");
    }
    screen.say(&format!(
        "{} towns; everything lives in {} and is gone afterwards",
        places.towns(),
        folder.display()
    ));

    let listener = listen(SocketAddr::from(([127, 0, 0, 1], 0))).await?;
    let users = DemoUsers::fresh(&listener)?;
    let users_folder = folder.join("accounts");
    let users_file = users.save(&users_folder)?;
    let back_office = listener.local_addr()?;
    let wanted = Wanted { folder, territory: &territory, users: &users_folder, back_office };
    let address = tokio::select! {
        started = Box::pin(start_server(wanted)) => {
            started.context("the demo's registry does not start")?
        }
        () = stop.cancelled() => return Ok(()),
    };
    let url: Url = format!("http://{address}").parse()?;

    let accounts = Accounts::read(&users_file, None)?;
    let plan = args.plan(url.clone());
    screen.say(&format!("the registry answers at {url}; in a browser, {url} is its first page and {url}doc the reference of its API"));
    screen.say(&format!("enrolling {} taxis", plan.taxis));
    let figures = Arc::new(Figures::default());
    let start =
        Simulation::start(plan, accounts, places, listener, Arc::clone(&figures), stop.clone());
    let simulation = screen.show_during(&figures, Box::pin(start)).await?;
    match simulation.hand_taxi() {
        Some(taxi) => screen.say(&instructions(&url, &users, taxi, args.hand_taxi)),
        None if stop.is_cancelled() => {}
        None => bail!("the registry did not take the taxi to try by hand"),
    }
    let report = screen.show_during(&figures, simulation.finish()).await;
    conclude(&report, false)?;
    if args.until_first_ride && report.finished() == 0 {
        bail!("no ride finished");
    }
    Ok(())
}

impl Demo {
    fn plan(&self, url: Url) -> Plan {
        Plan {
            url,
            taxis: self.taxis,
            passengers: self.passengers,
            seed: self.seed,
            pace: self.pace,
            report_every: Duration::from_secs(5),
            habits: self.habits.into(),
            towns: self.towns.clone(),
            until: Until { duration: self.lasts, rides: self.until_first_ride.then_some(1) },
            hand_taxi: Some(self.hand_taxi),
        }
    }
}

impl DemoUsers {
    /// Writes the accounts into a folder of their own, in the form of an import; returns the file.
    fn save(&self, folder: &Path) -> anyhow::Result<PathBuf> {
        make_folder(folder)?;
        let file = folder.join("users.json");
        write(&file, &serde_json::to_string_pretty(&self.all)?)?;
        Ok(file)
    }

    fn fresh(back_office: &TcpListener) -> anyhow::Result<Self> {
        let address = back_office.local_addr()?;
        let secret = || Uuid::new_v4().to_string();
        let (admin_key, app_key) = (secret(), secret());
        // Short enough to type on a phone.
        let password = format!("demo-{}", &Uuid::new_v4().simple().to_string()[..10]);
        let account = |name: &str, roles: &[&str], key: &str, manager: Option<&str>| {
            json!({
                "name": name, "email": format!("{name}@demo.invalid"), "commercial_name": format!("Demo {name}"),
                "password": password, "apikey": key, "roles": roles, "manager": manager, "fleet_size": null,
                "hail_endpoint_production": "", "operator_header_name": "", "operator_api_key": "",
            })
        };
        let operator = |name: &str| {
            let mut operator = account(name, &["operateur"], &secret(), Some("fleet"));
            operator["hail_endpoint_production"] = json!(format!("http://{address}/{name}/hails"));
            operator["operator_header_name"] = json!("X-Demo-Proof");
            operator["operator_api_key"] = json!(secret());
            operator
        };
        let mut inspector = account("inspector", &["inspector"], &secret(), None);
        inspector["departements"] = json!(["75", "69"]);
        let all = json!([
            account("admin", &["admin", "moteur", "operateur"], &admin_key, None),
            operator("blue"),
            operator("green"),
            account("app", &["moteur"], &app_key, None),
            account("fleet", &["groupement"], &secret(), None),
            inspector,
            account("integration", &["moteur", "operateur"], &secret(), None),
        ]);
        Ok(Self { all, admin_key, app_key, password })
    }
}

/// Commands for another terminal. The hail's id is stored in a shell variable, with tools that every system
/// has.
fn instructions(url: &Url, users: &DemoUsers, taxi: &str, at: Point<f64>) -> String {
    let base = url.as_str().trim_end_matches('/');
    let key = &users.app_key;
    let (lon, lat) = (at.x() + 0.0003, at.y() + 0.0004);
    let hail = json!({"data": [{
        "taxi_id": taxi, "customer_id": "me", "customer_phone_number": "0600000000",
        "customer_address": "here", "customer_lon": lon, "customer_lat": lat,
    }]});
    let confirm = json!({"data": [{"status": "accepted_by_customer"}]});
    format!(
        r#"
Try it by hand, in another terminal. Who is near?
  curl -s -H 'X-Api-Key: {key}' '{base}/taxis?lon={lon:.5}&lat={lat:.5}'
Hail taxi {taxi}, which stands there and accepts at once:
  HAIL=$(curl -s -H 'X-Api-Key: {key}' -H 'Content-Type: application/json' -d '{hail}' {base}/hails | grep -o '"id": *"[0-9a-f]*"' | head -n 1 | cut -d '"' -f 4); echo "$HAIL"
Say yes to the driver, within 30 seconds:
  curl -s -X PUT -H 'X-Api-Key: {key}' -H 'Content-Type: application/json' -d '{confirm}' {base}/hails/$HAIL
See it reach finished, a few seconds later:
  curl -s -H 'X-Api-Key: {key}' {base}/hails/$HAIL
See it all in the console, {base}/console/, with the password {password}, as
  admin@demo.invalid      the administrator
  blue@demo.invalid       an operator; green@demo.invalid is another one
  fleet@demo.invalid      the manager of both operators
  app@demo.invalid        a search app
  inspector@demo.invalid  an inspector of taxis
Over the API, the administrator has the key {admin_key}
Play both sides of a hail there: {base}/console/integration
Ctrl-C ends the demo.
"#,
        admin_key = users.admin_key,
        password = users.password,
    )
}

fn unpack_territory(folder: &Path) -> anyhow::Result<PathBuf> {
    let territory = folder.join("territory");
    for (path, text) in TERRITORY {
        let path = territory.join(path);
        if let Some(parent) = path.parent() {
            make_folder(parent)?;
        }
        write(&path, text)?;
    }
    Ok(territory)
}

fn make_folder(path: &Path) -> anyhow::Result<()> {
    std::fs::create_dir_all(path).with_context(|| format!("cannot make {}", path.display()))
}

fn write(path: &Path, text: &str) -> anyhow::Result<()> {
    std::fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))
}

fn point(text: &str) -> anyhow::Result<Point<f64>> {
    let (lon, lat) =
        text.split_once(',').context("write longitude and latitude, such as 2.3522,48.8566")?;
    Ok(Point::new(lon.trim().parse()?, lat.trim().parse()?))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use geo::{BooleanOps, MultiPolygon, Validation};

    use super::*;

    fn towns() -> Vec<(String, MultiPolygon<f64>)> {
        let towns: geojson::FeatureCollection = TERRITORY[0].1.parse().unwrap();
        let read = |feature: geojson::Feature| {
            let code = feature.property("insee").unwrap().as_str().unwrap().to_owned();
            let land = geo::Polygon::try_from(feature.geometry.unwrap()).unwrap();
            (code, MultiPolygon::from(land))
        };
        towns.features.into_iter().map(read).collect()
    }

    #[test]
    fn the_territory_that_ships_is_the_folder_beside_the_sources() {
        fn files(folder: &Path, root: &Path, into: &mut BTreeSet<String>) {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    files(&path, root, into);
                } else {
                    into.insert(path.strip_prefix(root).unwrap().to_str().unwrap().to_owned());
                }
            }
        }
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("demo-territory");
        let mut there = BTreeSet::new();
        files(&root, &root, &mut there);
        there.remove("README.md");
        assert_eq!(there, TERRITORY.iter().map(|(path, _)| (*path).to_owned()).collect());
    }

    #[test]
    fn the_demo_towns_are_valid_and_do_not_overlap() {
        let towns = towns();
        assert_eq!(towns.len(), 13);
        for (index, (code, land)) in towns.iter().enumerate() {
            assert!(land.is_valid(), "{code}: {:?}", land.validation_errors());
            for (other, beside) in &towns[index + 1..] {
                let shared = geo::Area::unsigned_area(&land.intersection(beside));
                assert!(shared < 1e-12, "{code} and {other} share {shared} square degrees");
            }
        }
    }

    #[test]
    fn the_demo_territory_says_that_it_is_approximate() {
        let folder = tempfile::tempdir().unwrap();
        let places = import::places(&unpack_territory(folder.path()).unwrap()).unwrap();
        assert!(places.approximate());
        assert_eq!(places.towns(), 13);
    }

    #[tokio::test]
    async fn the_demo_accounts_are_fresh_and_can_be_played() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (one, other) =
            (DemoUsers::fresh(&listener).unwrap(), DemoUsers::fresh(&listener).unwrap());
        assert_ne!(one.app_key, other.app_key);
        let folder = tempfile::tempdir().unwrap();
        let file = one.save(&folder.path().join("accounts")).unwrap();
        let accounts = Accounts::read(&file, None).unwrap();
        assert_eq!(accounts.left_out(), [INTEGRATION_EMAIL], "it is played by hand");
        assert_eq!(accounts.back_office(), listener.local_addr().unwrap());
    }

    #[tokio::test]
    async fn the_lines_to_paste_name_the_waiting_taxi_and_the_key() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let users = DemoUsers::fresh(&listener).unwrap();
        let url = "http://127.0.0.1:5000".parse().unwrap();
        let text = instructions(&url, &users, "AbCdEfG", Point::new(2.3522, 48.8566));
        assert!(text.contains("http://127.0.0.1:5000/taxis?lon=2.35250&lat=48.85700"), "{text}");
        assert!(text.contains(r#""taxi_id":"AbCdEfG""#) && text.contains(&users.app_key), "{text}");
    }
}
