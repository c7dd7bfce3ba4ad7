//! Customers, as search apps name them, and their bans.

use async_trait::async_trait;
use registry::{AccountId, Customer, CustomerId, Time};

use crate::{Activity, Result};

/// A change of what an app says of its customer. `None` leaves as it is; the inner `None` empties.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CustomerChange {
    /// See [`Customer::ban_begin`].
    pub ban_begin: Option<Option<Time>>,
    /// See [`Customer::ban_end`].
    pub ban_end: Option<Option<Time>>,
    /// See [`Customer::reprieve_begin`].
    pub reprieve_begin: Option<Option<Time>>,
    /// See [`Customer::reprieve_end`].
    pub reprieve_end: Option<Option<Time>>,
}

/// Questions and changes about customers. They are made by their first hail.
#[async_trait]
pub trait Customers {
    /// Changes a customer of an app; `None` if the app has no such customer.
    async fn change_customer(
        &self,
        client: AccountId,
        id: &CustomerId,
        change: CustomerChange,
        activity: &[Activity],
        now: Time,
    ) -> Result<Option<Customer>>;
}
