//! Customers, as a search app names them.

use std::fmt;

use crate::{AccountId, Time};

/// How a search app names one of its customers; any text of the app's choosing. Another app's
/// customer of the same name is another person.
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
    /// What the app calls the customer.
    pub id: CustomerId,
    /// When the present or last ban began, if there was one.
    pub ban_begin: Option<Time>,
    /// When it ends or ended.
    pub ban_end: Option<Time>,
    /// Obsolete: kept for apps that still say it.
    pub reprieve_begin: Option<Time>,
    /// Obsolete: as [`Self::reprieve_begin`].
    pub reprieve_end: Option<Time>,
}
