//! Removal of old keys in bounded steps.

use positions::Index;

use crate::point;

fn index_of(keys: u32, at_s: u32) -> Index<u32> {
    let index = Index::new();
    for key in 0..keys {
        index.update(key, point(2.35 + f64::from(key) * 1e-3, 48.86), at_s);
    }
    index
}

#[test]
fn one_call_forgets_no_more_than_it_may_and_the_rest_is_left_for_the_next() {
    let index = index_of(1_000, 100);
    assert_eq!(index.expire(101, 300), 300);
    assert_eq!(index.len(), 700);
    assert_eq!(index.expire(101, usize::MAX), 700);
    assert!(index.is_empty());
}

#[test]
fn a_fix_of_the_very_second_is_not_old() {
    let index = index_of(10, 100);
    assert_eq!(index.expire(100, usize::MAX), 0);
    assert_eq!(index.len(), 10);
}

#[test]
fn who_reports_stays_and_who_falls_silent_goes() {
    let index = index_of(100, 1_000);
    for now_s in 1_001..2_000 {
        for key in 0..50 {
            index.update(key, point(2.35, 48.86), now_s);
        }
        index.expire(now_s - 120, 20);
    }
    assert_eq!(index.len(), 50);
    assert!((0..50).all(|key| index.get(key).is_some()));
}

#[test]
fn ageing_looks_at_a_key_that_reports_once_per_lifetime_of_its_fix() {
    let index = index_of(100, 1_000);
    index.update(100, point(2.35, 48.86), 1_001);
    for key in 0..100 {
        index.update(key, point(2.35, 48.86), 1_100);
    }
    // A hundred checks file the hundred keys again; the next one meets the silent key at once.
    assert_eq!(index.expire(1_002, 100) + index.expire(1_002, 1), 1);
    assert_eq!(index.expire(1_100, usize::MAX), 0);
    assert_eq!(index.len(), 100);
}

#[test]
fn a_fix_from_the_far_future_keeps_nobody_else_alive() {
    let index = index_of(100, u32::MAX);
    for key in 100..200 {
        index.update(key, point(2.35, 48.86), 50);
    }
    assert_eq!(index.expire(51, usize::MAX), 100);
    assert_eq!(index.len(), 100);
}

#[test]
fn a_key_that_went_and_came_back_is_aged_by_its_new_fix() {
    let index = index_of(1, 100);
    for at_s in [100, 100, 150] {
        index.remove(0);
        index.update(0, point(2.35, 48.86), at_s);
    }
    assert_eq!(index.expire(150, usize::MAX), 0);
    assert!(index.get(0).is_some());
    assert_eq!(index.expire(151, usize::MAX), 1);
    assert!(index.is_empty());
}

#[test]
fn what_a_key_that_came_and_went_often_leaves_behind_is_cleared_once() {
    let index = index_of(1, 100);
    for _ in 0..1_000 {
        index.remove(0);
        index.update(0, point(2.35, 48.86), 100);
    }
    for key in 0..=30 {
        index.update(key, point(2.35, 48.86), 150);
    }
    assert_eq!(index.expire(101, usize::MAX), 0);
    index.update(0, point(2.35, 48.86), 200);
    // One check for the key that still reports, one for each silent key.
    assert_eq!(index.expire(151, 31), 30);
}
