//! Disks that fail: full, not to be written, broken.

use std::path::Path;

use super::load::{Load, Made};
use super::program::{Program, Server, complaint};
use super::{assert_kept, enrol};

/// How much more fits on the disk than is there, in bytes: a few hails.
const ROOM: u64 = 100_000;
/// How many hails are asked for at most until the disk is full.
const HAILS: u32 = 500;

fn url_in(folder: &Path) -> String {
    format!("sqlite://{}", folder.join("disk.db").display())
}

#[tokio::test(flavor = "multi_thread")]
async fn on_a_full_disk_nothing_is_promised_and_nothing_is_lost() {
    let folder = tempfile::tempdir().unwrap();
    let url = url_in(folder.path());
    let server = Server::start().await;
    let taxis = enrol(&url, &server).await;
    let load = Load::new(taxis, server);
    let size = folder.path().join("disk.db").metadata().unwrap().len();
    let blocks = (size + ROOM) / 512;
    let program = Program::start_on_full_disk(&url, &load.server.address, blocks).await;
    load.report(&program.address).await;
    let (mut made, mut refused): (Vec<Made>, _) = (Vec::new(), None);
    for one in 0..HAILS {
        let (key, taxi) =
            (format!("key-{one}"), load.taxis[one as usize % load.taxis.len()].clone());
        let (status, answer) = load.hail(&program.address, &key, &taxi).await.unwrap();
        match status {
            201 => {
                made.push(Made::new(&key, &taxi, answer));
                load.end(&program.address, made.last().unwrap()).await;
            }
            400 => load.free(&program.address, &taxi).await,
            _ => {
                assert_eq!(status, 500, "{answer}");
                assert!(answer.contains("Internal error, reference "), "{answer}");
                refused = Some((key, taxi));
                break;
            }
        }
    }
    let (key, taxi) = refused.expect("the disk is full after so many hails");
    assert!(!made.is_empty(), "there was room for some");
    // What needs no room goes on.
    let shown = load.get(&program.address, &format!("/hails/{}", made[0].id)).await;
    assert_eq!(shown["data"][0]["id"], made[0].id);
    program.kill();

    let program = Program::start(&url, &load.server.address).await;
    load.report(&program.address).await;
    assert_kept(&load, &program.address, &made, &[]).await;
    // What was refused was not made, so it can be made now.
    load.free(&program.address, &taxi).await;
    let log = format!("/activity_logs?action=customer_hail&resource_id={key}");
    assert_eq!(load.get(&program.address, &log).await["meta"]["total"], 0);
    let (status, answer) = load.hail(&program.address, &key, &taxi).await.unwrap();
    assert_eq!(status, 201, "{answer}");
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
    let whole = std::fs::read(&file).unwrap();
    let mut no_database = whole.clone();
    no_database[..100].fill(b'x');
    std::fs::write(&file, no_database).unwrap();
    let says = complaint(&url);
    assert!(says.contains("disk.db") && says.contains("file is not a database"), "{says}");

    let mut torn = whole;
    torn[100..].fill(b'x');
    std::fs::write(&file, torn).unwrap();
    let says = complaint(&url);
    assert!(says.contains("disk.db") && says.contains("malformed"), "{says}");
}
