//! Declaration of a table's columns.

use super::disguise::Disguise;
use super::values::{Head, Kind, Value};

/// A column of a table of these rows.
pub(super) struct Column<R> {
    pub(super) head: Head,
    pub(super) value: fn(&R, &Disguise) -> Value,
}

/// Declares a column.
pub(super) const fn column<R>(
    name: &'static str,
    kind: Kind,
    about: &'static str,
    value: fn(&R, &Disguise) -> Value,
) -> Column<R> {
    Column { head: Head { name, kind, about }, value }
}

/// Values of these rows, in the order of the columns.
pub(super) fn values<R>(columns: &[Column<R>], rows: &[R], disguise: &Disguise) -> Vec<Vec<Value>> {
    let row = |row| columns.iter().map(|column| (column.value)(row, disguise)).collect();
    rows.iter().map(row).collect()
}
