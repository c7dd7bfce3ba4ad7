//! Bans: for a limited time a customer's hails are refused, because an operator reported the customer or the
//! app banned it.
//!
//! A ban belongs to one app: the same identifier in another app is another person. The right to report or to
//! lift does not belong here.

use std::time::Duration;

use registry::Time;

/// Duration of the first ban.
pub const FIRST_BAN: Duration = Duration::from_hours(24);

/// Latest end of a ban: the last second of the year 9999, the limit of dates in answers and in the database.
pub const LATEST_END: Time = {
    let end = chrono::DateTime::from_timestamp(253_402_300_799, 0);
    end.expect("9999-12-31T23:59:59Z can be written as a date")
};

/// A ban from `begin` up to but not including `end`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ban {
    /// Begin; an app may give the end only, and then the ban has begun.
    pub begin: Option<Time>,
    /// End.
    pub end: Time,
}

impl Ban {
    /// True if the ban is in force.
    pub fn runs(self, now: Time) -> bool {
        self.begin.is_none_or(|begin| begin <= now) && now < self.end
    }
}

/// True if a customer with this ban, if any, is banned.
pub fn is_banned(ban: Option<Ban>, now: Time) -> bool {
    ban.is_some_and(|ban| ban.runs(now))
}

/// The ban of a customer after a report by an operator: 24 hours from now, or twice the length if a ban with
/// a known begin is in force. (An operator who withdraws a report lifts the ban; there is none then.)
pub fn after_report(ban: Option<Ban>, now: Time) -> Ban {
    match ban.filter(|ban| ban.runs(now)) {
        Some(Ban { begin: Some(begin), end }) => {
            // The length doubles with each report, so it soon exceeds the range of dates.
            let longer = end.checked_add_signed(end - begin).unwrap_or(LATEST_END);
            Ban { begin: Some(begin), end: longer.min(LATEST_END) }
        }
        _ => Ban { begin: Some(now), end: now + FIRST_BAN },
    }
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, TimeDelta};

    use super::*;

    fn at(hours: i64) -> Time {
        DateTime::UNIX_EPOCH + TimeDelta::hours(hours)
    }

    fn ban(begin: i64, end: i64) -> Ban {
        Ban { begin: Some(at(begin)), end: at(end) }
    }

    #[test]
    fn a_ban_runs_from_its_begin_up_to_its_end() {
        for (now, banned) in [(9, false), (10, true), (33, true), (34, false)] {
            assert_eq!(is_banned(Some(ban(10, 34)), at(now)), banned, "at hour {now}");
        }
        assert!(!is_banned(None, at(10)));
    }

    #[test]
    fn a_ban_without_a_beginning_runs_up_to_its_end() {
        let ban = Ban { begin: None, end: at(34) };
        assert!(is_banned(Some(ban), at(0)) && is_banned(Some(ban), at(33)));
        assert!(!is_banned(Some(ban), at(34)));
    }

    #[test]
    fn the_first_report_bans_for_a_day() {
        assert_eq!(after_report(None, at(10)), ban(10, 34));
    }

    #[test]
    fn a_report_during_a_ban_adds_its_length_again() {
        let second = after_report(Some(ban(10, 34)), at(12));
        assert_eq!(second, ban(10, 58));
        assert_eq!(after_report(Some(second), at(40)), ban(10, 106), "48 hours, not 24");
    }

    #[test]
    fn a_ban_that_does_not_run_or_has_no_beginning_does_not_count() {
        let endless = Ban { begin: None, end: at(20) };
        for other in [ban(1, 5), ban(5, 10), ban(20, 30), ban(30, 20), endless] {
            assert_eq!(after_report(Some(other), at(10)), ban(10, 34), "{other:?}");
        }
    }

    #[test]
    fn any_number_of_reports_still_gives_a_date_that_can_be_written() {
        let ancient = Ban { begin: Some(Time::MIN_UTC), end: LATEST_END };
        for first in [after_report(None, at(10)), ancient] {
            let mut ban = first;
            for _ in 0..100 {
                ban = after_report(Some(ban), at(11));
            }
            assert_eq!(ban.end.to_rfc3339(), "9999-12-31T23:59:59+00:00", "after {first:?}");
        }
    }
}
