//! Tests of compressed answers, other charsets, malformed JSON and redirects.

use std::io::Write;

use flate2::Compression;
use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};

use super::*;

const PHONE: &str = r#"{"data":[{"taxi_phone_number":"0611223344"}]}"#;

/// A correct answer with these lines in its head.
fn with_head(head: &str, body: &[u8]) -> Answer {
    let mut bytes =
        format!("HTTP/1.1 200 OK\r\n{head}Content-Length: {}\r\n\r\n", body.len()).into_bytes();
    bytes.extend_from_slice(body);
    Answer::Bytes(bytes)
}

fn gzip(body: &[u8]) -> Vec<u8> {
    let mut packed = GzEncoder::new(Vec::new(), Compression::best());
    packed.write_all(body).unwrap();
    packed.finish().unwrap()
}

fn zlib(body: &[u8]) -> Vec<u8> {
    let mut packed = ZlibEncoder::new(Vec::new(), Compression::best());
    packed.write_all(body).unwrap();
    packed.finish().unwrap()
}

fn deflate(body: &[u8]) -> Vec<u8> {
    let mut packed = DeflateEncoder::new(Vec::new(), Compression::best());
    packed.write_all(body).unwrap();
    packed.finish().unwrap()
}

#[tokio::test]
async fn an_answer_may_be_packed() {
    let phone = PHONE.as_bytes();
    for (head, body) in [
        ("Content-Encoding: gzip\r\n", gzip(phone)),
        ("Content-Encoding: x-GZIP\r\n", gzip(phone)),
        ("Content-Encoding: deflate\r\n", zlib(phone)),
        ("Content-Encoding: deflate\r\n", deflate(phone)),
        ("Content-Encoding: identity\r\n", phone.to_vec()),
        ("Content-Encoding: deflate, gzip\r\n", gzip(&zlib(phone))),
        ("Content-Encoding: deflate\r\nContent-Encoding: gzip\r\n", gzip(&zlib(phone))),
    ] {
        let phone = ask(with_head(head, &body)).await;
        assert_eq!(phone, Ok(Some("0611223344".to_owned())), "{head}");
    }
    for (head, body) in [
        ("Content-Encoding: gzip\r\n", phone.to_vec()),
        ("Content-Encoding: gzip\r\n", gzip(phone)[..20].to_vec()),
        ("Content-Encoding: deflate\r\n", phone.to_vec()),
        ("Content-Encoding: br\r\n", phone.to_vec()),
    ] {
        assert_eq!(ask(with_head(head, &body)).await, Err(Reason::Coding), "{head}");
    }
    let empty = with_head("Content-Encoding: gzip\r\n", b"");
    assert_eq!(ask(empty).await, Err(Reason::NotJson));
}

#[tokio::test]
async fn a_packed_answer_is_unpacked_no_further_than_any_other_is_read() {
    let body = |length| format!("\"{}\"", "x".repeat(length - 2)).into_bytes();
    for pack in [gzip, zlib, deflate] {
        let coding = if pack(b"").starts_with(&[0x1f]) { "gzip" } else { "deflate" };
        let head = format!("Content-Encoding: {coding}\r\n");
        assert_eq!(ask(with_head(&head, &pack(&body(ANSWER_LIMIT)))).await, Ok(None));
        for length in [ANSWER_LIMIT + 1, 50 << 20] {
            let packed = pack(&body(length));
            assert!(packed.len() < ANSWER_LIMIT);
            assert_eq!(ask(with_head(&head, &packed)).await, Err(Reason::TooLarge), "{coding}");
        }
    }
}

