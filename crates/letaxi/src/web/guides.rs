//! The documentation at `/doc`: guides in French and English, the stories of the API, and a search over all of it.
//!
//! The guides are the Markdown files of `docs/guides`, of which both languages have the same; the stories are those of
//! `tests/transcripts`, in English. Both are included in the program.

use std::sync::{Arc, LazyLock, OnceLock};

use axum::http::StatusCode;
use axum::response::Response;
use maud::{Markup, PreEscaped, html};

pub(super) mod fill;
pub(super) mod markdown;
mod search;
mod start;

use super::frame::{Page, Place, search_form};
use super::reader::Reader;
use super::reference;
use crate::api::language::Language;
use crate::app::App;
use fill::Refusals;
use markdown::{Rendered, render};
use search::Entry;
use start::Head;

include!(concat!(env!("OUT_DIR"), "/stories.rs"));

/// Value of a guide in a search, beside that of its words: a guide explains, a story only shows.
const WORTH_OF_GUIDES: usize = 25;
/// Value of a call.
const WORTH_OF_CALLS: usize = 10;

/// A guide, in English and French.
struct Guide {
    slug: &'static str,
    texts: [&'static str; 2],
}

/// Declares the guides in their order: a file of this name must be in both folders.
macro_rules! guides {
    ($($slug:literal),* $(,)?) => {
        const GUIDES: &[Guide] = &[$(Guide {
            slug: $slug,
            texts: [
                include_str!(concat!("../../../../docs/guides/en/", $slug, ".md")),
                include_str!(concat!("../../../../docs/guides/fr/", $slug, ".md")),
            ],
        }),*];
    };
}

guides![
    "app",
    "operator",
    "registry",
    "hails",
    "calls",
    "positions",
    "errors",
    "limits",
    "units",
    "ids",
    "law",
];

/// The documentation of a registry.
pub(super) struct Documentation {
    refusals: Refusals,
    /// The index of the search in each language, made by the first search.
    indexes: [OnceLock<Vec<Entry>>; 2],
}

impl Documentation {
    pub(super) fn new(refusals: Refusals) -> Arc<Self> {
        Arc::new(Self { refusals, indexes: [OnceLock::new(), OnceLock::new()] })
    }

    /// A guide with the values of this registry.
    fn rendered(&self, guide: &Guide, app: &App, reader: &Reader) -> Rendered {
        let value = |name: &str| {
            let of_the_program = fill::of_the_program(name, reader.language, self.refusals);
            of_the_program.or_else(|| fill::of_the_registry(name, app, reader))
        };
        let text = fill::fill(guide.text(reader.language), &value);
        render(&text, &|target| link(target, reader), table_label(reader))
    }

    fn index(&self, language: Language) -> &[Entry] {
        self.indexes[language as usize].get_or_init(|| self.made_index(language))
    }

    /// All that can be found: sections of guides, calls of the API, stories. Values of the settings are left out.
    fn made_index(&self, language: Language) -> Vec<Entry> {
        let value = |name: &str| {
            let value = fill::of_the_program(name, language, self.refusals);
            Some(value.unwrap_or_else(|| "…".to_owned()))
        };
        let guides = GUIDES.iter().flat_map(|guide| {
            let text = fill::fill(guide.text(language), &value);
            let entries = entries(&guide.path(), &plain(&text));
            entries.into_iter().map(|entry| entry.worth(WORTH_OF_GUIDES))
        });
        let calls = reference::listed(language).iter().map(|call| {
            let path = format!("/doc/api#{}", call.id);
            Entry::new(path, "API", &call.summary, &call.name).worth(WORTH_OF_CALLS)
        });
        let stories =
            STORIES.iter().flat_map(|(name, text)| entries(&story_path(name), &plain(text)));
        guides.chain(calls).chain(stories).collect()
    }

    /// The first screen of the documentation.
    pub(super) fn start(app: &App, reader: &Reader) -> Response {
        let identity = &app.settings().identity;
        let body = start::body(identity, reader, heads(reader.language));
        let start = page(app, reader, "Documentation", "", None, body);
        Page { place: Place::Search, ..start }.answer(StatusCode::OK)
    }

