//! Customers of search apps.

use std::fmt;

use crate::{AccountId, Time};

/// A search app's identifier of one of its customers; any text. The same text of another app means another
/// person.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct CustomerId(pub String);

impl fmt::Display for CustomerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// A customer of a search app.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Customer {
    /// The app.
    pub account: AccountId,
    /// The app's identifier of the customer.
    pub id: CustomerId,
    /// Begin of the present or last ban, if any.
    pub ban_begin: Option<Time>,
    /// End of that ban.
    pub ban_end: Option<Time>,
    /// Obsolete: kept for apps that still send it.
    pub reprieve_begin: Option<Time>,
    /// Obsolete, like [`Self::reprieve_begin`].
    pub reprieve_end: Option<Time>,
}
