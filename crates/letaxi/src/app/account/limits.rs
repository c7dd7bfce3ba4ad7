//! Rate limits: requests of a key, requests without a key, failed log-ins.
//!
//! A bucket is one number, the time at which it will be full again (the generic cell rate algorithm), so hot
//! paths take from it without a lock. Time is an argument.
//!
//! **Invariant:** memory for clients without a key is bounded: `MOST_REMEMBERED` of them have buckets, and
//! all others share one.

use std::hash::{Hash, RandomState};
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU32, Ordering};
use std::time::Duration;

use chrono::DateTime;
use dashmap::DashMap;
use registry::directory::KeyDigest;
use registry::{Account, AccountId, Time};

use super::origin::Origin;

/// Maximum number of keys of an account.
pub const MOST_KEYS: usize = 20;
/// Limit of failed log-ins per address and e-mail address, in a minute.
pub const FAILED_LOG_INS_A_MINUTE: NonZeroU32 = NonZeroU32::new(10).expect("not zero");
/// Limit of failed log-ins per address, in a minute.
pub const FAILED_LOG_INS_OF_ADDRESS_A_MINUTE: NonZeroU32 = NonZeroU32::new(100).expect("not zero");
/// Limit of wrong codes of the second step of an account, in an hour: of a million codes three are right at a time.
pub const WRONG_CODES_AN_HOUR: NonZeroU32 = NonZeroU32::new(10).expect("not zero");
/// Limit of requests for a new password by one e-mail address, in an hour.
pub const FORGOTTEN_AN_HOUR: NonZeroU32 = NonZeroU32::new(3).expect("not zero");
/// Limit of requests for a new password from one address, in an hour.
pub const FORGOTTEN_OF_ADDRESS_AN_HOUR: NonZeroU32 = NonZeroU32::new(20).expect("not zero");
/// Limit of visits at the identity provider that begin at one address, in a minute.
pub const VISITS_OF_ADDRESS_A_MINUTE: NonZeroU32 = NonZeroU32::new(100).expect("not zero");
/// Limit of look-ups of an inspector, in a minute.
pub const INSPECTIONS_A_MINUTE: NonZeroU32 = NonZeroU32::new(30).expect("not zero");
/// Limit of test calls to an operator's server, in a minute.
pub const TEST_CALLS_A_MINUTE: NonZeroU32 = NonZeroU32::new(10).expect("not zero");
/// Default burst, in seconds' worth of requests.
const BURST_S: u32 = 4;
/// Burst of requests without a key, in seconds: a page in a browser sends many at once.
const STRANGERS_BURST_S: u32 = 10;
/// Maximum number of buckets of addresses, and of pairs of address and e-mail address.
pub(super) const MOST_REMEMBERED: usize = 100_000;
/// Maximum length of an unreadable address in the log, in bytes.
pub(super) const MOST_SHOWN: usize = 64;
/// Nanoseconds in a second.
const SECOND_NS: i64 = 1_000_000_000;

/// Rate limits; 0, the default, is no limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// Requests per second of one key; an account may have a limit of its own.
    pub requests_per_s: u32,
    /// Burst of requests of one key.
    pub requests_burst: u32,
    /// Reports of positions per second of one key, separate from its other requests.
    pub positions_per_s: u32,
    /// Requests per second without a valid key from one address.
    pub stranger_requests_per_s: u32,
}

impl Limits {
    pub(super) fn of(&self, kind: RequestKind, owner: &Account) -> Option<Rate> {
        match kind {
            RequestKind::Positions => self.of_positions(owner),
            RequestKind::Other => self.of_key(owner),
        }
    }

    /// The account's own limit applies only if it is higher.
    fn of_positions(&self, owner: &Account) -> Option<Rate> {
        let rate = match owner.requests_per_s.map(i32::unsigned_abs) {
            Some(0) => 0,
            Some(own) if self.positions_per_s > 0 => own.max(self.positions_per_s),
            _ => self.positions_per_s,
        };
        Rate::per_second(rate, rate.saturating_mul(BURST_S))
    }

