//! Write-behind queues: records are written to the database later, so that no caller waits for that.

use std::ops::Deref;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// A bounded queue of records to be written. Records beyond its capacity are dropped and counted.
#[derive(Debug)]
pub(in crate::app) struct WriteBehind<T> {
    /// Name in the log.
    what: &'static str,
    most: usize,
    things: Mutex<Vec<T>>,
    dropped: AtomicU64,
}

impl<T> WriteBehind<T> {
    /// Creates an empty queue.
    pub(in crate::app) fn new(what: &'static str, most: usize) -> Self {
        Self { what, most, things: Mutex::default(), dropped: AtomicU64::new(0) }
    }

    /// Adds a record.
    pub(in crate::app) fn push(&self, thing: T) {
        let mut things = self.things();
        if things.len() < self.most {
            things.push(thing);
        } else {
            drop(things);
            self.count_dropped(1);
        }
    }

    /// Number of waiting records.
    pub(in crate::app) fn len(&self) -> usize {
        self.things().len()
    }

    /// Number of dropped records.
    pub(in crate::app) fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }

    /// Takes all waiting records, to write them.
    pub(in crate::app) fn take(&self) -> Taken<'_, T> {
        Taken { from: self, things: std::mem::take(&mut *self.things()) }
    }

    /// Counts records that are not written because there are too many.
    pub(in crate::app) fn count_dropped(&self, things: usize) {
        if things > 0 && self.dropped.fetch_add(things as u64, Ordering::Relaxed) == 0 {
            tracing::warn!("{} come faster than they can be written: some are not kept", self.what);
        }
    }

    fn things(&self) -> MutexGuard<'_, Vec<T>> {
        // No code panics while it holds the lock, so a poisoned lock still guards a consistent list.
        self.things.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Records being written. Those not marked as [`written`](Self::written) return to the queue on drop, after a
/// failure or a cancellation.
#[derive(Debug)]
pub(in crate::app) struct Taken<'a, T> {
    from: &'a WriteBehind<T>,
    things: Vec<T>,
}

impl<T> Deref for Taken<'_, T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.things
    }
}

impl<T> Taken<'_, T> {
    /// Marks the first so many as written.
    pub(in crate::app) fn written(&mut self, first: usize) {
        self.things.drain(..first);
    }

    /// Marks all of them as written and returns them.
    pub(in crate::app) fn all_written(mut self) -> Vec<T> {
        std::mem::take(&mut self.things)
    }
}

impl<T> Drop for Taken<'_, T> {
    fn drop(&mut self) {
        for thing in self.things.drain(..) {
            self.from.push(thing);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn three() -> WriteBehind<u8> {
        let queue = WriteBehind::new("numbers", 3);
        (1..=3).for_each(|thing| queue.push(thing));
        queue
    }

    #[test]
    fn what_is_too_much_is_dropped_and_counted() {
        let queue = three();
        queue.push(4);
        assert_eq!((queue.len(), queue.dropped()), (3, 1));
        assert_eq!(*queue.take(), [1, 2, 3]);
    }

    #[test]
    fn what_was_not_written_waits_again() {
        let queue = three();
        let mut taken = queue.take();
        assert_eq!(queue.len(), 0);
        queue.push(4);
        taken.written(1);
        drop(taken);
        assert_eq!(*queue.take(), [4, 2, 3]);
        assert_eq!(queue.dropped(), 0);
    }

    #[test]
    fn what_comes_back_to_a_full_queue_is_dropped_and_counted() {
        let queue = three();
        let taken = queue.take();
        (5..=7).for_each(|thing| queue.push(thing));
        drop(taken);
        assert_eq!(*queue.take(), [5, 6, 7]);
        assert_eq!(queue.dropped(), 3);
    }

    #[test]
    fn what_is_written_is_gone() {
        let queue = three();
        assert_eq!(queue.take().all_written(), [1, 2, 3]);
        assert_eq!((queue.len(), queue.dropped()), (0, 0));
    }
}
