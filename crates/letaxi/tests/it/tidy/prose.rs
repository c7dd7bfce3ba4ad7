//! Rules for the wording of doc comments and pages.

use super::{assert_none, files_under, read, rust_files_under};

/// Words that begin a riddle: name the subject instead ("Alerts", not "What to be woken by").
const OPENINGS: &[&str] = &["What", "Who", "Whoever", "How"];

/// The text of a doc comment, without its mark.
fn doc_text(line: &str) -> Option<&str> {
    let line = line.trim_start();
    line.strip_prefix("///").or_else(|| line.strip_prefix("//!"))
}

/// The first word of a line, without the marks of a heading, a list, a quote or emphasis.
fn first_word(text: &str) -> &str {
    let text = text.trim_start_matches(|mark: char| mark == ' ' || "#*_`>-".contains(mark));
    text.split(|end: char| !end.is_alphanumeric()).next().unwrap_or_default()
}

fn is_riddle(text: &str) -> bool {
    OPENINGS.contains(&first_word(text))
}

#[test]
fn docs_begin_with_their_subject() {
    let mut faults = Vec::new();
    let pages =
        files_under("").into_iter().filter(|path| path.extension().is_some_and(|e| e == "md"));
    let sources = rust_files_under("crates");
    for (path, is_page) in
        sources.into_iter().map(|path| (path, false)).chain(pages.map(|path| (path, true)))
    {
        for (number, line) in (1..).zip(read(&path).lines()) {
            let text = if is_page { Some(line) } else { doc_text(line) };
            if text.is_some_and(is_riddle) {
                faults.push(format!("{}:{number}: begin with the subject: {line}", path.display()));
            }
        }
    }
    assert_none(&faults);
}

#[test]
fn a_riddle_is_known_by_its_first_word() {
    for riddle in [" What to be woken by", "## Who may call", "- **How** it works"] {
        assert!(is_riddle(riddle), "{riddle}");
    }
    for plain in ["Alerts", "Whole numbers", "a list of what is known", ""] {
        assert!(!is_riddle(plain), "{plain}");
    }
    assert_eq!(doc_text("    /// Who"), Some(" Who"));
    assert_eq!(doc_text("// Who"), None);
}