    fn of_key(&self, owner: &Account) -> Option<Rate> {
        match owner.requests_per_s.map(i32::unsigned_abs) {
            Some(own) => Rate::per_second(own, own.saturating_mul(BURST_S)),
            None => Rate::per_second(self.requests_per_s, self.requests_burst),
        }
    }

    pub(super) fn of_stranger(&self) -> Option<Rate> {
        let rate = self.stranger_requests_per_s;
        Rate::per_second(rate, rate.saturating_mul(STRANGERS_BURST_S))
    }
}

/// A rate with its burst.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Rate {
    /// Time that restores one request, in nanoseconds.
    interval_ns: i64,
    /// Time that restores the whole burst, in nanoseconds.
    burst_ns: i64,
}

impl Rate {
    /// `None` if there is no limit.
    fn per_second(rate: u32, burst: u32) -> Option<Self> {
        Some(Self::new(NonZeroU32::new(rate)?, SECOND_NS, burst))
    }

    pub(super) fn per_minute(rate: NonZeroU32) -> Self {
        Self::new(rate, 60 * SECOND_NS, rate.get())
    }

    pub(super) fn per_hour(rate: NonZeroU32) -> Self {
        Self::new(rate, 3_600 * SECOND_NS, rate.get())
    }

    fn new(rate: NonZeroU32, in_ns: i64, burst: u32) -> Self {
        let interval_ns = in_ns / i64::from(rate.get());
        Self { interval_ns, burst_ns: interval_ns.saturating_mul(i64::from(burst.max(1))) }
    }
}

/// The limit is reached; a repetition is possible after this time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("too many: come back in {:.1} s", .0.as_secs_f64())]
pub struct TooMany(pub Duration);

/// Remaining requests. A new bucket is full.
#[derive(Debug, Default)]
pub(super) struct Bucket {
    /// Time at which it will be full again, in nanoseconds since the epoch.
    full_at_ns: AtomicI64,
}

impl Bucket {
    pub(super) fn take(&self, rate: Rate, now_ns: i64) -> Result<(), TooMany> {
        let mut known = self.full_at_ns.load(Ordering::Relaxed);
        loop {
            // A clock that was set back must not block anybody until it has caught up.
            let full_at = known.clamp(now_ns, now_ns.saturating_add(rate.burst_ns));
            let taken = full_at + rate.interval_ns;
            let late_ns = taken - now_ns - rate.burst_ns;
            let new = if late_ns > 0 { full_at } else { taken };
            let set = self.full_at_ns.compare_exchange_weak(
                known,
                new,
                Ordering::Relaxed,
                Ordering::Relaxed,
            );
            match set {
                Ok(_) if late_ns > 0 => {
                    return Err(TooMany(Duration::from_nanos(late_ns.unsigned_abs())));
                }
                Ok(_) => return Ok(()),
                Err(other) => known = other,
            }
        }
    }

    /// Takes requests that another server has let through already, as far as there are any.
    pub(super) fn take_many(&self, rate: Rate, requests: u32, now_ns: i64) {
        let taken_ns = rate.interval_ns.saturating_mul(i64::from(requests));
        let take = |known: i64| {
            let most = now_ns.saturating_add(rate.burst_ns);
            Some(known.clamp(now_ns, most).saturating_add(taken_ns).min(most))
        };
        // It never refuses.
        let _ = self.full_at_ns.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take);
    }

    pub(super) fn give_back(&self, rate: Rate) {
        self.full_at_ns.fetch_sub(rate.interval_ns, Ordering::Relaxed);
    }

    fn is_full(&self, now_ns: i64) -> bool {
        self.full_at_ns.load(Ordering::Relaxed) <= now_ns
    }
}

