//! Users of a program that is killed.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use dispatch::hail::{Cause, RULES, Status};
use rand::{RngExt, SeedableRng, rngs::StdRng};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::sync::mpsc::UnboundedSender;

use super::HERE;
use super::program::{Server, call};
use crate::world::key_of;

/// A hail that was answered.
#[derive(Clone, Debug)]
pub(super) struct Made {
    pub(super) id: String,
    /// Its key, which is the customer's name, too.
    pub(super) key: String,
    pub(super) taxi: String,
    /// The whole answer.
    pub(super) answer: String,
}

impl Made {
    pub(super) fn new(key: &str, taxi: &str, answer: String) -> Self {
        let json: Value = serde_json::from_str(&answer).unwrap();
        let id = json["data"][0]["id"].as_str().unwrap().to_owned();
        Self { id, key: key.to_owned(), taxi: taxi.to_owned(), answer }
    }
}

/// Result of a call.
#[derive(Clone, Debug)]
pub(super) enum Deed {
    /// A hail was answered 201.
    Made(Made),
    /// A hail was requested, and the answer was lost.
    Lost { key: String, taxi: String },
    /// A step was answered 200.
    Stepped { hail: String, to: Status },
    /// Any other call was refused because the database was away.
    Refused,
    /// Any other result.
    Other,
}

/// Accounts, taxis and counters of a load.
pub(super) struct Load {
    pub(super) taxis: Vec<String>,
    pub(super) server: Server,
    /// Number of keys assigned.
    pub(super) keys: AtomicU64,
    /// Writes other than hails, by path.
    pub(super) writes: Mutex<BTreeMap<String, Writes>>,
}

/// Writes of one kind; each answered one must be in the activity log.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Writes {
    pub(super) sent: u64,
    /// Number of those answered 200.
    pub(super) answered: u64,
}

/// Status while the database is away or read-only.
const AWAY: u16 = 503;

/// True if the database is away and will come back by itself.
fn is_away((status, body): &(u16, String)) -> bool {
    *status == AWAY && body.contains("cannot be reached")
}

/// A user: random plan and created hails.
struct User {
    dice: StdRng,
    hails: Vec<String>,
}

impl User {
    fn new(seed: u64) -> Self {
        Self { dice: StdRng::seed_from_u64(seed), hails: Vec::new() }
    }
}

type Answered = std::io::Result<(u16, String)>;

impl Load {
    pub(super) fn new(taxis: Vec<String>, server: Server) -> Self {
        // Each was set free at its registration, long ago by the clock of that world: retention may delete the line.
        let writes = taxis.iter().map(|taxi| {
            let location = format!("/taxis/{taxi}");
            (location, Writes { sent: 1, answered: 0 })
        });
        let writes = Mutex::new(writes.collect());
        Self { taxis, server, keys: AtomicU64::new(0), writes }
    }

    /// Calls at random until the program does not answer any more.
    pub(super) async fn use_until_it_dies(
        &self,
        address: &str,
        seed: u64,
        deeds: &UnboundedSender<Deed>,
    ) {
        let mut user = User::new(seed);
        while let Some(deed) = self.use_once(address, &mut user).await {
            let lost = matches!(deed, Deed::Lost { .. });
            // The receiver is gone only if the test has failed already.
            if deeds.send(deed).is_err() || lost {
                return;
            }
        }
    }

    /// Calls at random until stopped, whatever the answers are.
    pub(super) async fn use_until_told(
        &self,
        address: &str,
        seed: u64,
        deeds: &UnboundedSender<Deed>,
        stop: &AtomicBool,
    ) {
        let mut user = User::new(seed);
        while !stop.load(Ordering::SeqCst) {
            let deed = self.use_once(address, &mut user).await.expect("it answers");
            if deeds.send(deed).is_err() {
                return;
            }
        }
    }

    /// Calls at random until stopped or the program does not answer any more.
    pub(super) async fn use_while_it_lives(
        &self,
        address: &str,
        seed: u64,
        deeds: &UnboundedSender<Deed>,
        stop: &AtomicBool,
    ) {
        let mut user = User::new(seed);
        while !stop.load(Ordering::SeqCst) {
            let Some(deed) = self.use_once(address, &mut user).await else { return };
            let is_gone =
                matches!(deed, Deed::Lost { .. }) && TcpStream::connect(address).await.is_err();
            if deeds.send(deed).is_err() || is_gone {
                return;
            }
        }
    }

    /// Makes one call; `None` if there is no answer.
    async fn use_once(&self, address: &str, user: &mut User) -> Option<Deed> {
        let taxi = &self.taxis[user.dice.random_range(0..self.taxis.len())];
        match user.dice.random_range(0..10) {
            0..4 => self.ask(address, taxi, &mut user.hails).await,
            4..8 => self.step(address, user).await,
            _ => {
                let free = json!({"status": "free"});
                let path = format!("PUT /taxis/{taxi}");
                let (status, _) = self.call(address, "op", &path, &free, "").await.ok()?;
                Some(if status == AWAY { Deed::Refused } else { Deed::Other })
            }
        }
    }

    /// A fresh key.
    pub(super) fn fresh_key(&self) -> String {
        format!("key-{}", self.keys.fetch_add(1, Ordering::Relaxed))
    }

    async fn ask(&self, address: &str, taxi: &str, mine: &mut Vec<String>) -> Option<Deed> {
        let key = self.fresh_key();
        Some(match self.ask_once(address, &key, taxi).await {
            Ok((201, answer)) => {
                let made = Made::new(&key, taxi, answer);
                mine.push(made.id.clone());
                Deed::Made(made)
            }
            Ok((400, _)) => Deed::Other,
            Ok((status, answer)) if status != AWAY => panic!("{status}: {answer}"),
            Ok(_) | Err(_) => Deed::Lost { key, taxi: taxi.to_owned() },
        })
    }

