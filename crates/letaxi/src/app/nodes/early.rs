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

/// The newest position of each such taxi and account, with the rounds that it has waited for.
#[derive(Debug, Default)]
pub(super) struct Early(Mutex<HashMap<(TaxiId, AccountId), (SharedFix, u8)>>);

impl Early {
    /// Keeps a position; false if too many wait.
    pub(super) fn keep(&self, fix: SharedFix) -> bool {
        self.keep_for(fix, 0)
    }

    fn keep_for(&self, fix: SharedFix, rounds: u8) -> bool {
        // No code panics while it holds the lock.
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (fix.taxi, fix.account);
        if waiting.len() >= MOST && !waiting.contains_key(&key) {
            return false;
        }
        let kept = waiting.entry(key).or_insert((fix, rounds));
        if kept.0.at_s <= fix.at_s {
            kept.0 = fix;
        }
        true
    }

    /// Number of positions that wait.
    pub(super) fn waiting(&self) -> usize {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// After a round: offers what waits; returns the number of positions that nobody will want any more.
    pub(super) fn offer(&self, mut take: impl FnMut(&SharedFix) -> bool) -> u64 {
        let waiting = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        let mut unknown = 0;
        for (fix, rounds) in waiting.into_values() {
            if take(&fix) {
                continue;
            }
            let is_over = rounds + 1 >= ROUNDS;
            unknown += u64::from(is_over || !self.keep_for(fix, rounds + 1));
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
        let fix = |at_s| SharedFix { taxi, account: AccountId(1), point, at_s };
        assert!(early.keep(fix(2)) && early.keep(fix(1)));
        let mut offered = Vec::new();
        let mut refuse = |fix: &SharedFix| {
            offered.push(fix.at_s);
            false
        };
        assert_eq!((early.offer(&mut refuse), early.offer(&mut refuse)), (0, 1));
        assert_eq!(early.offer(&mut refuse), 0);
        assert_eq!(offered, [2, 2]);
        early.keep(fix(3));
        assert_eq!(early.offer(|_| true), 0);
        assert_eq!(early.offer(|_| panic!("it was taken")), 0);
    }
}
