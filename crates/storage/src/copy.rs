//! Copies a whole registry from one engine to the other.
//!
//! Rows travel in batches. Each batch is one transaction of the target, which also notes the last key, so that a copy
//! that was interrupted, however that happened, goes on after it. At the end both sides are read once more, and numbers
//! and checksums of all tables are compared. Until then the target has a table `unfinished_copy`, and no server opens it
//! ([`crate::Error::UnfinishedCopy`]).
//!
//! A row that cannot be read, or that the target refuses, does not stop the others: it is left out, named and counted, and
//! the copy stays unfinished unless the caller accepts that.
//!
//! **Invariants:** a call reads the source in one snapshot, and compares it in another; the source is never changed; nobody
//! serves source or target meanwhile.

mod cell;
mod end;
mod outcome;
mod postgres_end;
mod sqlite_end;
mod state;
mod tables;

use futures_util::TryStreamExt as _;

use crate::backup::{Place, exists, place};
use crate::checkup::{Migrations, checkup};
use crate::{Sharing, lock};
use cell::{Cell, Sum, Value, read_key, shown_key};
use end::{End, Shape};
use outcome::Result;
pub use outcome::{Copied, CopiedTable, CopyError, LeftOut, Progress, Wishes};
use postgres_end::PostgresEnd;
use sqlite_end::SqliteEnd;
use state::State;
use tables::TABLES;
pub use tables::{NOT_COPIED, copied_tables};

/// Rows in one transaction.
const ROWS_A_BATCH: usize = 1_000;
/// Bytes of texts and borders in one transaction, after which it ends earlier.
const BYTES_A_BATCH: usize = 4 << 20;

/// Copies a registry, or goes on with a copy that was interrupted.
///
/// # Errors
///
/// See [`CopyError`]. Nothing of the source is ever changed; the target stays unfinished, and no server opens it.
pub async fn copy(from: &str, to: &str, wishes: &Wishes<'_>) -> Result<Copied> {
    let of_source = |error| CopyError::Side("source", error);
    let of_target = |error| CopyError::Side("target", error);
    let places = (place(from).map_err(of_source)?, place(to).map_err(of_target)?);
    if !matches!(places, (Place::File(_), Place::Server) | (Place::Server, Place::File(_))) {
        return Err(CopyError::SameEngine);
    }
    if !exists(from).await.map_err(of_source)? {
        return Err(CopyError::NoSource);
    }
    let _source_lock = lock(from, Sharing::Alone).await.map_err(of_source)?;
    let _target_lock = lock(to, Sharing::Alone).await.map_err(of_target)?;
    let found = checkup(from).await.map_err(of_source)?;
    check_version("source", found.migrations.as_ref())?;
    if !has_state(to).await.map_err(of_target)? {
        // Makes the tables of an empty database.
        crate::migrate(to).await.map_err(of_target)?;
    }
    let found = checkup(to).await.map_err(of_target)?;
    check_version("target", found.migrations.as_ref())?;
    let (mut source, mut target) = (open(from).await?, open(to).await?);
    source.begin_snapshot().await?;
    let shapes = shapes(&mut *source, &mut *target).await?;
    let mut job = Job { source, target, shapes, wishes, of: 0, done: 0 };
    let copied = job.run().await?;
    job.source.close().await?;
    job.target.close().await?;
    Ok(copied)
}

async fn open(url: &str) -> crate::Result<Box<dyn End>> {
    Ok(match place(url)? {
        Place::File(file) => Box::new(SqliteEnd::open(&file).await?),
        _ => Box::new(PostgresEnd::open(url).await?),
    })
}

/// True if a database is the target of a copy that was not finished.
async fn has_state(url: &str) -> crate::Result<bool> {
    if !exists(url).await? {
        return Ok(false);
    }
    let mut end = open(url).await?;
    let has_state = end.has_table(state::TABLE).await?;
    end.close().await?;
    Ok(has_state)
}

fn check_version(side: &'static str, found: Option<&Migrations>) -> Result<()> {
    let why = match found {
        None => "it has no tables",
        Some(found) if !found.unknown.is_empty() => "a newer one: copy with that version",
        Some(found) if !found.different.is_empty() => "its tables were made by another program",
        Some(found) if !found.pending.is_empty() => {
            "an older one: make a backup, then type letaxi migrate --database with its address"
        }
        Some(_) => return Ok(()),
    };
    Err(CopyError::OtherVersion { side, why })
}

