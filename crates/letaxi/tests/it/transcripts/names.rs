//! Names for unknown ids in stories, such as `H1`; comparison and display of answers with them.

use std::collections::BTreeMap;

use super::shape::Shape;

/// Values of names. The first answer that shows a name sets its value.
#[derive(Clone, Debug, Default)]
pub(super) struct Names(BTreeMap<String, Shape>);

/// True if a text is a name: a capital letter, which gives the kind, and a number.
pub(super) fn is_name(text: &str) -> bool {
    let mut chars = text.chars();
    let kind = chars.next().is_some_and(|c| c.is_ascii_uppercase());
    kind && (2..=3).contains(&text.len()) && chars.all(|c| c.is_ascii_digit())
}

impl Names {
    /// Gives a name to a text.
    pub(super) fn name(&mut self, name: &str, text: String) {
        self.0.insert(name.to_owned(), Shape::Text(text));
    }

    /// Replaces names in a path or a JSON value by their values.
    pub(super) fn resolve_path(&self, path: &str) -> Result<String, String> {
        let is_end = |c: char| matches!(c, '/' | '?' | '&' | '=');
        path.split_inclusive(is_end)
            .map(|part| {
                let word = part.trim_end_matches(is_end);
                let value = self.resolve(&Shape::Text(word.to_owned()))?;
                Ok(value.in_path() + &part[word.len()..])
            })
            .collect()
    }

    /// Replaces names in a value by their values.
    pub(super) fn resolve(&self, shape: &Shape) -> Result<Shape, String> {
        Ok(match shape {
            Shape::Text(text) if is_name(text) => {
                let value = self.0.get(text);
                value.cloned().ok_or_else(|| format!("{text} stands for nothing yet"))?
            }
            Shape::List(elements, false) => {
                let elements = elements.iter().map(|element| self.resolve(element));
                Shape::List(elements.collect::<Result<_, _>>()?, false)
            }
            Shape::Object(fields, false) => {
                let field = |(name, value): &(String, Shape)| -> Result<_, String> {
                    Ok((name.clone(), self.resolve(value)?))
                };
                Shape::Object(fields.iter().map(field).collect::<Result<_, _>>()?, false)
            }
            Shape::Any | Shape::List(..) | Shape::Object(..) => {
                return Err("… cannot be sent".to_owned());
            }
            plain => plain.clone(),
        })
    }

    /// Lists the differences of `actual` from `expected`; sets new names.
    pub(super) fn differences(&mut self, expected: &Shape, actual: &Shape) -> Vec<String> {
        let mut differences = Vec::new();
        self.compare(expected, actual, "", &mut differences);
        differences
    }

    fn compare(&mut self, expected: &Shape, actual: &Shape, at: &str, found: &mut Vec<String>) {
        let mut differs = |at: &str, text: String| {
            found.push(format!("{}: {text}", if at.is_empty() { "the whole" } else { at }));
        };
        match (expected, actual) {
            (Shape::Any, _) => {}
            (Shape::Text(name), _) if is_name(name) => {
                if let Err(text) = self.learn(name, actual) {
                    differs(at, text);
                }
            }
            (Shape::Text(expected), Shape::Text(actual)) if self.in_words(expected) == *actual => {}
            (Shape::Number(expected), Shape::Number(actual)) if close(expected, actual) => {}
            (Shape::List(expected, more), Shape::List(actual, _)) => {
                if actual.len() < expected.len() || (!more && actual.len() > expected.len()) {
                    differs(at, format!("{} elements, not {}", actual.len(), expected.len()));
                }
                for (index, (expected, actual)) in expected.iter().zip(actual).enumerate() {
                    self.compare(expected, actual, &inside(at, &index.to_string()), found);
                }
            }
            (Shape::Object(fields, more), Shape::Object(others, _)) => {
                for (name, _) in others.iter().filter(|_| !more) {
                    if expected.field(name).is_none() {
                        differs(&inside(at, name), "not expected".to_owned());
                    }
                }
                for (name, expected) in fields {
                    let at = inside(at, name);
                    match actual.field(name) {
                        Some(actual) => self.compare(expected, actual, &at, found),
                        None => found.push(format!("{at}: missing")),
                    }
                }
            }
            _ if expected == actual => {}
            _ => differs(at, format!("{actual}, not {expected}")),
        }
    }

