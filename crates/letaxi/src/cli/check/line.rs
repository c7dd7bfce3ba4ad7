//! One line of the result of `letaxi check`.

use std::fmt;

use serde_json::{Map, Value, json};

/// Result of a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Status {
    /// Nothing to do.
    Ok,
    /// Someone should look at it; the registry works.
    Warning,
    /// The registry does not work, or will stop working.
    Failed,
}

impl Status {
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warning => "warning",
            Self::Failed => "failed",
        }
    }
}

/// A line: the check, what it is about if there are several, what was found, and what to do.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Line {
    /// Name of the check. Scripts rely on it.
    pub(super) name: &'static str,
    pub(super) subject: Option<String>,
    pub(super) status: Status,
    pub(super) value: String,
    pub(super) advice: Option<String>,
    /// Numbers and dates for scripts.
    facts: Map<String, Value>,
}

impl Line {
    pub(super) fn ok(name: &'static str, value: impl Into<String>) -> Self {
        let value = value.into();
        Self { name, subject: None, status: Status::Ok, value, advice: None, facts: Map::new() }
    }

    pub(super) fn warning(
        name: &'static str,
        value: impl Into<String>,
        advice: impl Into<String>,
    ) -> Self {
        Self::ok(name, value).worse(Status::Warning, advice)
    }

    pub(super) fn failed(
        name: &'static str,
        value: impl Into<String>,
        advice: impl Into<String>,
    ) -> Self {
        Self::ok(name, value).worse(Status::Failed, advice)
    }

    /// The line with this status and advice, unless it is as bad already.
    pub(super) fn worse(self, status: Status, advice: impl Into<String>) -> Self {
        if status <= self.status {
            return self;
        }
        Self { status, advice: Some(advice.into()), ..self }
    }

    pub(super) fn about(self, subject: impl Into<String>) -> Self {
        Self { subject: Some(subject.into()), ..self }
    }

    pub(super) fn fact(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.facts.insert(name.to_owned(), value.into());
        self
    }

    pub(super) fn json(&self) -> Value {
        json!({
            "name": self.name,
            "subject": self.subject,
            "status": self.status.word(),
            "value": self.value,
            "advice": self.advice,
            "facts": self.facts,
        })
    }
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:<8} {}", self.status.word(), self.name)?;
        if let Some(subject) = &self.subject {
            write!(f, " {subject}")?;
        }
        // Texts of engines may have several lines.
        write!(f, ": {}", on_one_line(&self.value))?;
        match &self.advice {
            Some(advice) => write!(f, "; {}", on_one_line(advice)),
            None => Ok(()),
        }
    }
}

fn on_one_line(text: &str) -> String {
    text.lines().map(str::trim).collect::<Vec<_>>().join(" ")
}
