//! Files that are sent with a form (`multipart/form-data`), put into a folder of their own until they are read.
//!
//! A file's name may be a path in a folder, `zupc/69_Lyon/zone.yaml`, as browsers send the files of a folder. Only the
//! handler reads such a body, once it knows who calls.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::body::Body;
use axum::extract::{FromRequestParts, Request};
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::http::request::Parts;
use multer::{Constraints, Field, Multipart, SizeLimit};
use ring::digest::{Context, SHA256};
use tempfile::TempDir;
use tokio::fs;
use tokio::io::AsyncWriteExt;
use tokio::time::timeout;

use super::route::{Argument, Inputs};
use crate::server::refusal::Error;

/// Maximum size of all files together, in MiB: the borders of all towns of France take 37.
pub const MOST_MIB: usize = 64;
/// Maximum size of a file that is not GeoJSON, in MiB: a row of a table takes up to thirty times its size in memory.
pub const MOST_MIB_OF_OTHERS: usize = 8;
/// Maximum number of files.
pub const MOST_FILES: usize = 2_000;
/// Time limit for their arrival.
pub const FILES_LIMIT: Duration = Duration::from_mins(5);
/// Time limit of an answer, from the first byte of the files.
pub const ANSWER_LIMIT: Duration = Duration::from_mins(10);

/// Longest name of a file, with its folders, in bytes, and the most folders.
const MOST_NAME_BYTES: usize = 255;
const MOST_FOLDERS: usize = 5;
/// Room for what separates the files.
const SEPARATORS: u64 = 1024 * 1024;
const MIB: usize = 1024 * 1024;

/// Files that are being sent.
pub(crate) struct Upload {
    content_type: String,
    body: Body,
}

/// The way of an upload to its handler: extensions of a request are shared.
#[derive(Clone)]
struct Waiting(Arc<Mutex<Option<Upload>>>);

/// Files that have arrived, until they are dropped.
pub(crate) struct Files {
    folder: TempDir,
    /// SHA-256 of names and contents, whatever their order.
    pub(crate) digest: [u8; 32],
    /// Number of files.
    pub(crate) count: usize,
    /// Their size.
    pub(crate) bytes: usize,
}

impl Files {
    /// The folder with the files.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }
}

/// Attaches the body to the request, unread.
pub(crate) fn attach(request: Request) -> Request {
    let (mut parts, body) = request.into_parts();
    let content_type = parts.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let content_type = content_type.unwrap_or_default().to_owned();
    let upload = Upload { content_type, body };
    parts.extensions.insert(Waiting(Arc::new(Mutex::new(Some(upload)))));
    Request::from_parts(parts, Body::empty())
}

impl Argument for Upload {
    fn describe(inputs: &mut Inputs) {
        inputs.takes_files = true;
    }
}

impl<S: Sync> FromRequestParts<S> for Upload {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Error> {
        let waiting = parts.extensions.get::<Waiting>();
        let upload =
            waiting.and_then(|it| it.0.lock().unwrap_or_else(PoisonError::into_inner).take());
        upload.ok_or_else(no_form)
    }
}

impl Upload {
    /// Puts the files into a folder.
    ///
    /// # Errors
    ///
    /// If they are too large, too many, too slow, or have names that are no paths in a folder.
    pub(crate) async fn into_files(self) -> Result<Files, Error> {
        let boundary = multer::parse_boundary(&self.content_type).map_err(|_not_a_form| {
            let text = "Send the files with a form: the Content-Type is multipart/form-data.";
            Error::of_request(StatusCode::UNSUPPORTED_MEDIA_TYPE, text)
        })?;
        let most = (MOST_MIB * MIB) as u64 + SEPARATORS;
        let limit = Constraints::new().size_limit(SizeLimit::new().whole_stream(most));
        let form = Multipart::with_constraints(self.body.into_data_stream(), boundary, limit);
        match timeout(FILES_LIMIT, store(form)).await {
            Ok(stored) => stored,
            Err(_elapsed) => {
                let text = format!("The body took longer than {} s.", FILES_LIMIT.as_secs());
                Err(Error::of_request(StatusCode::REQUEST_TIMEOUT, &text))
            }
        }
    }
}

