//! Fake operators' servers: received hails and answers.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use letaxi::app::hail::operator_call::{
    CallOutcome, EndpointFault, Header, OperatorCall, OperatorRequest, RawAnswer, TEST, TestedCall,
};
use letaxi::app::monitor::metrics::{Exposition, Measured};
use letaxi::operator::{Guard, Reason, Refused};
use registry::AccountId;
use serde_json::Value;
use tokio::sync::{Notify, oneshot};
use tokio::task::JoinHandle;

/// Behaviour of an operator's server at a hail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Behaviour {
    /// It answers with this status and this body.
    Answers(u16, String),
    /// No answer, until its behaviour changes.
    Waits,
    /// Nothing listens there.
    Down,
}

impl Default for Behaviour {
    fn default() -> Self {
        Self::Answers(200, "{}".to_owned())
    }
}

impl Behaviour {
    /// Outcome of a call; `None` while the server does not answer.
    fn outcome(&self) -> Option<CallOutcome> {
        let delivered = match self {
            Self::Waits => return None,
            Self::Down => Err(Reason::Connect("Connection refused (os error 111)".to_owned())),
            Self::Answers(status @ 300..400, _) => Err(Reason::Redirect(*status)),
            Self::Answers(200..300, body) => match serde_json::from_str::<Value>(body) {
                Ok(answer) => Ok(answer.pointer("/data/0/taxi_phone_number").cloned()),
                Err(_) => Err(Reason::NotJson),
            },
            Self::Answers(status, _) => Err(Reason::Status(*status)),
        };
        Some(match delivered {
            Ok(phone) => CallOutcome::Delivered {
                taxi_phone: phone.and_then(|phone| phone.as_str().map(str::to_owned)),
            },
            Err(reason) => CallOutcome::Failed(reason.to_string()),
        })
    }
}

/// A call that is not answered yet.
struct Kept {
    operator: String,
    answer: oneshot::Sender<CallOutcome>,
    delivery: Option<JoinHandle<()>>,
}

/// All operators' servers. By default a server accepts hails without a phone number.
#[derive(Default)]
pub(crate) struct Servers {
    state: Mutex<State>,
    kept_one: Notify,
}

#[derive(Default)]
struct State {
    behaviours: BTreeMap<String, Behaviour>,
    /// Last received document of each operator that was not read yet.
    sent: BTreeMap<String, String>,
    kept: Vec<Kept>,
}

impl Servers {
    fn with<T>(&self, work: impl FnOnce(&mut State) -> T) -> T {
        work(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The newest document that a server received since the last call of this.
    pub(crate) fn take_sent(&self, operator: &str) -> Option<String> {
        self.with(|state| state.sent.remove(operator))
    }

    /// Waits until a delivery has ended, or its server does not answer.
    pub(super) async fn answered_or_kept(&self, mut delivery: JoinHandle<()>) {
        tokio::select! {
            done = &mut delivery => done.unwrap(),
            () = self.kept_one.notified() => self.with(|state| {
                state.kept.last_mut().unwrap().delivery = Some(delivery);
            }),
        }
    }

    /// Changes the behaviour of a server, and answers its waiting calls if it now answers.
    pub(super) async fn set(&self, operator: &str, behaviour: Behaviour) {
        let outcome = behaviour.outcome();
        let answered = self.with(|state| {
            state.behaviours.insert(operator.to_owned(), behaviour);
            let answers = |kept: &mut Kept| outcome.is_some() && kept.operator == operator;
            state.kept.extract_if(.., answers).collect::<Vec<_>>()
        });
        for Kept { answer, delivery, .. } in answered {
            answer.send(outcome.clone().unwrap()).unwrap();
            delivery.unwrap().await.unwrap();
        }
    }

    /// Drops waiting calls after their caller is gone.
    pub(super) fn drop_calls(&self) {
        let kept = self.with(|state| std::mem::take(&mut state.kept));
        kept.iter().filter_map(|kept| kept.delivery.as_ref()).for_each(JoinHandle::abort);
    }
}

impl Measured for Servers {
    fn show(&self, _: &mut Exposition<'_>) -> std::fmt::Result {
        Ok(())
    }
}

#[async_trait]
impl OperatorCall for Servers {
    async fn call(&self, request: OperatorRequest) -> CallOutcome {
        let host = request.endpoint.split('/').nth(2).unwrap_or_default();
        let operator = host.split('.').next().unwrap_or_default().to_owned();
        let (answer, waiting) = oneshot::channel();
        let outcome = self.with(|state| {
            state.sent.insert(operator.clone(), request.body);
            let outcome = state.behaviours.entry(operator.clone()).or_default().outcome();
            if outcome.is_none() {
                state.kept.push(Kept { operator, answer, delivery: None });
            }
            outcome
        });
        if let Some(outcome) = outcome {
            return outcome;
        }
        self.kept_one.notify_one();
        waiting.await.expect("the server answers in the end")
    }

    async fn test(&self, request: OperatorRequest) -> TestedCall {
        let header = |name: &str, value: &str| Header { name: name.into(), value: value.into() };
        let sent = vec![
            header("x-letaxi-call-id", request.hail.as_str()),
            header("x-letaxi-signature", &request.signature),
            header(TEST, "1"),
        ];
        let host = request.endpoint.split('/').nth(2).unwrap_or_default();
        let operator = host.split('.').next().unwrap_or_default();
        let behaviour =
            self.with(|state| state.behaviours.get(operator).cloned().unwrap_or_default());
        let answer = match &behaviour {
            Behaviour::Answers(status, body) => {
                Some(RawAnswer { status: *status, headers: Vec::new(), body: body.clone() })
            }
            Behaviour::Waits | Behaviour::Down => None,
        };
        let outcome = behaviour.outcome().expect("no story tries a server that does not answer");
        TestedCall { sent, answer, outcome }
    }

    async fn check(&self, account: AccountId, endpoint: &str) -> Result<(), EndpointFault> {
        // Names cannot be resolved here, and no test needs it.
        let guard = Guard::new(Vec::new()).unwrap();
        match guard.check(Some(account), endpoint).await {
            Ok(()) => Ok(()),
            Err(Refused::Unresolved) => Err(EndpointFault::Unresolved),
            Err(_) => Err(EndpointFault::Invalid),
        }
    }
}
