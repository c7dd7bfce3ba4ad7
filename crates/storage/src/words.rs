//! Columns that no engine has a type for: words, ids and borders.

use std::fmt::Display;
use std::str::FromStr;

use geo::{Geometry, MultiPolygon};
use geo_traits::to_geo::{ToGeoGeometry, ToGeoMultiPolygon};
use geo_traits::{GeometryTrait, GeometryType};
use wkb::reader::read_wkb;
use wkb::writer::{WriteOptions, write_geometry, write_multi_polygon};

use crate::{Error, Result};

/// Reads a word or an id that this program wrote.
pub(crate) fn read<T: FromStr>(what: &'static str, text: &str) -> Result<T> {
    text.parse().ok().ok_or_else(|| unreadable(what, text))
}

/// [`read`], where there may be none.
pub(crate) fn read_optional<T: FromStr>(
    what: &'static str,
    text: Option<&str>,
) -> Result<Option<T>> {
    text.map(|text| read(what, text)).transpose()
}

/// The error for a value that this program never writes.
pub(crate) fn unreadable(what: &'static str, value: impl Display) -> Error {
    Error::Unreadable { what, value: value.to_string() }
}

/// A border as bytes: WKB, the same bytes for the same border.
pub(crate) fn border_bytes(border: &MultiPolygon<f64>) -> Vec<u8> {
    let mut bytes = Vec::new();
    write_multi_polygon(&mut bytes, border, &WriteOptions::default())
        .expect("memory takes what is written, and a border has fewer than 2³² points");
    bytes
}

/// The border that [`border_bytes`] wrote.
pub(crate) fn read_border(bytes: &[u8]) -> Result<MultiPolygon<f64>> {
    let wkb = read_wkb(bytes).map_err(|error| unreadable("a border", error))?;
    match wkb.as_type() {
        GeometryType::MultiPolygon(border) => Ok(border.to_multi_polygon()),
        _ => Err(unreadable("a border", "another kind of shape")),
    }
}

/// A point or an area as bytes.
pub(crate) fn shape_bytes(shape: &Geometry<f64>) -> Vec<u8> {
    let mut bytes = Vec::new();
    write_geometry(&mut bytes, shape, &WriteOptions::default())
        .expect("memory takes what is written, and a shape has fewer than 2³² points");
    bytes
}

/// The shape that [`shape_bytes`] wrote.
pub(crate) fn read_shape(bytes: &[u8]) -> Result<Geometry<f64>> {
    let wkb = read_wkb(bytes).map_err(|error| unreadable("a shape", error))?;
    wkb.try_to_geometry().ok_or_else(|| unreadable("a shape", "an empty point"))
}
