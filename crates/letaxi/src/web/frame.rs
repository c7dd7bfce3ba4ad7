//! The frame of our pages: head, foot, style, and the headers that keep a page from running or loading anything.

use std::fmt::Write;

use axum::http::header::{
    CONTENT_LANGUAGE, CONTENT_SECURITY_POLICY, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
    X_FRAME_OPTIONS,
};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{Html, IntoResponse, Response};
use data_encoding::BASE64;
use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::reader::Reader;
use crate::app::identity::{Colour, Identity};

/// Icon of a registry without a logo: a pin.
const ICON: &str = "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 32 32'%3E%3Cpath \
    fill='%23f5b31c' d='M16 3a10 10 0 0 0-10 10c0 7.2 10 16 10 16s10-8.8 10-16A10 10 0 0 0 16 3z'/%3E%3C/svg%3E";

/// Style of the pages.
const STYLE: &str = include_str!("pages.css");

/// A page in its frame.
pub(super) struct Page<'a> {
    pub(super) reader: &'a Reader,
    pub(super) identity: &'a Identity,
    /// Title, without the name of the registry.
    pub(super) title: &'a str,
    /// The entry of the menu at the top in which the page is.
    pub(super) place: Place,
    /// Argument `q` of a search, which the other language's page has, too.
    pub(super) asked: &'a str,
    /// Contents beside the page, if any.
    pub(super) menu: Option<Markup>,
    pub(super) body: Markup,
}

/// Entries of the menu at the top.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Home,
    /// A page of the documentation that has a search of its own.
    Search,
    Guides,
    Reference,
    Legal,
}

impl Page<'_> {
    /// The page as an answer.
    pub(super) fn answer(&self, status: StatusCode) -> Response {
        let style = style(self.identity);
        let headers = [
            (CONTENT_SECURITY_POLICY, policy(&style)),
            (CONTENT_LANGUAGE, HeaderValue::from_static(self.reader.language.tag())),
            (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
            (X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
            (REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
        ];
        (status, headers, Html(self.html(&style).into_string())).into_response()
    }

    fn html(&self, style: &str) -> Markup {
        let reader = self.reader;
        let name = &self.identity.name;
        let title = match self.place {
            Place::Home => name.clone(),
            _ => format!("{} – {name}", self.title),
        };
        html! {
            (DOCTYPE)
            html lang=(reader.language.tag()) {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    title { (title) }
                    link rel="icon" href=(self.identity.logo_path().as_deref().unwrap_or(ICON));
                    style { (PreEscaped(style)) }
                }
                body {
                    a.skip href="#main" { (reader.say("Skip to the content", "Aller au contenu")) }
                    (self.head())
                    div.body.with-menu[self.menu.is_some()] {
                        main #main { (self.body) }
                        @if let Some(menu) = &self.menu { (menu) }
                    }
                    (self.foot())
                }
            }
        }
    }

    fn head(&self) -> Markup {
        let reader = self.reader;
        let entry = |place, path, name: &str| {
            let is_search = self.place == Place::Search && place == Place::Guides;
            let current = (self.place == place || is_search).then_some("true");
            html! { a href=(reader.to(path)) aria-current=[current] { (name) } }
        };
        let (other, other_name) = reader.language.choose(("fr", "Français"), ("en", "English"));
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        if !self.asked.is_empty() {
            query.append_pair("q", self.asked);
        }
        let query = query.append_pair("lang", other).finish();
        html! {
            header.top {
                a.brand href=(reader.to("/")) { (mark(self.identity)) (self.identity.name) }
                nav aria-label=(reader.say("Main menu", "Menu principal")) {
                    (entry(Place::Guides, "/doc", reader.say("Guides", "Guides")))
                    (entry(Place::Reference, "/doc/api", "API"))
                    a href="/console/" { "Console" }
                }
                @if !matches!(self.place, Place::Home | Place::Search) { (search_form(reader, self.asked, "top-q")) }
                a href={ "?" (query) } lang=(other) hreflang=(other) { (other_name) }
            }
        }
    }

    fn foot(&self) -> Markup {
        let reader = self.reader;
        html! {
            footer.foot {
                ul {
                    @if let Some(contact) = &self.identity.contact {
                        li { "Contact" (reader.say(": ", "\u{a0}: ")) a href=(contact.link()) { (contact.text()) } }
                    }
                    @if self.identity.shows_legal_pages {
                        li { a href=(reader.to("/legal/privacy")) { (reader.say("Privacy", "Données personnelles")) } }
                        li { a href=(reader.to("/legal/accessibility")) {
                            (reader.say("Accessibility: not audited", "Accessibilité\u{a0}: non conforme"))
                        } }
                    }
                    li.quiet { "letaxi " (env!("CARGO_PKG_VERSION")) ", AGPL-3.0-or-later" }
                }
            }
        }
    }
}

/// The form of the search.
pub(super) fn search_form(reader: &Reader, asked: &str, id: &str) -> Markup {
    let label = reader.say("Search the documentation", "Chercher dans la documentation");
    let hint = reader.say("A call, a status…", "Un appel, un statut…");
    html! {
        form action="/doc/search" role="search" {
            input id=(id) type="search" name="q" value=(asked) aria-label=(label) placeholder=(hint) maxlength="100";
            @if let Some(language) = reader.chosen() { input type="hidden" name="lang" value=(language); }
            button { (reader.say("Search", "Chercher")) }
        }
    }
}

/// The logo, or a pin.
fn mark(identity: &Identity) -> Markup {
    html! {
        @match identity.logo_path() {
            Some(path) => img src=(path) alt="";,
            None => svg width="26" height="26" viewBox="0 0 32 32" aria-hidden="true" {
                path.pin d="M16 3a10 10 0 0 0-10 10c0 7.2 10 16 10 16s10-8.8 10-16A10 10 0 0 0 16 3z" {}
                circle.hole cx="16" cy="13" r="4" {}
            },
        }
    }
}

/// The style, with the colours of the registry.
fn style(identity: &Identity) -> String {
    let mut style = STYLE.to_owned();
    let Some(palette) = identity.colour.map(Colour::palette) else { return style };
    let [light, dark] = [0, 1].map(|scheme: usize| {
        format!(
            "--accent:{};--on-accent:{};--accent-ink:{};--accent-tint:{}",
            palette.accent, palette.on_accent, palette.ink[scheme], palette.tint[scheme]
        )
    });
    write!(style, ":root{{{light}}}@media(prefers-color-scheme:dark){{:root{{{dark}}}}}")
        .expect("a text takes all that is written to it");
    style
}

/// Content security policy: our own style by its digest, our own logo or icon, our own search.
fn policy(style: &str) -> HeaderValue {
    let digest = ring::digest::digest(&ring::digest::SHA256, style.as_bytes());
    let style = BASE64.encode(digest.as_ref());
    let policy = format!(
        "default-src 'none'; style-src 'sha256-{style}'; img-src 'self' data:; base-uri 'none'; form-action 'self'; \
         frame-ancestors 'none'"
    );
    policy.parse().expect("it is ASCII")
}
