//! `/v1/accounts`: accounts for those who manage them: lists, invitations, roles, limits.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use registry::{AccountFields, AccountId, Role};
use schemars::JsonSchema;
use serde::Serialize;

use super::account_inputs::{NewAccount, Unread, change as changes, new, query};
use crate::api::document::Body;
use crate::api::envelope::{Data, naive};
use crate::api::identity::{Admin, AnyAccount};
use crate::api::input::{Given, Unknown, inputs, object, partial_object};
use crate::api::language::Language;
use crate::api::query::Query;
use crate::api::route::Route;
use crate::app::App;
use crate::app::account::access::{AccountFilter, AccountView};
use crate::app::account::accounts::AccountError;
use crate::app::account::changes::{AccountChanges, ChangeRefused};
use crate::app::account::links::MadeLink;
use crate::app::account::users::UserRefused;
use crate::app::page::Page;
use crate::server::refusal::Error;

const NUMBER: &str = "The number of the account.";

/// Routes of accounts.
pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::new(
            "GET /v1/accounts",
            list,
            ["List managed accounts", "Lister les comptes que l'on gère"],
        )
        .answers_pages_of::<View<'_>>(),
        Route::new(
            "POST /v1/accounts",
            create,
            ["Create an account and invite its person", "Créer un compte et inviter sa personne"],
        )
        .refuses(409, "Another account has this e-mail address.")
        .creates::<Created<'_>>(),
        Route::new(
            "GET /v1/accounts/{id}",
            show,
            ["Show a managed account", "Afficher un compte que l'on gère"],
        )
        .of(NUMBER)
        .answers::<View<'_>>(),
        Route::new(
            "PUT /v1/accounts/{id}",
            change,
            ["Change a managed account", "Modifier un compte que l'on gère"],
        )
        .of(NUMBER)
        .refuses(409, "An admin would lock itself out.")
        .answers::<View<'_>>(),
        Route::new(
            "DELETE /v1/accounts/{id}",
            delete,
            ["Delete an account", "Supprimer un compte"],
        )
        .of(NUMBER)
        .refuses(409, "Something belongs to the account, or it is the caller's own."),
        Route::new(
            "POST /v1/accounts/{id}/link",
            make_link,
            ["Make a link to set a password", "Créer un lien pour choisir un mot de passe"],
        )
        .of(NUMBER)
        .refuses(409, "The account is disabled.")
        .creates::<LinkView>(),
        Route::new(
            "DELETE /v1/accounts/{id}/second-step",
            remove_second_step,
            ["Remove a lost second step", "Retirer une deuxième étape perdue"],
        )
        .of(NUMBER)
        .refuses(409, "The account has no second step."),
    ]
}

inputs! {
    List -> (AccountFilter, Page) = object(Unknown::Refused, query);
    New -> NewAccount = object(Unknown::Refused, new);
    Nothing -> () = object(Unknown::Refused, |_| Some(()));
    Change -> Unread = partial_object(Unknown::Refused, changes);
}

/// Lists the accounts that the caller manages, by e-mail address; for an admin all.
async fn list(
    State(app): State<Arc<App>>,
    who: AnyAccount,
    Query((filter, page)): Query<List>,
) -> Result<Response, Error> {
    let accounts = app.accounts(&who, &filter, page).await?;
    Ok(Data::page(&accounts, View::new).answer(StatusCode::OK))
}

/// Creates an account, and makes a link by which its person sets a password. The link is sent to the e-mail address if
/// the registry sends mails; else the answer shows it.
async fn create(
    State(app): State<Arc<App>>,
    who: Admin,
    language: Language,
    body: Body<New>,
) -> Result<Response, Error> {
    let NewAccount { fields, manager } = body.read()?;
    let manager = manager_of(&app, manager).await?.flatten();
    let fields = AccountFields { manager, ..fields };
    let (account, _) = app.make_account(fields, None, None, Some(&who)).await?;
    let link = app.make_link(&who, account.id, language == Language::French).await?;
    let view = app.account_view(&who, account.id).await?;
    let created = Created { account: View::new(&view), invitation: LinkView::new(link) };
    Ok(Data::one(created).answer(StatusCode::CREATED))
}

