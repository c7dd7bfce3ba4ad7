//! The reader of a page: the language, and the address by which this registry is reached.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::http::HeaderMap;
use axum::http::header::{ACCEPT_LANGUAGE, HOST};
use axum::http::request::Parts;
use serde_json::json;

use crate::api::language::{Language, preferred};
use crate::api::query;
use crate::api::route::{Argument, Inputs};

/// Longest host of a request that is shown in commands, with its port.
const LONGEST_HOST: usize = 255;

/// The reader of a page.
#[derive(Clone, Debug)]
pub(super) struct Reader {
    /// The language of the link, else the one that the browser prefers; French if neither says so.
    pub(super) language: Language,
    /// True if the link names it: further links then name it, too.
    is_chosen: bool,
    /// Address of this registry, as the browser knows it, without a slash at its end.
    pub(super) url: String,
}

impl Argument for Reader {}

impl<S: Sync> FromRequestParts<S> for Reader {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self::of(parts.uri.query(), &parts.headers))
    }
}

/// Words to look for, from the argument `q`.
pub(super) struct Asked(pub(super) String);

impl Argument for Asked {
    fn describe(inputs: &mut Inputs) {
        inputs.query = Some(|| {
            let about = "Words to look for; all of them must occur.";
            json!({"type": "object", "properties": {"q": {"type": "string", "description": about}}})
        });
    }
}

impl<S: Sync> FromRequestParts<S> for Asked {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let values = query::first_values(parts.uri.query());
        Ok(Self(values["q"].as_str().unwrap_or_default().to_owned()))
    }
}

impl Reader {
    fn of(query: Option<&str>, headers: &HeaderMap) -> Self {
        let asked = query::first_values(query)["lang"].as_str().and_then(Language::of);
        let accepted = headers.get(ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
        let language = asked.or_else(|| preferred(accepted?)).unwrap_or(Language::French);
        Self { language, is_chosen: asked.is_some(), url: address(headers) }
    }

    /// A text in the reader's language.
    pub(super) fn say<T>(&self, english: T, french: T) -> T {
        self.language.choose(english, french)
    }

    /// A link to a page of ours, in the language that was chosen. `path` may end with a query and a fragment.
    pub(super) fn to(&self, path: &str) -> String {
        if !self.is_chosen {
            return path.to_owned();
        }
        let (page, fragment) = path.split_once('#').map_or((path, None), |(a, b)| (a, Some(b)));
        let sign = if page.contains('?') { '&' } else { '?' };
        let fragment = fragment.map(|fragment| format!("#{fragment}")).unwrap_or_default();
        format!("{page}{sign}lang={}{fragment}", self.language.tag())
    }

    /// The language to name in a form, if it was chosen.
    pub(super) fn chosen(&self) -> Option<&'static str> {
        self.is_chosen.then(|| self.language.tag())
    }
}

/// Address of this registry from the headers of a request. A host is shown as it was sent, so only the letters of a
/// host are taken.
fn address(headers: &HeaderMap) -> String {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let is_host = |host: &&str| {
        let known = |byte: u8| byte.is_ascii_alphanumeric() || b".-:[]".contains(&byte);
        !host.is_empty() && host.len() <= LONGEST_HOST && host.bytes().all(known)
    };
    let host = text(HOST.as_str()).filter(is_host).unwrap_or("127.0.0.1:5000");
    let scheme = match text("x-forwarded-proto") {
        Some("https") => "https",
        Some("http") => "http",
        // Without a proxy that says so: this program speaks plain HTTP, and a host with a port is its own.
        _ if host.contains(':') || host == "localhost" => "http",
        _ => "https",
    };
    format!("{scheme}://{host}")
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderName;

    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        let pair = |(name, value): &(&'static str, &str)| {
            (HeaderName::from_static(name), value.parse().expect("a value"))
        };
        pairs.iter().map(pair).collect()
    }

    #[test]
    fn the_registry_is_named_as_the_browser_reached_it() {
        for (pairs, url) in [
            (&[("host", "127.0.0.1:5000")][..], "http://127.0.0.1:5000"),
            (&[("host", "taxis.ville.example")], "https://taxis.ville.example"),
            (&[("host", "[::1]:80"), ("x-forwarded-proto", "https")], "https://[::1]:80"),
            (&[("host", "a'; rm -rf x")], "http://127.0.0.1:5000"),
            (&[("host", "<script>")], "http://127.0.0.1:5000"),
            (&[], "http://127.0.0.1:5000"),
        ] {
            assert_eq!(address(&headers(pairs)), url, "{pairs:?}");
        }
    }

    #[test]
    fn a_chosen_language_is_kept_by_further_links() {
        let chosen = Reader::of(Some("lang=en"), &HeaderMap::new());
        assert_eq!(chosen.to("/doc/app#key"), "/doc/app?lang=en#key");
        assert_eq!(chosen.to("/doc/search?q=x"), "/doc/search?q=x&lang=en");
        let preferred = Reader::of(Some("lang=de"), &headers(&[("accept-language", "en-GB")]));
        assert_eq!(preferred.language, Language::English);
        assert_eq!(preferred.to("/doc/app#key"), "/doc/app#key");
    }
}
