//! Text of a file, with line numbers of its parts.

use std::path::Path;
use std::{fs, io};

use super::complaint::FileLog;

/// Byte order mark, which spreadsheets put before UTF-8 text.
const BYTE_ORDER_MARK: char = '\u{feff}';

/// Reads a whole file; logs a fault if that fails.
pub(super) fn read(path: &Path, log: &mut FileLog<'_>) -> Option<String> {
    let bytes = fs::read(path).inspect_err(|error| match error.kind() {
        io::ErrorKind::NotFound => log.fault(None, "", "there is no such file"),
        _ => log.fault(None, "", format!("cannot be read: {error}")),
    });
    let text = String::from_utf8(bytes.ok()?).inspect_err(|error| {
        let valid = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        log.fault(1 + newlines(valid), "", "is not UTF-8 text: save it with that encoding");
    });
    let text = text.ok()?;
    Some(text.strip_prefix(BYTE_ORDER_MARK).map(str::to_owned).unwrap_or(text))
}

/// Finds the line numbers of parts of a text, efficiently if asked in ascending order.
pub(super) struct Lines<'a> {
    text: &'a str,
    offset: usize,
    line: usize,
}

impl<'a> Lines<'a> {
    pub(super) fn of(text: &'a str) -> Self {
        Self { text, offset: 0, line: 1 }
    }

    /// The line, from 1, in which `part`, a slice of the text, begins.
    pub(super) fn line_of(&mut self, part: &'a str) -> usize {
        let offset = part.as_ptr().addr() - self.text.as_ptr().addr();
        if offset < self.offset {
            *self = Self::of(self.text);
        }
        self.line += newlines(&self.text.as_bytes()[self.offset..offset]);
        self.offset = offset;
        self.line
    }
}

fn newlines(text: &[u8]) -> usize {
    text.iter().map(|byte| usize::from(*byte == b'\n')).sum()
}

/// Line in the file and reason of a JSON error, for JSON that begins in `first_line` of its file. The reason
/// lacks the position that the parser adds.
pub(super) fn json_error(error: &serde_json::Error, first_line: usize) -> (usize, String) {
    let text = error.to_string();
    let position = format!(" at line {} column {}", error.line(), error.column());
    let reason = text.strip_suffix(&position).unwrap_or(&text).to_owned();
    (first_line + error.line().saturating_sub(1), reason)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::complaint::Log;

    #[test]
    fn parts_know_their_line_in_any_order() {
        let text = "one\ntwo three\n\nfour";
        let mut lines = Lines::of(text);
        for (part, line) in [("one", 1), ("three", 2), ("two", 2), ("four", 4), ("one", 1)] {
            let start = text.find(part).expect("a part of the text");
            assert_eq!(lines.line_of(&text[start..start + part.len()]), line, "{part}");
        }
    }

    #[test]
    fn a_text_loses_its_byte_order_mark_and_must_be_utf_8() {
        let file = tempfile::NamedTempFile::new().expect("a temporary file");
        let mut log = Log::default();
        fs::write(file.path(), "\u{feff}id").expect("writable");
        assert_eq!(read(file.path(), &mut log.about("f")).as_deref(), Some("id"));
        fs::write(file.path(), b"a\nb\xe9").expect("writable");
        assert_eq!(read(file.path(), &mut log.about("f")), None);
        assert_eq!(log.faults[0].to_string(), "f:2: is not UTF-8 text: save it with that encoding");
    }
}
