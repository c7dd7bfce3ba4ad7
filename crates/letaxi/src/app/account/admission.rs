//! Admission: a request or a log-in goes on, or is told when it may come again.

use std::hash::BuildHasher;
use std::num::NonZeroU32;
use std::sync::atomic::Ordering;

use registry::{AccountId, Time, plain_email};

use super::limits::{
    Admitted, FAILED_LOG_INS_A_MINUTE, FAILED_LOG_INS_OF_ADDRESS_A_MINUTE, FORGOTTEN_AN_HOUR,
    FORGOTTEN_OF_ADDRESS_AN_HOUR, INSPECTIONS_A_MINUTE, KeyUsage, MOST_SHOWN, Presented, Rate,
    RequestKind, TEST_CALLS_A_MINUTE, TooMany, VISITS_OF_ADDRESS_A_MINUTE, WRONG_CODES_AN_HOUR,
};
use super::origin::Origin;
use crate::app::App;

impl App {
    /// Accepts a request, or returns the time to wait. A request with a valid key or cookie counts for it, any
    /// other for its address.
    ///
    /// # Errors
    ///
    /// If the limit is reached.
    pub fn admit(
        &self,
        kind: RequestKind,
        presented: Option<Presented<'_>>,
        from: Origin,
    ) -> Result<Admitted, TooMany> {
        let now_ns = nanoseconds(self.now());
        let limits = &self.settings.limits;
        match presented {
            Some(Presented::Key(key)) => {
                let digest = self.secrets.digest(key);
                if let Some(owner) = self.directory.account_of_key(&digest) {
                    let (rate, keys) = (limits.of(kind, &owner), &self.usage.keys);
                    let take = |usage: &KeyUsage| {
                        usage.take(kind, rate, now_ns)?;
                        if self.shared.is_some() && rate.is_some() {
                            usage.untold(kind).fetch_add(1, Ordering::Relaxed);
                        }
                        Ok(())
                    };
                    let taken = keys.get(&digest).map(|usage| take(&usage));
                    taken.unwrap_or_else(|| take(&keys.entry(digest).or_default()))?;
                    return Ok(Admitted { owner: Some(owner), sign_in: None, from });
                }
            }
            Some(Presented::Cookie(cookie)) => {
                if let Some((live, owner)) = self.signed_in(cookie) {
                    live.usage.take(kind, limits.of(kind, &owner), now_ns)?;
                    return Ok(Admitted { owner: Some(owner), sign_in: Some(live.id), from });
                }
            }
            None => {}
        }
        if let Some(rate) = limits.of_stranger() {
            self.usage.strangers.with(from, |bucket| bucket.take(rate, now_ns))?;
            if self.shared.is_some() {
                self.usage.note_stranger(from);
            }
        }
        Ok(Admitted { owner: None, sign_in: None, from })
    }

    /// The origin of a request for which a trusted proxy sent an invalid address. It has limits of its own,
    /// because all clients of the proxy would share those of its address.
    pub fn unreadable_origin(&self, entry: &[u8]) -> Origin {
        const A_MINUTE: NonZeroU32 = NonZeroU32::MIN;
        let now_ns = nanoseconds(self.now());
        if self.usage.unreadable_origins.take(Rate::per_minute(A_MINUTE), now_ns).is_ok() {
            let entry = String::from_utf8_lossy(&entry[..entry.len().min(MOST_SHOWN)]);
            tracing::warn!(
                ?entry,
                "a trusted proxy's X-Forwarded-For holds no IP address; give it as 192.0.2.1, 192.0.2.1:80, \
                 2001:db8::1 or [2001:db8::1]:80 (told once a minute)"
            );
        }
        Origin::unreadable(entry, &self.usage.hasher)
    }

    /// Counts an attempt to log in. [`Self::logged_in`] reverses it after a success, so that only failures
    /// count, however many attempts are under way.
    pub(in crate::app) fn try_log_in(&self, email: &str, from: Origin) -> Result<(), TooMany> {
        let now_ns = nanoseconds(self.now());
        let of_address = Rate::per_minute(FAILED_LOG_INS_OF_ADDRESS_A_MINUTE);
        let rate = Rate::per_minute(FAILED_LOG_INS_A_MINUTE);
        let usage = &self.usage;
        usage.log_ins_of_address.with(from, |bucket| bucket.take(of_address, now_ns))?;
        let key = (usage.hasher.hash_one(plain_email(email)), from);
        usage.log_ins.with(key, |bucket| bucket.take(rate, now_ns))
    }

