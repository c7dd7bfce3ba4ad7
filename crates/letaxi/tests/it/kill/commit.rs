//! A kill between the commit of a group of changes and their answers.

use std::sync::Arc;

use storage::Store;
use tokio::task::JoinSet;

use super::enrol;
use super::load::{Load, Made};
use super::program::{Program, Server};

/// Kills until one hits that moment, at most.
const KILLS: usize = 40;

/// Number of open hails on the disk.
async fn hails(watcher: &dyn Store) -> usize {
    watcher.open_hails().await.unwrap().len()
}

/// Asks for a hail of each taxi at once, and kills the program as soon as another process sees one of the hails.
/// Returns the keys with the answers that arrived.
async fn hail_and_kill(
    load: &Arc<Load>,
    program: Program,
    watcher: &dyn Store,
) -> Vec<(String, String, Option<Made>)> {
    let mut asked = JoinSet::new();
    for taxi in load.taxis.clone() {
        let (load, address) = (Arc::clone(load), program.address.clone());
        asked.spawn(async move {
            let key = load.fresh_key();
            let answer = load.hail(&address, &key, &taxi).await.ok();
            let made = answer.map(|(status, answer)| {
                assert_eq!(status, 201, "{answer}");
                Made::new(&key, &taxi, answer)
            });
            (key, taxi, made)
        });
    }
    while hails(watcher).await == 0 {}
    program.kill();
    asked.join_all().await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hail_that_was_committed_and_not_answered_is_answered_when_asked_again() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}", folder.path().join("kill.db").display());
    let server = Server::start().await;
    let taxis = enrol(&url, &server).await;
    let load = Arc::new(Load::new(taxis, server));
    let watcher = storage::open(&url).await.unwrap();
    let mut is_hit = false;
    for _ in 0..KILLS {
        let program = Program::start(&url, &load.server.address).await;
        load.report(&program.address).await;
        let asked = hail_and_kill(&load, program, &*watcher).await;
        let committed = hails(&*watcher).await;
        let answered = asked.iter().filter(|(.., made)| made.is_some()).count();
        assert!(committed >= answered, "{answered} hails were answered, and {committed} are kept");
        is_hit |= committed > answered;

        let program = Program::start(&url, &load.server.address).await;
        load.report(&program.address).await;
        let mut all = Vec::new();
        for (key, taxi, made) in asked {
            let (status, answer) = load.hail(&program.address, &key, &taxi).await.unwrap();
            assert_eq!(status, 201, "{answer}");
            let again = Made::new(&key, &taxi, answer);
            assert!(made.is_none_or(|made| made.answer == again.answer), "another answer");
            all.push(again);
        }
        // None was made twice.
        assert_eq!(hails(&*watcher).await, load.taxis.len());
        load.line_up(&program.address, &all).await;
        program.kill();
        if is_hit {
            return;
        }
    }
    panic!("no kill of {KILLS} hit the moment between a commit and its answers");
}
