//! Positions that wait to be told to other servers.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use registry::directory::SlotId;
use territory::Point;

/// Most positions that wait; the oldest give way. At 100,000 a second, two seconds' worth.
const MOST: usize = 200_000;

/// A reported position, with its second.
pub(super) type Reported = (SlotId, Point, u32);

/// The queue.
#[derive(Debug, Default)]
pub(in crate::app) struct Outgoing {
    waiting: Mutex<VecDeque<Reported>>,
    dropped: AtomicU64,
    own: Mutex<Own>,
}

/// Positions that were reported here and taken from the queue: slots, with the second of the last report.
#[derive(Debug, Default)]
struct Own {
    /// Since last-known positions were written: each server writes its own.
    unwritten: HashMap<SlotId, u32>,
    /// In the minute before.
    written: HashMap<SlotId, u32>,
}

impl Outgoing {
    /// Adds positions.
    pub(in crate::app) fn add(&self, reported: impl Iterator<Item = Reported>) {
        let mut waiting = self.waiting();
        waiting.extend(reported);
        let over = waiting.len().saturating_sub(MOST);
        if over > 0 {
            waiting.drain(..over);
            self.drop_some(over);
        }
    }

    /// Takes all that wait.
    pub(super) fn take(&self) -> VecDeque<Reported> {
        std::mem::take(&mut *self.waiting())
    }

    /// Notes that these positions were reported here.
    pub(super) fn note_own(&self, reported: &VecDeque<Reported>) {
        self.own().unwritten.extend(reported.iter().map(|(slot, _, at_s)| (*slot, *at_s)));
    }

    /// Splits positions into those that were reported here, in this minute or the one before, and others.
    pub(super) fn split_own(&self, positions: Vec<Reported>) -> (Vec<Reported>, Vec<Reported>) {
        let own = self.own();
        let is_own = |(slot, _, at_s): &Reported| {
            own.unwritten.get(slot).or_else(|| own.written.get(slot)) == Some(at_s)
        };
        positions.into_iter().partition(is_own)
    }

    /// Slots whose positions are to be written here, and no longer after this.
    pub(in crate::app) fn take_unwritten(&self) -> HashSet<SlotId> {
        self.note_own(&self.waiting().clone());
        let mut own = self.own();
        own.written = std::mem::take(&mut own.unwritten);
        own.written.keys().copied().collect()
    }

    /// Reverses the last [`Self::take_unwritten`].
    pub(in crate::app) fn give_back(&self) {
        let mut own = self.own();
        let mut given = std::mem::take(&mut own.written);
        given.extend(own.unwritten.drain());
        own.unwritten = given;
    }

    fn waiting(&self) -> MutexGuard<'_, VecDeque<Reported>> {
        // No code panics while it holds one of the locks.
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn own(&self) -> MutexGuard<'_, Own> {
        self.own.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts positions that were not told.
    pub(super) fn drop_some(&self, positions: usize) {
        self.dropped.fetch_add(positions as u64, Ordering::Relaxed);
    }

    /// Number of positions that were not told.
    pub(super) fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_too_many_positions_the_newest_stay() {
        let outgoing = Outgoing::default();
        let point = Point::new(2.35, 48.86).expect("a point");
        let most = u32::try_from(MOST).expect("a number");
        outgoing.add((0..most).map(|number| (SlotId::from(number), point, 0)));
        outgoing.add((most..most + 3).map(|number| (SlotId::from(number), point, 0)));
        let waiting = outgoing.take();
        assert_eq!((waiting.len(), outgoing.dropped()), (MOST, 3));
        assert_eq!(waiting.front().map(|(slot, ..)| *slot), Some(SlotId::from(3)));
        assert!(outgoing.take().is_empty());
    }
}
