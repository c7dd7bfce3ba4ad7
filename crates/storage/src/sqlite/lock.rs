//! The lock of a server on SQLite: on a file of its own beside the database (`….db-lock`).
//!
//! Not on the database itself: closing a file lifts the locks that SQLite holds on it in the same process.
//! The file stays when the server ends. Only a lock on it counts, and the system lifts that with the process.

use std::fs::{File, OpenOptions, TryLockError};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt};
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

/// Linux's list of the locks on files.
const LOCKS: &str = "/proc/locks";

/// True if a process that this one may see holds the lock. Nothing is locked for that: a server that starts at this moment
/// would be refused.
pub(crate) fn is_taken(database: PathBuf) -> bool {
    let Ok(file) = file_of(database).metadata() else { return false };
    std::fs::read_to_string(LOCKS).is_ok_and(|locks| has_lock(&locks, file.ino()))
}

/// True if the list has a lock of the kind that servers take on the file of this inode: `1: FLOCK ADVISORY WRITE 4711
/// 08:01:1234 0 EOF`. The device before the inode is not compared: some file systems show another one there.
fn has_lock(locks: &str, inode: u64) -> bool {
    locks.lines().any(|line| {
        let words: Vec<_> = line.split_whitespace().collect();
        let place = words.get(5).and_then(|place| place.rsplit(':').next());
        words.get(1) == Some(&"FLOCK") && place.is_some_and(|place| place == inode.to_string())
    })
}

/// One file for a database, also if it is reached by a link.
fn file_of(database: PathBuf) -> PathBuf {
    let mut file = database.canonicalize().unwrap_or(database).into_os_string();
    file.push("-lock");
    file.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_is_found_by_the_inode_of_its_file() {
        let locks = "1: POSIX  ADVISORY  WRITE 812 08:01:77 0 EOF
2: FLOCK  ADVISORY  WRITE 4711 08:01:1234 0 EOF
2: -> FLOCK  ADVISORY  WRITE 4712 08:01:99 0 EOF
";
        for (inode, is_locked) in [(1_234, true), (77, false), (99, false), (123, false)] {
            assert_eq!(has_lock(locks, inode), is_locked, "{inode}");
        }
    }
}
