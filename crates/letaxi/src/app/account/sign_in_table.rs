//! Sign-ins in memory, by the digest of their cookie.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use chrono::TimeDelta;
use dashmap::{DashMap, DashSet};
use registry::directory::KeyDigest;
use registry::{AccountId, Time};
use storage::sign_ins::SignIn;

use super::limits::KeyUsage;

/// Time without a request after which a sign-in ends.
pub(super) const IDLE_FOR: TimeDelta = TimeDelta::hours(12);
/// Time after which a sign-in ends in any case.
pub(super) const LASTS: TimeDelta = TimeDelta::days(30);

/// A sign-in in memory.
#[derive(Debug)]
pub(super) struct Live {
    pub(super) id: i64,
    pub(super) account: AccountId,
    pub(super) created_at: Time,
    /// True if the identity provider asked for the second step.
    pub(super) second_step_elsewhere: bool,
    pub(super) seen_at_s: AtomicI64,
    pub(super) usage: KeyUsage,
}

/// All sign-ins.
#[derive(Debug, Default)]
pub(in crate::app) struct SignInTable {
    pub(super) by_digest: DashMap<KeyDigest, Arc<Live>>,
    /// Accounts with a second step.
    second_steps: DashSet<AccountId>,
    /// Second of the last write of times.
    pub(super) written_s: AtomicI64,
}

impl SignInTable {
    /// Replaces all sign-ins by those of the database. Times of requests and limits of known ones stay.
    pub(in crate::app) fn set(&self, sign_ins: Vec<SignIn>) {
        let kept: HashSet<_> = sign_ins.iter().map(|it| it.digest).collect();
        self.by_digest.retain(|digest, _| kept.contains(digest));
        for sign_in in sign_ins {
            self.by_digest.entry(sign_in.digest).or_insert_with(|| Arc::new(Live::of(&sign_in)));
        }
    }

    /// Replaces the accounts with a second step by those of the database.
    pub(in crate::app) fn set_second_steps(&self, accounts: Vec<AccountId>) {
        let known: HashSet<_> = accounts.into_iter().collect();
        self.second_steps.retain(|account| known.contains(account));
        for account in known {
            self.second_steps.insert(account);
        }
    }

    /// True if an account has a second step.
    pub(super) fn has_second_step(&self, account: AccountId) -> bool {
        self.second_steps.contains(&account)
    }

    pub(super) fn remember_second_step(&self, account: AccountId) {
        self.second_steps.insert(account);
    }

    pub(super) fn forget_second_step(&self, account: AccountId) {
        self.second_steps.remove(&account);
    }

    /// Ends all sign-ins of an account in memory.
    pub(super) fn end_all_of(&self, account: AccountId) {
        self.end_others_of(account, None);
    }

    /// Ends the sign-ins of an account in memory, but for one.
    pub(super) fn end_others_of(&self, account: AccountId, kept: Option<i64>) {
        self.by_digest.retain(|_, live| live.account != account || Some(live.id) == kept);
    }
}

impl Live {
    /// A sign-in as it was written.
    pub(super) fn of(sign_in: &SignIn) -> Self {
        Self {
            id: sign_in.id,
            account: sign_in.account,
            created_at: sign_in.created_at,
            second_step_elsewhere: sign_in.second_step_elsewhere,
            seen_at_s: AtomicI64::new(sign_in.last_seen_at.timestamp()),
            usage: KeyUsage::default(),
        }
    }

    /// True if it has ended by itself.
    pub(super) fn is_over(&self, now: Time) -> bool {
        let seen_at_s = self.seen_at_s.load(Ordering::Relaxed);
        now >= self.created_at + LASTS || now.timestamp() >= seen_at_s + IDLE_FOR.num_seconds()
    }
}
