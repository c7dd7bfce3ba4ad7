//! The log of the newest events, and its open streams.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use registry::AccountId;
use tokio::sync::watch;

use super::event::Event;
use super::place::Place;

/// Streams of one account at once. A browser needs one, however many pages it shows.
pub(super) const MOST_STREAMS_OF_ACCOUNT: usize = 64;
/// Events that are kept for streams that come back, and for slow ones.
const KEPT: usize = 8_192;

/// The newest events, numbered from 1 in the order of their changes.
#[derive(Debug)]
pub(in crate::app) struct EventLog {
    /// Tells the numbers of this log from those of an earlier start of the program.
    epoch: u32,
    kept: Mutex<Kept>,
    /// Number of the last event; `None` once the log is closed.
    last: watch::Sender<Option<u64>>,
    open: Arc<Mutex<HashMap<AccountId, usize>>>,
}

#[derive(Debug, Default)]
struct Kept {
    events: VecDeque<Event>,
    /// Number of the last event.
    last: u64,
}

/// Events after a place in the log.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Since {
    /// All of them, and the new place.
    Events(Vec<Event>, Place),
    /// Some are no longer kept, or are of an earlier start.
    Lost(Place),
}

/// An open stream, which counts until it is dropped.
#[derive(Debug)]
pub(super) struct Open {
    all: Arc<Mutex<HashMap<AccountId, usize>>>,
    account: AccountId,
}

impl Default for EventLog {
    fn default() -> Self {
        Self {
            epoch: rand::random(),
            kept: Mutex::default(),
            last: watch::Sender::new(Some(0)),
            open: Arc::default(),
        }
    }
}

impl EventLog {
    /// Adds an event.
    pub(in crate::app) fn tell(&self, event: Event) {
        let mut kept = self.kept();
        if kept.events.len() == KEPT {
            kept.events.pop_front();
        }
        kept.events.push_back(event);
        kept.last += 1;
        // Under the lock, so that numbers grow.
        self.last.send_if_modified(|last| match last {
            Some(last) => {
                *last = kept.last;
                true
            }
            None => false,
        });
    }

    /// Forgets all events: open pages read everything again.
    pub(in crate::app) fn forget(&self) {
        let mut kept = self.kept();
        kept.events.clear();
        kept.last += 1;
        self.last.send_if_modified(|last| {
            last.as_mut().is_some_and(|last| {
                *last = kept.last;
                true
            })
        });
    }

    /// The present end of the log.
    pub(super) fn end(&self) -> Place {
        Place { epoch: self.epoch, number: self.kept().last }
    }

    /// The events after a place.
    pub(super) fn since(&self, after: Place) -> Since {
        let kept = self.kept();
        let end = Place { epoch: self.epoch, number: kept.last };
        let first = kept.last - kept.events.len() as u64;
        if after.epoch != self.epoch || after.number < first || after.number > kept.last {
            return Since::Lost(end);
        }
        let known = usize::try_from(after.number - first).unwrap_or(usize::MAX);
        Since::Events(kept.events.iter().skip(known).copied().collect(), end)
    }

    /// Tells the number of the last event as it grows, and `None` when the log is closed.
    pub(super) fn follow(&self) -> watch::Receiver<Option<u64>> {
        self.last.subscribe()
    }

    /// Ends all streams.
    pub(super) fn close(&self) {
        self.last.send_replace(None);
    }

    /// Opens a stream of an account, unless it has as many as it may.
    pub(super) fn open(&self, account: AccountId) -> Option<Open> {
        let mut all = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let count = all.entry(account).or_default();
        if *count >= MOST_STREAMS_OF_ACCOUNT {
            return None;
        }
        *count += 1;
        Some(Open { all: Arc::clone(&self.open), account })
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        let mut all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = all.get_mut(&self.account) {
            *count -= 1;
            if *count == 0 {
                all.remove(&self.account);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use registry::{TaxiId, VehicleStatus};

    use super::*;

    fn event(account: i64) -> Event {
        let taxi: TaxiId = "aaaaaaa".parse().unwrap();
        Event::taxi(taxi, VehicleStatus::Free, AccountId(account))
    }

    #[test]
    fn events_after_a_place_come_in_their_order() {
        let log = EventLog::default();
        log.tell(event(1));
        let place = log.end();
        log.tell(event(2));
        log.tell(event(3));
        assert_eq!(log.since(place), Since::Events(vec![event(2), event(3)], log.end()));
        assert_eq!(log.since(log.end()), Since::Events(Vec::new(), log.end()));
    }

    #[test]
    fn a_place_that_is_no_longer_kept_is_told() {
        let log = EventLog::default();
        let start = log.end();
        for _ in 0..KEPT {
            log.tell(event(1));
        }
        assert!(matches!(log.since(start), Since::Events(events, _) if events.len() == KEPT));
        log.tell(event(2));
        assert_eq!(log.since(start), Since::Lost(log.end()));
    }

    #[test]
    fn a_place_of_an_earlier_start_or_beyond_the_end_is_told() {
        let log = EventLog::default();
        let end = log.end();
        let of_another = Place { epoch: end.epoch.wrapping_add(1), ..end };
        assert_eq!(log.since(of_another), Since::Lost(end));
        assert_eq!(log.since(Place { number: 1, ..end }), Since::Lost(end));
    }

    #[test]
    fn an_account_has_so_many_streams_and_no_more() {
        let log = EventLog::default();
        let open: Vec<_> = (0..MOST_STREAMS_OF_ACCOUNT).map(|_| log.open(AccountId(1))).collect();
        assert!(open.iter().all(Option::is_some));
        assert!(log.open(AccountId(1)).is_none());
        assert!(log.open(AccountId(2)).is_some());
        drop(open);
        assert!(log.open(AccountId(1)).is_some());
    }
}
