//! Parquet files, a row group at a time.

use std::io::{self, Write};
use std::sync::Arc;

use parquet::basic::{Compression, GzipLevel};
use parquet::errors::{ParquetError, Result};
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::Type;

use super::columns::{Buffer, parquet_type};
use super::sink::Sink;
use crate::app::exports::{ExportTable, Head, Value};

/// Rows of one row group: some megabytes in memory.
const ROWS_OF_A_GROUP: usize = 64 * 1024;

/// A Parquet file.
pub(super) struct ParquetSink<W: Write + Send> {
    file: SerializedFileWriter<W>,
    columns: Vec<Buffer>,
}

impl<W: Write + Send> ParquetSink<W> {
    pub(super) fn new(table: ExportTable, into: W) -> io::Result<Self> {
        let heads = table.heads();
        let file = begin(table, &heads, into).map_err(in_file)?;
        Ok(Self { file, columns: heads.iter().map(|head| Buffer::new(head.kind)).collect() })
    }

    fn write_group(&mut self) -> Result<()> {
        let mut group = self.file.next_row_group()?;
        for column in &mut self.columns {
            if let Some(mut chunk) = group.next_column()? {
                column.drain(&mut chunk)?;
                chunk.close()?;
            }
        }
        group.close()?;
        Ok(())
    }

    fn rows(&self) -> usize {
        self.columns.first().map_or(0, Buffer::rows)
    }
}

fn begin<W: Write + Send>(
    table: ExportTable,
    heads: &[Head],
    into: W,
) -> Result<SerializedFileWriter<W>> {
    let fields = heads.iter().map(|head| parquet_type(head).map(Arc::new));
    let schema = Type::group_type_builder(table.word())
        .with_fields(fields.collect::<Result<_>>()?)
        .build()?;
    // Each column's description, under its name.
    let about = heads.iter().map(|head| KeyValue::new(head.name.to_owned(), head.about.to_owned()));
    let properties = WriterProperties::builder()
        .set_created_by(concat!("letaxi ", env!("CARGO_PKG_VERSION")).to_owned())
        .set_compression(Compression::GZIP(GzipLevel::default()))
        .set_key_value_metadata(Some(about.collect()))
        .build();
    SerializedFileWriter::new(into, Arc::new(schema), Arc::new(properties))
}

impl<W: Write + Send> Sink for ParquetSink<W> {
    fn take(&mut self, rows: &[Vec<Value>]) -> io::Result<()> {
        for row in rows {
            for (column, value) in self.columns.iter_mut().zip(row) {
                column.push(value);
            }
            if self.rows() >= ROWS_OF_A_GROUP {
                self.write_group().map_err(in_file)?;
            }
        }
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> io::Result<()> {
        if self.rows() > 0 {
            self.write_group().map_err(in_file)?;
        }
        self.file.finish().map_err(in_file)?;
        self.file.flush()
    }
}

/// The error of the file below, if that is the cause.
fn in_file(error: ParquetError) -> io::Error {
    match error {
        ParquetError::External(cause) => match cause.downcast::<io::Error>() {
            Ok(error) => *error,
            Err(cause) => io::Error::other(cause),
        },
        error => io::Error::other(error),
    }
}
