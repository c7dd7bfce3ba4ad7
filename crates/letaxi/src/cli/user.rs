//! `letaxi user`: accounts, their keys and passwords.

use std::io::{BufRead, IsTerminal, Write};

use anyhow::{Context, anyhow, bail};
use clap::{Args, Subcommand};
use comfy_table::{Table, presets};
use registry::AccountFields;
use registry::{Account, AccountId, Password, Role};
use serde_json::json;
use territory::Departement;

use super::output::say;
use super::start;
use crate::app::App;
use crate::config::Settings;

/// Manages accounts: creates, changes, lists, disables and deletes them, sets passwords, managers and API
/// keys.
#[derive(Args, Debug)]
#[command(
    after_help = "Examples:\n  letaxi user create op@taxis.example --role operateur --name \"Taxis bleus\"\n  letaxi user key op@taxis.example"
)]
pub(super) struct User {
    #[command(subcommand)]
    command: UserCommand,
}

#[derive(Subcommand, Debug)]
enum UserCommand {
    /// Creates an account and shows its API key
    #[command(after_help = "Example: letaxi user create app@search.example --role moteur")]
    Create(New),
    /// Changes roles, name or hail endpoint of an account; a running server applies it within two seconds
    #[command(
        after_help = "Examples:\n  letaxi user change op@taxis.example --role operateur --role groupement\n  letaxi user change op@taxis.example --hail-endpoint https://taxis.example/hails\n  letaxi user change op@taxis.example --hail-endpoint \"\""
    )]
    Change {
        /// E-mail of the account
        email: String,
        #[command(flatten)]
        change: Change,
    },
    /// Deletes an account without taxis, hails, customers and managed accounts
    #[command(after_help = "Example: letaxi user delete typo@taxis.example")]
    Delete {
        /// E-mail of the account
        email: String,
    },
    /// Disables an account: its keys and its log-in are refused, its taxis neither found nor hailed; its open
    /// hails continue to their end
    #[command(after_help = "Example: letaxi user disable op@taxis.example")]
    Disable {
        /// E-mail of the account
        email: String,
    },
    /// Enables a disabled account again
    #[command(after_help = "Example: letaxi user enable op@taxis.example")]
    Enable {
        /// E-mail of the account
        email: String,
    },
    /// Lists all accounts; as JSON without their secrets, in the form that `letaxi import` reads
    #[command(
        after_help = "Examples:\n  letaxi user list\n  letaxi user list --json > town/users.json"
    )]
    List {
        /// Print the list as JSON
        #[arg(long)]
        json: bool,
    },
    /// Sets the password, read from standard input
    #[command(after_help = "Example: letaxi user password op@taxis.example")]
    Password {
        /// E-mail of the account
        email: String,
        /// Remove the password: no more log-in
        #[arg(long)]
        remove: bool,
    },
    /// Sets the account that may act for another one
    #[command(after_help = "Example: letaxi user manager op@taxis.example boss@taxis.example")]
    Manager {
        /// The managed account
        email: String,
        /// The account that may act for it
        #[arg(required_unless_present = "remove")]
        manager: Option<String>,
        /// Remove the manager
        #[arg(long, conflicts_with = "manager")]
        remove: bool,
    },
    /// Sets the rate limit of each key of an account, in requests per second; for `POST /geotaxi` at least
    /// the setting `positions_per_s` applies
    #[command(after_help = "Example: letaxi user limit op@taxis.example 2000")]
    Limit {
        /// E-mail of the account
        email: String,
        /// Requests per second; four times as many may come at once; 0 means no limit
        #[arg(required_unless_present = "remove", value_parser = clap::value_parser!(i32).range(0..))]
        requests_per_s: Option<i32>,
        /// Return to the general limit of the settings
        #[arg(long, conflicts_with = "requests_per_s")]
        remove: bool,
    },
    /// Shows the API key or replaces it; or manages further keys, each with a name
    #[command(after_help = "Example: letaxi user key op@taxis.example --replace")]
    Key {
        /// E-mail of the account
        email: String,
        /// Replace it by a fresh one; the old one is invalid at once
        #[arg(long)]
        replace: bool,
        /// Replace it by this existing one
        #[arg(long, value_name = "KEY", conflicts_with = "replace")]
        set: Option<String>,
        /// List all keys of the account by their numbers, without the keys themselves
        #[arg(long, conflicts_with_all = ["replace", "set"])]
        list: bool,
        /// Create a further key of this name, and show it this once
        #[arg(long, value_name = "NAME", conflicts_with_all = ["replace", "set", "list"])]
        add: Option<String>,
        /// Close the key of this number for good; a running server applies it within two seconds
        #[arg(long, value_name = "NUMBER", conflicts_with_all = ["replace", "set", "list", "add"])]
        revoke: Option<i64>,
    },
}

