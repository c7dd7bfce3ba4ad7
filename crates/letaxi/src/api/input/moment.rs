//! Times as partners write them, and as they are echoed.

use chrono::{DateTime, FixedOffset, NaiveDate, NaiveDateTime, NaiveTime, SubsecRound, Utc};
use registry::Time;

/// A time, and whether it was written with an offset from UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// The time.
    pub time: Time,
    offset: Option<FixedOffset>,
}

impl Moment {
    /// Reads `2024-02-29T12:00`, with or without seconds, a fraction of them, and an offset: what
    /// the incumbent's parser took. Digits beyond the microsecond are dropped.
    pub(super) fn read(text: &str) -> Option<Self> {
        let (date, rest) = text.split_once(['T', ' '])?;
        let end = rest.find(['Z', '+', '-']).unwrap_or(rest.len());
        let (clock, offset) = rest.split_at(end);
        let local = NaiveDateTime::new(read_date(date)?, read_clock(clock)?);
        let offset = if offset.is_empty() { None } else { Some(read_offset(offset)?) };
        let time = match offset {
            Some(offset) => local.and_local_timezone(offset).single()?.to_utc(),
            None => local.and_utc(),
        };
        // Four digits of a year are all that answers and the database know.
        let in_range = (1..=9999).contains(&chrono::Datelike::year(&time));
        in_range.then(|| Self { time: time.trunc_subsecs(6), offset })
    }

    /// As it is echoed in the answer to the call that brought it: with its offset, if it had one.
    pub fn echo(&self) -> String {
        let decimals = if self.time.timestamp_subsec_micros() == 0 { "" } else { "%.6f" };
        match self.offset {
            Some(offset) => {
                let time: DateTime<FixedOffset> = self.time.with_timezone(&offset);
                time.format(&format!("%Y-%m-%dT%H:%M:%S{decimals}%:z")).to_string()
            }
            None => self.time.format(&format!("%Y-%m-%dT%H:%M:%S{decimals}")).to_string(),
        }
    }
}

impl From<DateTime<Utc>> for Moment {
    fn from(time: DateTime<Utc>) -> Self {
        Self { time, offset: None }
    }
}

/// One or two digits, or as many as said.
fn digits(text: &str, least: usize, most: usize) -> Option<u32> {
    let fits = (least..=most).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    fits.then(|| text.parse().ok())?
}

fn read_date(text: &str) -> Option<NaiveDate> {
    let mut parts = text.split('-');
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() {
        return None;
    }
    let year = i32::try_from(digits(year, 4, 4)?).ok().filter(|year| *year > 0)?;
    NaiveDate::from_ymd_opt(year, digits(month, 1, 2)?, digits(day, 1, 2)?)
}

fn read_clock(text: &str) -> Option<NaiveTime> {
    let (clock, fraction) = match text.split_once('.') {
        Some((clock, fraction)) => (clock, Some(fraction)),
        None => (text, None),
    };
    let mut parts = clock.split(':');
    let (hour, minute, second) = (parts.next()?, parts.next()?, parts.next());
    if parts.next().is_some() || second.is_none() && fraction.is_some() {
        return None;
    }
    let micros = match fraction {
        Some(fraction) => {
            digits(fraction.get(..9).unwrap_or(fraction), 1, 9)?;
            if fraction.len() > 12 || !fraction.bytes().all(|b| b.is_ascii_digit()) {
                return None;
            }
            format!("{:0<6}", &fraction[..fraction.len().min(6)]).parse().ok()?
        }
        None => 0,
    };
    let second = second.map_or(Some(0), |second| digits(second, 1, 2))?;
    NaiveTime::from_hms_micro_opt(digits(hour, 1, 2)?, digits(minute, 1, 2)?, second, micros)
}

fn read_offset(text: &str) -> Option<FixedOffset> {
    if text == "Z" {
        return FixedOffset::east_opt(0);
    }
    let (is_west, rest) = match (text.strip_prefix('+'), text.strip_prefix('-')) {
        (Some(rest), _) => (false, rest),
        (None, Some(rest)) => (true, rest),
        (None, None) => return None,
    };
    let (hours, minutes) = match rest.split_once(':') {
        Some((hours, minutes)) => (hours, Some(minutes)),
        None if rest.len() == 4 && rest.is_ascii() => (&rest[..2], Some(&rest[2..])),
        None => (rest, None),
    };
    let minutes = minutes.map_or(Some(0), |minutes| digits(minutes, 2, 2))?;
    let seconds = i32::try_from((digits(hours, 2, 2)? * 60 + minutes) * 60).ok()?;
    FixedOffset::east_opt(if is_west { -seconds } else { seconds })
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
