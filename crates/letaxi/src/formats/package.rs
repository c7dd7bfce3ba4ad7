//! `datapackage.json`: what the files of a folder are, in the words of Data Package and Table Schema.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::format::Format;
use crate::app::exports::{ExportTable, Head, Kind, Month};

/// The description of all files of a folder.
#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct Package {
    name: String,
    title: String,
    #[serde(with = "listed")]
    resources: BTreeMap<String, Value>,
}

/// A file of an export.
#[derive(Clone, Debug)]
pub(crate) struct Resource<'a> {
    /// Its table.
    pub(crate) table: ExportTable,
    /// Its month.
    pub(crate) month: Month,
    /// Its format.
    pub(crate) format: Format,
    /// Its purpose, as its maker named it.
    pub(crate) purpose: &'a str,
    /// Number of rows.
    pub(crate) rows: usize,
    /// Length in bytes.
    pub(crate) bytes: u64,
    /// False if the month was not over.
    pub(crate) complete: bool,
}

impl Default for Package {
    fn default() -> Self {
        Self {
            name: "letaxi-export".to_owned(),
            title: "Rows of the registry of taxis, without persons and exact places".to_owned(),
            resources: BTreeMap::new(),
        }
    }
}

impl Package {
    /// Adds a file, in place of one of its name.
    pub(crate) fn add(&mut self, resource: &Resource<'_>) {
        self.resources.insert(resource.path(), resource.describe());
    }
}

impl Resource<'_> {
    /// Name of the file.
    pub(crate) fn path(&self) -> String {
        format!("{}-{}.{}", self.table.word(), self.month, self.format.ending())
    }

    fn describe(&self) -> Value {
        let Self { table, month, format, .. } = self;
        json!({
            "name": format!("{}-{month}-{}", table.word(), format.word()),
            "path": self.path(),
            "description": table.about(),
            "format": format.word(),
            "mediatype": format.media_type(),
            "encoding": "utf-8",
            "bytes": self.bytes,
            "rows": self.rows,
            "month": month.to_string(),
            "complete": self.complete,
            "purpose": self.purpose,
            "schema": {"fields": table.heads().iter().map(field).collect::<Vec<_>>(), "missingValues": [""]},
        })
    }
}

/// A column in the words of Table Schema.
fn field(head: &Head) -> Value {
    let kind = match head.kind {
        Kind::Text => "string",
        Kind::Whole => "integer",
        Kind::Truth => "boolean",
        Kind::Time => "datetime",
        Kind::Day => "date",
    };
    json!({"name": head.name, "type": kind, "description": head.about})
}

/// Resources as a list, in memory by their paths.
mod listed {
    use std::collections::BTreeMap;

    use serde::{Deserialize as _, Deserializer, Serialize as _, Serializer};
    use serde_json::Value;

    pub(super) fn serialize<S: Serializer>(
        resources: &BTreeMap<String, Value>,
        into: S,
    ) -> Result<S::Ok, S::Error> {
        resources.values().collect::<Vec<_>>().serialize(into)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<BTreeMap<String, Value>, D::Error> {
        let all = Vec::<Value>::deserialize(from)?;
        let path = |one: &Value| one["path"].as_str().unwrap_or_default().to_owned();
        Ok(all.into_iter().map(|one| (path(&one), one)).collect())
    }
}