    /// Reverses [`Self::try_log_in`] after a success.
    pub(in crate::app) fn logged_in(&self, email: &str, from: Origin) {
        let usage = &self.usage;
        let of_address = Rate::per_minute(FAILED_LOG_INS_OF_ADDRESS_A_MINUTE);
        usage.log_ins_of_address.with(from, |bucket| bucket.give_back(of_address));
        let key = (usage.hasher.hash_one(plain_email(email)), from);
        let rate = Rate::per_minute(FAILED_LOG_INS_A_MINUTE);
        usage.log_ins.with(key, |bucket| bucket.give_back(rate));
    }

    /// Counts an attempt at a code. [`Self::code_was_right`] reverses it, so that only wrong ones count.
    pub(super) fn try_code(&self, account: AccountId) -> Result<(), TooMany> {
        let (rate, now_ns) = (Rate::per_hour(WRONG_CODES_AN_HOUR), nanoseconds(self.now()));
        self.usage.codes.with(account, |bucket| bucket.take(rate, now_ns))
    }

    /// Reverses [`Self::try_code`] after a right code.
    pub(super) fn code_was_right(&self, account: AccountId) {
        let rate = Rate::per_hour(WRONG_CODES_AN_HOUR);
        self.usage.codes.with(account, |bucket| bucket.give_back(rate));
    }

    /// Counts a request for a new password, whether there is such an account or not.
    pub(super) fn try_forgotten(&self, email: &str, from: Origin) -> Result<(), TooMany> {
        let now_ns = nanoseconds(self.now());
        let (rate, usage) = (Rate::per_hour(FORGOTTEN_OF_ADDRESS_AN_HOUR), &self.usage);
        usage.forgotten_of_address.with(from, |bucket| bucket.take(rate, now_ns))?;
        let (rate, key) = (Rate::per_hour(FORGOTTEN_AN_HOUR), plain_email(email));
        usage.forgotten.with(usage.hasher.hash_one(key), |bucket| bucket.take(rate, now_ns))
    }

    /// Counts a visit at the identity provider that begins.
    pub(super) fn try_visit(&self, from: Origin) -> Result<(), TooMany> {
        let (rate, now_ns) =
            (Rate::per_minute(VISITS_OF_ADDRESS_A_MINUTE), nanoseconds(self.now()));
        self.usage.visits_of_address.with(from, |bucket| bucket.take(rate, now_ns))
    }

    /// Counts a look-up of an inspector.
    pub(in crate::app) fn try_inspection(&self, inspector: AccountId) -> Result<(), TooMany> {
        let (rate, now_ns) = (Rate::per_minute(INSPECTIONS_A_MINUTE), nanoseconds(self.now()));
        self.usage.inspections.with(inspector, |bucket| bucket.take(rate, now_ns))
    }

    /// Counts a test call to an operator's server.
    pub(in crate::app) fn try_test_call(&self, operator: AccountId) -> Result<(), TooMany> {
        let (rate, now_ns) = (Rate::per_minute(TEST_CALLS_A_MINUTE), nanoseconds(self.now()));
        self.usage.test_calls.with(operator, |bucket| bucket.take(rate, now_ns))
    }

    /// Removes full buckets and those of keys that no longer exist.
    pub(in crate::app) fn sweep_usage(&self) {
        let now_ns = nanoseconds(self.now());
        let usage = &self.usage;
        usage.keys.retain(|digest, _| self.directory.account_of_key(digest).is_some());
        usage.strangers.sweep(now_ns);
        usage.log_ins.sweep(now_ns);
        usage.log_ins_of_address.sweep(now_ns);
        usage.visits_of_address.sweep(now_ns);
        usage.inspections.sweep(now_ns);
        usage.codes.sweep(now_ns);
        usage.forgotten.sweep(now_ns);
        usage.forgotten_of_address.sweep(now_ns);
        usage.test_calls.sweep(now_ns);
    }
}

pub(super) fn nanoseconds(time: Time) -> i64 {
    time.timestamp_micros().saturating_mul(1_000)
}
