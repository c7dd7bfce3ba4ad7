//! `users.json`: accounts, with existing keys and passwords.

use std::collections::HashMap;
use std::fmt;

use registry::{Password, Role, Roles, Time, plain_email};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::value::RawValue;
use territory::Departement;

use super::complaint::FileLog;
use super::text::{Lines, json_error};

/// An account to be created or changed, as in the file.
#[derive(Clone, PartialEq, Eq)]
pub struct UserRow {
    /// E-mail address, the user name of the log-in; unique.
    pub email: String,
    /// Password to be hashed; `None`: an existing account keeps its own, and a new one has none, so nobody
    /// can log in to it.
    pub password: Option<Password>,
    /// Existing API key; `None`: a new account gets a fresh one.
    pub api_key: Option<String>,
    /// Roles.
    pub roles: Roles,
    /// E-mail address of the account that may act for this one; that account is in the same file, referred to
    /// by its `name` or its e-mail address.
    pub manager: Option<String>,
    /// Name known to customers: `name` in the public contract.
    pub commercial_name: Option<String>,
    /// URL for its hails, `http` or `https`; empty: none. Private addresses are stored as given.
    pub hail_endpoint: String,
    /// Name of a header that is sent with each hail; empty: none.
    pub header_name: String,
    /// Value of that header; `None`: an existing account keeps its own.
    pub header_value: Option<String>,
    /// Time at which a new account is disabled, if any; an existing one stays as it is.
    pub disabled_at: Option<Time>,
    /// Number of taxis, as stated by the account.
    pub fleet_size: Option<i32>,
    /// Départements in which an inspector may look drivers up.
    pub departements: Vec<Departement>,
}

impl fmt::Debug for UserRow {
    /// Hides secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UserRow").field("email", &self.email).finish_non_exhaustive()
    }
}

/// A user, as in the file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "an object with name, email and so on")]
struct Entry {
    /// Nickname, for references by `manager`.
    name: Option<String>,
    email: Option<String>,
    password: Option<String>,
    apikey: Option<String>,
    #[serde(default)]
    roles: Vec<String>,
    manager: Option<String>,
    commercial_name: Option<String>,
    hail_endpoint_production: Option<String>,
    operator_header_name: Option<String>,
    operator_api_key: Option<String>,
    fleet_size: Option<i32>,
    #[serde(default)]
    departements: Vec<String>,
    /// Part of the output of `letaxi user list --json`; each registry assigns its own ids.
    #[serde(rename = "id")]
    _id: Option<IgnoredAny>,
    disabled_at: Option<Time>,
}

/// Reads the users of a file, in its order; faults are logged.
pub(super) fn parse(text: &str, log: &mut FileLog<'_>) -> Vec<UserRow> {
    let entries = entries(text, log);
    let mut emails = HashMap::new();
    for (_, entry) in &entries {
        let Some(email) = filled(entry.email.as_deref()) else { continue };
        emails.insert(email, email);
        if let Some(name) = filled(entry.name.as_deref()) {
            emails.insert(name, email);
        }
    }
    let mut taken = HashMap::new();
    for (line, entry) in &entries {
        for (field, value) in
            [("name", &entry.name), ("email", &entry.email), ("apikey", &entry.apikey)]
        {
            let Some(value) = filled(value.as_deref()) else { continue };
            let value = if field == "email" { plain_email(value) } else { value.to_owned() };
            if let Some(first) = taken.insert((field, value), *line) {
                // A key is a secret, so its value is not shown.
                log.fault(
                    *line,
                    field,
                    format!("is also used in line {first}: each must be unique"),
                );
            }
        }
    }
    let rows = entries.iter().filter_map(|(line, entry)| user(entry, &emails, *line, log));
    rows.collect()
}

