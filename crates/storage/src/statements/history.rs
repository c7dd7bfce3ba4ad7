//! The activity log.

use async_trait::async_trait;
use registry::Time;
use sqlx::QueryBuilder;

use super::Db;
use super::change::Change;
use super::engine::Engine;
use super::together::Together;
use crate::{Activity, History, Result};

/// Most lines of one statement.
const LINES_A_STATEMENT: usize = 500;

/// Writes lines of one moment: one statement, or none for no lines.
pub(super) async fn record(connection: &mut Change, activity: &[Activity], at: Time) -> Result<()> {
    let lines: Vec<_> = activity.iter().map(|activity| (activity, at)).collect();
    record_all(connection, &lines).await
}

async fn record_all(connection: &mut Change, lines: &[(&Activity, Time)]) -> Result<()> {
    for lines in lines.chunks(LINES_A_STATEMENT) {
        let mut insert = QueryBuilder::new("");
        add_lines(&mut insert, lines);
        insert.build().execute(&mut *connection).await?;
    }
    Ok(())
}

/// Writes lines of one moment together with other changes: a few.
pub(super) fn record_with(changes: &mut Together, activity: &[Activity], at: Time) {
    if !activity.is_empty() {
        let lines: Vec<_> = activity.iter().map(|activity| (activity, at)).collect();
        add_lines(changes.change(), &lines);
    }
}

/// Adds the text that writes these lines.
fn add_lines(insert: &mut QueryBuilder<Db>, lines: &[(&Activity, Time)]) {
    insert.push("insert into activity (at, action, resource, resource_id, extra) ");
    insert.push_values(lines, |mut row, (activity, at)| {
        row.push_bind(at)
            .push_bind(activity.action.word())
            .push_bind(activity.resource.word())
            .push_bind(&activity.resource_id)
            .push_bind(&activity.extra);
    });
}

#[async_trait]
impl History for Engine {
    // One statement for each 500 lines.
    async fn record(&self, activity: &[(Activity, Time)]) -> Result<()> {
        if activity.is_empty() {
            return Ok(());
        }
        let lines: Vec<_> = activity.iter().map(|(activity, at)| (activity, *at)).collect();
        self.write(|| async {
            let mut tx = self.begin().await?;
            record_all(&mut tx, &lines).await?;
            tx.commit().await
        })
        .await
    }
}
