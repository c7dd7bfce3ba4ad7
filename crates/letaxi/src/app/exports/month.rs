//! Months of exports.

use std::fmt;
use std::str::FromStr;

use chrono::{Datelike, Months, NaiveDate, NaiveTime};
use registry::Time;
use storage::exports::Span;

/// A month (UTC).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Month(NaiveDate);

/// A text that is not a month.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a month: give it as 2026-10")]
pub struct NotAMonth(pub String);

impl Month {
    /// The month of a time.
    pub fn of(at: Time) -> Self {
        let day = at.date_naive();
        Self(day.with_day(1).unwrap_or(day))
    }

    /// Its year.
    pub fn year(self) -> i32 {
        self.0.year()
    }

    /// Its first day.
    pub fn first_day(self) -> NaiveDate {
        self.0
    }

    /// The month after it.
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0.checked_add_months(Months::new(1)).unwrap_or(self.0))
    }

    /// Its times.
    pub fn span(self) -> Span {
        let midnight = |month: Self| month.0.and_time(NaiveTime::MIN).and_utc();
        Span { since: midnight(self), until: midnight(self.next()) }
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.format("%Y-%m"))
    }
}

impl FromStr for Month {
    type Err = NotAMonth;

    fn from_str(text: &str) -> Result<Self, NotAMonth> {
        let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        let day = match text.split_once('-') {
            Some((year, month)) if year.len() == 4 && month.len() == 2 => {
                let valid = digits(year) && digits(month);
                let parts = year.parse().ok().zip(month.parse().ok()).filter(|_| valid);
                parts.and_then(|(year, month)| NaiveDate::from_ymd_opt(year, month, 1))
            }
            _ => None,
        };
        day.map(Self).ok_or_else(|| NotAMonth(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_is_read_from_four_and_two_digits_alone() {
        for text in
            ["2026-13", "2026-00", "2026-1", "26-10", "2026/10", "2026-10-01", "", "+026-10"]
        {
            assert_eq!(text.parse::<Month>(), Err(NotAMonth(text.to_owned())));
        }
        let month: Month = "2024-12".parse().expect("a month");
        assert_eq!(month.next().to_string(), "2025-01");
        assert_eq!(month.span().until, month.next().span().since);
        assert_eq!(Month::of(month.span().since), month);
    }
}
