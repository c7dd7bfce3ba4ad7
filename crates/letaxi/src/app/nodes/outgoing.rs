//! Positions that wait to be told to other servers.

use std::collections::{HashSet, VecDeque};
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
    /// Slots that were reported here since last-known positions were written: each server writes its own.
    unwritten: Mutex<HashSet<SlotId>>,
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

    /// Notes that the positions of these slots are to be written here.
    pub(super) fn keep_unwritten(&self, reported: &VecDeque<Reported>) {
        self.unwritten().extend(reported.iter().map(|(slot, ..)| *slot));
    }

    /// Slots whose positions are to be written here, and no longer after this.
    pub(in crate::app) fn take_unwritten(&self) -> HashSet<SlotId> {
        self.keep_unwritten(&self.waiting().clone());
        std::mem::take(&mut *self.unwritten())
    }

    /// Reverses [`Self::take_unwritten`].
    pub(in crate::app) fn give_back(&self, slots: HashSet<SlotId>) {
        self.unwritten().extend(slots);
    }

    fn waiting(&self) -> MutexGuard<'_, VecDeque<Reported>> {
        // No code panics while it holds one of the locks.
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn unwritten(&self) -> MutexGuard<'_, HashSet<SlotId>> {
        self.unwritten.lock().unwrap_or_else(PoisonError::into_inner)
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
