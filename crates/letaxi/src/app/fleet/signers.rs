//! The keys that sign positions, in memory.
//!
//! A signature can only be checked with the key itself, which the database holds only sealed. Keys are kept by
//! the names that their accounts go by, and nowhere else: they are never shown, lent to one function at a time,
//! and overwritten when they are dropped.
//!
//! **Invariant:** in step with the accounts and keys of the directory.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::ArcSwap;
use registry::directory::KeyDigest;
use registry::{Account, AccountId, Role, plain_email};
use zeroize::Zeroizing;

use crate::app::account::limits::MOST_KEYS;

/// Maximum number of keys of one commercial name, because each is tried on a datagram. Several accounts may
/// share a name: each gets room for its newest key before any gets it for its second, so that none is
/// displaced by another's many keys. An e-mail address belongs to one account, with all its keys.
const KEYS_OF_A_NAME: usize = 32;
const _: () =
    assert!(KEYS_OF_A_NAME >= MOST_KEYS, "all keys of an account alone of its name must count");

/// Roles that may report positions, over any interface.
pub(in crate::app) const MAY_REPORT: &[Role] = &[Role::Operator, Role::Admin];

/// The keys in memory, by name.
#[derive(Default)]
pub(in crate::app) struct Signers {
    known: Mutex<BTreeMap<AccountId, Known>>,
    /// Derived from `known` after each change, for readers without a lock.
    pub(super) names: ArcSwap<Names>,
}

/// Signers by each of their names.
#[derive(Default)]
pub(super) struct Names {
    exact: HashMap<String, Vec<Signer>>,
    /// By [`plain_email`].
    plain_emails: HashMap<String, Vec<Signer>>,
}

impl Names {
    pub(super) fn of(&self, name: &str) -> &[Signer] {
        let in_any_case = || self.plain_emails.get(&plain_email(name));
        self.exact.get(name).or_else(in_any_case).map_or(&[], Vec::as_slice)
    }
}

/// An API key in clear. It has no `Debug`, so that it cannot be logged.
struct PlainKey(Zeroizing<String>);

pub(super) struct Signer {
    pub(super) account: AccountId,
    key: Arc<PlainKey>,
}

impl Signer {
    /// The key itself.
    pub(super) fn key(&self) -> &[u8] {
        self.key.0.as_bytes()
    }
}

#[derive(Default)]
struct Known {
    email: String,
    commercial_name: Option<String>,
    may_report: bool,
    /// Oldest first, each with its digest.
    keys: Vec<(KeyDigest, Arc<PlainKey>)>,
}

impl Known {
    fn describe(&mut self, account: &Account) {
        self.email.clone_from(&account.email);
        self.commercial_name.clone_from(&account.commercial_name);
        self.may_report = account.is_enabled() && account.roles.has_any(MAY_REPORT);
    }

    /// Its keys as signers, newest first.
    fn signers(&self, account: AccountId) -> impl Iterator<Item = Signer> + Clone {
        self.keys.iter().rev().map(move |(_, key)| Signer { account, key: Arc::clone(key) })
    }
}

fn by_names(known: &BTreeMap<AccountId, Known>) -> Names {
    let mut names = HashMap::<String, Vec<Signer>>::new();
    let mut plain_emails = HashMap::<String, Vec<Signer>>::new();
    let mut of_name = BTreeMap::<&str, Vec<(AccountId, &Known)>>::new();
    for (account, known) in known.iter().filter(|(_, known)| known.may_report) {
        let name = known.commercial_name.as_deref().filter(|name| *name != known.email);
        if let Some(name) = name.filter(|name| !name.is_empty()) {
            of_name.entry(name).or_default().push((*account, known));
        }
        names.entry(known.email.clone()).or_default().extend(known.signers(*account));
        let plain = plain_emails.entry(plain_email(&known.email)).or_default();
        plain.extend(known.signers(*account));
    }
    // After all e-mail addresses, so that an account cannot take over the address of another as its
    // commercial name.
    for (name, accounts) in of_name {
        let most_keys =
            accounts.iter().map(|(_, known)| known.keys.len()).max().unwrap_or_default();
        let in_turn = (0..most_keys).flat_map(|rank| {
            accounts.iter().filter_map(move |(account, known)| known.signers(*account).nth(rank))
        });
        names.entry(name.to_owned()).or_default().extend(in_turn.take(KEYS_OF_A_NAME));
    }
    Names { exact: names, plain_emails }
}

impl Signers {
    /// Adds a key to those of an account.
    pub(in crate::app) fn put_key(&self, account: AccountId, digest: KeyDigest, key: &str) {
        let key = Arc::new(PlainKey(Zeroizing::new(key.to_owned())));
        self.change(|known| known.entry(account).or_default().keys.push((digest, key)));
    }

    /// Takes a key back from an account.
    pub(in crate::app) fn take_key(&self, account: AccountId, digest: &KeyDigest) {
        self.change(|known| {
            known.entry(account).or_default().keys.retain(|(known, _)| known != digest);
        });
    }

    pub(in crate::app) fn put_account(&self, account: &Account) {
        self.change(|known| known.entry(account.id).or_default().describe(account));
    }

