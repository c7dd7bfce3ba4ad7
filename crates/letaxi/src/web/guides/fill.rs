//! Values in the text of a guide, written as `{{name}}`: of this registry's settings, and of tables of the program.

use std::fmt::Write;
use std::time::Duration;

use dispatch::eligibility::POSITION_LIFE_S;
use dispatch::hail::{Cause, RULES};

use crate::api::language::Language;
use crate::app::App;
use crate::app::account::limits::MOST_KEYS;
use crate::app::fleet::report::MAX_POSITIONS;
use crate::server::body::MAX_BODY_BYTES;
use crate::web::reader::Reader;

/// Sentences of refusals in English and French; `{}` stands for what differs.
pub(crate) type Refusals = &'static [[&'static str; 2]];

/// Replaces each `{{name}}` by its value; one without a value stays as it is, and a test finds it.
pub(in crate::web) fn fill(text: &str, value: &dyn Fn(&str) -> Option<String>) -> String {
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("{{") {
        filled.push_str(before);
        let found = after.split_once("}}").and_then(|(name, next)| Some((value(name)?, next)));
        if let Some((value, next)) = found {
            filled.push_str(&value);
            rest = next;
        } else {
            filled.push_str("{{");
            rest = after;
        }
    }
    filled + rest
}

/// Values that are the same in every registry.
pub(in crate::web) fn of_the_program(
    name: &str,
    language: Language,
    refusals: Refusals,
) -> Option<String> {
    Some(match name {
        "api" => "/doc/api".to_owned(),
        "console" => "/console/".to_owned(),
        "stories" => "/doc/stories".to_owned(),
        "steps" => steps(language),
        "deadlines" => deadlines(language),
        "refusals" => sentences(language, refusals),
        "position_life_s" => POSITION_LIFE_S.to_string(),
        "positions" => MAX_POSITIONS.to_string(),
        "keys" => MOST_KEYS.to_string(),
        "body_kib" => (MAX_BODY_BYTES / 1024).to_string(),
        "version" => env!("CARGO_PKG_VERSION").to_owned(),
        _ => return None,
    })
}

/// Values of this registry.
pub(in crate::web) fn of_the_registry(name: &str, app: &App, reader: &Reader) -> Option<String> {
    let settings = app.settings();
    let (limits, kept, identity) = (&settings.limits, settings.kept, &settings.identity);
    let rate = |number: u32| match number {
        0 => reader.say("no limit", "aucune limite").to_owned(),
        number => number.to_string(),
    };
    Some(match name {
        "url" => reader.url.clone(),
        "name" => escaped(&identity.name),
        "contact" => identity.contact.as_ref().map_or_else(
            || reader.say("not given yet", "pas encore indiqué").to_owned(),
            |contact| format!("[{}]({})", escaped(contact.text()), contact.link()),
        ),
        "ask" => identity.contact.as_ref().map_or_else(String::new, |contact| {
            format!(" ([{}]({}))", escaped(contact.text()), contact.link())
        }),
        "controller" => identity
            .controller
            .as_deref()
            .map_or_else(|| reader.say("not given yet", "pas encore indiqué").to_owned(), escaped),
        "requests_per_s" => rate(limits.requests_per_s),
        "requests_burst" => rate(limits.requests_burst),
        "positions_per_s" => rate(limits.positions_per_s),
        "stranger_requests_per_s" => rate(limits.stranger_requests_per_s),
        "exact_places_days" => kept.exact_places.to_string(),
        "hails_days" => kept.hails.to_string(),
        "taxis_days" => kept.taxis.to_string(),
        "inspections_days" => kept.inspections.to_string(),
        "activity_days" => kept.activity.to_string(),
        _ => return None,
    })
}

/// A text of the settings, without a meaning in Markdown.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        if letter.is_ascii_punctuation() {
            escaped.push('\\');
        }
        escaped.push(letter);
    }
    escaped
}

/// The steps of a hail as a table.
fn steps(language: Language) -> String {
    let say = |english, french| language.choose(english, french);
    let mut text = say(
        "| from | to | by | the taxi becomes |\n|---|---|---|---|\n",
        "| de | à | par | le taxi devient |\n|---|---|---|---|\n",
    )
    .to_owned();
    for rule in RULES {
        let by = match rule.cause {
            Cause::Operator => say("operator", "opérateur").to_owned(),
            Cause::Client => say("app", "application").to_owned(),
            Cause::Registry => say("registry", "registre").to_owned(),
            Cause::Silence(time) => format!("{} {}", say("after", "après"), span(time)),
        };
        let taxi = rule.taxi.status().map_or("–".to_owned(), |status| format!("`{status}`"));
        writeln!(text, "| `{}` | `{}` | {by} | {taxi} |", rule.from, rule.to)
            .expect("a text takes all that is written to it");
    }
    text
}

/// The deadlines of a hail as a table.
fn deadlines(language: Language) -> String {
    let say = |english, french| language.choose(english, french);
    let mut text = say(
        "| status | for at most | then |\n|---|---|---|\n",
        "| statut | au plus | puis |\n|---|---|---|\n",
    )
    .to_owned();
    for rule in RULES {
        if let Cause::Silence(time) = rule.cause {
            writeln!(text, "| `{}` | {} | `{}` |", rule.from, span(time), rule.to)
                .expect("a text takes all that is written to it");
        }
    }
    text
}

fn span(time: Duration) -> String {
    match time.as_secs() {
        s if s % 3_600 == 0 => format!("{}\u{a0}h", s / 3_600),
        s if s % 60 == 0 => format!("{}\u{a0}min", s / 60),
        s => format!("{s}\u{a0}s"),
    }
}

/// The sentences of the newer calls, in both languages for French readers.
fn sentences(language: Language, refusals: Refusals) -> String {
    let mut text = String::new();
    for [english, french] in refusals {
        let shown = |text: &str| text.replace("{}", "…");
        match language {
            Language::English => writeln!(text, "- `{}`", shown(english)),
            Language::French => {
                writeln!(text, "- `{}` – «\u{a0}{}\u{a0}»", shown(english), shown(&spaced(french)))
            }
        }
        .expect("a text takes all that is written to it");
    }
    text
}

/// A French text with round apostrophes, and spaces that do not break before its signs.
pub(in crate::web) fn spaced(text: &str) -> String {
    let text = [" :", " ;", " ?", " !"].iter().fold(text.replace('\'', "’"), |text, sign| {
        text.replace(sign, &sign.replace(' ', "\u{a0}"))
    });
    text.replace("{} s", "{}\u{a0}s")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_stand_in_place_of_their_names() {
        let value = |name: &str| (name == "a").then(|| "1".to_owned());
        assert_eq!(fill("{{a}} and {{b}} and {{a}}, {{", &value), "1 and {{b}} and 1, {{");
    }

    #[test]
    fn the_table_of_steps_has_each_rule() {
        let table = steps(Language::French);
        assert_eq!(table.lines().count(), RULES.len() + 2);
        assert!(
            table.contains("| `received_by_taxi` | `timeout_taxi` | après 30\u{a0}s | `off` |"),
            "{table}"
        );
        assert!(deadlines(Language::English).contains("| `accepted_by_customer` | 30\u{a0}min |"));
    }

    #[test]
    fn a_name_means_nothing_in_markdown() {
        assert_eq!(escaped("[Taxis](x) *é*"), r"\[Taxis\]\(x\) \*é\*");
    }
}
