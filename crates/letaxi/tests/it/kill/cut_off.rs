//! A kill during a call to an operator's server: after the restart the program repeats the call, with the
//! same id, while there is time to answer.

use super::hailed;
use super::program::{Program, Server};
use crate::world::{Engine, World};

async fn a_call_is_made_again(url: &str) {
    let server = Server::start().await;
    server.answers(false);
    let (load, program, hail) = hailed(url, server).await;
    program.kill();
    load.server.answers(true);
    let program = Program::start(url, &load.server.address).await;
    assert_eq!(load.server.called(2).await, [hail.id.clone(), hail.id.clone()]);
    let path = format!("/hails/{}", hail.id);
    loop {
        let life = load.get(&program.address, &path).await;
        match life["data"][0]["status"].as_str().unwrap() {
            "received" => tokio::task::yield_now().await,
            status => break assert_eq!(status, "received_by_operator", "{life}"),
        }
    }
    program.kill();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_a_kill_cuts_off_is_made_again_on_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    a_call_is_made_again(&format!("sqlite://{}", folder.path().join("cut.db").display())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_a_kill_cuts_off_is_made_again_on_postgresql() {
    a_call_is_made_again(&World::fresh_url(Engine::Postgres)).await;
}
