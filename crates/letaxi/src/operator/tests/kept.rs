//! Tests of connections that are kept between calls.

use super::*;
use crate::operator::kept::Target;

/// A server that answers so many requests on each connection and closes it at the next one, without an answer.
async fn start(answers: usize) -> Server {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let server = Server {
        port,
        request: Arc::default(),
        connections: Arc::default(),
        written: Arc::default(),
    };
    let (connections, requests) = (server.connections.clone(), server.written.clone());
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            connections.fetch_add(1, Ordering::SeqCst);
            let requests = requests.clone();
            tokio::spawn(async move {
                for request in 0.. {
                    let mut received = Vec::new();
                    while !received.ends_with(b"]}") {
                        let mut buffer = [0; 4096];
                        match stream.read(&mut buffer).await {
                            Ok(length) if length > 0 => received.extend(&buffer[..length]),
                            _ => return,
                        }
                    }
                    requests.fetch_add(1, Ordering::SeqCst);
                    if request == answers {
                        return;
                    }
                    let answer = format!("{START}Content-Length: 2\r\n\r\n{{}}");
                    stream.write_all(answer.as_bytes()).await.unwrap();
                }
            });
        }
    });
    server
}

/// Numbers of connections and requests that a server has seen.
fn seen(server: &Server) -> (usize, usize) {
    (server.connections.load(Ordering::SeqCst), server.written.load(Ordering::SeqCst))
}

#[tokio::test]
async fn calls_one_after_the_other_use_one_connection() {
    let server = start(100).await;
    let client = server.client();
    for _ in 0..5 {
        assert_eq!(client.hand_over(call(&server.endpoint())).await, Ok(None));
    }
    assert_eq!(seen(&server), (1, 5));
}

#[tokio::test]
async fn a_hail_sent_on_a_kept_connection_that_the_server_closes_is_sent_on_another() {
    let server = start(2).await;
    let client = server.client();
    for _ in 0..3 {
        assert_eq!(client.hand_over(call(&server.endpoint())).await, Ok(None));
    }
    assert_eq!(seen(&server), (2, 4));
}

#[tokio::test]
async fn a_hail_without_an_answer_is_sent_once_where_no_connection_was_kept() {
    let server = start(0).await;
    let answer = server.client().hand_over(call(&server.endpoint())).await;
    assert!(matches!(answer, Err(Reason::Broken(_))), "{answer:?}");
    assert_eq!(seen(&server), (1, 1));
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
