//! File format of a backup: a tar archive of a manifest, the secret key and the database, in this order.
//!
//! The manifest contains length and SHA-256 of the other two, so a truncated or changed file is detected. It
//! is not signed: anybody who can write to a backup can also create one.

use std::fs::File;
use std::io::{self, ErrorKind, Read, Seek as _, Write};
use std::path::Path;

use anyhow::{Context, bail, ensure};
use data_encoding::HEXLOWER;
use registry::Time;
use ring::digest;
use serde::{Deserialize, Serialize};
use tempfile::NamedTempFile;
use tokio_util::sync::CancellationToken;

const MANIFEST: &str = "manifest.json";
const SECRET_KEY: &str = "letaxi.key";
const DATABASE: &str = "database";
const FORMAT: &str = "letaxi backup";
/// Version of the archive format.
const FORM: u32 = 1;
/// Size limit of manifest and key, in bytes; real ones have some hundred and 65.
const MOST_SMALL: u64 = 64 * 1024;
/// Error text of a read that a signal cancelled.
const STOPPED: &str = "stopped";
/// Size of the copy buffer, in bytes.
const CHUNK: usize = 256 * 1024;

/// Engine of the database in a backup, named in the manifest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Engine {
    /// An SQLite database file.
    Sqlite,
    /// A dump in the custom format of PostgreSQL's `pg_dump`.
    Postgres,
}

/// Manifest of a backup.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Manifest {
    format: String,
    form: u32,
    /// Version of the program that created it.
    pub(super) version: String,
    pub(super) engine: Engine,
    /// Start time of the copy of the database.
    pub(super) made_at: Time,
    secret_key: Content,
    database: Content,
}

/// Length and digest of one part of the archive.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Content {
    bytes: u64,
    sha256: String,
}

/// A backup that was read and verified. Its temporary files are in the target folder and are removed on drop.
pub(super) struct Unpacked {
    pub(super) manifest: Manifest,
    /// Text of the file of the secret key.
    pub(super) secret_key: String,
    pub(super) database: NamedTempFile,
}

/// Writes a backup. `copied` is called with the number of database bytes written; cancelling `stop` ends it
/// early.
pub(super) fn pack(
    into: &mut File,
    engine: Engine,
    made_at: Time,
    secret_key: &str,
    database: &mut File,
    copied: impl Fn(u64),
    stop: &CancellationToken,
) -> anyhow::Result<()> {
    let mut digest = Digest::default();
    io::copy(&mut Watched { from: &mut *database, stop, copied: |_| {} }, &mut digest)?;
    database.rewind()?;
    let manifest = Manifest {
        format: FORMAT.to_owned(),
        form: FORM,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        engine,
        made_at,
        secret_key: Content::of(secret_key.as_bytes()),
        database: digest.finish(),
    };
    let text = serde_json::to_string_pretty(&manifest)? + "\n";
    let mut archive = tar::Builder::new(into);
    let mut append = |name: &str, bytes: u64, from: &mut dyn Read| {
        let mut header = tar::Header::new_ustar();
        header.set_size(bytes);
        header.set_mode(0o600);
        header.set_mtime(made_at.timestamp().unsigned_abs());
        archive.append_data(&mut header, name, from)
    };
    append(MANIFEST, text.len() as u64, &mut text.as_bytes())?;
    append(SECRET_KEY, secret_key.len() as u64, &mut secret_key.as_bytes())?;
    append(DATABASE, manifest.database.bytes, &mut Watched { from: database, stop, copied })?;
    archive.into_inner()?.sync_all()?;
    Ok(())
}

/// Reads a whole backup and compares it with its manifest; writes the database to a temporary file in
/// `folder`.
pub(super) fn unpack(
    file: &Path,
    folder: &Path,
    stop: &CancellationToken,
) -> anyhow::Result<Unpacked> {
    let opened = File::open(file).with_context(|| format!("cannot read {}", file.display()))?;
    let unpacked = read_parts(opened, folder, stop);
    unpacked.with_context(|| format!("{} cannot be restored; nothing was changed", file.display()))
}

