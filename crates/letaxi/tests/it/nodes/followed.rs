//! Following the changes of other servers: in whatever order things come, and whatever cannot be read.

use std::time::Duration;

use axum::http::Method;
use serde_json::{Value, json};
use tokio::time::timeout;

use super::{HERE, call, close, found, put, two_nodes};
use crate::world::{NewTaxi, World};

/// Time for which a call is watched that should wait for a lock.
const A_MOMENT: Duration = Duration::from_millis(300);
/// Most statements of a round that reads much again: a few for each kind of thing.
const FEW: u32 = 12;
/// More taxis than that.
const MANY: u32 = 25;

fn taxi(name: &str) -> NewTaxi<'_> {
    NewTaxi { name, town: None, plate: None, free: true, at: None }
}

/// Waits until somebody waits for a lock on a table.
async fn until_waited_for(node: &World, table: &str) {
    let waiting = format!(
        "select count(*) from pg_locks where relation = '{table}'::regclass and not granted"
    );
    while node.sql(&waiting) == "0" {
        tokio::task::yield_now().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_made_while_the_feed_is_read_is_not_overwritten_by_what_was_read_before() {
    let [first, second] = two_nodes(None).await;
    let taxi = first.taxi("op", &taxi("one")).await;
    let path = format!("/taxis/{taxi}");
    put(&first, "op", &path, &json!({"status": "off"})).await;
    // The second node, which has never heard of the taxi, reads it and cannot end.
    let held = first.hold("hails");
    let syncing = tokio::spawn({
        let app = second.app();
        async move { app.sync_memory().await }
    });
    until_waited_for(&first, "hails").await;
    let status = json!({"status": "free"});
    let mut change = Box::pin(put(&second, "op", &path, &status));
    let early = timeout(A_MOMENT, &mut change).await;
    drop(held);
    match early {
        Ok(()) => drop(change),
        Err(_late) => change.await,
    }
    syncing.await.unwrap().unwrap();
    second.report("op", &taxi, HERE).await;
    assert_eq!(found(&second).await, [taxi]);
    close([first, second]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_car_whose_lock_is_held_for_long_delays_no_other_and_is_read_afterwards() {
    let [first, second] = two_nodes(None).await;
    let changing = first.taxi("op", &taxi("one")).await;
    let other = first.taxi("op", &taxi("two")).await;
    second.tick().await;
    for taxi in [&changing, &other] {
        second.report("op", taxi, HERE).await;
    }
    assert_eq!(found(&second).await.len(), 2);
    // A change through the second node hangs, and holds the lock of its car.
    let held = first.hold("activity");
    let (path, wish) = (format!("/taxis/{changing}"), json!({"status": "occupied"}));
    let mut hanging = Box::pin(put(&second, "op", &path, &wish));
    tokio::select! {
        () = &mut hanging => panic!("it has written nothing into the activity log"),
        () = until_waited_for(&first, "activity") => {}
    }
    let off = |taxi: &str| {
        first.sql(&format!(
            "update descriptions set radius_m = 300, status = 'off' where account_id <> 0
                and vehicle_id in (select vehicle_id from taxis where id = '{taxi}')"
        ))
    };
    off(&other);
    // As if somebody else's description of the same car had changed.
    first.sql(&format!(
        "insert into changes (kind, key, account_id) select 'description', vehicle_id::text, account_id
            from taxis where id = '{changing}'"
    ));
    timeout(Duration::from_secs(5), second.app.sync_memory()).await.unwrap().unwrap();
    let search = call("app", Method::GET, "/taxis?lon=2.35&lat=48.86", &Value::Null);
    let shown = second.answer(&search).await.json();
    assert_eq!(shown["data"].as_array().unwrap().len(), 1, "{shown}");
    assert_eq!(shown["data"][0]["id"], json!(changing));
    drop(held);
    hanging.await;
    second.tick().await;
    assert_eq!(found(&second).await, [""; 0]);
    close([first, second]).await;
}

#[tokio::test]
async fn rows_that_cannot_be_read_stop_no_other() {
    let [first, second] = two_nodes(None).await;
    let strange = first.taxi("op", &taxi("one")).await;
    let other = first.taxi("op", &taxi("two")).await;
    second.tick().await;
    for taxi in [&strange, &other] {
        second.report("op", taxi, HERE).await;
    }
    first.sql("alter table descriptions drop constraint descriptions_status_check");
    first.sql(&format!(
        "update descriptions set status = 'teleporting' where vehicle_id in
            (select vehicle_id from taxis where id = '{strange}')"
    ));
    // Rows of a newer version, and broken ones.
    first.sql(
        "insert into changes (kind, key) values ('description', 'no number'), ('description', '1'),
            ('taxi', 'no id'), ('hail', ''), ('novelty', '1')",
    );
    second.tick().await;
    assert_eq!(found(&second).await, std::slice::from_ref(&other));
    put(&first, "op", &format!("/taxis/{other}"), &json!({"status": "off"})).await;
    second.tick().await;
    assert_eq!(found(&second).await, [""; 0]);
    assert_eq!(second.app.not_ready(), None);
    close([first, second]).await;
}

#[tokio::test]
async fn a_hail_that_ends_in_a_status_of_a_newer_version_frees_its_car() {
    let [first, second] = two_nodes(None).await;
    let taxi = first.taxi("op", &NewTaxi { at: Some(HERE), ..taxi("one") }).await;
    second.tick().await;
    second.report("op", &taxi, HERE).await;
    let hail = first.hail("app", &taxi, HERE).await;
    first.sql("update descriptions set status = 'free'");
    second.tick().await;
    assert_eq!(found(&second).await, [""; 0], "its car is in the hail");
    first.sql(&format!(
        "update hails set status = 'teleported', deadline_at = null, revision = revision + 1
            where id = '{hail}'"
    ));
    second.tick().await;
    assert_eq!(found(&second).await, [taxi]);
    close([first, second]).await;
}

#[tokio::test]
async fn many_changed_taxis_are_read_in_few_statements() {
    let [first, second] = two_nodes(None).await;
    for number in 0..MANY {
        first.taxi("op", &taxi(&format!("T{number}"))).await;
    }
    let statements = second.statements_to_sync().await;
    assert!(statements <= FEW, "{statements} statements for {MANY} taxis");
    let known = format!("letaxi_taxis {MANY}");
    assert!(second.app.metrics().lines().any(|line| line == known));
    // Licences of all change.
    first.sql("update taxis set number = number + 1000");
    let statements = second.statements_to_sync().await;
    assert!(statements <= FEW, "{statements} statements for {MANY} taxis");
    close([first, second]).await;
}

#[tokio::test]
async fn a_taxi_deleted_through_one_node_is_gone_from_the_other() {
    let [first, second] = two_nodes(None).await;
    let taxi = first.taxi("op", &taxi("one")).await;
    second.tick().await;
    second.report("op", &taxi, HERE).await;
    assert_eq!(found(&second).await, std::slice::from_ref(&taxi));
    first.sql(&format!("delete from taxis where id = '{taxi}'; delete from descriptions"));
    second.tick().await;
    assert_eq!(found(&second).await, [""; 0]);
    assert!(second.app.metrics().lines().any(|line| line == "letaxi_taxis 0"));
    close([first, second]).await;
}