    /// A guide; 404 if there is none of this name.
    pub(super) fn guide(&self, app: &App, reader: &Reader, slug: &str) -> Response {
        if slug == "stories" {
            return Self::stories(app, reader);
        }
        let Some(place) = GUIDES.iter().position(|guide| guide.slug == slug) else {
            return missing(app, reader);
        };
        let guide = &GUIDES[place];
        let rendered = self.rendered(guide, app, reader);
        let heads = heads(reader.language);
        let turn = |place: Option<usize>, before: &str, after: &str| {
            let guide = place.and_then(|place| heads.get(place));
            html! {
                span {
                    @if let Some(Head { path, title, .. }) = guide {
                        a href=(reader.to(path)) { (before) (title) (after) }
                    }
                }
            }
        };
        let body = html! {
            (PreEscaped(&rendered.html))
            div.turn {
                (turn(place.checked_sub(1), "← ", ""))
                (turn(Some(place + 1), "", " →"))
            }
        };
        let menu = menu(reader, slug, Some(&rendered));
        page(app, reader, &rendered.title, "", Some(menu), body).answer(StatusCode::OK)
    }

    /// All stories.
    fn stories(app: &App, reader: &Reader) -> Response {
        let title = reader.say("The API in stories", "L’API en récits");
        let body = html! {
            h1 { (title) }
            p.lead {
                (reader.say(
                    "Each story is a test: whenever the program is tested, its calls are made and its answers are \
                     compared. So the answers shown are those that you get.",
                    "Chaque récit est un test\u{a0}: à chaque essai du programme, ses appels sont faits et ses réponses \
                     comparées. Les réponses montrées sont donc celles que vous recevrez. Les récits sont en anglais.",
                ))
            }
            ul.pages {
                @for (name, text) in STORIES {
                    @let story = plain(text);
                    li { a href=(reader.to(&story_path(name))) lang="en" { (story.title) }
                        span lang="en" { (story.lead) } }
                }
            }
        };
        let menu = menu(reader, "stories", None);
        page(app, reader, title, "", Some(menu), body).answer(StatusCode::OK)
    }

    /// A story; 404 if there is none of this name.
    pub(super) fn story(app: &App, reader: &Reader, name: &str) -> Response {
        let Some((_, text)) = STORIES.iter().find(|(known, _)| *known == name) else {
            return missing(app, reader);
        };
        let in_stories = |target: &str| link_of_story(target, reader);
        let rendered = render(text, &in_stories, table_label(reader));
        let body = html! {
            p { a href=(reader.to("/doc/stories")) { "← " (reader.say("All stories", "Tous les récits")) } }
            div lang="en" { (PreEscaped(&rendered.html)) }
        };
        let menu = menu(reader, "stories", Some(&rendered));
        page(app, reader, &rendered.title, "", Some(menu), body).answer(StatusCode::OK)
    }

    /// The results of a search.
    pub(super) fn search(&self, app: &App, reader: &Reader, asked: &str) -> Response {
        let found = search::find(self.index(reader.language), asked);
        let title = reader.say("Search", "Recherche");
        let body = html! {
            h1 { (title) }
            (search_form(reader, asked, "q"))
            p role="status" {
                @match (asked.trim().is_empty(), found.len()) {
                    (true, _) => (reader.say(
                        "Give one or several words: a call, a status, a sentence of a refusal.",
                        "Donnez un ou plusieurs mots\u{a0}: un appel, un statut, la phrase d’un refus.",
                    )),
                    (false, 0) => (reader.say(
                        "Nothing has all of these words. Try fewer words, or the word of the API, such as hail.",
                        "Rien ne contient tous ces mots. Essayez avec moins de mots, ou avec le mot de l’API, comme hail.",
                    )),
                    (false, 1) => (reader.say("1 result", "1\u{a0}résultat")),
                    (false, number) => { (number) (reader.say(" results", "\u{a0}résultats")) },
                }
            }
            ul.found {
                @for one in found {
                    li {
                        a href=(reader.to(one.path)) { (one.page) @if !one.title.is_empty() { " – " (one.title) } }
                        p { (one.excerpt) }
                    }
                }
            }
        };
        let menu = menu(reader, "", None);
        let results = page(app, reader, title, asked, Some(menu), body);
        Page { place: Place::Search, ..results }.answer(StatusCode::OK)
    }
}

impl Guide {
    fn text(&self, language: Language) -> &'static str {
        self.texts[language as usize]
    }

    fn path(&self) -> String {
        format!("/doc/{}", self.slug)
    }
}

/// All guides, in their order.
fn heads(language: Language) -> &'static [Head] {
    static HEADS: LazyLock<[Vec<Head>; 2]> = LazyLock::new(|| {
        [Language::English, Language::French].map(|language| {
            let head = |guide: &Guide| {
                let value = |name: &str| fill::of_the_program(name, language, &[]);
                let text = fill::fill(guide.text(language), &value);
                let Rendered { title, lead, .. } = plain(&text);
                Head { path: guide.path(), title, lead }
            };
            GUIDES.iter().map(head).collect()
        })
    });
    &HEADS[language as usize]
}

