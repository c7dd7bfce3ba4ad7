//! Counters of datagrams by outcome.

use std::collections::BTreeMap;
use std::fmt;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use registry::AccountId;

use crate::app::monitor::metrics::{Exposition, label};

/// Maximum number of source addresses with counters of their own; the others share one. Anyone can forge
/// addresses, so the number must be bounded.
pub const MAX_SOURCES: usize = 256;

/// Outcome of a datagram.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// Its position was stored.
    Taken,
    /// It is longer than [`MAX_BYTES`](super::datagram::MAX_BYTES).
    TooLong,
    /// It does not follow the protocol.
    Malformed,
    /// Its position is out of range.
    OutOfRange,
    /// No account that may report positions has this name.
    UnknownOperator,
    /// No key of the named account fits the signature.
    BadSignature,
    /// The account describes no such taxi.
    UnknownTaxi,
    /// This program failed; see the log.
    Failed,
}

impl Outcome {
    /// All outcomes, in their order.
    pub const ALL: [Self; 8] = [
        Self::Taken,
        Self::TooLong,
        Self::Malformed,
        Self::OutOfRange,
        Self::UnknownOperator,
        Self::BadSignature,
        Self::UnknownTaxi,
        Self::Failed,
    ];

    /// The word for metrics and the log.
    pub fn word(self) -> &'static str {
        match self {
            Self::Taken => "taken",
            Self::TooLong => "too_long",
            Self::Malformed => "malformed",
            Self::OutOfRange => "out_of_range",
            Self::UnknownOperator => "unknown_operator",
            Self::BadSignature => "bad_signature",
            Self::UnknownTaxi => "unknown_taxi",
            Self::Failed => "failed",
        }
    }
}

/// Source of a datagram, as far as sources are distinguished.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    /// An address; for IPv6 the network, whose holder can use any address in it.
    Address(IpAddr),
    /// All sources beyond [`MAX_SOURCES`].
    Other,
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Address(address @ IpAddr::V4(_)) => write!(f, "{address}"),
            Self::Address(network @ IpAddr::V6(_)) => write!(f, "{network}/64"),
            Self::Other => f.write_str("other"),
        }
    }
}

impl Source {
    fn of(address: IpAddr) -> Self {
        Self::Address(match address.to_canonical() {
            IpAddr::V6(address) => {
                let [a, b, c, d, ..] = address.segments();
                Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into()
            }
            address @ IpAddr::V4(_) => address,
        })
    }
}

/// Number of datagrams since the start by outcome. Dropped ones are also counted by account and by source.
#[derive(Debug, Default)]
pub struct Counts {
    outcomes: [AtomicU64; Outcome::ALL.len()],
    dropped: Mutex<Dropped>,
}

/// Number of dropped datagrams by reason and account, and by reason and source.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Dropped {
    /// By the named account; `None` if it is unknown.
    pub by_account: BTreeMap<(Option<AccountId>, Outcome), u64>,
    /// By source.
    pub by_source: BTreeMap<(Source, Outcome), u64>,
}

impl Counts {
    /// Counts one datagram.
    pub fn add(&self, outcome: Outcome, account: Option<AccountId>, source: IpAddr) {
        self.outcomes[outcome as usize].fetch_add(1, Ordering::Relaxed);
        if outcome != Outcome::Taken {
            self.dropped().add(outcome, account, source);
        }
    }

    /// Number of datagrams with this outcome.
    pub fn of(&self, outcome: Outcome) -> u64 {
        self.outcomes[outcome as usize].load(Ordering::Relaxed)
    }

    /// Counters of dropped datagrams.
    pub fn of_dropped(&self) -> Dropped {
        self.dropped().clone()
    }

    /// Writes all counters as metrics.
    pub(super) fn show(&self, exposition: &mut Exposition<'_>) -> fmt::Result {
        let rows =
            Outcome::ALL.map(|outcome| (vec![label("outcome", outcome.word())], self.of(outcome)));
        exposition.counter("datagrams", "Position datagrams, by what became of them", rows)?;
        self.show_dropped(exposition)
    }

