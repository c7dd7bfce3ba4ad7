//! Several servers on one database: the list of nodes, and the feed of changes. Only PostgreSQL has them.

use std::collections::BTreeSet;
use std::sync::Arc;

use registry::{Role, Taxi, VehicleStatus};
use sqlx::postgres::PgConnection;
use sqlx::{Connection, Executor};
use storage::enrolment::Wish;
use storage::feed::{Changed, Feed, FeedPlace};
use storage::nodes::{NodeCard, NodeId, NodeState};
use storage::{Error, Process, Sharing, Store};

use crate::place::{Place, visit};
use crate::world::{account, at, free, taxi};

const FIRST: NodeId = NodeId(1);
const SECOND: NodeId = NodeId(2);

fn card(id: NodeId, bus: &str) -> NodeCard {
    NodeCard {
        id,
        name: format!("node{}:5000", id.0),
        version: "0.1.0".to_owned(),
        bus: bus.to_owned(),
        areas: String::new(),
    }
}

async fn node(place: &Place, id: NodeId) -> Arc<dyn Store> {
    storage::open_as(&place.url, Process::Node(id)).await.unwrap()
}

/// The changes since a place, which moves on.
async fn changes(store: &dyn Store, place: &mut FeedPlace) -> BTreeSet<Changed> {
    let Feed::Changes(changes, next) = store.feed(place).await.unwrap() else { panic!("lost") };
    *place = next;
    let count = changes.len();
    let changes: BTreeSet<_> = changes.into_iter().collect();
    assert_eq!(changes.len(), count, "each is told once");
    changes
}

fn description(taxi: &Taxi) -> Changed {
    Changed::Description(taxi.vehicle, taxi.operator)
}

/// A place with a node that reads the feed of it, and two taxis.
async fn followed(place: &Place) -> (Arc<dyn Store>, FeedPlace, [Taxi; 2]) {
    let reader = node(place, FIRST).await;
    let operator = account(&*place.store, 1, Role::Operator).await;
    let one = taxi(&*place.store, operator, "aaaaaaa", "AA-123-AA").await;
    let two = taxi(&*place.store, operator, "bbbbbbb", "BB-123-BB").await;
    let from = reader.feed_place().await.unwrap().unwrap();
    (reader, from, [one, two])
}

#[tokio::test]
async fn a_change_by_another_is_told_once_and_an_own_one_is_not() {
    visit(Place::postgres().await, async |place: Place| {
        let (reader, mut at_place, [one, two]) = followed(&place).await;
        assert_eq!(changes(&*reader, &mut at_place).await, [].into());
        let other = node(&place, SECOND).await;
        free(&*other, &one, at(1)).await;
        free(&*place.store, &two, at(1)).await;
        let told = [description(&one), description(&two)];
        assert_eq!(changes(&*reader, &mut at_place).await, told.into());
        assert_eq!(changes(&*reader, &mut at_place).await, [].into());

        let off = Wish { status: Some(VehicleStatus::Off), radius_m: None };
        reader.wish(one.operator, one.id, off, &|_| Vec::new(), at(2)).await.unwrap().unwrap();
        assert_eq!(changes(&*reader, &mut at_place).await, [].into());
        // Nothing changes, so nothing is told.
        other.wish(one.operator, one.id, off, &|_| Vec::new(), at(3)).await.unwrap().unwrap();
        assert_eq!(changes(&*reader, &mut at_place).await, [].into());

        let made = taxi(&*other, one.operator, "ccccccc", "CC-123-CC").await;
        // Its driver was known, and was posted again.
        let parts = Changed::Parts(one.operator);
        let told = [Changed::Taxi(made.id), description(&made), parts];
        assert_eq!(changes(&*reader, &mut at_place).await, told.into());
        reader.close().await;
        other.close().await;
    })
    .await;
}

#[tokio::test]
async fn a_server_that_is_alone_tells_nobody() {
    visit(Place::postgres().await, async |place: Place| {
        let (reader, _, [one, _]) = followed(&place).await;
        let before = place.number("select count(*) from changes").await;
        let alone = storage::open_as(&place.url, Process::Alone).await.unwrap();
        free(&*alone, &one, at(1)).await;
        assert_eq!(place.number("select count(*) from changes").await, before);
        assert_eq!(alone.feed_place().await.unwrap(), None);
        assert_eq!(place.store.feed_place().await.unwrap(), None);
        reader.close().await;
        alone.close().await;
    })
    .await;
}

#[tokio::test]
async fn changes_that_are_committed_in_another_order_than_they_began_are_all_told() {
    visit(Place::postgres().await, async |place: Place| {
        let (reader, mut at_place, [one, two]) = followed(&place).await;
        let mut early = PgConnection::connect(&place.url).await.unwrap();
        early.execute("begin").await.unwrap();
        let change = "update descriptions set status = 'free' where vehicle_id = 1";
        early.execute(change).await.unwrap();
        // It began later and is committed first: it is told, although the other is still open.
        free(&*place.store, &two, at(1)).await;
        assert_eq!(changes(&*reader, &mut at_place).await, [description(&two)].into());
        assert_eq!(changes(&*reader, &mut at_place).await, [].into());
        early.execute("commit").await.unwrap();
        assert_eq!(changes(&*reader, &mut at_place).await, [description(&one)].into());

        // What is undone is not told.
        early.execute("begin").await.unwrap();
        early.execute("update descriptions set status = 'off'").await.unwrap();
        assert_eq!(changes(&*reader, &mut at_place).await, [].into());
        early.execute("rollback").await.unwrap();
        assert_eq!(changes(&*reader, &mut at_place).await, [].into());
        reader.close().await;
    })
    .await;
}

