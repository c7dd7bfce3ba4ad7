//! Putting an imported territory and imported accounts in place.

use std::collections::{HashMap, HashSet};

use registry::AccountFields;
use registry::{Account, AccountId, Password, same_email};
use storage::territory_rows::{Changed, ImportReport, TerritoryImport};
use territory::{InseeCode, Mergers, Reach};

use crate::app::App;
use crate::app::account::accounts::AccountError;
use crate::app::account::secrets;

/// An account to be made or changed.
#[derive(Clone)]
pub struct UserRow {
    /// All but who manages it.
    pub fields: AccountFields,
    /// E-mail of the account that may act for it.
    pub manager: Option<String>,
    /// Its password; none: it keeps the one that it has.
    pub password: Option<Password>,
    /// True if the file gives the value of its header; else the account keeps its value.
    pub tells_header_value: bool,
    /// The API key it brings along; none: a fresh one, if it is new.
    pub api_key: Option<String>,
}

/// What an import of accounts changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct UsersReport {
    /// Accounts that were not there before.
    pub added: usize,
    /// Accounts of which something is different now.
    pub updated: usize,
}

/// The towns there are, as an import must know them.
#[derive(Clone, Debug, Default)]
pub struct KnownTowns {
    /// Their codes.
    pub codes: HashSet<InseeCode>,
    /// Old codes.
    pub mergers: Mergers,
    /// Reach of the towns in force.
    pub reach: Reach,
}

/// Rules of an import.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rules {
    /// True if it may remove more than a tenth of a part (`--replace`).
    pub replace: bool,
    /// True if it is rolled back, and only its report counts (`--dry-run`).
    pub dry_run: bool,
}

/// An import may remove one of so many rows of a part that are there now, no more unless it is told to replace
/// them.
const MOST_REMOVED: usize = 10;

const TOWNS: &str = "towns";

/// Objection to an import: rows that it would remove and that are probably still wanted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Objection {
    /// Much of a part.
    #[error("{part}: {removed} of the {before} that are there would be removed")]
    Removes {
        /// Name of the part.
        part: &'static str,
        /// Number of rows that would be removed.
        removed: usize,
        /// Number of rows in force.
        before: usize,
    },
    /// Towns whose licences would then be of no town in force.
    #[error(
        "towns: licences are of {}, and the folder has no such town: zupc/fusion_communes/*.yaml tells which town took its place", listed(.0)
    )]
    Licensed(Vec<InseeCode>),
}

fn listed(codes: &[InseeCode]) -> String {
    codes.iter().map(InseeCode::as_str).collect::<Vec<_>>().join(", ")
}