#[tokio::test]
async fn an_answer_may_have_other_letters_and_what_json_does_not_know() {
    let utf_16 = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>();
    let latin = b"{\"data\":[{\"taxi_phone_number\":\"0611223344\",\"name\":\"\xc9ric\"}]}";
    for (head, body) in [
        ("Content-Type: application/json; charset=iso-8859-1\r\n", latin.to_vec()),
        ("Content-Type: application/json; Charset=\"windows-1252\"\r\n", latin.to_vec()),
        ("Content-Type: application/json\r\n", latin.to_vec()),
        ("Content-Type: application/json; charset=martian\r\n", latin.to_vec()),
        ("Content-Type: application/json; charset=utf-16\r\n", utf_16(PHONE)),
        ("", utf_16(&format!("\u{feff}{PHONE}"))),
        ("", format!("\u{feff}{PHONE}").into_bytes()),
        (
            "",
            br#"{"data":[{"taxi_phone_number":"0611223344","eta":NaN,"far":-Infinity}]}"#.to_vec(),
        ),
        ("", br#"{"data":[{"taxi_phone_number":"0611223344","name":"\ud83d"}]}"#.to_vec()),
    ] {
        let phone = ask(with_head(head, &body)).await;
        assert_eq!(phone, Ok(Some("0611223344".to_owned())), "{head}{body:?}");
    }
    let number = ask(with_head("", br#"{"data":[{"taxi_phone_number":611223344}]}"#)).await;
    assert_eq!(number, Ok(Some("611223344".to_owned())));
}

fn redirect(status: u16, location: &str) -> Answer {
    let head = format!("HTTP/1.1 {status} Go\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n");
    Answer::Bytes(head.into_bytes())
}

fn client_of(hosts: &[String]) -> OperatorClient {
    OperatorClient::new(hosts.iter().map(|host| host.parse().unwrap()).collect()).unwrap()
}

#[tokio::test]
async fn a_hail_is_posted_again_where_a_lasting_redirect_leads() {
    let other = Server::start(answer("200 OK", PHONE)).await;
    for (status, host, sends_header) in [(307, "127.0.0.1", true), (308, "localhost", false)] {
        let location = format!("http://{host}:{}/elsewhere", other.port);
        let first = Server::start(redirect(status, &location)).await;
        let client =
            client_of(&[format!("127.0.0.1:{}", first.port), format!("{host}:{}", other.port)]);
        let phone = client.hand_over(call(&first.endpoint())).await;
        assert_eq!(phone, Ok(Some("0611223344".to_owned())), "{status}");
        let request = other.request.lock().unwrap().clone();
        assert!(request.starts_with("POST /elsewhere HTTP/1.1\r\n"), "{request}");
        assert!(request.ends_with(r#"{"data": [{"id": "0123abc"}]}"#), "{request}");
        for line in ["content-type: application/json", "x-letaxi-call-id: 0123abc"] {
            assert!(request.contains(line), "{request}");
        }
        assert_eq!(request.contains("x-test-auth: key-op"), sends_header, "{request}");
        assert!(first.request.lock().unwrap().contains("x-test-auth: key-op"));
    }
}

#[tokio::test]
async fn redirects_are_followed_three_times_and_never_past_the_guard() {
    let again = Server::start(redirect(307, "/again")).await;
    let reason = again.client().hand_over(call(&again.endpoint())).await.unwrap_err();
    assert_eq!(reason.to_string(), "the operator's server redirected more than 3 times");
    assert_eq!(again.connections.load(Ordering::SeqCst), 4);

    let hidden = Server::start(answer("200 OK", "{}")).await;
    for host in ["127.0.0.1", "localhost", "[::ffff:127.0.0.1]"] {
        let first = Server::start(redirect(308, &format!("http://{host}:{}/", hidden.port))).await;
        let reason = first.client().hand_over(call(&first.endpoint())).await.unwrap_err();
        assert_eq!(reason, Reason::RedirectedTo(Refused::NotPublic), "{host}");
    }
    assert_eq!(hidden.connections.load(Ordering::SeqCst), 0);

    let silent = Server::start(Answer::Nothing).await;
    let first = Server::start(redirect(307, &silent.endpoint())).await;
    let hosts = [&first, &silent].map(|server| format!("127.0.0.1:{}", server.port));
    let limit = Duration::from_millis(300);
    let call = OperatorRequest { time_left: limit, ..call(&first.endpoint()) };
    assert_eq!(client_of(&hosts).hand_over(call).await, Err(Reason::TimedOut(limit)));
}

#[tokio::test]
async fn other_redirects_are_not_followed() {
    let other = Server::start(answer("200 OK", "{}")).await;
    for status in [300, 301, 302, 303, 304, 305] {
        let reason = ask(redirect(status, &other.endpoint())).await.unwrap_err();
        let says = format!(
            "the operator's server answered with a redirect ({status}), which is not followed"
        );
        assert_eq!(reason.to_string(), says);
    }
    for location in ["", "http://[", "ftp://example.org/"] {
        let reason = ask(redirect(307, location)).await.unwrap_err();
        let known =
            [Reason::Redirect(307), Reason::RedirectedTo(Refused::NotHttp), Reason::Redirects];
        assert!(known.contains(&reason), "{location}: {reason:?}");
    }
    let nowhere = answer("307 Go", "");
    assert_eq!(ask(nowhere).await, Err(Reason::Redirect(307)));
    assert_eq!(other.connections.load(Ordering::SeqCst), 0);
}
