//! Lists of accounts and keys, as tables and as JSON.

use comfy_table::{Table, presets};
use registry::{Account, AccountId, Role};
use serde_json::json;

use crate::app::App;
use crate::cli::output::say;

pub(super) async fn list(app: &App, as_json: bool) -> anyhow::Result<()> {
    let accounts = app.all_accounts().await?;
    if as_json {
        let facts = |account| facts(account, &accounts);
        return say(json!(accounts.iter().map(facts).collect::<Vec<_>>()));
    }
    let mut table = Table::new();
    table.load_style(presets::UTF8_HORIZONTAL_ONLY);
    table.set_header(["id", "e-mail", "name", "roles", "manager", "disabled since (UTC)"]);
    for account in &accounts {
        table.add_row([
            account.id.to_string(),
            account.email.clone(),
            account.commercial_name.clone().unwrap_or_default(),
            words(account).join(", "),
            account.manager.map(|id| email_of(&accounts, id)).unwrap_or_default(),
            account.disabled_at.map(|at| at.format("%F %R").to_string()).unwrap_or_default(),
        ]);
    }
    say(table)
}

pub(super) async fn list_keys(app: &App, id: AccountId) -> anyhow::Result<()> {
    let mut table = Table::new();
    table.load_style(presets::UTF8_HORIZONTAL_ONLY);
    table.set_header(["number", "name", "made (UTC)", "last used (UTC)"]);
    for key in app.keys_of(id).await? {
        let used = key.last_used_at.map(|at| at.format("%F %R").to_string());
        table.add_row([
            key.id.to_string(),
            key.name,
            key.created_at.format("%F %R").to_string(),
            used.unwrap_or_default(),
        ]);
    }
    say(table)
}

/// An account in the form of `users.json`, without secrets: an import creates the same account elsewhere.
pub(super) fn facts(account: &Account, all: &[Account]) -> serde_json::Value {
    json!({
        "id": account.id.0,
        "email": account.email,
        "commercial_name": account.commercial_name,
        "roles": words(account),
        "manager": account.manager.map(|manager| email_of(all, manager)),
        "hail_endpoint_production": account.hail_endpoint,
        "operator_header_name": account.header_name,
        "fleet_size": account.fleet_size,
        "departements": account.departements().collect::<Vec<_>>(),
        "disabled_at": account.disabled_at,
    })
}

fn words(account: &Account) -> Vec<&'static str> {
    account.roles.iter().map(Role::word).collect()
}

fn email_of(accounts: &[Account], id: AccountId) -> String {
    accounts.iter().find(|account| account.id == id).map(|a| a.email.clone()).unwrap_or_default()
}
