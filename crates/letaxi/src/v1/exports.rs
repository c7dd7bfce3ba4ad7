//! `GET /v1/exports/:table`: rows for researchers and authorities, as a file of one month.
//!
//! GET, because it changes nothing but the activity log, and any download tool can fetch and resume a list of such
//! addresses.

use std::io::{self, Write};
use std::sync::{Arc, Mutex, PoisonError};

use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use futures_util::stream::try_unfold;
use serde_json::{Value, json};

use crate::api::identity::Admin;
use crate::api::input::{Faults, Fields, Kind, Unknown, inputs, kind, kinds, object};
use crate::api::query::Query;
use crate::api::route::Route;
use crate::app::App;
use crate::app::exports::{ExportRefused, ExportRun, ExportTable, Month, Permit};
use crate::formats::{Format, Sink, sink};
use crate::server::refusal::Error;

/// Routes of exports.
pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::new(
            "GET /v1/exports/{table}",
            get_export,
            [
                "Export a table of a month for researchers and authorities",
                "Exporter une table d'un mois pour la recherche et les autorités",
            ],
        )
        .unpacked()
        .of("The table: drivers, vehicles, ads, taxis, hails, searches or figures.")
        .refuses(429, "Other exports are under way: `Retry-After` gives the seconds to wait.")
        .answers_with(
            200,
            "The file. An answer that breaks off has no end that its format knows.",
            "application/octet-stream",
            || json!({"type": "string", "format": "binary"}),
        ),
    ]
}

/// Query of an export.
pub(super) struct Wish {
    month: Month,
    format: Format,
    purpose: String,
}

inputs! {
    ExportQuery -> Wish = object(Unknown::Refused, export_query);
}

const FORMATS: [&str; Format::ALL.len()] =
    [Format::Parquet.word(), Format::Csv.word(), Format::NdJson.word()];

fn export_query(fields: &mut Fields<'_>) -> Option<Wish> {
    let month = fields.required("month", month());
    let format = fields.optional("format", kinds::word_for::<Format>(&FORMATS));
    let purpose = fields.required("purpose", kinds::text_of(1..=kinds::SHORT_TEXT));
    Some(Wish { month: month?, format: format?.unwrap_or(Format::Parquet), purpose: purpose? })
}

pub(super) fn month() -> impl for<'a> Kind<'a, Value = Month> {
    let read = |value: &Value| {
        let month = value.as_str().and_then(|text| text.parse().ok());
        month.ok_or_else(|| Faults::message("Not a valid month: give it as 2026-10."))
    };
    kind(read, || json!({"type": "string", "pattern": "^[0-9]{4}-(0[1-9]|1[0-2])$"}))
}

/// Exports a table of a month.
async fn get_export(
    State(app): State<Arc<App>>,
    who: Admin,
    Path(table): Path<String>,
    Query(wish): Query<ExportQuery>,
) -> Result<Response, Error> {
    let unknown = |_| Error::of_url(StatusCode::NOT_FOUND, "There is no such table.");
    let table: ExportTable = table.parse().map_err(unknown)?;
    let (Wish { month, format, purpose }, admin) = (wish, &*who);
    let permit = app.export_permit()?;
    let run = app.export(Some(admin), table, month, &purpose).await?;
    let name = format!("attachment; filename=\"{}-{month}.{}\"", table.word(), format.ending());
    let headers = [
        (CONTENT_TYPE, format.media_type().to_owned()),
        (CONTENT_DISPOSITION, name),
        (CACHE_CONTROL, "no-store".to_owned()),
    ];
    let file = Streamed::new(run, format, table, permit).map_err(|error| Error::broken(&error))?;
    let body = Body::from_stream(try_unfold(file, Streamed::next));
    Ok((headers, body).into_response())
}

/// A file, while it is written and sent.
struct Streamed {
    run: ExportRun,
    /// None once the end was written.
    sink: Option<Box<dyn Sink>>,
    written: Shared,
    _permit: Permit,
}

impl Streamed {
    fn new(run: ExportRun, format: Format, table: ExportTable, permit: Permit) -> io::Result<Self> {
        let written = Shared::default();
        let sink = Some(sink(format, table, written.clone())?);
        Ok(Self { run, sink, written, _permit: permit })
    }

    /// The next part that was written, with what goes on; none at the end.
    async fn next(mut self) -> io::Result<Option<(Vec<u8>, Self)>> {
        while let Some(mut sink) = self.sink.take() {
            let rows = self.run.next().await.map_err(broken)?;
            // Packing takes as long as many requests.
            let written = tokio::task::spawn_blocking(move || {
                let Some(rows) = rows else { return sink.finish().map(|()| None) };
                sink.take(&rows).map(|()| Some(sink))
            });
            self.sink = written.await.map_err(broken)?.map_err(broken)?;
            let part = self.written.drain();
            if !part.is_empty() {
                return Ok(Some((part, self)));
            }
        }
        Ok(None)
    }
}

/// An error after the head of the answer: it is logged, and the answer breaks off.
fn broken(error: impl std::error::Error + Send + Sync + 'static) -> io::Error {
    tracing::error!(%error, "an export broke off");
    io::Error::other(error)
}

/// Bytes that a sink wrote and that are not sent yet.
#[derive(Clone, Default)]
struct Shared(Arc<Mutex<Vec<u8>>>);

impl Shared {
    fn drain(&self) -> Vec<u8> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl From<ExportRefused> for Error {
    fn from(refused: ExportRefused) -> Self {
        match refused {
            ExportRefused::Empty => Self::of_url(
                StatusCode::NOT_FOUND,
                "There is nothing to export: the registry has neither hails nor searches.",
            ),
            ExportRefused::NoSuchMonth { asked, first, last } => Self::of_url(
                StatusCode::NOT_FOUND,
                &format!(
                    "There is no data of {asked}: the registry has the months from {first} to {last}."
                ),
            ),
            ExportRefused::Deleted { asked, first } => Self::of_url(
                StatusCode::NOT_FOUND,
                &format!(
                    "Hails of {asked} are deleted, all or in part: {first} is the first whole month that is kept."
                ),
            ),
            ExportRefused::TooMany => Self::too_many(ExportRefused::WAIT),
            ExportRefused::Broken(error) => error.into(),
        }
    }
}
