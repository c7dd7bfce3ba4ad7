//! Changes that go to the database together: the way there and back is what a small change costs most.

use sqlx::QueryBuilder;

use super::engine::Connection;
use super::{AFTER_CHANGES, Db, before_change};

/// Changes of one transaction, sent as one. Each is made to what was there before them all: none may
/// look for what another one does, though it may refer to a row that one before it makes.
pub(super) struct Together {
    sql: QueryBuilder<Db>,
    changes: usize,
}

impl Together {
    /// None yet.
    pub(super) fn new() -> Self {
        Self { sql: QueryBuilder::new(""), changes: 0 }
    }

    /// Begins the next change: its text follows.
    pub(super) fn change(&mut self) -> &mut QueryBuilder<Db> {
        self.sql.push(before_change(self.changes));
        self.changes += 1;
        &mut self.sql
    }

    /// Makes them all, or none if one of them fails. Nothing is sent for none.
    pub(super) async fn make(mut self, tx: &mut Connection) -> Result<(), sqlx::Error> {
        if self.changes > 0 {
            self.sql.push(AFTER_CHANGES);
            self.sql.build().execute(tx).await?;
        }
        Ok(())
    }
}
