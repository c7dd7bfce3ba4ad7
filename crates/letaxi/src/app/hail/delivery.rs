//! Delivery of hails to operators' servers.
//!
//! A hail in `received` is owed a call. It is leased before the call is made, so that no other process makes
//! it; if the process dies meanwhile, or the outcome cannot be stored, the lease expires and the call is
//! repeated, with the same id. The outcome is a step of the hail; it comes too late if the hail has moved on.

use std::sync::Arc;

use chrono::TimeDelta;
use dispatch::hail::{self, Status};
use storage::hails::{Applied, HailChange, HailRecord};
use tracing::Instrument as _;

use super::leases::LEASE;
use super::operator_call::{CallOutcome, OperatorRequest};
use super::view::HailView;
use crate::app::App;
use crate::app::clock::StopWatch;

/// Maximum number of calls leased per round.
pub const LEASES_AT_ONCE: u32 = 256;

/// Time before the hail's deadline at which a call gives up, so that the hail fails with the reason of the
/// call, which an operator can correct, and not with a timeout.
const TIME_TO_SAY_WHY: TimeDelta = TimeDelta::milliseconds(100);

impl App {
    /// Renews the leases of the calls under way, then leases owed calls. In this order, so that a call whose
    /// lease expired during an outage of the database is not made twice.
    pub(in crate::app) async fn take_up_calls(&self) -> storage::Result<Vec<HailRecord>> {
        let now = self.now();
        let due = self.leases.due(now);
        if !due.is_empty() {
            self.store.renew_leases(&due, now + LEASE).await?;
            self.leases.renewed(&due, now);
        }
        let (mut calls, looks) = self.leases.take_owed(now);
        if looks {
            match self.store.lease_calls(now, now + LEASE, LEASES_AT_ONCE).await {
                Ok(others) => calls.extend(others),
                // The calls that are leased already do not wait.
                Err(error) if calls.is_empty() => return Err(error),
                Err(error) => {
                    tracing::error!(%error, "calls could not be leased; the next round tries again");
                }
            }
        }
        Ok(calls)
    }

    /// Makes the call for a hail and applies its outcome, unless the hail has moved on.
    ///
    /// # Errors
    ///
    /// If the store fails; the call is repeated after its lease has expired, if there is time.
    pub async fn deliver(&self, hail: HailRecord) -> storage::Result<()> {
        let _lease = self.leases.hold(hail.id, self.now());
        let outcome = match self.operator_request(&hail) {
            Some(_) if self.takes_hails_of(hail.operator) => {
                CallOutcome::Delivered { taxi_phone: None }
            }
            Some(request) => self.call_operator(request).await,
            None => CallOutcome::Failed("the operator's account is gone".to_owned()),
        };
        self.apply_outcome(hail, outcome).await
    }

    pub(in crate::app) async fn call(&self, request: OperatorRequest) -> CallOutcome {
        let watch = StopWatch::start();
        // For traces: neither the path of the endpoint, which may be secret, nor the hail.
        let span = tracing::debug_span!(
            target: "letaxi::operator_call",
            "call",
            server = host_of(&request.endpoint),
            outcome = tracing::field::Empty,
        );
        let outcome = self.operators.call(request).instrument(span.clone()).await;
        let (times, word) = match outcome {
            CallOutcome::Delivered { .. } => (&self.measures.calls_delivered, "delivered"),
            CallOutcome::Failed(_) => (&self.measures.calls_failed, "failed"),
        };
        span.record("outcome", word);
        times.add(watch.elapsed());
        outcome
    }

    fn operator_request(&self, hail: &HailRecord) -> Option<OperatorRequest> {
        let operator = self.directory.account(hail.operator)?;
        let now = self.now();
        let time_left = hail.deadline_at.map(|at| at - now - TIME_TO_SAY_WHY);
        let time_left = time_left.unwrap_or_default();
        let view = HailView {
            record: Arc::new(hail.clone()),
            operator_email: Some(operator.email.clone()),
            taxi: hail.taxi,
            fix: None,
            // The call is for the operator, before any acceptance.
            viewer: registry::Roles::default(),
            just_changed: false,
        };
        let body = (self.wording.call)(&view);
        Some(OperatorRequest {
            account: operator.id,
            signature: self.secrets.sign_call(operator.id, now, &body),
            hail: hail.id,
            endpoint: operator.hail_endpoint.clone(),
            header_name: operator.header_name.clone(),
            header_value: operator.header_value.clone(),
            body,
            time_left: time_left.to_std().unwrap_or_default(),
        })
    }

    async fn apply_outcome(&self, hail: HailRecord, outcome: CallOutcome) -> storage::Result<()> {
        let (to, taxi_phone, reason) = match outcome {
            CallOutcome::Delivered { taxi_phone } => (Status::ReceivedByOperator, taxi_phone, None),
            CallOutcome::Failed(reason) => (Status::Failure, None, Some(reason)),
        };
        let id = hail.id;
        // As of the beginning of the call: most hails do not change meanwhile.
        let mut known = Some(hail);
        loop {
            let Some(hail) = known else { return Ok(()) };
            let rule = match hail::step_of_call(hail.status, to) {
                Ok(rule) => rule,
                Err(late) => {
                    tracing::info!(hail = %id, %late, "an operator's answer came too late");
                    return Ok(());
                }
            };
            let step = self.step(rule, None, reason.clone());
            let change = HailChange {
                step: Some(step),
                taxi_phone: taxi_phone.clone(),
                ..HailChange::default()
            };
            if let Applied::Hail(_) = self.change(&hail, &change, None).await? {
                return Ok(());
            }
            known = self.store.hail(id).await?;
        }
    }
}

/// The host of an endpoint; empty if it has none.
fn host_of(endpoint: &str) -> String {
    let url = url::Url::parse(endpoint.trim()).ok();
    url.and_then(|url| url.host_str().map(str::to_owned)).unwrap_or_default()
}
