//! Generates `docs/hail.md` from the table of rules, so that the page matches it.
//!
//! The test compares; `UPDATE=1` (`make bless`) writes the page.

use std::fmt::Write;
use std::path::Path;
use std::time::Duration;

use dispatch::hail::{Cause, RULES, Rule, Status, Taxi};

const HEAD: &str = "\
# The life of a hail

A hail is a customer's request for one taxi. This page is generated from the table `RULES` in
`crates/dispatch/src/hail.rs`, which the program executes; after a change of the table, run `make bless`.

The operator is the account to which the taxi belongs (*opérateur*), the client is the app of the customer
(*moteur*). An account may take the steps of its roles, an administrator those of both. The registry takes
its steps after the outcome of its call to the operator's server, or when a time limit passes.
";

#[test]
fn generated_page_about_hails_is_up_to_date() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/hail.md");
    let page = page();
    if std::env::var_os("UPDATE").is_some() {
        std::fs::create_dir_all(path.parent().expect("a file has a folder")).expect("docs/ exists");
        std::fs::write(&path, &page).expect("docs/hail.md can be written");
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(written == page, "docs/hail.md differs from the rules: run `make bless`");
}

fn page() -> String {
    [HEAD, &diagram(), &table()].join("\n")
}

/// The steps as a diagram; steps between the same two statuses share an arrow.
fn diagram() -> String {
    let mut text = String::from("```mermaid\nstateDiagram-v2\n");
    writeln!(text, "    [*] --> {}", Status::ALL[0]).expect("writing to a text");
    for steps in RULES.chunk_by(|a, b| (a.from, a.to) == (b.from, b.to)) {
        let causes: Vec<_> = steps.iter().map(|rule| cause(rule.cause)).collect();
        let Rule { from, to, .. } = steps[0];
        writeln!(text, "    {from} --> {to}: {}", causes.join(" or ")).expect("writing to a text");
    }
    for end in Status::ALL.into_iter().filter(|status| status.is_over()) {
        writeln!(text, "    {end} --> [*]").expect("writing to a text");
    }
    text + "```\n"
}

fn table() -> String {
    let mut text = String::from(
        "| from | to | by | after | new status of the taxi |\n\
         |---|---|---|---|---|\n",
    );
    for rule in RULES {
        let (who, after) = match rule.cause {
            Cause::Silence(time) => ("time limit".to_owned(), duration(time)),
            cause_ => (cause(cause_), "–".to_owned()),
        };
        let (from, to) = (rule.from, rule.to);
        let taxi = taxi(rule.taxi);
        writeln!(text, "| `{from}` | `{to}` | {who} | {after} | {taxi} |")
            .expect("writing to a text");
    }
    text
}

fn cause(cause: Cause) -> String {
    match cause {
        Cause::Operator => "operator".to_owned(),
        Cause::Client => "client".to_owned(),
        Cause::Registry => "registry".to_owned(),
        Cause::Silence(time) => format!("after {}", duration(time)),
    }
}

fn duration(time: Duration) -> String {
    match time.as_secs() {
        s if s % 3_600 == 0 => format!("{} h", s / 3_600),
        s if s % 60 == 0 => format!("{} min", s / 60),
        s => format!("{s} s"),
    }
}

fn taxi(taxi: Taxi) -> String {
    taxi.status().map_or("–".to_owned(), |status| format!("`{status}`"))
}
