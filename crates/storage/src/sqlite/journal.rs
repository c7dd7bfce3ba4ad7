//! Whether the journal of a database file (`…-wal`) is whole, before SQLite takes from it what it can
//! and leaves out the rest without a word.
//!
//! Changes are answered once they are in the journal; only later are they carried over into the
//! database file. SQLite reads the journal up to the first frame that is damaged. What is behind it
//! is lost, and if a part of it had been carried over already, the file is no longer of one piece.
//! Two things tell: frames of the same journal that stand behind the damage, and the index of the
//! journal (`…-shm`), which counts the frames that were committed and outlives a killed process.
//!
//! The formats are those of <https://sqlite.org/fileformat2.html#the_write_ahead_log> and
//! <https://sqlite.org/walformat.html>. **Invariants:** nothing is written here, and a journal that
//! somebody is writing at this moment is not found to be damaged.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use crate::{Error, Result};

/// Why a journal must not be taken as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// Its first bytes, which say how to read the rest.
    #[error("is damaged at its beginning")]
    Header,
    /// A frame, with later ones behind it.
    #[error("is damaged at byte {0}")]
    Damaged(u64),
    /// Fewer frames than were committed.
    #[error("holds {found} of the {committed} pages that were written to it")]
    Short {
        /// How many can be read.
        found: u32,
        /// How many there were.
        committed: u32,
    },
}

/// How often a fault is looked at again: whoever writes meanwhile has gone on by then.
const LOOKS: usize = 5;
/// Length of the journal's header, in bytes.
const HEADER: usize = 32;
/// Length of a frame's header; a page follows.
const FRAME_HEADER: usize = 24;
/// How a journal begins; the last bit tells the order of the bytes that checksums are made of.
const MAGIC: u32 = 0x377f_0682;
/// Length of the part of the index that is read here: its header, twice, and how much of the journal
/// was carried over.
const INDEX: usize = 100;
/// The only version of the index there is.
const INDEX_VERSION: u32 = 3_007_000;
/// Length of one of the two headers.
const INDEX_HEADER: usize = 48;

/// The name of a database's companion file.
fn beside(file: &Path, ending: &str) -> PathBuf {
    let mut name = OsString::from(file);
    name.push(ending);
    name.into()
}

/// Looks whether the journal of a database file holds all that it is known to have held: before this
/// process opens the file for the first time. Later it may not, because closing the index again
/// would lift the locks that SQLite holds on it.
///
/// # Errors
///
/// [`Error::Journal`] if it does not, [`Error::File`] if it cannot be read.
pub(super) fn look(file: &Path) -> Result<()> {
    static SEEN: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());
    let mut seen = SEEN.lock().unwrap_or_else(PoisonError::into_inner);
    let path = std::path::absolute(file).unwrap_or_else(|_nameless| file.to_owned());
    if seen.contains(&path) {
        return Ok(());
    }
    let journal = beside(file, "-wal");
    let found = fault(file, &journal);
    let found = found.map_err(|error| Error::File { file: journal.clone(), error })?;
    if let Some(fault) = found {
        return Err(Error::Journal { journal, fault });
    }
    seen.insert(path);
    Ok(())
}

fn fault(file: &Path, journal: &Path) -> io::Result<Option<Fault>> {
    let mut found = None;
    for _ in 0..LOOKS {
        // The index first: what it counts was in the journal then.
        let index = Index::read(&beside(file, "-shm"))?;
        found = judge(&Journal::read(journal)?, index.as_ref());
        if found.is_none() {
            break;
        }
    }
    Ok(found)
}

fn judge(journal: &Journal, index: Option<&Index>) -> Option<Fault> {
    match (journal, index) {
        (Journal::Damaged(fault), _) => Some(*fault),
        (_, None) => None,
        (Journal::None, Some(index)) => index.short(0),
        (Journal::Frames { salt, committed }, Some(index)) if *salt == index.salt => {
            index.short(*committed)
        }
        // Each journal counts on from the one before it. After a power cut the index may be that of an
        // earlier one, which was carried over before this was begun; the other way round, this is
        // not the journal that the database had.
        (Journal::Frames { salt, .. }, Some(index)) => {
            let ahead = big(&index.salt, 0).wrapping_sub(big(salt, 0));
            let earlier = ahead > 0 && ahead < u32::MAX / 2;
            if earlier { index.short(0) } else { None }
        }
    }
}

/// What can be read of a journal.
enum Journal {
    /// There is none, or nothing was ever written to it.
    None,
    /// So many frames up to the last commit, all whole.
    Frames { salt: [u8; 8], committed: u32 },
    /// What is known to have been written is not whole.
    Damaged(Fault),
}

