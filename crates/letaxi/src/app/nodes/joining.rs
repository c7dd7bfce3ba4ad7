//! A server that has just started waits a moment for the positions that the others know.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use chrono::TimeDelta;
use registry::{AccountId, TaxiId, Time};
use storage::nodes::NodeId;

use super::bus::Known;

/// Longest wait; taxis report again within seconds in any case.
const LONGEST: TimeDelta = TimeDelta::seconds(5);

/// Limit of servers whose answers are counted.
const MOST_NODES: usize = 1_000;

/// The state of joining.
#[derive(Debug)]
pub(in crate::app) struct Joining {
    since: Time,
    is_over: AtomicBool,
    /// Positions received from each server: by their taxis and accounts, because parts of several answers may come mixed.
    received: Mutex<HashMap<NodeId, HashSet<(TaxiId, AccountId)>>>,
}

impl Joining {
    /// Begins to join.
    pub(super) fn begin(now: Time) -> Self {
        Self { since: now, is_over: AtomicBool::new(false), received: Mutex::default() }
    }

    /// Ends it: the positions are known, or nobody knows any.
    pub(super) fn end(&self) {
        self.is_over.store(true, Ordering::Relaxed);
    }

    /// True while positions are waited for.
    pub(super) fn is_under_way(&self, now: Time) -> bool {
        let is_late = !(self.since..self.since + LONGEST).contains(&now);
        !is_late && !self.is_over.load(Ordering::Relaxed)
    }

    /// Counts a part of an answer; the whole answer of a server that knows all ends the wait.
    pub(super) fn receive(&self, from: NodeId, part: &Known) {
        if self.is_over.load(Ordering::Relaxed) {
            return;
        }
        let mut received = self.received.lock().unwrap_or_else(PoisonError::into_inner);
        if received.len() >= MOST_NODES && !received.contains_key(&from) {
            return;
        }
        let known = received.entry(from).or_default();
        known.extend(part.fixes.iter().map(|fix| (fix.taxi, fix.account)));
        if part.is_complete && known.len() >= part.total as usize {
            self.end();
            *received = HashMap::new();
        }
    }
}

#[cfg(test)]
mod tests {
    use territory::Point;

    use super::super::bus::SharedFix;
    use super::*;

    #[test]
    fn the_whole_answer_of_a_server_that_knows_all_ends_the_wait_and_so_do_five_seconds() {
        let at = |seconds| Time::from_timestamp_secs(seconds).expect("a time");
        let point = Point::new(2.35, 48.86).expect("a point");
        let part = |taxi: &str, total, is_complete| {
            let taxi = taxi.parse().expect("an id");
            let fix = SharedFix { taxi, account: AccountId(1), point, at_s: 100 };
            Known { fixes: vec![fix], total, is_complete }
        };
        let joining = Joining::begin(at(100));
        joining.receive(NodeId(1), &part("aaaaaaa", 1, false));
        joining.receive(NodeId(2), &part("aaaaaaa", 2, true));
        // A part of another answer, which says nothing new.
        joining.receive(NodeId(2), &part("aaaaaaa", 2, true));
        assert!(joining.is_under_way(at(104)));
        assert!(!joining.is_under_way(at(105)));
        joining.receive(NodeId(2), &part("bbbbbbb", 2, true));
        assert!(!joining.is_under_way(at(104)));
    }
}
