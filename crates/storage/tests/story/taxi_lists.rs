//! Lists of the taxis that an account bound.

use registry::{AccountId, Role, TaxiId, Time};
use storage::Store;
use storage::lists::{TaxiFilter, Window};

use crate::place::Place;
use crate::world::{ALL, account, at, at_ms, features, paris, plate, taxi, taxi_bound_at, taxi_id};

crate::tests![
    taxis_are_listed_newest_first_with_all_that_is_known,
    an_account_lists_the_taxis_that_it_bound,
    each_filter_keeps_the_taxis_that_fit,
];

/// The ids of an account's taxis that fit, and the total.
async fn listed_taxis(
    store: &dyn Store,
    account: AccountId,
    filter: &TaxiFilter,
    window: Window,
) -> (Vec<TaxiId>, i64) {
    let listed = store.list_taxis(account, filter, window).await.unwrap();
    (listed.elements.iter().map(|details| details.taxi.id).collect(), listed.total)
}

fn taxi_ids(ids: &[&str]) -> Vec<TaxiId> {
    ids.iter().map(|id| taxi_id(id)).collect()
}

/// An operator with four taxis; the last two were bound at one moment.
async fn four_taxis(store: &dyn Store) -> AccountId {
    let operator = account(store, 1, Role::Operator).await;
    let bind = async |id, on, now: Time| taxi_bound_at(store, operator, id, on, now).await;
    bind("ABCDEFG", "AB-123-CD", at_ms(1_500)).await;
    bind("abcHJKL", "AB-123-EF", at(1)).await;
    bind("zzzzzzz", "123 XYZ 75", at(2)).await;
    bind("ZZZZZZZ", "AA-999-AA", at(2)).await;
    operator
}

async fn taxis_are_listed_newest_first_with_all_that_is_known(place: Place) {
    let store = &*place.store;
    let operator = four_taxis(store).await;
    let everything = TaxiFilter::default();
    let page =
        async |skip, take| listed_taxis(store, operator, &everything, Window { skip, take }).await;
    assert_eq!(page(0, 3).await, (taxi_ids(&["zzzzzzz", "ZZZZZZZ", "ABCDEFG"]), 4));
    assert_eq!(page(3, 3).await, (taxi_ids(&["abcHJKL"]), 4));
    assert_eq!(page(4, 3).await, (vec![], 4));
    assert_eq!(page(0, 0).await, (vec![], 4));
    let listed = store.list_taxis(operator, &everything, ALL).await.unwrap();
    let newest = &listed.elements[0];
    assert_eq!(newest.taxi.added_at, at(2));
    assert_eq!(newest.vehicle.plate, plate("123 XYZ 75"));
    assert_eq!(newest.licence.number, "licence of zzzzzzz");
    assert_eq!(newest.town_name, "Ville 75056");
    for details in &listed.elements {
        let alone = store.taxi_details(operator, details.taxi.id).await.unwrap();
        assert_eq!(alone.as_ref(), Some(details));
    }
}

async fn an_account_lists_the_taxis_that_it_bound(place: Place) {
    let store = &*place.store;
    let first = account(store, 1, Role::Operator).await;
    let second = account(store, 2, Role::Operator).await;
    let third = account(store, 3, Role::Operator).await;
    paris(store).await;
    // All describe the vehicle; two bound it to a taxi.
    let mut blue = features();
    blue.color = "bleu".into();
    taxi(store, first, "ABCDEFG", "AB-123-CD").await;
    taxi(store, second, "HJKLMNP", "AB-123-CD").await;
    let on = plate("AB-123-CD");
    store.put_vehicle(second, &on, &|_| blue.clone(), &[], at(1)).await.unwrap();
    store.put_vehicle(third, &on, &|_| features(), &[], at(1)).await.unwrap();
    let everything = TaxiFilter::default();
    assert_eq!(listed_taxis(store, first, &everything, ALL).await, (taxi_ids(&["ABCDEFG"]), 1));
    assert_eq!(listed_taxis(store, second, &everything, ALL).await, (taxi_ids(&["HJKLMNP"]), 1));
    assert_eq!(listed_taxis(store, third, &everything, ALL).await, (vec![], 0));
    let listed = store.list_taxis(second, &everything, ALL).await.unwrap();
    assert_eq!(listed.elements[0].description.account, second);
    assert_eq!(listed.elements[0].description.features.color, "bleu");
    let listed = store.list_taxis(first, &everything, ALL).await.unwrap();
    assert_eq!(listed.elements[0].description.features.color, "bleu nuit");
}

async fn each_filter_keeps_the_taxis_that_fit(place: Place) {
    let store = &*place.store;
    let operator = four_taxis(store).await;
    let texts = |texts: &[&str]| Some(texts.iter().map(|text| (*text).to_owned()).collect());
    let ids = |ids: &[&str]| TaxiFilter { ids: texts(ids), plates: None };
    let plates = |plates: &[&str]| TaxiFilter { ids: None, plates: texts(plates) };
    let both = |id, plate| TaxiFilter { ids: texts(&[id]), plates: texts(&[plate]) };
    let table: [(TaxiFilter, &[&str]); 17] = [
        (ids(&["ABCDEFG"]), &["ABCDEFG"]),
        (ids(&["abc"]), &["ABCDEFG", "abcHJKL"]),
        (ids(&["ZZZZZZZ", "abch"]), &["zzzzzzz", "ZZZZZZZ", "abcHJKL"]),
        (ids(&["%", "_BC", "BCD", "ABCDEFGH"]), &[]),
        (ids(&[]), &[]),
        (ids(&[""]), &["zzzzzzz", "ZZZZZZZ", "ABCDEFG", "abcHJKL"]),
        (plates(&["AB-123-CD"]), &["ABCDEFG"]),
        (plates(&["ab123"]), &["ABCDEFG", "abcHJKL"]),
        (plates(&["a b-1 2-3e"]), &["abcHJKL"]),
        (plates(&["123xyz", "AA"]), &["zzzzzzz", "ZZZZZZZ"]),
        (plates(&["%", "_B", "B123", "\\"]), &[]),
        (plates(&["AB-123-CD-E"]), &[]),
        (plates(&[]), &[]),
        (plates(&["-"]), &["zzzzzzz", "ZZZZZZZ", "ABCDEFG", "abcHJKL"]),
        (both("abc", "ab123"), &["ABCDEFG", "abcHJKL"]),
        (both("abch", "ab123"), &["abcHJKL"]),
        (both("zzz", "ab123"), &[]),
    ];
    for (filter, expected) in table {
        let total = i64::try_from(expected.len()).unwrap();
        let listed = listed_taxis(store, operator, &filter, ALL).await;
        assert_eq!(listed, (taxi_ids(expected), total), "{filter:?}");
        let others = listed_taxis(store, AccountId(99), &filter, ALL).await;
        assert_eq!(others, (vec![], 0), "{filter:?}");
    }
}
