//! Calls that are cut short, and connections that are cut off: whoever comes next is in no transaction of theirs.

use std::future::poll_fn;
use std::path::Path;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Poll;

use registry::Role;
use storage::Trouble;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{UnixListener, UnixStream};

use crate::place::Place;
use crate::world::{account, at, free_taxi, line};

crate::tests![whoever_comes_after_a_call_that_was_cut_short_is_not_in_its_transaction];

/// Limit of polls before a cut: more than any call takes to its end.
const POLLS: usize = 40;

/// Polls a future so often, and drops it then.
pub(crate) async fn cut<T>(future: impl Future<Output = T>, polls: usize) {
    let (mut future, mut left) = (pin!(future), polls);
    poll_fn(|context| {
        if left == 0 {
            return Poll::Ready(());
        }
        left -= 1;
        future.as_mut().poll(context).map(drop)
    })
    .await;
}

async fn whoever_comes_after_a_call_that_was_cut_short_is_not_in_its_transaction(place: Place) {
    let store = &*place.store;
    let (taxi, _) = free_taxi(store).await;
    let mut seen = 0;
    for polls in 0..POLLS {
        // Both ways to begin: one that may only read, and one that may write.
        cut(store.accounts(), polls).await;
        cut(store.record(&[(line(), at(1))]), polls).await;
        // A change without a transaction of its own, on whichever connections there are.
        for _ in 0..4 {
            seen += 1;
            store.see_taxis(&[taxi.id], at(seen)).await.unwrap();
        }
        // Seen by others, so it is not in a transaction that somebody left open.
        let other = storage::open(&place.url).await.unwrap();
        let taxi = other.taxi(taxi.id).await.unwrap().unwrap();
        assert_eq!(taxi.last_seen_at, at(seen), "after {polls} polls");
        other.close().await;
    }
    let lines = place.activity_lines().await;
    assert!(lines > 0, "some were recorded");
}

/// Stands between a store and PostgreSQL, and cuts connections off where a transaction is committed.
struct Proxy {
    /// Address on which it listens.
    folder: tempfile::TempDir,
    cuts: Arc<AtomicBool>,
}

/// True if the server receives the commit before the connection is cut.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Cut {
    Before,
    After,
}

const SOCKET: &str = ".s.PGSQL.5432";

impl Proxy {
    fn start(server: &Path, cut: Cut) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let listener = UnixListener::bind(folder.path().join(SOCKET)).unwrap();
        let (server, cuts) = (server.join(SOCKET), Arc::<AtomicBool>::default());
        let armed = Arc::clone(&cuts);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let server = UnixStream::connect(&server).await.unwrap();
                tokio::spawn(pass_on(client, server, cut, Arc::clone(&armed)));
            }
        });
        Self { folder, cuts }
    }
}

async fn pass_on(client: UnixStream, server: UnixStream, cut: Cut, armed: Arc<AtomicBool>) {
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_server, mut to_server) = server.into_split();
    let back = tokio::spawn(async move {
        let _ended = tokio::io::copy(&mut from_server, &mut to_client).await;
        from_server
    });
    let mut bytes = vec![0; 1 << 16];
    while let Ok(read @ 1..) = from_client.read(&mut bytes).await {
        let asked = &bytes[..read];
        if asked.windows(6).any(|word| word == b"COMMIT") && armed.swap(false, Ordering::SeqCst) {
            back.abort();
            if cut == Cut::After {
                to_server.write_all(asked).await.unwrap();
                // The server does what it was told before it sees that nobody listens.
                to_server.shutdown().await.unwrap();
            }
            return;
        }
        if to_server.write_all(asked).await.is_err() {
            return;
        }
    }
}

