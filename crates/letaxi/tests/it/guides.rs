//! The documentation: its pages lead somewhere, its search is safe, its code runs, and its errors are those of the code.

mod code;
mod sentences;
mod servers;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use axum::http::StatusCode;
use letaxi::app::account::limits::{FAILED_LOG_INS_A_MINUTE, Limits};
use letaxi::operator::CALL_LIMIT;
use letaxi::server::body::BODY_LIMIT;
use regex_lite::Regex;

use crate::world::{Call, Engine, World};

/// A guide as it stands in `docs`.
fn guide(name: &str) -> String {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/guides").join(name);
    std::fs::read_to_string(file).unwrap()
}

async fn page(world: &World, path: &str) -> (StatusCode, String) {
    let answer = world.call(&Call { path: path.to_owned(), ..Call::default() }).await;
    (answer.status, answer.body)
}

/// The values of an attribute on a page.
fn attributes<'a>(page: &'a str, name: &str) -> Vec<&'a str> {
    let begin = format!(" {name}=\"");
    page.split(&begin).skip(1).filter_map(|rest| Some(rest.split_once('"')?.0)).collect()
}

/// All pages of the documentation in a language, found by following its links.
async fn pages(world: &World, language: &str) -> BTreeMap<String, String> {
    let mut pages = BTreeMap::new();
    let mut ahead = vec![format!("/doc?lang={language}")];
    while let Some(path) = ahead.pop() {
        if pages.contains_key(&path) {
            continue;
        }
        let (status, html) = page(world, &path).await;
        assert_eq!(status, StatusCode::OK, "{path}");
        for target in attributes(&html, "href") {
            let path = target.split('#').next().unwrap().replace("&amp;", "&");
            let is_ours =
                path == "/" || ["/doc", "/legal", "/?"].iter().any(|ours| path.starts_with(ours));
            if is_ours {
                assert!(
                    path.contains(&format!("lang={language}")),
                    "{target} forgets the language"
                );
                ahead.push(path);
            }
        }
        pages.insert(path, html);
    }
    pages
}

#[tokio::test]
async fn every_link_of_the_documentation_leads_somewhere() {
    let world = World::new(Engine::Sqlite).await;
    for language in ["fr", "en"] {
        let pages = pages(&world, language).await;
        assert!(pages.len() > 40, "{:?}", pages.keys());
        for (path, html) in &pages {
            assert!(!html.contains("{{"), "{path}: a value has no meaning");
            let here: BTreeSet<&str> = attributes(html, "id").into_iter().collect();
            assert_eq!(here.len(), attributes(html, "id").len(), "{path}: an id stands twice");
            for target in attributes(html, "href") {
                let Some((page, anchor)) = target.split_once('#') else {
                    let outside = ["https://", "mailto:", "data:", "/", "?"];
                    assert!(
                        outside.iter().any(|begin| target.starts_with(begin)),
                        "{path}: {target}"
                    );
                    continue;
                };
                let page = if page.is_empty() { path.clone() } else { page.replace("&amp;", "&") };
                let there = pages.get(&page).map(|html| attributes(html, "id"));
                assert!(
                    there.is_some_and(|ids| ids.contains(&anchor)),
                    "{path}: {target} leads nowhere"
                );
            }
        }
    }
}

#[tokio::test]
async fn an_old_link_into_the_reference_finds_its_call() {
    let world = World::new(Engine::Sqlite).await;
    let (_, start) = page(&world, "/doc").await;
    let (_, reference) = page(&world, "/doc/api").await;
    let ids = attributes(&start, "id");
    let document = letaxi::service::openapi(&letaxi::api::openapi::Examples::new());
    let methods = document["paths"].as_object().unwrap().values();
    for call in methods.flat_map(|methods| methods.as_object().unwrap().values()) {
        let id = call["operationId"].as_str().unwrap();
        assert!(ids.contains(&id), "{id}");
        assert!(start.contains(&format!("href=\"/doc/api#{id}\"")), "{id}");
        assert!(attributes(&reference, "id").contains(&id), "{id}");
    }
}

#[tokio::test]
async fn the_first_screen_has_a_call_that_works_against_this_very_registry() {
    let world = World::new(Engine::Sqlite).await;
    let headers = vec![("host", "127.0.0.1:4711".to_owned())];
    let call = Call { path: "/doc?lang=en".to_owned(), headers, ..Call::default() };
    let start = world.call(&call).await.body;
    let command = start.split("<code>curl ").nth(1).unwrap().split('<').next().unwrap();
    let path = command.strip_prefix("http://127.0.0.1:4711").unwrap();
    assert_eq!(page(&world, path).await.0, StatusCode::OK);
    for door in ["/doc/app", "/doc/operator", "/doc/registry"] {
        assert!(start.contains(&format!("class=\"door\" href=\"{door}?lang=en\"")), "{door}");
    }
}

