use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, Read};
use std::sync::{Arc, Mutex};

use chrono::{DateTime, NaiveDate, TimeDelta};
use flate2::read::GzDecoder;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::Field;

use super::*;
use crate::app::exports::{Head, Kind, Value};

/// Rows with each kind of value, also missing, more than a row group holds.
fn rows(heads: &[Head], count: i64) -> Vec<Vec<Value>> {
    let begin = DateTime::from_timestamp(1_790_000_000, 0).unwrap();
    let value = |head: &Head, n: i64| match head.kind {
        _ if n % 7 == 3 => Value::Missing,
        Kind::Text => format!("é, \"{n}\"\n").into(),
        Kind::Whole => Value::Whole(n - 50),
        Kind::Truth => Value::Truth(n % 2 == 0),
        Kind::Time => Value::Time(begin + TimeDelta::minutes(15 * n)),
        Kind::Day => {
            Value::Day(NaiveDate::from_ymd_opt(1969, 12, 1).unwrap() + TimeDelta::days(n % 90))
        }
    };
    (0..count).map(|n| heads.iter().map(|head| value(head, n)).collect()).collect()
}

fn write(format: Format, table: ExportTable, rows: &[Vec<Value>]) -> File {
    let file = tempfile::tempfile().unwrap();
    let mut sink = sink(format, table, file.try_clone().unwrap()).unwrap();
    for page in rows.chunks(2_000) {
        sink.take(page).unwrap();
    }
    sink.finish().unwrap();
    let mut file = file;
    io::Seek::rewind(&mut file).unwrap();
    file
}

fn unpacked(file: File) -> String {
    let mut text = String::new();
    GzDecoder::new(file).read_to_string(&mut text).unwrap();
    text
}

/// A value of a Parquet file as CSV words it.
fn as_text(field: &Field) -> String {
    match field {
        Field::Null => String::new(),
        Field::Str(text) => text.clone(),
        Field::Long(number) => number.to_string(),
        Field::Bool(truth) => truth.to_string(),
        Field::TimestampMillis(at) => {
            DateTime::from_timestamp_millis(*at).unwrap().format("%Y-%m-%dT%H:%M:%SZ").to_string()
        }
        Field::Date(days) => (NaiveDate::default() + TimeDelta::days((*days).into())).to_string(),
        other => panic!("a field of a type that no column has: {other:?}"),
    }
}

#[test]
fn every_format_holds_the_same_rows_and_columns() {
    for (table, count) in ExportTable::ALL
        .map(|table| (table, 100))
        .into_iter()
        .chain([(ExportTable::Searches, 65_536 + 10), (ExportTable::Figures, 0)])
    {
        let heads = table.heads();
        let rows = rows(&heads, count);
        let names: Vec<_> = heads.iter().map(|head| head.name.to_owned()).collect();

        let text = unpacked(write(Format::Csv, table, &rows));
        let mut lines = csv::Reader::from_reader(text.as_bytes());
        assert_eq!(lines.headers().unwrap().iter().collect::<Vec<_>>(), names);
        let in_csv: Vec<Vec<String>> =
            lines.records().map(|line| line.unwrap().iter().map(str::to_owned).collect()).collect();
        assert_eq!(in_csv.len(), rows.len(), "{table:?}");

        let file = SerializedFileReader::new(write(Format::Parquet, table, &rows)).unwrap();
        let columns = file.metadata().file_metadata().schema().get_fields().to_vec();
        assert_eq!(columns.iter().map(|column| column.name()).collect::<Vec<_>>(), names);
        let in_parquet: Vec<Vec<String>> = file
            .get_row_iter(None)
            .unwrap()
            .map(|row| row.unwrap().get_column_iter().map(|(_, field)| as_text(field)).collect())
            .collect();
        assert!(in_parquet == in_csv, "{table:?} differs in Parquet and CSV");

        let text = unpacked(write(Format::NdJson, table, &rows));
        let in_json: Vec<Vec<String>> = text
            .lines()
            .map(|line| {
                let object: serde_json::Value = serde_json::from_str(line).unwrap();
                let value = |name: &String| match &object[name] {
                    serde_json::Value::Null => String::new(),
                    serde_json::Value::String(text) => text.clone(),
                    other => other.to_string(),
                };
                names.iter().map(value).collect()
            })
            .collect();
        assert!(in_json == in_csv, "{table:?} differs in JSON and CSV");
    }
}

