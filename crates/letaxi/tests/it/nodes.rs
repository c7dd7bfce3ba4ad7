//! Several servers on one database: what is changed through one is in force through all.

mod carried;
mod followed;

use axum::http::Method;
use registry::Role;
use serde_json::{Value, json};

use crate::world::{Answer, Call, NewTaxi, World, key_of, shared_url};

const HERE: [f64; 2] = [2.35, 48.86];

fn call(who: &str, method: Method, path: &str, body: &Value) -> Call {
    let body = if body.is_null() { String::new() } else { json!({"data": [body]}).to_string() };
    Call { key: Some(key_of(who)), method, path: path.to_owned(), body, ..Call::default() }
}

async fn get(node: &World, who: &str, path: &str) -> Answer {
    node.call(&call(who, Method::GET, path, &Value::Null)).await
}

async fn put(node: &World, who: &str, path: &str, element: &Value) {
    let answer = node.call(&call(who, Method::PUT, path, element)).await;
    assert!(answer.status.is_success(), "{answer:?}");
}

/// Ids of the taxis that a search through this node shows.
async fn found(node: &World) -> Vec<String> {
    let answer = get(node, "app", &format!("/taxis?lon={}&lat={}", HERE[0], HERE[1])).await;
    let taxis = answer.json()["data"].as_array().unwrap().clone();
    taxis.iter().map(|taxi| taxi["id"].as_str().unwrap().to_owned()).collect()
}

/// Two servers with an operator, an app and an admin.
async fn two_nodes(nats: Option<&str>) -> [World; 2] {
    let url = shared_url();
    let mut first = World::first_node(&url, nats).await;
    first.account("op", &[Role::Operator]).await;
    first.account("app", &[Role::Client]).await;
    first.land(|land| land.town("75056", "Paris", [2.2, 48.8, 2.5, 48.9])).await;
    let second = first.node_beside(nats).await;
    [first, second]
}

async fn close(nodes: [World; 2]) {
    for node in nodes {
        node.close().await;
    }
}

#[tokio::test]
async fn a_taxi_made_and_changed_through_one_node_is_found_through_the_other() {
    let [first, second] = two_nodes(None).await;
    let taxi = NewTaxi { name: "one", town: None, plate: None, free: true, at: None };
    let taxi = first.taxi("op", &taxi).await;
    second.tick().await;
    // Its position is told to the second node only.
    second.report("op", &taxi, HERE).await;
    assert_eq!(found(&second).await, std::slice::from_ref(&taxi));
    put(&first, "op", &format!("/taxis/{taxi}"), &json!({"status": "off"})).await;
    second.tick().await;
    assert_eq!(found(&second).await, [""; 0]);
    put(&first, "op", &format!("/taxis/{taxi}"), &json!({"status": "free"})).await;
    second.tick().await;
    assert_eq!(found(&second).await, [taxi]);
    close([first, second]).await;
}

#[tokio::test]
async fn a_hail_made_through_one_node_is_answered_through_the_other() {
    let [first, second] = two_nodes(None).await;
    let taxi = NewTaxi { name: "one", town: None, plate: None, free: true, at: Some(HERE) };
    let taxi = first.taxi("op", &taxi).await;
    second.tick().await;
    second.report("op", &taxi, HERE).await;
    let hail = first.hail("app", &taxi, HERE).await;
    second.tick().await;
    assert_eq!(found(&second).await, [""; 0], "it is in an open hail");
    let path = format!("/hails/{hail}");
    put(&second, "op", &path, &json!({"status": "received_by_taxi"})).await;
    put(&second, "op", &path, &json!({"status": "accepted_by_taxi", "taxi_phone_number": "06"}))
        .await;
    put(&first, "app", &path, &json!({"status": "accepted_by_customer"})).await;
    put(&second, "op", &path, &json!({"status": "customer_on_board"})).await;
    put(&second, "op", &path, &json!({"status": "finished"})).await;
    first.tick().await;
    put(&first, "op", &format!("/taxis/{taxi}"), &json!({"status": "free"})).await;
    second.tick().await;
    assert_eq!((found(&first).await, found(&second).await), (vec![taxi.clone()], vec![taxi]));
    close([first, second]).await;
}