/// The parts of an import's report, with the names that people are shown.
pub fn parts(report: &ImportReport) -> [(&'static str, Option<Changed>, usize); 4] {
    let before = report.before;
    [
        (TOWNS, report.towns, before.towns),
        ("zones", report.zones, before.zones),
        ("exclusion zones", report.exclusions, before.exclusions),
        ("stations", report.stations, before.stations),
    ]
}

/// All that speaks against an import, if it was not told to replace what is there.
pub fn objections(report: &ImportReport) -> Vec<Objection> {
    let parts = parts(report).into_iter().filter_map(|(part, changed, before)| {
        // Towns that became part of others are not lost.
        let merged = if part == TOWNS { report.towns_merged } else { 0 };
        let removed = changed?.removed - merged;
        (removed * MOST_REMOVED > before).then_some(Objection::Removes { part, removed, before })
    });
    let licensed = Some(report.licensed.clone()).filter(|licensed| !licensed.is_empty());
    parts.chain(licensed.map(Objection::Licensed)).collect()
}

impl App {
    /// The towns there are.
    ///
    /// # Errors
    ///
    /// If the store fails.
    pub async fn known_towns(&self) -> storage::Result<KnownTowns> {
        let territory = self.store.territory().await?;
        Ok(KnownTowns {
            codes: territory.towns.iter().map(|town| town.code).collect(),
            reach: Reach::of(&territory.towns),
            mergers: territory.mergers,
        })
    }

    /// As [`App::import_territory`], if the rules allow what it changes. The report tells whether it was stored,
    /// and [`objections`] why not.
    ///
    /// # Errors
    ///
    /// If the store fails.
    pub async fn import_territory_by(
        &self,
        rules: Rules,
        import: TerritoryImport,
        progress: &(dyn Fn(usize) + Send + Sync),
    ) -> storage::Result<ImportReport> {
        let accept = |report: &ImportReport| {
            !rules.dry_run && (rules.replace || objections(report).is_empty())
        };
        self.store.import_territory_if(import, &accept, progress).await
    }

    /// Puts parts of a territory in place, all or nothing.
    ///
    /// # Errors
    ///
    /// If the store fails.
    pub async fn import_territory(
        &self,
        import: TerritoryImport,
        progress: &(dyn Fn(usize) + Send + Sync),
    ) -> storage::Result<ImportReport> {
        self.store.import_territory(import, progress).await
    }

    /// Makes sure that accounts can be imported, before any is.
    ///
    /// # Errors
    ///
    /// If a key is an account's that is not in the import under the same e-mail, in whatever case.
    pub async fn check_users(&self, users: &[UserRow]) -> Result<(), AccountError> {
        let (accounts, keys) = self.store.accounts().await?;
        let email_of: HashMap<AccountId, &str> =
            accounts.iter().map(|account| (account.id, account.email.as_str())).collect();
        let owner_of: HashMap<_, AccountId> = keys.into_iter().collect();
        for user in users {
            let digest = user.api_key.as_ref().map(|key| self.secrets.digest(key));
            let owner = digest.and_then(|digest| owner_of.get(&digest));
            let is_own = |owner| {
                let email = email_of.get(owner);
                email.is_some_and(|email| same_email(email, &user.fields.email))
            };
            if owner.is_some_and(|owner| !is_own(owner)) {
                return Err(AccountError::KeyOfAnother(user.fields.email.clone()));
            }
        }
        Ok(())
    }

    /// Preview of [`App::import_users`]: counts what it would change.
    ///
    /// # Errors
    ///
    /// If the store fails.
    pub async fn preview_users(&self, users: &[UserRow]) -> Result<UsersReport, AccountError> {
        let mut report = UsersReport::default();
        for user in users {
            let Some(account) = self.store.account_of_email(&user.fields.email).await? else {
                report.added += 1;
                continue;
            };
            let (password, key) = self.secrets_differ(&account, user).await?;
            let manager = match &user.manager {
                Some(email) => self.store.account_of_email(email).await?,
                None => None,
            };
            let is_new = user.manager.is_some() && manager.is_none();
            let after = fields_after(&account.fields, user, manager.map(|manager| manager.id));
            let differs = password || key || is_new || after != account.fields;
            report.updated += usize::from(differs);
        }
        Ok(report)
    }

    /// Makes accounts, or changes those that are there under the same e-mail, in whatever case, in their order.
    ///
    /// # Errors
    ///
    /// If the store fails; see [`App::check_users`] for what is to be checked before.
    pub async fn import_users(&self, users: Vec<UserRow>) -> Result<UsersReport, AccountError> {
        let (mut made, mut changed) = (HashSet::new(), HashSet::new());
        for user in &users {
            if let Some(account) = self.store.account_of_email(&user.fields.email).await? {
                if self.import_secrets(&account, user).await? {
                    changed.insert(account.id);
                }
            } else {
                let (password, key) = (user.password.as_ref(), user.api_key.clone());
                let (account, _) = self.create_account(user.fields.clone(), password, key).await?;
                made.insert(account.id);
            }
        }
        // Managers come last: one may stand after the accounts it manages.
        for user in &users {
            let account = self.account_of_email(&user.fields.email).await?;
            let manager = match &user.manager {
                Some(email) => Some(self.account_of_email(email).await?.id),
                None => None,
            };
            let import = |known: &mut AccountFields| *known = fields_after(known, user, manager);
            let mut fields = account.fields.clone();
            import(&mut fields);
            if fields != account.fields {
                self.update_account(account.id, &import).await?;
                changed.insert(account.id);
            }
        }
        Ok(UsersReport { added: made.len(), updated: changed.difference(&made).count() })
    }

    /// Sets password and key of an account that is there, if they are different.
    async fn import_secrets(
        &self,
        account: &Account,
        user: &UserRow,
    ) -> Result<bool, AccountError> {
        let (password, key) = self.secrets_differ(account, user).await?;
        if password {
            self.set_password(account.id, user.password.as_ref()).await?;
        }
        if let (true, Some(new)) = (key, &user.api_key) {
            self.set_key(account.id, Some(new.clone())).await?;
        }
        Ok(password || key)
    }

    /// Compares password and key of an account with those of an import; true where they differ.
    async fn secrets_differ(
        &self,
        account: &Account,
        user: &UserRow,
    ) -> Result<(bool, bool), AccountError> {
        let hash = self.store.password_hash(account.id).await?;
        let same_password = match (&user.password, &hash) {
            (Some(password), Some(hash)) => secrets::verify_password(password.text(), hash),
            (None, _) => true,
            (Some(_), None) => false,
        };
        let other_key = match &user.api_key {
            Some(key) => self.key(account.id).await?.as_ref() != Some(key),
            None => false,
        };
        Ok((!same_password, other_key))
    }
}

/// An account's fields after an import: those that `users.json` does not hold stay.
fn fields_after(
    known: &AccountFields,
    user: &UserRow,
    manager: Option<AccountId>,
) -> AccountFields {
    let AccountFields { email, commercial_name, roles, hail_endpoint, header_name, .. } =
        user.fields.clone();
    let header = if user.tells_header_value { &user.fields } else { known };
    AccountFields {
        email,
        commercial_name,
        roles,
        manager,
        hail_endpoint,
        header_name,
        header_value: header.header_value.clone(),
        fleet_size: user.fields.fleet_size,
        ..known.clone()
    }
}
