//! Accounts of the registry's partners.

use std::ops::Deref;

use crate::record::record;
use crate::{AccountId, Role, Roles, Time};

/// An account of a partner of the registry.
///
/// Its fields can be read as if they were its own: `account.email`. Its password and its keys are not here: only the
/// store holds them, hashed and sealed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Public id.
    pub id: AccountId,
    /// Everything else.
    pub fields: AccountFields,
}

impl Deref for Account {
    type Target = AccountFields;

    fn deref(&self) -> &AccountFields {
        &self.fields
    }
}

/// Right to change a field of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChangedBy {
    /// The account itself, over the API.
    Account,
    /// The command line alone.
    CommandLine,
}

record! {
    /// Fields of an account.
    AccountFields used by ChangedBy {
        /// E-mail address: user name of the log-in, and the account's name in taxis and hails.
        email: String = "email", CommandLine;
        /// Name known to customers, if any.
        commercial_name: Option<String> = "name", Account;
        /// Roles.
        roles: Roles = "roles", CommandLine;
        /// The account that may act for this one, if any.
        manager: Option<AccountId> = "manager", CommandLine as "manager_id";
        /// E-mail address for customers.
        email_customer: String = "email_customer", Account;
        /// E-mail address for the registry.
        email_technical: String = "email_technical", Account;
        /// URL to which an operator's hails are delivered; empty: none.
        hail_endpoint: String = "hail_endpoint_production", Account;
        /// Telephone number for customers.
        phone_customer: String = "phone_number_customer", Account;
        /// Telephone number for the registry.
        phone_technical: String = "phone_number_technical", Account;
        /// Value of the header that is sent with each hail.
        header_value: String = "operator_api_key", Account;
        /// Name of that header; empty: none.
        header_name: String = "operator_header_name", Account;
        /// Number of taxis, as stated by the account; `None` if not stated.
        fleet_size: Option<i32> = "fleet_size", CommandLine;
        /// Rate limit of each of its keys, in requests per second; `None`: the general limit.
        requests_per_s: Option<i32> = "requests_per_s", CommandLine;
        /// Numbers of the départements in which an inspector may look drivers up, with commas between them.
        departements: String = "departements", CommandLine;
        /// Time at which the account was disabled; `None`: enabled. See [`Account::is_enabled`].
        disabled_at: Option<Time> = "disabled_at", CommandLine;
    }
}

/// Normal form of an e-mail address for lookups: A to Z in lower case. No two accounts with the same form are
/// created.
///
/// Other letters keep their case, so that both database engines and the memory agree.
pub fn plain_email(email: &str) -> String {
    email.to_ascii_lowercase()
}

/// True if a text has the form of an e-mail address: two parts around an `@`, without blanks.
pub fn is_email(text: &str) -> bool {
    let parts = text.split_once('@').filter(|(name, host)| !name.is_empty() && !host.is_empty());
    parts.is_some() && !text.chars().any(|char| char.is_whitespace() || char.is_control())
}

/// True if two e-mail addresses have the same [`plain_email`].
pub fn same_email(one: &str, other: &str) -> bool {
    one.eq_ignore_ascii_case(other)
}

impl Account {
    /// True unless the account is disabled. The keys and the password of a disabled account are refused, and
    /// its taxis are neither shown nor hailed; its open hails continue to their end.
    pub fn is_enabled(&self) -> bool {
        self.disabled_at.is_none()
    }

    /// Numbers of the départements in which an inspector may look drivers up.
    pub fn departements(&self) -> impl Iterator<Item = &str> {
        self.departements.split(',').filter(|number| !number.is_empty())
    }

    /// True if the account has this role.
    pub fn is(&self, role: Role) -> bool {
        self.roles.has(role)
    }
}