async fn store(mut form: Multipart<'_>) -> Result<Files, Error> {
    let folder = tempfile::tempdir().map_err(|error| unwritable(&error))?;
    let mut bytes = 0;
    let mut digests = Vec::new();
    while let Some(field) = form.next_field().await.map_err(|error| broken(&error))? {
        let name = field.file_name().unwrap_or_default().to_owned();
        let path = path_of(&name).ok_or_else(|| {
            refused(&format!(
                "`{name}` is no name of a file in a folder, such as zupc/lyon/zone.yaml."
            ))
        })?;
        if digests.len() == MOST_FILES {
            return Err(too_large(&format!("There are more than {MOST_FILES} files.")));
        }
        let digest = store_one(field, &name, &folder.path().join(&path), &mut bytes).await?;
        digests.push((path, digest));
    }
    if digests.is_empty() {
        return Err(no_form());
    }
    digests.sort();
    let mut all = Context::new(&SHA256);
    for (path, digest) in &digests {
        all.update(path.as_os_str().as_encoded_bytes());
        // No path holds it, so no two lists of files are one text.
        all.update(b"\0");
        all.update(digest);
    }
    let digest = all.finish().as_ref().try_into().expect("SHA-256 has 32 bytes");
    Ok(Files { folder, digest, count: digests.len(), bytes })
}

/// Writes a file and adds its size. Returns its digest.
async fn store_one(
    mut field: Field<'_>,
    name: &str,
    path: &Path,
    bytes: &mut usize,
) -> Result<Vec<u8>, Error> {
    let ending = path.extension().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
    let is_geojson = ending == "geojson" || ending == "json";
    let most = if is_geojson { MOST_MIB } else { MOST_MIB_OF_OTHERS };
    fs::create_dir_all(path.parent().expect("it is in the folder"))
        .await
        .map_err(|error| unplaced(name, &error))?;
    let file = fs::File::create_new(path).await;
    let mut file = file.map_err(|error| unplaced(name, &error))?;
    let mut digest = Context::new(&SHA256);
    let mut size = 0;
    while let Some(chunk) = field.chunk().await.map_err(|error| broken(&error))? {
        size += chunk.len();
        *bytes += chunk.len();
        if size > most * MIB {
            return Err(too_large(&format!("`{name}` is larger than {most} MiB.")));
        }
        if *bytes > MOST_MIB * MIB {
            return Err(too_large(&all_too_large()));
        }
        digest.update(&chunk);
        file.write_all(&chunk).await.map_err(|error| unwritable(&error))?;
    }
    file.flush().await.map_err(|error| unwritable(&error))?;
    Ok(digest.finish().as_ref().to_vec())
}

/// A name as a path in a folder; Windows separates folders by backslashes.
fn path_of(name: &str) -> Option<PathBuf> {
    let name = name.replace('\\', "/");
    let is_name = |part: &str| {
        !matches!(part, "" | "." | "..") && !part.chars().any(|c| c.is_control() || c == ':')
    };
    let is_sound = name.len() <= MOST_NAME_BYTES
        && name.split('/').count() <= MOST_FOLDERS + 1
        && name.split('/').all(is_name);
    is_sound.then(|| PathBuf::from(name))
}

fn refused(text: &str) -> Error {
    Error::of_request(StatusCode::BAD_REQUEST, text)
}

fn no_form() -> Error {
    refused("There are no files in the form.")
}

fn too_large(text: &str) -> Error {
    Error::of_request(StatusCode::PAYLOAD_TOO_LARGE, text)
}

fn all_too_large() -> String {
    format!("The files are larger than {MOST_MIB} MiB together.")
}

fn broken(error: &multer::Error) -> Error {
    match error {
        multer::Error::StreamSizeExceeded { .. } => too_large(&all_too_large()),
        _ => refused("The form with the files cannot be read: it may have broken off."),
    }
}

/// A file has no place: its name is one of a file that is there, or of a folder.
fn unplaced(name: &str, error: &io::Error) -> Error {
    match error.kind() {
        io::ErrorKind::AlreadyExists
        | io::ErrorKind::NotADirectory
        | io::ErrorKind::IsADirectory => {
            refused(&format!("`{name}` is sent twice, or is a folder as well."))
        }
        _ => unwritable(error),
    }
}

fn unwritable(error: &io::Error) -> Error {
    Error::broken(error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_a_path_in_the_folder_or_none() {
        for (name, path) in [
            ("towns.geojson", Some("towns.geojson")),
            ("zupc/69_Lyon é/zone.yaml", Some("zupc/69_Lyon é/zone.yaml")),
            ("zupc\\a\\zone.yaml", Some("zupc/a/zone.yaml")),
            ("", None),
            ("../towns.geojson", None),
            ("a/../../towns.geojson", None),
            ("/etc/towns.geojson", None),
            ("C:\\towns.geojson", None),
            ("a//b", None),
            ("a/./b", None),
            ("a\0b", None),
            ("a\nb", None),
            ("a/b/c/d/e/f/g", None),
        ] {
            assert_eq!(path_of(name), path.map(PathBuf::from), "{name:?}");
        }
        assert_eq!(path_of(&"x".repeat(256)), None);
    }
}
