//! Messages between servers; `bus` carries them over NATS.

use std::fmt;
use std::net::IpAddr;

use async_trait::async_trait;
use registry::directory::KeyDigest;
use registry::{AccountId, TaxiId};
use ring::hmac;
use storage::nodes::NodeId;
use territory::Point;

use crate::app::account::limits::RequestKind;
use crate::app::monitor::metrics::Exposition;

/// Secrets that the servers of a registry share on a bus.
#[derive(Clone, Debug)]
pub struct BusSecrets {
    /// Name of the registry there, which only its own servers know.
    pub name: String,
    /// Key of the tags of messages.
    pub key: hmac::Key,
}

impl BusSecrets {
    /// Secrets of this name and key.
    pub fn new(name: String, key: &[u8]) -> Self {
        Self { name, key: hmac::Key::new(hmac::HMAC_SHA256, key) }
    }
}

/// A position of a taxi, as an account reported it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SharedFix {
    /// The taxi.
    pub taxi: TaxiId,
    /// The reporting account.
    pub account: AccountId,
    /// Where it was.
    pub point: Point,
    /// When, in seconds since the epoch: by the clock of this server, also if another one told it.
    pub at_s: u32,
}

/// Part of the positions that a server knows from others.
#[derive(Clone, Debug, PartialEq)]
pub struct Known {
    /// Some of them.
    pub fixes: Vec<SharedFix>,
    /// Number of all.
    pub total: u32,
    /// True if the server itself is not waiting for those of others.
    pub is_complete: bool,
}

/// Requests of a key that a server has let through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UsedKey {
    /// The key.
    pub digest: KeyDigest,
    /// The limit that they count for.
    pub kind: RequestKind,
    /// Their number.
    pub requests: u32,
}

/// Requests without a valid key from an address that a server has let through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UsedAddress {
    /// The address, or the network that counts as one.
    pub address: IpAddr,
    /// Their number.
    pub requests: u32,
}

/// Something that a server tells.
#[derive(Clone, Debug, PartialEq)]
pub enum Message {
    /// The database has changed; its feed tells how.
    Changed,
    /// Positions that were reported to this server: just now, or lately, as a part of an answer. Of several of one second the
    /// last told counts, because it was reported last.
    Positions(Vec<SharedFix>),
    /// Please tell me all positions that you know.
    Ask,
    /// Another part of the answer: positions that were reported to other servers. One of the same second as the asker's own
    /// may be older than that, and does not replace it.
    Known(Known),
    /// Requests since the last such message.
    Used(Vec<UsedKey>),
    /// Requests without a valid key since the last such message.
    UsedByAddress(Vec<UsedAddress>),
}

/// To whom a message goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum To {
    /// All other servers.
    All,
    /// One of them.
    Node(NodeId),
}

/// Something that comes from the bus.
#[derive(Clone, Debug, PartialEq)]
pub enum Heard {
    /// This server is connected, at first or again: messages may have been missed.
    Connected,
    /// Another server tells something.
    Told {
        /// That server.
        from: NodeId,
        /// Its message.
        message: Message,
        /// True if messages with positions were missed just before.
        has_missed: bool,
    },
}

/// The bus between servers. A message may get lost, and none is waited for.
#[async_trait]
pub trait Bus: Send + Sync {
    /// True if messages reach the bus.
    fn is_connected(&self) -> bool;

    /// Tells something; false if it was dropped, because the bus is away.
    async fn tell(&self, to: To, message: Message) -> bool;

    /// Waits for the next message of another server.
    async fn hear(&self) -> Heard;

    /// Writes metrics of the bus.
    ///
    /// # Errors
    ///
    /// If the exposition fails.
    fn show(&self, exposition: &mut Exposition<'_>) -> fmt::Result;
}
