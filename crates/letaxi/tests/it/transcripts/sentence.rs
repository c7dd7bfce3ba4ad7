//! The sentences of a story: calls, and the facts and events around them.

use std::str::FromStr;
use std::sync::LazyLock;

use axum::http::Method;
use regex_lite::{Captures, Regex};

use super::shape::Shape;

/// A fact or an event.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Sentence {
    /// `app POST /hails {…}`
    Call(Box<CallSentence>),
    /// `op's server was sent {…}`, `op's server was sent nothing`
    Sent { operator: String, expected: Option<Shape> },
    /// Any other text: see [`super::fact::happens`].
    Fact(String),
}

/// `boss as op POST /drivers [text/plain] Hello`: caller and call.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct CallSentence {
    /// Account whose key is sent, or [`NOBODY`], or [`STRANGER`].
    pub(super) who: String,
    /// Account as which it acts.
    pub(super) act_as: Option<String>,
    /// Idempotency key: `app with key-1 POST /hails {…}`.
    pub(super) once: Option<String>,
    pub(super) method: Method,
    pub(super) path: String,
    pub(super) body: Body,
}

/// Body of a call.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Body {
    Nothing,
    /// JSON with the content type of JSON.
    Json(Shape),
    /// Any text, with its content type or without one.
    Raw {
        content_type: Option<String>,
        text: String,
    },
}

/// Calls without a key.
pub(super) const NOBODY: &str = "nobody";

/// Calls with an unknown key.
pub(super) const STRANGER: &str = "stranger";

/// The text in brackets before a body without a content type.
const NO_CONTENT_TYPE: &str = "no content type";

impl Sentence {
    /// Parses a sentence.
    pub(super) fn read(text: &str) -> Result<Self, String> {
        if let Some(call) = CALL.captures(text) {
            return Ok(Self::Call(Box::new(read_call(&call)?)));
        }
        let Some((operator, sent)) = text.split_once("'s server was sent ") else {
            return Ok(Self::Fact(text.to_owned()));
        };
        let shape = (sent.trim() != "nothing").then(|| Shape::read(sent)).transpose();
        let expected = shape.map_err(|error| error.to_string())?;
        Ok(Self::Sent { operator: operator.to_owned(), expected })
    }
}

/// A call: who, for whom, with which key, method, path, and the rest of the text, its body.
static CALL: LazyLock<Regex> = LazyLock::new(|| {
    let methods = "GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS";
    let parts = [r"(\S+)(?:\s+as\s+(\S+))?(?:\s+with\s+(\S+))?\s+(", methods, r")\s+(\S+)\s*(.*)"];
    Regex::new(&format!("^{}$", parts.concat())).unwrap()
});

/// True if a text is a call whose body ends with its line, JSON or not.
pub(super) fn is_raw_call(text: &str) -> bool {
    CALL.captures(text).is_some_and(|call| call[6].starts_with('['))
}

fn read_call(call: &Captures<'_>) -> Result<CallSentence, String> {
    let word = |index| call.get(index).map(|word| word.as_str().to_owned());
    Ok(CallSentence {
        who: call[1].to_owned(),
        act_as: word(2),
        once: word(3),
        method: call[4].parse().expect("one of the list"),
        path: call[5].to_owned(),
        body: read_body(call[6].trim_end())?,
    })
}

fn read_body(text: &str) -> Result<Body, String> {
    if text.is_empty() {
        return Ok(Body::Nothing);
    }
    let Some(bracket) = text.strip_prefix('[') else {
        return Shape::read(text).map(Body::Json).map_err(|error| error.to_string());
    };
    let (content_type, text) = bracket.split_once(']').ok_or("a bracket is not closed")?;
    let content_type = Some(content_type.to_owned()).filter(|text| text != NO_CONTENT_TYPE);
    Ok(Body::Raw { content_type, text: text.trim().to_owned() })
}

/// Parses a word of this kind.
pub(super) fn read_word<T: FromStr>(word: &str, kind: &str) -> Result<T, String> {
    word.parse().ok().ok_or_else(|| format!("{word} is no {kind}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_tells_who_for_whom_what_and_with_what() {
        let read = |text| match Sentence::read(text) {
            Ok(Sentence::Call(call)) => *call,
            other => panic!("{other:?}"),
        };
        let call = read("boss as op   PUT /taxis/T1 [text/plain] so, {what");
        assert_eq!((call.who.as_str(), call.act_as.as_deref()), ("boss", Some("op")));
        let text = "so, {what".to_owned();
        assert_eq!(call.body, Body::Raw { content_type: Some("text/plain".to_owned()), text });
        let call = read("app POST /hails [no content type]");
        assert_eq!(call.body, Body::Raw { content_type: None, text: String::new() });
        assert_eq!(read("app GET /taxis").body, Body::Nothing);
    }
}
