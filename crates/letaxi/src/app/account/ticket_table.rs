//! Tickets between the password and the second step of a sign-in, in memory: good for some minutes and a few attempts.
//! A restart forgets them, and a person begins again.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use chrono::TimeDelta;
use dashmap::DashMap;
use registry::directory::KeyDigest;
use registry::{AccountId, Time};

use super::totp::TotpSecret;

/// Time for which a ticket is valid: enough to install an app on a phone.
const VALID_FOR: TimeDelta = TimeDelta::minutes(10);
/// Maximum number of attempts with a ticket.
pub const MOST_ATTEMPTS: u32 = 5;
/// Maximum number of tickets of an account; a further one ends the oldest.
const MOST_OF_ACCOUNT: usize = 5;

/// The end to which a ticket leads.
#[derive(Clone, Debug)]
pub(super) enum Purpose {
    /// A sign-in on a device, by a code of the account's second step.
    Code { device: String },
    /// A second step with this secret; a sign-in on a device as well, if one is under way.
    SetUp { secret: TotpSecret, device: Option<String> },
}

/// A ticket: somebody has given the password of an account.
#[derive(Clone, Debug)]
pub(super) struct Ticket {
    pub(super) account: AccountId,
    pub(super) purpose: Purpose,
    /// Hash of the password that was given: a new password ends the ticket.
    pub(super) password_hash: Option<String>,
    until: Time,
    attempts: Arc<AtomicU32>,
}

impl Ticket {
    /// A fresh ticket.
    pub(super) fn new(
        account: AccountId,
        purpose: Purpose,
        password_hash: Option<String>,
        now: Time,
    ) -> Self {
        Self { account, purpose, password_hash, until: now + VALID_FOR, attempts: Arc::default() }
    }
}

/// All tickets, by their digests.
#[derive(Debug, Default)]
pub(in crate::app) struct Tickets(DashMap<KeyDigest, Ticket>);

impl Tickets {
    pub(super) fn add(&self, digest: KeyDigest, ticket: Ticket, now: Time) {
        self.0.retain(|_, other| other.until > now);
        let own = self.0.iter().filter(|other| other.account == ticket.account);
        let mut own: Vec<_> = own.map(|other| (other.until, *other.key())).collect();
        own.sort_unstable();
        for (_, oldest) in own.iter().rev().skip(MOST_OF_ACCOUNT - 1) {
            self.0.remove(oldest);
        }
        self.0.insert(digest, ticket);
    }

    /// The ticket with this digest, if it is valid and `fits`; counts an attempt.
    pub(super) fn attempt(
        &self,
        digest: &KeyDigest,
        now: Time,
        fits: impl FnOnce(&Ticket) -> bool,
    ) -> Option<Ticket> {
        let ticket = self.0.get(digest)?.clone();
        if !fits(&ticket) {
            return None;
        }
        let is_valid =
            ticket.until > now && ticket.attempts.fetch_add(1, Ordering::Relaxed) < MOST_ATTEMPTS;
        is_valid.then_some(ticket)
    }

    /// Ends a ticket; false if somebody else has ended it.
    pub(super) fn end(&self, digest: &KeyDigest) -> bool {
        self.0.remove(digest).is_some()
    }

    /// Ends all tickets of an account.
    pub(super) fn end_all_of(&self, account: AccountId) {
        self.0.retain(|_, ticket| ticket.account != account);
    }
}
