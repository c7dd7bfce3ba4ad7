//! Changes that go to the database together: the way there and back is what a small change costs most.

use sqlx::QueryBuilder;

use super::change::{Change, is_failed_comparison};
use super::{AFTER_COMPARING, Db, after_changes, before_change};
use crate::Result;

/// Changes of one transaction, sent as one. On PostgreSQL each is made to what was there before them all: none may
/// look for what another one does, though it may refer to a row that one before it makes.
pub(super) struct Together {
    sql: QueryBuilder<Db>,
    changes: usize,
    /// The numbers of the changes that compare.
    comparing: Vec<usize>,
}

impl Together {
    /// None yet.
    pub(super) fn new() -> Self {
        Self { sql: QueryBuilder::new(""), changes: 0, comparing: Vec::new() }
    }

    /// Begins the next change: its text follows.
    pub(super) fn change(&mut self) -> &mut QueryBuilder<Db> {
        self.end_change();
        self.sql.push(before_change(self.changes));
        self.changes += 1;
        &mut self.sql
    }

    /// Begins a change that compares before it sets: its text, an `update` of one row, follows. If no row fits, none of
    /// the changes is made: see [`Change::finish`].
    pub(super) fn comparing_change(&mut self) -> &mut QueryBuilder<Db> {
        self.change();
        self.comparing.push(self.changes - 1);
        &mut self.sql
    }

    fn end_change(&mut self) {
        if self.comparing.last().is_some_and(|number| number + 1 == self.changes) {
            self.sql.push(AFTER_COMPARING);
        }
    }

    /// Makes all changes, then runs the statement `last` (SQLite only); makes none if one fails. Without changes and
    /// `last` nothing is sent.
    async fn make(mut self, last: Option<&'static str>, change: &mut Change) -> sqlx::Result<()> {
        if self.changes == 0 {
            return match last {
                Some(last) => sqlx::query(last).execute(change).await.map(drop),
                None => Ok(()),
            };
        }
        self.end_change();
        self.sql.push(after_changes(&self.comparing));
        if let Some(last) = last {
            self.sql.push("; ").push(last);
        }
        self.sql.build().execute(change).await.map(drop)
    }
}

impl Change {
    /// Makes these changes and ends, in one message where the engine can, and waits until the change is on the disk.
    /// False, with nothing changed, if a comparison fails.
    pub(super) async fn finish(mut self, changes: Together) -> Result<bool> {
        self.take_turn().await?;
        let last = self.end_with_last();
        match changes.make(last, &mut self).await {
            Err(error) if is_failed_comparison(&error) => {
                self.give_up();
                Ok(false)
            }
            Err(error) => Err(error.into()),
            Ok(()) => self.ended().await.map(|()| true),
        }
    }
}
