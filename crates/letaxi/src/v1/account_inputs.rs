//! Inputs of `/v1/accounts`.

use registry::{AccountFields, Role};
use serde_json::Value;
use territory::Departement;

use crate::api::input::{Faults, Fields, Given, Kind, Read, kind, kinds};
use crate::app::account::access::AccountFilter;
use crate::app::account::changes::AccountChanges;
use crate::app::page::{PER_PAGE, Page};

/// An account to be created, whose manager was not looked up.
pub(super) struct NewAccount {
    pub(super) fields: AccountFields,
    /// E-mail address of the manager, if any.
    pub(super) manager: Given<String>,
}

/// Changes of an account, whose new manager was not looked up.
pub(super) struct Unread {
    pub(super) changes: AccountChanges,
    /// E-mail address of the new manager, if any.
    pub(super) manager: Given<String>,
}

pub(super) fn query(fields: &mut Fields<'_>) -> Option<(AccountFilter, Page)> {
    let page = fields.optional("p", kinds::whole_within(1..=i32::MAX).about("Which page, from 1."));
    let text = fields.optional(
        "text",
        kinds::text().about(
            "Part of the e-mail address, the name or the manager's e-mail address, or the number.",
        ),
    );
    let role = fields.optional("role", kinds::word_for::<Role>(&Role::WORDS));
    let is_enabled = fields.optional("enabled", kinds::boolean());
    let text = text?.filter(|text| !text.is_empty());
    let filter = AccountFilter { text, role: role?, is_enabled: is_enabled? };
    Some((filter, Page::of(PER_PAGE, page?)))
}

pub(super) fn new(fields: &mut Fields<'_>) -> Option<NewAccount> {
    let email = fields.required("email", kinds::some_text());
    let name = fields.nullable("name", kinds::text());
    let roles = fields.required("roles", roles());
    let departements = fields.optional("departements", departements());
    let endpoint = fields.optional("hail_endpoint", kinds::text());
    let manager = fields.nullable("manager", kinds::text());
    let fields = AccountFields {
        email: email?,
        commercial_name: name?.value().filter(|name| !name.is_empty()),
        roles: roles?.into_iter().collect(),
        departements: departements?.unwrap_or_default(),
        hail_endpoint: endpoint?.unwrap_or_default(),
        ..AccountFields::default()
    };
    Some(NewAccount { fields, manager: named(manager?) })
}

pub(super) fn change(fields: &mut Fields<'_>) -> Option<Unread> {
    let name = fields.nullable("name", kinds::text());
    let roles = fields.optional("roles", roles());
    let departements = fields.optional("departements", departements());
    let endpoint = fields.optional("hail_endpoint", kinds::text());
    let manager = fields.nullable("manager", kinds::text());
    let limit = fields.nullable("requests_per_s", kinds::whole_within(0..=i32::MAX));
    let is_enabled = fields.optional("enabled", kinds::boolean());
    let manager = named(manager?);
    let changes = AccountChanges {
        name: name?.change(),
        roles: roles?.map(|roles| roles.into_iter().collect()),
        departements: departements?,
        hail_endpoint: endpoint?,
        manager: None,
        requests_per_s: limit?.change(),
        is_enabled: is_enabled?,
    };
    Some(Unread { changes, manager })
}

/// The manager; an empty text names none.
fn named(manager: Given<String>) -> Given<String> {
    if manager == Given::Value(String::new()) { Given::Null } else { manager }
}

fn roles() -> impl for<'a> Kind<'a, Value = Vec<Role>> {
    let read = |value: &Value| kinds::many(kinds::word_for::<Role>(&Role::WORDS)).read(value);
    kind(read, || kinds::many(kinds::word_for::<Role>(&Role::WORDS)).schema())
}

/// Numbers of départements, as an account has them.
fn departements() -> impl for<'a> Kind<'a, Value = String> {
    let read = |value: &Value| -> Read<String> {
        let numbers = kinds::many(kinds::text_of(2..=3)).read(value)?;
        if numbers.iter().any(|number| number.parse::<Departement>().is_err()) {
            return Err(Faults::message("Departement not found"));
        }
        Ok(numbers.join(","))
    };
    kind(read, || kinds::many(kinds::text_of(2..=3)).schema())
}
