//! Sampled searches.

use storage::samples::SampledSearch;
use territory::Point;

use crate::place::Place;
use crate::world::{account, at};
use registry::Role;

crate::tests![a_sample_comes_back_as_it_was_written, samples_are_deleted_from_the_oldest];

async fn written(place: &Place, seconds: &[i64]) -> Vec<SampledSearch> {
    let store = &*place.store;
    let account = account(store, 1, Role::Client).await;
    let sample = |seconds: &i64| SampledSearch {
        id: 0,
        at: at(*seconds),
        account,
        // A number with all its digits: the key of a search is made of it.
        point: Point::new(2.300_000_000_000_000_3, 48.123_456_789_012_34).unwrap(),
        town: "75056".parse().unwrap(),
        candidates: 3,
        shown: 2,
        facts: format!("{{\"n\":{seconds}}}"),
    };
    let samples: Vec<_> = seconds.iter().map(sample).collect();
    store.record_samples(&samples).await.unwrap();
    samples
}

async fn a_sample_comes_back_as_it_was_written(place: Place) {
    let samples = written(&place, &[1, 2, 3]).await;
    let newest = place.store.newest_samples(2).await.unwrap();
    let (first, second) = (newest[0].clone(), newest[1].clone());
    assert!(newest.len() == 2 && first.id > second.id);
    assert_eq!(first, SampledSearch { id: first.id, facts: String::new(), ..samples[2].clone() });
    let whole = place.store.sample(second.id).await.unwrap();
    assert_eq!(whole, Some(SampledSearch { id: second.id, ..samples[1].clone() }));
    assert_eq!(place.store.sample(first.id + 1).await.unwrap(), None);
}

async fn samples_are_deleted_from_the_oldest(place: Place) {
    written(&place, &[1, 2, 3]).await;
    let store = &*place.store;
    assert_eq!(store.oldest().await.unwrap().exact_place, Some(at(1)));
    assert_eq!(store.delete_samples(at(3)).await.unwrap(), 2);
    assert_eq!(store.newest_samples(9).await.unwrap().len(), 1);
    assert_eq!(store.oldest().await.unwrap().exact_place, Some(at(3)));
}