#[tokio::test]
async fn the_search_finds_guides_calls_and_stories_by_their_headings() {
    let world = World::new(Engine::Sqlite).await;
    for (question, path) in [
        ("fr&q=donn%C3%A9es+ouvertes", "/doc/law?lang=fr#donnees-ouvertes"),
        ("fr&q=OUVERTES+donnees", "/doc/law?lang=fr#donnees-ouvertes"),
        ("en&q=signature", "/doc/calls?lang=en#check-the-signature"),
        ("en&q=idempotency-key", "/doc/app?lang=en#2-hail"),
        ("en&q=taxi+no+longer+online", "/doc/errors?lang=en#hails"),
        ("en&q=/v1/operator-secret", "/doc/api?lang=en#"),
        ("en&q=lost+answer", "/doc/stories/lost-answers?lang=en"),
    ] {
        let (status, html) = page(&world, &format!("/doc/search?lang={question}")).await;
        assert_eq!(status, StatusCode::OK, "{question}");
        let found = html.split("class=\"found\"").nth(1).unwrap();
        assert!(found.contains(&format!("href=\"{path}")), "{question}: {found}");
    }
}

#[tokio::test]
async fn a_hostile_question_is_shown_as_text() {
    let world = World::new(Engine::Sqlite).await;
    let long = "a".repeat(20_000);
    for question in [
        "%3Cscript%3Ealert(1)%3C/script%3E",
        "%22%3E%3Cimg%20src=x%20onerror=alert(1)%3E",
        "%00%ff%fe",
        "%E2%80%AE",
        "*+?([",
        "",
        &long,
    ] {
        let (status, html) = page(&world, &format!("/doc/search?lang=en&q={question}")).await;
        assert_eq!(status, StatusCode::OK, "{question}");
        for tag in ["<script", "<img", "\"x\""] {
            assert!(!html.contains(tag), "{question}: {html}");
        }
    }
}

#[tokio::test]
async fn a_page_that_is_not_there_says_so_to_people() {
    let world = World::new(Engine::Sqlite).await;
    for path in ["/doc/nothing", "/doc/stories/nothing", "/doc/..%2fapp"] {
        let (status, html) = page(&world, path).await;
        assert_eq!(status, StatusCode::NOT_FOUND, "{path}");
        assert!(html.contains("role=\"search\""), "{path}: {html}");
    }
    assert_eq!(page(&world, "/legal/nothing").await.0, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn no_french_page_lacks_spaces_that_do_not_break() {
    let world = World::new(Engine::Sqlite).await;
    let code = Regex::new(r"(?s)<(style|pre|code|title)[ >].*?</(style|pre|code|title)>").unwrap();
    let foreign = Regex::new(r#"(?s)<(div|a|span) [^>]*lang="en".*?</(div|a|span)>"#).unwrap();
    let tags = Regex::new("<[^>]*>").unwrap();
    let found = pages(&world, "fr").await;
    // The stories are in English, and the reference lists descriptions in English.
    let prose =
        found.iter().filter(|(path, _)| !path.contains("/stories/") && !path.contains("/api"));
    for (path, html) in prose {
        let text = code.replace_all(html, "");
        let text = foreign.replace_all(&text, "");
        let text = tags.replace_all(&text, "");
        for fault in [" :", " ;", " ?", " !", " »", "« "] {
            let place =
                text.find(fault).map(|at| text[..at].chars().rev().take(60).collect::<String>());
            assert_eq!(place, None, "{path}: {fault:?} after this, backwards");
        }
    }
}

#[test]
fn limits_that_the_guides_name_are_those_of_the_program() {
    let said = [
        ("calls.md", format!("within {} seconds", CALL_LIMIT.as_secs())),
        ("limits.md", format!("| time for a body to arrive | {} s |", BODY_LIMIT.as_secs())),
        ("limits.md", format!("for one account | {FAILED_LOG_INS_A_MINUTE} |")),
        ("ids.md", "good for an hour".to_owned()),
    ];
    for (file, text) in said {
        assert!(guide(&format!("en/{file}")).contains(&text), "{file} lacks: {text}");
    }
    assert_eq!(letaxi::operator::CALLS_PER_ENDPOINT, 64);
    assert_eq!(letaxi::operator::ANSWER_LIMIT, 64 * 1024);
    assert_eq!(registry::short_lived::LIFE_S, 3_600);
}

#[tokio::test]
async fn limits_are_shown_as_this_registry_has_them() {
    let mut world = World::new(Engine::Sqlite).await;
    let limits = Limits { requests_per_s: 77, positions_per_s: 0, ..Limits::default() };
    world.set(|settings| settings.limits = limits).await;
    let (_, html) = page(&world, "/doc/limits?lang=en").await;
    assert!(html.contains("<td>77</td>"), "{html}");
    assert!(html.contains("<td>no limit</td>"), "{html}");
}
