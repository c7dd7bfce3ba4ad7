//! Compressed answers: for callers that accept them, and never on the hot path.

use std::io::Read;

use flate2::read::GzDecoder;
use registry::Role;

use crate::world::{Answer, Call, Engine, NewTaxi, World, key_of};

async fn get(world: &World, path: &str, accepted: &str) -> Answer {
    let headers = vec![("accept-encoding", accepted.to_owned())];
    let (key, path) = (Some(key_of("admin")), path.to_owned());
    world.call(&Call { key, path, headers, ..Call::default() }).await
}

fn encoding(answer: &Answer) -> Option<&str> {
    answer.headers.get("content-encoding").map(|value| value.to_str().unwrap())
}

/// True if caches have to tell answers apart by the accepted encodings.
fn varies(answer: &Answer) -> bool {
    answer.headers.get_all("vary").iter().any(|value| value == "accept-encoding")
}

async fn crowded() -> World {
    let mut world = World::new(Engine::Sqlite).await;
    world.account("admin", &[Role::Admin, Role::Client]).await;
    world.account("op", &[Role::Operator]).await;
    world
        .land(|land| {
            land.town("75056", "Paris", [2.2, 48.8, 2.5, 48.9]);
            for n in 0..60 {
                land.town(&format!("{}", 76_000 + n), "Commune", [0.2, 48.8, 0.5, 48.9]);
            }
        })
        .await;
    for n in 0..10 {
        let (name, at) = (format!("T{n}"), Some([2.35, 48.86]));
        let new = NewTaxi { name: &name, town: None, plate: None, free: true, at };
        world.taxi("op", &new).await;
    }
    world
}

#[tokio::test]
async fn a_long_answer_is_compressed_for_callers_that_accept_it() {
    let world = crowded().await;
    let plain = get(&world, "/towns", "identity").await;
    assert!(plain.bytes.len() > 1024 && encoding(&plain).is_none() && varies(&plain));
    let packed = get(&world, "/towns", "gzip").await;
    assert_eq!(encoding(&packed), Some("gzip"));
    assert!(packed.bytes.len() < plain.bytes.len() / 2);
    let mut text = String::new();
    GzDecoder::new(&packed.bytes[..]).read_to_string(&mut text).unwrap();
    assert_eq!(text, plain.body);
    let packed = get(&world, "/towns", "gzip, deflate, br, zstd").await;
    assert_eq!(encoding(&packed), Some("zstd"));
    assert!(varies(&packed));
    // The magic number of a frame (RFC 8878).
    assert_eq!(packed.bytes[..4], [0x28, 0xb5, 0x2f, 0xfd]);
    assert!(packed.bytes.len() < plain.bytes.len() / 2);
    assert!(encoding(&get(&world, "/v1/keys", "gzip").await).is_none(), "a short one");
}

#[tokio::test]
async fn a_tag_is_the_same_however_the_answer_is_sent() {
    let world = crowded().await;
    let path = "/v1/open-data/towns.geojson";
    let (plain, packed) = (get(&world, path, "identity").await, get(&world, path, "gzip").await);
    assert_eq!(encoding(&packed), Some("gzip"));
    assert_eq!(plain.headers["etag"], packed.headers["etag"]);
    let tag = packed.headers["etag"].to_str().unwrap().to_owned();
    assert!(tag.starts_with("W/"), "{tag}");
    let headers = vec![("accept-encoding", "gzip".to_owned()), ("if-none-match", tag)];
    let again = world.call(&Call { path: path.to_owned(), headers, ..Call::default() }).await;
    assert_eq!((again.status.as_u16(), encoding(&again)), (304, None));
}

#[tokio::test]
async fn searches_and_hails_are_never_compressed() {
    let world = crowded().await;
    for path in ["/taxis?lon=2.35&lat=48.86", "/hails"] {
        let answer = get(&world, path, "gzip, zstd").await;
        assert_eq!(answer.status, 200);
        assert!(encoding(&answer).is_none(), "{path}");
        assert!(!varies(&answer), "{path}");
    }
    let search = get(&world, "/taxis?lon=2.35&lat=48.86", "gzip").await;
    assert!(search.bytes.len() > 1024, "long enough to be compressed elsewhere");
}
