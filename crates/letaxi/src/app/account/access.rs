//! Accounts with the ways of their people into them: lists and single ones, for admins and managers.

use std::sync::Arc;

use registry::{Account, AccountId, Role};
use storage::password_links::Access;

use super::caller::Caller;
use super::users::UserRefused;
use crate::app::App;
use crate::app::page::{Page, Paged};

/// An account with the ways into it.
#[derive(Clone, Debug)]
pub struct AccountView {
    /// The account.
    pub account: Arc<Account>,
    /// The account that may act for it.
    pub manager: Option<Arc<Account>>,
    /// The ways of its person into it.
    pub access: Access,
    /// True if it must have a second step.
    pub needs_second_step: bool,
}

/// Filter of a list of accounts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AccountFilter {
    /// Part of the e-mail address, the commercial name or the manager's e-mail address, in any case; or the number.
    pub text: Option<String>,
    /// A role that it has.
    pub role: Option<Role>,
    /// Enabled or disabled.
    pub is_enabled: Option<bool>,
}

impl App {
    /// The accounts that the caller may see, sorted by e-mail address: all for an admin, those that it manages for
    /// others.
    ///
    /// # Errors
    ///
    /// If the store fails.
    pub async fn accounts(
        &self,
        who: &Caller,
        filter: &AccountFilter,
        page: Page,
    ) -> storage::Result<Paged<AccountView>> {
        let mut accounts = self.directory.accounts();
        accounts.retain(|account| self.manages(who, account) && self.is_sought(account, filter));
        accounts.sort_by(|one, other| one.email.cmp(&other.email).then(one.id.cmp(&other.id)));
        let Paged { elements, page, total } = page.cut(accounts);
        Ok(Paged { elements: self.account_views(elements).await?, page, total })
    }

    /// An account that the caller manages, or its own.
    ///
    /// # Errors
    ///
    /// If it does not exist, or is somebody else's.
    pub async fn account_view(
        &self,
        who: &Caller,
        id: AccountId,
    ) -> Result<AccountView, UserRefused> {
        let account = self.directory.account(id).ok_or(UserRefused::Unknown)?;
        let is_own = who.account.id == id && self.is_at_home(who);
        if !is_own && !self.manages(who, &account) {
            return Err(UserRefused::NotYours);
        }
        let views = self.account_views(vec![account]).await?;
        views.into_iter().next().ok_or(UserRefused::Unknown)
    }

    async fn account_views(
        &self,
        accounts: Vec<Arc<Account>>,
    ) -> storage::Result<Vec<AccountView>> {
        let ids: Vec<_> = accounts.iter().map(|account| account.id).collect();
        let access = self.store.access_of(&ids).await?;
        let view = |account: Arc<Account>| {
            let access = access.iter().find(|access| access.account == account.id)?.clone();
            let now = self.now();
            Some(AccountView {
                manager: account.manager.and_then(|id| self.directory.account(id)),
                access: Access { link_until: access.link_until.filter(|at| *at > now), ..access },
                needs_second_step: self.settings.second_step.is_for(&account),
                account,
            })
        };
        // One that was deleted meanwhile is left out.
        Ok(accounts.into_iter().filter_map(view).collect())
    }

    fn is_sought(&self, account: &Account, filter: &AccountFilter) -> bool {
        let holds = |part: &String| {
            let part = part.to_lowercase();
            let manager = account.manager.and_then(|id| self.directory.account(id));
            let texts = [
                Some(account.email.as_str()),
                account.commercial_name.as_deref(),
                manager.as_ref().map(|manager| manager.email.as_str()),
            ];
            account.id.to_string() == part
                || texts.into_iter().flatten().any(|text| text.to_lowercase().contains(&part))
        };
        filter.text.as_ref().is_none_or(holds)
            && filter.role.is_none_or(|role| account.is(role))
            && filter.is_enabled.is_none_or(|is| account.is_enabled() == is)
    }
}
