//! Tickets between the password and the second step of a sign-in.

use async_trait::async_trait;
use registry::directory::KeyDigest;
use registry::{AccountId, Time};

use crate::Result;

/// A ticket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ticket {
    /// Digest of its text.
    pub digest: KeyDigest,
    /// The account whose password was given.
    pub account: AccountId,
    /// Its purpose, sealed.
    pub sealed: Vec<u8>,
    /// Hash of the password that was given.
    pub password_hash: Option<String>,
    /// It is valid before this time.
    pub until: Time,
}

/// Tickets. All of an account end with its password and with each change of its second step.
#[async_trait]
pub trait Tickets {
    /// Adds a ticket. Those that have expired go, and the oldest of its account beyond `most`.
    async fn add_ticket(&self, ticket: &Ticket, most: u32, now: Time) -> Result<()>;

    /// The ticket with this digest, if it is valid.
    async fn ticket(&self, digest: &KeyDigest, now: Time) -> Result<Option<Ticket>>;

    /// Counts an attempt with a ticket; false if there were so many already, or if it is not valid any more.
    async fn attempt(&self, digest: &KeyDigest, most: u32, now: Time) -> Result<bool>;

    /// Ends a ticket; false if somebody else has ended it.
    async fn end_ticket(&self, digest: &KeyDigest) -> Result<bool>;
}
