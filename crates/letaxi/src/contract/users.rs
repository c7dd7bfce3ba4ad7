//! `GET /users`, `GET` and `PUT /users/:id`.

use std::sync::Arc;

use axum::extract::{FromRequestParts, Path, State};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::Response;
use registry::account::ChangedBy;
use registry::record::Field;
use registry::{Account, AccountFields, AccountId, Password, Role};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use super::header;
use super::records::{Shown, changes};
use crate::api::document::Body;
use crate::api::envelope::Data;
use crate::api::identity::AnyAccount;
use crate::api::input::{
    Fields, Given, Input, Kind, Read, Unknown, inputs, kind, kinds, object, objects,
    one_or_nothing, partial_object,
};
use crate::api::query::Filters;
use crate::api::route::{Argument, Inputs, Route};
use crate::app::App;
use crate::app::account::users::{UserChange, UserFilter, UserRefused, UserView};
use crate::app::hail::operator_call::EndpointFault;
use crate::app::page::{PER_PAGE, Page};
use crate::server::refusal::Error;

/// Refusal of an account that is neither the caller's nor managed by it.
const NOT_YOURS: &str = "The account is neither the caller's nor managed by it.";

/// Routes of accounts.
pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::new("GET /users", list_users, ["List accounts", "Lister les comptes"])
            .answers_pages_of::<User<'_>>(),
        Route::new("GET /users/{id}", get_user, ["Get an account", "Consulter un compte"])
            .of("The number of the account.")
            .refuses(403, NOT_YOURS)
            .answers::<User<'_>>(),
        Route::new("PUT /users/{id}", update_user, ["Update an account", "Modifier un compte"])
            .of("The number of the account.")
            .refuses(403, NOT_YOURS)
            .answers::<User<'_>>(),
    ]
}

inputs! {
    List -> (UserFilter, Page) = object(Unknown::Refused, list_query);
}

/// Lists the accounts that the caller manages; for an admin all.
async fn list_users(
    State(app): State<Arc<App>>,
    who: AnyAccount,
    Filters((filter, page)): Filters<List>,
) -> Result<Response, Error> {
    let users = app.users(&who, &filter, page).await?;
    Ok(Data::page(&users, User::new).answer(StatusCode::OK))
}

/// Shows an account to itself and to admins.
async fn get_user(
    State(app): State<Arc<App>>,
    digits: Digits,
    who: AnyAccount,
) -> Result<Response, Error> {
    let id = digits.account_id()?;
    let user = app.user(&who, id).await.map_err(|refused| told(refused, id))?;
    Ok(Data::one(User::new(&user)).answer(StatusCode::OK))
}

/// Changes an account. Fields that only the command line changes (e-mail address, key, roles) may be sent
/// back as they were read, and are ignored.
async fn update_user(
    State(app): State<Arc<App>>,
    digits: Digits,
    who: AnyAccount,
    body: Body<Change>,
) -> Result<Response, Error> {
    let id = digits.account_id()?;
    // A missing account is reported before faults of the input.
    app.user(&who, id).await.map_err(|refused| told(refused, id))?;
    let endpoint_fault = match body.text_at(&format!("/data/0/{HAIL_ENDPOINT}")) {
        Some(endpoint) => app.endpoint_fault(id, endpoint).await,
        None => None,
    };
    let change = body.read_as(&Change { endpoint_fault })?;
    let user = app.update_user(&who, id, change.unwrap_or_default()).await;
    let user = user.map_err(|refused| told(refused, id))?;
    Ok(Data::one(User::new(&user)).answer(StatusCode::OK))
}

/// The id of an account in a path: digits; any other path does not exist, for all callers.
struct Digits(String);

impl Argument for Digits {
    fn describe(inputs: &mut Inputs) {
        Path::<String>::describe(inputs);
    }
}

impl FromRequestParts<Arc<App>> for Digits {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Error> {
        let Path(text) = Path::<String>::from_request_parts(parts, app)
            .await
            .map_err(|_unreadable| Error::no_such_path())?;
        let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        if digits { Ok(Self(text)) } else { Err(Error::no_such_path()) }
    }
}

impl Digits {
    /// A number that is too large belongs to no account.
    fn account_id(&self) -> Result<AccountId, Error> {
        Ok(AccountId(self.0.parse().map_err(|_too_large| no_user(&self.0))?))
    }
}

fn no_user(id: &str) -> Error {
    Error::of_url(StatusCode::NOT_FOUND, &format!("User {id} not found."))
}

fn told(refused: UserRefused, id: AccountId) -> Error {
    match refused {
        UserRefused::Unknown => no_user(&id.to_string()),
        UserRefused::NotYours => {
            let text = "You do not have the permissions to access this user.";
            Error::of_url(StatusCode::FORBIDDEN, text)
        }
        UserRefused::Broken(error) => error.into(),
    }
}

