//! Log entries about failed calls: one a minute for each operator, however many calls fail.

use chrono::TimeDelta;
use dashmap::DashMap;
use registry::{AccountId, Time};

/// Time between two entries about one operator.
const PAUSE: TimeDelta = TimeDelta::minutes(1);

/// Rate limit of log entries: the last entry of each operator, and the number of failures since.
#[derive(Debug, Default)]
pub(in crate::app) struct FailedCalls(DashMap<AccountId, (Time, u64)>);

impl FailedCalls {
    /// Counts a failure. Returns the number of failures without an entry, if an entry is due.
    pub(in crate::app) fn line(&self, operator: AccountId, now: Time) -> Option<u64> {
        let mut first = false;
        let mut last = self.0.entry(operator).or_insert_with(|| {
            first = true;
            (now, 0)
        });
        let (at, left_out) = *last;
        // Also if the clock was set back.
        if first || now - at >= PAUSE || now < at {
            *last = (now, 0);
            return Some(left_out);
        }
        last.1 += 1;
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_operator_has_one_line_a_minute_that_counts_what_was_left_out() {
        let at = |second| chrono::DateTime::UNIX_EPOCH + TimeDelta::seconds(second);
        let failed = FailedCalls::default();
        let line = |operator, second| failed.line(AccountId(operator), at(second));
        assert_eq!(line(1, 0), Some(0));
        assert_eq!(line(1, 1), None);
        assert_eq!(line(1, 59), None);
        assert_eq!(line(2, 59), Some(0));
        assert_eq!(line(1, 60), Some(2));
        assert_eq!(line(1, 119), None);
        assert_eq!(line(1, 50), Some(1), "the clock was set back");
    }
}
