//! Shows a run: rows that redraw themselves on a terminal, plain lines elsewhere.

use std::future::Future;
use std::io::{self, IsTerminal, Write};
use std::pin::pin;
use std::time::Duration;

use dispatch::hail::Status;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::clock::sleep;
use crate::figures::{Figures, Snapshot};

/// Interval of redraws on a terminal.
const REDRAW_EVERY: Duration = Duration::from_secs(1);

/// Redraws for each plain line.
const LINE_EVERY: u32 = 5;

/// The display of a run.
pub struct Screen {
    out: Out,
    ticks: u32,
    finished: u64,
    by_hand: Option<(String, Status)>,
}

enum Out {
    /// A terminal.
    Rows(ProgressBar),
    /// A file or a pipe.
    Lines(Box<dyn Write + Send>),
}

impl Screen {
    /// The terminal, if standard output is one; otherwise plain lines on standard output, or on
    /// standard error when standard output is kept for `json`.
    pub fn standard(json: bool) -> Self {
        if json {
            Self::new(Out::Lines(Box::new(io::stderr())))
        } else if io::stdout().is_terminal() {
            Self::new(Out::rows(ProgressDrawTarget::stdout()))
        } else {
            Self::new(Out::Lines(Box::new(io::stdout())))
        }
    }

    fn new(out: Out) -> Self {
        Self { out, ticks: 0, finished: 0, by_hand: None }
    }

    /// Writes a text, above the rows.
    pub fn say(&mut self, text: &str) {
        match &mut self.out {
            Out::Rows(bar) => bar.println(text),
            Out::Lines(out) => {
                // A display that cannot be written to is no reason to stop.
                let _ = writeln!(out, "{text}").and_then(|()| out.flush());
            }
        }
    }

    /// Shows the figures until `work` is done; reports the first finished ride and the steps of a hail
    /// made by hand as they happen.
    pub async fn show_during<F: Future>(&mut self, figures: &Figures, work: F) -> F::Output {
        let mut work = pin!(work);
        loop {
            tokio::select! {
                done = &mut work => {
                    self.tell_news(&figures.snapshot());
                    if let Out::Rows(bar) = &self.out {
                        bar.finish_and_clear();
                    }
                    return done;
                }
                () = sleep(REDRAW_EVERY) => self.tick(&figures.snapshot()),
            }
        }
    }

    fn tick(&mut self, snapshot: &Snapshot) {
        self.tell_news(snapshot);
        self.ticks += 1;
        match &self.out {
            Out::Rows(bar) => {
                if bar.is_finished() {
                    bar.reset();
                }
                let rows = rows(snapshot).into_iter();
                let rows = rows.map(|(what, figures)| format!("{what:>9}  {figures}"));
                bar.set_message(rows.collect::<Vec<_>>().join("\n"));
            }
            Out::Lines(_) if self.ticks.is_multiple_of(LINE_EVERY) => {
                let parts = rows(snapshot).into_iter();
                let parts = parts.map(|(what, figures)| format!("{what}: {figures}"));
                self.say(&parts.collect::<Vec<_>>().join(" | "));
            }
            Out::Lines(_) => {}
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
}

impl Out {
    fn rows(target: ProgressDrawTarget) -> Self {
        let style = ProgressStyle::with_template("{msg}").expect("the template has one known key");
        let bar = ProgressBar::with_draw_target(None, target).with_style(style);
        // No rows before the first tick.
        bar.finish_and_clear();
        Self::Rows(bar)
    }
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
    use indicatif::InMemoryTerm;

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

    #[test]
    fn a_file_gets_plain_lines_now_and_then() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let mut screen = Screen::new(Out::Lines(Box::new(file.reopen().unwrap())));
        for _ in 0..2 * LINE_EVERY {
            screen.tick(&snapshot());
        }
        let shown = std::fs::read_to_string(file.path()).unwrap();
        let lines: Vec<_> = shown.lines().collect();
        assert_eq!(lines.len(), 3, "{shown}");
        assert_eq!(lines[0], "first ride finished, 42 s after the start");
        assert!(lines[1].contains("taxis: 7 free, 2 busy, 1 on a break"), "{shown}");
        assert!(lines[1].contains("hails: 2 open, 2 finished, 1 cut short"), "{shown}");
        assert!(!shown.contains('\u{1b}'), "no control codes in a file");
    }

    #[test]
    fn a_terminal_gets_rows_drawn_over_themselves_and_texts_above_them() {
        let terminal = InMemoryTerm::new(20, 100);
        let target = ProgressDrawTarget::term_like(Box::new(terminal.clone()));
        let mut screen = Screen::new(Out::rows(target));
        screen.say("enrolling");
        for _ in 0..3 {
            screen.tick(&snapshot());
        }
        screen.say("by hand");
        let shown = terminal.contents();
        let lines: Vec<_> = shown.lines().map(str::trim).collect();
        let above = ["enrolling", "first ride finished, 42 s after the start", "by hand"];
        assert_eq!(lines[..3], above, "{shown}");
        assert_eq!(lines[3..5], ["time  42 s", "taxis  7 free, 2 busy, 1 on a break"], "{shown}");
        assert_eq!(lines.len(), 8, "{shown}");
    }
}
