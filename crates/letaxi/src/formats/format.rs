//! File formats.

use std::str::FromStr;

/// A file format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    /// Apache Parquet.
    Parquet,
    /// CSV in gzip.
    Csv,
    /// A JSON object a line, in gzip.
    NdJson,
}

impl Format {
    /// All formats.
    pub(crate) const ALL: [Self; 3] = [Self::Parquet, Self::Csv, Self::NdJson];

    /// Its word in options and queries.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Parquet => "parquet",
            Self::Csv => "csv",
            Self::NdJson => "ndjson",
        }
    }

    /// End of the names of its files.
    pub(crate) const fn ending(self) -> &'static str {
        match self {
            Self::Parquet => "parquet",
            Self::Csv => "csv.gz",
            Self::NdJson => "ndjson.gz",
        }
    }

    /// Its media type.
    pub(crate) const fn media_type(self) -> &'static str {
        match self {
            Self::Parquet => "application/vnd.apache.parquet",
            Self::Csv | Self::NdJson => "application/gzip",
        }
    }
}

impl FromStr for Format {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        let known = Self::ALL.into_iter().find(|format| format.word() == word);
        let words = || Self::ALL.map(Self::word).join(", ");
        known.ok_or_else(|| format!("there is no format {word:?}: name one of {}", words()))
    }
}
