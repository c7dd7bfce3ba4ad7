//! Faulty disks: full, read-only, damaged.

use std::fs;
use std::path::{Path, PathBuf};

use futures_util::future::join_all;

use super::load::{Load, Made};
use super::program::{Program, Server, call, call_for_all, complaint, run};
use super::{assert_kept, enrol};

/// Free space beyond the existing files, in bytes: a few hails, and the counts of a minute.
const ROOM: u64 = 400_000;
/// Size of a separate disk, in bytes.
const DISK: u64 = 12 << 20;
/// Maximum number of hails until the disk is full.
const HAILS: u32 = 500;

fn url_in(folder: &Path) -> String {
    format!("sqlite://{}", folder.join("disk.db").display())
}

/// A folder with all data, for the start of a program.
async fn enrolled(folder: &Path) -> Load {
    let server = Server::start().await;
    let taxis = enrol(&url_in(folder), &server).await;
    Load::new(taxis, server)
}

/// Requests hails until one is refused because the disk is full; returns the created hails, and the key and
/// the taxi of the refused one.
async fn fill(load: &Load, address: &str) -> (Vec<Made>, (String, String)) {
    load.report(address).await;
    let mut made: Vec<Made> = Vec::new();
    for one in 0..HAILS {
        let (key, taxi) =
            (format!("key-{one}"), load.taxis[one as usize % load.taxis.len()].clone());
        let (status, answer) = load.hail(address, &key, &taxi).await.unwrap();
        match status {
            201 => {
                made.push(Made::new(&key, &taxi, answer));
                load.end(address, made.last().unwrap()).await;
            }
            400 => load.free(address, &taxi).await,
            _ => {
                assert_eq!(status, 503, "{answer}");
                let sentence = "The registry cannot store anything now: try again in 30 s.";
                assert!(answer.contains(sentence), "{answer}");
                assert!(!made.is_empty(), "there was room for some");
                return (made, (key, taxi));
            }
        }
    }
    panic!("the disk is full after so many hails");
}