#[tokio::test]
async fn a_reader_is_told_that_changes_may_be_lost() {
    visit(Place::postgres().await, async |place: Place| {
        let (reader, from, [one, two]) = followed(&place).await;
        free(&*place.store, &one, at(1)).await;
        // Somebody else was away for so long that the feed goes on without it. What is open in another database of
        // the server, such as that of another test, holds back the pruning for so long.
        let mut at_place = reader.feed_place().await.unwrap().unwrap();
        reader.prune_feed(&at_place).await.unwrap();
        while place.number("select count(*) from changes").await > 0 {
            at_place = reader.feed_place().await.unwrap().unwrap();
            reader.prune_feed(&at_place).await.unwrap();
        }
        assert_eq!(reader.feed(&from).await.unwrap(), Feed::Lost);
        free(&*place.store, &two, at(1)).await;
        assert_eq!(changes(&*reader, &mut at_place).await, [description(&two)].into());

        // As after a crash of the database.
        place.execute("truncate changes, changes_state").await;
        assert_eq!(reader.feed(&at_place).await.unwrap(), Feed::Lost);
        let mut anew = reader.feed_place().await.unwrap().unwrap();
        assert_eq!(reader.feed(&at_place).await.unwrap(), Feed::Lost);
        assert_eq!(changes(&*reader, &mut anew).await, [].into());
        reader.close().await;
    })
    .await;
}

#[tokio::test]
async fn nodes_of_one_bus_are_listed_until_they_leave_or_fall_silent() {
    visit(Place::postgres().await, async |place: Place| {
        let store = &*place.store;
        store.join(&card(FIRST, "bus:4222")).await.unwrap();
        store.join(&card(SECOND, "bus:4222")).await.unwrap();
        let state = NodeState { is_connected: true, lag_ms: Some(7) };
        assert!(store.note_alive(SECOND, state).await.unwrap());
        let nodes = store.nodes().await.unwrap();
        assert_eq!(nodes.iter().map(|node| node.card.id).collect::<Vec<_>>(), [FIRST, SECOND]);
        assert_eq!((nodes[0].state, nodes[1].state), (NodeState::default(), state));

        let refused = store.join(&card(NodeId(3), "other:4222")).await.unwrap_err();
        assert!(matches!(refused, Error::OtherBus { .. }), "{refused:?}");
        assert!(refused.to_string().contains("node1:5000"), "{refused}");
        store.leave(FIRST).await.unwrap();
        place.execute("update nodes set seen_at = seen_at - interval '11 seconds'").await;
        assert_eq!(store.nodes().await.unwrap(), []);
        store.join(&card(NodeId(3), "other:4222")).await.unwrap();
        // The silent one was forgotten, and cannot come back to its bus.
        assert!(!store.note_alive(SECOND, state).await.unwrap());
        let refused = store.join(&card(SECOND, "bus:4222")).await.unwrap_err();
        assert!(matches!(refused, Error::OtherBus { .. }), "{refused:?}");
        // With the lock that nobody shares: all others are gone; and the other way round.
        store.join(&card(FIRST, "")).await.unwrap();
        store.join(&card(SECOND, "bus:4222")).await.unwrap();
        let nodes = store.nodes().await.unwrap();
        assert_eq!(nodes.iter().map(|node| node.card.id).collect::<Vec<_>>(), [SECOND]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_nodes_on_several_buses_that_join_at_once_those_of_one_bus_win() {
    visit(Place::postgres().await, async |place: Place| {
        // Many rounds, because connections must be open before they can collide.
        for round in 0..20 {
            place.execute("delete from nodes").await;
            let joining = (1..=8).map(|number| {
                let store = Arc::clone(&place.store);
                let bus = if number % 2 == 0 { "even" } else { "odd" };
                tokio::spawn(async move { store.join(&card(NodeId(number), bus)).await.is_ok() })
            });
            let joining: Vec<_> = joining.collect();
            let mut joined = 0;
            for outcome in joining {
                joined += usize::from(outcome.await.unwrap());
            }
            let buses = place.number("select count(distinct bus) from nodes").await;
            assert_eq!((buses, joined), (1, 4), "round {round}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_is_alone_or_among_those_that_share() {
    visit(Place::postgres().await, async |place: Place| {
        let lock = |sharing| storage::lock(&place.url, sharing);
        let first = lock(Sharing::WithOthers).await.unwrap();
        let second = lock(Sharing::WithOthers).await.unwrap();
        assert!(matches!(lock(Sharing::Alone).await, Err(Error::Served)));
        drop((first, second));
        let alone = lock(Sharing::Alone).await.unwrap();
        assert!(matches!(lock(Sharing::WithOthers).await, Err(Error::Served)));
        drop(alone);
        lock(Sharing::WithOthers).await.unwrap();
    })
    .await;
}
