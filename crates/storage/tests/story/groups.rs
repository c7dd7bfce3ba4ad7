//! Changes that wait for the only writer of SQLite share one commit, and nothing else.

use std::panic::AssertUnwindSafe;
use std::pin::Pin;

use futures_util::FutureExt as _;
use futures_util::future::{join, join_all};
use registry::{AccountId, VehicleStatus};
use sqlx::sqlite::SqliteConnection;
use sqlx::{Connection as _, Executor as _};
use storage::calls::CallRecord;
use storage::enrolment::Wish;
use storage::{Result, Store, Trouble};

use crate::cuts::cut;
use crate::place::{Place, visit};
use crate::world::{at, free_taxi, hail_id, line, plate};

/// Limit of changes that wait for the writer.
const WAITING: usize = 1_024;

/// Another process at a change.
struct Other(SqliteConnection);

impl Other {
    async fn begin(place: &Place) -> Self {
        let mut connection = SqliteConnection::connect(&place.url).await.unwrap();
        connection.execute("begin immediate").await.unwrap();
        Self(connection)
    }

    async fn end(mut self) {
        self.0.execute("rollback").await.unwrap();
    }
}

/// Makes these changes as one group: they begin while another process is at a change, which then ends.
async fn as_group<T>(
    place: &Place,
    changes: impl IntoIterator<Item = impl Future<Output = T>>,
) -> Vec<T> {
    let other = Other::begin(place).await;
    // Each future is polled once before the other process ends.
    join(join_all(changes), other.end()).await.0
}

/// Notes lines of the log, as many at once as there are, each a change.
async fn note(store: &dyn Store, number: i64) -> Result<()> {
    store.record(&[(line(), at(number))]).await
}

/// The number of commits in the write-ahead file.
fn commits(place: &Place) -> usize {
    const HEADER: usize = 32;
    const PAGE: usize = 4096;
    const FRAME_HEADER: usize = 24;
    let file = place.folder.as_ref().unwrap().path().join("letaxi.db-wal");
    let bytes = std::fs::read(file).unwrap();
    // https://www.sqlite.org/fileformat2.html#walformat: the size of the database, which only the last page of a commit
    // tells.
    let is_last = |frame: &&[u8]| frame[4..8] != [0; 4];
    bytes[HEADER..].chunks_exact(FRAME_HEADER + PAGE).filter(is_last).count()
}

async fn changes_that_wait_share_a_commit(place: Place) {
    let store = &*place.store;
    let before = commits(&place);
    for outcome in as_group(&place, (0..20).map(|number| note(store, number))).await {
        outcome.unwrap();
    }
    assert_eq!(commits(&place) - before, 1);
    assert_eq!(place.activity_lines().await, 20);
    // A change that nobody waits behind commits itself.
    note(store, 1).await.unwrap();
    note(store, 2).await.unwrap();
    assert_eq!(commits(&place) - before, 3);
}

async fn a_commit_waits_for_64_changes_at_most(place: Place) {
    let store = &*place.store;
    let before = commits(&place);
    for outcome in as_group(&place, (0..130).map(|number| note(store, number))).await {
        outcome.unwrap();
    }
    assert_eq!(commits(&place) - before, 3);
    assert_eq!(place.activity_lines().await, 130);
}

type Changes<'a> = Vec<Pin<Box<dyn Future<Output = bool> + Send + 'a>>>;

async fn a_change_of_a_group_fails_panics_or_is_dropped_alone(place: Place) {
    let store = &*place.store;
    let (taxi, _) = free_taxi(store).await;
    // The last one, which goes to the database behind the others, is of an account that there is not.
    let call = |account| CallRecord {
        id: 0,
        account,
        hail: hail_id(1),
        endpoint: String::new(),
        at: at(1),
        took_ms: 1,
        failure: None,
        is_test: false,
    };
    let mut calls = vec![call(taxi.operator); 500];
    calls.push(call(AccountId(999)));
    for polls in 0..12 {
        let lines = place.activity_lines().await;
        let (new, panicking) = (plate("NE-111-WW"), |_: Option<&_>| panic!("on purpose"));
        let none = |_| Vec::new();
        let free = Wish { status: Some(VehicleStatus::Free), ..Wish::default() };
        let changes: Changes<'_> = vec![
            Box::pin(async { note(store, 1).await.is_ok() }),
            Box::pin(async {
                let put = store.put_vehicle(taxi.operator, &new, &panicking, &[], at(9));
                AssertUnwindSafe(put).catch_unwind().await.is_err()
            }),
            Box::pin(async { note(store, 2).await.is_ok() }),
            Box::pin(async { store.record_calls(&calls).await.is_err() }),
            Box::pin(async { note(store, 3).await.is_ok() }),
            Box::pin(async {
                cut(store.record(&[(line(), at(1)), (line(), at(2))]), polls).await;
                true
            }),
            Box::pin(async {
                store.wish(taxi.operator, taxi.id, free, &none, at(10)).await.unwrap().is_some()
            }),
            Box::pin(async { note(store, 4).await.is_ok() }),
        ];
        assert_eq!(as_group(&place, changes).await, [true; 8], "after {polls} polls");
        let made = place.activity_lines().await - lines;
        assert!([4, 6].contains(&made), "{made} after {polls} polls");
        let details = store.taxi_details(taxi.operator, taxi.id).await.unwrap().unwrap();
        assert_eq!(details.description.status, VehicleStatus::Free);
        assert_eq!(store.list_calls(taxi.operator, None, 1).await.unwrap(), []);
    }
}

async fn changes_are_refused_at_once_where_too_many_wait(place: Place) {
    let store = &*place.store;
    // One is at the writer, and waits for the other process.
    let all = (0..WAITING + 11).map(|_| note(store, 1));
    let outcomes = as_group(&place, all).await;
    let refused: Vec<_> = outcomes.into_iter().filter_map(Result::err).collect();
    assert_eq!(refused.len(), 10);
    for error in refused {
        assert_eq!(error.trouble(), Some(Trouble::Busy), "{error}");
    }
    assert_eq!(place.activity_lines().await, i64::try_from(WAITING + 1).unwrap());
    note(store, 2).await.unwrap();
}

/// Makes a test of each of these.
macro_rules! on_sqlite {
    ($($test:ident),* $(,)?) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $test() {
                super::visit(super::Place::sqlite().await, super::$test).await;
            })*
        }
    };
}
on_sqlite![
    changes_that_wait_share_a_commit,
    a_commit_waits_for_64_changes_at_most,
    a_change_of_a_group_fails_panics_or_is_dropped_alone,
    changes_are_refused_at_once_where_too_many_wait,
];