    fn show_dropped(&self, exposition: &mut Exposition<'_>) -> fmt::Result {
        let Dropped { by_account, by_source } = self.of_dropped();
        let rows = by_account.into_iter().map(|((account, why), count)| {
            let account = account.map_or_else(|| "unknown".to_owned(), |id| id.to_string());
            (vec![label("account", account), label("reason", why.word())], count)
        });
        let help = "Datagrams that were dropped, by the id of the account they named";
        exposition.counter("datagrams_dropped_by_account", help, rows)?;
        let rows = by_source.into_iter().map(|((source, why), count)| {
            (vec![label("source", source.to_string()), label("reason", why.word())], count)
        });
        let help = "Datagrams that were dropped, by where they came from";
        exposition.counter("datagrams_dropped_by_source", help, rows)
    }

    fn dropped(&self) -> MutexGuard<'_, Dropped> {
        // No code panics while it holds the lock, so a poisoned lock still guards consistent counters.
        self.dropped.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Dropped {
    fn add(&mut self, outcome: Outcome, account: Option<AccountId>, source: IpAddr) {
        *self.by_account.entry((account, outcome)).or_default() += 1;
        let mut source = Source::of(source);
        // Each known source has at most one row per outcome.
        let known = self.by_source.range((source, Outcome::Taken)..).next();
        let known = known.is_some_and(|((found, _), _)| *found == source);
        if !known && self.by_source.len() >= MAX_SOURCES {
            source = Source::Other;
        }
        *self.by_source.entry((source, outcome)).or_default() += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_dropped_is_counted_by_reason_account_and_source() {
        let counts = Counts::default();
        let (here, there) = ([192, 0, 2, 1].into(), [192, 0, 2, 2].into());
        counts.add(Outcome::Taken, Some(AccountId(1)), here);
        counts.add(Outcome::BadSignature, Some(AccountId(1)), here);
        counts.add(Outcome::BadSignature, Some(AccountId(1)), there);
        counts.add(Outcome::Malformed, None, there);
        let of = |outcome| counts.of(outcome);
        assert_eq!(Outcome::ALL.map(of), [1, 0, 1, 0, 0, 2, 0, 0]);
        let dropped = counts.of_dropped();
        let by_account =
            [((None, Outcome::Malformed), 1), ((Some(AccountId(1)), Outcome::BadSignature), 2)];
        assert_eq!(dropped.by_account, BTreeMap::from(by_account));
        let by_source = [
            ((Source::Address(here), Outcome::BadSignature), 1),
            ((Source::Address(there), Outcome::BadSignature), 1),
            ((Source::Address(there), Outcome::Malformed), 1),
        ];
        assert_eq!(dropped.by_source, BTreeMap::from(by_source));
    }

    #[test]
    fn however_many_addresses_are_invented_few_are_remembered() {
        let counts = Counts::default();
        for index in 0..10_000_u32 {
            counts.add(Outcome::Malformed, None, std::net::Ipv4Addr::from(index).into());
        }
        let rows = counts.of_dropped().by_source;
        assert_eq!(rows.len(), MAX_SOURCES + 1);
        assert_eq!(rows[&(Source::Other, Outcome::Malformed)], 10_000 - MAX_SOURCES as u64);
        // A known source keeps counters of its own for any outcome.
        counts.add(Outcome::TooLong, None, [0, 0, 0, 7].into());
        let rows = counts.of_dropped().by_source;
        assert_eq!(rows[&(Source::of([0, 0, 0, 7].into()), Outcome::TooLong)], 1);
    }

    #[test]
    fn one_network_of_the_newer_kind_is_one_source() {
        let of = |text: &str| Source::of(text.parse().expect(text));
        assert_eq!(of("2001:db8:1:2::1"), of("2001:db8:1:2:ffff::9"));
        assert_ne!(of("2001:db8:1:2::1"), of("2001:db8:1:3::1"));
        assert_eq!(of("::ffff:192.0.2.1"), of("192.0.2.1"));
    }
}
