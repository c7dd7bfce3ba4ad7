//! The lock of a server on SQLite: on a file of its own beside the database (`….db-lock`).
//!
//! Not on the database itself: closing a file lifts the locks that SQLite holds on it in the same process.
//! The file stays when the server ends. Only a lock on it counts, and the system lifts that with the process.

use std::fs::{File, OpenOptions, TryLockError};
use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;

use crate::{Error, Result};

/// Takes the lock on the database in this file.
pub(crate) fn take(database: PathBuf) -> Result<File> {
    let file = file_of(database);
    let open = OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(&file);
    let outcome = open.map_err(TryLockError::Error).and_then(|lock| lock.try_lock().map(|()| lock));
    match outcome {
        Ok(lock) => Ok(lock),
        Err(TryLockError::WouldBlock) => Err(Error::Served),
        Err(TryLockError::Error(error)) => Err(Error::File { file, error }),
    }
}

/// One file for a database, also if it is reached by a link.
fn file_of(database: PathBuf) -> PathBuf {
    let mut file = database.canonicalize().unwrap_or(database).into_os_string();
    file.push("-lock");
    file.into()
}