impl Journal {
    fn read(path: &Path) -> io::Result<Self> {
        let file = match File::open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Self::None),
            Err(error) => return Err(error),
        };
        Self::read_from(&mut BufReader::with_capacity(1 << 18, file))
    }

    fn read_from(from: &mut impl Read) -> io::Result<Self> {
        let mut header = [0; HEADER];
        if !fill(from, &mut header)? {
            return Ok(Self::None);
        }
        let Some(start) = Start::of(&header) else {
            // A power cut may leave a file of nothing but zeros.
            let mut rest = header.to_vec();
            from.read_to_end(&mut rest)?;
            let empty = rest.iter().all(|byte| *byte == 0);
            return Ok(if empty { Self::None } else { Self::Damaged(Fault::Header) });
        };
        Self::frames(from, &start)
    }

    fn frames(from: &mut impl Read, start: &Start) -> io::Result<Self> {
        let mut frame = vec![0; FRAME_HEADER + start.page];
        let (mut sum, mut at, mut count, mut committed) = (start.sum, HEADER as u64, 0, 0);
        let (mut damage, mut after_commit) = (None, false);
        while fill(from, &mut frame)? {
            let told = [big(&frame, 16), big(&frame, 20)];
            let ours = frame[8..16] == start.salt && big(&frame, 0) > 0;
            let follows = start.sum_on(start.sum_on(sum, &frame[..8]), &frame[FRAME_HEADER..]);
            let whole = ours && follows == told;
            let commits = ours && big(&frame, 4) > 0;
            match damage {
                // A commit is on the disk before the next change begins. So what stands before a
                // frame that was made after a commit was whole once. One that follows no commit
                // proves nothing: it may be left over from a change that was given up.
                Some(damage) if whole && after_commit => {
                    return Ok(Self::Damaged(Fault::Damaged(damage)));
                }
                Some(_) => {}
                None if whole => {
                    count += 1;
                    committed = if commits { count } else { committed };
                }
                None => damage = Some(at),
            }
            // Each sum is made from the one before it, as that is told.
            sum = told;
            after_commit = commits;
            at += frame.len() as u64;
        }
        Ok(Self::Frames { salt: start.salt, committed })
    }
}

/// What the header of a journal says.
struct Start {
    big_endian: bool,
    page: usize,
    salt: [u8; 8],
    sum: [u32; 2],
}

impl Start {
    fn of(header: &[u8; HEADER]) -> Option<Self> {
        let magic = big(header, 0);
        let page = usize::try_from(big(header, 8)).ok()?;
        let salt = header[16..24].try_into().ok()?;
        let start = Self { big_endian: magic & 1 == 1, page, salt, sum: [0, 0] };
        let sum = start.sum_on([0, 0], &header[..24]);
        let known = magic & !1 == MAGIC && page.is_power_of_two() && (512..=65_536).contains(&page);
        (known && sum == [big(header, 24), big(header, 28)]).then_some(Self { sum, ..start })
    }

    fn sum_on(&self, sum: [u32; 2], bytes: &[u8]) -> [u32; 2] {
        sum_on(sum, bytes, if self.big_endian { u32::from_be_bytes } else { u32::from_le_bytes })
    }
}

/// What the index of a journal says of it.
struct Index {
    salt: [u8; 8],
    committed: u32,
    carried_over: u32,
}

impl Index {
    /// None if there is none, or it is not whole: SQLite makes it anew then.
    fn read(path: &Path) -> io::Result<Option<Self>> {
        let mut file = match File::open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let mut bytes = [0; INDEX];
        let complete = fill(&mut file, &mut bytes)?;
        Ok(if complete { Self::of(&bytes) } else { None })
    }

    fn of(bytes: &[u8; INDEX]) -> Option<Self> {
        let (first, second) = (&bytes[..INDEX_HEADER], &bytes[INDEX_HEADER..2 * INDEX_HEADER]);
        let sum = sum_on([0, 0], &first[..40], u32::from_ne_bytes);
        let whole = first == second && sum == [native(first, 40), native(first, 44)];
        (whole && native(first, 0) == INDEX_VERSION && first[12] != 0).then(|| Self {
            salt: first[32..40].try_into().expect("eight bytes"),
            committed: native(first, 16),
            carried_over: native(bytes, 2 * INDEX_HEADER),
        })
    }

    /// Whether so many frames are too few. None are enough if all were carried over; but some would
    /// lay old pages over newer ones.
    fn short(&self, found: u32) -> Option<Fault> {
        let enough = found >= self.committed || found == 0 && self.carried_over == self.committed;
        (!enough).then_some(Fault::Short { found, committed: self.committed })
    }
}

/// Reads until the buffer is full; false if there was not enough.
fn fill(from: &mut impl Read, buffer: &mut [u8]) -> io::Result<bool> {
    match from.read_exact(buffer) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(false),
        Err(error) => Err(error),
    }
}

/// SQLite's checksum, gone on with over more bytes, a multiple of eight.
fn sum_on([mut a, mut b]: [u32; 2], bytes: &[u8], read: fn([u8; 4]) -> u32) -> [u32; 2] {
    for pair in bytes.chunks_exact(8) {
        let word = |at: usize| read([pair[at], pair[at + 1], pair[at + 2], pair[at + 3]]);
        a = a.wrapping_add(word(0)).wrapping_add(b);
        b = b.wrapping_add(word(4)).wrapping_add(a);
    }
    [a, b]
}

fn four(bytes: &[u8], at: usize) -> [u8; 4] {
    bytes[at..at + 4].try_into().expect("four bytes")
}

fn big(bytes: &[u8], at: usize) -> u32 {
    u32::from_be_bytes(four(bytes, at))
}

fn native(bytes: &[u8], at: usize) -> u32 {
    u32::from_ne_bytes(four(bytes, at))
}
