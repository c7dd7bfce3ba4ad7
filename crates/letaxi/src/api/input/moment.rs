//! Dates and times as partners write them, and as they are echoed.

use std::sync::LazyLock;

use chrono::{DateTime, Datelike as _, FixedOffset, NaiveDate, NaiveDateTime, SubsecRound, Utc};
use regex_lite::Regex;
use registry::Time;

use crate::api::envelope::naive;

/// Form of a date and time, which is the pattern of the incumbent's parser (marshmallow 3, `from_iso_datetime`) with
/// ASCII digits. No library reads all that it allows: months of one digit, no seconds, offsets without minutes.
static FORM: LazyLock<Regex> = LazyLock::new(|| {
    let pattern = r"(?x)^
        (?<date> [0-9]{4} - [0-9]{1,2} - [0-9]{1,2} ) [T\x20]
        (?<time> [0-9]{1,2} : [0-9]{1,2} )
        (?: : (?<seconds> [0-5]?[0-9] (?: \.[0-9]{1,12} )? ) )?
        (?<offset> Z | (?<sign> [+-] ) (?<hours> [0-9]{2} ) (?: :? (?<minutes> [0-9]{2} ) )? )?
        $";
    Regex::new(pattern).expect("the pattern is well-formed")
});

/// A time, and its offset from UTC if it was written with one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// The time.
    pub time: Time,
    offset: Option<FixedOffset>,
}

impl Moment {
    /// Reads `2024-02-29T12:00`, with or without seconds, a fraction of them, and an offset. Digits beyond the
    /// microsecond are dropped.
    pub(super) fn read(text: &str) -> Option<Self> {
        let parts = FORM.captures(text)?;
        let part = |name| parts.name(name).map(|found| found.as_str());
        let seconds = part("seconds").unwrap_or("0");
        let local = format!("{} {}:{seconds}", &parts["date"], &parts["time"]);
        let local = NaiveDateTime::parse_from_str(&local, "%Y-%m-%d %H:%M:%S%.f").ok()?;
        let offset = match part("offset") {
            Some(_) => {
                // The incumbent takes minutes up to 99, chrono up to 59.
                let number = |name| part(name).map_or(Ok(0), str::parse::<i32>);
                let seconds = 60 * (60 * number("hours").ok()? + number("minutes").ok()?);
                let is_west = part("sign") == Some("-");
                Some(FixedOffset::east_opt(if is_west { -seconds } else { seconds })?)
            }
            None => None,
        };
        let time = match offset {
            Some(offset) => local.and_local_timezone(offset).single()?.to_utc(),
            None => local.and_utc(),
        };
        // Answers and the database know years of four digits only.
        let in_range = [local.year(), time.year()].iter().all(|year| (1..=9999).contains(year));
        in_range.then(|| Self { time: time.trunc_subsecs(6), offset })
    }

    /// The time in the answer to the call that sent it: with its offset, if it had one.
    pub fn echo(&self) -> String {
        match self.offset {
            Some(offset) => {
                let local = self.time.with_timezone(&offset).naive_local();
                format!("{}{offset}", naive(local.and_utc()))
            }
            None => naive(self.time),
        }
    }
}

impl From<DateTime<Utc>> for Moment {
    fn from(time: DateTime<Utc>) -> Self {
        Self { time, offset: None }
    }
}

/// Reads a date of a year of four digits, a month and a day of one or two.
pub(super) fn read_date(text: &str, separator: char) -> Option<NaiveDate> {
    // chrono also takes blanks, signs and years of fewer digits.
    let is_plain = text.find(separator) == Some(4)
        && text.chars().all(|c| c.is_ascii_digit() || c == separator);
    let date = NaiveDate::parse_from_str(text, &format!("%Y{separator}%m{separator}%d"));
    date.ok().filter(|date| is_plain && date.year() > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_echoed_as_it_was_meant() {
        for (text, echo) in [
            ("2022-02-01T16:42:58.248Z", "2022-02-01T16:42:58.248000+00:00"),
            ("2022-02-01T16:42:58+02:00", "2022-02-01T16:42:58+02:00"),
            ("2022-02-01T16:42:58-0530", "2022-02-01T16:42:58-05:30"),
            ("2022-02-01T16:42:58+01", "2022-02-01T16:42:58+01:00"),
            ("2022-03-01 16:42:58", "2022-03-01T16:42:58"),
            ("2022-02-01T16:42", "2022-02-01T16:42:00"),
            ("2022-2-1T6:4:2", "2022-02-01T06:04:02"),
            ("2022-02-01T16:42:58.123456789", "2022-02-01T16:42:58.123456"),
            ("2022-02-01T16:42:58.5", "2022-02-01T16:42:58.500000"),
        ] {
            assert_eq!(Moment::read(text).expect(text).echo(), echo);
        }
    }

    #[test]
    fn what_is_no_date_with_a_time_is_refused() {
        for text in [
            "",
            "x",
            "2022-02-01",
            "2022-13-01T00:00:00",
            "2022-02-30T00:00:00",
            "22-02-01T00:00",
            "2022-02-01T24:00:00",
            "2022-02-01T16:42:58.",
            "2022-02-01T16:42.5",
            "2022-02-01T16",
            "2022-02-01T16:42:58+2",
            "2022-02-01T16:42:58Zx",
            "2022-02-01T16:42:58Z05:00",
            "2022-02-01T16:42:58Z0500",
            "2022-02-01T16:42:58Z05",
            "2022-02-01T16:42:58+-05",
            "2022-02-01T16:42:58+05:00Z",
            "2022-02-01T16:42:58.1é",
            "0000-01-01T00:00:00",
            "0001-01-01T00:00:00+01:00",
            "2022-02-01T16:42:58+é",
        ] {
            assert_eq!(Moment::read(text), None, "{text}");
        }
    }

    #[test]
    fn a_date_is_digits_and_separators_and_nothing_else() {
        for text in ["2022-02-01", "2022-2-1"] {
            assert_eq!(read_date(text, '-'), NaiveDate::from_ymd_opt(2022, 2, 1), "{text}");
        }
        for text in [
            "",
            "2022/2/1",
            "2022-2",
            "2022-2-1-1",
            "2022-2-30",
            "0000-1-1",
            "+2022-2-1",
            "+202-2-1",
            "202-2-1",
            "2022- 2-1",
            "2022-2-1 ",
            " 022-2-1",
            "2022-002-1",
            "2022-2-\u{661}",
        ] {
            assert_eq!(read_date(text, '-'), None, "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn an_offset_is_z_or_hours_and_perhaps_minutes(tail in "[-Z+:0-9]{0,7}") {
            let all_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
            let fits = match tail.strip_prefix(['+', '-']) {
                Some(rest) => {
                    let digits = if rest.as_bytes().get(2) == Some(&b':') {
                        rest.replacen(':', "", 1)
                    } else {
                        rest.to_owned()
                    };
                    let is_long_enough = matches!((digits.len(), rest.len()), (2, 2) | (4, 4 | 5));
                    is_long_enough && all_digits(&digits) && {
                        let hours: u32 = digits[..2].parse().unwrap();
                        let minutes: u32 = digits[2..].parse().unwrap_or_default();
                        hours * 60 + minutes < 24 * 60
                    }
                }
                None => tail.is_empty() || tail == "Z",
            };
            let text = format!("2022-02-01T16:42:58{tail}");
            proptest::prop_assert_eq!(Moment::read(&text).is_some(), fits, "{}", text);
        }
    }
}
