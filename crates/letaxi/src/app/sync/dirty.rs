//! What memory may be wrong about, noted until it has been read again.
//!
//! A change that nobody waited for to its end may be made by the database after we have read, for its commit
//! may still be on its way. So each note is looked at again and again, at growing intervals, before it goes.

use std::collections::HashMap;

use chrono::TimeDelta;
use registry::{AccountId, LicencePlate, TaxiId, Time, VehicleId};

/// How often a note is looked at: at once, and each time after twice as long, the last time two minutes after it
/// was made. No commit takes as long.
const LOOKS: u32 = 8;

/// How many notes are kept. Whatever is noted beyond that is found right again by its next change, or by a start.
const MOST: usize = 100_000;

/// What memory may be wrong about; each with the account that changed it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(in crate::app) enum Unread {
    /// Description of a vehicle by the account, and the open hail its car is in.
    Description(VehicleId, AccountId),
    /// The same of a vehicle that may be new, by its plate.
    Plate(LicencePlate, AccountId),
    /// A taxi that may be new.
    Taxi(TaxiId, AccountId),
}

/// When something was noted, and how often it was read since.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::app) struct Note {
    at: Time,
    looks: u32,
}

impl Note {
    fn is_due(&self, now: Time) -> bool {
        // After 0, 1, 3, 7… seconds. A clock that was set back makes it due at once.
        let since = now - self.at;
        since < TimeDelta::zero() || since >= TimeDelta::seconds((1 << self.looks) - 1)
    }
}

/// All notes.
#[derive(Debug, Default)]
pub(in crate::app) struct Notes(HashMap<Unread, Note>);

impl Notes {
    /// Notes something, or notes it anew.
    pub(in crate::app) fn note(&mut self, unread: Unread, now: Time) {
        if self.0.len() < MOST || self.0.contains_key(&unread) {
            self.0.insert(unread, Note { at: now, looks: 0 });
        } else {
            tracing::error!(
                ?unread,
                "too much is to be read again already; start again once the database is well"
            );
        }
    }

    /// What is to be read now.
    pub(in crate::app) fn due(&self, now: Time) -> Vec<(Unread, Note)> {
        let due = self.0.iter().filter(|(_, note)| note.is_due(now));
        due.map(|(unread, note)| (unread.clone(), *note)).collect()
    }

    /// Something was read, as [`Self::due`] told it. What was noted anew since is as good as unread.
    pub(in crate::app) fn looked(&mut self, unread: &Unread, note: Note) {
        let Some(known) = self.0.get_mut(unread).filter(|known| **known == note) else { return };
        known.looks += 1;
        if known.looks >= LOOKS {
            self.0.remove(unread);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TAXI: Unread = Unread::Description(VehicleId(1), AccountId(1));

    fn at(second: i64) -> Time {
        chrono::DateTime::UNIX_EPOCH + TimeDelta::seconds(second)
    }

    /// The seconds in which a note of the first second is looked at, by who asks each second.
    fn looks(notes: &mut Notes, until: i64) -> Vec<i64> {
        let mut looks = Vec::new();
        for second in 0..until {
            for (unread, note) in notes.due(at(second)) {
                looks.push(second);
                notes.looked(&unread, note);
            }
        }
        looks
    }

    #[test]
    fn a_note_is_looked_at_for_two_minutes_and_then_goes() {
        let mut notes = Notes::default();
        notes.note(TAXI, at(0));
        assert_eq!(looks(&mut notes, 1_000), [0, 1, 3, 7, 15, 31, 63, 127]);
    }

    #[test]
    fn what_is_noted_anew_while_it_is_read_is_unread() {
        let mut notes = Notes::default();
        notes.note(TAXI, at(0));
        let due = notes.due(at(100));
        notes.note(TAXI, at(100));
        for (unread, note) in due {
            notes.looked(&unread, note);
        }
        assert_eq!(notes.due(at(100)).len(), 1);
    }

    #[test]
    fn a_clock_that_is_set_back_delays_no_look() {
        let mut notes = Notes::default();
        notes.note(TAXI, at(1_000));
        assert_eq!(notes.due(at(0)).len(), 1);
    }

    #[test]
    fn there_is_an_end_to_notes() {
        let mut notes = Notes::default();
        let many = i64::try_from(MOST).expect("a number");
        for vehicle in 0..=many {
            notes.note(Unread::Description(VehicleId(vehicle), AccountId(1)), at(0));
        }
        assert_eq!(notes.0.len(), MOST);
    }
}
