//! The other servers on the bus: messages of theirs that were missed, and the difference of their clocks from ours.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use storage::nodes::NodeId;

use super::message::{Letter, UNNUMBERED, kind};
use crate::app::monitor::metrics::Times;
use crate::app::nodes::bus::Message;

/// Time over which the difference of two clocks is measured, in milliseconds.
const WINDOW_MS: i64 = 60_000;
/// Most streams of messages that are followed; beyond it, all are followed anew.
const MOST_STREAMS: usize = 20_000;
/// Most servers that are followed; beyond it, all are followed anew.
const MOST_PEERS: usize = 1_000;

/// The other servers.
#[derive(Debug, Default)]
pub(super) struct Peers {
    known: Mutex<KnownPeers>,
    /// Messages that never came.
    pub(super) gaps: AtomicU64,
    /// Time from sending to hearing, without the difference of the clocks.
    pub(super) delays: Times,
}

#[derive(Debug, Default)]
struct KnownPeers {
    /// Number of the last message of each sender, kind and area.
    last: HashMap<(NodeId, u8, u16), u64>,
    clocks: HashMap<NodeId, ClockDifference>,
}

/// Time by which our clock is ahead of another one, in milliseconds: the smallest difference between sending and hearing,
/// because a message may be late and cannot be early.
#[derive(Clone, Copy, Debug)]
struct ClockDifference {
    since_ms: i64,
    smallest: i64,
    /// Of the window before.
    before: i64,
}

impl Peers {
    /// Notes a message that is heard now.
    pub(super) fn note(&self, letter: &Letter, now_ms: i64) -> Noted {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let (mut missed, mut is_repeated) = (0, false);
        // Parts of an answer are counted by whoever asked.
        let is_in_a_row = letter.number != UNNUMBERED;
        if is_in_a_row && !matches!(letter.message, Message::Known(_)) {
            let stream = (letter.sender, kind(&letter.message), letter.area);
            if known.last.len() >= MOST_STREAMS && !known.last.contains_key(&stream) {
                known.last.clear();
            }
            match known.last.entry(stream) {
                Entry::Occupied(mut last) => {
                    is_repeated = letter.number <= *last.get();
                    missed = letter.number.saturating_sub(last.get().saturating_add(1));
                    self.gaps.fetch_add(missed, Ordering::Relaxed);
                    last.insert(letter.number.max(*last.get()));
                }
                Entry::Vacant(first) => {
                    first.insert(letter.number);
                }
            }
        }
        if known.clocks.len() >= MOST_PEERS && !known.clocks.contains_key(&letter.sender) {
            known.clocks.clear();
        }
        let difference = now_ms.saturating_sub(letter.sent_ms);
        let clock = known.clocks.entry(letter.sender).or_insert(ClockDifference {
            since_ms: now_ms,
            smallest: difference,
            before: difference,
        });
        let ahead_ms = clock.take(difference, now_ms);
        let late_ms = u64::try_from(difference.saturating_sub(ahead_ms)).unwrap_or_default();
        self.delays.add(Duration::from_millis(late_ms));
        let has_missed = missed > 0 && matches!(letter.message, Message::Positions(_));
        Noted { ahead_ms, has_missed, is_repeated }
    }
}

/// Facts about a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Noted {
    /// Time by which our clock is ahead of the sender's, in milliseconds.
    pub(super) ahead_ms: i64,
    /// True if messages with positions never came.
    pub(super) has_missed: bool,
    /// True if it, or a later one of its kind, was heard before.
    pub(super) is_repeated: bool,
}

impl ClockDifference {
    fn take(&mut self, difference: i64, now_ms: i64) -> i64 {
        if !(self.since_ms..self.since_ms.saturating_add(WINDOW_MS)).contains(&now_ms) {
            *self = Self { since_ms: now_ms, smallest: difference, before: self.smallest };
        }
        self.smallest = self.smallest.min(difference);
        self.smallest.min(self.before)
    }
}

/// The second of our clock for a second of a clock that is behind it by so much: the nearest, so that clocks that agree but for
/// some milliseconds have the same seconds, and positions of one second stay so.
pub(super) fn by_our_clock(at_s: u32, ahead_ms: i64) -> u32 {
    let ours_ms = i64::from(at_s).saturating_mul(1_000).saturating_add(ahead_ms);
    let ours = ours_ms.saturating_add(500).div_euclid(1_000);
    u32::try_from(ours).unwrap_or(if ours < 0 { 0 } else { u32::MAX })
}

#[cfg(test)]
mod tests {
    use super::*;

    const SENDER: NodeId = NodeId(1);

    fn letter(number: u64, sent_ms: i64, message: Message) -> Letter {
        Letter { sender: SENDER, number, sent_ms, area: 0, message }
    }

    #[test]
    fn messages_that_never_came_are_counted() {
        let peers = Peers::default();
        let used = |number| letter(number, 0, Message::Used(Vec::new()));
        let is_repeated = |number| peers.note(&used(number), 0).is_repeated;
        assert_eq!([1, 2, 2, 1, 3].map(is_repeated), [false, false, true, true, false]);
        for number in [5, 6, 9, 10] {
            peers.note(&letter(number, 0, Message::Changed), 0);
        }
        peers.note(&letter(1, 0, Message::Ask), 0);
        // One to this server alone is in no such row.
        peers.note(&letter(UNNUMBERED, 0, Message::Positions(Vec::new())), 0);
        assert_eq!(peers.gaps.load(Ordering::Relaxed), 2);
        // Positions that were missed are worth a question.
        let positions = |number| letter(number, 0, Message::Positions(Vec::new()));
        let has_missed = |number| peers.note(&positions(number), 0).has_missed;
        assert_eq!([1, 2, 4, 5].map(has_missed), [false, false, true, false]);
        // A late one is no gap, and neither is a number at the end.
        peers.note(&letter(8, 0, Message::Changed), 0);
        peers.note(&letter(u64::MAX, 0, Message::Ask), 0);
        peers.note(&letter(1, 0, Message::Ask), 0);
    }

    #[test]
    fn the_difference_of_clocks_is_that_of_the_fastest_message() {
        let peers = Peers::default();
        let now = 1_700_000_000_000;
        // The sender's clock is five seconds ahead; messages take 10, 2 and 900 milliseconds.
        let heard = |took_ms: i64, at: i64| {
            peers.note(&letter(1, at + 5_000 - took_ms, Message::Changed), at).ahead_ms
        };
        assert_eq!(heard(10, now), -4_990);
        assert_eq!(heard(2, now + 100), -4_998);
        assert_eq!(heard(900, now + 200), -4_998);
        assert_eq!(by_our_clock(1_700_000_005, -4_998), 1_700_000_000);
        assert_eq!(
            [-3, 0, 3].map(|ahead_ms| by_our_clock(1_700_000_005, ahead_ms)),
            [1_700_000_005; 3]
        );
        // A clock that is corrected is noticed within two windows.
        let later = now + 3 * WINDOW_MS;
        peers.note(&letter(1, later, Message::Changed), later + 1);
        let later = later + WINDOW_MS + 2;
        assert_eq!(peers.note(&letter(1, later, Message::Changed), later + 1).ahead_ms, 1);
    }
}
