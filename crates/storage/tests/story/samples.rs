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
        facts: format!("{{\"n\":{seconds}}}"),
    };
    let samples: Vec<_> = seconds.iter().map(sample).collect();
    store.record_samples(&samples).await.unwrap();
    samples
}

async fn a_sample_comes_back_as_it_was_written(place: Place) {
    let samples = written(&place, &[1, 2, 3]).await;
    let newest = place.store.newest_samples(2).await.unwrap();
    let ids = newest.iter().map(|sample| sample.id).collect::<Vec<_>>();
    assert!(ids.len() == 2 && ids[0] > ids[1], "{ids:?}");
    let expected = [2, 1].map(|place| samples[place].clone());
    let expected = ids.iter().zip(expected).map(|(id, sample)| SampledSearch { id: *id, ..sample });
    assert_eq!(newest, expected.collect::<Vec<_>>());
    assert_eq!(place.store.sample(ids[1]).await.unwrap().as_ref(), Some(&newest[1]));
    assert_eq!(place.store.sample(ids[0] + 1).await.unwrap(), None);
}

async fn samples_are_deleted_from_the_oldest(place: Place) {
    written(&place, &[1, 2, 3]).await;
    let store = &*place.store;
    assert_eq!(store.oldest().await.unwrap().exact_place, Some(at(1)));
    assert_eq!(store.delete_samples(at(3)).await.unwrap(), 2);
    assert_eq!(store.newest_samples(9).await.unwrap().len(), 1);
    assert_eq!(store.oldest().await.unwrap().exact_place, Some(at(3)));
}