/// Filters, each of which may be given once.
fn list_query(fields: &mut Fields<'_>) -> Option<(UserFilter, Page)> {
    let page = fields.optional("p", kinds::page());
    let name = fields.optional("name", filter());
    let email = fields.optional("email", filter());
    let manager = fields.optional("manager", filter());
    let role = fields.optional("role", filter());
    let lists = [("name", &name), ("email", &email), ("manager", &manager), ("role", &role)];
    let twice = lists.iter().find(|(_, values)| {
        values.as_ref().and_then(Option::as_ref).is_some_and(|values| values.len() > 1)
    });
    if let Some((name, _)) = twice {
        let text = format!("Argument `{name}` should not be specified more than once");
        fields.refuse_together(text);
    }
    let first = |values: Option<Vec<String>>| values.into_iter().flatten().next();
    let filter = UserFilter {
        name: first(name?),
        email: first(email?),
        manager: first(manager?),
        role: first(role?),
    };
    Some((filter, Page::of(PER_PAGE, page?)))
}

/// Values of a filter, at most one.
fn filter() -> impl for<'a> Kind<'a, Value = Vec<String>> {
    let read = |value: &Value| kinds::many(kinds::text()).read(value);
    kind(read, || kinds::text().schema())
}

/// The word whose value is checked by a lookup first.
const HAIL_ENDPOINT: &str = "hail_endpoint_production";

fn change(fields: &mut Fields<'_>, endpoint_fault: Option<EndpointFault>) -> Option<UserChange> {
    let own = |field: &Field<AccountFields>| field.used == ChangedBy::Account;
    let account = changes(fields, own, |fields, word| {
        let given = match word {
            "operator_header_name" => fields.nullable(word, header::name()),
            "operator_api_key" => fields.nullable(word, header::value()),
            _ => fields.nullable(word, kinds::text()),
        }?;
        if word == HAIL_ENDPOINT
            && let Some(fault) = &endpoint_fault
        {
            let text = match fault {
                EndpointFault::Invalid => "This endpoint is invalid.",
                EndpointFault::Unresolved => "This URL could not be resolved.",
            };
            fields.refuse(word, text);
        }
        // An account makes no difference between null and an empty text.
        Some(if given == Given::Null { Given::Value(String::new()) } else { given })
    });
    let password = fields.optional("password", password());
    read_only(fields);
    Some(UserChange { account: account?, password: password?.flatten() })
}

/// A change of an account.
#[derive(Default)]
struct Change {
    /// Fault of the endpoint in the document, found before the document is read.
    endpoint_fault: Option<EndpointFault>,
}

impl Input for Change {
    type Value = Option<UserChange>;

    fn kind<'a>(&self) -> impl Kind<'a, Value = Option<UserChange>> {
        one_or_nothing(partial_object(Unknown::Refused, |fields| {
            change(fields, self.endpoint_fault)
        }))
    }
}

/// The other fields of an account, as partners read it: validated and ignored.
fn read_only(fields: &mut Fields<'_>) {
    fields.optional("id", kinds::whole());
    fields.optional("email", kinds::text());
    fields.optional("apikey", kinds::text());
    fields.optional("roles", kinds::many(object(Unknown::Refused, named)));
    fields.nullable("manager", partial_object(Unknown::Refused, other_account));
    fields.optional("managed", objects(MOST_MANAGED, Unknown::Refused, other_account));
}

/// Maximum number of managed accounts in a document that is sent back.
const MOST_MANAGED: usize = 10_000;

fn named(fields: &mut Fields<'_>) -> Option<()> {
    fields.optional("name", kinds::text()).map(drop)
}

fn other_account(fields: &mut Fields<'_>) -> Option<()> {
    let id = fields.optional("id", kinds::whole());
    let email = fields.optional("email", kinds::text());
    let name = fields.nullable("name", kinds::text());
    id.and(email).and(name).map(drop)
}

/// A password; an empty one changes nothing.
fn password() -> impl for<'a> Kind<'a, Value = Option<Password>> {
    let read = |value: &Value| -> Read<Option<Password>> {
        if value.as_str() == Some("") {
            return Ok(None);
        }
        kinds::new_password().read(value).map(Some)
    };
    kind(read, || kinds::new_password().schema())
}

/// An account in an answer to callers who may see its key.
#[derive(JsonSchema, Serialize)]
pub(super) struct User<'a> {
    id: i64,
    #[serde(flatten)]
    fields: Shown<'a, AccountFields>,
    email: &'a str,
    apikey: &'a str,
    roles: Vec<RoleName>,
    manager: Option<Reference<'a>>,
    managed: Vec<Reference<'a>>,
}

#[derive(JsonSchema, Serialize)]
struct RoleName {
    name: &'static str,
}

#[derive(JsonSchema, Serialize)]
struct Reference<'a> {
    id: i64,
    email: &'a str,
    name: Option<&'a str>,
}

impl<'a> User<'a> {
    /// An account with related accounts.
    pub(super) fn new(view: &'a UserView) -> Self {
        let account = &view.account;
        Self {
            id: account.id.0,
            fields: Shown::new(&account.fields, |_, value| value),
            email: &account.email,
            apikey: &view.key,
            roles: account.roles.iter().map(RoleName::new).collect(),
            manager: view.manager.as_deref().map(Reference::new),
            managed: view.managed.iter().map(|account| Reference::new(account)).collect(),
        }
    }
}

impl RoleName {
    fn new(role: Role) -> Self {
        Self { name: role.word() }
    }
}

impl<'a> Reference<'a> {
    fn new(account: &'a Account) -> Self {
        let name = account.commercial_name.as_deref();
        Self { id: account.id.0, email: &account.email, name }
    }
}