/// Two servers, and a hail that the driver accepted through the first: `/hails/:id`, `/taxis/:id`.
async fn accepted_through_the_first() -> ([World; 2], String, String) {
    let [first, second] = two_nodes(None).await;
    let taxi = NewTaxi { name: "one", town: None, plate: None, free: true, at: Some(HERE) };
    let taxi = first.taxi("op", &taxi).await;
    second.tick().await;
    let hail = format!("/hails/{}", first.hail("app", &taxi, HERE).await);
    first.tick().await;
    put(&first, "op", &hail, &json!({"status": "received_by_taxi"})).await;
    put(&first, "op", &hail, &json!({"status": "accepted_by_taxi", "taxi_phone_number": "06"}))
        .await;
    ([first, second], hail, format!("/taxis/{taxi}"))
}

#[tokio::test]
async fn a_step_is_decided_on_what_is_stored_and_not_on_what_a_node_wrote_last() {
    let ([first, second], hail, _) = accepted_through_the_first().await;
    put(&second, "app", &hail, &json!({"status": "declined_by_customer"})).await;
    let accepted = json!({"status": "accepted_by_customer"});
    let refused = first.answer(&call("app", Method::PUT, &hail, &accepted)).await;
    assert_eq!(refused.status, 400, "{refused:?}");
    let stored = get(&first, "app", &hail).await.json();
    assert_eq!(stored["data"][0]["status"], "declined_by_customer");
    close([first, second]).await;
}

#[tokio::test]
async fn a_step_sets_the_taxis_status_though_another_node_changed_it_meanwhile() {
    let ([first, second], hail, taxi) = accepted_through_the_first().await;
    put(&first, "app", &hail, &json!({"status": "accepted_by_customer"})).await;
    put(&second, "op", &taxi, &json!({"status": "off"})).await;
    put(&first, "op", &hail, &json!({"status": "customer_on_board"})).await;
    let told = get(&second, "op", &taxi).await.json();
    assert_eq!(told["data"][0]["status"], "occupied");
    close([first, second]).await;
}

#[tokio::test]
async fn a_change_of_status_is_answered_with_the_parts_that_another_node_changed() {
    let [first, second] = two_nodes(None).await;
    let taxi = NewTaxi { name: "one", town: None, plate: None, free: true, at: None };
    let path = format!("/taxis/{}", first.taxi("op", &taxi).await);
    second.tick().await;
    // The second knows the taxi from now on.
    put(&second, "op", &path, &json!({"status": "off"})).await;
    for (part, element) in [
        (
            "/drivers",
            json!({"first_name": "Ada", "last_name": "Married",
                "professional_licence": "driver-one", "departement": {"numero": "75"}}),
        ),
        ("/vehicles", json!({"licence_plate": "one-TAXI", "color": "red"})),
        ("/ads", json!({"numero": "ads-one", "insee": "75056", "owner_name": "Heirs"})),
    ] {
        let posted = first.answer(&call("op", Method::POST, part, &element)).await;
        assert!(posted.status.is_success(), "{posted:?}");
    }
    second.tick().await;
    let told = second.answer(&call("op", Method::PUT, &path, &json!({"status": "free"}))).await;
    let told = &told.json()["data"][0];
    let parts =
        [&told["driver"]["last_name"], &told["vehicle"]["color"], &told["ads"]["owner_name"]];
    assert_eq!(parts, ["Married", "red", "Heirs"]);
    close([first, second]).await;
}

/// Statements that nobody is told of, as those of a person at the database.
#[tokio::test]
async fn parts_that_changed_untold_are_answered_after_an_hour_and_a_taxi_that_is_gone_never() {
    let [first, second] = two_nodes(None).await;
    let taxi = NewTaxi { name: "one", town: None, plate: None, free: true, at: None };
    let path = format!("/taxis/{}", first.taxi("op", &taxi).await);
    // Parts that were just posted may still be on their way.
    first.move_clock(std::time::Duration::from_mins(2));
    let put_free = call("op", Method::PUT, &path, &json!({"status": "free"}));
    let colour =
        async || first.answer(&put_free).await.json()["data"][0]["vehicle"]["color"].clone();
    assert_eq!(colour().await, "blue");
    first.sql("update descriptions set color = 'red'");
    assert_eq!(colour().await, "blue");
    first.move_clock(std::time::Duration::from_hours(1));
    assert_eq!(colour().await, "red");
    first.sql("delete from taxis");
    let gone = first.answer(&put_free).await;
    assert_eq!(gone.status, 404, "{gone:?}");
    close([first, second]).await;
}

