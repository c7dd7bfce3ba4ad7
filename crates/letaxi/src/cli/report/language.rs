//! Languages of a report.

use clap::ValueEnum;

/// Language of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Language {
    /// English
    En,
    /// French
    Fr,
}

impl Language {
    /// One of two texts.
    pub(super) fn choose<T>(self, english: T, french: T) -> T {
        match self {
            Self::En => english,
            Self::Fr => french,
        }
    }
}
