//! Writing rows as a file.

use std::io;

use crate::app::exports::Value;

/// Writes rows of a table as a file.
pub(crate) trait Sink: Send {
    /// Takes rows, each with a value for each column.
    ///
    /// # Errors
    ///
    /// If they cannot be written.
    fn take(&mut self, rows: &[Vec<Value>]) -> io::Result<()>;

    /// Writes the end of the file.
    ///
    /// # Errors
    ///
    /// If it cannot be written.
    fn finish(self: Box<Self>) -> io::Result<()>;
}
