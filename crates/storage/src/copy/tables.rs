//! The tables of a registry, in an order in which each comes after those that it refers to.

/// A table that is copied.
#[derive(Debug)]
pub(super) struct Table {
    /// Its name.
    pub(super) name: &'static str,
    /// Columns of its primary key.
    pub(super) key: &'static [&'static str],
    /// A column that refers to the table itself: it is filled in when all rows are there.
    pub(super) own_reference: Option<&'static str>,
    /// True if a migration puts rows there.
    pub(super) is_seeded: bool,
}

const fn table(name: &'static str, key: &'static [&'static str]) -> Table {
    Table { name, key, own_reference: None, is_seeded: false }
}

const fn seeded(name: &'static str, key: &'static [&'static str]) -> Table {
    Table { name, key, own_reference: None, is_seeded: true }
}

/// All tables that are copied.
pub(super) const TABLES: &[Table] = &[
    Table { own_reference: Some("manager_id"), ..table("accounts", &["id"]) },
    table("account_keys", &["id"]),
    seeded("accounts_revision", &["only_row"]),
    table("towns", &["insee"]),
    table("zones", &["id"]),
    table("zone_towns", &["zone_id", "insee"]),
    table("exclusions", &["id"]),
    table("stations", &["id"]),
    seeded("territory_state", &["part"]),
    table("mergers", &["old_insee"]),
    table("listed_licences", &["insee", "number"]),
    table("drivers", &["id"]),
    table("vehicles", &["id"]),
    table("descriptions", &["id"]),
    table("licences", &["id"]),
    table("taxis", &["id"]),
    table("last_positions", &["taxi_id", "account_id"]),
    table("customers", &["account_id", "id"]),
    table("hails", &["id"]),
    table("hail_transitions", &["hail_id", "revision"]),
    table("operator_calls", &["id"]),
    table("given_answers", &["account_id", "key"]),
    table("activity", &["id"]),
    table("activity_days", &["day", "action", "resource"]),
    seeded("activity_counted", &["only_row"]),
    table("hail_days", &["scope", "day", "outcome"]),
    table("hail_times", &["scope", "step"]),
    table("hail_bars", &["scope", "day", "measure", "value"]),
    table("searches", &["id"]),
    table("search_days", &["scope", "day", "measure", "value"]),
    table("sampled_searches", &["id"]),
    table("connected_hours", &["scope", "hour"]),
    seeded("connected_counted", &["only_row"]),
    table("live_minutes", &["at", "scope", "measure"]),
    table("live_hours", &["at", "scope", "measure"]),
    table("live_days", &["at", "scope", "measure"]),
    table("inspections", &["id"]),
    table("inspected_drivers", &["inspection_id", "line"]),
    table("retention", &["clock"]),
    seeded("retention_request", &["only_row"]),
    table("sign_ins", &["id"]),
    table("second_steps", &["account_id"]),
    table("recovery_codes", &["account_id", "digest"]),
    table("identities", &["id"]),
    table("provider_visits", &["digest"]),
    table("password_links", &["id"]),
    table("tickets", &["digest"]),
    table("sandbox_taxis", &["number"]),
];

/// Tables that are not copied, with the reason.
pub const NOT_COPIED: &[(&str, &str)] = &[
    ("_sqlx_migrations", "each engine has its own"),
    ("sqlite_sequence", "its numbers are set at the end"),
    ("nodes", "the servers that run now"),
    ("changes", "the feed of running servers, which read everything when it is new"),
    ("changes_state", "see changes"),
    ("unfinished_copy", "the state of a copy"),
    ("unfinished_copy_rows", "the state of a copy"),
];

/// Names of the tables that are copied, in the order of copying.
pub fn copied_tables() -> impl Iterator<Item = &'static str> {
    TABLES.iter().map(|table| table.name)
}
