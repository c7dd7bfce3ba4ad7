//! Accounts: the partners of the registry, and what each may do.

use std::fmt;
use std::str::FromStr;

use crate::{AccountId, Time};

/// What an account may do. One account may hold several.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Runs the registry: sees and may do all.
    Admin,
    /// A search app (*moteur*): looks for taxis and hails them.
    Client,
    /// A taxi operator (*opérateur*): registers taxis, sends positions, receives hails.
    Operator,
    /// A group of operators (*groupement*); gives no right by itself.
    Group,
    /// A publisher of software for operators (*éditeur*); gives no right by itself.
    Publisher,
}

impl Role {
    /// Every role, in the order in which answers list them.
    pub const ALL: [Self; 5] =
        [Self::Admin, Self::Client, Self::Operator, Self::Group, Self::Publisher];

    /// The word the public contract and the database use.
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

/// A word that names no role.
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
    /// Whether the set holds this role.
    pub fn has(self, role: Role) -> bool {
        self.0 & (1 << role as u8) != 0
    }

    /// Whether the set holds at least one of these roles.
    pub fn has_any(self, roles: &[Role]) -> bool {
        roles.iter().any(|role| self.has(*role))
    }

    /// The roles held, in the order of [`Role::ALL`].
    pub fn iter(self) -> impl Iterator<Item = Role> {
        Role::ALL.into_iter().filter(move |role| self.has(*role))
    }
}

impl FromIterator<Role> for Roles {
    fn from_iter<I: IntoIterator<Item = Role>>(roles: I) -> Self {
        Self(roles.into_iter().fold(0, |set, role| set | 1 << role as u8))
    }
}

/// A partner of the registry.
///
/// Neither its password nor its keys are here: only the store keeps them, hashed and sealed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Its id, public.
    pub id: AccountId,
    /// What it logs in with, and its name in taxis and hails.
    pub email: String,
    /// The name its customers know, if any: `name` in the public contract.
    pub commercial_name: Option<String>,
    /// What it may do.
    pub roles: Roles,
    /// The account that may act for it, if any.
    pub manager: Option<AccountId>,
    /// Where an operator wants its hails delivered; empty: nowhere.
    pub hail_endpoint: String,
    /// Name of the header sent along with each hail; empty: none.
    pub header_name: String,
    /// Value of that header.
    pub header_value: String,
    /// Whom customers write to.
    pub email_customer: String,
    /// Whom the registry writes to.
    pub email_technical: String,
    /// Whom customers call.
    pub phone_customer: String,
    /// Whom the registry calls.
    pub phone_technical: String,
    /// How many taxis it says it has, if it says so.
    pub fleet_size: Option<i32>,
    /// Requests a second that each of its keys may make; none: as many as any other's.
    pub requests_per_s: Option<i32>,
    /// Since when it may do nothing; none: it may do what its roles say. See [`Account::is_enabled`].
    pub disabled_at: Option<Time>,
}

/// An e-mail as it is looked up: the letters A to Z in lower case. No two accounts are made that share it.
///
/// Other letters keep their case, so that both database engines and the memory agree.
pub fn plain_email(email: &str) -> String {
    email.to_ascii_lowercase()
}

/// True if two e-mails are one, as [`plain_email`] says.
pub fn same_email(one: &str, other: &str) -> bool {
    one.eq_ignore_ascii_case(other)
}

impl Account {
    /// True unless the account is disabled. The keys and the password of one that is disabled open nothing, and its
    /// taxis are neither shown nor hailed; its open hails go on to their end.
    pub fn is_enabled(&self) -> bool {
        self.disabled_at.is_none()
    }

    /// Whether the account holds this role.
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