async fn cut_in_the_middle_of_a_commit(cut: Cut) {
    let place = Place::postgres().await;
    let (address, server) = place.url.split_once("?host=").unwrap();
    let proxy = Proxy::start(Path::new(server), cut);
    let url = format!("{address}?host={}", proxy.folder.path().display());
    let store = storage::open(&url).await.unwrap();
    for before in 0..4 {
        account(&*store, before, Role::Client).await;
        proxy.cuts.store(true, Ordering::SeqCst);
        let lines = place.activity_lines().await;
        let error = store.record(&[(line(), at(1))]).await.unwrap_err();
        assert!(error.is_away(), "{error}");
        assert_eq!(store.trouble(), Some(Trouble::Away));
        // The next change is made, and so is the one after.
        store.look_again().await.unwrap();
        assert_eq!(store.trouble(), None);
        store.record(&[(line(), at(2)), (line(), at(3))]).await.unwrap();
        let made = place.activity_lines().await - lines;
        assert!(made == 2 || cut == Cut::After && made == 3, "{made}");
    }
    store.close().await;
    place.store.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_postgresql_that_is_cut_off_before_a_commit_goes_on_with_the_next_change() {
    cut_in_the_middle_of_a_commit(Cut::Before).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_postgresql_that_is_cut_off_after_a_commit_goes_on_with_the_next_change() {
    cut_in_the_middle_of_a_commit(Cut::After).await;
}

/// As a switch-over does: all connections end, and new ones may only read, or may write again.
const READ_ONLY: &str = "
    do $$ begin
        execute format('alter database %I set default_transaction_read_only = on', current_database());
        perform pg_terminate_backend(pid) from pg_stat_activity where application_name = 'letaxi' and datname = current_database();
    end $$";
const TO_BE_WRITTEN: &str = "
    begin read write;
    do $$ begin
        execute format('alter database %I reset default_transaction_read_only', current_database());
        perform pg_terminate_backend(pid) from pg_stat_activity where application_name = 'letaxi' and datname = current_database();
    end $$;
    commit";

#[tokio::test(flavor = "multi_thread")]
async fn a_postgresql_that_may_only_be_read_says_so_until_it_may_be_written() {
    let place = Place::postgres().await;
    let store = &*place.store;
    place.execute(READ_ONLY).await;
    let error = store.record(&[(line(), at(1))]).await.unwrap_err();
    assert_eq!(error.trouble(), Some(Trouble::ReadOnly), "{error}");
    assert_eq!(store.trouble(), Some(Trouble::ReadOnly));
    store.look_again().await.unwrap_err();
    assert_eq!(store.trouble(), Some(Trouble::ReadOnly));
    // What is read is answered.
    while let Err(error) = store.accounts().await {
        // A connection that was ended while it rested.
        assert!(error.is_away(), "{error}");
    }
    place.execute(TO_BE_WRITTEN).await;
    store.look_again().await.unwrap();
    assert_eq!(store.trouble(), None);
    store.record(&[(line(), at(1))]).await.unwrap();
    store.close().await;
}

/// The connections that a server has, as PostgreSQL counts them.
const OURS: &str = "select count(*) from pg_stat_activity
    where application_name = 'letaxi' and datname = current_database()";

#[tokio::test(flavor = "multi_thread")]
async fn changes_share_a_few_connections_and_leave_none_behind() {
    let place = Place::postgres().await;
    let store = &*place.store;
    let (taxi, _) = free_taxi(store).await;
    let changes =
        (1..=100).map(|number| store.see_taxis(std::slice::from_ref(&taxi.id), at(number)));
    let (made, most) =
        tokio::join!(futures_util::future::join_all(changes), async { place.number(OURS).await });
    for made in made {
        made.unwrap();
    }
    assert!((1..=24).contains(&most), "{most} connections");
    assert_eq!(store.taxi(taxi.id).await.unwrap().unwrap().last_seen_at, at(100));
    assert!(place.number(OURS).await <= 24);
    store.close().await;
    // PostgreSQL's processes end a moment after their connections.
    let mut looks = 0..1_000;
    while place.number(OURS).await > 0 {
        looks.next().expect("connections stay behind");
    }
    store.see_taxis(&[taxi.id], at(101)).await.unwrap_err();
}

/// Ends all connections of letaxi, as a restart of the server does.
const CUT_ALL: &str = "select pg_terminate_backend(pid, 5000) from pg_stat_activity
    where application_name = 'letaxi' and datname = current_database()";

#[tokio::test(flavor = "multi_thread")]
async fn once_a_change_has_hit_a_broken_connection_those_that_rested_with_it_are_tried_out() {
    let place = Place::postgres().await;
    let store = &*place.store;
    let (taxi, _) = free_taxi(store).await;
    let see = async |number| store.see_taxis(std::slice::from_ref(&taxi.id), at(number)).await;
    // Several rest.
    futures_util::future::join_all((1..=40).map(see)).await;
    place.execute(CUT_ALL).await;
    let mut refused = 0;
    for number in 41..80 {
        if let Err(error) = see(number).await {
            assert!(error.is_away(), "{error}");
            refused += 1;
        }
    }
    assert_eq!(refused, 1);
    see(80).await.unwrap();
    let last_seen = "select cast(extract(epoch from last_seen_at) as bigint) from taxis";
    assert_eq!(place.number(last_seen).await, at(80).timestamp());
    store.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hail_is_read_though_the_connection_for_it_broke_while_it_was_idle() {
    let place = Place::postgres().await;
    let store = &*place.store;
    let nobodys = "abcdef0".parse().unwrap();
    assert_eq!(store.hail(nobodys).await.unwrap(), None);
    place.execute(CUT_ALL).await;
    assert_eq!(store.hail(nobodys).await.unwrap(), None);
    store.close().await;
}
