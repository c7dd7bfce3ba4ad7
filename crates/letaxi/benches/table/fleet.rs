//! A fleet spread over one wide town, as dense as taxis in the middle of Paris.

use std::path::PathBuf;

use reqwest::Client;
use serde_json::json;
use territory::Town;

use crate::country::{self, OPERATORS, Wanted};
use crate::server::Server;

/// Taxis per square kilometre, so that a search shows 10 to 30 within 500 m.
const PER_SQUARE_KM: f64 = 34.5;
/// The middle of the wide town, in degrees.
const MIDDLE: (f64, f64) = (-1.25, 44.5);
/// Number of positions in a call.
pub(crate) const BATCH: usize = 50;

/// A database with a fleet, and the positions of its taxis.
pub(crate) struct Fleet {
    /// The database.
    pub(crate) url: String,
    /// Its secret key.
    pub(crate) key_file: PathBuf,
    /// Public id of each taxi, and the number of its operator.
    pub(crate) taxis: Vec<(String, usize)>,
    /// Paths of searches.
    pub(crate) searches: Vec<String>,
    /// A folder of its own.
    pub(crate) folder: tempfile::TempDir,
    dice: Dice,
}

/// Rows of the past.
pub(crate) struct History {
    /// Number of ended hails.
    pub(crate) hails: u32,
    /// Number of years over which hails and searches are spread.
    pub(crate) years: u32,
    /// Number of searches.
    pub(crate) searches: u32,
}

/// A cheap generator of numbers that are the same in each run.
struct Dice(u64);

impl Dice {
    /// From 0 to 1.
    fn roll(&mut self) -> f64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// A random place in a square around the middle that has room for so many taxis, or in a part of it.
    fn place(&mut self, taxis: usize, part: f64) -> (f64, f64) {
        let side_km = (taxis as f64 / PER_SQUARE_KM).sqrt() * part;
        let (east_km, north_km) = ((self.roll() - 0.5) * side_km, (self.roll() - 0.5) * side_km);
        (MIDDLE.0 + east_km / (111.2 * MIDDLE.1.to_radians().cos()), MIDDLE.1 + north_km / 111.2)
    }
}

impl Fleet {
    /// Creates a fleet of free taxis, all of one town, with 35,000 other towns.
    pub(crate) async fn new(engine: &str, taxis: usize) -> Self {
        Self::with(engine, taxis, History { hails: 100, years: 1, searches: 0 }).await
    }

    /// Like [`Self::new`], with ended hails and searches of some years.
    pub(crate) async fn with(engine: &str, taxis: usize, history: History) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = country::fresh_database(engine, folder.path());
        let key_file = folder.path().join("letaxi.key");
        let wide: Town =
            country::town("00001", "Grand-Bourg".to_owned(), (-3.0, 43.0), (0.5, 46.0));
        let wanted = Wanted {
            land: country::land(vec![wide]),
            taxis: taxis.try_into().unwrap(),
            hails: history.hails,
            years: history.years,
            searches: history.searches,
            towns_with_taxis: 1,
            key_file: &key_file,
        };
        country::fill(&url, wanted).await;
        let (app, store) = country::start(&url, &key_file, false).await;
        let first = app.account_of_email("op0@example.org").await.unwrap().id.0;
        let all =
            store.taxis().await.unwrap().into_iter().map(|taxi| {
                (taxi.id.to_string(), usize::try_from(taxi.operator.0 - first).unwrap())
            });
        let taxis: Vec<_> = all.collect();
        while app.count_hails().await.unwrap() > 0 {}
        store.close().await;
        country::settle(&url);
        let mut dice = Dice(1);
        let searches = (0..500).map(|_| {
            // Not at the edge, where taxis are fewer.
            let (lon, lat) = dice.place(taxis.len(), 0.85);
            format!("/taxis?lon={lon:.6}&lat={lat:.6}")
        });
        let searches = searches.collect();
        Self { url, key_file, taxis, searches, folder, dice: Dice(2) }
    }

    /// Starts a registry with the fleet.
    pub(crate) async fn serve(&self) -> Server {
        Server::registry(&self.url, &self.key_file).await
    }

    /// Position reports of each operator's taxis, [`BATCH`] at a time, with the operator's number.
    pub(crate) fn batches(&mut self) -> Vec<(usize, String)> {
        let mut batches = Vec::new();
        for operator in 0..OPERATORS {
            let own = self.taxis.iter().filter(|(_, of)| *of == operator);
            let own: Vec<_> = own.map(|(id, _)| id.clone()).collect();
            for batch in own.chunks(BATCH) {
                let positions = batch.iter().map(|id| {
                    let (lon, lat) = self.dice.place(self.taxis.len(), 1.0);
                    let round = |degrees: f64| (degrees * 1e6).round() / 1e6;
                    json!({"taxi_id": id, "lon": round(lon), "lat": round(lat)})
                });
                let positions: Vec<_> = positions.collect();
                batches.push((operator, json!({"data": [{"positions": positions}]}).to_string()));
            }
        }
        batches
    }

    /// Reports positions of all taxis.
    pub(crate) async fn report(&mut self, server: &Server) {
        let client = Client::builder().no_proxy().build().unwrap();
        for (operator, body) in self.batches() {
            let call = client
                .post(format!("{}/geotaxi/", server.base))
                .header("x-api-key", format!("key of op{operator}"))
                .header("content-type", "application/json")
                .body(body);
            assert_eq!(call.send().await.unwrap().status(), 200);
        }
    }

    /// A server's answers to the searches.
    pub(crate) async fn answers(&self, server: &Server) -> Vec<String> {
        let client = Client::builder().no_proxy().build().unwrap();
        let mut answers = Vec::new();
        for path in &self.searches {
            let call =
                client.get(format!("{}{path}", server.base)).header("x-api-key", "key of app0");
            answers.push(call.send().await.unwrap().text().await.unwrap());
        }
        answers
    }
}
