//! The features of a GeoJSON file, one by one, each with its line.
//!
//! The file is first cut into features without reading them, so that one bad feature hides no
//! other and so that no more than one is held in a bulky form.

use std::borrow::Cow;

use geo::MultiPolygon;
use geojson::Geometry;
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::border::border;
use super::complaint::FileLog;
use super::text::{Lines, json_error};

/// What a GeoJSON object is, and the features of a collection.
#[derive(Deserialize)]
struct Collection<'a> {
    #[serde(rename = "type", borrow)]
    kind: Option<Cow<'a, str>>,
    #[serde(borrow)]
    features: Option<Vec<&'a RawValue>>,
    /// Not of the standard: the author's word that the borders are not exact.
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

/// One thing on a map: what is said of it, and its shape.
pub(super) struct Feature<'a> {
    /// The line in which it begins.
    pub(super) line: usize,
    id: Option<Value>,
    properties: Map<String, Value>,
    geometry: Option<&'a RawValue>,
}

/// The features of a file: all of a collection, or the only one there is.
pub(super) struct Features<'a> {
    lines: Lines<'a>,
    parts: Vec<&'a str>,
    bare_geometry: bool,
    approximate: bool,
}

impl<'a> Features<'a> {
    /// Whether the file says of itself that its borders are `approximate`, not for service.
    pub(super) fn are_approximate(&self) -> bool {
        self.approximate
    }

    /// Cuts a file into its features. If it is no GeoJSON, that is logged.
    pub(super) fn of(text: &'a str, log: &mut FileLog<'_>) -> Option<Self> {
        if !text.trim_start().starts_with('{') {
            log.fault(1, "", "is no GeoJSON: it must begin with { and a `type`");
            return None;
        }
        let collection = serde_json::from_str::<Collection<'a>>(text).map_err(|error| {
            let (line, reason) = json_error(&error, 1);
            log.fault(line, "", format!("is no GeoJSON: {reason}"));
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

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.parts.len()
    }

    /// Reads one after the other. What is no feature is logged and left out.
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
            (line, format!("is no feature: {reason}"))
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

    /// Its id as text, if it has one.
    pub(super) fn id(&self) -> Option<String> {
        match self.id.as_ref()? {
            Value::String(id) if !id.trim().is_empty() => Some(id.trim().to_owned()),
            Value::Number(id) => Some(id.to_string()),
            _ => None,
        }
    }

    /// A property that is text and not blank.
    pub(super) fn text(&self, key: &str) -> Option<&str> {
        self.properties.get(key)?.as_str().map(str::trim).filter(|text| !text.is_empty())
    }

    /// A property that must be text and not blank. If it is not, that is logged; `way_out` is said
    /// if there is no such property at all.
    pub(super) fn required(&self, key: &str, way_out: &str, log: &mut FileLog<'_>) -> Option<&str> {
        let text = self.text(key);
        if text.is_none() {
            let reason = match self.properties.get(key) {
                Some(Value::String(_) | Value::Null) => "is empty: it must be there".to_owned(),
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

    /// A property of any kind.
    pub(super) fn property(&self, key: &str) -> Option<&Value> {
        self.properties.get(key).filter(|value| !value.is_null())
    }

    /// Its shape as a border. If it is none, that is logged; `owner` says whose border.
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

    /// Its shape as a border, or all that is wrong with it.
    pub(super) fn check_border(&self) -> Result<MultiPolygon<f64>, Vec<String>> {
        border(&self.geometry().map_err(|flaw| vec![flaw])?)
    }

    /// Its shape, whatever it is, or why there is none.
    pub(super) fn geometry(&self) -> Result<Geometry, String> {
        let geometry = self.geometry.ok_or("is missing")?;
        serde_json::from_str::<Geometry>(geometry.get())
            .map_err(|error| format!("is no geometry: {}", json_error(&error, 0).1))
    }
}
