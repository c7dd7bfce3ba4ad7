//! Roles of accounts.

use std::fmt;
use std::str::FromStr;

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
    /// A person charged with the control of taxis; may look drivers up, and nothing else.
    Inspector,
}

impl Role {
    /// All roles, in the order in which answers list them.
    pub const ALL: [Self; 6] =
        [Self::Admin, Self::Client, Self::Operator, Self::Group, Self::Publisher, Self::Inspector];

    /// Their words, in the same order.
    pub const WORDS: [&'static str; 6] = [
        Self::Admin.word(),
        Self::Client.word(),
        Self::Operator.word(),
        Self::Group.word(),
        Self::Publisher.word(),
        Self::Inspector.word(),
    ];

    /// The word in the public contract and the database.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Admin => "admin",
            Self::Client => "moteur",
            Self::Operator => "operateur",
            Self::Group => "groupement",
            Self::Publisher => "editeur",
            Self::Inspector => "inspector",
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
#[error("{0:?} is no role: it is one of admin, moteur, operateur, groupement, editeur, inspector")]
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

    /// True unless the set is an inspector's with further roles: who inspects, does nothing else.
    pub fn fit_together(self) -> bool {
        !self.has(Role::Inspector) || self.iter().count() == 1
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
        assert!(set.fit_together() && Roles::from_iter([Role::Inspector]).fit_together());
        assert!(!Roles::from_iter([Role::Inspector, Role::Admin]).fit_together());
    }

    #[test]
    fn every_role_has_its_word_and_every_word_its_role() {
        for role in Role::ALL {
            assert_eq!(role.word().parse(), Ok(role));
        }
        assert_eq!(Role::ALL.map(Role::word), Role::WORDS);
        assert!("driver".parse::<Role>().is_err());
    }
}
