//! Positions of taxis that another server has told before memory knows the taxi: the feed of the database tells of it a moment
//! later.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use registry::{AccountId, TaxiId};

use super::bus::SharedFix;

/// Most positions that wait; further ones are dropped.
const MOST: usize = 10_000;
/// Rounds of following the feed after which a taxi is taken for unknown: one may have begun before the taxi was made.
const ROUNDS: u8 = 2;

/// A position, and how it was told.
#[derive(Clone, Copy, Debug)]
pub(super) struct Told {
    pub(super) fix: SharedFix,
    /// True if the server told it to which it was reported: it replaces another one of the same second.
    pub(super) is_first_hand: bool,
}

/// The newest position of each such taxi and account, with the rounds that it has waited for.
#[derive(Debug, Default)]
pub(super) struct Early(Mutex<HashMap<(TaxiId, AccountId), (Told, u8)>>);

impl Early {
    /// Keeps a position; false if too many wait.
    pub(super) fn keep(&self, told: Told) -> bool {
        self.keep_for(told, 0)
    }

    fn keep_for(&self, told: Told, rounds: u8) -> bool {
        // No code panics while it holds the lock.
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (told.fix.taxi, told.fix.account);
        if waiting.len() >= MOST && !waiting.contains_key(&key) {
            return false;
        }
        let (kept, _) = waiting.entry(key).or_insert((told, rounds));
        if kept.fix.at_s < told.fix.at_s || told.is_first_hand && kept.fix.at_s == told.fix.at_s {
            *kept = told;
        }
        true
    }

    /// Number of positions that wait.
    pub(super) fn waiting(&self) -> usize {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// After a round: offers what waits; returns the number of positions that nobody will want any more.
    pub(super) fn offer(&self, mut take: impl FnMut(Told) -> bool) -> u64 {
        let waiting = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        let mut unknown = 0;
        for (told, rounds) in waiting.into_values() {
            if take(told) {
                continue;
            }
            let is_over = rounds + 1 >= ROUNDS;
            unknown += u64::from(is_over || !self.keep_for(told, rounds + 1));
        }
        unknown
    }
}

#[cfg(test)]
mod tests {
    use territory::Point;

    use super::*;

    #[test]
    fn the_newest_position_waits_for_two_rounds() {
        let early = Early::default();
        let point = Point::new(2.35, 48.86).expect("a point");
        let taxi = "aaaaaaa".parse().expect("an id");
        let told = |at_s| Told {
            fix: SharedFix { taxi, account: AccountId(1), point, at_s },
            is_first_hand: true,
        };
        assert!(early.keep(told(2)) && early.keep(told(1)));
        let mut offered = Vec::new();
        let mut refuse = |told: Told| {
            offered.push(told.fix.at_s);
            false
        };
        assert_eq!((early.offer(&mut refuse), early.offer(&mut refuse)), (0, 1));
        assert_eq!(early.offer(&mut refuse), 0);
        assert_eq!(offered, [2, 2]);
        early.keep(told(3));
        assert_eq!(early.offer(|_| true), 0);
        assert_eq!(early.offer(|_| panic!("it was taken")), 0);
    }
}
