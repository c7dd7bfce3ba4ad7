//! The dirty set: entries of memory that may be stale, kept until they have been read again.
//!
//! A change that nobody waited for to its end may be committed after the first reading. So each entry is read
//! several times, at growing intervals, before it is removed.

use std::collections::HashMap;

use chrono::TimeDelta;
use registry::{AccountId, LicencePlate, TaxiId, Time, VehicleId};

/// Readings of each entry: the first at once, each next one after twice as long, the last two minutes after the
/// entry was marked. No commit takes as long.
const READINGS: u32 = 8;

/// Most entries in the set. Memory of anything beyond is corrected by its next change, or by a restart.
const MOST: usize = 100_000;

/// An entry of memory that may be stale; a description with its account.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(in crate::app) enum Dirty {
    /// Description of a vehicle by the account, and the open hail its car is in.
    Description(VehicleId, AccountId),
    /// The same of a vehicle that may be new, by its plate.
    Plate(LicencePlate, AccountId),
    /// A taxi that may be new, or gone.
    Taxi(TaxiId),
}

/// Time at which an entry was marked, and number of readings since.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::app) struct Mark {
    at: Time,
    readings: u32,
}

impl Mark {
    fn is_due(&self, now: Time) -> bool {
        // After 0, 1, 3, 7… seconds. A clock that was set back makes it due at once.
        let since = now - self.at;
        since < TimeDelta::zero() || since >= TimeDelta::seconds((1 << self.readings) - 1)
    }
}

/// The dirty set.
#[derive(Debug, Default)]
pub(in crate::app) struct DirtySet(HashMap<Dirty, Mark>);

impl DirtySet {
    /// Marks an entry as dirty, or marks it anew.
    pub(in crate::app) fn mark(&mut self, dirty: Dirty, now: Time) {
        if self.0.len() < MOST || self.0.contains_key(&dirty) {
            self.0.insert(dirty, Mark { at: now, readings: 0 });
        } else {
            tracing::error!(
                ?dirty,
                "too much is to be read again already; start again once the database is well"
            );
        }
    }

    /// Entries that are to be read now.
    pub(in crate::app) fn due(&self, now: Time) -> Vec<(Dirty, Mark)> {
        let due = self.0.iter().filter(|(_, mark)| mark.is_due(now));
        due.map(|(dirty, mark)| (dirty.clone(), *mark)).collect()
    }

    /// Marks an entry of [`Self::due`] as reread, unless it was marked again since.
    pub(in crate::app) fn reread(&mut self, dirty: &Dirty, mark: Mark) {
        let Some(known) = self.0.get_mut(dirty).filter(|known| **known == mark) else { return };
        known.readings += 1;
        if known.readings >= READINGS {
            self.0.remove(dirty);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TAXI: Dirty = Dirty::Description(VehicleId(1), AccountId(1));

    fn at(second: i64) -> Time {
        chrono::DateTime::UNIX_EPOCH + TimeDelta::seconds(second)
    }

    /// The seconds in which an entry of the first second is read, by a caller that asks each second.
    fn readings(set: &mut DirtySet, until: i64) -> Vec<i64> {
        let mut readings = Vec::new();
        for second in 0..until {
            for (dirty, mark) in set.due(at(second)) {
                readings.push(second);
                set.reread(&dirty, mark);
            }
        }
        readings
    }

    #[test]
    fn an_entry_is_read_for_two_minutes_and_then_goes() {
        let mut set = DirtySet::default();
        set.mark(TAXI, at(0));
        assert_eq!(readings(&mut set, 1_000), [0, 1, 3, 7, 15, 31, 63, 127]);
    }

    #[test]
    fn an_entry_that_is_marked_anew_while_it_is_read_stays_dirty() {
        let mut set = DirtySet::default();
        set.mark(TAXI, at(0));
        let due = set.due(at(100));
        set.mark(TAXI, at(100));
        for (dirty, mark) in due {
            set.reread(&dirty, mark);
        }
        assert_eq!(set.due(at(100)).len(), 1);
    }

    #[test]
    fn a_clock_that_is_set_back_delays_no_reading() {
        let mut set = DirtySet::default();
        set.mark(TAXI, at(1_000));
        assert_eq!(set.due(at(0)).len(), 1);
    }

    #[test]
    fn the_dirty_set_is_bounded() {
        let mut set = DirtySet::default();
        let many = i64::try_from(MOST).expect("a number");
        for vehicle in 0..=many {
            set.mark(Dirty::Description(VehicleId(vehicle), AccountId(1)), at(0));
        }
        assert_eq!(set.0.len(), MOST);
    }
}
