//! A backup during open hails: a restore has all changes that were answered before it.

use super::hailed;
use super::program::{Program, Server, run};
use crate::world::postgres;

async fn hails_are_restored(url: &str, elsewhere: &str) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("letaxi.backup");
    let file = file.to_str().unwrap();
    let (load, program, hail) = hailed(url, Server::start().await).await;

    let (well, said) = run(&["backup", file], url);
    assert!(well, "{said}");
    program.kill();
    let (well, said) = run(&["restore", file], elsewhere);
    assert!(well, "{said}");

    let program = Program::start(elsewhere, &load.server.address).await;
    let again = load.hail(&program.address, &hail.key, &hail.taxi).await.unwrap();
    assert_eq!(again, (201, hail.answer), "the same key does not give the first answer");
    let life = load.get(&program.address, &format!("/hails/{}", hail.id)).await;
    assert_eq!(life["data"][0]["id"], hail.id, "{life}");
    program.kill();
}

#[tokio::test(flavor = "multi_thread")]
async fn hails_of_a_registry_at_work_are_in_its_backup_on_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    let url = |name| format!("sqlite://{}", folder.path().join(name).display());
    hails_are_restored(&url("here.db"), &url("there.db")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn hails_of_a_registry_at_work_are_in_its_backup_on_postgresql() {
    hails_are_restored(&postgres::fresh_database(), &postgres::fresh_database()).await;
}
