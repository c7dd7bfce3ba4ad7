//! Taking a hail to its operator's server.
//!
//! A hail in `received` is owed a call. It is leased before the call is made, so nobody else makes
//! it meanwhile; if we die in between, or the outcome cannot be stored, the lease runs out and the call is
//! made again, with the same id. The call's outcome is one more step of the hail's life, and comes too
//! late if the hail went on without it.

use std::sync::Arc;

use chrono::TimeDelta;
use dispatch::hail::{self, Status};
use registry::HailId;
use storage::hails::{Applied, HailChange, HailRecord};

use super::leases::LEASE;
use super::operator_call::{CallOutcome, OperatorRequest};
use super::view::HailView;
use crate::app::App;
use crate::app::clock::StopWatch;

/// How many calls are taken up in one go.
pub const LEASES_AT_ONCE: u32 = 256;

/// How long before the hail's deadline a call gives up: so that the hail fails with the reason of the
/// call, which an operator can mend, and not with mere silence.
const TIME_TO_SAY_WHY: TimeDelta = TimeDelta::milliseconds(100);

impl App {
    /// Renews the leases of the calls under way, and takes up the calls that are owed now. In this order: a
    /// call of ours whose lease ran out while the database was away is not made twice.
    pub(in crate::app) async fn take_up_calls(&self) -> storage::Result<Vec<HailRecord>> {
        let now = self.now();
        let due = self.leases.due(now);
        if !due.is_empty() {
            self.store.renew_leases(&due, now + LEASE).await?;
            self.leases.renewed(&due, now);
        }
        self.store.lease_calls(now, now + LEASE, LEASES_AT_ONCE).await
    }

    /// Makes the call for a hail and applies its outcome, unless the hail went on without it.
    ///
    /// # Errors
    ///
    /// If the store fails; the call is then made again once its lease has run out, if there is time.
    pub async fn deliver(&self, hail: HailRecord) -> storage::Result<()> {
        let _lease = self.leases.hold(hail.id, self.now());
        let outcome = match self.operator_request(&hail) {
            Some(request) => self.call_operator(request).await,
            None => CallOutcome::Failed("the operator's account is gone".to_owned()),
        };
        self.apply_outcome(hail.id, outcome).await
    }

    pub(in crate::app) async fn call(&self, request: OperatorRequest) -> CallOutcome {
        let watch = StopWatch::start();
        let outcome = self.operators.call(request).await;
        let times = match outcome {
            CallOutcome::Delivered { .. } => &self.measures.calls_delivered,
            CallOutcome::Failed(_) => &self.measures.calls_failed,
        };
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
            // The call is for the operator's eyes, before anybody agreed to anything.
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

    async fn apply_outcome(&self, id: HailId, outcome: CallOutcome) -> storage::Result<()> {
        let (to, taxi_phone, reason) = match outcome {
            CallOutcome::Delivered { taxi_phone } => (Status::ReceivedByOperator, taxi_phone, None),
            CallOutcome::Failed(reason) => (Status::Failure, None, Some(reason)),
        };
        loop {
            let Some(hail) = self.store.hail(id).await? else { return Ok(()) };
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
            if let Applied::Hail(_) = self.change(&hail, &change, &[]).await? {
                return Ok(());
            }
        }
    }
}
