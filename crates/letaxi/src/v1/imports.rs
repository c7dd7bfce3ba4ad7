//! `POST /v1/territory/preview` and `POST /v1/territory/import`: the files of a territory, first looked at, then put in
//! place.
//!
//! Nothing is kept between the two calls: the files are sent twice. The second call names the digest of the first one's
//! files and the version of the territory they were compared with, and is refused if either has changed.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use axum::extract::State;
use axum::http::{Method, StatusCode, Uri};
use axum::response::Response;
use data_encoding::HEXLOWER;
use ring::digest::{Context, SHA256};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Value, json};
use storage::territory_rows::{Changed, ImportReport, Names, TerritoryImport};

use super::french::in_language;
use crate::api::envelope::Data;
use crate::api::identity::Admin;
use crate::api::input::{Faults, Fields, Kind, Unknown, inputs, kind, kinds, object};
use crate::api::language::Language;
use crate::api::query::Query;
use crate::api::route::Route;
use crate::api::upload::Upload;
use crate::app::App;
use crate::app::exports::Permit;
use crate::app::territory::import::{Rules, objections};
use crate::import::{self, Complaint, FAULTS_SHOWN, Folder, Options};
use crate::server::refusal::Error;

const PREVIEW: &str = "/v1/territory/preview";
const IMPORT: &str = "/v1/territory/import";

/// Number of complaints in an answer, beside [`FAULTS_SHOWN`] of each file.
const COMPLAINTS_SHOWN: usize = 500;

/// Routes of imports.
pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::new(
            "POST /v1/territory/preview",
            preview,
            [
                "Preview an import of territory: what would change, and all complaints",
                "Voir ce qu'un import du territoire changerait, et tous ses défauts",
            ],
        )
        .refuses(409, "Another import is being read.")
        .answers::<PreviewView>(),
        Route::new(
            "POST /v1/territory/import",
            put_in_place,
            ["Import the territory that was previewed", "Importer le territoire de l'aperçu"],
        )
        .refuses(
            409,
            "The files or the territory have changed since the preview, the files have faults, too much would be removed, or another import is being read.",
        )
        .answers::<PreviewView>(),
    ]
}

/// True for a request with the files of an import, whose body is left to the handler.
pub(crate) fn are_sent(method: &Method, uri: &Uri) -> bool {
    let path = uri.path().strip_suffix('/').unwrap_or(uri.path());
    method == Method::POST && (path == PREVIEW || path == IMPORT)
}

inputs! {
    PreviewQuery -> Reading = object(Unknown::Refused, reading);
    ImportQuery -> Wish = object(Unknown::Refused, wish);
}

/// Options of reading, as those of `letaxi import`.
struct Reading {
    code_property: String,
    name_property: String,
    skip_faulty: bool,
}

struct Wish {
    reading: Reading,
    /// Of the preview.
    digest: String,
    /// Of the territory that the preview was compared with.
    version: i64,
    /// True if much may be removed.
    replace: bool,
}

fn reading(fields: &mut Fields<'_>) -> Option<Reading> {
    let code = fields.optional("code_property", kinds::text_of(1..=kinds::SHORT_TEXT));
    let name = fields.optional("name_property", kinds::text_of(1..=kinds::SHORT_TEXT));
    let skip_faulty = fields.optional("skip_faulty", kinds::boolean());
    let usual = Options::default();
    Some(Reading {
        code_property: code?.unwrap_or(usual.code_property),
        name_property: name?.unwrap_or(usual.name_property),
        skip_faulty: skip_faulty?.unwrap_or_default(),
    })
}

fn wish(fields: &mut Fields<'_>) -> Option<Wish> {
    let reading = reading(fields);
    let digest = fields.required("digest", digest());
    let version = fields.required("version", kinds::identifier());
    let replace = fields.optional("replace", kinds::boolean());
    Some(Wish {
        reading: reading?,
        digest: digest?,
        version: version?,
        replace: replace?.unwrap_or_default(),
    })
}

fn digest() -> impl for<'a> Kind<'a, Value = String> {
    let read = |value: &Value| {
        let text = value.as_str().filter(|text| text.len() == 64 && is_hex(text));
        let fault = || Faults::message("Not a digest of a preview: 64 hexadecimal digits.");
        text.map(str::to_owned).ok_or_else(fault)
    };
    kind(read, || json!({"type": "string", "pattern": "^[0-9a-f]{64}$"}))
}

fn is_hex(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
}