    /// Compares or sets the value of a name. Two names of a kind have different values.
    fn learn(&mut self, name: &str, actual: &Shape) -> Result<(), String> {
        match (self.0.get(name), self.name_of(actual, &name[..1])) {
            (Some(known), _) if known == actual => Ok(()),
            (_, Some(other)) => Err(format!("{other}, not {name}")),
            (Some(known), None) => Err(format!("{actual}, not {name}, which is {known}")),
            (None, None) if actual.is_plain() && *actual != Shape::Null => {
                self.0.insert(name.to_owned(), actual.clone());
                Ok(())
            }
            (None, None) => Err(format!("{actual}, which cannot be named {name}")),
        }
    }

    fn name_of(&self, actual: &Shape, kind: &str) -> Option<&str> {
        let mut names = self.0.iter().filter(|(name, _)| name.starts_with(kind));
        names.find(|(_, value)| *value == actual).map(|(name, _)| name.as_str())
    }

    /// The shape of `actual` for a page that showed `before`: the same fields, and names for known values.
    pub(super) fn show(&mut self, before: &Shape, actual: &Shape) -> Shape {
        match (before, actual) {
            (Shape::Any, _) => Shape::Any,
            (Shape::Text(name), _) if is_name(name) && self.learn(name, actual).is_ok() => {
                before.clone()
            }
            (Shape::Text(text), Shape::Text(actual)) if self.in_words(text) == *actual => {
                before.clone()
            }
            (Shape::Number(expected), Shape::Number(actual)) if close(expected, actual) => {
                before.clone()
            }
            (_, Shape::List(elements, _)) => {
                let (shown, more) = match before {
                    Shape::List(shown, more) => (shown.as_slice(), *more),
                    _ => (&[][..], false),
                };
                let length = if more { shown.len() } else { elements.len() };
                let elements = elements.iter().take(length).enumerate();
                let show =
                    |(index, element)| self.show(shown.get(index).unwrap_or(&Shape::Null), element);
                Shape::List(elements.map(show).collect(), more)
            }
            (_, Shape::Object(fields, _)) => {
                let (shown, more) = match before {
                    Shape::Object(shown, more) => (shown.as_slice(), *more),
                    _ => (&[][..], false),
                };
                let known = shown
                    .iter()
                    .filter_map(|(name, before)| Some((name, before, actual.field(name)?)));
                let new = fields.iter().filter(|(name, _)| !more && before.field(name).is_none());
                let all = known.chain(new.map(|(name, value)| (name, &Shape::Null, value)));
                let show = |(name, before, value): (&String, _, _)| {
                    (name.clone(), self.show(before, value))
                };
                Shape::Object(all.map(show).collect(), more)
            }
            (_, Shape::Text(text)) => match self.name_of(actual, "") {
                Some(name) => Shape::Text(name.to_owned()),
                None => Shape::Text(self.names_in(text)),
            },
            _ => actual.clone(),
        }
    }

    /// Replaces names in a sentence or a path by their values: "Unknown taxi T1, or …".
    fn in_words(&self, sentence: &str) -> String {
        self.each_word(sentence, |word| Some(self.0.get(word)?.in_path()))
    }

    /// Replaces known values in a sentence by their names.
    fn names_in(&self, sentence: &str) -> String {
        self.each_word(sentence, |word| {
            self.name_of(&Shape::Text(word.to_owned()), "").map(str::to_owned)
        })
    }

    fn each_word(&self, sentence: &str, change: impl Fn(&str) -> Option<String>) -> String {
        if self.0.is_empty() {
            return sentence.to_owned();
        }
        let changed = sentence.split_inclusive([' ', '/']).map(|part| {
            let word = part.trim_end_matches([' ', '/', ',', '.']);
            match change(word) {
                Some(new) => new + &part[word.len()..],
                None => part.to_owned(),
            }
        });
        changed.collect()
    }
}