    /// Takes the user's latest hail a step that the rules allow; `None` if there is no answer.
    async fn step(&self, address: &str, user: &mut User) -> Option<Deed> {
        let User { dice, hails: mine } = user;
        let Some(hail) = mine.last().cloned() else { return Some(Deed::Other) };
        let path = format!("/hails/{hail}");
        let (status, body) =
            self.call(address, "admin", &format!("GET {path}"), &Value::Null, "").await.ok()?;
        if status == AWAY {
            return Some(Deed::Refused);
        }
        let life: Value = serde_json::from_str(&body).unwrap();
        let from: Status = life["data"][0]["status"].as_str().unwrap().parse().unwrap();
        let may = |rule: &&dispatch::hail::Rule| {
            rule.from == from && matches!(rule.cause, Cause::Operator | Cause::Client)
        };
        let ways: Vec<_> = RULES.iter().filter(may).map(|rule| rule.to).collect();
        if ways.is_empty() {
            if from.is_over() {
                mine.pop();
            }
            return Some(Deed::Other);
        }
        let to = ways[dice.random_range(0..ways.len())];
        let wish = json!({"status": to.word(), "taxi_phone_number": "0611223344"});
        let path = format!("PUT {path}");
        let (status, answer) = self.call(address, "admin", &path, &wish, "").await.ok()?;
        Some(match status {
            200 => Deed::Stepped { hail, to },
            400 => Deed::Other,
            AWAY => Deed::Refused,
            _ => panic!("{status}: {answer}"),
        })
    }

    /// Requests a hail with its key until there is an answer.
    pub(super) async fn hail(&self, address: &str, key: &str, taxi: &str) -> Answered {
        loop {
            match self.ask_once(address, key, taxi).await {
                Ok(answer) if is_away(&answer) => {}
                answer => return answer,
            }
        }
    }

    async fn ask_once(&self, address: &str, key: &str, taxi: &str) -> Answered {
        let hail = json!({
            "taxi_id": taxi, "customer_id": key, "customer_phone_number": "0611223344",
            "customer_lon": HERE[0], "customer_lat": HERE[1], "customer_address": "1 rue de Rivoli",
        });
        let header = format!("\r\nidempotency-key: {key}");
        self.call(address, "app", "POST /hails", &hail, &header).await
    }

    /// Ends hails, as far as the rules allow, and makes all taxis free.
    pub(super) async fn line_up(&self, address: &str, made: &[Made]) {
        for hail in made {
            self.end(address, hail).await;
        }
        for taxi in &self.taxis {
            self.free(address, taxi).await;
        }
    }

    /// Ends a hail, as far as the rules and the disk allow.
    pub(super) async fn end(&self, address: &str, hail: &Made) {
        let path = format!("PUT /hails/{}", hail.id);
        for to in [Status::DeclinedByCustomer, Status::CustomerOnBoard, Status::Finished] {
            let step = json!({"status": to.word()});
            let _done_or_not = self.insist(address, "admin", &path, &step).await;
        }
    }

    /// Sets a taxi free, and ignores the result.
    pub(super) async fn free(&self, address: &str, taxi: &str) {
        self.set(address, taxi, "free").await;
    }

    /// Sets the status of a taxi, and ignores the result.
    pub(super) async fn set(&self, address: &str, taxi: &str, status: &str) {
        let path = format!("PUT /taxis/{taxi}");
        let _taken_or_not = self.insist(address, "op", &path, &json!({"status": status})).await;
    }

    /// Reports positions of all taxis.
    pub(super) async fn report(&self, address: &str) {
        let position = |taxi| json!({"taxi_id": taxi, "lon": HERE[0], "lat": HERE[1]});
        let positions: Vec<_> = self.taxis.iter().map(position).collect();
        self.report_at(address, &json!(positions)).await;
    }

    /// Reports positions.
    pub(super) async fn report_at(&self, address: &str, positions: &Value) {
        let positions = json!({"positions": positions});
        let (status, _) = self.call(address, "op", "POST /geotaxi", &positions, "").await.unwrap();
        assert_eq!(status, 200);
    }

    /// The answer to an admin at a path.
    pub(super) async fn get(&self, address: &str, path: &str) -> Value {
        let path = format!("GET {path}");
        let (status, body) = self.insist(address, "admin", &path, &Value::Null).await;
        assert_eq!(status, 200, "{path}: {body}");
        serde_json::from_str(&body).unwrap()
    }

    /// Repeats a call until the database is not away any more: idle broken connections are found one by one.
    async fn insist(&self, address: &str, who: &str, line: &str, element: &Value) -> (u16, String) {
        loop {
            let answer = self.call(address, who, line, element, "").await.unwrap();
            if !is_away(&answer) {
                return answer;
            }
        }
    }

    async fn call(
        &self,
        address: &str,
        who: &str,
        call_line: &str,
        element: &Value,
        header: &str,
    ) -> Answered {
        let body =
            if element.is_null() { String::new() } else { json!({"data": [element]}).to_string() };
        let head = format!("{call_line} HTTP/1.1\r\nx-api-key: {}{header}", key_of(who));
        let location = call_line.strip_prefix("PUT ");
        let note = |change: fn(&mut Writes)| {
            if let Some(location) = location {
                change(self.writes.lock().unwrap().entry(location.to_owned()).or_default());
            }
        };
        note(|writes| writes.sent += 1);
        let answer = call(address, &head, &body).await;
        if let Ok((200, _)) = answer {
            note(|writes| writes.answered += 1);
        }
        answer
    }
}
