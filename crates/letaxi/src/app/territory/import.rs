//! Applies imported territory and accounts.

use std::collections::{HashMap, HashSet};

use registry::AccountFields;
use registry::{Account, AccountId, Password, same_email};
use storage::territory_rows::{Changed, ImportReport, TerritoryImport};
use storage::{Action, Resource};
use territory::{InseeCode, Mergers, Reach};

use crate::app::App;
use crate::app::account::accounts::AccountError;
use crate::app::account::caller::{Caller, Extra};
use crate::app::account::secrets;
use crate::app::exports::Permit;

/// An account to be created or changed.
#[derive(Clone)]
pub struct UserRow {
    /// All fields except the manager.
    pub fields: AccountFields,
    /// E-mail address of the account that may act for it.
    pub manager: Option<String>,
    /// Password; `None`: unchanged.
    pub password: Option<Password>,
    /// True if the file gives the value of its header; otherwise the value is kept.
    pub tells_header_value: bool,
    /// Existing API key; `None`: a new account gets a fresh one.
    pub api_key: Option<String>,
}

/// Result of an import of accounts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct UsersReport {
    /// Number of new accounts.
    pub added: usize,
    /// Number of changed accounts.
    pub updated: usize,
}

/// Existing towns, for an import.
#[derive(Clone, Debug, Default)]
pub struct KnownTowns {
    /// Their codes.
    pub codes: HashSet<InseeCode>,
    /// Old codes.
    pub mergers: Mergers,
    /// Reach of the towns in force.
    pub reach: Reach,
}

/// Options of an import.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rules {
    /// True if it may remove more than a tenth of a part (`--replace`).
    pub replace: bool,
    /// True if it is rolled back after its report (`--dry-run`).
    pub dry_run: bool,
    /// Revision of the territory for which the import was previewed; it is rolled back for another one.
    pub revision: Option<i64>,
}

/// Divisor of the maximum number of removed rows: one in so many existing rows of a part, unless they are to
/// be replaced.
const MOST_REMOVED: usize = 10;

const TOWNS: &str = "towns";
const ZONES: &str = "zones";
const EXCLUSIONS: &str = "exclusion zones";
const STATIONS: &str = "stations";
const LICENCES: &str = "licences";

/// Objection to an import: it would remove rows that are probably still needed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Objection {
    /// Too many rows of a part.
    #[error("{part}: {removed} of the {before} that are there would be removed")]
    Removes {
        /// Name of the part.
        part: &'static str,
        /// Number of rows that would be removed.
        removed: usize,
        /// Number of rows in force.
        before: usize,
    },
    /// Towns with licences that would have no town in force.
    #[error(
        "towns: licences are of {}, and the folder has no such town: zupc/fusion_communes/*.yaml tells which town took its place", listed(.0)
    )]
    Licensed(Vec<InseeCode>),
}

fn listed(codes: &[InseeCode]) -> String {
    codes.iter().map(InseeCode::as_str).collect::<Vec<_>>().join(", ")
}

/// Parts of an import's report, with their names for display.
pub fn parts(report: &ImportReport) -> [(&'static str, Option<Changed>, usize); 4] {
    let before = report.before;
    [
        (TOWNS, report.towns, before.towns),
        (ZONES, report.zones, before.zones),
        (EXCLUSIONS, report.exclusions, before.exclusions),
        (STATIONS, report.stations, before.stations),
    ]
}

/// All objections to an import without `--replace`.
pub fn objections(report: &ImportReport) -> Vec<Objection> {
    let parts = parts(report).into_iter().filter_map(|(part, changed, before)| {
        // Merged towns are not lost.
        let merged = if part == TOWNS { report.towns_merged } else { 0 };
        let removed = changed?.removed - merged;
        (removed * MOST_REMOVED > before).then_some(Objection::Removes { part, removed, before })
    });
    let licensed = Some(report.licensed.clone()).filter(|licensed| !licensed.is_empty());
    parts.chain(licensed.map(Objection::Licensed)).collect()
}

impl App {
    /// The existing towns.
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

    /// Like [`App::import_territory`], if the rules allow its changes. The report says if it was stored, and
    /// [`objections`] give the reasons if not.
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
            let is_previewed = rules.revision.is_none_or(|revision| revision == report.revision);
            let is_allowed = rules.replace || objections(report).is_empty();
            !rules.dry_run && is_previewed && is_allowed
        };
        self.store.import_territory_if(import, &accept, progress).await
    }

    /// A permit to read and store an import over HTTP; `None` while there is another one.
    pub fn import_permit(&self) -> Option<Permit> {
        self.imports.take()
    }

    /// [`App::import_territory_by`] for an admin, with a line in the activity log. `digest` is that of its files. Memory
    /// has the new territory at the end.
    ///
    /// # Errors
    ///
    /// If the store fails.
    pub async fn import_territory_for(
        &self,
        who: &Caller,
        rules: Rules,
        import: TerritoryImport,
        digest: &str,
    ) -> storage::Result<ImportReport> {
        let parts = [
            (TOWNS, import.towns.is_some()),
            (ZONES, import.zones.is_some()),
            (EXCLUSIONS, import.exclusions.is_some()),
            (STATIONS, import.stations.is_some()),
            (LICENCES, import.licence_lists.is_some()),
        ];
        let parts = parts.iter().filter(|(_, there)| *there).map(|(name, _)| *name);
        let parts = parts.collect::<Vec<_>>().join(", ");
        let extra = Extra::Import { parts: &parts, digest };
        let account = who.account.id.to_string();
        let line = self.activity(Action::Import, Resource::User, account, &extra);
        let activity = vec![line, self.activity_of_call(who)];
        let import = TerritoryImport { at: self.now(), activity, ..import };
        let report = self.import_territory_by(rules, import, &|_| {}).await?;
        if report.stored {
            // Else the next round of synchronisation notices it.
            let noticed = self.notice_changes().await;
            noticed.unwrap_or_else(|error| tracing::warn!(%error, "the import is not read yet"));
        }
        Ok(report)
    }

    /// Replaces parts of the territory, all or nothing.
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

    /// Checks that accounts can be imported, before any is.
    ///
    /// # Errors
    ///
    /// If a key belongs to an account that is not in the import under the same e-mail address, in any case.
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

    /// Creates accounts, or changes existing ones with the same e-mail address, in any case, in their order.
    ///
    /// # Errors
    ///
    /// If the store fails; call [`App::check_users`] first.
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
        // Managers are set last, because one may follow the accounts that it manages.
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

    /// Sets password and key of an existing account, if they differ.
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

    /// True if the password or the key of an account differs from the imported one.
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
        departements: user.fields.departements.clone(),
        ..known.clone()
    }
}
