//! Executes a story in a world of its own, and compares each answer with the shown one.

use std::ops::Range;

use super::names::Names;
use super::page::{Edit, Page, Shown, Step, Story};
use super::sentence::{Body, CallSentence, NOBODY, STRANGER, Sentence};
use super::shape::Shape;
use super::{fact, layout};
use crate::world::{Answer, Call, Engine, World, email_of, key_of};

/// Treatment of an answer that differs from the shown one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    /// Report it.
    Compare,
    /// Write it to the page.
    Update,
}

/// A step that differs from the page.
#[derive(Debug)]
pub(super) struct Failure {
    /// Line, counted from 1.
    pub(super) line: usize,
    pub(super) text: String,
}

/// Executes a story from its beginning to its end, or to the first difference. Returns the edits that update
/// the page.
pub(super) async fn play(
    page: &Page,
    story: &Story,
    engine: Engine,
    mode: Mode,
) -> Result<Vec<Edit>, Failure> {
    let world = World::new(engine).await;
    let mut stage = Stage { world, names: Names::default(), mode, edits: Vec::new() };
    for step in &story.steps {
        if let Err(text) = stage.play(step).await {
            let said = page.lines[step.lines.clone()].join("\n");
            return Err(Failure { line: step.lines.start + 1, text: format!("{said}\n{text}") });
        }
    }
    stage.world.close().await;
    Ok(stage.edits)
}

struct Stage {
    world: World,
    names: Names,
    mode: Mode,
    edits: Vec<Edit>,
}

impl Stage {
    async fn play(&mut self, step: &Step) -> Result<(), String> {
        match &step.sentence {
            Sentence::Fact(text) => fact::happens(&mut self.world, &mut self.names, text).await,
            Sentence::Sent { operator, expected } => {
                let sent = self.world.servers.take_sent(operator);
                self.check_sent(step, operator, expected.as_ref(), sent)
            }
            Sentence::Call(call) => {
                let call = self.call(call)?;
                let answer = self.world.call(&call).await;
                let shown = step.answer.as_ref().expect("a call has an answer");
                self.check(shown, &answer)
            }
        }
    }

    fn call(&self, sentence: &CallSentence) -> Result<Call, String> {
        let (content_type, body) = match &sentence.body {
            Body::Nothing => (None, String::new()),
            Body::Json(shape) => {
                (Some("application/json".to_owned()), self.names.resolve(shape)?.to_string())
            }
            Body::Raw { content_type, text } => (content_type.clone(), text.clone()),
        };
        let key = match sentence.who.as_str() {
            NOBODY => None,
            STRANGER => Some("no account's key".to_owned()),
            name => Some(key_of(name)),
        };
        Ok(Call {
            key,
            act_as: sentence.act_as.as_deref().map(email_of),
            method: sentence.method.clone(),
            path: self.names.resolve_path(&sentence.path)?,
            content_type,
            headers: sentence.once.iter().map(|key| ("idempotency-key", key.clone())).collect(),
            body,
        })
    }

    fn check(&mut self, shown: &Shown, answer: &Answer) -> Result<(), String> {
        let body = body_of(answer)?;
        let status = answer.status.as_u16();
        let mut differences = Vec::new();
        if status != shown.status {
            differences.push(format!("status: {status}, not {}", shown.status));
        }
        let usual = if body.is_some() { "application/json" } else { &answer.content_type };
        let content_type = shown.content_type.as_deref().unwrap_or(usual);
        let shows_content_type = shown.content_type.is_some() || usual != answer.content_type;
        if content_type != answer.content_type {
            let text = format!("content type: {:?}, not {content_type:?}", answer.content_type);
            differences.push(text);
        }
        let before = self.names.clone();
        match (&shown.body, &body) {
            (Some(expected), Some(actual)) => {
                differences.extend(self.names.differences(expected, actual));
            }
            (None, None) => {}
            (None, Some(_)) => differences.push("a body that is not expected".to_owned()),
            (Some(_), None) => differences.push("no body".to_owned()),
        }
        if differences.is_empty() {
            return Ok(());
        }
        self.names = before;
        let after = Shown {
            lines: shown.lines.clone(),
            status,
            content_type: shows_content_type.then(|| answer.content_type.clone()),
            body: body.map(|body| self.shown(shown.body.as_ref(), &body)),
        };
        let got = after.write();
        self.differs(&shown.lines, got, |got| {
            if shown.lines.is_empty() {
                return format!("its answer is not shown, which is:\n{got}");
            }
            let (expected, differences) = (shown.write().join("\n"), differences.join("\n  "));
            format!("expected:\n{expected}\ngot:\n{got}\ndifferent:\n  {differences}")
        })
    }

    fn check_sent(
        &mut self,
        step: &Step,
        operator: &str,
        expected: Option<&Shape>,
        sent: Option<String>,
    ) -> Result<(), String> {
        let sent = sent.map(|sent| Shape::read(&sent).map_err(|error| error.to_string()));
        let sent = sent.transpose()?;
        let before = self.names.clone();
        let same = match (expected, &sent) {
            (Some(expected), Some(sent)) => self.names.differences(expected, sent).is_empty(),
            (expected, sent) => expected.is_none() && sent.is_none(),
        };
        if same {
            return Ok(());
        }
        self.names = before;
        let head = format!("{operator}'s server was sent ");
        let with = match &sent {
            Some(sent) => layout::lines(&head, &self.shown(expected, sent)),
            None => vec![head + "nothing"],
        };
        self.differs(&step.lines, with, |got| format!("but:\n{got}"))
    }

    /// Updates these lines of the page, or fails with a text made from the new lines.
    fn differs(
        &mut self,
        lines: &Range<usize>,
        with: Vec<String>,
        failure: impl FnOnce(String) -> String,
    ) -> Result<(), String> {
        match self.mode {
            Mode::Update => {
                self.edits.push(Edit { lines: lines.clone(), with });
                Ok(())
            }
            Mode::Compare => Err(failure(with.join("\n"))),
        }
    }

    fn shown(&mut self, before: Option<&Shape>, actual: &Shape) -> Shape {
        self.names.show(before.unwrap_or(&Shape::Null), actual)
    }
}

/// A body as shown on a page: JSON, regardless of its content type, or else the lines of a text.
fn body_of(answer: &Answer) -> Result<Option<Shape>, String> {
    if answer.body.is_empty() {
        return Ok(None);
    }
    match Shape::read(&answer.body) {
        Ok(shape) => Ok(Some(shape)),
        Err(_) if answer.content_type.starts_with("text/") => {
            Ok(Some(Shape::of_lines(answer.body.lines())))
        }
        Err(error) => Err(format!("{error}: {answer:?}")),
    }
}