/// The columns of all tables. Those of PostgreSQL say of which kind they are.
async fn shapes(source: &mut dyn End, target: &mut dyn End) -> Result<Vec<Shape>> {
    let mut shapes = Vec::new();
    for table in TABLES {
        let (from, to) = (source.columns(table.name).await?, target.columns(table.name).await?);
        let names = |columns: &[(String, String)]| {
            let mut names: Vec<_> = columns.iter().map(|(name, _)| name.clone()).collect();
            names.sort();
            names
        };
        let typed = if source.has_types() { &from } else { &to };
        let shape = Shape::of(table, typed).filter(|_| names(&from) == names(&to));
        shapes.push(shape.ok_or(CopyError::Columns(table.name))?);
    }
    Ok(shapes)
}

/// A copy under way.
struct Job<'a> {
    source: Box<dyn End>,
    target: Box<dyn End>,
    shapes: Vec<Shape>,
    wishes: &'a Wishes<'a>,
    /// Rows of all tables of the source.
    of: u64,
    /// Rows done in this step.
    done: u64,
}

impl Job<'_> {
    async fn run(&mut self) -> Result<Copied> {
        let fingerprint = self.fingerprint().await?;
        let mut state = match State::read(&mut *self.target).await? {
            Some(state) if state.source != fingerprint => return Err(CopyError::OtherSource),
            Some(state) => state,
            None => {
                self.refuse_rows().await?;
                State::begin(&mut *self.target, fingerprint).await?
            }
        };
        for table in TABLES {
            self.of += self.source.count(table.name).await?;
        }
        for (step, table) in TABLES.iter().enumerate() {
            if step < state.step {
                self.done += self.target.count(table.name).await?;
            } else {
                self.copy_table(step, &mut state).await?;
            }
        }
        self.fill_own_references().await?;
        let left_out = State::left_out(&mut *self.target).await?;
        // A new moment: whatever a command changed since the copy began is a difference.
        self.source.run("commit", &[]).await?;
        self.source.begin_snapshot().await?;
        let tables = self.compare(&left_out).await?;
        if !left_out.is_empty() && !self.wishes.may_leave_out {
            return Err(CopyError::LeftOut(left_out));
        }
        self.finish().await?;
        Ok(Copied { tables, left_out })
    }

    fn tell(&self, table: &'static str, is_comparing: bool) {
        (self.wishes.tell)(Progress { table, is_comparing, rows: self.done, of: self.of });
    }

    /// Tells one registry from another: its first account and key, which stay as they are.
    async fn fingerprint(&mut self) -> Result<String> {
        let mut sum = Sum::default();
        for name in ["accounts", "account_keys"] {
            let shape = self.shapes.iter().find(|shape| shape.table.name == name);
            let shape = shape.expect("the list has these tables").clone();
            let kept: &[&str] = &["id", "email", "created_at", "digest"];
            let kept = shape.columns.iter().map(|(name, _)| kept.contains(&name.as_str()));
            let kept: Vec<_> = kept.collect();
            let mut rows = self.source.rows(&shape, None);
            if let Some(Ok(row)) = rows.try_next().await? {
                let row = row.into_iter().zip(kept).filter(|(_, is_kept)| *is_kept);
                sum.add(&row.map(|(cell, _)| cell).collect::<Vec<_>>());
            }
        }
        Ok(format!("{:032x}", sum.checksum))
    }

    async fn refuse_rows(&mut self) -> Result<()> {
        for table in TABLES.iter().filter(|table| !table.is_seeded) {
            if self.target.count(table.name).await? > 0 {
                return Err(CopyError::NotEmpty(table.name));
            }
        }
        Ok(())
    }

    /// Copies a table, or the rest of it after the last key that was noted.
    async fn copy_table(&mut self, step: usize, state: &mut State) -> Result<()> {
        let shape = self.shapes[step].clone();
        let after = if step == state.step { state.key.as_deref().and_then(read_key) } else { None };
        if after.is_some() {
            self.done += self.target.count(shape.table.name).await?;
        }
        self.tell(shape.table.name, false);
        let mut batch: Vec<Vec<Cell>> = Vec::new();
        let mut bad = Vec::new();
        let mut bytes = 0;
        // The target is written while the source is read, so the two are apart.
        let Self { source, target, wishes, done, of, .. } = self;
        let mut rows = source.rows(&shape, after.as_deref());
        loop {
            let row = rows.try_next().await?;
            let is_end = row.is_none();
            match row {
                Some(Ok(row)) => {
                    bytes += row.iter().flatten().map(Value::len).sum::<usize>();
                    batch.push(row);
                }
                Some(Err(unread)) => bad.push(unread),
                None => {}
            }
            let is_full = batch.len() + bad.len() >= ROWS_A_BATCH || bytes >= BYTES_A_BATCH;
            if !is_full && !is_end {
                continue;
            }
            bytes = 0;
            *done += (batch.len() + bad.len()) as u64;
            state.note_step(step, &shape, &batch, is_end);
            state.put(&mut **target, &shape, &batch, &bad).await?;
            batch.clear();
            bad.clear();
            let table = shape.table.name;
            (wishes.tell)(Progress { table, is_comparing: false, rows: *done, of: *of });
            if (wishes.is_stopped)() {
                return Err(CopyError::Stopped);
            }
            if is_end {
                return Ok(());
            }
        }
    }

    /// Fills in the columns that refer to rows of the same table, once all of these are there.
    async fn fill_own_references(&mut self) -> Result<()> {
        let Self { source, target, shapes, .. } = self;
        for shape in shapes.iter() {
            let Some(column) = shape.table.own_reference else { continue };
            let place = shape.columns.iter().position(|(name, _)| name == column);
            let place = place.expect("the column is one of the table's");
            let key = shape.table.key[0];
            let update = format!("update {} set {column} = $1 where {key} = $2", shape.table.name);
            target.run("begin", &[]).await?;
            let mut rows = source.rows(shape, None);
            while let Some(row) = rows.try_next().await? {
                let Ok(row) = row else { continue };
                let (Some(other), Some(own)) = (&row[place], &row[shape.key[0]]) else { continue };
                target.run(&update, &[other.clone(), own.clone()]).await?;
            }
            target.run("commit", &[]).await?;
        }
        Ok(())
    }

    /// Compares all tables, each side read once more.
    async fn compare(&mut self, left_out: &[LeftOut]) -> Result<Vec<CopiedTable>> {
        let mut tables = Vec::new();
        self.done = 0;
        for shape in self.shapes.clone() {
            let name = shape.table.name;
            self.tell(name, true);
            let skipped: Vec<_> =
                left_out.iter().filter(|row| row.table == name).map(|row| &*row.key).collect();
            let from = sum(&mut *self.source, &shape, &skipped).await?;
            let to = sum(&mut *self.target, &shape, &[]).await?;
            if from != to {
                let (from, to) = (from.rows, to.rows);
                return Err(CopyError::Different { table: name, from, to });
            }
            self.done += from.rows;
            tables.push(CopiedTable { name, rows: from.rows, checksum: from.checksum });
            if (self.wishes.is_stopped)() {
                return Err(CopyError::Stopped);
            }
        }
        Ok(tables)
    }

    /// Sets the numbers of the next rows, and takes away the mark of an unfinished copy.
    async fn finish(&mut self) -> Result<()> {
        self.target.begin_last().await?;
        for shape in self.shapes.iter().filter(|shape| shape.has_numbers()) {
            let highest = self.source.highest(shape.table.name).await?;
            self.target.set_highest(shape.table.name, highest).await?;
        }
        State::end(&mut *self.target).await?;
        self.target.run("commit", &[]).await?;
        Ok(self.target.tidy().await?)
    }
}

/// Number and checksum of the rows of a table, without those of these keys.
async fn sum(end: &mut dyn End, shape: &Shape, skipped: &[&str]) -> Result<Sum> {
    let mut sum = Sum::default();
    let mut rows = end.rows(shape, None);
    while let Some(row) = rows.try_next().await? {
        // One that cannot be read was left out; on the other side there is none.
        let Ok(row) = row else { continue };
        if skipped.is_empty() || !skipped.contains(&&*shown_key(&shape.key_of(&row))) {
            sum.add(&row);
        }
    }
    Ok(sum)
}
