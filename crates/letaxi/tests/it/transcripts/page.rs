//! Parser for a page of stories: Markdown with code blocks.

use std::ops::Range;
use std::path::Path;

use super::layout;
use super::sentence::{Sentence, is_raw_call, read_word};
use super::shape::Shape;

/// A parsed page.
#[derive(Debug)]
pub(super) struct Page {
    pub(super) lines: Vec<String>,
    pub(super) stories: Vec<Story>,
}

/// A story: the section under a heading of the second level.
#[derive(Debug)]
pub(super) struct Story {
    pub(super) title: String,
    /// Steps, beginning with those before the first story, which are common to all stories of the page.
    pub(super) steps: Vec<Step>,
}

/// A sentence, with the answer if it is a call.
#[derive(Clone, Debug)]
pub(super) struct Step {
    /// Lines of the page, counted from 0, without the answer.
    pub(super) lines: Range<usize>,
    pub(super) sentence: Sentence,
    pub(super) answer: Option<Shown>,
}

/// The shown part of an answer.
#[derive(Clone, Debug)]
pub(super) struct Shown {
    /// Lines of the page; empty if the answer is not written yet.
    pub(super) lines: Range<usize>,
    pub(super) status: u16,
    /// Content type, if it is shown; by default that of JSON, or there is no body.
    pub(super) content_type: Option<String>,
    /// Body; `None` if it is empty. A body that is not JSON is a text of several lines.
    pub(super) body: Option<Shape>,
}

/// Prefix of each line of a body that is not JSON.
const LINE_OF_TEXT: char = '|';

/// Replacement of lines of a page.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Edit {
    pub(super) lines: Range<usize>,
    pub(super) with: Vec<String>,
}

impl Page {
    /// Parses a page; an error contains the file and the line.
    pub(super) fn read(file: &Path, text: &str) -> Result<Self, String> {
        let lines: Vec<String> = text.lines().map(str::to_owned).collect();
        let mut reader = Reader { lines: &lines, stories: Vec::new(), always: Vec::new() };
        reader.read().map_err(|(line, fault)| {
            format!("{}:{}: {fault}: {}", file.display(), line + 1, lines[line].trim())
        })?;
        let stories = reader.stories;
        Ok(Self { lines, stories })
    }

    /// Applies edits to the text of the page.
    pub(super) fn edited(&self, mut edits: Vec<Edit>) -> String {
        edits.sort_by_key(|edit| edit.lines.start);
        let mut lines = self.lines.clone();
        for edit in edits.into_iter().rev() {
            lines.splice(edit.lines, edit.with);
        }
        lines.join("\n") + "\n"
    }
}

impl Shown {
    /// The shown part of a new call.
    fn nothing_yet(line: usize) -> Self {
        Self { lines: line..line, status: 0, content_type: None, body: Some(Shape::Null) }
    }

    fn read(text: &str, texts: &[&str], lines: Range<usize>) -> Result<Self, String> {
        let (status, rest) = text.split_once(' ').unwrap_or((text, ""));
        let status = read_word(status, "status")?;
        let (content_type, rest) = match rest.trim().strip_prefix('[') {
            Some(bracket) if !bracket.starts_with('{') => {
                let (content_type, rest) = bracket.split_once(']').ok_or("no closing bracket")?;
                (Some(content_type.to_owned()), rest.trim())
            }
            _ => (None, rest.trim()),
        };
        let body = match (rest, texts) {
            ("", []) => None,
            ("", texts) => {
                let lines = texts.iter().map(|line| line.trim_start_matches(LINE_OF_TEXT));
                Some(Shape::of_lines(lines.map(|line| line.strip_prefix(' ').unwrap_or(line))))
            }
            (json, []) => Some(Shape::read(json).map_err(|error| error.to_string())?),
            _ => return Err("either JSON or lines of text".to_owned()),
        };
        Ok(Self { lines, status, content_type, body })
    }

    /// The head of an answer on a page, before the body.
    fn head(&self) -> String {
        let content_type = self.content_type.iter().map(|text| format!(" [{text}]"));
        format!("{}{}", self.status, content_type.collect::<String>())
    }

    /// Lines of the answer on a page.
    pub(super) fn write(&self) -> Vec<String> {
        match &self.body {
            Some(Shape::Text(text)) => {
                let lines =
                    text.lines().map(|line| format!("{LINE_OF_TEXT} {line}").trim_end().to_owned());
                [self.head()].into_iter().chain(lines).collect()
            }
            Some(body) => layout::lines(&format!("{} ", self.head()), body),
            None => vec![self.head()],
        }
    }
}

struct Reader<'a> {
    lines: &'a [String],
    stories: Vec<Story>,
    always: Vec<Step>,
}

impl Reader<'_> {
    fn read(&mut self) -> Result<(), (usize, String)> {
        let (mut line, mut code) = (0, false);
        while line < self.lines.len() {
            let text = self.lines[line].trim();
            if text.starts_with("```") {
                code = !code;
            } else if code && !text.is_empty() {
                line = self.step(line).map_err(|fault| (line, fault))?;
                continue;
            } else if let Some(title) = text.strip_prefix("## ").filter(|_| !code) {
                self.stories.push(Story { title: title.to_owned(), steps: self.always.clone() });
            }
            line += 1;
        }
        Ok(())
    }

    /// Parses the step that begins on a line of code, and returns the line of the next.
    fn step(&mut self, start: usize) -> Result<usize, String> {
        let (text, end) = self.whole(start)?;
        let steps = self.stories.last_mut().map(|story| &mut story.steps);
        if text.starts_with(|c: char| c.is_ascii_digit()) && is_status(&text) {
            let step = steps.and_then(|steps| steps.last_mut()).ok_or("nobody called")?;
            let waits = matches!(step.sentence, Sentence::Call(_))
                && step.answer.as_ref().is_some_and(|answer| answer.lines.is_empty());
            if !waits {
                return Err("an answer without a call".to_owned());
            }
            let texts = self.lines[end..].iter().map(|line| line.trim());
            let texts: Vec<_> = texts.take_while(|text| text.starts_with(LINE_OF_TEXT)).collect();
            let end = end + texts.len();
            step.answer = Some(Shown::read(&text, &texts, start..end)?);
            return Ok(end);
        }
        let sentence = Sentence::read(&text)?;
        let call = matches!(sentence, Sentence::Call(_));
        let answer = call.then(|| Shown::nothing_yet(end));
        let step = Step { lines: start..end, sentence, answer };
        match steps {
            Some(steps) => steps.push(step),
            None if call || matches!(step.sentence, Sentence::Sent { .. }) => {
                return Err("this belongs in a story".to_owned());
            }
            None => self.always.push(step),
        }
        Ok(end)
    }

    /// The text that begins on a line, with the lines on which its JSON continues.
    fn whole(&self, start: usize) -> Result<(String, usize), String> {
        let mut text = self.lines[start].trim().to_owned();
        let mut end = start + 1;
        while !is_raw_call(&text) && Shape::goes_on(&text) {
            let line = self.lines.get(end).map(|line| line.trim());
            let line = line.filter(|line| !line.starts_with("```")).ok_or("it does not end")?;
            text.push(' ');
            text.push_str(line);
            end += 1;
        }
        Ok((text, end))
    }
}

/// True if a line of code begins with a status rather than with a time, such as `10 seconds pass`.
fn is_status(text: &str) -> bool {
    let first = text.split(' ').next().unwrap_or_default();
    first.len() == 3 && first.bytes().all(|byte| byte.is_ascii_digit()) && !text.ends_with(" pass")
}
