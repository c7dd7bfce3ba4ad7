//! Messages about faults of a file: place, fault and remedy.

use std::fmt;

/// Number of faults shown per file; the others are counted.
pub const FAULTS_SHOWN: usize = 20;

/// Number of faults, and of warnings, that are kept in memory; a file of another kind may have millions.
const MOST_KEPT: usize = 10_000;

/// A message about a file, shown as `zupc/69_Lyon/zone.yaml:4: allowed: …`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Complaint {
    /// Path of the file in the imported folder.
    pub file: String,
    /// Line, from 1, if known.
    pub line: Option<usize>,
    /// Field, column or key; empty for the whole file.
    pub field: String,
    /// Fault and remedy.
    pub text: String,
}

impl fmt::Display for Complaint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.file)?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
        }
        if !self.field.is_empty() {
            write!(f, ": {}", self.field)?;
        }
        write!(f, ": {}", self.text)
    }
}

/// Error: the folder cannot be imported. Contains every fault of every file, at least one.
///
/// Displayed with one line per fault, and at most [`FAULTS_SHOWN`] per file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct Faults(
    /// Faults in the order of the files.
    pub Vec<Complaint>,
);

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for of_file in self.0.chunk_by(|a, b| a.file == b.file) {
            for fault in of_file.iter().take(FAULTS_SHOWN) {
                writeln!(f, "{fault}")?;
            }
            if let Some(more) = of_file.len().checked_sub(FAULTS_SHOWN).filter(|more| *more > 0) {
                writeln!(f, "{}: and {more} more", of_file[0].file)?;
            }
        }
        write!(f, "nothing was imported")
    }
}

/// Collected messages.
#[derive(Debug, Default)]
pub(super) struct Log {
    pub(super) faults: Vec<Complaint>,
    pub(super) warnings: Vec<Complaint>,
}

impl Log {
    /// Log for messages about one file.
    pub(super) fn about(&mut self, file: impl Into<String>) -> FileLog<'_> {
        FileLog { file: file.into(), log: self }
    }
}

/// Log of one file.
#[derive(Debug)]
pub(super) struct FileLog<'a> {
    pub(super) file: String,
    log: &'a mut Log,
}

impl FileLog<'_> {
    /// Adds a fault, which prevents the import.
    pub(super) fn fault(
        &mut self,
        line: impl Into<Option<usize>>,
        field: &str,
        text: impl Into<String>,
    ) {
        let fault = self.complaint(line.into(), field, text.into());
        if self.log.faults.len() < MOST_KEPT {
            self.log.faults.push(fault);
        }
    }

    /// Adds a warning, which does not prevent the import.
    pub(super) fn warn(
        &mut self,
        line: impl Into<Option<usize>>,
        field: &str,
        text: impl Into<String>,
    ) {
        let warning = self.complaint(line.into(), field, text.into());
        if self.log.warnings.len() < MOST_KEPT {
            self.log.warnings.push(warning);
        }
    }

    /// Log for messages about another file of the same folder.
    pub(super) fn about_neighbour(&mut self, name: &str) -> FileLog<'_> {
        let folder = self.file.rsplit_once('/').map_or("", |(folder, _)| folder);
        FileLog { file: format!("{folder}/{name}"), log: self.log }
    }

    fn complaint(&self, line: Option<usize>, field: &str, text: String) -> Complaint {
        // Accounts are imported from the command line alone, which speaks English.
        #[cfg(test)]
        assert!(self.file == "users.json" || super::french::of(&text).is_some(), "{text}");
        Complaint { file: self.file.clone(), line, field: field.to_owned(), text }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_complaint_says_file_line_and_field_as_far_as_they_are_known() {
        let mut log = Log::default();
        let mut file = log.about("towns.geojson");
        file.fault(3, "geometry", "is missing");
        file.fault(None, "", "there is no such file");
        file.warn(7, "", "is missing");
        let said: Vec<_> =
            log.faults.iter().chain(&log.warnings).map(ToString::to_string).collect();
        assert_eq!(
            said,
            [
                "towns.geojson:3: geometry: is missing",
                "towns.geojson: there is no such file",
                "towns.geojson:7: is missing"
            ]
        );
    }

    #[test]
    fn twenty_faults_of_a_file_are_shown_and_the_others_counted() {
        let mut log = Log::default();
        for line in 1..=23 {
            log.about("a").fault(line, "", "is missing");
        }
        log.about("b").fault(1, "", "is missing");
        let shown = Faults(log.faults).to_string();
        let lines: Vec<_> = shown.lines().collect();
        assert_eq!(lines.len(), 23);
        assert_eq!(
            lines[19..],
            ["a:20: is missing", "a: and 3 more", "b:1: is missing", "nothing was imported"]
        );
    }
}