/// A new account.
#[derive(Args, Debug)]
struct New {
    /// E-mail address, the user name of the log-in
    email: String,
    /// Role: admin, moteur, operateur, groupement, editeur, inspector; may be repeated
    #[arg(long = "role", value_name = "ROLE", required = true)]
    roles: Vec<Role>,
    /// Name known to customers
    #[arg(long)]
    name: Option<String>,
    /// URL to which an operator's hails are delivered
    #[arg(long, value_name = "URL", default_value = "")]
    hail_endpoint: String,
    /// Numbers of the départements in which an inspector may look drivers up: 06,83
    #[arg(long, value_name = "NUMBERS", value_delimiter = ',')]
    departements: Vec<Departement>,
    /// Existing API key to use [default: a fresh one]
    #[arg(long)]
    key: Option<String>,
    /// Ask for a password
    #[arg(long)]
    password: bool,
    /// Print the result as JSON
    #[arg(long)]
    json: bool,
}

/// Changes of an account.
#[derive(Args, Debug)]
#[group(id = "changes", required = true, multiple = true)]
struct Change {
    /// New roles, in place of the present ones: admin, moteur, operateur, groupement, editeur, inspector; may
    /// be repeated
    #[arg(long = "role", value_name = "ROLE")]
    roles: Vec<Role>,
    /// Numbers of the départements in which an inspector may look drivers up, in place of the present ones
    #[arg(long, value_name = "NUMBERS", value_delimiter = ',')]
    departements: Vec<Departement>,
    /// Name known to customers; empty: none
    #[arg(long, alias = "commercial-name")]
    name: Option<String>,
    /// URL to which the operator's hails are delivered; empty: none
    #[arg(long, value_name = "URL", alias = "endpoint")]
    hail_endpoint: Option<String>,
}

pub(super) async fn run(args: User, settings: &Settings) -> anyhow::Result<()> {
    let app = start::open(settings).await?;
    match args.command {
        UserCommand::Create(new) => create(&app, new).await,
        UserCommand::Change { email, change } => apply(&app, &email, change).await,
        UserCommand::Delete { email } => delete(&app, &email).await,
        UserCommand::Disable { email } => set_enabled(&app, &email, false).await,
        UserCommand::Enable { email } => set_enabled(&app, &email, true).await,
        UserCommand::List { json } => list(&app, json).await,
        UserCommand::Password { email, remove } => {
            let account = app.account_of_email(&email).await?;
            let password = if remove { None } else { Some(read_password()?) };
            app.set_password(account.id, password.as_ref()).await?;
            say(format!("the password of {email} is {}", if remove { "removed" } else { "set" }))
        }
        UserCommand::Manager { email, manager, .. } => {
            set_manager(&app, &email, manager.as_deref()).await
        }
        UserCommand::Limit { email, requests_per_s, .. } => {
            set_limit(&app, &email, requests_per_s).await
        }
        UserCommand::Key { email, list: true, .. } => {
            let account = app.account_of_email(&email).await?;
            list_keys(&app, account.id).await
        }
        UserCommand::Key { email, add: Some(name), .. } => {
            let account = app.account_of_email(&email).await?;
            say(app.add_key_to(account.id, &name, &[]).await?.1)
        }
        UserCommand::Key { email, revoke: Some(number), .. } => {
            let account = app.account_of_email(&email).await?;
            app.revoke_key_of(account.id, number, &[]).await?;
            say(format!("key {number} is closed"))
        }
        UserCommand::Key { email, replace, set, .. } => {
            let account = app.account_of_email(&email).await?;
            let key = if replace || set.is_some() {
                app.set_key(account.id, set).await?
            } else {
                let key = app.key(account.id).await?;
                key.with_context(|| format!("{email} has no key: create one with --replace"))?
            };
            say(key)
        }
    }
}

async fn create(app: &App, new: New) -> anyhow::Result<()> {
    check_roles(&new.roles)?;
    let password = if new.password { Some(read_password()?) } else { None };
    check_endpoint(app, AccountId(0), &new.hail_endpoint).await?;
    let fields = AccountFields {
        email: checked_email(new.email)?,
        commercial_name: new.name,
        roles: new.roles.into_iter().collect(),
        hail_endpoint: new.hail_endpoint,
        departements: numbers(&new.departements),
        ..AccountFields::default()
    };
    let (account, key) = app.create_account(fields, password.as_ref(), new.key).await?;
    if new.json {
        let mut facts = facts(&account, &[]);
        facts["apikey"] = json!(key);
        return say(facts);
    }
    say(format!("created account {}, {}", account.id, account.email))?;
    say(format!("its API key: {key}"))
}

async fn delete(app: &App, email: &str) -> anyhow::Result<()> {
    let account = app.account_of_email(email).await?;
    app.delete_account(&account).await?;
    say(format!("{email} is deleted"))
}

