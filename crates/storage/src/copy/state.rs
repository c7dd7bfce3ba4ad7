//! The state of a copy, in the target itself: it changes with the rows, in the same transactions.

use super::cell::{Cell, Value, key_text, shown_key};
use super::end::{End, Shape, Unread};
use super::outcome::{CopyError, LeftOut, MOST_LEFT_OUT, Result};
use super::tables::TABLES;

/// Table with one row, which exists while a copy is unfinished.
pub(super) const TABLE: &str = "unfinished_copy";

/// State of a copy.
#[derive(Debug)]
pub(super) struct State {
    /// Fingerprint of the source.
    pub(super) source: String,
    /// Place in the list of the table under way.
    pub(super) step: usize,
    /// Key of its last row that was copied; `None`: none was.
    pub(super) key: Option<String>,
}

impl State {
    /// The state of an earlier call, if there was one.
    pub(super) async fn read(target: &mut dyn End) -> Result<Option<Self>> {
        if !target.has_table(TABLE).await? {
            return Ok(None);
        }
        let select = "select source, cast(step as text), last_key from unfinished_copy";
        let rows = target.texts(select, 3).await?;
        Ok(rows.into_iter().next().map(|mut row| {
            let key = Some(row.remove(2)).filter(|key| !key.is_empty());
            Self { step: row[1].parse().unwrap_or_default(), source: row.remove(0), key }
        }))
    }

    /// Begins: makes the tables of the state, and removes the rows that migrations have put into the target.
    pub(super) async fn begin(target: &mut dyn End, source: String) -> Result<Self> {
        target.begin_first().await?;
        for sql in [
            "create table unfinished_copy (source text not null, step bigint not null, last_key text not null)",
            "create table unfinished_copy_rows (table_name text not null, row_key text not null,
                reason text not null, primary key (table_name, row_key))",
        ] {
            target.run(sql, &[]).await?;
        }
        for table in TABLES.iter().filter(|table| table.is_seeded) {
            target.run(&format!("delete from {}", table.name), &[]).await?;
        }
        let first = "insert into unfinished_copy (source, step, last_key) values ($1, 0, '')";
        target.run(first, &[Value::Text(source.clone())]).await?;
        target.run("commit", &[]).await?;
        Ok(Self { source, step: 0, key: None })
    }

    /// Rows that were left out, in this call or an earlier one.
    pub(super) async fn left_out(target: &mut dyn End) -> Result<Vec<LeftOut>> {
        let select = "select table_name, row_key, reason from unfinished_copy_rows order by 1, 2";
        let rows = target.texts(select, 3).await?;
        let left_out = |row: Vec<String>| {
            let [table, key, reason] = row.try_into().ok()?;
            Some(LeftOut { table, key, reason })
        };
        Ok(rows.into_iter().filter_map(left_out).collect())
    }

    /// Removes the mark of an unfinished copy, in a transaction that is open.
    pub(super) async fn end(target: &mut dyn End) -> Result<()> {
        target.run("drop table unfinished_copy_rows", &[]).await?;
        Ok(target.run("drop table unfinished_copy", &[]).await?)
    }

    /// Moves on: after the rows of a batch, or to the next table.
    pub(super) fn note_step(
        &mut self,
        step: usize,
        shape: &Shape,
        batch: &[Vec<Cell>],
        is_end: bool,
    ) {
        if step != self.step {
            self.key = None;
        }
        self.step = step;
        if let Some(last) = batch.last() {
            self.key = Some(key_text(&shape.key_of(last)));
        }
        if is_end {
            (self.step, self.key) = (step + 1, None);
        }
    }

    /// Puts a batch into the target together with this state; rows that it refuses are left out.
    pub(super) async fn put(
        &self,
        target: &mut dyn End,
        shape: &Shape,
        batch: &[Vec<Cell>],
        unread: &[Unread],
    ) -> Result<()> {
        let mut left_out: Vec<LeftOut> = Vec::new();
        let name = shape.table.name;
        for Unread { key, column } in unread {
            let reason = format!("the column {column} cannot be read");
            left_out.push(LeftOut { table: name.to_owned(), key: shown_key(key), reason });
        }
        target.run("begin", &[]).await?;
        target.run("savepoint batch", &[]).await?;
        match target.insert(shape, batch).await {
            Ok(()) => {}
            Err(error) if target.is_of_the_row(&error) => {
                target.run("rollback to savepoint batch", &[]).await?;
                left_out.extend(put_each(target, shape, batch).await?);
            }
            Err(error) => return Err(error.into()),
        }
        for row in &left_out {
            tracing::warn!(table = name, key = row.key, reason = row.reason, "a row is left out");
            let note = "insert into unfinished_copy_rows (table_name, row_key, reason)
                values ($1, $2, $3) on conflict do nothing";
            let texts = [&row.table, &row.key, &row.reason].map(|text| Value::Text(text.clone()));
            target.run(note, &texts).await?;
        }
        let note = "update unfinished_copy set step = $1, last_key = $2";
        let step = Value::Int(i64::try_from(self.step).unwrap_or(i64::MAX));
        let key = Value::Text(self.key.clone().unwrap_or_default());
        target.run(note, &[step, key]).await?;
        target.run("commit", &[]).await?;
        if left_out.is_empty() {
            return Ok(());
        }
        let all = Self::left_out(target).await?;
        match all.last() {
            Some(last) if all.len() > MOST_LEFT_OUT => {
                Err(CopyError::TooManyLeftOut(last.table.clone(), last.reason.clone()))
            }
            _ => Ok(()),
        }
    }
}

/// Puts rows one by one, and returns those that are refused.
async fn put_each(target: &mut dyn End, shape: &Shape, rows: &[Vec<Cell>]) -> Result<Vec<LeftOut>> {
    let mut left_out = Vec::new();
    for row in rows {
        target.run("savepoint one", &[]).await?;
        match target.insert(shape, std::slice::from_ref(row)).await {
            Ok(()) => {}
            Err(error) if target.is_of_the_row(&error) => {
                target.run("rollback to savepoint one", &[]).await?;
                left_out.push(LeftOut {
                    table: shape.table.name.to_owned(),
                    key: shown_key(&shape.key_of(row)),
                    reason: error.to_string(),
                });
            }
            Err(error) => return Err(error.into()),
        }
        target.run("release savepoint one", &[]).await?;
    }
    Ok(left_out)
}
