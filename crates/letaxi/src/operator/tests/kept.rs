//! Tests of connections that are kept between calls.

use super::*;
use crate::operator::kept::Target;

/// Numbers of connections and requests that a server has seen.
fn seen(server: &Server) -> (usize, usize) {
    (server.connections.load(Ordering::SeqCst), server.requests.load(Ordering::SeqCst))
}

#[tokio::test]
async fn calls_one_after_the_other_use_one_connection() {
    let server = Server::start(Answer::Kept(100, Vec::new())).await;
    let client = server.client();
    for _ in 0..5 {
        assert_eq!(client.hand_over(call(&server.endpoint())).await, Ok(None));
    }
    assert_eq!(seen(&server), (1, 5));
}

#[tokio::test]
async fn a_hail_sent_on_a_kept_connection_that_the_server_closes_is_sent_on_another() {
    let server = Server::start(Answer::Kept(2, Vec::new())).await;
    let client = server.client();
    for _ in 0..3 {
        assert_eq!(client.hand_over(call(&server.endpoint())).await, Ok(None));
    }
    assert_eq!(seen(&server), (2, 4));
}

#[tokio::test]
async fn a_hail_without_an_answer_is_sent_once_where_no_connection_was_kept() {
    let server = Server::start(Answer::Kept(0, Vec::new())).await;
    let answer = server.client().hand_over(call(&server.endpoint())).await;
    assert!(matches!(answer, Err(Reason::Broken(_))), "{answer:?}");
    assert_eq!(seen(&server), (1, 1));
}

#[tokio::test]
async fn a_hail_that_a_server_answered_on_a_kept_connection_is_not_sent_again() {
    let server = Server::start(Answer::Kept(1, b"no http\r\n\r\n".to_vec())).await;
    let client = server.client();
    assert_eq!(client.hand_over(call(&server.endpoint())).await, Ok(None));
    let answer = client.hand_over(call(&server.endpoint())).await;
    assert!(matches!(answer, Err(Reason::Broken(_))), "{answer:?}");
    assert_eq!(seen(&server), (1, 2));
}

#[test]
fn a_name_with_other_addresses_has_another_client() {
    let target = |addresses: &[&str]| {
        let addresses = addresses.iter().map(|address| address.parse().unwrap()).collect();
        Target::new("https://operator.example".to_owned(), addresses)
    };
    let (one, two) = ("93.184.216.34:0", "93.184.216.35:0");
    assert_eq!(target(&[one, two]), target(&[two, one]));
    assert_ne!(target(&[one, two]), target(&[one]));
    assert_ne!(target(&[one]), target(&[two]));
}
