//! Wishes for a copy, its progress and its outcome.

use crate::Error;

/// Limit of rows that are left out: a source with more is not what it seems.
pub(super) const MOST_LEFT_OUT: usize = 1_000;

/// A copy that was made.
#[derive(Debug)]
pub struct Copied {
    /// Each table, in the order of copying.
    pub tables: Vec<CopiedTable>,
    /// Rows that were left out.
    pub left_out: Vec<LeftOut>,
}

/// A table with the same content on both sides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CopiedTable {
    /// Its name.
    pub name: &'static str,
    /// Rows on both sides, without those that were left out.
    pub rows: u64,
    /// Checksum over all values on both sides.
    pub checksum: u128,
}

/// A row that is not in the target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftOut {
    /// Name of its table.
    pub table: String,
    /// Its key.
    pub key: String,
    /// The column that cannot be read, or the reason of the target.
    pub reason: String,
}

/// Progress of a copy.
#[derive(Clone, Copy, Debug)]
pub struct Progress {
    /// Table under way.
    pub table: &'static str,
    /// True while both sides are compared.
    pub is_comparing: bool,
    /// Rows done in this step, of all tables, with those of an earlier call.
    pub rows: u64,
    /// Rows of all tables.
    pub of: u64,
}

/// The wishes of whoever copies.
pub struct Wishes<'a> {
    /// Finish although rows are left out.
    pub may_leave_out: bool,
    /// Hears of the progress: at the beginning of each table and after each batch.
    pub tell: &'a (dyn Fn(Progress) + Send + Sync),
    /// Asked after each batch; if true, the copy stops there.
    pub is_stopped: &'a (dyn Fn() -> bool + Send + Sync),
}

/// Reason for which a copy was not made or is not finished.
#[derive(Debug, thiserror::Error)]
pub enum CopyError {
    /// Both addresses are of the same engine.
    #[error(
        "both are of the same engine: for SQLite use `letaxi backup` and `letaxi restore`, for PostgreSQL pg_dump"
    )]
    SameEngine,
    /// The source has no registry.
    #[error("there is no registry in the source: name the right one with --from")]
    NoSource,
    /// A side cannot be used.
    #[error("the {0} cannot be used: {1}")]
    Side(&'static str, Error),
    /// The tables of a side are not those of this version.
    #[error("the {side} is of another version: {why}")]
    OtherVersion {
        /// Source or target.
        side: &'static str,
        /// The remedy.
        why: &'static str,
    },
    /// The target has a registry.
    #[error(
        "the target is not empty (table {0}): it is never overwritten; make an empty database and name it with --to"
    )]
    NotEmpty(&'static str),
    /// The target is an unfinished copy of another source.
    #[error(
        "the target is an unfinished copy of another registry: name an empty database with --to"
    )]
    OtherSource,
    /// The engines have tables of different columns.
    #[error("the table {0} has different columns on both sides")]
    Columns(&'static str),
    /// Rows cannot be copied, and the caller did not accept that.
    #[error("{} rows cannot be copied", .0.len())]
    LeftOut(Vec<LeftOut>),
    /// So many rows cannot be copied that the source is not what it seems.
    #[error(
        "more than {MOST_LEFT_OUT} rows cannot be copied; the last one is of the table {0}: {1}"
    )]
    TooManyLeftOut(String, String),
    /// The two sides differ.
    #[error(
        "the table {table} differs: {from} rows in the source and {to} in the target; it was changed meanwhile: begin again with an empty database"
    )]
    Different {
        /// Name of the table.
        table: &'static str,
        /// Rows of the source, without those left out.
        from: u64,
        /// Rows of the target.
        to: u64,
    },
    /// The caller stopped it.
    #[error("stopped; the same command goes on from here")]
    Stopped,
    /// An engine refused or is away.
    #[error("{0}")]
    Store(#[from] Error),
}

impl From<sqlx::Error> for CopyError {
    fn from(error: sqlx::Error) -> Self {
        Self::Store(error.into())
    }
}

/// The result of a step.
pub(super) type Result<T> = std::result::Result<T, CopyError>;
