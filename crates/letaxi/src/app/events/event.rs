//! One event.

use dispatch::hail::Status;
use registry::{AccountId, HailId, TaxiId, VehicleStatus};

/// The subject of an event, and its new state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Subject {
    /// A hail was made, or its status or fields changed.
    Hail(HailId, Status),
    /// The status of a taxi changed.
    Taxi(TaxiId, VehicleStatus),
}

/// An event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Event {
    pub(crate) subject: Subject,
    /// The operator, and the app of a hail.
    operator: AccountId,
    client: Option<AccountId>,
}

impl Event {
    /// A change of a hail.
    pub(in crate::app) fn hail(
        (id, status): (HailId, Status),
        operator: AccountId,
        client: AccountId,
    ) -> Self {
        Self { subject: Subject::Hail(id, status), operator, client: Some(client) }
    }

    /// A change of a taxi's status.
    pub(in crate::app) fn taxi(id: TaxiId, status: VehicleStatus, operator: AccountId) -> Self {
        Self { subject: Subject::Taxi(id, status), operator, client: None }
    }

    /// Accounts that the event concerns.
    pub(super) fn parties(&self) -> impl Iterator<Item = AccountId> {
        [Some(self.operator), self.client].into_iter().flatten()
    }
}
