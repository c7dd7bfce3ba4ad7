//! The bus between servers, over NATS.
//!
//! NATS carries a message at most once: a restart of its server or a slow reader loses some. Therefore each message has a
//! number, by which gaps are counted, and nothing depends on one: changes are in the database, and taxis report again
//! within seconds. Subjects begin with a name that is derived from the secret key, so registries can share a NATS, and
//! those of positions name an area of some degrees, so that a server can follow only some areas.

mod area;
mod message;
mod peers;

use std::collections::{BTreeSet, HashMap};
use std::fmt;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use async_nats::connection::State;
use async_nats::{Client, ConnectOptions, Event, ServerAddr, Subscriber};
use async_trait::async_trait;
use futures_util::StreamExt as _;
use futures_util::stream::{SelectAll, select_all};
use percent_encoding::percent_decode_str;
use ring::hmac;
use storage::nodes::NodeId;
use tokio::sync::mpsc;
use tokio::time::timeout;

use crate::app::clock::Clock;
use crate::app::monitor::metrics::{Exposition, Labels, label};
use crate::app::nodes::bus::{Bus, BusSecrets, Heard, Known, Message, SharedFix, To};
pub use message::{Letter, Unread, VERSION};

use area::area_of;
use message::{MOST_FIXES, MOST_KEYS, UNNUMBERED, kind};
use peers::{Noted, Peers, by_our_clock};

/// Longest pause before it is tried again to connect.
const RECONNECT_WITHIN: Duration = Duration::from_millis(250);
/// Longest attempt to connect.
const CONNECT_WITHIN: Duration = Duration::from_secs(2);
/// Interval of checks of a connection on which nothing comes.
const PING_EVERY: Duration = Duration::from_secs(2);
/// Messages that wait in this process before they are sent, and before they are heard. Further ones are dropped.
const MOST_WAITING: usize = 1_024;
/// Most kinds of events of a connection that are told before it is made.
const MOST_TOLD: usize = 20;
/// Longest wait for room to send.
const SEND_WITHIN: Duration = Duration::from_secs(1);

