//! The catalogue of errors has every sentence that the stories show, and no sentence that no source has.

use std::collections::BTreeSet;
use std::path::Path;

use regex_lite::Regex;

use super::page;
use crate::world::{Engine, World};

/// Sentences of refusals in the stories.
fn told() -> BTreeSet<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/transcripts");
    let texts = Regex::new(r#""(?:[^"\\]|\\.)*""#).unwrap();
    let lists = Regex::new(r#"\[\s*"(?:[^"\\]|\\.)*"(?:,\s*"(?:[^"\\]|\\.)*")*\s*\]"#).unwrap();
    let mut sentences = BTreeSet::new();
    for file in std::fs::read_dir(folder).unwrap() {
        let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
        // A refusal ends where a line begins with something else than a space or a bracket.
        for refusal in text
            .split("\n4")
            .skip(1)
            .filter(|rest| rest.get(2..).is_some_and(|rest| rest.starts_with(" {\"errors\"")))
        {
            let end = refusal.find('\n').map_or(refusal.len(), |first| {
                let more = refusal[first..].lines().skip(1);
                let more = more.take_while(|line| line.starts_with([' ', '}', ']']));
                first + more.map(|line| line.len() + 1).sum::<usize>()
            });
            for list in lists.find_iter(&refusal[..end]) {
                for text in texts.find_iter(list.as_str()) {
                    sentences.insert(serde_json::from_str(text.as_str()).unwrap());
                }
            }
        }
    }
    sentences
}

/// Sentences of the catalogue, in which `…` stands for what differs.
async fn listed() -> Vec<String> {
    let world = World::new(Engine::Sqlite).await;
    let (_, html) = page(&world, "/doc/errors?lang=en").await;
    let items =
        html.split("<li><code>").skip(1).filter_map(|rest| Some(rest.split_once("</code>")?.0));
    let plain = [("&quot;", "\""), ("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&")];
    items
        .map(|item| plain.iter().fold(item.to_owned(), |text, (from, to)| text.replace(from, to)))
        .collect()
}

fn is_like(sentence: &str, pattern: &str) -> bool {
    let parts: Vec<&str> = pattern.split('…').collect();
    let [first, .., last] = parts[..] else { return sentence == pattern };
    let inner = sentence.strip_prefix(first).and_then(|rest| rest.strip_suffix(last));
    let Some(mut rest) = inner else { return false };
    parts[1..parts.len() - 1].iter().all(|part| {
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
        true
    })
}

#[tokio::test]
async fn every_sentence_of_the_stories_is_in_the_catalogue() {
    let (told, listed) = (told(), listed().await);
    assert!(told.len() > 80, "{told:?}");
    let missing: Vec<_> = told
        .iter()
        .filter(|sentence| !listed.iter().any(|pattern| is_like(sentence, pattern)))
        .collect();
    assert!(missing.is_empty(), "docs/guides/*/errors.md lacks these: {missing:#?}");
}

#[tokio::test]
async fn every_sentence_of_the_catalogue_is_one_of_the_program() {
    let mut sources = String::new();
    for path in crate::tidy::rust_files_under("crates") {
        if path.iter().any(|part| part == "tests") {
            continue;
        }
        sources.push_str(&crate::tidy::read(&path));
    }
    let broken = Regex::new(r"\\\n\s*").unwrap();
    let sources = broken.replace_all(&sources, "").replace("\\\"", "\"");
    for pattern in listed().await {
        let longest = pattern.split('…').max_by_key(|part| part.len()).unwrap();
        assert!(sources.contains(longest), "no source says: {pattern}");
    }
}

#[test]
fn a_sentence_is_known_by_what_does_not_differ() {
    for (sentence, pattern, is_known) in [
        ("Taxi is not free.", "Taxi is not free.", true),
        ("Must be one of: a, b.", "Must be one of: ….", true),
        ("Length must be between 7 and 10.", "Length must be between … and ….", true),
        ("Length must be 7.", "Length must be between … and ….", false),
        ("User 5 not found.", "User … not found", false),
    ] {
        assert_eq!(is_like(sentence, pattern), is_known, "{sentence}");
    }
}
