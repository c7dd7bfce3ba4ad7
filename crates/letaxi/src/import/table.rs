//! Tables as CSV, with semicolons or commas.

use csv::{ReaderBuilder, StringRecord};

use super::complaint::FileLog;
use super::text::Lines;

/// A table: its columns, and its rows with their lines in the file.
pub(super) struct Table {
    /// Names of the columns.
    pub(super) header: StringRecord,
    /// Rows that are not blank. A row may have another length than the header.
    pub(super) rows: Vec<(usize, StringRecord)>,
}

impl Table {
    /// Reads a table; faults are logged.
    pub(super) fn read(text: &str, log: &mut FileLog<'_>) -> Self {
        let first_line = text.lines().next().unwrap_or_default();
        let separator = if first_line.contains(';') { b';' } else { b',' };
        let mut reader =
            ReaderBuilder::new().delimiter(separator).flexible(true).from_reader(text.as_bytes());
        let header = reader.headers().cloned().unwrap_or_default();
        let mut lines = Lines::of(text);
        let mut rows = Vec::new();
        for record in reader.records() {
            match record {
                // Spreadsheet programs leave blank rows at the end.
                Ok(record) if record.iter().all(|cell| cell.trim().is_empty()) => {}
                Ok(record) => rows.push((line(&mut lines, text, record.position()), record)),
                Err(error) => {
                    let line = line(&mut lines, text, error.position());
                    log.fault(line, "", format!("is not CSV: {error}"));
                }
            }
        }
        Self { header, rows }
    }
}

/// The line of a record. The parser's own count is too low by one in files with Windows line ends, and its
/// position may be before the end of the previous line.
fn line<'a>(lines: &mut Lines<'a>, text: &'a str, position: Option<&csv::Position>) -> usize {
    let offset = position.and_then(|position| usize::try_from(position.byte()).ok());
    let rest = offset.and_then(|offset| text.get(offset..)).unwrap_or_default();
    lines.line_of(rest.trim_start_matches(['\r', '\n']))
}
