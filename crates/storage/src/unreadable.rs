//! Rows that this version cannot read, as after a step back to an older version: passed over one by one, counted,
//! and named in the log, each once.
//!
//! Only where many rows are read: a question about one row fails.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use crate::{Error, Result};

/// Limit of rows that are named in the log and counted.
const MOST: usize = 10_000;

/// Table and key of each row that was passed over.
static PASSED_OVER: Mutex<BTreeSet<(&str, String)>> = Mutex::new(BTreeSet::new());

/// Number of rows that this process has passed over, each counted once; 10,000 at most.
pub fn passed_over() -> usize {
    PASSED_OVER.lock().unwrap_or_else(PoisonError::into_inner).len()
}

/// Value read of a row, or nothing if the row cannot be read.
pub(crate) fn readable<T>(
    read: Result<T>,
    table: &'static str,
    key: impl FnOnce() -> String,
) -> Result<Option<T>> {
    match read {
        Err(error) if error.is_unreadable() => {
            note(table, key(), &error);
            Ok(None)
        }
        outcome => outcome.map(Some),
    }
}

/// The log names what is wrong, not the value: it may say something about a person.
fn note(table: &'static str, key: String, error: &Error) {
    let mut known = PASSED_OVER.lock().unwrap_or_else(PoisonError::into_inner);
    if known.len() >= MOST || known.contains(&(table, key.clone())) {
        return;
    }
    let what = match error {
        Error::Unreadable { what, .. } => *what,
        _ => "a column",
    };
    tracing::error!(
        table,
        key,
        unknown = what,
        "a row cannot be read and is passed over: a newer version of letaxi may have written it"
    );
    known.insert((table, key));
}
