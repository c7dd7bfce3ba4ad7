//! The dashboard, the alerts and the pages for whoever runs a registry: they name only metrics, pages and settings that
//! exist. That `/metrics` shows each metric of `docs/operate.md`, and no other, is a test of `monitor`.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use letaxi::config::SETTINGS;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn read(file: &str) -> String {
    std::fs::read_to_string(root().join(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
}

/// Words of a text that begin with `prefix` and go on with letters, digits and underscores.
fn words<'a>(text: &'a str, prefix: &str) -> BTreeSet<&'a str> {
    let words = text.split(|end: char| !end.is_ascii_alphanumeric() && end != '_');
    words.filter(|word| word.starts_with(prefix)).collect()
}

/// Metrics of the table in the guide for operation.
fn metrics(guide: &str) -> BTreeSet<&str> {
    let rows = guide.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next());
    rows.filter(|name| name.starts_with("letaxi_")).collect()
}

/// The metric of a name in a query: a histogram is asked for by its buckets, sum or count.
fn metric<'a>(name: &'a str, known: &BTreeSet<&str>) -> &'a str {
    let parts = ["_bucket", "_sum", "_count"].iter().find_map(|part| name.strip_suffix(part));
    parts.filter(|whole| known.contains(whole)).unwrap_or(name)
}

#[test]
fn dashboard_and_alerts_ask_for_metrics_that_exist() {
    let guide = read("docs/operate.md");
    let known = metrics(&guide);
    for file in ["alerts.yaml", "alerts_test.yaml", "dashboard.json"] {
        let text = read(&format!("packaging/monitoring/{file}"));
        let asked = words(&text, "letaxi_");
        assert!(asked.len() > 5, "{file} asks for {asked:?}");
        let unknown: Vec<_> =
            asked.iter().filter(|name| !known.contains(metric(name, &known))).collect();
        assert!(unknown.is_empty(), "{file} asks for {unknown:?}, which /metrics does not show");
    }
    let dashboard = read("packaging/monitoring/dashboard.json");
    serde_json::from_str::<serde_json::Value>(&dashboard).expect("Grafana reads JSON");
}

#[test]
fn each_alert_names_a_page_in_both_languages() {
    let alerts = read("packaging/monitoring/alerts.yaml");
    let count = alerts.matches("- alert: ").count();
    let pages: Vec<_> =
        alerts.lines().filter_map(|line| line.trim().strip_prefix("page: ")).collect();
    assert_eq!(pages.len(), count, "each alert has a page");
    for page in pages {
        for language in ["en", "fr"] {
            let file = format!("docs/run/{language}/{page}");
            assert!(root().join(&file).exists(), "{file} is missing");
        }
    }
}

/// Pages below a folder, by their paths in it.
fn pages(folder: &Path) -> BTreeSet<PathBuf> {
    let mut pages = BTreeSet::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = PathBuf::from(path.file_name().unwrap());
        if path.is_dir() {
            pages.extend(self::pages(&path).into_iter().map(|page| name.join(page)));
        } else {
            pages.insert(name);
        }
    }
    pages
}

/// Lines of the blocks of code, without comments, which are in the language of the page.
fn code(page: &str) -> Vec<String> {
    let mut lines = Vec::new();
    let mut is_code = false;
    for line in page.lines() {
        if line.starts_with("```") {
            is_code = !is_code;
            lines.push(line.to_owned());
        } else if is_code {
            let code = line.split("# ").next().unwrap_or_default().trim_end();
            lines.extend((!code.is_empty()).then(|| code.to_owned()));
        }
    }
    lines
}

#[test]
fn the_pages_for_a_town_say_the_same_in_french_and_in_english() {
    let (french, english) = (root().join("docs/run/fr"), root().join("docs/run/en"));
    assert_eq!(pages(&french), pages(&english));
    for page in pages(&english) {
        let read = |folder: &Path| std::fs::read_to_string(folder.join(&page)).unwrap();
        let (french, english) = (read(&french), read(&english));
        assert_eq!(code(&french), code(&english), "blocks of code in {}", page.display());
        let headings = |text: &str| text.lines().filter(|line| line.starts_with('#')).count();
        assert_eq!(headings(&french), headings(&english), "headings of {}", page.display());
    }
}

/// The name that a line of TOML sets.
fn set_by(line: &str) -> Option<&str> {
    let (name, _) = line.split_once(" = ")?;
    name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_').then_some(name)
}

#[test]
fn the_pages_for_a_town_set_settings_that_exist() {
    let folder = root().join("docs/run/en");
    let mut found = 0;
    for page in pages(&folder) {
        let text = std::fs::read_to_string(folder.join(&page)).unwrap();
        let blocks = text.split("```").skip(1).step_by(2);
        for line in blocks.filter_map(|block| block.strip_prefix("toml\n")).flat_map(str::lines) {
            let Some(name) = set_by(line) else { continue };
            let exists = SETTINGS.iter().any(|setting| setting.name == name);
            assert!(exists, "{}: {line}: no such setting", page.display());
            found += 1;
        }
    }
    assert!(found > 5, "{found} settings found");
}