/// Tells what an import of these files would change, and all that is wrong with them. Nothing is stored. The files are
/// those of a folder for `letaxi import`: `towns.geojson`, `zupc/…/zone.yaml`, `zupc/fusion_communes/….yaml`,
/// `exclusions/….geojson`, `stations.csv` or `stations.geojson`, `ads.csv`, each under its path as file name.
async fn preview(
    State(app): State<Arc<App>>,
    _who: Admin,
    language: Language,
    Query(reading): Query<PreviewQuery>,
    upload: Upload,
) -> Result<Response, Error> {
    let mut read = read(&app, &reading, upload).await?;
    let import = match &mut read.folder {
        Ok(folder) => folder.take_territory(),
        // Nothing is compared, but the answer tells the version.
        Err(_) => TerritoryImport::default(),
    };
    let rules = Rules { dry_run: true, ..Rules::default() };
    let report = app.import_territory_by(rules, import, &|_| {}).await?;
    let view = PreviewView::new(&read, &report, language);
    Ok(in_language(language, Data::one(view).answer(StatusCode::OK)))
}

/// Puts the previewed files in place, all or nothing. The digest and the version are those of the preview.
async fn put_in_place(
    State(app): State<Arc<App>>,
    who: Admin,
    language: Language,
    Query(wish): Query<ImportQuery>,
    upload: Upload,
) -> Result<Response, Error> {
    let conflict = |text: &str| Error::of_request(StatusCode::CONFLICT, text);
    let mut read = read(&app, &wish.reading, upload).await?;
    if read.digest != wish.digest {
        return Err(conflict(
            "The files or their options are not those of the preview: preview them again.",
        ));
    }
    let Ok(folder) = &mut read.folder else {
        return Err(conflict(
            "The files have faults, so nothing was imported: preview them for the list.",
        ));
    };
    let import = folder.take_territory();
    let rules = Rules { replace: wish.replace, dry_run: false, revision: Some(wish.version) };
    let report = app.import_territory_for(&who, rules, import, &read.digest).await?;
    if report.stored {
        let view = PreviewView::new(&read, &report, language);
        return Ok(in_language(language, Data::one(view).answer(StatusCode::OK)));
    }
    Err(conflict(if report.revision == wish.version {
        "The import takes away much of what is there: say `replace` if that is right."
    } else {
        "The territory has changed since the preview: preview the files again."
    }))
}

/// Files that were read.
struct ReadFiles {
    /// Of the files and of the options they were read with.
    digest: String,
    files: usize,
    bytes: usize,
    folder: Result<Folder, Vec<Complaint>>,
    _permit: Permit,
}

async fn read(app: &App, reading: &Reading, upload: Upload) -> Result<ReadFiles, Error> {
    let permit = app.import_permit().ok_or_else(|| {
        let text = "Another import is being read: try again when it is over.";
        Error::of_request(StatusCode::CONFLICT, text)
    })?;
    let files = upload.into_files().await?;
    let known = app.known_towns().await?;
    let options = Options {
        code_property: reading.code_property.clone(),
        name_property: reading.name_property.clone(),
        skip_faulty: reading.skip_faulty,
        mergers: known.mergers,
        reach: known.reach,
        accounts: false,
    };
    let digest = digest_of(&files.digest, reading);
    // The permit goes along: if nobody waits any more, the files are still being read.
    let read = tokio::task::spawn_blocking(move || {
        let root = import::root_of(files.folder());
        let folder = import::read(&root, &options, &known.codes, &mut |_, _, _| {});
        let folder = folder.map_err(|faults| without_root(faults.0, &root));
        ReadFiles { digest, files: files.count, bytes: files.bytes, folder, _permit: permit }
    });
    read.await.map_err(|error| Error::broken(&error))
}

/// Complaints about the folder as a whole name none: it is ours.
fn without_root(complaints: Vec<Complaint>, root: &Path) -> Vec<Complaint> {
    let root = root.display().to_string();
    let named = |complaint: Complaint| {
        let file = if complaint.file == root { String::new() } else { complaint.file };
        Complaint { file, ..complaint }
    };
    complaints.into_iter().map(named).collect()
}

fn digest_of(
    files: &[u8],
    Reading { code_property, name_property, skip_faulty }: &Reading,
) -> String {
    let mut digest = Context::new(&SHA256);
    digest.update(files);
    digest.update(json!([code_property, name_property, skip_faulty]).to_string().as_bytes());
    HEXLOWER.encode(digest.finish().as_ref())
}

