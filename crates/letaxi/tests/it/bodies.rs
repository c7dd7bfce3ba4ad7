//! Request bodies in the forms of partners' software, including those that break JSON's standard.

use axum::http::{Method, StatusCode};
use registry::Role;

use crate::world::{Answer, Call, Engine, NewTaxi, World, key_of};

async fn world(engine: Engine) -> (World, String) {
    let mut world = World::new(engine).await;
    world.account("op", &[Role::Operator]).await;
    world.land(|land| land.town("75056", "Paris", [2.2, 48.8, 2.5, 48.9])).await;
    let taxi = NewTaxi { name: "T1", town: None, plate: None, free: true, at: None };
    let taxi = world.taxi("op", &taxi).await;
    (world, taxi)
}

fn call(method: Method, path: &str) -> Call {
    let content_type = Some("application/json".to_owned());
    Call { key: Some(key_of("op")), method, path: path.to_owned(), content_type, ..Call::default() }
}

async fn post_vehicle(world: &World, body: &[u8]) -> Answer {
    world.answer_bytes(&call(Method::POST, "/vehicles"), body).await
}

fn utf_16(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

async fn are_read_as_python_reads_them(engine: Engine) {
    let (world, taxi) = world(engine).await;
    let marked = "\u{feff}{\"data\":[{\"licence_plate\":\"BOM-001-AA\"}]}";
    let halved = br#"{"data":[{"licence_plate":"SUR-001-AA","model":"x\ud83d"}]}"#;
    for (body, status) in [
        (marked.as_bytes(), StatusCode::CREATED),
        (&utf_16(marked), StatusCode::OK),
        (&utf_16(&marked[3..]), StatusCode::OK),
        (halved, StatusCode::CREATED),
    ] {
        let answer = post_vehicle(&world, body).await;
        assert_eq!(answer.status, status, "{body:?} {answer:?}");
    }
    // Half of a surrogate pair cannot be stored, so its replacement is returned.
    let echoed = post_vehicle(&world, halved).await.json();
    assert_eq!(echoed["data"][0]["model"], "x\u{fffd}");
    for path in ["/geotaxi", "/geotaxi/"] {
        let body = format!(
            "\u{feff}{{\"data\":[{{\"positions\":[{{\"taxi_id\":\"{taxi}\",\"lon\":2.35,\"lat\":48.86}}]}}]}}"
        );
        for body in [body.as_bytes(), &utf_16(&body), &utf_16(&body[3..])] {
            let answer = world.answer_bytes(&call(Method::POST, path), body).await;
            assert_eq!(answer.status, StatusCode::OK, "{path} {answer:?}");
        }
    }
    let status = utf_16(r#"{"data":[{"status":"off"}]}"#);
    let answer = world.answer_bytes(&call(Method::PUT, &format!("/taxis/{taxi}")), &status).await;
    assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
}

#[tokio::test]
async fn bodies_are_read_as_python_reads_them_on_sqlite() {
    are_read_as_python_reads_them(Engine::Sqlite).await;
}

#[tokio::test]
async fn bodies_are_read_as_python_reads_them_on_postgres() {
    are_read_as_python_reads_them(Engine::Postgres).await;
}

#[tokio::test]
async fn a_number_that_is_not_finite_is_named_as_what_it_is() {
    let (world, _) = world(Engine::Sqlite).await;
    for (path, says) in [
        ("/vehicles", r#"{"errors":{"data":{"0":{"_schema":["Invalid input type."]}}}}"#),
        ("/geotaxi", r#"{"errors":{"data":{"0":{"_schema":["Invalid input type."]}}}}"#),
    ] {
        let answer = world.answer_bytes(&call(Method::POST, path), br#"{"data":[NaN]}"#).await;
        assert_eq!((answer.status, answer.body.as_str()), (StatusCode::BAD_REQUEST, says));
    }
}

#[tokio::test]
async fn an_empty_content_type_is_none() {
    let (world, _) = world(Engine::Sqlite).await;
    let call = Call { content_type: Some(String::new()), ..call(Method::POST, "/vehicles") };
    let answer = world.answer_bytes(&call, br#"{"data":[{"licence_plate":"AB-001-CD"}]}"#).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{answer:?}");
}

#[tokio::test]
async fn a_packed_body_is_refused_by_the_name_of_its_header() {
    let (world, _) = world(Engine::Sqlite).await;
    for (encoding, status) in [
        ("gzip", StatusCode::UNSUPPORTED_MEDIA_TYPE),
        ("identity, br", StatusCode::UNSUPPORTED_MEDIA_TYPE),
        ("\u{e9}", StatusCode::UNSUPPORTED_MEDIA_TYPE),
        ("Identity", StatusCode::OK),
        ("", StatusCode::OK),
    ] {
        let headers = vec![("content-encoding", encoding.to_owned())];
        for path in ["/vehicles", "/geotaxi"] {
            let call = Call { headers: headers.clone(), ..call(Method::POST, path) };
            let body = br#"{"data":[{"licence_plate":"T1-TAXI"}]}"#;
            let answer = world.answer_bytes(&call, body).await;
            // Positions are not a vehicle, but they are parsed.
            let status = if status == StatusCode::OK && path == "/geotaxi" {
                StatusCode::BAD_REQUEST
            } else {
                status
            };
            assert_eq!(answer.status, status, "{encoding:?} {answer:?}");
            let is_packed = status == StatusCode::UNSUPPORTED_MEDIA_TYPE;
            assert_eq!(answer.body.contains("Content-Encoding"), is_packed, "{answer:?}");
        }
    }
}