/// Checks that reads continue, writes are refused with a time to retry, and the program reports that it is
/// not ready.
async fn assert_suffers(load: &Load, address: &str, made: &[Made], why: &str) {
    let shown = load.get(address, &format!("/hails/{}", made[0].id)).await;
    assert_eq!(shown["data"][0]["id"], made[0].id);
    let head = format!(
        "PUT /taxis/{} HTTP/1.1\r\nx-api-key: {}",
        load.taxis[0],
        crate::world::key_of("op")
    );
    // A small change may still fit into the space of a hail.
    for status in ["off", "free", "off", "free", "off", "free", "off", "free"] {
        let body = format!(r#"{{"data": [{{"status": "{status}"}}]}}"#);
        let (status, head, answer) = call_for_all(address, &head, &body).await.unwrap();
        assert!([200, 503].contains(&status), "{answer}");
        assert_eq!(status == 503, head.contains("retry-after: 30"), "{head}");
    }
    let (status, answer) = loop {
        let answer = call(address, "GET /readyz HTTP/1.1", "").await.unwrap();
        let (key, taxi) = (load.fresh_key(), &load.taxis[0]);
        if answer.0 != 200 {
            break answer;
        }
        let (status, answer) = load.hail(address, &key, taxi).await.unwrap();
        assert_ne!(status, 201, "{answer}");
    };
    assert_eq!(status, 503, "{answer}");
    assert!(answer.contains(why), "{answer}");
}

/// Repeats the refused hail successfully, with the same program.
async fn assert_recovers(load: &Load, address: &str, made: &[Made], refused: &(String, String)) {
    while call(address, "GET /readyz HTTP/1.1", "").await.unwrap().0 != 200 {
        tokio::task::yield_now().await;
    }
    assert_kept(load, address, made, &[]).await;
    let (key, taxi) = refused;
    load.report(address).await;
    load.free(address, taxi).await;
    let log = format!("/activity_logs?action=customer_hail&resource_id={key}");
    assert_eq!(load.get(address, &log).await["meta"]["total"], 0);
    let (status, answer) = load.hail(address, key, taxi).await.unwrap();
    assert_eq!(status, 201, "{answer}");
}

/// A program on a disk of its own on which little room is left, and the file that takes the rest.
async fn on_a_small_disk(load: &Load, folder: &Path) -> (Program, PathBuf) {
    let program =
        Program::start_on_own_disk(&url_in(folder), &load.server.address, folder, DISK).await;
    let filler = program.folder(folder).join("filler");
    let used: u64 = fs::read_dir(program.folder(folder))
        .unwrap()
        .map(|file| file.unwrap().metadata().unwrap().len())
        .sum();
    fs::write(&filler, vec![b'x'; usize::try_from(DISK - used - ROOM).unwrap()]).unwrap();
    (program, filler)
}

#[tokio::test(flavor = "multi_thread")]
async fn with_room_again_on_a_full_disk_the_next_hail_is_made() {
    let folder = tempfile::tempdir().unwrap();
    let load = enrolled(folder.path()).await;
    let (program, filler) = on_a_small_disk(&load, folder.path()).await;
    let (made, refused) = fill(&load, &program.address).await;
    assert_suffers(&load, &program.address, &made, "the disk of the database is full").await;
    fs::remove_file(&filler).unwrap();
    assert_recovers(&load, &program.address, &made, &refused).await;
    program.kill();
}

#[tokio::test(flavor = "multi_thread")]
async fn hails_at_once_on_a_full_disk_are_made_whole_or_refused() {
    let folder = tempfile::tempdir().unwrap();
    let load = enrolled(folder.path()).await;
    let (program, filler) = on_a_small_disk(&load, folder.path()).await;
    load.report(&program.address).await;
    let (mut made, mut refused): (Vec<Made>, Vec<_>) = (Vec::new(), Vec::new());
    for round in 1..=HAILS as usize {
        // One more at once in each round: the first ones find room.
        let asked = join_all(load.taxis.iter().take(round).map(async |taxi| {
            let key = load.fresh_key();
            let (status, answer) = load.hail(&program.address, &key, taxi).await.unwrap();
            (key, taxi.clone(), status, answer)
        }));
        let before = made.len();
        for (key, taxi, status, answer) in asked.await {
            match status {
                201 => made.push(Made::new(&key, &taxi, answer)),
                503 => refused.push((key, taxi)),
                _ => assert_eq!(status, 400, "{answer}"),
            }
        }
        if !refused.is_empty() {
            break;
        }
        for hail in &made[before..] {
            load.end(&program.address, hail).await;
        }
        for taxi in &load.taxis {
            load.free(&program.address, taxi).await;
        }
    }
    assert!(!made.is_empty(), "there was room for some");
    fs::remove_file(&filler).unwrap();
    for one in &refused {
        assert_recovers(&load, &program.address, &made, one).await;
    }
    program.kill();
}

#[tokio::test(flavor = "multi_thread")]
async fn after_an_io_error_nothing_is_lost_and_all_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let load = enrolled(folder.path()).await;
    let (url, server) = (url_in(folder.path()), &load.server.address);
    let size = folder.path().join("disk.db").metadata().unwrap().len();
    let blocks = (size + ROOM) / 512;
    let program = Program::start_with_small_files(&url, server, blocks).await;
    let (made, refused) = fill(&load, &program.address).await;
    let why = "the files of the database cannot be read or written";
    assert_suffers(&load, &program.address, &made, why).await;
    program.may_write();
    assert_recovers(&load, &program.address, &made, &refused).await;
    program.kill();

    // A restart finds the same.
    let program = Program::start(&url, server).await;
    assert_kept(&load, &program.address, &made, &[]).await;
    program.kill();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_cannot_be_used_is_named_and_not_served() {
    let folder = tempfile::tempdir().unwrap();
    let url = url_in(folder.path());
    enrol(&url, &Server::start().await).await;
    let read_only = complaint(&format!("{url}?mode=ro"));
    assert!(read_only.contains("disk.db"), "{read_only}");
    assert!(read_only.contains("readonly"), "{read_only}");

    let file = folder.path().join("disk.db");
    let whole = fs::read(&file).unwrap();
    let mut no_database = whole.clone();
    no_database[..100].fill(b'x');
    fs::write(&file, no_database).unwrap();
    let says = complaint(&url);
    assert!(says.contains("disk.db") && says.contains("file is not a database"), "{says}");

    let mut torn = whole;
    torn[100..].fill(b'x');
    fs::write(&file, torn).unwrap();
    let says = complaint(&url);
    assert!(says.contains("disk.db") && says.contains("malformed"), "{says}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_of_which_a_page_is_broken_is_named_with_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let url = url_in(folder.path());
    enrol(&url, &Server::start().await).await;
    let file = folder.path().join("disk.db");
    let mut bytes = fs::read(&file).unwrap();
    let middle = bytes.len() / 2 / 4096 * 4096;
    bytes[middle..middle + 4096].fill(0);
    fs::write(&file, bytes).unwrap();
    for said in [complaint(&url), run(&["recover"], &url).1] {
        assert!(said.contains("disk.db") && said.contains("restore a backup"), "{said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_ahead_log_with_a_broken_end_blocks_no_start() {
    let folder = tempfile::tempdir().unwrap();
    let load = enrolled(folder.path()).await;
    let (url, server) = (url_in(folder.path()), &load.server.address);
    let program = Program::start(&url, server).await;
    load.report(&program.address).await;
    let mut made = Vec::new();
    for taxi in &load.taxis[..2] {
        let key = load.fresh_key();
        let (status, answer) = load.hail(&program.address, &key, taxi).await.unwrap();
        assert_eq!(status, 201, "{answer}");
        made.push(Made::new(&key, taxi, answer));
    }
    program.kill();
    let log = folder.path().join("disk.db-wal");
    let mut bytes = fs::read(&log).unwrap();
    *bytes.last_mut().expect("the hail is in it") ^= 1;
    fs::write(&log, &bytes).unwrap();
    let program = Program::start(&url, server).await;
    // Changes before the damage exist.
    assert_kept(&load, &program.address, &made[..1], &[]).await;
    program.kill();
    bytes.truncate(bytes.len() - 100);
    fs::write(&log, &bytes).unwrap();
    let (well, said) = run(&["recover"], &url);
    assert!(well, "{said}");
    Program::start(&url, server).await.kill();
}
