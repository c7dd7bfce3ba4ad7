//! Columns of a [`Record`]: listed, bound and read.

use registry::record::{Record, Slot, Value};
use registry::{AccountId, Role, Roles};
use sqlx::query::Query;
use sqlx::{Database, Row as _};

use super::Db;
use super::engine::Row;
use crate::{Result, words};

type Asked<'q> = Query<'q, Db, <Db as Database>::Arguments>;

/// The columns of a record after this prefix, with commas between them.
pub(super) fn columns<T: Record>(prefix: &str) -> String {
    listed::<T>(|_, column| format!("{prefix}{column}"))
}

/// A parameter for each column, from `$first` on.
pub(super) fn parameters<T: Record>(first: usize) -> String {
    listed::<T>(|index, _| format!("${}", first + index))
}

/// Sets each column to its parameter, from `$first` on.
pub(super) fn assignments<T: Record>(first: usize) -> String {
    listed::<T>(|index, column| format!("{column} = ${}", first + index))
}

fn listed<T: Record>(part: impl Fn(usize, &str) -> String) -> String {
    let parts = T::FIELDS.iter().enumerate().map(|(index, field)| part(index, field.column));
    parts.collect::<Vec<_>>().join(", ")
}

/// Binds the columns of a record in their order.
pub(super) fn bind<'q, T: Record>(query: Asked<'q>, record: &'q T) -> Asked<'q> {
    T::FIELDS.iter().fold(query, |query, field| match (field.value)(record) {
        Value::Text(text) => query.bind(text),
        Value::OptionalText(text) => query.bind(text),
        Value::Whole(number) => query.bind(number),
        Value::Flag(flag) => query.bind(flag),
        Value::Time(time) => query.bind(time),
        Value::Account(id) => query.bind(id.map(|id| id.0)),
        Value::Roles(roles) => query.bind(role_words(roles)),
    })
}

/// Reads the columns of a record.
pub(super) fn read<T: Record>(row: &Row) -> Result<T> {
    let mut record = T::default();
    for field in T::FIELDS {
        let column = field.column;
        match (field.slot)(&mut record) {
            Slot::Text(text) => *text = row.try_get(column)?,
            Slot::OptionalText(text) => *text = row.try_get(column)?,
            Slot::Whole(number) => *number = row.try_get(column)?,
            Slot::Flag(flag) => *flag = row.try_get(column)?,
            Slot::Time(time) => *time = row.try_get(column)?,
            Slot::Account(id) => *id = row.try_get::<Option<_>, _>(column)?.map(AccountId),
            Slot::Roles(roles) => *roles = read_roles(row.try_get(column)?)?,
        }
    }
    Ok(record)
}

fn role_words(roles: Roles) -> String {
    roles.iter().map(Role::word).collect::<Vec<_>>().join(" ")
}

fn read_roles(text: &str) -> Result<Roles> {
    text.split_whitespace().map(|word| words::read::<Role>("a role", word)).collect()
}
