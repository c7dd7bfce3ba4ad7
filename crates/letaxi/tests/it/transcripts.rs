//! Stories: the pages of `tests/transcripts` are the guide to the API, and its tests.
//!
//! A page is Markdown. Each heading of the second level begins a story, in a registry of its own; code blocks
//! are executed, other text is for readers. Code before the first story is executed before each story of the
//! page. `tests/transcripts/README.md` describes the format and lists the sentences.
//!
//! `UPDATE=1 cargo test` writes the program's answers into the pages. Review the changes: an answer that
//! differs from the contract is a fault of the program, not of the page.

mod examples;
mod fact;
mod layout;
mod names;
mod page;
mod play;
mod sentence;
mod shape;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

pub(crate) use examples::examples;
use page::Page;
use play::Mode;

use crate::generated::updating;
use crate::world::Engine;

/// Folder of the pages, as shown in messages.
const FOLDER: &str = "tests/transcripts";

/// The page that describes the format; it has no story.
const ABOUT: &str = "README.md";

fn pages() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(FOLDER);
    let entries = std::fs::read_dir(&folder).unwrap();
    let mut pages: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    pages.retain(|page| page.extension().is_some_and(|extension| extension == "md"));
    pages.retain(|page| page.file_name().is_some_and(|name| name != ABOUT));
    pages.sort();
    assert!(!pages.is_empty(), "there is no page in {}", folder.display());
    pages
}

/// JSON in a file, in the layout of answers on the pages, so that changes are easy to see.
pub(crate) fn laid_out(json: serde_json::Value) -> String {
    layout::lines("", &serde_json::from_value(json).unwrap()).join("\n") + "\n"
}

/// Executes a page; returns its updated text and the failures.
async fn play_page(name: &Path, text: &str, engine: Engine, mode: Mode) -> (String, Vec<String>) {
    let page = match Page::read(name, text) {
        Ok(page) => page,
        Err(fault) => return (text.to_owned(), vec![fault]),
    };
    assert!(!page.stories.is_empty(), "{} tells no story", name.display());
    let (mut edits, mut failures) = (Vec::new(), Vec::new());
    for story in &page.stories {
        match play::play(&page, story, engine, mode).await {
            Ok(of_story) => edits.extend(of_story),
            Err(failure) => failures.push(format!(
                "{}:{}: \"{}\", on {engine:?}\n{}\n",
                name.display(),
                failure.line,
                story.title,
                failure.text
            )),
        }
    }
    (page.edited(edits), failures)
}

/// Executes all pages concurrently; each first writes its answers if they are to be updated.
fn play_all(engine: Engine) {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let failures = runtime.block_on(async {
        let play = |file| tokio::spawn(play_file(file, engine));
        let plays: Vec<_> = pages().into_iter().map(play).collect();
        let mut failures = Vec::new();
        for play in plays {
            failures.extend(play.await.unwrap());
        }
        failures
    });
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

async fn play_file(file: PathBuf, engine: Engine) -> Vec<String> {
    let name = Path::new(FOLDER).join(file.file_name().unwrap());
    let before = std::fs::read_to_string(&file).unwrap();
    let mut text = before.clone();
    if updating() && engine == Engine::Sqlite {
        let failures;
        (text, failures) = play_page(&name, &before, engine, Mode::Update).await;
        if !failures.is_empty() {
            return failures;
        }
        if text != before {
            std::fs::write(&file, &text).unwrap();
        }
    }
    play_page(&name, &text, engine, Mode::Compare).await.1
}

#[test]
fn generated_answers_of_the_stories_are_those_of_sqlite() {
    play_all(Engine::Sqlite);
}

#[test]
fn the_stories_go_as_told_on_postgresql() {
    play_all(Engine::Postgres);
}

#[test]
fn no_two_stories_have_one_title() {
    let mut titles = BTreeSet::new();
    for file in pages() {
        let text = std::fs::read_to_string(&file).unwrap();
        for story in Page::read(&file, &text).unwrap().stories {
            assert!(titles.insert(story.title.clone()), "{:?} twice", story.title);
        }
    }
}
