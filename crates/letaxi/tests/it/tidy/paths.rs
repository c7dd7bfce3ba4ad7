//! Finds which top-level modules a Rust source names, as far as words alone can tell: paths that begin
//! with `crate::`, with the crate's own name, or with as many `super::` as lead to the top, in `use`
//! and in code, single or in braces. Comments, texts and items under `#[cfg(test)]` do not count.
//! Not seen: paths that only a macro writes, and a renamed `crate`.

use std::collections::BTreeSet;

/// The name under which `main.rs` sees our library.
const OURSELVES: &str = "letaxi";

/// The top-level modules that a source names. `depth` is how many modules deep the file lies.
pub(super) fn imports(source: &str, depth: usize) -> BTreeSet<String> {
    let words = without_tests(&words(source));
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let mut found = BTreeSet::new();
    // For each open brace: does it hold a module?
    let mut braces = Vec::new();
    let mut at = 0;
    while at < words.len() {
        let starts_path = at == 0 || words[at - 1] != "::";
        match words[at] {
            "{" => braces.push(at >= 2 && words[at - 2] == "mod"),
            "}" => drop(braces.pop()),
            "super" if starts_path => {
                let supers =
                    words[at..].chunks(2).take_while(|pair| *pair == ["super", "::"]).count();
                let depth_here = depth + braces.iter().filter(|is_module| **is_module).count();
                if supers == depth_here {
                    found.extend(first_names(&words[at + 2 * supers..]));
                }
            }
            root if starts_path
                && (root == "crate" || root == OURSELVES)
                && words.get(at + 1) == Some(&"::") =>
            {
                found.extend(first_names(&words[at + 2..]));
            }
            _ => {}
        }
        at += 1;
    }
    found
}

/// The first name of a path's rest, or of each branch if it goes on in braces.
fn first_names(rest: &[&str]) -> Vec<String> {
    if rest.first() != Some(&"{") {
        return rest.first().map(|name| (*name).to_owned()).into_iter().collect();
    }
    let mut names = Vec::new();
    let mut open = 0;
    for pair in rest.windows(2) {
        match pair[0] {
            "{" => open += 1,
            "}" => open -= 1,
            _ => {}
        }
        if open == 0 {
            break;
        }
        if open == 1 && matches!(pair[0], "{" | ",") && pair[1] != "}" {
            names.push(pair[1].to_owned());
        }
    }
    names
}

/// Leaves out each item that stands under `#[cfg(test)]`.
fn without_tests(words: &[String]) -> Vec<String> {
    const MARK: [&str; 7] = ["#", "[", "cfg", "(", "test", ")", "]"];
    let mut kept = Vec::new();
    let mut at = 0;
    while at < words.len() {
        if !words[at..].iter().map(String::as_str).take(MARK.len()).eq(MARK) {
            kept.push(words[at].clone());
            at += 1;
            continue;
        }
        at += MARK.len();
        let mut open = 0;
        while at < words.len() {
            match words[at].as_str() {
                "{" | "(" | "[" => open += 1,
                "}" | ")" | "]" => open -= 1,
                _ => {}
            }
            at += 1;
            if open == 0 && matches!(words[at - 1].as_str(), ";" | "}") {
                break;
            }
        }
    }
    kept
}

/// The words and signs of a source; `::` is one sign. Comments, texts and characters are left out.
fn words(source: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut rest = source;
    while let Some(first) = rest.chars().next() {
        let next = rest[first.len_utf8()..].chars().next();
        let length = match (first, next) {
            ('/', Some('/')) => rest.find('\n').unwrap_or(rest.len()),
            ('/', Some('*')) => comment_length(rest),
            ('"', _) => text_length(rest),
            ('r', Some('"' | '#')) if raw_text_length(rest).is_some() => {
                raw_text_length(rest).unwrap_or(1)
            }
            // A byte or C text: its first letter goes alone, then comes the text.
            ('b' | 'c', Some('"' | 'r' | '\'')) if is_prefix(rest) => 1,
            ('\'', _) => character_length(rest),
            (':', Some(':')) => 2,
            _ => rest
                .find(|c: char| !c.is_alphanumeric() && c != '_')
                .unwrap_or(rest.len())
                .max(first.len_utf8()),
        };
        let word = &rest[..length];
        if word == "::"
            || first.is_alphanumeric() && !word.contains('"')
            || "_#[](){},;=".contains(first)
        {
            words.push(word.to_owned());
        }
        rest = &rest[length..];
    }
    words
}

/// Whether a `b` or `c` here opens a text or a character, rather than a word.
fn is_prefix(rest: &str) -> bool {
    let inner = &rest[1..];
    inner.starts_with(['"', '\'']) || raw_text_length(inner).is_some()
}

/// The length of a comment between `/*` and `*/`, which may hold others.
fn comment_length(rest: &str) -> usize {
    let mut open = 0;
    let mut at = 0;
    loop {
        let ahead = &rest[at..];
        let step = match () {
            () if ahead.starts_with("/*") => 1,
            () if ahead.starts_with("*/") => -1,
            () => 0,
        };
        open += step;
        at += if step == 0 { ahead.chars().next().map_or(0, char::len_utf8) } else { 2 };
        if open == 0 || at >= rest.len() {
            return at;
        }
    }
}

/// The length of a text in quotes, with its quotes.
fn text_length(rest: &str) -> usize {
    let mut escaped = false;
    for (at, c) in rest.char_indices().skip(1) {
        match c {
            '"' if !escaped => return at + 1,
            '\\' => escaped = !escaped,
            _ => escaped = false,
        }
    }
    rest.len()
}

/// The length of a text like `r#"…"#`; nothing if it is a word after all, such as `r#type` or `row`.
fn raw_text_length(rest: &str) -> Option<usize> {
    let hashes = rest.strip_prefix('r')?.chars().take_while(|c| *c == '#').count();
    let start = 1 + hashes;
    let body = rest[start..].strip_prefix('"')?;
    let end = format!("\"{}", "#".repeat(hashes));
    Some(start + 1 + body.find(&end).map_or(body.len(), |at| at + end.len()))
}

/// The length of a character like `'x'`, or 1 for the quote of a lifetime.
fn character_length(rest: &str) -> usize {
    let mut chars = rest.char_indices().skip(1);
    match (chars.next(), chars.next()) {
        (Some((_, '\\')), Some((at, c))) => {
            let after = at + c.len_utf8();
            rest[after..].find('\'').map_or(rest.len(), |end| after + end + 1)
        }
        (Some(_), Some((at, '\''))) => at + 1,
        _ => 1,
    }
}

#[test]
fn paths_are_found_and_look_alikes_are_not() {
    let source = r##"
        //! crate::comment
        use crate::{app::{self, search}, config, http as _,};
        /* crate::block /* crate::inner */ */
        use std::{crate_name, super_name};
        fn f<'a>(x: &'a crate::udp::Datagram) -> char { '"' }
        const T: &str = "crate::text \" crate::text"; const Q: char = '\''; const B: &[u8] = b"crate::bytes";
        const R: &str = r#"crate::raw " crate::raw"#; const C: u8 = b'"';
        use super::web; use super::super::beyond; mod m { use super::sibling; use super::super::cli; }
        use letaxi::main_sees; use other::letaxi::not_ours;
        #[cfg(test)] #[path = "x"] mod tests { use crate::tests_only; fn g() { crate::tests_only() } }
        #[cfg(test)] use crate::one_line;
        use crate::operator;
    "##;
    let found: Vec<_> = imports(source, 1).into_iter().collect();
    assert_eq!(found, ["app", "cli", "config", "http", "main_sees", "operator", "udp", "web"]);
}
