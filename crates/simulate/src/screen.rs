//! Shows a run while it is on: a table that redraws itself on a terminal, plain lines elsewhere.

use std::future::Future;
use std::io::{self, IsTerminal, Write};
use std::pin::pin;
use std::time::Duration;

use comfy_table::{ContentArrangement, Table, presets::UTF8_BORDERS_ONLY};
use crossterm::{cursor, queue, terminal};

use crate::figures::{Figures, Snapshot};
use crate::hail::Status;
use crate::pace::sleep;

/// How often a terminal is redrawn.
const REDRAW_EVERY: Duration = Duration::from_secs(1);

/// How many redraws go into one plain line.
const LINE_EVERY: u32 = 5;

/// Where a run is shown.
#[derive(Debug)]
pub struct Screen<W> {
    out: W,
    live: bool,
    /// Lines of the table on the screen, to be drawn over.
    drawn: u16,
    ticks: u32,
    finished: u64,
    by_hand: Option<(String, Status)>,
}

impl Screen<Box<dyn Write + Send>> {
    /// The terminal, if standard output is one; otherwise plain lines on standard output, or on
    /// standard error when standard output is kept for `json`.
    pub fn standard(json: bool) -> Self {
        if json {
            return Self::new(Box::new(io::stderr()), false);
        }
        Self::new(Box::new(io::stdout()), io::stdout().is_terminal())
    }
}

impl<W: Write> Screen<W> {
    /// Shows on `out`; `live` says that it is a terminal, which can be drawn over.
    pub fn new(out: W, live: bool) -> Self {
        Self { out, live, drawn: 0, ticks: 0, finished: 0, by_hand: None }
    }

    /// Says something, above the table. A screen that cannot be written to is no reason to stop.
    pub fn say(&mut self, text: &str) {
        let _ =
            self.wipe().and_then(|()| writeln!(self.out, "{text}")).and_then(|()| self.out.flush());
    }

    /// Shows the figures while something goes on, and tells the first finished ride and the steps of
    /// a hail made by hand as they happen.
    pub async fn show_during<F: Future>(&mut self, figures: &Figures, work: F) -> F::Output {
        let mut work = pin!(work);
        loop {
            tokio::select! {
                done = &mut work => {
                    self.tell_news(&figures.snapshot());
                    let _ = self.wipe();
                    return done;
                }
                () = sleep(REDRAW_EVERY) => self.tick(&figures.snapshot()),
            }
        }
    }

    fn tick(&mut self, snapshot: &Snapshot) {
        self.tell_news(snapshot);
        self.ticks += 1;
        if self.live {
            let _ = self.draw(snapshot);
        } else if self.ticks.is_multiple_of(LINE_EVERY) {
            self.say(&line(snapshot));
        }
    }

    fn tell_news(&mut self, snapshot: &Snapshot) {
        if self.finished == 0 && snapshot.finished() > 0 {
            let after = snapshot.elapsed.as_secs();
            self.say(&format!("first ride finished, {after} s after the start"));
        }
        self.finished = snapshot.finished();
        if self.by_hand != snapshot.by_hand {
            self.by_hand.clone_from(&snapshot.by_hand);
            if let Some((hail, status)) = &snapshot.by_hand {
                self.say(&format!("by hand: hail {hail} is {}", status.word()));
            }
        }
    }

    fn draw(&mut self, snapshot: &Snapshot) -> io::Result<()> {
        self.wipe()?;
        let mut table = live_table(snapshot);
        if let Ok((columns, _)) = terminal::size() {
            // A line that the terminal wraps would not be drawn over.
            table.set_content_arrangement(ContentArrangement::Dynamic).set_width(columns);
        }
        let table = table.to_string();
        writeln!(self.out, "{table}")?;
        self.drawn = u16::try_from(table.lines().count()).unwrap_or(u16::MAX);
        self.out.flush()
    }

    fn wipe(&mut self) -> io::Result<()> {
        if self.drawn > 0 {
            let up = cursor::MoveToPreviousLine(self.drawn);
            queue!(self.out, up, terminal::Clear(terminal::ClearType::FromCursorDown))?;
            self.drawn = 0;
        }
        Ok(())
    }
}

fn live_table(snapshot: &Snapshot) -> Table {
    let mut table = Table::new();
    table.load_style(UTF8_BORDERS_ONLY);
    for (what, figures) in rows(snapshot) {
        table.add_row([what.to_owned(), figures]);
    }
    table
}

fn line(snapshot: &Snapshot) -> String {
    let parts = rows(snapshot).into_iter().map(|(what, figures)| format!("{what}: {figures}"));
    parts.collect::<Vec<_>>().join(" | ")
}

fn rows(snapshot: &Snapshot) -> Vec<(&'static str, String)> {
    let Snapshot {
        taxis_free, taxis_busy, taxis_off, hails_open, searches, searches_empty, ..
    } = snapshot;
    let ended =
        snapshot.outcomes.iter().map(|(outcome, count)| format!(", {count} {}", outcome.word()));
    let mut rows = vec![
        ("time", format!("{} s", snapshot.elapsed.as_secs())),
        ("taxis", format!("{taxis_free} free, {taxis_busy} busy, {taxis_off} on a break")),
        ("positions", format!("{:.0} a second", snapshot.positions_per_s)),
        ("searches", format!("{searches}, {searches_empty} found nobody")),
        ("hails", format!("{hails_open} open{}", ended.collect::<String>())),
    ];
    if snapshot.errors > 0 || snapshot.example.is_some() {
        let example: String =
            snapshot.example.as_deref().unwrap_or_default().chars().take(100).collect();
        rows.push(("errors", format!("{}, such as: {example}", snapshot.errors)));
    }
    rows
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::figures::Outcome;

    fn snapshot() -> Snapshot {
        let outcomes = [(Outcome::Ended(Status::Finished), 2), (Outcome::CutShort, 1)];
        Snapshot {
            elapsed: Duration::from_secs(42),
            taxis_free: 7,
            taxis_busy: 2,
            taxis_off: 1,
            hails_open: 2,
            outcomes: BTreeMap::from(outcomes),
            ..Snapshot::default()
        }
    }

    fn shown(live: bool, ticks: u32) -> String {
        let mut out = Vec::new();
        let mut screen = Screen::new(&mut out, live);
        for _ in 0..ticks {
            screen.tick(&snapshot());
        }
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_file_gets_plain_lines_now_and_then() {
        let shown = shown(false, 2 * LINE_EVERY);
        let lines: Vec<_> = shown.lines().collect();
        assert_eq!(lines.len(), 3, "{shown}");
        assert_eq!(lines[0], "first ride finished, 42 s after the start");
        assert!(lines[1].contains("taxis: 7 free, 2 busy, 1 on a break"), "{shown}");
        assert!(lines[1].contains("hails: 2 open, 2 finished, 1 cut short"), "{shown}");
        assert!(!shown.contains('\u{1b}'), "no control codes in a file");
    }

    #[test]
    fn a_terminal_gets_one_table_drawn_over_itself() {
        let shown = shown(true, 3);
        let tables = shown.matches("7 free").count();
        let wipes = shown.matches("\u{1b}[J").count();
        assert_eq!((tables, wipes), (3, 2), "{shown:?}");
    }
}
