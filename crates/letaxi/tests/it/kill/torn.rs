//! Files that are damaged while the program is dead: what was answered is there at the next start, or
//! the program says which file lacks it and does not serve.
//!
//! `DAMAGES=200 cargo nextest run -p letaxi torn` damages longer, `SEED=7` in another way.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rand::{RngExt, SeedableRng, rngs::StdRng};

use super::load::{Load, Made};
use super::program::{Program, Server, run, try_start};
use super::{Deed, assert_kept, enrol, use_and_kill};
use crate::chosen::chosen;

/// How often files are damaged where nothing else is asked for.
const DAMAGES: u64 = 12;
/// After so many damages there is a new load.
const A_LOAD: u64 = 12;
/// Offset of the first frame in a journal, in bytes.
const FIRST_FRAME: usize = 32;

/// What happens to the files of a dead program, one of them at a time.
#[derive(Clone, Copy, Debug)]
enum Damage {
    JournalIsShort,
    JournalIsGone,
    JournalHasWrongByte,
    JournalHasWrongHeader,
    JournalHasWrongZeros,
    IndexHasWrongByte,
    IndexIsGone,
}

const ALL: [Damage; 7] = [
    Damage::JournalIsShort,
    Damage::JournalIsGone,
    Damage::JournalHasWrongByte,
    Damage::JournalHasWrongHeader,
    Damage::JournalHasWrongZeros,
    Damage::IndexHasWrongByte,
    Damage::IndexIsGone,
];

fn database(folder: &Path) -> String {
    format!("sqlite://{}", folder.join("torn.db").display())
}

fn journal(folder: &Path) -> PathBuf {
    folder.join("torn.db-wal")
}

/// Changes a file in place.
fn change(file: &Path, change: impl FnOnce(&mut Vec<u8>)) {
    let mut bytes = fs::read(file).unwrap();
    change(&mut bytes);
    fs::write(file, bytes).unwrap();
}

fn damage(folder: &Path, damage: Damage, dice: &mut StdRng) {
    let index = folder.join("torn.db-shm");
    let mut flip = |file: &Path, from: usize, to: Option<usize>| {
        change(file, |bytes| {
            let at = dice.random_range(from..to.unwrap_or(bytes.len()));
            bytes[at] ^= 1 << dice.random_range(0..8);
        });
    };
    match damage {
        Damage::JournalHasWrongByte => flip(&journal(folder), FIRST_FRAME, None),
        Damage::JournalHasWrongHeader => flip(&journal(folder), 0, Some(FIRST_FRAME)),
        Damage::IndexHasWrongByte => flip(&index, 0, None),
        Damage::JournalIsShort => change(&journal(folder), |bytes| {
            bytes.truncate(dice.random_range(0..bytes.len()));
        }),
        Damage::JournalHasWrongZeros => change(&journal(folder), |bytes| {
            let from = dice.random_range(0..bytes.len());
            let to = bytes.len().min(from + 4096);
            bytes[from..to].fill(0);
        }),
        Damage::JournalIsGone => fs::remove_file(journal(folder)).unwrap(),
        Damage::IndexIsGone => fs::remove_file(index).unwrap(),
    }
}

fn copy_of(folder: &Path) -> tempfile::TempDir {
    let copy = tempfile::tempdir().unwrap();
    for file in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        fs::copy(file.path(), copy.path().join(file.file_name())).unwrap();
    }
    copy
}

/// What a dead program left, and what it had answered.
struct Left {
    folder: tempfile::TempDir,
    load: Arc<Load>,
    deeds: Vec<Deed>,
    made: Vec<Made>,
}

impl Left {
    /// What a program left that had its journal begun when it died.
    async fn by_a_kill(dice: &mut StdRng) -> Self {
        loop {
            let left = Self::by_any_kill(dice).await;
            let journal = journal(left.folder.path()).metadata();
            if journal.is_ok_and(|journal| journal.len() > FIRST_FRAME as u64) {
                return left;
            }
        }
    }

    async fn by_any_kill(dice: &mut StdRng) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = database(folder.path());
        let server = Server::start().await;
        let load = Arc::new(Load::new(enrol(&url, &server).await, server));
        let program = Program::start(&url, &load.server.address).await;
        load.report(&program.address).await;
        let deeds = use_and_kill(&load, dice, program).await;
        let made = deeds.iter().filter_map(|deed| match deed {
            Deed::Made(made) => Some(made.clone()),
            _ => None,
        });
        Self { folder, made: made.collect(), load, deeds }
    }

    /// Whether the program serves after this damage; it must not if anything is missing.
    async fn survives(&self, kind: Damage, dice: &mut StdRng) -> bool {
        let folder = copy_of(self.folder.path());
        damage(folder.path(), kind, dice);
        let url = database(folder.path());
        match try_start(&url, &self.load.server.address).await {
            Ok(program) => {
                assert_kept(&self.load, &program.address, &self.made, &self.deeds).await;
                program.kill();
                true
            }
            Err(said) => {
                assert!(said.contains("torn.db-wal") && said.contains("letaxi recover"), "{said}");
                self.recover(&url).await;
                false
            }
        }
    }

    /// Going on without what is lost is possible, or the file is named as damaged.
    async fn recover(&self, url: &str) {
        let (well, said) = run(&["recover"], url);
        if well {
            Program::start(url, &self.load.server.address).await.kill();
        } else {
            assert!(said.contains("put back a backup"), "{said}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_journal_is_named_or_nothing_is_missing() {
    let (damages, seed) = (chosen("DAMAGES").unwrap_or(DAMAGES), chosen("SEED").unwrap_or(1));
    let mut dice = StdRng::seed_from_u64(seed);
    let mut left = Left::by_a_kill(&mut dice).await;
    let mut served = 0;
    for one in 0..damages {
        if one % A_LOAD == A_LOAD - 1 {
            left = Left::by_a_kill(&mut dice).await;
        }
        let kind = ALL[usize::try_from(one).unwrap() % ALL.len()];
        let survived = left.survives(kind, &mut dice).await;
        println!("SEED={seed}: {kind:?}, served: {survived}");
        served += u64::from(survived);
    }
    println!("{damages} damages: {served} served with nothing missing, the others named");
    assert!(served > 0 && served < damages, "{served} of {damages}: no damage, or no survivor");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_database_file_is_named_with_what_to_do() {
    let mut dice = StdRng::seed_from_u64(1);
    let left = Left::by_a_kill(&mut dice).await;
    let folder = left.folder.path();
    let file = folder.join("torn.db");
    // All of it is in the file, and no page of the journal stands in for the damaged one.
    assert!(run(&["recover"], &database(folder)).0);
    change(&file, |bytes| {
        let middle = bytes.len() / 2 / 4096 * 4096;
        bytes[middle..middle + 4096].fill(0);
    });
    let said = try_start(&database(folder), &left.load.server.address).await.err();
    let said = said.expect("it does not serve a file of which a page is gone");
    assert!(said.contains("torn.db") && said.contains("put back a backup"), "{said}");
}