/// A text that is read and not shown: its links are left out.
fn plain(text: &str) -> Rendered {
    render(text, &|_| None, "")
}

/// The sections of a page, for the search.
fn entries(path: &str, page: &Rendered) -> Vec<Entry> {
    let entry = |section: &markdown::Section| {
        let anchor = Some(&section.id).filter(|id| !id.is_empty());
        let path = anchor.map_or_else(|| path.to_owned(), |id| format!("{path}#{id}"));
        Entry::new(path, &page.title, &section.title, &section.text)
    };
    page.sections.iter().map(entry).collect()
}

/// A page of the documentation.
fn page<'a>(
    app: &'a App,
    reader: &'a Reader,
    title: &'a str,
    asked: &'a str,
    menu: Option<Markup>,
    body: Markup,
) -> Page<'a> {
    let identity = &app.settings().identity;
    Page { reader, identity, title, place: Place::Guides, asked, menu, body }
}

fn missing(app: &App, reader: &Reader) -> Response {
    let title = reader.say("There is no such page", "Cette page n’existe pas");
    let body = html! {
        h1 { (title) }
        p {
            a href=(reader.to("/doc")) {
                (reader.say("All pages of the documentation", "Toutes les pages de la documentation"))
            }
        }
        (search_form(reader, "", "q"))
    };
    let missing = page(app, reader, title, "", None, body);
    Page { place: Place::Search, ..missing }.answer(StatusCode::NOT_FOUND)
}

/// The list of all guides, with the headings of the one that is read.
fn menu(reader: &Reader, current: &str, read: Option<&Rendered>) -> Markup {
    let headings = |rendered: &Rendered| {
        html! {
            ul {
                @for section in rendered.sections.iter().filter(|section| section.level == 2) {
                    li { a href={ "#" (section.id) } { (section.title) } }
                }
            }
        }
    };
    let entry = |slug: &str, path: &str, title: &str| {
        let is_current = slug == current;
        html! {
            li {
                a href=(reader.to(path)) aria-current=[is_current.then_some("page")] { (title) }
                @if let (true, Some(rendered)) = (is_current, read) { (headings(rendered)) }
            }
        }
    };
    html! {
        nav.menu #menu aria-label=(reader.say("Guides", "Guides")) {
            p { a href=(reader.to("/doc")) { "Documentation" } }
            ul {
                @for (guide, head) in GUIDES.iter().zip(heads(reader.language)) {
                    (entry(guide.slug, &head.path, &head.title))
                }
                (entry("stories", "/doc/stories", reader.say("The API in stories", "L’API en récits")))
                (entry("api", "/doc/api", reader.say("API reference", "Référence de l’API")))
            }
        }
    }
}

fn story_path(name: &str) -> String {
    format!("/doc/stories/{name}")
}

fn table_label(reader: &Reader) -> &'static str {
    reader.say("Table", "Tableau")
}

/// The target of a link of a guide: a guide, a story, a page of ours, or a page of another site.
pub(super) fn link(target: &str, reader: &Reader) -> Option<String> {
    let is_outside =
        ["https://", "http://", "mailto:"].iter().any(|begin| target.starts_with(begin));
    if is_outside || target.starts_with('#') {
        return Some(target.to_owned());
    }
    if target.starts_with('/') {
        return Some(reader.to(target));
    }
    let (file, anchor) = target.split_once('#').map_or((target, None), |(a, b)| (a, Some(b)));
    let (folder, name) =
        file.strip_suffix(".md")?.rsplit_once('/').unwrap_or(("", file.strip_suffix(".md")?));
    let path = if folder.ends_with("tests/transcripts") {
        STORIES.iter().find(|(known, _)| *known == name).map(|(known, _)| story_path(known))?
    } else {
        GUIDES.iter().find(|guide| folder.is_empty() && guide.slug == name)?.path()
    };
    let anchor = anchor.map(|anchor| format!("#{anchor}")).unwrap_or_default();
    Some(reader.to(&(path + &anchor)))
}

/// The target of a link of a story: a story, or the guide about the same as a page of `docs`.
fn link_of_story(target: &str, reader: &Reader) -> Option<String> {
    let file = target.split('#').next()?;
    let name = file.strip_suffix(".md")?;
    if name.ends_with("docs/hail") {
        return Some(reader.to("/doc/hails"));
    }
    let (known, _) = STORIES.iter().find(|(known, _)| *known == name)?;
    Some(reader.to(&story_path(known)))
}

#[cfg(test)]
mod tests;
