//! What waits to be written, so that nobody who brings it waits for the database.

use std::ops::Deref;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Things that wait to be written, `MOST` at most; what is more is dropped, and counted.
#[derive(Debug)]
pub(super) struct Waiting<T, const MOST: usize> {
    things: Mutex<Vec<T>>,
    dropped: AtomicU64,
}

impl<T, const MOST: usize> Default for Waiting<T, MOST> {
    fn default() -> Self {
        Self { things: Mutex::default(), dropped: AtomicU64::new(0) }
    }
}

impl<T, const MOST: usize> Waiting<T, MOST> {
    /// Lets something wait.
    pub(super) fn push(&self, thing: T) {
        let mut things = self.things();
        if things.len() < MOST {
            things.push(thing);
        } else {
            drop(things);
            self.count_dropped(1);
        }
    }

    /// How many wait.
    pub(super) fn len(&self) -> usize {
        self.things().len()
    }

    /// How many were dropped.
    pub(super) fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }

    /// Takes all that wait, to be written.
    pub(super) fn take(&self) -> Taken<'_, T, MOST> {
        Taken { from: self, things: std::mem::take(&mut *self.things()), may_return: true }
    }

    fn count_dropped(&self, things: usize) {
        if things > 0 && self.dropped.fetch_add(things as u64, Ordering::Relaxed) == 0 {
            let what = std::any::type_name::<T>();
            tracing::warn!(what, "more comes than can be written: some is not kept");
        }
    }

    fn things(&self) -> MutexGuard<'_, Vec<T>> {
        // Nothing panics while it is held, so a poisoned lock still holds a whole list.
        self.things.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What is being written. Whatever becomes of that, a failure or nobody who waits for it any more, what is not
/// [`written`](Self::written) waits again.
#[derive(Debug)]
pub(super) struct Taken<'a, T, const MOST: usize> {
    from: &'a Waiting<T, MOST>,
    things: Vec<T>,
    may_return: bool,
}

impl<T, const MOST: usize> Deref for Taken<'_, T, MOST> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.things
    }
}

impl<T, const MOST: usize> Taken<'_, T, MOST> {
    /// The first so many are written.
    pub(super) fn written(&mut self, first: usize) {
        self.things.drain(..first);
    }

    /// From now on what is not written is dropped and counted, because it would be written twice.
    pub(super) fn never_return(&mut self) {
        self.may_return = false;
    }

    /// Drops all but the last so many.
    pub(super) fn keep_last(&mut self, most: usize) {
        let others = self.things.len().saturating_sub(most);
        self.things.drain(..others);
        self.from.count_dropped(others);
    }
}

impl<T, const MOST: usize> Drop for Taken<'_, T, MOST> {
    fn drop(&mut self) {
        if self.may_return {
            self.things.drain(..).for_each(|thing| self.from.push(thing));
        } else {
            self.from.count_dropped(self.things.len());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn three() -> Waiting<u8, 3> {
        let waiting = Waiting::default();
        (1..=3).for_each(|thing| waiting.push(thing));
        waiting
    }

    #[test]
    fn what_is_too_much_is_dropped_and_counted() {
        let waiting = three();
        waiting.push(4);
        assert_eq!((waiting.len(), waiting.dropped()), (3, 1));
        assert_eq!(*waiting.take(), [1, 2, 3]);
    }

    #[test]
    fn what_was_not_written_waits_again() {
        let waiting = three();
        let mut taken = waiting.take();
        assert_eq!(waiting.len(), 0);
        waiting.push(4);
        taken.written(1);
        drop(taken);
        assert_eq!(*waiting.take(), [4, 2, 3]);
        assert_eq!(waiting.dropped(), 0);
    }

    #[test]
    fn what_comes_back_to_a_full_queue_is_dropped_and_counted() {
        let waiting = three();
        let taken = waiting.take();
        (5..=7).for_each(|thing| waiting.push(thing));
        drop(taken);
        assert_eq!(*waiting.take(), [5, 6, 7]);
        assert_eq!(waiting.dropped(), 3);
    }

    #[test]
    fn what_must_not_be_written_twice_never_returns() {
        let waiting = three();
        let mut taken = waiting.take();
        taken.never_return();
        taken.keep_last(2);
        taken.written(1);
        assert_eq!(*taken, [3]);
        drop(taken);
        assert_eq!((waiting.len(), waiting.dropped()), (0, 2));
    }
}
