//! JSON as shown on a page: fields in their order, and `…` for hidden parts.

use std::fmt;

use indexmap::IndexMap;
use serde::Deserialize;
use serde_json::Number;

/// Mark for hidden parts.
pub(super) const MORE: &str = "…";

/// A JSON value with hidden parts.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(from = "Json")]
pub(super) enum Shape {
    /// `…`: any value.
    Any,
    Null,
    Bool(bool),
    Number(Number),
    Text(String),
    /// Elements, and true if there may be more.
    List(Vec<Shape>, bool),
    /// Fields, and true if there may be others.
    Object(Vec<(String, Shape)>, bool),
}

impl Shape {
    /// Parses JSON in which `…` may stand for a value, the rest of a list or the rest of an object.
    pub(super) fn read(text: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(&without_marks(text))
    }

    /// A text of several lines.
    pub(super) fn of_lines<'a>(lines: impl Iterator<Item = &'a str>) -> Self {
        Self::Text(lines.collect::<Vec<_>>().join("\n"))
    }

    /// True if the text of a value continues after `text`: a bracket is not closed yet.
    pub(super) fn goes_on(text: &str) -> bool {
        let depth = outside_of_texts(text).fold(0, |depth, (_, c)| match c {
            '{' | '[' => depth + 1,
            '}' | ']' => depth - 1,
            _ => depth,
        });
        depth > 0
    }

    /// True if it is neither a list nor an object nor unknown.
    pub(super) fn is_plain(&self) -> bool {
        matches!(self, Self::Null | Self::Bool(_) | Self::Number(_) | Self::Text(_))
    }

    /// A value as a part of a path or a sentence: a text without quotes.
    pub(super) fn in_path(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            other => other.to_string(),
        }
    }

    /// The field of an object.
    pub(super) fn field(&self, name: &str) -> Option<&Self> {
        match self {
            Self::Object(fields, _) => {
                fields.iter().find(|(of, _)| of == name).map(|(_, value)| value)
            }
            _ => None,
        }
    }
}

/// The JSON text with each `…` as the text `"…"`; as a field's name it gets a value.
fn without_marks(text: &str) -> String {
    let (mut json, mut done) = (String::new(), 0);
    let (mut open, mut before) = (Vec::new(), ' ');
    for (index, c) in outside_of_texts(text) {
        match c {
            '{' | '[' => open.push(c),
            '}' | ']' => drop(open.pop()),
            '…' => {
                json.push_str(&text[done..index]);
                let field = open.last() == Some(&'{') && matches!(before, '{' | ',');
                json.push_str(if field { "\"…\": null" } else { "\"…\"" });
                done = index + MORE.len();
            }
            _ => {}
        }
        if !c.is_whitespace() {
            before = c;
        }
    }
    json + &text[done..]
}

/// Characters of a JSON text outside of its strings, with their positions.
fn outside_of_texts(text: &str) -> impl Iterator<Item = (usize, char)> {
    let (mut inside, mut escaped) = (false, false);
    text.char_indices().filter(move |(_, c)| match c {
        _ if escaped => {
            escaped = false;
            false
        }
        '\\' if inside => {
            escaped = true;
            false
        }
        '"' => {
            inside = !inside;
            true
        }
        _ => !inside,
    })
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Any => f.write_str(MORE),
            Self::Null => f.write_str("null"),
            Self::Bool(value) => write!(f, "{value}"),
            Self::Number(value) => write!(f, "{value}"),
            Self::Text(text) => f.write_str(&quoted(text)),
            Self::List(elements, more) => {
                write_all(f, ['[', ']'], elements.iter().map(ToString::to_string), *more)
            }
            Self::Object(fields, more) => {
                let fields =
                    fields.iter().map(|(name, value)| format!("{}: {value}", quoted(name)));
                write_all(f, ['{', '}'], fields, *more)
            }
        }
    }
}

fn write_all(
    f: &mut fmt::Formatter<'_>,
    [open, close]: [char; 2],
    items: impl Iterator<Item = String>,
    more: bool,
) -> fmt::Result {
    let items: Vec<String> = items.chain(more.then(|| MORE.to_owned())).collect();
    write!(f, "{open}{}{close}", items.join(", "))
}

/// A string in JSON syntax.
pub(super) fn quoted(text: &str) -> String {
    serde_json::to_string(text).expect("a text always becomes JSON")
}

/// JSON with fields in their order, and marks as texts.
#[derive(Deserialize)]
#[serde(untagged)]
enum Json {
    Null,
    Bool(bool),
    Number(Number),
    Text(String),
    List(Vec<Shape>),
    Object(IndexMap<String, Shape>),
}

impl From<Json> for Shape {
    fn from(json: Json) -> Self {
        match json {
            Json::Null => Self::Null,
            Json::Bool(value) => Self::Bool(value),
            Json::Number(value) => Self::Number(value),
            Json::Text(text) if text == MORE => Self::Any,
            Json::Text(text) => Self::Text(text),
            Json::List(mut elements) => {
                let more = elements.pop_if(|last| *last == Self::Any).is_some();
                Self::List(elements, more)
            }
            Json::Object(mut fields) => {
                let more = fields.shift_remove(MORE).is_some();
                Self::Object(fields.into_iter().collect(), more)
            }
        }
    }
}

#[test]
fn a_shape_reads_as_it_is_written() {
    for text in [
        r#"{"data": [{"id": "H1", "taxi": …, "position": {"lon": 2.35, …}, …}]}"#,
        r#"[1, "a, {b} \"…\" c", null, true, …]"#,
        r"{…}",
        "…",
        "[[], {}]",
    ] {
        assert_eq!(Shape::read(text).unwrap().to_string(), text);
    }
    assert!(Shape::read("{… \"a\": 1}").is_err());
    assert!(Shape::goes_on(r#"{"a": "}", "b": ["#));
    assert!(!Shape::goes_on(r#"{"a": "{"}"#));
}
