//! Accounts of the registry's partners, and their roles.

use std::fmt;
use std::ops::Deref;
use std::str::FromStr;

use crate::record::record;
use crate::{AccountId, Time};

/// A role: a right of an account. An account may have several.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Runs the registry; may see and do everything.
    Admin,
    /// A search app (*moteur*): searches for taxis and hails them.
    Client,
    /// A taxi operator (*opérateur*): registers taxis, sends positions, receives hails.
    Operator,
    /// A group of operators (*groupement*); has no rights by itself.
    Group,
    /// A publisher of software for operators (*éditeur*); has no rights by itself.
    Publisher,
}

impl Role {
    /// All roles, in the order in which answers list them.
    pub const ALL: [Self; 5] =
        [Self::Admin, Self::Client, Self::Operator, Self::Group, Self::Publisher];

    /// The word in the public contract and the database.
    pub fn word(self) -> &'static str {
        match self {
            Self::Admin => "admin",
            Self::Client => "moteur",
            Self::Operator => "operateur",
            Self::Group => "groupement",
            Self::Publisher => "editeur",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

/// A word that is not a role.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no role: it is one of admin, moteur, operateur, groupement, editeur")]
pub struct UnknownRole(pub String);

impl FromStr for Role {
    type Err = UnknownRole;

    fn from_str(word: &str) -> Result<Self, UnknownRole> {
        let role = Self::ALL.into_iter().find(|role| role.word() == word);
        role.ok_or_else(|| UnknownRole(word.to_owned()))
    }
}

/// A set of roles.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Roles(u8);

impl Roles {
    /// True if the set contains this role.
    pub fn has(self, role: Role) -> bool {
        self.0 & (1 << role as u8) != 0
    }

    /// True if the set contains at least one of these roles.
    pub fn has_any(self, roles: &[Role]) -> bool {
        roles.iter().any(|role| self.has(*role))
    }

    /// Roles of the set, in the order of [`Role::ALL`].
    pub fn iter(self) -> impl Iterator<Item = Role> {
        Role::ALL.into_iter().filter(move |role| self.has(*role))
    }
}

impl FromIterator<Role> for Roles {
    fn from_iter<I: IntoIterator<Item = Role>>(roles: I) -> Self {
        Self(roles.into_iter().fold(0, |set, role| set | 1 << role as u8))
    }
}

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

    /// True if the account has this role.
    pub fn is(&self, role: Role) -> bool {
        self.roles.has(role)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_holds_what_was_put_in_and_nothing_else() {
        let set: Roles = [Role::Operator, Role::Admin].into_iter().collect();
        assert_eq!(set.iter().collect::<Vec<_>>(), [Role::Admin, Role::Operator]);
        assert!(!set.has(Role::Client));
        assert!(set.has_any(&[Role::Client, Role::Admin]));
        assert_eq!(Roles::default().iter().count(), 0);
    }

    #[test]
    fn every_role_has_its_word_and_every_word_its_role() {
        for role in Role::ALL {
            assert_eq!(role.word().parse(), Ok(role));
        }
        assert!("driver".parse::<Role>().is_err());
    }
}
