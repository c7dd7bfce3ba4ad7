//! The console: its files are those of the sources, and browsers get them with the right headers.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::{Path, PathBuf};

use axum::http::StatusCode;
use ring::digest::{SHA256, digest};

use crate::world::{Answer, Call, Engine, World};

/// Files and folders that make the build; `web/build/finish.mjs` has the same list.
const SOURCES: [&str; 8] = [
    "build",
    "console.html",
    "package-lock.json",
    "package.json",
    "src",
    "svelte.config.js",
    "tsconfig.json",
    "vite.config.js",
];

fn web() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../web")
}

/// Digests of the files below a path, by their path in `web`.
fn digests(path: &Path, found: &mut BTreeMap<String, String>) {
    if path.is_dir() {
        for entry in std::fs::read_dir(path).unwrap() {
            digests(&entry.unwrap().path(), found);
        }
        return;
    }
    let mut hex = String::new();
    for byte in digest(&SHA256, &std::fs::read(path).unwrap()).as_ref() {
        write!(hex, "{byte:02x}").unwrap();
    }
    found.insert(path.strip_prefix(web()).unwrap().display().to_string(), hex);
}

#[test]
fn built_pages_are_those_of_the_sources() {
    let mut sources = BTreeMap::new();
    for name in SOURCES {
        digests(&web().join(name), &mut sources);
    }
    let built = std::fs::read_to_string(web().join("dist/SOURCES")).unwrap();
    let mut built: BTreeMap<String, String> = built
        .lines()
        .filter_map(|line| line.split_once("  "))
        .map(|(digest, path)| (path.to_owned(), digest.to_owned()))
        .collect();
    let mut changed: Vec<String> = Vec::new();
    for (path, digest) in sources {
        if built.remove(&path) != Some(digest) {
            changed.push(path);
        }
    }
    changed.extend(built.into_keys());
    assert!(
        changed.is_empty(),
        "web/dist is older than these sources; run `make web`: {}",
        changed.join(", ")
    );
}

async fn get(path: &str, headers: &[(&'static str, &str)]) -> Answer {
    let world = World::new(Engine::Sqlite).await;
    let headers = headers.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
    world.call(&Call { path: path.to_owned(), headers, ..Call::default() }).await
}

fn header<'a>(answer: &'a Answer, name: &str) -> &'a str {
    answer.headers.get(name).map_or("", |value| value.to_str().unwrap())
}

#[tokio::test]
async fn every_address_of_the_console_is_its_page() {
    for path in ["/console/", "/console/hails", "/console/hails/0a1b2c3?tab=x"] {
        let page = get(path, &[]).await;
        assert_eq!(page.status, StatusCode::OK, "{path}");
        assert_eq!(page.content_type, "text/html; charset=utf-8");
        assert_eq!(header(&page, "cache-control"), "no-cache");
        assert_eq!(header(&page, "x-content-type-options"), "nosniff");
        assert_eq!(header(&page, "referrer-policy"), "same-origin");
        let tag = header(&page, "etag").to_owned();
        let known = get(path, &[("if-none-match", &tag)]).await;
        assert_eq!((known.status, known.bytes.len()), (StatusCode::NOT_MODIFIED, 0));
    }
    assert_eq!(header(&get("/console", &[]).await, "location"), "/console/");
}

#[tokio::test]
async fn its_policy_is_the_one_that_browsers_are_tested_with() {
    let page = get("/console/", &[]).await;
    let server = std::fs::read_to_string(web().join("tests/browser/serve.mjs")).unwrap();
    let policy = header(&page, "content-security-policy");
    assert!(policy.starts_with("default-src 'none'; script-src 'self'; "), "{policy}");
    assert!(server.contains(&format!("\"{policy}\"")), "{policy}");
}

#[tokio::test]
async fn parts_are_kept_for_good_and_compressed_for_those_who_accept_it() {
    let page = get("/console/", &[]).await.body;
    let end = page.find(".js").unwrap() + 3;
    let path = &page[page[..end].rfind("/console/~").unwrap()..end];
    let plain = get(path, &[]).await;
    assert_eq!(header(&plain, "cache-control"), "public, max-age=31536000, immutable");
    assert_eq!(plain.content_type, "text/javascript; charset=utf-8");
    assert_eq!(
        (header(&plain, "content-encoding"), header(&plain, "vary")),
        ("", "accept-encoding")
    );
    let mut size = plain.bytes.len();
    for (accepted, encoding) in [("gzip", "gzip"), ("gzip, br;q=0", "gzip"), ("gzip, br", "br")] {
        let packed = get(path, &[("accept-encoding", accepted)]).await;
        assert_eq!(header(&packed, "content-encoding"), encoding);
        assert!(packed.bytes.len() <= size, "{encoding}: {}", packed.bytes.len());
        size = packed.bytes.len();
    }
}

#[tokio::test]
async fn parts_of_another_build_are_not_found() {
    for path in
        ["/console/~0123456789ab/assets/console.js", "/console/~", "/console/~x/../../Cargo.toml"]
    {
        assert_eq!(get(path, &[]).await.status, StatusCode::NOT_FOUND, "{path}");
    }
}
