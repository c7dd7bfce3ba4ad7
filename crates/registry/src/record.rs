//! Records: structs whose fields are declared once.
//!
//! A row of `record!` is a field of the struct, its column in the database and its word in the public contract.
//! Storage binds and reads the columns of any record, and the interfaces read and show its words, so that a new
//! field is one row here and one column in a migration.

use crate::{AccountId, Roles, Time};

/// A struct that `record!` declares.
pub trait Record: Clone + Default + Send + Sync + 'static {
    /// Use of a field.
    type Use: Copy + std::fmt::Debug + PartialEq + Send + Sync + 'static;

    /// All fields, in the order of their declaration.
    const FIELDS: &'static [Field<Self>];
}

/// A field of a record.
#[derive(Debug)]
pub struct Field<T: Record> {
    /// Column in the database.
    pub column: &'static str,
    /// Word of the public contract.
    pub word: &'static str,
    /// Use of the field.
    pub used: T::Use,
    /// Value in a record.
    pub value: fn(&T) -> Value<'_>,
    /// Place of the value in a record.
    pub slot: fn(&mut T) -> Slot<'_>,
    /// Copies the value from the first record to the second.
    pub copy: fn(&T, &mut T),
}

/// Value of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is the type it holds")]
pub enum Value<'a> {
    Text(&'a str),
    OptionalText(Option<&'a str>),
    Whole(Option<i32>),
    Flag(Option<bool>),
    Time(Option<Time>),
    Account(Option<AccountId>),
    Roles(Roles),
}

/// Place of a value, to be written to.
#[derive(Debug)]
#[expect(missing_docs, reason = "each is the type it holds")]
pub enum Slot<'a> {
    Text(&'a mut String),
    OptionalText(&'a mut Option<String>),
    Whole(&'a mut Option<i32>),
    Flag(&'a mut Option<bool>),
    Time(&'a mut Option<Time>),
    Account(&'a mut Option<AccountId>),
    Roles(&'a mut Roles),
}

/// New values for some fields of a record.
#[derive(Clone, Debug)]
pub struct Change<T: Record> {
    values: T,
    changed: Vec<&'static Field<T>>,
}

impl<T: Record> Default for Change<T> {
    fn default() -> Self {
        Self { values: T::default(), changed: Vec::new() }
    }
}

impl<T: Record> Change<T> {
    /// Adds a field if `write` has written a new value to its slot, as it returns.
    pub fn add_if(&mut self, field: &'static Field<T>, write: impl FnOnce(Slot<'_>) -> bool) {
        if write((field.slot)(&mut self.values)) {
            self.changed.push(field);
        }
    }

    /// True if a field with this word is among them.
    pub fn has(&self, word: &str) -> bool {
        self.changed.iter().any(|field| field.word == word)
    }

    /// Gives a record the new values; its other fields stay.
    pub fn apply(&self, record: &mut T) {
        for field in &self.changed {
            (field.copy)(&self.values, record);
        }
    }
}

/// A type that a field of a record may have.
pub(crate) trait FieldType {
    fn value(&self) -> Value<'_>;
    fn slot(&mut self) -> Slot<'_>;
}

macro_rules! field_type {
    ($($type:ty: $variant:ident, |$value:ident| $read:expr;)*) => { $(
        impl FieldType for $type {
            fn value(&self) -> Value<'_> {
                let $value = self;
                Value::$variant($read)
            }
            fn slot(&mut self) -> Slot<'_> {
                Slot::$variant(self)
            }
        }
    )* };
}

field_type! {
    String: Text, |text| text;
    Option<String>: OptionalText, |text| text.as_deref();
    Option<i32>: Whole, |number| *number;
    Option<bool>: Flag, |flag| *flag;
    Option<Time>: Time, |time| *time;
    Option<AccountId>: Account, |id| *id;
    Roles: Roles, |roles| *roles;
}

/// Declares a record. A row is `field: Type = "word", Use;`, with `as "column"` before the `;` where the column
/// has another name than the field.
macro_rules! record {
    (
        $(#[$meta:meta])*
        $record:ident used by $use:ident {
            $( $(#[doc = $doc:literal])* $field:ident: $type:ty = $word:literal, $used:ident
                $(as $column:literal)?; )*
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Debug, Default, PartialEq, Eq)]
        pub struct $record { $( $(#[doc = $doc])* pub $field: $type, )* }

        impl $crate::record::Record for $record {
            type Use = $use;

            const FIELDS: &'static [$crate::record::Field<Self>] = &[ $( $crate::record::Field {
                column: $crate::record::column!($field $($column)?),
                word: $word,
                used: $use::$used,
                value: |record| $crate::record::FieldType::value(&record.$field),
                slot: |record| $crate::record::FieldType::slot(&mut record.$field),
                copy: |from, to| to.$field.clone_from(&from.$field),
            }, )* ];
        }
    };
}

macro_rules! column {
    ($field:ident) => {
        stringify!($field)
    };
    ($field:ident $column:literal) => {
        $column
    };
}

pub(crate) use {column, record};

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::account::AccountFields;
    use crate::vehicle::Features;

    fn check<T: Record + PartialEq + std::fmt::Debug>() {
        let columns: BTreeSet<_> = T::FIELDS.iter().map(|field| field.column).collect();
        let words: BTreeSet<_> = T::FIELDS.iter().map(|field| field.word).collect();
        assert_eq!((columns.len(), words.len()), (T::FIELDS.len(), T::FIELDS.len()));
    }

    #[test]
    fn no_two_fields_share_a_column_or_a_word() {
        check::<Features>();
        check::<AccountFields>();
    }

    #[test]
    fn a_change_touches_its_own_fields_alone() {
        let mut change = Change::<Features>::default();
        for field in Features::FIELDS {
            change.add_if(field, |slot| match (field.word, slot) {
                ("wifi", Slot::Flag(flag)) => {
                    *flag = Some(true);
                    true
                }
                ("nb_seats", Slot::Whole(_)) => true,
                _ => false,
            });
        }
        let known = || Features { seats: Some(4), baby_seat: Some(true), ..Features::default() };
        let mut features = known();
        change.apply(&mut features);
        assert_eq!(features, Features { seats: None, wifi: Some(true), ..known() });
        assert!(change.has("wifi") && !change.has("siege_bebe"));
    }
}