/// Shows an account to itself, to its manager and to admins.
async fn show(
    State(app): State<Arc<App>>,
    who: AnyAccount,
    Path(id): Path<String>,
) -> Result<Response, Error> {
    let view = app.account_view(&who, account_id(&id)?).await?;
    Ok(Data::one(View::new(&view)).answer(StatusCode::OK))
}

/// Changes roles, name, manager, limit and more of an account; absent fields stay as they are.
async fn change(
    State(app): State<Arc<App>>,
    who: Admin,
    Path(id): Path<String>,
    body: Body<Change>,
) -> Result<Response, Error> {
    let id = account_id(&id)?;
    app.account(id).ok_or_else(no_such_account)?;
    let Unread { changes, manager } = body.read()?;
    let changes = AccountChanges { manager: manager_of(&app, manager).await?, ..changes };
    app.change_account(id, &changes, Some(&who)).await?;
    let view = app.account_view(&who, id).await?;
    Ok(Data::one(View::new(&view)).answer(StatusCode::OK))
}

/// Deletes an account with its keys, if nothing else belongs to it; others can be disabled.
async fn delete(
    State(app): State<Arc<App>>,
    who: Admin,
    Path(id): Path<String>,
) -> Result<Response, Error> {
    let account = app.account(account_id(&id)?).ok_or_else(no_such_account)?;
    app.delete_account_by(&who, &account).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Makes a link by which the person of a managed account sets a password: an invitation, or after one was forgotten. The
/// link works once, within 72 hours.
async fn make_link(
    State(app): State<Arc<App>>,
    who: AnyAccount,
    language: Language,
    Path(id): Path<String>,
    body: Body<Nothing>,
) -> Result<Response, Error> {
    body.read()?;
    let link = app.make_link(&who, account_id(&id)?, language == Language::French).await?;
    Ok(Data::one(LinkView::new(link)).answer(StatusCode::CREATED))
}

/// Removes the second step of an account whose person has lost it, and ends its sign-ins.
async fn remove_second_step(
    State(app): State<Arc<App>>,
    who: Admin,
    Path(id): Path<String>,
) -> Result<Response, Error> {
    let account = app.account(account_id(&id)?).ok_or_else(no_such_account)?;
    if account.id == who.key_owner {
        // Its password would be asked for.
        return Err(Error::forbidden());
    }
    app.remove_second_step_of(account.id, None, Some(who.key_owner)).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

fn account_id(id: &str) -> Result<AccountId, Error> {
    id.parse().map(AccountId).map_err(|_no_number| no_such_account())
}

fn no_such_account() -> Error {
    Error::of_url(StatusCode::NOT_FOUND, "There is no such account.")
}

/// The manager with an e-mail address, where one is named.
async fn manager_of(app: &App, email: Given<String>) -> Result<Option<Option<AccountId>>, Error> {
    match email {
        Given::Absent => Ok(None),
        Given::Null => Ok(Some(None)),
        Given::Value(email) => match app.account_of_email(&email).await {
            Ok(manager) => Ok(Some(Some(manager.id))),
            Err(AccountError::Broken(error)) => Err(error.into()),
            Err(_unknown) => {
                let text = "No account has this e-mail address.";
                Err(Error::of_field(StatusCode::BAD_REQUEST, "manager", text))
            }
        },
    }
}

#[derive(JsonSchema, Serialize)]
struct View<'a> {
    id: i64,
    email: &'a str,
    name: Option<&'a str>,
    roles: Vec<&'static str>,
    /// E-mail address of the account that manages this one, if any does.
    manager: Option<&'a str>,
    /// Numbers of the départements of an inspector.
    departements: Vec<&'a str>,
    /// URL to which an operator's hails are delivered.
    hail_endpoint: &'a str,
    /// Requests per second of each of its keys; null: the general limit; 0: none.
    requests_per_s: Option<i32>,
    /// Null if the account is enabled.
    disabled_at: Option<String>,
    has_password: bool,
    has_second_step: bool,
    /// True if the account must have a second step to sign in.
    needs_second_step: bool,
    /// Time until which an open link sets its password.
    link_until: Option<String>,
    /// Time of the last request of its sign-ins, to a minute.
    last_seen_at: Option<String>,
}

impl<'a> View<'a> {
    fn new(view: &'a AccountView) -> Self {
        let (account, access) = (&view.account, &view.access);
        Self {
            id: account.id.0,
            email: &account.email,
            name: account.commercial_name.as_deref(),
            roles: account.roles.iter().map(Role::word).collect(),
            manager: view.manager.as_ref().map(|manager| manager.email.as_str()),
            departements: account.departements().collect(),
            hail_endpoint: &account.hail_endpoint,
            requests_per_s: account.requests_per_s,
            disabled_at: account.disabled_at.map(naive),
            has_password: access.has_password,
            has_second_step: access.has_second_step,
            needs_second_step: view.needs_second_step,
            link_until: access.link_until.map(naive),
            last_seen_at: access.last_seen_at.map(naive),
        }
    }
}

#[derive(JsonSchema, Serialize)]
struct Created<'a> {
    #[serde(flatten)]
    account: View<'a>,
    invitation: LinkView,
}