fn read_parts(file: File, folder: &Path, stop: &CancellationToken) -> anyhow::Result<Unpacked> {
    let mut archive = tar::Archive::new(file);
    let mut parts = archive.entries().map_err(|_no_tar| not_ours())?;
    let manifest = read_small(&mut next(&mut parts, MANIFEST)?)?;
    let manifest: Manifest = serde_json::from_str(&manifest).map_err(|_other| not_ours())?;
    if manifest.format != FORMAT {
        return Err(not_ours());
    }
    ensure!(
        manifest.form == FORM,
        "it was made by a newer version of letaxi ({}): restore it with that version or a later one",
        manifest.version
    );
    let secret_key = read_small(&mut next(&mut parts, SECRET_KEY)?)?;
    check(&Content::of(secret_key.as_bytes()), &manifest.secret_key, "its secret key")?;
    let mut packed = next(&mut parts, DATABASE)?;
    let mut database = NamedTempFile::new_in(folder)
        .with_context(|| format!("cannot write in the folder {}", folder.display()))?;
    let mut digest = Digest::default();
    let mut watched = Watched { from: &mut packed, stop, copied: |_| {} };
    let mut chunk = vec![0; CHUNK];
    loop {
        let read = watched.read(&mut chunk).map_err(|error| cut_off(&error))?;
        if read == 0 {
            break;
        }
        digest.write_all(&chunk[..read])?;
        database.write_all(&chunk[..read]).context("its database cannot be written")?;
    }
    check(&digest.finish(), &manifest.database, "its database")?;
    if parts.next().is_some() {
        bail!("it has additional content: it was changed after its creation");
    }
    database.as_file().sync_all().context("its database cannot be written")?;
    Ok(Unpacked { manifest, secret_key, database })
}

/// Reads the header of the next part of the archive, which must be this one.
fn next<'a>(
    parts: &mut tar::Entries<'a, File>,
    name: &str,
) -> anyhow::Result<tar::Entry<'a, File>> {
    let is_first = name == MANIFEST;
    let part = match parts.next() {
        Some(Ok(part)) => part,
        Some(Err(_)) | None if is_first => return Err(not_ours()),
        Some(Err(error)) => return Err(cut_off(&error)),
        None => return Err(cut_off(&ErrorKind::UnexpectedEof.into())),
    };
    if part.path_bytes().as_ref() == name.as_bytes() {
        Ok(part)
    } else if is_first {
        Err(not_ours())
    } else {
        bail!("it lacks its {name}: it was changed after its creation")
    }
}

fn read_small(part: &mut impl Read) -> anyhow::Result<String> {
    let mut text = String::new();
    match part.take(MOST_SMALL).read_to_string(&mut text) {
        Err(error) if error.kind() == ErrorKind::InvalidData => Err(not_ours()),
        Err(error) => Err(cut_off(&error)),
        Ok(_) => Ok(text),
    }
}

fn check(found: &Content, told: &Content, what: &str) -> anyhow::Result<()> {
    ensure!(
        found.bytes >= told.bytes,
        "{what} is truncated: copy the backup again, or use another one"
    );
    ensure!(found == told, "{what} has changed since the backup was created: use another backup");
    Ok(())
}

fn not_ours() -> anyhow::Error {
    anyhow::anyhow!("it is not a backup of letaxi: create one with `letaxi backup FILE`")
}

fn cut_off(error: &io::Error) -> anyhow::Error {
    if error.kind() == ErrorKind::Other && error.to_string() == STOPPED {
        return anyhow::anyhow!(STOPPED);
    }
    anyhow::anyhow!("it is truncated or damaged ({error}): copy it again, or use another backup")
}

impl Content {
    fn of(bytes: &[u8]) -> Self {
        Self {
            bytes: bytes.len() as u64,
            sha256: HEXLOWER.encode(digest::digest(&digest::SHA256, bytes).as_ref()),
        }
    }
}

/// A writer that counts and digests.
struct Digest {
    bytes: u64,
    sha256: digest::Context,
}

impl Default for Digest {
    fn default() -> Self {
        Self { bytes: 0, sha256: digest::Context::new(&digest::SHA256) }
    }
}

impl Digest {
    fn finish(self) -> Content {
        Content { bytes: self.bytes, sha256: HEXLOWER.encode(self.sha256.finish().as_ref()) }
    }
}

impl Write for Digest {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.bytes += bytes.len() as u64;
        self.sha256.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A reader that stops when `stop` is cancelled, and reports the number of bytes read.
struct Watched<'a, R, F> {
    from: R,
    stop: &'a CancellationToken,
    copied: F,
}

impl<R: Read, F: Fn(u64)> Read for Watched<'_, R, F> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.stop.is_cancelled() {
            return Err(io::Error::other(STOPPED));
        }
        let read = self.from.read(into)?;
        (self.copied)(read as u64);
        Ok(read)
    }
}