/// A disk with room for so many bytes.
#[derive(Clone)]
struct Disk(Arc<Mutex<usize>>);

impl Write for Disk {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut room = self.0.lock().unwrap();
        *room = room.checked_sub(bytes.len()).ok_or(io::ErrorKind::StorageFull)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_full_disk_is_told_in_every_format() {
    let heads = ExportTable::Hails.heads();
    let rows = rows(&heads, 5_000);
    for format in Format::ALL {
        let disk = Disk(Arc::new(Mutex::new(10_000)));
        let written = sink(format, ExportTable::Hails, disk).and_then(|mut sink| {
            sink.take(&rows)?;
            sink.finish()
        });
        assert_eq!(written.unwrap_err().kind(), io::ErrorKind::StorageFull, "{format:?}");
    }
}

#[test]
fn a_package_keeps_the_files_of_other_months() {
    let resource = |month: &str, rows| Resource {
        table: ExportTable::Hails,
        month: month.parse().unwrap(),
        format: Format::Csv,
        purpose: "quality of service",
        rows,
        bytes: 10,
        complete: true,
    };
    let mut package = Package::default();
    package.add(&resource("2026-09", 1));
    let text = serde_json::to_string(&package).unwrap();
    let mut package: Package = serde_json::from_str(&text).unwrap();
    package.add(&resource("2026-10", 2));
    package.add(&resource("2026-09", 3));
    let package = serde_json::to_value(&package).unwrap();
    let resources = package["resources"].as_array().unwrap();
    let told: Vec<_> = resources.iter().map(|one| (&one["path"], &one["rows"])).collect();
    assert_eq!(
        told,
        [(&"hails-2026-09.csv.gz".into(), &3.into()), (&"hails-2026-10.csv.gz".into(), &2.into())]
    );
    let fields = resources[0]["schema"]["fields"].as_array().unwrap();
    let names: Vec<_> = fields.iter().map(|field| field["name"].as_str().unwrap()).collect();
    assert_eq!(names, ExportTable::Hails.heads().iter().map(|head| head.name).collect::<Vec<_>>());
    assert_eq!(fields[0]["type"], "datetime");
}

/// The tables of columns of the page about exports.
fn columns_of_all_tables() -> String {
    let mut text = String::new();
    for table in ExportTable::ALL {
        let (name, about) = (table.word(), table.about());
        write!(text, "### {name}\n\n{about}\n\n").unwrap();
        text += "| column | type | meaning |\n|---|---|---|\n";
        for Head { name, kind, about } in table.heads() {
            let kind = format!("{kind:?}").to_lowercase();
            writeln!(text, "| `{name}` | {kind} | {about} |").unwrap();
        }
        text.push('\n');
    }
    text
}

#[test]
fn generated_columns_in_the_page_about_exports_are_up_to_date() {
    let file = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/open-data.md");
    let page = std::fs::read_to_string(&file).unwrap();
    let (begin, end) = ("## Columns\n\n", "## Sample\n");
    let (before, rest) = page.split_once(begin).expect("the page has a chapter about columns");
    let (_, after) = rest.split_once(end).expect("a sample follows");
    let written = format!("{before}{begin}{}{end}{after}", columns_of_all_tables());
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&file, &written).unwrap();
    }
    assert_eq!(std::fs::read_to_string(&file).unwrap(), written, "run `make bless`");
}

#[test]
fn the_sample_in_the_page_has_the_columns_of_hails() {
    let file = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/open-data.md");
    let page = std::fs::read_to_string(&file).unwrap();
    let (_, sample) = page.split_once("```csv\n").expect("the page has a sample");
    let (sample, _) = sample.split_once("```").unwrap();
    let mut lines = csv::Reader::from_reader(sample.as_bytes());
    let names: Vec<_> = ExportTable::Hails.heads().iter().map(|head| head.name).collect();
    assert_eq!(lines.headers().unwrap().iter().collect::<Vec<_>>(), names);
    assert!(lines.records().all(|line| line.unwrap().len() == names.len()));
}
