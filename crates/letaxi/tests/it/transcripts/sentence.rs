//! The sentences of a story, and their parser.

use std::str::FromStr;
use std::time::Duration;

use axum::http::Method;
use registry::Role;

use super::shape::Shape;
use crate::world::{Behaviour, NewRank, Square, Stand};

/// A fact or an event.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Sentence {
    /// `op is an operator`
    Account { name: String, roles: Vec<Role> },
    /// `boss manages op`
    Manages { manager: String, account: String },
    /// `op's password is open sesame`
    Password { account: String, password: String },
    /// `op is called Taxis Bleus`
    Called { account: String, name: String },
    /// `op says it has 10 taxis`
    FleetSize { account: String, taxis: i32 },
    /// `town 75056 Paris is the square 2.2 48.8 2.5 48.9`
    Town { code: String, name: String, square: Square },
    /// `zone Paris joins 75056 93066`
    Zone { name: String, towns: Vec<String> },
    /// `no taxi may cruise in the square 2.5 48.9 2.6 49`
    Exclusion { square: Square },
    /// `rank 75056-T-001 Gare stands at 2.35 48.86 for 12 taxis with the phone 0144556677`,
    /// `rank 75056-T-002 Port fills the square 2.3 48.85 2.301 48.851`
    Rank(NewRank),
    /// `op has a free taxi T1 of 75056 on AB-123-CD at 2.35 48.86`
    Taxi {
        operator: String,
        name: String,
        free: bool,
        town: Option<String>,
        plate: Option<String>,
        at: Option<[f64; 2]>,
    },
    /// `op reports T1 at 2.35 48.86`
    Report { operator: String, taxi: String, at: [f64; 2] },
    /// `app hails T1 31 times at 2.35 48.86`
    Hails { client: String, taxi: String, times: u32, at: [f64; 2] },
    /// `31 seconds pass`
    Pass(Duration),
    /// `operators are not named`
    NeutralOperators,
    /// `taxis' ids are short-lived`
    ShortLivedIds,
    /// `the registry restarts`
    Restart,
    /// `op's server answers 200 {…}`, `op's server does not answer`, `op's server is down`
    Server { operator: String, behaviour: Behaviour },
    /// `op's server was sent {…}`, `op's server was sent nothing`
    Sent { operator: String, expected: Option<Shape> },
    /// `app POST /hails {…}`
    Call(Box<CallSentence>),
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
        let words: Vec<&str> = text.split_whitespace().collect();
        if let Some(head) = CallHead::read(text) {
            return Ok(Self::Call(Box::new(read_call(&head)?)));
        }
        if let Some((operator, rest)) = text.split_once("'s server ") {
            return read_server(operator.to_owned(), rest.trim());
        }
        let owned = |text: &str| text.to_owned();
        if let Some((account, password)) = text.split_once("'s password is ") {
            return Ok(Self::Password { account: owned(account), password: owned(password) });
        }
        Ok(match words[..] {
            ["the", "registry", "restarts"] => Self::Restart,
            ["operators", "are", "not", "named"] => Self::NeutralOperators,
            ["taxis'", "ids", "are", "short-lived"] => Self::ShortLivedIds,
            [number, unit, "pass" | "passes"] => Self::Pass(read_time(number, unit)?),
            [account, "is", "called", ref name @ ..] => {
                Self::Called { account: owned(account), name: name.join(" ") }
            }
            [account, "says", "it", "has", number, "taxis"] => {
                Self::FleetSize { account: owned(account), taxis: read_word(number, "number")? }
            }
            [name, "is", ref roles @ ..] => {
                Self::Account { name: owned(name), roles: read_roles(roles)? }
            }
            [manager, "manages", account] => {
                Self::Manages { manager: owned(manager), account: owned(account) }
            }
            ["town", code, ref name @ .., "is", "the", "square", w, s, e, n] => {
                let square = read_square([w, s, e, n])?;
                Self::Town { code: owned(code), name: name.join(" "), square }
            }
            ["zone", name, "joins", ref towns @ ..] => {
                let towns = towns.iter().copied().map(owned).collect();
                Self::Zone { name: owned(name), towns }
            }
            ["no", "taxi", "may", "cruise", "in", "the", "square", w, s, e, n] => {
                Self::Exclusion { square: read_square([w, s, e, n])? }
            }
            ["rank", id, ref words @ ..] => read_rank(id, words)?,
            [client, "hails", taxi, number, "times", "at", lon, lat] => Self::Hails {
                client: owned(client),
                taxi: owned(taxi),
                times: read_word(number, "number")?,
                at: [read_number(lon)?, read_number(lat)?],
            },
            [operator, "has", "a", "free", "taxi", name, ref details @ ..] => {
                read_taxi(operator, name, true, details)?
            }
            [operator, "has", "a", "taxi", name, ref details @ ..] => {
                read_taxi(operator, name, false, details)?
            }
            [operator, "reports", taxi, "at", lon, lat] => {
                let at = [read_number(lon)?, read_number(lat)?];
                Self::Report { operator: owned(operator), taxi: owned(taxi), at }
            }
            _ => return Err("no such sentence".to_owned()),
        })
    }
}

