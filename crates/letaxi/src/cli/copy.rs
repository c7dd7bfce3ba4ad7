//! `letaxi copy`: copies a registry from one engine to the other.

use std::io::{IsTerminal, Write as _};
use std::sync::Mutex;
use std::sync::PoisonError;

use anyhow::{anyhow, bail};
use clap::Args;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde_json::json;
use storage::copy::{Copied, CopyError, LeftOut, Progress, Wishes, copy};
use storage::without_password;

use super::log;
use super::output::say;
use super::signals::cancelled_by_signal;
use crate::config::Settings;

/// Rows after which a line tells how far it is, where nobody looks at a terminal.
const ROWS_A_LINE: u64 = 100_000;
/// Rows that are named when they cannot be copied.
const NAMED: usize = 10;

/// Copies a registry from SQLite to PostgreSQL, or back, and compares both sides.
///
/// The server must be stopped, and the target must be a new or an empty database. An interrupted copy goes on with the
/// same command. At the end both sides are read again, and numbers of rows and checksums of all tables must be the same;
/// until then no server starts on the target. The source is never changed.
///
/// A row that cannot be copied does not stop the others: it is named, and the copy stays unfinished until you accept that
/// with --leave-out.
///
/// The secret key is not in the database: the copy needs the same file (the setting `secret_key_file`).
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  \
        letaxi copy --from sqlite:///var/lib/letaxi/letaxi.db --to postgres://letaxi@db/letaxi\n  \
        letaxi copy --from postgres://letaxi@db/letaxi --to sqlite:///var/lib/letaxi/letaxi.db")]
pub(super) struct Copy {
    /// Address of the database to copy
    #[arg(long, value_name = "URL")]
    from: String,

    /// Address of the new database
    #[arg(long, value_name = "URL")]
    to: String,

    /// Finish without the rows that cannot be copied
    #[arg(long)]
    leave_out: bool,

    /// Print the result as JSON
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(args: &Copy, settings: &Settings) -> anyhow::Result<()> {
    log::of_command(settings, "error")?;
    let stop = cancelled_by_signal()?;
    let shown = Shown::new()?;
    let wishes = Wishes {
        may_leave_out: args.leave_out,
        tell: &|progress| shown.tell(progress),
        is_stopped: &|| stop.is_cancelled(),
    };
    let copied = copy(&args.from, &args.to, &wishes).await;
    shown.bar.finish_and_clear();
    match copied {
        Ok(copied) => tell_result(args, settings, &copied),
        Err(CopyError::LeftOut(rows)) => Err(refusal(&rows)),
        Err(error) => bail!("{} was not copied: {error}", without_password(&args.from)),
    }
}

fn refusal(rows: &[LeftOut]) -> anyhow::Error {
    let named = rows.iter().take(NAMED);
    let named = named.map(|row| format!("\n  {} {}: {}", row.table, row.key, row.reason));
    let more = rows.len().saturating_sub(NAMED);
    let more = if more > 0 { format!("\n  and {more} more") } else { String::new() };
    anyhow!(
        "all rows were copied but {}, which the target cannot take, so it is unfinished and no server starts on it: \
         accept that by the same command with --leave-out, or mend them in the source and copy to an empty database{}{more}",
        rows.len(),
        named.collect::<String>()
    )
}

fn tell_result(args: &Copy, settings: &Settings, copied: &Copied) -> anyhow::Result<()> {
    let rows: u64 = copied.tables.iter().map(|table| table.rows).sum();
    if args.json {
        let table = |table: &storage::copy::CopiedTable| {
            let checksum = format!("{:032x}", table.checksum);
            json!({"name": table.name, "rows": table.rows, "checksum": checksum})
        };
        let row = |row: &LeftOut| json!({"table": row.table, "key": row.key, "reason": row.reason});
        let tables: Vec<_> = copied.tables.iter().map(table).collect();
        let left_out: Vec<_> = copied.left_out.iter().map(row).collect();
        return say(json!({"rows": rows, "tables": tables, "left_out": left_out}));
    }
    for table in &copied.tables {
        say(format!("{:<20} {:>12} rows  {:032x}", table.name, table.rows, table.checksum))?;
    }
    for row in &copied.left_out {
        say(format!("left out: {} {}: {}", row.table, row.key, row.reason))?;
    }
    let key = Settings { database: args.from.clone(), ..settings.clone() }.secret_key_file();
    say(format!(
        "{rows} rows are the same in {} and {}; to go on, set database to the new one, and secret_key_file to {}",
        without_password(&args.from),
        without_password(&args.to),
        key.display()
    ))
}

/// Progress: a bar on a terminal, lines elsewhere.
struct Shown {
    bar: ProgressBar,
    /// The last line: its table, whether it was compared, and rows.
    last: Mutex<(&'static str, bool, u64)>,
}

impl Shown {
    fn new() -> anyhow::Result<Self> {
        let bar = if std::io::stderr().is_terminal() {
            let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
            let style = "{msg:32} {wide_bar} {human_pos}/{human_len} {elapsed}";
            bar.set_style(ProgressStyle::with_template(style)?);
            bar
        } else {
            ProgressBar::hidden()
        };
        Ok(Self { bar, last: Mutex::new(("", false, 0)) })
    }

    fn tell(&self, progress: Progress) {
        let Progress { table, is_comparing, rows, of } = progress;
        let verb = if is_comparing { "comparing" } else { "copying" };
        if std::io::stderr().is_terminal() {
            self.bar.set_length(of);
            self.bar.set_position(rows);
            self.bar.set_message(format!("{verb} {table}"));
            return;
        }
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let is_new = (last.0, last.1) != (table, is_comparing);
        if is_new || rows >= last.2 + ROWS_A_LINE {
            *last = (table, is_comparing, rows);
            // A closed standard error does not stop the work.
            let _ = writeln!(std::io::stderr(), "{verb} {table}: {rows} of {of} rows are done");
        }
    }
}
