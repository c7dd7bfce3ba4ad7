//! CSV and lines of JSON, in gzip.

use std::io::{self, Write};

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Map, json};

use super::sink::Sink;
use crate::app::exports::{ExportTable, Value};

/// Format of times in text: ISO 8601, UTC.
const TIME: &str = "%Y-%m-%dT%H:%M:%SZ";

fn text(value: &Value) -> String {
    match value {
        Value::Missing => String::new(),
        Value::Text(text) => text.clone().into_owned(),
        Value::Whole(number) => number.to_string(),
        Value::Truth(truth) => truth.to_string(),
        Value::Time(at) => at.format(TIME).to_string(),
        Value::Day(day) => day.to_string(),
    }
}

fn names(table: ExportTable) -> Vec<&'static str> {
    table.heads().iter().map(|head| head.name).collect()
}

/// CSV: commas, a line of names, an empty field for a missing value.
pub(super) struct CsvSink<W: Write> {
    lines: csv::Writer<GzEncoder<W>>,
}

impl<W: Write> CsvSink<W> {
    pub(super) fn new(table: ExportTable, into: W) -> io::Result<Self> {
        let mut lines = csv::Writer::from_writer(GzEncoder::new(into, Compression::default()));
        lines.write_record(names(table)).map_err(in_file)?;
        Ok(Self { lines })
    }
}

impl<W: Write + Send> Sink for CsvSink<W> {
    fn take(&mut self, rows: &[Vec<Value>]) -> io::Result<()> {
        for row in rows {
            self.lines.write_record(row.iter().map(text)).map_err(in_file)?;
        }
        Ok(())
    }

    fn finish(self: Box<Self>) -> io::Result<()> {
        let packed = self.lines.into_inner().map_err(csv::IntoInnerError::into_error)?;
        packed.finish()?.flush()
    }
}

/// The error of the file below, if that is the cause.
fn in_file(error: csv::Error) -> io::Error {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => error,
        other => io::Error::other(format!("{other:?}")),
    }
}

/// A JSON object a line, without missing values.
pub(super) struct NdJsonSink<W: Write> {
    names: Vec<&'static str>,
    packed: GzEncoder<W>,
}

impl<W: Write> NdJsonSink<W> {
    pub(super) fn new(table: ExportTable, into: W) -> Self {
        Self { names: names(table), packed: GzEncoder::new(into, Compression::default()) }
    }
}

impl<W: Write + Send> Sink for NdJsonSink<W> {
    fn take(&mut self, rows: &[Vec<Value>]) -> io::Result<()> {
        for row in rows {
            let mut object = Map::new();
            for (name, value) in self.names.iter().zip(row) {
                let value = match value {
                    Value::Missing => continue,
                    Value::Whole(number) => json!(number),
                    Value::Truth(truth) => json!(truth),
                    Value::Text(_) | Value::Time(_) | Value::Day(_) => json!(text(value)),
                };
                object.insert((*name).to_owned(), value);
            }
            serde_json::to_writer(&mut self.packed, &object)?;
            self.packed.write_all(b"\n")?;
        }
        Ok(())
    }

    fn finish(self: Box<Self>) -> io::Result<()> {
        self.packed.finish()?.flush()
    }
}