    pub(in crate::app) fn set(
        &self,
        accounts: &[Account],
        keys: impl Iterator<Item = (AccountId, KeyDigest, String)>,
    ) {
        let mut fresh = BTreeMap::<AccountId, Known>::new();
        for account in accounts {
            fresh.entry(account.id).or_default().describe(account);
        }
        for (account, digest, key) in keys {
            if let Some(known) = fresh.get_mut(&account) {
                known.keys.push((digest, Arc::new(PlainKey(Zeroizing::new(key)))));
            }
        }
        self.change(|known| *known = fresh);
    }

    fn change(&self, change: impl FnOnce(&mut BTreeMap<AccountId, Known>)) {
        // No code panics while it holds the lock, so a poisoned lock still guards a consistent map.
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        change(&mut known);
        // Under the lock, so that the later of two changes is published last.
        self.names.store(Arc::new(by_names(&known)));
    }
}

#[cfg(test)]
mod tests {
    use registry::AccountFields;

    use super::*;

    fn account(id: i64, name: &str, role: Role) -> Account {
        let fields = AccountFields {
            email: format!("{id}@x.fr"),
            commercial_name: Some(name.to_owned()),
            roles: [role].into_iter().collect(),
            ..AccountFields::default()
        };
        Account { id: AccountId(id), fields }
    }

    fn keys<'a>(
        of: impl IntoIterator<Item = (i64, &'a str)>,
    ) -> impl Iterator<Item = (AccountId, KeyDigest, String)> {
        of.into_iter().map(|(id, key)| (AccountId(id), [0; 32], key.to_owned()))
    }

    /// Accounts and keys of a name.
    fn of(signers: &Signers, name: &str) -> Vec<(i64, String)> {
        let names = signers.names.load();
        names.of(name).iter().map(|signer| (signer.account.0, signer.key.0.to_string())).collect()
    }

    #[test]
    fn an_operators_keys_go_by_its_email_and_its_commercial_name() {
        let signers = Signers::default();
        signers.put_account(&account(1, "Bleus", Role::Operator));
        assert_eq!(of(&signers, "Bleus"), []);
        signers.put_key(AccountId(1), [1; 32], "k1");
        signers.put_key(AccountId(1), [2; 32], "k2");
        let both = [(1, "k2".to_owned()), (1, "k1".to_owned())];
        assert_eq!(of(&signers, "Bleus"), both);
        assert_eq!(of(&signers, "1@x.fr"), both);
        assert_eq!(of(&signers, "1@X.fr"), both);
        assert_eq!(of(&signers, "bleus"), []);
        signers.put_account(&account(1, "Verts", Role::Operator));
        assert_eq!(of(&signers, "Bleus"), []);
        assert_eq!(of(&signers, "Verts"), both);
        signers.take_key(AccountId(1), &[1; 32]);
        assert_eq!(of(&signers, "Verts"), both[..1]);
        assert_eq!(of(&signers, "1@x.fr"), both[..1]);
    }

    #[test]
    fn who_may_not_report_positions_may_not_sign_them() {
        let signers = Signers::default();
        signers.set(&[account(1, "App", Role::Client)], keys([(1, "k")]));
        assert_eq!(of(&signers, "App"), []);
        signers.put_account(&account(1, "App", Role::Operator));
        assert_eq!(of(&signers, "App"), [(1, "k".to_owned())]);
    }

    #[test]
    fn nobody_pushes_an_account_from_its_own_email() {
        let signers = Signers::default();
        let crowd: Vec<_> = (1..100).map(|id| account(id, "100@x.fr", Role::Operator)).collect();
        let mut accounts = crowd;
        accounts.push(account(100, "Bleus", Role::Operator));
        signers.set(&accounts, keys((1..=100).map(|id| (id, "k"))));
        let found = of(&signers, "100@x.fr");
        assert_eq!(found.len(), 1 + KEYS_OF_A_NAME);
        assert_eq!(found[0], (100, "k".to_owned()));
    }

    #[test]
    fn all_keys_an_account_may_have_sign_whatever_name_it_gives() {
        let signers = Signers::default();
        let many = (0..MOST_KEYS).map(|_| (1, "k"));
        signers.set(&[account(1, "Bleus", Role::Operator)], keys(many));
        for name in ["Bleus", "1@x.fr"] {
            assert_eq!(of(&signers, name).len(), MOST_KEYS, "{name}");
        }
    }

    #[test]
    fn nobody_pushes_an_account_from_its_commercial_name_by_making_many_keys() {
        let signers = Signers::default();
        let accounts = [1, 2, 3].map(|id| account(id, "Bleus", Role::Operator));
        let many = |id| (0..MOST_KEYS).map(move |_| (id, "k"));
        signers.set(&accounts, keys(many(1).chain(many(2)).chain([(3, "k")])));
        let found = of(&signers, "Bleus");
        assert_eq!(found.len(), KEYS_OF_A_NAME);
        assert_eq!(found.iter().take(5).map(|(id, _)| *id).collect::<Vec<_>>(), [1, 2, 3, 1, 2]);
    }

    #[test]
    fn a_key_that_is_gone_signs_nothing() {
        let signers = Signers::default();
        let accounts = [account(1, "Bleus", Role::Operator)];
        signers.set(&accounts, keys([(1, "old")]));
        signers.set(&accounts, keys([(1, "new")]));
        assert_eq!(of(&signers, "Bleus"), [(1, "new".to_owned())]);
    }
}