#[derive(JsonSchema, Serialize)]
struct LinkView {
    /// The link, to be given to the person; null if it was sent by mail. Without the setting `public_url` it has no scheme
    /// and host.
    link: Option<String>,
    expires_at: String,
    /// True if it was sent to the e-mail address of the account.
    is_sent: bool,
}

impl LinkView {
    fn new(made: MadeLink) -> Self {
        Self {
            link: Some(made.link).filter(|_| !made.is_sent),
            expires_at: naive(made.expires_at),
            is_sent: made.is_sent,
        }
    }
}

impl From<ChangeRefused> for Error {
    fn from(refused: ChangeRefused) -> Self {
        let of_field = |field, text| Self::of_field(StatusCode::BAD_REQUEST, field, text);
        match refused {
            ChangeRefused::Email(_) => of_field("email", "Not a valid e-mail address."),
            ChangeRefused::InspectorAlone => {
                of_field("roles", "An inspector has no other role: create an account for each.")
            }
            ChangeRefused::OwnManager => {
                of_field("manager", "An account acts for itself anyway: name another one.")
            }
            ChangeRefused::Endpoint(_) => of_field(
                "hail_endpoint",
                "Not a public address: give another, or name it in the setting private_endpoints.",
            ),
            ChangeRefused::Yourself => Self::of_request(
                StatusCode::CONFLICT,
                "You would lock yourself out: another admin may do this.",
            ),
            ChangeRefused::Account(error) => error.into(),
        }
    }
}

impl From<AccountError> for Error {
    fn from(error: AccountError) -> Self {
        let conflict = |text: &str| Self::of_request(StatusCode::CONFLICT, text);
        match error {
            AccountError::EmailTaken(_) => Self::of_field(
                StatusCode::CONFLICT,
                "email",
                "Another account has this e-mail address.",
            ),
            AccountError::KeyTaken | AccountError::KeyOfAnother(_) => {
                conflict("This key is taken: try again.")
            }
            AccountError::Unknown(_) => no_such_account(),
            AccountError::NotAlone(_, belongings) => conflict(&format!(
                "Things belong to the account ({belongings}): disable it instead."
            )),
            AccountError::Broken(error) => error.into(),
        }
    }
}

impl From<UserRefused> for Error {
    fn from(refused: UserRefused) -> Self {
        match refused {
            UserRefused::Unknown => no_such_account(),
            UserRefused::NotYours => Self::forbidden(),
            UserRefused::Broken(error) => error.into(),
        }
    }
}