/// Buckets of clients that are not known in advance.
#[derive(Debug)]
pub(super) struct Buckets<K: Eq + Hash> {
    each: DashMap<K, Bucket>,
    /// Shared bucket of all clients without one of their own.
    rest: Bucket,
}

impl<K: Eq + Hash> Default for Buckets<K> {
    fn default() -> Self {
        Self { each: DashMap::new(), rest: Bucket::default() }
    }
}

impl<K: Eq + Hash> Buckets<K> {
    pub(super) fn with<T>(&self, key: K, work: impl FnOnce(&Bucket) -> T) -> T {
        if let Some(bucket) = self.each.get(&key) {
            return work(&bucket);
        }
        if self.each.len() >= MOST_REMEMBERED {
            return work(&self.rest);
        }
        work(&self.each.entry(key).or_default())
    }

    /// Removes full buckets.
    pub(super) fn sweep(&self, now_ns: i64) {
        self.each.retain(|_, bucket| !bucket.is_full(now_ns));
    }
}

/// Kind of a request, which determines the limit of a key that applies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RequestKind {
    /// A report of positions. Many operators send each position in a request of its own.
    Positions,
    /// Any other request.
    Other,
}

/// Buckets of a key, and its last use.
#[derive(Debug, Default)]
pub(super) struct KeyUsage {
    positions: Bucket,
    other: Bucket,
    used_at_s: AtomicI64,
    /// Requests that other servers were not told of yet: reports of positions, and others.
    untold: [AtomicU32; 2],
}

impl KeyUsage {
    pub(super) fn take(
        &self,
        kind: RequestKind,
        rate: Option<Rate>,
        now_ns: i64,
    ) -> Result<(), TooMany> {
        self.used_at_s.store(now_ns / SECOND_NS, Ordering::Relaxed);
        rate.map_or(Ok(()), |rate| self.bucket(kind).take(rate, now_ns))
    }

    pub(super) fn bucket(&self, kind: RequestKind) -> &Bucket {
        match kind {
            RequestKind::Positions => &self.positions,
            RequestKind::Other => &self.other,
        }
    }

    /// See [`KeyUsage::untold`].
    pub(super) fn untold(&self, kind: RequestKind) -> &AtomicU32 {
        &self.untold[usize::from(kind == RequestKind::Other)]
    }
}

/// All buckets.
#[derive(Debug, Default)]
pub(in crate::app) struct Usage {
    pub(super) keys: DashMap<KeyDigest, KeyUsage>,
    /// Second up to which times of last use were written.
    pub(in crate::app) written_s: AtomicI64,
    pub(super) strangers: Buckets<Origin>,
    /// Requests of strangers that other servers were not told of yet.
    pub(super) untold_strangers: DashMap<IpAddr, u32>,
    pub(super) log_ins: Buckets<(u64, Origin)>,
    pub(super) log_ins_of_address: Buckets<Origin>,
    /// Wrong codes of second steps.
    pub(super) codes: Buckets<AccountId>,
    /// Requests for a new password, by a hash of the e-mail address.
    pub(super) forgotten: Buckets<u64>,
    pub(super) forgotten_of_address: Buckets<Origin>,
    /// Visits at the identity provider.
    pub(super) visits_of_address: Buckets<Origin>,
    /// Look-ups by inspectors.
    pub(super) inspections: Buckets<AccountId>,
    /// Test calls to operators' servers.
    pub(super) test_calls: Buckets<AccountId>,
    /// Limit of log entries about unreadable addresses.
    pub(super) unreadable_origins: Bucket,
    /// Hashes e-mail addresses, so that each takes the same memory.
    pub(super) hasher: RandomState,
}

impl Usage {
    /// Keys used in this second or later, with the times.
    pub(in crate::app) fn keys_used_since(&self, second: i64) -> Vec<(KeyDigest, Time)> {
        let used = self.keys.iter().map(|entry| {
            let at = entry.used_at_s.load(Ordering::Relaxed);
            (*entry.key(), DateTime::from_timestamp_secs(at).unwrap_or_default())
        });
        used.filter(|(_, at)| at.timestamp() >= second).collect()
    }
}