#[tokio::test]
async fn events_of_a_change_reach_pages_of_the_other_node() {
    let [first, second] = two_nodes(None).await;
    let taxi = NewTaxi { name: "one", town: None, plate: None, free: true, at: Some(HERE) };
    let taxi = first.taxi("op", &taxi).await;
    second.tick().await;
    let stream = get(&second, "op", "/v1/events?wait_s=0").await.body;
    let place = stream.lines().filter_map(|line| line.strip_prefix("id: ")).next_back().unwrap();
    let hail = first.hail("app", &taxi, HERE).await;
    second.tick().await;
    let mut since = call("op", Method::GET, "/v1/events?wait_s=0", &Value::Null);
    since.headers = vec![("last-event-id", place.to_owned())];
    let stream = second.call(&since).await.body;
    assert!(stream.contains(&hail) && stream.contains("answering"), "{stream}");
    close([first, second]).await;
}

#[tokio::test]
async fn a_key_closed_and_a_territory_imported_through_one_node_are_so_through_the_other() {
    let [mut first, second] = two_nodes(None).await;
    let body = json!({"name": "office"});
    let made = call("op", Method::POST, "/v1/keys", &Value::Null);
    let made = first.call(&Call { body: body.to_string(), ..made }).await.json();
    let key = made["data"][0]["apikey"].as_str().unwrap().to_owned();
    let list = Call { key: Some(key), path: "/taxis/all".to_owned(), ..Call::default() };
    second.tick().await;
    assert_eq!(second.answer(&list).await.status, 200);
    let path = format!("/v1/keys/{}", made["data"][0]["id"]);
    let closed = first.call(&call("op", Method::DELETE, &path, &Value::Null)).await;
    assert_eq!(closed.status, 204);
    second.tick().await;
    assert_eq!(second.answer(&list).await.status, 401);

    first.land(|land| land.town("69123", "Lyon", [4.7, 45.7, 4.9, 45.8])).await;
    second.tick().await;
    let towns = second.app.places().territory.towns().len();
    assert_eq!(towns, 2);
    close([first, second]).await;
}

#[tokio::test]
async fn a_node_that_may_have_missed_changes_compares_everything() {
    let [first, second] = two_nodes(None).await;
    let taxi = |name| NewTaxi { name, town: None, plate: None, free: true, at: None };
    let stays = first.taxi("op", &taxi("one")).await;
    let hailed = first.taxi("op", &taxi("two")).await;
    second.tick().await;
    for taxi in [&stays, &hailed] {
        second.report("op", taxi, HERE).await;
        first.report("op", taxi, HERE).await;
    }
    assert_eq!(found(&second).await.len(), 2);
    first.hail("app", &hailed, HERE).await;
    let new = first.taxi("op", &taxi("new")).await;
    second.sql("truncate changes, changes_state");
    second.tick().await;
    second.report("op", &new, HERE).await;
    let mut shown = found(&second).await;
    shown.sort();
    let mut expected = vec![stays, new];
    expected.sort();
    assert_eq!(shown, expected);
    close([first, second]).await;
}

#[tokio::test]
async fn work_that_is_due_is_done_by_one_node_only() {
    let [first, second] = two_nodes(None).await;
    let taxi = NewTaxi { name: "one", town: None, plate: None, free: true, at: Some(HERE) };
    let taxi = first.taxi("op", &taxi).await;
    second.tick().await;
    let hail = first.hail("app", &taxi, HERE).await;
    assert!(first.servers.take_sent("op").is_some());
    second.tick().await;
    assert_eq!(first.servers.take_sent("op"), None, "one call");
    first.move_clock(std::time::Duration::from_mins(1));
    let (one, other) = tokio::join!(first.app.tick(), second.app.tick());
    assert_eq!(one.unwrap().expired + other.unwrap().expired, 1);
    let (one, other) = tokio::join!(first.app.count(), second.app.count());
    one.and(other).unwrap();
    let record = first.store.hail(hail.parse().unwrap()).await.unwrap().unwrap();
    assert!(!record.status.is_open());
    let counted = "select sum(hails) from hail_days where scope = '' and outcome = 'all'";
    assert_eq!(first.sql(counted), "1");
    close([first, second]).await;
}
