//! Places in the log of events.

use std::fmt;
use std::str::FromStr;

/// A place in the log of events, as a stream tells it: `2882400001-17`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Place {
    pub(super) epoch: u32,
    pub(super) number: u64,
}

impl fmt::Display for Place {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}-{}", self.epoch, self.number)
    }
}

/// A text is not a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NoPlace;

impl FromStr for Place {
    type Err = NoPlace;

    fn from_str(text: &str) -> Result<Self, NoPlace> {
        let (epoch, number) = text.split_once('-').ok_or(NoPlace)?;
        let (epoch, number) = (epoch.parse().ok(), number.parse().ok());
        Ok(Self { epoch: epoch.ok_or(NoPlace)?, number: number.ok_or(NoPlace)? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_read_as_it_is_written() {
        let place = Place { epoch: 7, number: 12 };
        assert_eq!(place.to_string().parse(), Ok(place));
        for text in ["", "7", "7-", "-12", "7-x", "99999999999-1", "7-1-2"] {
            assert_eq!(text.parse::<Place>(), Err(NoPlace), "{text}");
        }
    }
}