/// The part of a call before its body.
struct CallHead<'a> {
    who: &'a str,
    act_as: Option<&'a str>,
    once: Option<&'a str>,
    method: &'a str,
    path: &'a str,
    /// The rest of the text.
    body: &'a str,
}

impl<'a> CallHead<'a> {
    /// Parses it, if the text is a call.
    fn read(text: &'a str) -> Option<Self> {
        let is_method = |word: &str| {
            ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"].contains(&word)
        };
        let (who, rest) = next_word(text);
        let (act_as, rest) = match next_word(rest) {
            ("as", rest) => {
                let (name, rest) = next_word(rest);
                (Some(name), rest)
            }
            _ => (None, rest),
        };
        let (once, rest) = match next_word(rest) {
            ("with", rest) => {
                let (key, rest) = next_word(rest);
                (Some(key), rest)
            }
            _ => (None, rest),
        };
        let (method, rest) = next_word(rest);
        let (path, body) = next_word(rest);
        is_method(method).then_some(Self { who, act_as, once, method, path, body })
    }
}

/// First word of a text, and the rest after the space.
fn next_word(text: &str) -> (&str, &str) {
    let (word, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    (word, rest.trim_start())
}

/// True if a text is a call whose body ends with its line, JSON or not.
pub(super) fn is_raw_call(text: &str) -> bool {
    CallHead::read(text).is_some_and(|call| call.body.starts_with('['))
}

fn read_call(head: &CallHead<'_>) -> Result<CallSentence, String> {
    Ok(CallSentence {
        who: head.who.to_owned(),
        act_as: head.act_as.map(str::to_owned),
        once: head.once.map(str::to_owned),
        method: head.method.parse().expect("one of the list"),
        path: head.path.to_owned(),
        body: read_body(head.body.trim_end())?,
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

fn read_server(operator: String, text: &str) -> Result<Sentence, String> {
    let behaviour = match text {
        "does not answer" => Behaviour::Waits,
        "is down" => Behaviour::Down,
        "was sent nothing" => return Ok(Sentence::Sent { operator, expected: None }),
        text => {
            if let Some(json) = text.strip_prefix("was sent ") {
                let expected = Shape::read(json).map_err(|error| error.to_string())?;
                return Ok(Sentence::Sent { operator, expected: Some(expected) });
            }
            let answer = text.strip_prefix("answers ").ok_or("a server does no such thing")?;
            let (status, body) = answer.split_once(' ').unwrap_or((answer, ""));
            let status = read_word(status, "status")?;
            Behaviour::Answers(status, body.trim().to_owned())
        }
    };
    Ok(Sentence::Server { operator, behaviour })
}

/// `an operator and a client`, `an account without roles`
fn read_roles(words: &[&str]) -> Result<Vec<Role>, String> {
    if words == ["an", "account", "without", "roles"] {
        return Ok(Vec::new());
    }
    let roles = words.split(|word| *word == "and").map(|role| match role {
        ["an", "operator"] => Ok(Role::Operator),
        ["a", "client"] => Ok(Role::Client),
        ["an", "admin"] => Ok(Role::Admin),
        ["a", "group"] => Ok(Role::Group),
        ["a", "publisher"] => Ok(Role::Publisher),
        other => Err(format!("{} is no role", other.join(" "))),
    });
    roles.collect()
}

fn read_taxi(
    operator: &str,
    name: &str,
    free: bool,
    mut details: &[&str],
) -> Result<Sentence, String> {
    let (mut town, mut plate, mut at) = (None, None, None);
    while !details.is_empty() {
        details = match details {
            ["of", code, rest @ ..] => {
                town = Some((*code).to_owned());
                rest
            }
            ["on", text, rest @ ..] => {
                plate = Some((*text).to_owned());
                rest
            }
            ["at", lon, lat, rest @ ..] => {
                at = Some([read_number(lon)?, read_number(lat)?]);
                rest
            }
            other => return Err(format!("{} says nothing of a taxi", other.join(" "))),
        };
    }
    Ok(Sentence::Taxi {
        operator: operator.to_owned(),
        name: name.to_owned(),
        free,
        town,
        plate,
        at,
    })
}

/// `Gare du Nord stands at 2.35 48.86 for 12 taxis with the phone 0144556677`
fn read_rank(id: &str, words: &[&str]) -> Result<Sentence, String> {
    let verb = words.iter().position(|word| ["stands", "fills"].contains(word));
    let (name, words) = words.split_at(verb.ok_or("the rank is nowhere")?);
    let (stand, mut details) = match words {
        ["stands", "at", lon, lat, details @ ..] => {
            (Stand::At([read_number(lon)?, read_number(lat)?]), details)
        }
        ["fills", "the", "square", w, s, e, n, details @ ..] => {
            (Stand::Fills(read_square([w, s, e, n])?), details)
        }
        other => return Err(format!("{} is no place", other.join(" "))),
    };
    let (mut spaces, mut phone) = (None, None);
    while !details.is_empty() {
        details = match details {
            ["for", number, "taxis", rest @ ..] => {
                spaces = Some(read_word(number, "number")?);
                rest
            }
            ["with", "the", "phone", number, rest @ ..] => {
                phone = Some((*number).to_owned());
                rest
            }
            other => return Err(format!("{} says nothing of a rank", other.join(" "))),
        };
    }
    Ok(Sentence::Rank(NewRank { id: id.to_owned(), name: name.join(" "), stand, spaces, phone }))
}

fn read_time(number: &str, unit: &str) -> Result<Duration, String> {
    let number: u64 = read_word(number, "number")?;
    let seconds = match unit.trim_end_matches('s') {
        "second" => 1,
        "minute" => 60,
        "hour" => 60 * 60,
        "day" => 24 * 60 * 60,
        _ => return Err(format!("{unit} is no unit of time")),
    };
    Ok(Duration::from_secs(number * seconds))
}

fn read_square(corners: [&str; 4]) -> Result<Square, String> {
    let [west, south, east, north] = corners.map(read_number);
    Ok([west?, south?, east?, north?])
}

fn read_number(word: &str) -> Result<f64, String> {
    read_word(word, "number")
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

    #[test]
    fn what_is_no_sentence_is_refused() {
        for text in [
            "op sleeps",
            "op is a cook",
            "3 weeks pass",
            "op has a taxi T1 near Paris",
            "rank 75056-T-001 Gare stands still",
            "rank 75056-T-001 Gare",
        ] {
            assert!(Sentence::read(text).is_err(), "{text}");
        }
    }
}