/// Credential of a request.
#[derive(Clone, Copy, Debug)]
pub enum Presented<'a> {
    /// An API key.
    Key(&'a str),
    /// The cookie of a sign-in.
    Cookie(&'a str),
}

/// The sender of an accepted request.
#[derive(Clone, Debug)]
pub struct Admitted {
    /// Account of the key or cookie; `None` without a valid one.
    pub owner: Option<Arc<Account>>,
    /// Number of the sign-in, if a valid cookie was sent.
    pub sign_in: Option<i64>,
    /// Origin of the request.
    pub from: Origin,
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(super) fn taken(bucket: &Bucket, rate: Rate, now_ns: i64) -> usize {
        (0..10_000).take_while(|_| bucket.take(rate, now_ns).is_ok()).count()
    }

    #[test]
    fn a_burst_goes_through_and_then_as_many_as_are_earned() {
        let rate = Rate::per_second(500, 2_000).unwrap();
        let (bucket, start) = (Bucket::default(), 1_700_000_000 * SECOND_NS);
        assert_eq!(taken(&bucket, rate, start), 2_000);
        let refused = bucket.take(rate, start);
        assert_eq!(refused, Err(TooMany(Duration::from_millis(2))));
        assert_eq!(taken(&bucket, rate, start + SECOND_NS), 500);
        assert_eq!(taken(&bucket, rate, start + 100 * SECOND_NS), 2_000);
    }

    #[test]
    fn requests_let_through_elsewhere_count_and_never_beyond_the_burst() {
        let rate = Rate::per_second(500, 2_000).unwrap();
        let (bucket, start) = (Bucket::default(), 1_700_000_000 * SECOND_NS);
        bucket.take_many(rate, 1_500, start);
        assert_eq!(taken(&bucket, rate, start), 500);
        bucket.take_many(rate, u32::MAX, start);
        assert_eq!(taken(&bucket, rate, start + SECOND_NS), 500);
    }

    #[test]
    fn who_comes_back_when_told_is_let_in() {
        let rate = Rate::per_minute(FAILED_LOG_INS_A_MINUTE);
        let bucket = Bucket::default();
        assert_eq!(taken(&bucket, rate, 0), 10);
        let TooMany(wait) = bucket.take(rate, 0).unwrap_err();
        let then = i64::try_from(wait.as_nanos()).unwrap();
        assert!(bucket.take(rate, then - 1).is_err());
        assert_eq!(bucket.take(rate, then), Ok(()));
        bucket.give_back(rate);
        assert_eq!(bucket.take(rate, then), Ok(()));
    }

    #[test]
    fn a_clock_that_is_set_back_locks_nobody_out() {
        let rate = Rate::per_second(1, 2).unwrap();
        let (bucket, hour) = (Bucket::default(), 3_600 * SECOND_NS);
        assert_eq!(taken(&bucket, rate, 2 * hour), 2);
        assert!(bucket.take(rate, hour).is_err());
        assert_eq!(taken(&bucket, rate, hour + SECOND_NS), 1);
    }

    #[test]
    fn strangers_without_number_are_not_remembered_without_end() {
        let rate = Rate::per_second(1, 1).unwrap();
        let buckets = Buckets::default();
        let more = u32::try_from(MOST_REMEMBERED).unwrap() + 10;
        let let_in = |address: &u32| buckets.with(*address, |bucket| bucket.take(rate, 0)).is_ok();
        assert_eq!((0..more).filter(let_in).count(), MOST_REMEMBERED + 1);
        assert_eq!(buckets.each.len(), MOST_REMEMBERED);
        buckets.sweep(SECOND_NS);
        assert_eq!(buckets.each.len(), 0);
    }
}
