//! Answers of test taxis to hails, their positions, and their end.

use std::sync::Arc;

use chrono::TimeDelta;
use dispatch::hail::Status;
use dispatch::sandbox::next_step;
use registry::{Account, HailId, Time, VehicleStatus};
use storage::sandbox::SandboxTaxi;

use super::calls_as;
use crate::app::App;
use crate::app::clock::{age_s, seconds};
use crate::app::hail::update::{AskedStatus, HailUpdate, UpdateRefused};

/// Age of a test taxi's position at which it is reported again, in seconds.
const REPORTED_EVERY_S: u32 = 30;
/// The same as a time.
const REPORTED_EVERY: TimeDelta = TimeDelta::seconds(REPORTED_EVERY_S as i64);
/// Telephone number of all drivers of test taxis: one that is kept free for fiction (Arcep, decision 2018-0881).
const TAXI_PHONE: &str = "0639980001";
/// Reason of an incident: the customer is not there.
const NO_SHOW: &str = "no_show";

impl App {
    /// Takes all steps of test taxis that are due, and returns the time of the next one.
    pub(in crate::app) async fn play_sandbox(&self) -> storage::Result<Option<Time>> {
        let Some(account) = self.sandbox_account() else { return Ok(None) };
        let mut next = None;
        for taxi in self.store.sandbox_taxis().await? {
            let open = self.directory.taxi(taxi.taxi);
            let open = open.and_then(|entry| self.directory.open_hail(entry.vehicle));
            let then = match open {
                Some(hail) => self.answer_as(&account, &taxi, hail).await?,
                None if taxi.ends_at <= self.now() => {
                    self.switch_off_sandbox_taxi(&taxi).await?;
                    None
                }
                None => Some(taxi.ends_at),
            };
            let report = self.now() + REPORTED_EVERY;
            next = next.into_iter().chain(then).chain([report]).min();
            self.keep_fresh(&account, &taxi, open.is_some()).await?;
        }
        Ok(next)
    }

    /// Takes the steps of a test taxi in a hail that are due, and returns the time of the next one.
    async fn answer_as(
        &self,
        account: &Arc<Account>,
        taxi: &SandboxTaxi,
        id: HailId,
    ) -> storage::Result<Option<Time>> {
        loop {
            let Some(hail) = self.store.hail(id).await? else { return Ok(None) };
            let Some((to, at)) = next_step(taxi.behaviour, hail.status, hail.changed_at) else {
                return Ok(None);
            };
            if at > self.now() {
                return Ok(Some(at));
            }
            let operator = calls_as(Arc::clone(account), "PUT", format!("/hails/{id}"));
            let update = HailUpdate {
                status: Some(AskedStatus::Live(to)),
                taxi_phone: Some(TAXI_PHONE.to_owned()),
                incident_taxi_reason: (to == Status::IncidentTaxi)
                    .then(|| Some(NO_SHOW.to_owned())),
                ..HailUpdate::default()
            };
            match self.update_hail(&operator, id.as_str(), &update).await {
                Ok(_) => {}
                Err(UpdateRefused::Broken(error)) => return Err(error),
                // The customer was first: the hail is another one now, or over.
                Err(refused) => {
                    tracing::debug!(hail = %id, %refused, "a test taxi came too late");
                    return Ok(None);
                }
            }
        }
    }

    /// Reports the place of a test taxi before its last report is too old, and sets it free after a hail.
    async fn keep_fresh(
        &self,
        account: &Arc<Account>,
        taxi: &SandboxTaxi,
        in_hail: bool,
    ) -> storage::Result<()> {
        let now = self.now();
        if !in_hail && taxi.ends_at <= now {
            return Ok(());
        }
        let fix = self.fix(taxi.taxi, account.id);
        let is_old = fix.is_none_or(|fix| age_s(fix.at_s, seconds(now)) >= REPORTED_EVERY_S);
        let vehicle = self.directory.taxi(taxi.taxi).map(|entry| entry.vehicle);
        let status = vehicle.and_then(|vehicle| {
            self.directory.description(vehicle, account.id).map(|found| found.status)
        });
        let is_idle = !in_hail && status != Some(VehicleStatus::Free);
        if !is_old && !is_idle {
            return Ok(());
        }
        let operator = calls_as(Arc::clone(account), "PUT", format!("/taxis/{}", taxi.taxi));
        if in_hail {
            self.place_sandbox_taxi(&operator, taxi);
            return Ok(());
        }
        self.show_sandbox_taxi(&operator, taxi).await
    }
}