#[derive(JsonSchema, Serialize)]
struct PreviewView {
    /// True if the files are in place; false for a preview.
    stored: bool,
    /// Names the files and the options they were read with.
    digest: String,
    /// The version of the territory with which they were compared.
    version: i64,
    /// Number of files.
    files: usize,
    /// Their size.
    bytes: usize,
    /// Faults, which keep the files from being imported; at most 20 for each file.
    faults: Vec<ComplaintView>,
    /// Number of all faults.
    faults_count: usize,
    /// Oddities that keep nothing from being imported, likewise.
    warnings: Vec<ComplaintView>,
    /// Number of all warnings.
    warnings_count: usize,
    /// Removals that are probably not meant: the import needs `replace`.
    objections: Vec<String>,
    /// Parts that the files hold; none if they have faults.
    parts: Vec<PartView>,
    /// Number of mergers of towns that are new or different.
    mergers: usize,
    /// Number of registered licences that move to the towns that took the place of theirs.
    moved_licences: usize,
    /// True if the borders are said to be approximate, not for service.
    approximate: bool,
}

#[derive(JsonSchema, Serialize)]
struct ComplaintView {
    /// Path of the file; empty for all of them.
    file: String,
    /// Line, from 1, if it is known.
    line: Option<usize>,
    /// Field, column or key; empty for the whole file.
    field: String,
    /// Fault and remedy, in the language that is preferred.
    text: String,
}

#[derive(JsonSchema, Serialize)]
struct PartView {
    /// `towns`, `zones`, `exclusions`, `ranks` or `licences` (on towns' lists).
    part: &'static str,
    /// Number of entries before.
    before: usize,
    added: usize,
    changed: usize,
    removed: usize,
    unchanged: usize,
    /// Some of the added ones, by name.
    added_names: Vec<String>,
    changed_names: Vec<String>,
    removed_names: Vec<String>,
}

impl PreviewView {
    fn new(read: &ReadFiles, report: &ImportReport, language: Language) -> Self {
        let none = Vec::new();
        let (faults, warnings, approximate) = match &read.folder {
            Ok(folder) => (&none, &folder.warnings, folder.approximate),
            Err(faults) => (faults, &none, false),
        };
        let say = |text: String| language.choose(None, import::french::of(&text)).unwrap_or(text);
        let objections = objections(report).into_iter().map(|objection| say(objection.to_string()));
        Self {
            stored: report.stored,
            digest: read.digest.clone(),
            version: report.revision,
            files: read.files,
            bytes: read.bytes,
            faults_count: faults.len(),
            faults: shown(faults, language),
            warnings_count: warnings.len(),
            warnings: shown(warnings, language),
            objections: objections.collect(),
            parts: parts(report),
            mergers: report.mergers.added + report.mergers.updated,
            moved_licences: report.moved.count,
            approximate,
        }
    }
}

/// Some complaints of each file.
fn shown(complaints: &[Complaint], language: Language) -> Vec<ComplaintView> {
    let mut of_file: HashMap<&str, usize> = HashMap::new();
    let shown = complaints.iter().filter(|complaint| {
        let count = of_file.entry(&complaint.file).or_default();
        *count += 1;
        *count <= FAULTS_SHOWN
    });
    let view = |complaint: &Complaint| {
        let french = language.choose(None, import::french::of(&complaint.text));
        ComplaintView {
            file: complaint.file.clone(),
            line: complaint.line,
            field: complaint.field.clone(),
            text: french.unwrap_or_else(|| complaint.text.clone()),
        }
    };
    shown.take(COMPLAINTS_SHOWN).map(view).collect()
}

fn parts(report: &ImportReport) -> Vec<PartView> {
    let (before, names) = (&report.before, &report.names);
    let parts = [
        ("towns", report.towns, before.towns, &names.towns),
        ("zones", report.zones, before.zones, &names.zones),
        ("exclusions", report.exclusions, before.exclusions, &names.exclusions),
        ("ranks", report.stations, before.stations, &names.stations),
        ("licences", report.licence_lists, before.licence_lists, &names.licence_lists),
    ];
    let parts = parts.into_iter();
    parts
        .filter_map(|(part, changed, before, names)| Some(view(part, changed?, before, names)))
        .collect()
}

fn view(part: &'static str, changed: Changed, before: usize, names: &Names) -> PartView {
    let Changed { added, updated, removed } = changed;
    PartView {
        part,
        before,
        added,
        changed: updated,
        removed,
        unchanged: before.saturating_sub(updated + removed),
        added_names: names.added.clone(),
        changed_names: names.updated.clone(),
        removed_names: names.removed.clone(),
    }
}
