//! A fleet that stands all over one wide town, as densely as taxis stand in the middle of Paris.

use std::path::PathBuf;

use reqwest::Client;
use serde_json::json;
use territory::Town;

use crate::country::{self, OPERATORS, Wanted};
use crate::server::Server;

/// Taxis a square kilometre: so that 10 to 30 are shown to a customer within 500 m.
const PER_SQUARE_KM: f64 = 34.5;
/// The middle of the wide town, in degrees.
const MIDDLE: (f64, f64) = (-1.25, 44.5);
/// Positions of one call.
pub(crate) const BATCH: usize = 50;

/// A database with a fleet, and where each of its taxis stands.
pub(crate) struct Fleet {
    /// The database.
    pub(crate) url: String,
    /// Its secret key.
    pub(crate) key_file: PathBuf,
    /// Public id of each taxi and whose it is: the number of an operator.
    pub(crate) taxis: Vec<(String, usize)>,
    /// Paths of searches, where customers are.
    pub(crate) searches: Vec<String>,
    /// A folder of its own.
    pub(crate) folder: tempfile::TempDir,
    dice: Dice,
}

/// A cheap source of numbers that are the same in each run.
struct Dice(u64);

impl Dice {
    /// From 0 to 1.
    fn roll(&mut self) -> f64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Somewhere in a square around the middle that has room for so many taxis, or in so much of it.
    fn place(&mut self, taxis: usize, part: f64) -> (f64, f64) {
        let side_km = (taxis as f64 / PER_SQUARE_KM).sqrt() * part;
        let (east_km, north_km) = ((self.roll() - 0.5) * side_km, (self.roll() - 0.5) * side_km);
        (MIDDLE.0 + east_km / (111.2 * MIDDLE.1.to_radians().cos()), MIDDLE.1 + north_km / 111.2)
    }
}

impl Fleet {
    /// So many taxis, all free, all of one town; with 35,000 other towns.
    pub(crate) async fn new(engine: &str, taxis: usize) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = country::fresh_database(engine, folder.path());
        let key_file = folder.path().join("letaxi.key");
        let wide: Town =
            country::town("00001", "Grand-Bourg".to_owned(), (-3.0, 43.0), (0.5, 46.0));
        let wanted = Wanted {
            land: country::land(vec![wide]),
            taxis: taxis.try_into().unwrap(),
            hails: 100,
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
        store.close().await;
        let mut dice = Dice(1);
        let searches = (0..500).map(|_| {
            // Not at the rim, where there are fewer taxis.
            let (lon, lat) = dice.place(taxis.len(), 0.85);
            format!("/taxis?lon={lon:.6}&lat={lat:.6}")
        });
        let searches = searches.collect();
        Self { url, key_file, taxis, searches, folder, dice: Dice(2) }
    }

    /// The fleet's registry at work.
    pub(crate) async fn serve(&self) -> Server {
        Server::registry(&self.url, &self.key_file).await
    }

    /// Documents in which one operator's taxis say where they are, [`BATCH`] at a time; and its number.
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

    /// Lets every taxi say where it is.
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

    /// Answers of a server to the searches.
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
