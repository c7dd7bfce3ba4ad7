//! Features of a GeoJSON file, each with its line.
//!
//! The file is first cut into features without parsing them, so that a faulty feature hides no other, and
//! only one at a time takes memory for its parsed form.

use std::borrow::Cow;

use geo::MultiPolygon;
use geojson::Geometry;
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::border::{MOST_POSITIONS, border};
use super::complaint::FileLog;
use super::text::{Lines, json_error};

/// Type of a GeoJSON object, and the features of a collection.
#[derive(Deserialize)]
struct Collection<'a> {
    #[serde(rename = "type", borrow)]
    kind: Option<Cow<'a, str>>,
    #[serde(borrow)]
    features: Option<Vec<&'a RawValue>>,
    /// Not part of the standard: the author states that the borders are not exact.
    #[serde(default)]
    approximate: bool,
}

#[derive(Deserialize)]
#[serde(expecting = "an object with type, properties and geometry")]
struct Fields<'a> {
    #[serde(rename = "type", borrow)]
    kind: Option<Cow<'a, str>>,
    id: Option<Value>,
    properties: Option<Map<String, Value>>,
    #[serde(borrow)]
    geometry: Option<&'a RawValue>,
}

/// A GeoJSON feature: properties and geometry.
pub(super) struct Feature<'a> {
    /// Line in which it begins.
    pub(super) line: usize,
    id: Option<Value>,
    properties: Map<String, Value>,
    geometry: Option<&'a RawValue>,
}

/// Features of a file: those of a collection, or a single one.
pub(super) struct Features<'a> {
    lines: Lines<'a>,
    parts: Vec<&'a str>,
    bare_geometry: bool,
    approximate: bool,
}

impl<'a> Features<'a> {
    /// True if the file declares its borders as `approximate`, not for service.
    pub(super) fn are_approximate(&self) -> bool {
        self.approximate
    }

    /// Cuts a file into features; logs a fault if it is not GeoJSON.
    pub(super) fn of(text: &'a str, log: &mut FileLog<'_>) -> Option<Self> {
        if !text.trim_start().starts_with('{') {
            log.fault(1, "", "is not GeoJSON: it must begin with { and a `type`");
            return None;
        }
        let collection = serde_json::from_str::<Collection<'a>>(text).map_err(|error| {
            let (line, reason) = json_error(&error, 1);
            log.fault(line, "", format!("is not GeoJSON: {reason}"));
        });
        let collection = collection.ok()?;
        let approximate = collection.approximate;
        let kind = collection.kind.as_deref().unwrap_or_default();
        let parts = match (kind, collection.features) {
            ("FeatureCollection", Some(features)) => {
                features.into_iter().map(RawValue::get).collect()
            }
            ("FeatureCollection", None) => {
                log.fault(
                    None,
                    "features",
                    "is missing: a FeatureCollection has a list of features",
                );
                return None;
            }
            ("Feature" | "Polygon" | "MultiPolygon", _) => vec![text],
            _ => {
                log.fault(
                    None,
                    "type",
                    format!("is `{kind}`: FeatureCollection or Feature is expected"),
                );
                return None;
            }
        };
        let bare_geometry = matches!(kind, "Polygon" | "MultiPolygon");
        Some(Self { lines: Lines::of(text), parts, bare_geometry, approximate })
    }

    /// Number of features.
    pub(super) fn len(&self) -> usize {
        self.parts.len()
    }

    /// Parses the features one by one. Invalid ones are logged and left out.
    pub(super) fn each(
        self,
        log: &mut FileLog<'_>,
        mut visit: impl FnMut(usize, Feature<'a>, &mut FileLog<'_>),
    ) {
        let Self { mut lines, parts, bare_geometry, .. } = self;
        for (place, part) in parts.into_iter().enumerate() {
            let line = lines.line_of(part);
            let feature = if bare_geometry {
                Ok(Feature::bare(part, line))
            } else {
                Feature::read(part, line)
            };
            match feature {
                Ok(feature) => visit(place, feature, log),
                Err((line, reason)) => log.fault(line, "", reason),
            }
        }
    }
}

