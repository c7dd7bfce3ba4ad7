//! Several servers of one registry.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use letaxi::app::account::limits::Limits;
use letaxi::app::clock::Clock;
use letaxi::app::nodes::Membership;
use letaxi::app::nodes::bus::{Bus, BusSecrets};
use letaxi::bus::NatsBus;
use storage::Process;
use storage::nodes::{NodeCard, NodeId};
use tokio::sync::watch;

use super::schemas::Holding;
use super::{Engine, World, open, service};

static NODES: AtomicI64 = AtomicI64::new(1);

/// Keeps a server running.
pub(crate) struct Running {
    _stopper: watch::Sender<bool>,
}

/// Address of an empty database, for several servers.
pub(crate) fn shared_url() -> String {
    World::fresh_url(Engine::Postgres)
}

impl World {
    /// The first server on a database.
    pub(crate) async fn first_node(url: &str, nats: Option<&str>) -> Self {
        let first = Self::at(url).await;
        let node = first.node_beside(nats).await;
        first.close().await;
        node
    }

    /// Runs a statement of SQL on the database.
    pub(crate) fn sql(&self, statement: &str) -> String {
        super::sql(&self.url, statement)
    }

    /// Holds a lock on a table until the returned value is dropped.
    pub(crate) fn hold(&self, table: &str) -> Holding {
        super::schemas::hold(&self.url, table)
    }

    /// Secrets on the bus that no other registry of the tests has.
    pub(crate) fn bus_secrets(&self) -> BusSecrets {
        let name: String = self.url.chars().filter(char::is_ascii_alphanumeric).collect();
        BusSecrets::new(name.clone(), name.as_bytes())
    }

    /// Does all that a running server does, until the returned value is dropped.
    pub(crate) fn run(&self) -> Running {
        let (stopper, stop) = watch::channel(false);
        tokio::spawn(self.app().run(stop));
        Running { _stopper: stopper }
    }

    /// Another server of the same registry, with the same clock and operators' servers.
    pub(crate) async fn node_beside(&self, nats: Option<&str>) -> Self {
        let url = &self.url;
        let id = NodeId(NODES.fetch_add(1, Ordering::Relaxed));
        let store = storage::open_as(url, Process::Node(id)).await.unwrap();
        let card = NodeCard {
            id,
            name: format!("node-{}", id.0),
            version: "0.1.0".to_owned(),
            bus: "a bus".to_owned(),
            areas: String::new(),
        };
        let mut bus: Option<Arc<dyn Bus>> = None;
        if let Some(nats) = nats {
            let clock = Clock::Hand(self.clock.clone());
            bus = Some(Arc::new(
                NatsBus::open(nats, None, &self.bus_secrets(), id, clock).await.unwrap(),
            ));
        }
        let membership = Membership { card, bus };
        let membership = Some(&membership);
        let app = open(
            &store,
            &self.clock,
            &self.settings,
            &self.servers,
            self.post.as_ref(),
            self.provider.as_ref(),
            membership,
        )
        .await;
        app.join_nodes().await.unwrap();
        Self {
            url: url.clone(),
            router: service::router(app.clone()),
            app,
            store,
            clock: self.clock.clone(),
            settings: self.settings.clone(),
            servers: Arc::clone(&self.servers),
            post: self.post.clone(),
            provider: self.provider.clone(),
            accounts: self.accounts.clone(),
            land: self.land.clone(),
        }
    }

    /// Replaces this server by one with other limits.
    pub(crate) async fn limit(&mut self, limits: Limits, nats: &str) {
        self.settings.limits = limits;
        let node = self.node_beside(Some(nats)).await;
        self.app.leave_nodes().await.unwrap();
        std::mem::replace(self, node).close().await;
    }
}