/// A bus cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum BusFault {
    /// The address of a server.
    #[error("the setting nats: {0}")]
    Address(std::io::Error),
    /// The client refuses.
    #[error("the setting nats: {0}")]
    Connect(#[from] async_nats::ConnectError),
    /// It cannot be followed.
    #[error("the bus cannot be followed: {0}")]
    Subscribe(#[from] async_nats::SubscribeError),
}

/// Reads the list of servers of the setting.
fn addresses(servers: &str) -> Result<Vec<ServerAddr>, BusFault> {
    let servers = servers.split(',').map(|server| server.trim().parse());
    servers.collect::<Result<_, _>>().map_err(BusFault::Address)
}

/// Connects once to one of these servers, and leaves again; returns its version.
///
/// # Errors
///
/// If an address is none, or none of the servers can be reached.
pub async fn reach(servers: &str) -> Result<String, BusFault> {
    let options = ConnectOptions::new().name("letaxi check").connection_timeout(CONNECT_WITHIN);
    let client = options.connect(addresses(servers)?).await?;
    Ok(client.server_info().version)
}

/// A bus over NATS.
pub struct NatsBus {
    client: Client,
    own: NodeId,
    /// Beginning of all subjects.
    root: String,
    /// Key of the tags of messages.
    key: hmac::Key,
    clock: Clock,
    /// Number of the last message of each kind and area.
    numbers: Mutex<HashMap<(u8, u16), u64>>,
    coming: tokio::sync::Mutex<Coming>,
    peers: Peers,
    told: AtomicU64,
    heard: AtomicU64,
    dropped: AtomicU64,
    of_other_versions: AtomicU64,
    malformed: AtomicU64,
    forged: AtomicU64,
}

struct Coming {
    messages: SelectAll<Subscriber>,
    connections: mpsc::Receiver<()>,
}

impl NatsBus {
    /// Begins to connect to these servers (a list separated by commas), and goes on trying as long as it takes. `ca` is a file
    /// of certificates to trust, in place of the system's.
    ///
    /// # Errors
    ///
    /// If an address is none.
    pub async fn open(
        servers: &str,
        ca: Option<&Path>,
        secrets: &BusSecrets,
        own: NodeId,
        clock: Clock,
    ) -> Result<Self, BusFault> {
        let servers = addresses(servers)?;
        let (connected, connections) = mpsc::channel(16);
        let told = ToldEvents::default();
        let client = options(&servers, ca)
            .name("letaxi")
            .no_echo()
            .retry_on_initial_connect()
            .connection_timeout(CONNECT_WITHIN)
            .ping_interval(PING_EVERY)
            .client_capacity(MOST_WAITING)
            .subscription_capacity(MOST_WAITING)
            .reconnect_delay_callback(|tries| {
                let tries = u32::try_from(tries).unwrap_or(u32::MAX);
                RECONNECT_WITHIN.min(Duration::from_millis(10).saturating_mul(tries))
            })
            .event_callback(move |event| {
                told.note(&event);
                if matches!(event, Event::Connected) {
                    // If nobody has taken the last ones, one more tells nothing.
                    let _ = connected.try_send(());
                }
                std::future::ready(())
            })
            .connect(servers)
            .await?;
        let root = format!("letaxi.{}", secrets.name);
        let all = client.subscribe(format!("{root}.all.>")).await?;
        let mine = client.subscribe(format!("{root}.to.{own}")).await?;
        let coming = Coming { messages: select_all([all, mine]), connections };
        Ok(Self {
            client,
            own,
            root,
            key: secrets.key.clone(),
            clock,
            numbers: Mutex::default(),
            coming: tokio::sync::Mutex::new(coming),
            peers: Peers::default(),
            told: AtomicU64::new(0),
            heard: AtomicU64::new(0),
            dropped: AtomicU64::new(0),
            of_other_versions: AtomicU64::new(0),
            malformed: AtomicU64::new(0),
            forged: AtomicU64::new(0),
        })
    }

    fn now_ms(&self) -> i64 {
        self.clock.now().timestamp_millis()
    }

    fn number(&self, message: &Message, area: u16) -> u64 {
        let mut numbers = self.numbers.lock().unwrap_or_else(PoisonError::into_inner);
        let number = numbers.entry((kind(message), area)).or_default();
        *number += 1;
        *number
    }

    async fn send(&self, to: To, area: u16, message: Message) -> bool {
        let subject = match (to, &message) {
            (To::Node(node), _) => format!("{}.to.{node}", self.root),
            (To::All, Message::Positions(_)) => format!("{}.all.positions.{area}", self.root),
            (To::All, message) => format!("{}.all.{}", self.root, kind(message)),
        };
        let number = match to {
            To::All => self.number(&message, area),
            To::Node(_) => UNNUMBERED,
        };
        let letter = Letter { sender: self.own, number, sent_ms: self.now_ms(), area, message };
        let sent = self.client.publish(subject, letter.bytes(&self.key).into());
        let is_sent = self.is_connected() && matches!(timeout(SEND_WITHIN, sent).await, Ok(Ok(())));
        let count = if is_sent { &self.told } else { &self.dropped };
        count.fetch_add(1, Ordering::Relaxed);
        is_sent
    }

    /// Something that another server tells; `None` if it is not to be used.
    fn read(&self, bytes: &[u8]) -> Option<Heard> {
        let letter = match Letter::read(bytes, &self.key) {
            Ok(letter) => letter,
            Err(Unread::Version(_) | Unread::Kind(_)) => {
                self.of_other_versions.fetch_add(1, Ordering::Relaxed);
                return None;
            }
            Err(Unread::Forged) => {
                self.forged.fetch_add(1, Ordering::Relaxed);
                return None;
            }
            Err(Unread::Malformed) => {
                self.malformed.fetch_add(1, Ordering::Relaxed);
                return None;
            }
        };
        if letter.sender == self.own {
            return None;
        }
        self.heard.fetch_add(1, Ordering::Relaxed);
        let Noted { ahead_ms, has_missed, is_repeated } = self.peers.note(&letter, self.now_ms());
        // Somebody who listens may send it again: other kinds do no harm then.
        if is_repeated && matches!(letter.message, Message::Used(_) | Message::UsedByAddress(_)) {
            return None;
        }
        let Letter { sender: from, mut message, .. } = letter;
        if let Message::Positions(fixes) | Message::Known(Known { fixes, .. }) = &mut message {
            for fix in fixes {
                fix.at_s = by_our_clock(fix.at_s, ahead_ms);
            }
        }
        Some(Heard::Told { from, message, has_missed })
    }
}

#[async_trait]
impl Bus for NatsBus {
    fn is_connected(&self) -> bool {
        self.client.connection_state() == State::Connected
    }

    async fn tell(&self, to: To, message: Message) -> bool {
        match message {
            Message::Positions(fixes) => {
                let mut are_sent = true;
                for (area, fixes) in by_area(fixes) {
                    for part in fixes.chunks(MOST_FIXES) {
                        are_sent &= self.send(to, area, Message::Positions(part.to_vec())).await;
                    }
                }
                are_sent
            }
            Message::Used(keys) => {
                let mut are_sent = true;
                for part in keys.chunks(MOST_KEYS) {
                    are_sent &= self.send(to, 0, Message::Used(part.to_vec())).await;
                }
                are_sent
            }
            Message::UsedByAddress(addresses) => {
                let mut are_sent = true;
                for part in addresses.chunks(MOST_KEYS) {
                    are_sent &= self.send(to, 0, Message::UsedByAddress(part.to_vec())).await;
                }
                are_sent
            }
            message => self.send(to, 0, message).await,
        }
    }

    async fn hear(&self) -> Heard {
        let mut coming = self.coming.lock().await;
        loop {
            let Coming { messages, connections } = &mut *coming;
            let heard = tokio::select! {
                Some(()) = connections.recv() => Some(Heard::Connected),
                Some(message) = messages.next() => self.read(&message.payload),
                // The client has ended, with the process.
                else => std::future::pending().await,
            };
            if let Some(heard) = heard {
                return heard;
            }
        }
    }

    fn show(&self, exposition: &mut Exposition<'_>) -> fmt::Result {
        let load = |count: &AtomicU64| count.load(Ordering::Relaxed);
        let outcomes = [
            ("told", &self.told),
            ("heard", &self.heard),
            ("dropped", &self.dropped),
            ("other_version", &self.of_other_versions),
            ("malformed", &self.malformed),
            ("forged", &self.forged),
        ];
        let rows = outcomes.map(|(name, count)| (vec![label("outcome", name)], load(count)));
        exposition.counter("bus_messages", "Messages on the bus", rows)?;
        let gaps = [(Labels::new(), load(&self.peers.gaps))];
        exposition.counter("bus_gaps", "Messages of other servers that never came", gaps)?;
        let delays = [(Labels::new(), &self.peers.delays)];
        exposition.times("bus_delay_seconds", "How long messages of other servers took", delays)
    }
}

/// The login and the trusted authorities of a connection. The client takes no login of an address by itself: the first counts
/// for all servers.
fn options(servers: &[ServerAddr], ca: Option<&Path>) -> ConnectOptions {
    let options = ConnectOptions::new();
    let options = match ca {
        Some(file) => options.add_root_certificates(file.to_owned()),
        None => options,
    };
    let decode = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
    let login = servers.iter().find_map(|server| Some((server.username()?, server.password())));
    match login {
        Some((user, Some(password))) => options.user_and_password(decode(user), decode(password)),
        Some((token, None)) => options.token(decode(token)),
        None => options,
    }
}

/// Events of the connection that were told: attempts to connect fail several times a second for the same reasons, which the
/// log tells once.
#[derive(Debug, Default)]
struct ToldEvents(Mutex<BTreeSet<String>>);

impl ToldEvents {
    fn note(&self, event: &Event) {
        let mut told = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match event {
            Event::Connected => told.clear(),
            Event::Disconnected => tracing::warn!("the connection to the bus is lost"),
            event if told.len() < MOST_TOLD && told.insert(event.to_string()) => {
                tracing::warn!(%event, "the bus");
            }
            _ => {}
        }
    }
}

/// Positions by their areas.
fn by_area(fixes: Vec<SharedFix>) -> HashMap<u16, Vec<SharedFix>> {
    let mut areas = HashMap::<u16, Vec<SharedFix>>::new();
    for fix in fixes {
        areas.entry(area_of(fix.point)).or_default().push(fix);
    }
    areas
}