impl<'a> Feature<'a> {
    fn read(text: &'a str, line: usize) -> Result<Self, (usize, String)> {
        let fields: Fields<'a> = serde_json::from_str(text).map_err(|error| {
            let (line, reason) = json_error(&error, line);
            (line, format!("is not a feature: {reason}"))
        })?;
        if fields.kind.as_deref() != Some("Feature") {
            let kind = fields.kind.unwrap_or_default();
            return Err((line, format!("type is `{kind}`: Feature is expected")));
        }
        let properties = fields.properties.unwrap_or_default();
        Ok(Self { line, id: fields.id, properties, geometry: fields.geometry })
    }

    fn bare(text: &'a str, line: usize) -> Self {
        let geometry = serde_json::from_str(text).expect("the file was read as JSON before");
        Self { line, id: None, properties: Map::new(), geometry: Some(geometry) }
    }

    /// Its id as text, if any.
    pub(super) fn id(&self) -> Option<String> {
        match self.id.as_ref()? {
            Value::String(id) if !id.trim().is_empty() => Some(id.trim().to_owned()),
            Value::Number(id) => Some(id.to_string()),
            _ => None,
        }
    }

    /// The value of a property, if it is text and not blank.
    pub(super) fn text(&self, key: &str) -> Option<&str> {
        self.properties.get(key)?.as_str().map(str::trim).filter(|text| !text.is_empty())
    }

    /// The value of a required text property. Logs a fault if it is not text or blank; `way_out` is the
    /// remedy for a missing property.
    pub(super) fn required(&self, key: &str, way_out: &str, log: &mut FileLog<'_>) -> Option<&str> {
        let text = self.text(key);
        if text.is_none() {
            let reason = match self.properties.get(key) {
                Some(Value::String(_) | Value::Null) => "is empty: a value is required".to_owned(),
                Some(other) => format!("is {other}: text is expected, between quotes"),
                None => format!("is missing: {}{way_out}", self.properties_there()),
            };
            log.fault(self.line, &format!("properties.{key}"), reason);
        }
        text
    }

    fn properties_there(&self) -> String {
        let keys: Vec<_> = self.properties.keys().map(|key| format!("`{key}`")).collect();
        if keys.is_empty() {
            return "this feature has no properties".to_owned();
        }
        format!("the properties are {}", keys.join(", "))
    }

    /// The value of a property of any type.
    pub(super) fn property(&self, key: &str) -> Option<&Value> {
        self.properties.get(key).filter(|value| !value.is_null())
    }

    /// Its geometry as a border; logs a fault if that is not possible. `owner` names the border's owner.
    pub(super) fn border(&self, owner: &str, log: &mut FileLog<'_>) -> Option<MultiPolygon<f64>> {
        let field =
            if owner.is_empty() { "geometry".to_owned() } else { format!("geometry of {owner}") };
        self.check_border()
            .map_err(|flaws| {
                for flaw in flaws {
                    log.fault(self.line, &field, flaw);
                }
            })
            .ok()
    }

    /// Its geometry as a border, or all faults of the geometry.
    pub(super) fn check_border(&self) -> Result<MultiPolygon<f64>, Vec<String>> {
        border(&self.geometry().map_err(|flaw| vec![flaw])?)
    }

    /// Its geometry of any type, or the reason why it has none.
    pub(super) fn geometry(&self) -> Result<Geometry, String> {
        let geometry = self.geometry.ok_or("is missing")?;
        // Counted before they are parsed, which takes ten times the room. Rings and parts count as well, but are few.
        let positions = geometry.get().bytes().filter(|byte| *byte == b'[').count();
        if positions > MOST_POSITIONS {
            return Err(format!(
                "has {positions} positions: it takes at most {MOST_POSITIONS}; simplify it"
            ));
        }
        serde_json::from_str::<Geometry>(geometry.get())
            .map_err(|error| format!("is not a geometry: {}", json_error(&error, 0).1))
    }
}
