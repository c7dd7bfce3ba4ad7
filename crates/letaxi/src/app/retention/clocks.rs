//! Clocks of retention: the data that each is about, its time, and the source of that time.

use chrono::{NaiveTime, TimeDelta};
use registry::Time;
use storage::retention::{Before, Oldest};

/// A clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Clock {
    /// Drivers, licences, vehicles and taxis, from the driver's last connection on.
    Taxis,
    /// Hails and searches.
    Hails,
    /// Exact places of customers and taxis.
    ExactPlaces,
    /// Inspectors' look-ups.
    Inspections,
    /// The activity log.
    Activity,
}

impl Clock {
    /// All clocks, in the order in which a round runs them: places are blurred before their hails are deleted, and
    /// hails are deleted before their taxis.
    pub const ALL: [Self; 5] =
        [Self::ExactPlaces, Self::Hails, Self::Taxis, Self::Inspections, Self::Activity];

    /// Word of the clock in the API, in metrics and in the database.
    pub fn word(self) -> &'static str {
        match self {
            Self::Taxis => "taxis",
            Self::Hails => "hails",
            Self::ExactPlaces => "exact_places",
            Self::Inspections => "inspections",
            Self::Activity => "activity",
        }
    }

    /// Source of its time: an article of the Code des transports, or this project.
    pub fn source(self) -> &'static str {
        match self {
            Self::Taxis => "R3121-33 1° du code des transports",
            Self::Hails => "R3121-33 2° du code des transports",
            Self::ExactPlaces => "R3121-33 3° du code des transports",
            Self::Inspections => "R3121-33 du code des transports, dernier alinéa",
            Self::Activity => "letaxi",
        }
    }

    /// Time of its oldest data.
    pub(super) fn oldest(self, of: &Oldest) -> Option<Time> {
        match self {
            Self::Taxis => of.taxi_seen,
            Self::Hails => of.hail.into_iter().chain(of.search).min(),
            Self::ExactPlaces => of.exact_place,
            Self::Inspections => of.inspection,
            Self::Activity => of.activity,
        }
    }
}

/// Days for which data are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeptDays {
    /// Drivers, licences, vehicles and taxis.
    pub taxis: u32,
    /// Hails and searches.
    pub hails: u32,
    /// Exact places.
    pub exact_places: u32,
    /// Inspectors' look-ups.
    pub inspections: u32,
    /// The activity log.
    pub activity: u32,
}

/// A year, the shortest two months, and the shortest month, each less a day: a round may come a day late.
impl Default for KeptDays {
    fn default() -> Self {
        Self { taxis: 364, hails: 364, exact_places: 58, inspections: 27, activity: 364 }
    }
}

impl KeptDays {
    /// Days of a clock.
    pub fn of(self, clock: Clock) -> u32 {
        match clock {
            Clock::Taxis => self.taxis,
            Clock::Hails => self.hails,
            Clock::ExactPlaces => self.exact_places,
            Clock::Inspections => self.inspections,
            Clock::Activity => self.activity,
        }
    }

    /// Time before which the data of a clock are due. Hails and lines of the activity log go by whole days (UTC), for
    /// their sums do.
    pub fn before(self, clock: Clock, now: Time) -> Time {
        let before = now - TimeDelta::days(self.of(clock).into());
        match clock {
            Clock::Hails | Clock::Activity => midnight(before),
            Clock::Taxis | Clock::ExactPlaces | Clock::Inspections => before,
        }
    }

    /// The same of all clocks.
    pub fn all_before(self, now: Time) -> Before {
        Before {
            taxis: self.before(Clock::Taxis, now),
            hails: self.before(Clock::Hails, now),
            exact_places: self.before(Clock::ExactPlaces, now),
            inspections: self.before(Clock::Inspections, now),
            activity: self.before(Clock::Activity, now),
        }
    }
}

/// Midnight (UTC) at the beginning of this time's day.
fn midnight(at: Time) -> Time {
    at.date_naive().and_time(NaiveTime::MIN).and_utc()
}

#[cfg(test)]
mod tests {
    use chrono::{Days, Months, NaiveDate};

    use super::*;

    fn noon(day: NaiveDate) -> Time {
        day.and_hms_micro_opt(12, 34, 56, 789).expect("a time").and_utc()
    }

    /// The law counts a year and two months from the reception of a hail on, whatever the length of these months.
    #[test]
    fn no_default_exceeds_the_law_even_if_a_round_comes_a_day_late() {
        let first = NaiveDate::from_ymd_opt(2023, 1, 1).expect("a day");
        for received in first.iter_days().take(4 * 366) {
            for (clock, months) in [
                (Clock::Taxis, 12),
                (Clock::Hails, 12),
                (Clock::ExactPlaces, 2),
                (Clock::Inspections, 1),
                (Clock::Activity, 12),
            ] {
                let until = received + Months::new(months);
                let round = noon(until - Days::new(1));
                let due = KeptDays::default().before(clock, round);
                assert!(due >= midnight(noon(received)), "{clock:?} of {received}: {due}");
            }
        }
    }

    #[test]
    fn hails_go_by_whole_days() {
        let now = noon(NaiveDate::from_ymd_opt(2026, 3, 1).expect("a day"));
        let kept = KeptDays { hails: 1, taxis: 1, ..KeptDays::default() };
        assert_eq!(kept.before(Clock::Hails, now).to_rfc3339(), "2026-02-28T00:00:00+00:00");
        assert_eq!(kept.before(Clock::Taxis, now), now - TimeDelta::days(1));
    }
}
