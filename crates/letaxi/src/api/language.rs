//! Languages of pages, of refusals and of sentences in answers: English and French.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::http::HeaderMap;
use axum::http::header::ACCEPT_LANGUAGE;
use axum::http::request::Parts;

use super::route::Argument;

/// A language of our pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Language {
    English,
    French,
}

impl Language {
    /// The language of a tag like `fr` or `en-GB` (RFC 5646).
    pub(crate) fn of(tag: &str) -> Option<Self> {
        match tag.split('-').next()?.to_ascii_lowercase().as_str() {
            "en" => Some(Self::English),
            "fr" => Some(Self::French),
            _ => None,
        }
    }

    pub(crate) fn tag(self) -> &'static str {
        self.choose("en", "fr")
    }

    pub(crate) fn choose<T>(self, english: T, french: T) -> T {
        match self {
            Self::English => english,
            Self::French => french,
        }
    }
}

/// The first of ours among the languages that are accepted, by their weight (RFC 9110, 12.5.4). The crate
/// `accept-language` matches whole tags only: `fr` is not found in `fr-FR`, and it finds what weighs 0.
pub(crate) fn preferred(accepted: &str) -> Option<Language> {
    let mut languages: Vec<(f32, &str)> = accepted
        .split(',')
        .map(|range| match range.split_once(";q=") {
            Some((tag, weight)) => (weight.trim().parse().unwrap_or(0.0), tag.trim()),
            None => (1.0, range.trim()),
        })
        .collect();
    languages.sort_by(|a, b| b.0.total_cmp(&a.0));
    let mut ours = languages.iter().filter(|(weight, _)| *weight > 0.0);
    ours.find_map(|(_, tag)| Language::of(tag))
}

/// The language of a request whose answer has sentences: the preferred one of ours, or else English.
impl<S: Sync> FromRequestParts<S> for Language {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(accepted(&parts.headers).unwrap_or(Self::English))
    }
}

impl Argument for Language {}

/// The language of ours that a request prefers, if it accepts one.
pub(crate) fn accepted(headers: &HeaderMap) -> Option<Language> {
    preferred(headers.get(ACCEPT_LANGUAGE)?.to_str().ok()?)
}

/// The French of a text, if it is one of these sentences in English and French, in which `{}` stands for what
/// differs from one text to the next.
pub(crate) fn in_french(text: &str, sentences: &[[&str; 2]]) -> Option<String> {
    let as_it_is = |value: &str| value.to_owned();
    sentences.iter().find_map(|[english, french]| filled_like(text, english, french, &as_it_is))
}

/// [`in_french`], also for what stands in the gaps, which may be sentences of their own.
pub(crate) fn all_in_french(text: &str, sentences: &[[&str; 2]]) -> Option<String> {
    let say = |value: &str| all_in_french(value, sentences).unwrap_or_else(|| value.to_owned());
    sentences.iter().find_map(|[english, french]| filled_like(text, english, french, &say))
}

/// Fills the gaps of the French with what stands in those of the English, as `say` words it.
fn filled_like(
    text: &str,
    english: &str,
    french: &str,
    say: &dyn Fn(&str) -> String,
) -> Option<String> {
    let mut rest = text;
    let mut values = Vec::new();
    let last = english.matches("{}").count();
    for (place, part) in english.split("{}").enumerate() {
        let at = match place {
            0 => rest.starts_with(part).then_some(0)?,
            // It ends the message, though a value may hold the same: a decimal point.
            _ if place == last => rest.strip_suffix(part)?.len(),
            _ => rest.find(part)?,
        };
        if place > 0 {
            values.push(&rest[..at]);
        }
        rest = &rest[at + part.len()..];
    }
    let (mut said, mut end) = (french.to_owned(), String::new());
    for value in values {
        let gap = said.find("{}")?;
        end.push_str(&said[..gap]);
        end.push_str(&say(value));
        said.drain(..gap + 2);
    }
    end.push_str(&said);
    rest.is_empty().then_some(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_language_is_the_one_of_ours_that_is_preferred() {
        for (accepted, language) in [
            ("", None),
            ("de, *", None),
            ("en", Some(Language::English)),
            ("de-DE,de;q=0.9,en;q=0.8,fr;q=0.7", Some(Language::English)),
            ("en;q=0.2, fr-FR;q=0.9", Some(Language::French)),
            ("en;q=0, *", None),
        ] {
            assert_eq!(preferred(accepted), language, "{accepted:?}");
        }
    }
}
