//! Values of one column, until a row group of a Parquet file is full.

use chrono::{Datelike, NaiveDate};
use parquet::basic::{LogicalType, Repetition, TimeUnit, Type as Physical};
use parquet::data_type::{BoolType, ByteArray, ByteArrayType, Int32Type, Int64Type};
use parquet::errors::Result;
use parquet::file::writer::SerializedColumnWriter;
use parquet::schema::types::Type;

use crate::app::exports::{Head, Kind, Value};

/// The column's type in the schema of a Parquet file.
pub(super) fn parquet_type(head: &Head) -> Result<Type> {
    let (physical, logical) = match head.kind {
        Kind::Text => (Physical::BYTE_ARRAY, Some(LogicalType::String)),
        Kind::Whole => (Physical::INT64, None),
        Kind::Truth => (Physical::BOOLEAN, None),
        Kind::Time => (Physical::INT64, Some(LogicalType::timestamp(true, TimeUnit::MILLIS))),
        Kind::Day => (Physical::INT32, Some(LogicalType::Date)),
    };
    Type::primitive_type_builder(head.name, physical)
        .with_repetition(Repetition::OPTIONAL)
        .with_logical_type(logical)
        .build()
}

/// Values of one column that are there, and for each row whether one is.
pub(super) struct Buffer {
    /// 1 for a value, 0 for a missing one.
    levels: Vec<i16>,
    values: Values,
}

enum Values {
    /// All texts one after the other, and where each ends.
    Text(Vec<u8>, Vec<usize>),
    Long(Vec<i64>),
    Short(Vec<i32>),
    Truth(Vec<bool>),
}

impl Buffer {
    pub(super) fn new(kind: Kind) -> Self {
        let values = match kind {
            Kind::Text => Values::Text(Vec::new(), Vec::new()),
            Kind::Whole | Kind::Time => Values::Long(Vec::new()),
            Kind::Day => Values::Short(Vec::new()),
            Kind::Truth => Values::Truth(Vec::new()),
        };
        Self { levels: Vec::new(), values }
    }

    /// Number of rows.
    pub(super) fn rows(&self) -> usize {
        self.levels.len()
    }

    /// Adds the value of a row. A value of another type than the column's is a fault of its declaration, and a test
    /// walks all of them.
    pub(super) fn push(&mut self, value: &Value) {
        let taken = match (&mut self.values, value) {
            (Values::Text(bytes, ends), Value::Text(text)) => {
                bytes.extend_from_slice(text.as_bytes());
                ends.push(bytes.len());
                true
            }
            (Values::Long(numbers), Value::Whole(number)) => {
                numbers.push(*number);
                true
            }
            (Values::Long(numbers), Value::Time(at)) => {
                numbers.push(at.timestamp_millis());
                true
            }
            (Values::Short(numbers), Value::Day(day)) => {
                numbers.push(day.num_days_from_ce() - NaiveDate::default().num_days_from_ce());
                true
            }
            (Values::Truth(truths), Value::Truth(truth)) => {
                truths.push(*truth);
                true
            }
            (_, value) => {
                debug_assert_eq!(value, &Value::Missing, "a value of the column's type");
                false
            }
        };
        self.levels.push(i16::from(taken));
    }

    /// Writes all values as one chunk, and forgets them.
    pub(super) fn drain(&mut self, into: &mut SerializedColumnWriter<'_>) -> Result<()> {
        let levels = Some(&self.levels[..]);
        match &mut self.values {
            Values::Text(bytes, ends) => {
                let all = ByteArray::from(std::mem::take(bytes));
                let begins = std::iter::once(0).chain(ends.iter().copied());
                let texts = begins.zip(ends.iter());
                let texts: Vec<_> =
                    texts.map(|(begin, end)| all.slice(begin, end - begin)).collect();
                into.typed::<ByteArrayType>().write_batch(&texts, levels, None)?;
                ends.clear();
            }
            Values::Long(numbers) => {
                into.typed::<Int64Type>().write_batch(numbers, levels, None)?;
                numbers.clear();
            }
            Values::Short(numbers) => {
                into.typed::<Int32Type>().write_batch(numbers, levels, None)?;
                numbers.clear();
            }
            Values::Truth(truths) => {
                into.typed::<BoolType>().write_batch(truths, levels, None)?;
                truths.clear();
            }
        }
        self.levels.clear();
        Ok(())
    }
}
