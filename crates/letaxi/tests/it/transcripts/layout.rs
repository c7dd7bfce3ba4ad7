//! Layout of an answer on a page: one line if it fits, else filled line by line.

use super::shape::{MORE, Shape, quoted};

/// Maximum length of a line, in characters.
const WIDTH: usize = 100;

/// Writes a value after `before`, over as many lines as needed.
pub(super) fn lines(before: &str, shape: &Shape) -> Vec<String> {
    let mut page = Lines { done: Vec::new(), line: before.to_owned() };
    page.write(shape, 0, 0);
    page.done.push(page.line);
    page.done
}

struct Lines {
    done: Vec<String>,
    line: String,
}

impl Lines {
    /// Writes a value. `tail` is the number of characters that must fit after it.
    fn write(&mut self, shape: &Shape, indent: usize, tail: usize) {
        let flat = shape.to_string();
        if length(&self.line) + length(&flat) + tail <= WIDTH {
            self.line.push_str(&flat);
            return;
        }
        match shape {
            Shape::List(elements, more) => {
                let items: Vec<_> = elements.iter().map(|value| (String::new(), value)).collect();
                self.fill(['[', ']'], &items, *more, indent, tail);
            }
            Shape::Object(fields, more) => {
                let name = |name: &String| format!("{}: ", quoted(name));
                let items: Vec<_> = fields.iter().map(|(n, value)| (name(n), value)).collect();
                self.fill(['{', '}'], &items, *more, indent, tail);
            }
            _ => self.line.push_str(&flat),
        }
    }

    fn fill(
        &mut self,
        [open, close]: [char; 2],
        items: &[(String, &Shape)],
        more: bool,
        indent: usize,
        tail: usize,
    ) {
        self.line.push(open);
        if let ([(name, value @ (Shape::List(..) | Shape::Object(..)))], false) = (items, more) {
            // An only child with children stays on the line: `{"data": [{`.
            self.line.push_str(name);
            self.write(value, indent, tail + 1);
            self.line.push(close);
            return;
        }
        let inner = indent + 2;
        self.break_line(inner);
        for (index, (name, value)) in items.iter().enumerate() {
            let last = index + 1 == items.len() && !more;
            let flat = length(name) + length(&value.to_string()) + 1;
            self.separate(flat, inner);
            let lines = self.done.len();
            self.line.push_str(name);
            self.write(value, inner, 1);
            if !last {
                self.line.push(',');
                if self.done.len() > lines {
                    // A value of several lines is easier to see if nothing follows it.
                    self.break_line(inner);
                }
            }
        }
        if more {
            self.separate(1, inner);
            self.line.push_str(MORE);
        }
        self.break_line(indent);
        self.line.push(close);
    }

    /// Continues after a space, or on a new line if the next `width` characters would not fit.
    fn separate(&mut self, width: usize, indent: usize) {
        if self.line.trim().is_empty() {
            return;
        }
        if length(&self.line) + 1 + width <= WIDTH {
            self.line.push(' ');
        } else {
            self.break_line(indent);
        }
    }

    fn break_line(&mut self, indent: usize) {
        let line = std::mem::replace(&mut self.line, " ".repeat(indent));
        self.done.push(line.trim_end().to_owned());
    }
}

fn length(text: &str) -> usize {
    text.chars().count()
}

#[test]
fn a_long_answer_is_filled_line_by_line() {
    let long = "x".repeat(60);
    let text = format!(
        r#"{{"data": [{{"id": "H1", "status": "received", "taxi": {{"a": "{long}", "b": [1, 2], "c": {{}}}}, "d": 1, "e": "{long}", …}}]}}"#
    );
    let expected = format!(
        r#"201 {{"data": [{{
  "id": "H1", "status": "received",
  "taxi": {{
    "a": "{long}", "b": [1, 2], "c": {{}}
  }},
  "d": 1, "e": "{long}", …
}}]}}"#
    );
    let shape = Shape::read(&text).unwrap();
    assert_eq!(lines("201 ", &shape).join("\n"), expected);
    assert_eq!(lines("200 ", &Shape::List(Vec::new(), true)), ["200 […]"]);
}