fn entries(text: &str, log: &mut FileLog<'_>) -> Vec<(usize, Entry)> {
    let parts = serde_json::from_str::<Vec<&RawValue>>(text).map_err(|error| {
        let (line, reason) = json_error(&error, 1);
        log.fault(line, "", format!("is not a list of users in JSON: {reason}"));
    });
    let mut lines = Lines::of(text);
    let entries = parts.unwrap_or_default().into_iter().filter_map(|part| {
        let line = lines.line_of(part.get());
        let entry = serde_json::from_str(part.get()).map_err(|error| {
            let (line, reason) = json_error(&error, line);
            log.fault(line, "", format!("is not a user: {reason}"));
        });
        Some((line, entry.ok()?))
    });
    entries.collect()
}

fn user(
    entry: &Entry,
    emails: &HashMap<&str, &str>,
    line: usize,
    log: &mut FileLog<'_>,
) -> Option<UserRow> {
    let email = filled(entry.email.as_deref());
    if email.is_none() {
        log.fault(line, "email", "is missing: an account needs one to log in with");
    }
    let roles = entry.roles.iter().filter_map(|word| {
        word.parse::<Role>().map_err(|error| log.fault(line, "roles", error.to_string())).ok()
    });
    let roles = roles.collect();
    let manager = manager(entry, emails, line, log);
    let endpoint = filled(entry.hail_endpoint_production.as_deref()).unwrap_or_default();
    if !endpoint.is_empty() && !is_web_url(endpoint) {
        log.fault(
            line,
            "hail_endpoint_production",
            format!("`{endpoint}` is not a URL that begins with http:// or https://"),
        );
    }
    let header_name = filled(entry.operator_header_name.as_deref()).unwrap_or_default();
    if !header_name.is_empty() && axum::http::HeaderName::try_from(header_name).is_err() {
        log.fault(
            line,
            "operator_header_name",
            format!("`{header_name}` is not a name of an HTTP header, such as X-API-KEY"),
        );
    }
    let header_value = entry.operator_api_key.as_deref().map(str::trim);
    let api_key = filled(entry.apikey.as_deref());
    for (field, secret) in [
        ("operator_api_key", header_value.unwrap_or_default()),
        ("apikey", api_key.unwrap_or_default()),
    ] {
        if axum::http::HeaderValue::try_from(secret).is_err() {
            log.fault(
                line,
                field,
                "cannot be sent in an HTTP header: no line breaks or control characters",
            );
        }
    }
    if entry.fleet_size.is_some_and(|size| size < 0) {
        log.fault(line, "fleet_size", "is below zero: a count, or null, is expected");
    }
    let password = password(entry, line, log);
    Some(UserRow {
        email: email?.to_owned(),
        password,
        api_key: api_key.map(str::to_owned),
        roles,
        manager: manager.map(str::to_owned),
        commercial_name: filled(entry.commercial_name.as_deref()).map(str::to_owned),
        hail_endpoint: endpoint.to_owned(),
        header_name: header_name.to_owned(),
        header_value: header_value.map(str::to_owned),
        disabled_at: entry.disabled_at,
        fleet_size: entry.fleet_size,
        departements: departements(entry, line, log),
    })
}

/// Départements of an inspector.
fn departements(entry: &Entry, line: usize, log: &mut FileLog<'_>) -> Vec<Departement> {
    let departements = entry.departements.iter().filter_map(|number| {
        let departement = number.parse::<Departement>();
        departement.map_err(|error| log.fault(line, "departements", error.to_string())).ok()
    });
    departements.collect()
}

/// E-mail address of the account that may act for it.
fn manager<'a>(
    entry: &Entry,
    emails: &HashMap<&str, &'a str>,
    line: usize,
    log: &mut FileLog<'_>,
) -> Option<&'a str> {
    let name = filled(entry.manager.as_deref())?;
    let email = emails.get(name).copied();
    if email.is_none() {
        log.fault(
            line,
            "manager",
            format!("`{name}` is neither `name` nor `email` of a user in this file"),
        );
    }
    email
}

/// The password, if it is present and valid.
fn password(entry: &Entry, line: usize, log: &mut FileLog<'_>) -> Option<Password> {
    let text = entry.password.as_deref().filter(|text| !text.is_empty())?;
    Password::new(text).map_err(|fault| log.fault(line, "password", fault.to_string())).ok()
}

