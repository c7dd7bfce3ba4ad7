//! Clients that keep their connections for the next call to the same addresses.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use reqwest::{Client, RequestBuilder, Response};

use super::reason::is_closed;

/// Time for which an idle connection is kept: less than the 5 s after which Node.js and Apache close one.
pub(super) const KEPT_FOR: Duration = Duration::from_secs(4);
/// Maximum number of idle connections of a client.
pub(super) const MOST_IDLE: usize = 8;
/// Maximum number of clients; then all are dropped, and calls open connections again.
const MOST_CLIENTS: usize = 1_024;

/// Target of a client: scheme, host and port, and the addresses that were allowed for the host.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Target {
    origin: String,
    addresses: Vec<SocketAddr>,
}

impl Target {
    /// The order of the addresses, which name servers change with each answer, does not count.
    pub(super) fn new(origin: String, mut addresses: Vec<SocketAddr>) -> Self {
        addresses.sort_unstable();
        Self { origin, addresses }
    }
}

/// Clients by their targets.
#[derive(Default)]
pub(super) struct KeptClients(Mutex<HashMap<Target, Arc<KeptClient>>>);

impl KeptClients {
    /// The client of a target, made if there is none.
    pub(super) fn get(&self, target: Target, make: impl FnOnce() -> Client) -> Arc<KeptClient> {
        let mut clients = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if clients.len() >= MOST_CLIENTS && !clients.contains_key(&target) {
            clients.clear();
        }
        let new = || Arc::new(KeptClient { client: make(), has_answer: AtomicBool::default() });
        Arc::clone(clients.entry(target).or_insert_with(new))
    }
}

/// A client that may have kept a connection.
pub(super) struct KeptClient {
    client: Client,
    /// True once a server has answered: a connection may be kept.
    has_answer: AtomicBool,
}

impl KeptClient {
    /// Sends a request. A kept connection may be closed by the server just as the request is sent: then it is sent once
    /// more, on a connection of its own.
    ///
    /// # Errors
    ///
    /// As [`RequestBuilder::send`].
    pub(super) async fn send(
        &self,
        request: impl Fn(&Client) -> RequestBuilder,
        fresh: impl FnOnce() -> Client,
    ) -> Result<Response, reqwest::Error> {
        let may_be_kept = self.has_answer.load(Ordering::Relaxed);
        match request(&self.client).send().await {
            Err(error) if may_be_kept && is_closed(&error) => request(&fresh()).send().await,
            answer => {
                self.has_answer.fetch_or(answer.is_ok(), Ordering::Relaxed);
                answer
            }
        }
    }
}