async fn set_enabled(app: &App, email: &str, enabled: bool) -> anyhow::Result<()> {
    let account = app.account_of_email(email).await?;
    app.set_enabled(account.id, enabled).await?;
    let what = if enabled { "may do again what its roles say" } else { "may do nothing any more" };
    say(format!("{email} {what}"))
}

async fn apply(app: &App, email: &str, change: Change) -> anyhow::Result<()> {
    check_roles(&change.roles)?;
    let account = app.account_of_email(email).await?;
    let endpoint = change.hail_endpoint.as_deref();
    // An unchanged endpoint is never refused, as in the API.
    if let Some(endpoint) = endpoint.filter(|endpoint| *endpoint != account.hail_endpoint) {
        check_endpoint(app, account.id, endpoint).await?;
    }
    let apply = |fields: &mut AccountFields| {
        if !change.roles.is_empty() {
            fields.roles = change.roles.iter().copied().collect();
        }
        if !change.departements.is_empty() {
            fields.departements = numbers(&change.departements);
        }
        if let Some(name) = &change.name {
            fields.commercial_name = Some(name.clone()).filter(|name| !name.is_empty());
        }
        if let Some(endpoint) = endpoint {
            endpoint.clone_into(&mut fields.hail_endpoint);
        }
    };
    let account = app.update_account(account.id, &apply).await?;
    say(format!("{} is changed", account.email))
}

/// Refuses an inspector with further roles: who inspects, does nothing else.
fn check_roles(roles: &[Role]) -> anyhow::Result<()> {
    if roles.contains(&Role::Inspector) && roles.iter().any(|role| *role != Role::Inspector) {
        bail!("an inspector has no other role: create an account for each");
    }
    Ok(())
}

/// The numbers of départements, as an account holds them.
fn numbers(departements: &[Departement]) -> String {
    departements.iter().map(|one| one.number).collect::<Vec<_>>().join(",")
}

/// Refuses a hail endpoint that the API refuses.
async fn check_endpoint(app: &App, id: AccountId, endpoint: &str) -> anyhow::Result<()> {
    match app.endpoint_fault(id, endpoint).await {
        None => Ok(()),
        Some(fault) => bail!(
            "--hail-endpoint: {fault}; give a public address, or name it in the setting private_endpoints"
        ),
    }
}

async fn list(app: &App, as_json: bool) -> anyhow::Result<()> {
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

async fn set_manager(app: &App, email: &str, manager: Option<&str>) -> anyhow::Result<()> {
    let account = app.account_of_email(email).await?;
    let manager = match manager {
        Some(manager) => Some(app.account_of_email(manager).await?),
        None => None,
    };
    if manager.as_ref().is_some_and(|manager| manager.id == account.id) {
        bail!("{email} acts for itself anyway: name another account as its manager");
    }
    let id = manager.as_ref().map(|manager| manager.id);
    app.update_account(account.id, &|fields| fields.manager = id).await?;
    say(match manager {
        Some(manager) => format!("{} may act for {email}", manager.email),
        None => format!("nobody may act for {email}"),
    })
}

async fn list_keys(app: &App, id: AccountId) -> anyhow::Result<()> {
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

async fn set_limit(app: &App, email: &str, requests_per_s: Option<i32>) -> anyhow::Result<()> {
    let account = app.account_of_email(email).await?;
    app.update_account(account.id, &|fields| fields.requests_per_s = requests_per_s).await?;
    say(match requests_per_s {
        Some(0) => format!("the keys of {email} have no limit"),
        Some(limit) => format!("each key of {email} may make {limit} requests a second"),
        None => format!("the keys of {email} have the limit of the settings"),
    })
}

/// An account in the form of `users.json`, without secrets: an import creates the same account elsewhere.
fn facts(account: &Account, all: &[Account]) -> serde_json::Value {
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

fn checked_email(email: String) -> anyhow::Result<String> {
    let parts = email.split_once('@').filter(|(name, host)| !name.is_empty() && !host.is_empty());
    if parts.is_none() || email.chars().any(char::is_whitespace) {
        bail!("{email:?} is not a valid e-mail address: write it as name@example.org");
    }
    Ok(email)
}

/// Reads a password: hidden from a terminal, or the first line of piped input.
fn read_password() -> anyhow::Result<Password> {
    let password = if std::io::stdin().is_terminal() {
        write!(std::io::stderr(), "password: ")?;
        rpassword::read_password()?
    } else {
        let mut line = String::new();
        std::io::stdin().lock().read_line(&mut line)?;
        line.trim_end_matches(['\r', '\n']).to_owned()
    };
    Password::new(&password).map_err(|fault| anyhow!("the password {fault}"))
}