/// The trimmed text, if it is not blank.
fn filled(text: Option<&str>) -> Option<&str> {
    text.map(str::trim).filter(|text| !text.is_empty())
}

fn is_web_url(text: &str) -> bool {
    url::Url::parse(text)
        .is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::complaint::Log;

    /// Users of a text, and the faults as displayed.
    fn read(text: &str) -> (Vec<UserRow>, Vec<String>) {
        let mut log = Log::default();
        let users = parse(text, &mut log.about("users.json"));
        (users, log.faults.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn bad_users_are_told_by_line_and_field() {
        for (entry, fault) in [
            (
                r#"{"roles":[]}"#,
                "users.json:2: email: is missing: an account needs one to log in with",
            ),
            (
                r#"{"email":"a","roles":["taxi"]}"#,
                "users.json:2: roles: \"taxi\" is no role: it is one of admin, moteur, operateur, groupement, editeur, inspector",
            ),
            (
                r#"{"email":"a","manager":"x"}"#,
                "users.json:2: manager: `x` is neither `name` nor `email` of a user in this file",
            ),
            (
                r#"{"email":"a","hail_endpoint_production":"ftp://x"}"#,
                "users.json:2: hail_endpoint_production: `ftp://x` is not a URL that begins with http:// or https://",
            ),
            (
                r#"{"email":"a","operator_header_name":"X Key"}"#,
                "users.json:2: operator_header_name: `X Key` is not a name of an HTTP header, such as X-API-KEY",
            ),
            (
                r#"{"email":"a","operator_api_key":"a\nb"}"#,
                "users.json:2: operator_api_key: cannot be sent in an HTTP header: no line breaks or control characters",
            ),
            (
                r#"{"email":"a","password":"secret"}"#,
                "users.json:2: password: is too short: it needs 8 characters at least",
            ),
            (
                r#"{"email":"a","fleet_size":-1}"#,
                "users.json:2: fleet_size: is below zero: a count, or null, is expected",
            ),
            (
                r#"{"email":"a","fleet_size":"1"}"#,
                "users.json:2: is not a user: invalid type: string \"1\", expected i32",
            ),
            (
                r"1",
                "users.json:2: is not a user: invalid type: integer `1`, expected an object with name, email and so on",
            ),
        ] {
            let (_, faults) = read(&format!("[\n{entry}]"));
            assert_eq!(faults, [fault]);
        }
    }

    #[test]
    fn an_unknown_field_is_told_with_the_known_ones() {
        let (_, faults) = read("[{\"email\":\"a\",\n\"api_key\":\"k\"}]");
        let fault = "users.json:2: is not a user: unknown field `api_key`, expected one of `name`, `email`, `password`, `apikey`, ";
        assert!(faults.len() == 1 && faults[0].starts_with(fault), "{faults:?}");
    }

    #[test]
    fn what_is_no_list_of_users_is_told() {
        let (_, faults) = read("{\"email\":\n");
        assert_eq!(
            faults,
            [
                "users.json:1: is not a list of users in JSON: invalid type: map, expected a sequence"
            ]
        );
    }

    #[test]
    fn two_users_with_one_name_or_email_are_told() {
        let (_, faults) =
            read("[{\"name\":\"n\",\"email\":\"a\"},\n{\"name\":\"n\",\"email\":\"A\"}]");
        assert_eq!(
            faults,
            [
                "users.json:2: name: is also used in line 1: each must be unique",
                "users.json:2: email: is also used in line 1: each must be unique",
            ]
        );
    }

    #[test]
    fn a_manager_may_come_after_the_user_it_manages() {
        let (users, faults) =
            read(r#"[{"email":"a","manager":"boss"},{"name":"boss","email":"b"}]"#);
        assert!(faults.is_empty(), "{faults:?}");
        assert_eq!(users[0].manager.as_deref(), Some("b"));
    }

    #[test]
    fn a_user_is_shown_without_its_secrets() {
        let (users, _) = read(
            r#"[{"email":"a","password":"hush hush","apikey":"hush","operator_api_key":"hush"}]"#,
        );
        assert!(!format!("{users:?}").contains("hush"));
    }
}