fn inside(at: &str, part: &str) -> String {
    if at.is_empty() { part.to_owned() } else { format!("{at}.{part}") }
}

/// True if two numbers are equal except for the last digits, in which machines differ.
fn close(a: &serde_json::Number, b: &serde_json::Number) -> bool {
    match (a.as_f64(), b.as_f64()) {
        (Some(a), Some(b)) => (a - b).abs() <= 1e-9 * a.abs().max(b.abs()),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(text: &str) -> Shape {
        Shape::read(text).unwrap()
    }

    #[test]
    fn an_answer_fits_what_is_shown_of_it_and_nothing_else() {
        for (expected, actual, differences) in [
            (r#"{"a": 1, …}"#, r#"{"a": 1.0, "b": 2}"#, ""),
            (r#"{"a": 1}"#, r#"{"a": 1, "b": 2}"#, "b: not expected"),
            (r#"{"a": …, "b": 2}"#, r#"{"a": null}"#, "b: missing"),
            (r#"{"a": [1, …]}"#, r#"{"a": [1, 2]}"#, ""),
            (r#"{"a": [1]}"#, r#"{"a": [2, 3]}"#, "a: 2 elements, not 1; a.0: 2, not 1"),
            (r"[1, …]", "[]", "the whole: 0 elements, not 1"),
            (r#"{"id": "H1", "again": "H1"}"#, r#"{"id": "x", "again": "x"}"#, ""),
            (r#"["H1", "H1"]"#, r#"["x", "y"]"#, r#"1: "y", not H1, which is "x""#),
            (r#"["H1", "H2"]"#, r#"["x", "x"]"#, "1: H1, not H2"),
            (r#"["H1", "T1"]"#, r#"["x", "x"]"#, ""),
            (r#"["H1"]"#, "[null]", "0: null, which cannot be named H1"),
            (r#"["T1", "no T1, T2."]"#, r#"["x", "no x, T2."]"#, ""),
            (r#"["T1", "/taxis/T1/"]"#, r#"["x", "/taxis/x/"]"#, ""),
            ("true", "1", "the whole: 1, not true"),
        ] {
            let found = Names::default().differences(&shape(expected), &shape(actual));
            assert_eq!(found.join("; "), differences, "{expected} {actual}");
        }
    }

    #[test]
    fn an_update_shows_the_same_fields_with_new_values() {
        let mut names = Names::default();
        names.name("T1", "abc".to_owned());
        for (before, actual, after) in [
            (r#"{"b": 1, …}"#, r#"{"a": 0, "b": 2}"#, r#"{"b": 2, …}"#),
            (r#"{"b": 1, "c": …}"#, r#"{"c": 3, "a": "abc"}"#, r#"{"c": …, "a": "T1"}"#),
            (r#"["H1", "T2", …]"#, r#"["x", "abc", 3]"#, r#"["H1", "T1", …]"#),
            ("null", r#""is abc.""#, r#""is T1.""#),
            ("1.50", "1.5", "1.5"),
        ] {
            let shown = names.show(&shape(before), &shape(actual));
            assert_eq!(shown, shape(after), "{before} {actual}");
        }
    }

    #[test]
    fn names_are_resolved_in_paths_and_documents() {
        let mut names = Names::default();
        names.name("T1", "abc".to_owned());
        names.differences(&shape(r#"["V1"]"#), &shape("[12]"));
        assert_eq!(names.resolve_path("/taxis/T1/?v=V1").unwrap(), "/taxis/abc/?v=12");
        let sent =
            names.resolve(&shape(r#"{"taxi": "T1", "vehicle_id": "V1", "x": "T"}"#)).unwrap();
        assert_eq!(sent.to_string(), r#"{"taxi": "abc", "vehicle_id": 12, "x": "T"}"#);
        assert_eq!(names.resolve_path("/taxis/T2").unwrap_err(), "T2 stands for nothing yet");
    }
}
