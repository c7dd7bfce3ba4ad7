//! Invitations, second steps and identities of people who sign in.

use anyhow::{anyhow, bail};
use clap::Args;
use comfy_table::{Table, presets};
use registry::{AccountFields, Role};
use serde_json::json;
use territory::Departement;

use crate::app::App;
use crate::app::account::accounts::AccountError;
use crate::app::account::provider_sign_ins::ProviderRefused;
use crate::app::account::second_step::SecondStepRefused;
use crate::cli::output::say;
use crate::config::Settings;

/// An invitation.
#[derive(Args, Debug)]
pub(super) struct Invite {
    /// E-mail address of the person, the user name of the log-in
    email: String,
    /// Role of a new account: admin, moteur, operateur, groupement, editeur, inspector; may be repeated
    #[arg(long = "role", value_name = "ROLE")]
    roles: Vec<Role>,
    /// Name of a new account, known to customers
    #[arg(long, requires = "roles")]
    name: Option<String>,
    /// Numbers of the départements in which a new inspector may look drivers up: 06,83
    #[arg(long, value_name = "NUMBERS", value_delimiter = ',', requires = "roles")]
    departements: Vec<Departement>,
    /// Print the result as JSON
    #[arg(long)]
    json: bool,
}

/// Makes a link for an account, which is created if there is none, and prints it.
pub(super) async fn invite(app: &App, invite: Invite, settings: &Settings) -> anyhow::Result<()> {
    let account = match app.account_of_email(&invite.email).await {
        Ok(_) if !invite.roles.is_empty() => bail!(
            "there is already an account {0}: leave out --role to make a link for it, or type: letaxi user change {0}",
            invite.email
        ),
        Ok(account) => account,
        Err(AccountError::Unknown(email)) if invite.roles.is_empty() => {
            bail!("there is no account {email}: name the role of a new one with --role")
        }
        Err(AccountError::Unknown(email)) => {
            let fields = AccountFields {
                email,
                commercial_name: invite.name,
                roles: invite.roles.into_iter().collect(),
                departements: numbers(&invite.departements),
                ..AccountFields::default()
            };
            app.make_account(fields, None, None, None).await?.0
        }
        Err(error) => return Err(error.into()),
    };
    let made = app.make_link_for(&account, None).await?;
    let base = settings.public_url.is_none().then(|| format!("http://{}", settings.http));
    let link = base.unwrap_or_default() + &made.link;
    if invite.json {
        return say(json!({
            "id": account.id.0,
            "email": account.email,
            "link": link,
            "expires_at": made.expires_at,
        }));
    }
    say(&link)?;
    let until = made.expires_at.format("%F %R");
    say(format!("{} sets a password there, once and before {until} UTC", account.email))
}

/// Shows whether an account has a second step, or removes it.
pub(super) async fn second_step(app: &App, email: &str, remove: bool) -> anyhow::Result<()> {
    let account = app.account_of_email(email).await?;
    if remove {
        return match app.remove_second_step_of(account.id, None, None).await {
            Err(SecondStepRefused::None) => bail!("{email} has no second step"),
            removed => {
                removed?;
                say(format!("the second step of {email} is removed, and its sign-ins are ended"))
            }
        };
    }
    say(match app.has_second_step_since(account.id).await? {
        Some(since) => format!("{email} has a second step since {} UTC", since.format("%F %R")),
        None => format!("{email} has no second step"),
    })
}

/// Lists the identities that open an account, or links or unlinks one.
pub(super) async fn identity(
    app: &App,
    email: &str,
    link: Option<&str>,
    unlink: Option<i64>,
) -> anyhow::Result<()> {
    let account = app.account_of_email(email).await?;
    if let Some(subject) = link {
        app.link_subject(account.id, subject).await.map_err(|refused| match refused {
            ProviderRefused::NotOffered => {
                anyhow!("no identity provider is set: see the setting openid_issuer")
            }
            refused => refused.into(),
        })?;
        return say(format!("the identity {subject} opens {email}"));
    }
    if let Some(number) = unlink {
        app.unlink(account.id, number, None, None).await?;
        return say(format!(
            "identity {number} is unlinked from {email}, whose sign-ins are ended"
        ));
    }
    let mut table = Table::new();
    table.load_style(presets::UTF8_HORIZONTAL_ONLY);
    table.set_header(["number", "issuer", "subject", "e-mail there", "linked (UTC)"]);
    for identity in app.identities_of(account.id).await? {
        let linked_at = identity.linked_at.format("%F %R").to_string();
        table.add_row([
            identity.id.to_string(),
            identity.issuer,
            identity.subject,
            identity.email.unwrap_or_default(),
            linked_at,
        ]);
    }
    say(table)
}

/// The numbers of départements, as an account holds them.
pub(super) fn numbers(departements: &[Departement]) -> String {
    departements.iter().map(|one| one.number).collect::<Vec<_>>().join(",")
}
