//! Files of exports: Parquet, CSV and lines of JSON, made of the same rows.
//!
//! A [`Sink`] takes rows a page at a time and writes them to anything; its memory is bounded.

mod columns;
mod format;
mod package;
mod row_groups;
mod sink;
mod text;

use std::io::{self, Write};

use crate::app::exports::ExportTable;

pub(crate) use format::Format;
pub(crate) use package::{Package, Resource};
pub(crate) use sink::Sink;

/// A file of a table in a format.
///
/// # Errors
///
/// If its begin cannot be written.
pub(crate) fn sink<W: Write + Send + 'static>(
    format: Format,
    table: ExportTable,
    into: W,
) -> io::Result<Box<dyn Sink>> {
    Ok(match format {
        Format::Parquet => Box::new(row_groups::ParquetSink::new(table, into)?),
        Format::Csv => Box::new(text::CsvSink::new(table, into)?),
        Format::NdJson => Box::new(text::NdJsonSink::new(table, into)),
    })
}

#[cfg(test)]
mod tests;
