//! `letaxi user`: accounts, their keys and passwords.

use std::io::{BufRead, IsTerminal, Write};

use anyhow::{Context, anyhow};
use clap::{Args, Subcommand};
use registry::{AccountFields, Password, Role, Roles};
use serde_json::json;
use territory::Departement;

use self::people::numbers;
use self::show::{facts, list, list_keys};
use super::output::say;
use super::start;
use crate::app::App;
use crate::app::account::changes::AccountChanges;
use crate::app::account::secrets;
use crate::config::Settings;

mod people;
mod show;

/// Manages accounts: creates, invites, changes, lists, disables and deletes them, sets passwords, managers and API
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
    /// Makes a link by which a person sets the password of an account, once and within 72 hours; creates the account if
    /// there is none
    #[command(
        after_help = "Examples:\n  letaxi user invite op@taxis.example --role operateur --name \"Taxis bleus\"\n  letaxi user invite op@taxis.example"
    )]
    Invite(people::Invite),
    /// Shows whether an account has a second step to sign in, or removes one that was lost
    #[command(after_help = "Example: letaxi user second-step op@taxis.example --remove")]
    SecondStep {
        /// E-mail of the account
        email: String,
        /// Remove it, and end the sign-ins of the account
        #[arg(long)]
        remove: bool,
    },
    /// Lists the identities at the identity provider that open an account; links or unlinks one
    #[command(
        after_help = "Examples:\n  letaxi user identity op@taxis.example\n  letaxi user identity op@taxis.example --link 8f3a52c1"
    )]
    Identity {
        /// E-mail of the account
        email: String,
        /// Link the identity with this subject (sub) at the identity provider of the settings
        #[arg(long, value_name = "SUBJECT")]
        link: Option<String>,
        /// Unlink the identity of this number, and end the sign-ins of the account
        #[arg(long, value_name = "NUMBER", conflicts_with = "link")]
        unlink: Option<i64>,
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
        UserCommand::Invite(invite) => people::invite(&app, invite, settings).await,
        UserCommand::SecondStep { email, remove } => {
            people::second_step(&app, &email, remove).await
        }
        UserCommand::Identity { email, link, unlink } => {
            people::identity(&app, &email, link.as_deref(), unlink).await
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
    let password = if new.password { Some(read_password()?) } else { None };
    let fields = AccountFields {
        email: new.email,
        commercial_name: new.name,
        roles: new.roles.into_iter().collect(),
        hail_endpoint: new.hail_endpoint,
        departements: numbers(&new.departements),
        ..AccountFields::default()
    };
    let password_hash = password.map(|password| secrets::hash_password(password.text()));
    let (account, key) = app.make_account(fields, password_hash, new.key, None).await?;
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
    let changes = AccountChanges { is_enabled: Some(enabled), ..AccountChanges::default() };
    app.change_account(account.id, &changes, None).await?;
    let what = if enabled { "may do again what its roles say" } else { "may do nothing any more" };
    say(format!("{email} {what}"))
}

async fn apply(app: &App, email: &str, change: Change) -> anyhow::Result<()> {
    let account = app.account_of_email(email).await?;
    let changes = AccountChanges {
        name: change.name.map(Some),
        roles: Some(change.roles).filter(|roles| !roles.is_empty()).map(Roles::from_iter),
        departements: Some(change.departements)
            .filter(|departements| !departements.is_empty())
            .map(|departements| numbers(&departements)),
        hail_endpoint: change.hail_endpoint,
        ..AccountChanges::default()
    };
    let account = app.change_account(account.id, &changes, None).await?;
    say(format!("{} is changed", account.email))
}

async fn set_manager(app: &App, email: &str, manager: Option<&str>) -> anyhow::Result<()> {
    let account = app.account_of_email(email).await?;
    let manager = match manager {
        Some(manager) => Some(app.account_of_email(manager).await?),
        None => None,
    };
    let id = manager.as_ref().map(|manager| manager.id);
    let changes = AccountChanges { manager: Some(id), ..AccountChanges::default() };
    app.change_account(account.id, &changes, None).await?;
    say(match manager {
        Some(manager) => format!("{} may act for {email}", manager.email),
        None => format!("nobody may act for {email}"),
    })
}

async fn set_limit(app: &App, email: &str, requests_per_s: Option<i32>) -> anyhow::Result<()> {
    let account = app.account_of_email(email).await?;
    let changes =
        AccountChanges { requests_per_s: Some(requests_per_s), ..AccountChanges::default() };
    app.change_account(account.id, &changes, None).await?;
    say(match requests_per_s {
        Some(0) => format!("the keys of {email} have no limit"),
        Some(limit) => format!("each key of {email} may make {limit} requests a second"),
        None => format!("the keys of {email} have the limit of the settings"),
    })
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
