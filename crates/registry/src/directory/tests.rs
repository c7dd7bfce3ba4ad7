//! Tests of the directory through its public methods.

use VehicleStatus::{Free, Off};

use super::*;
use crate::AccountFields;

fn account(id: i64, email: &str) -> Account {
    let fields = AccountFields { email: email.to_owned(), ..AccountFields::default() };
    Account { id: AccountId(id), fields }
}

#[test]
fn a_key_opens_its_account_until_it_is_taken_back() {
    let directory = Directory::default();
    directory.put_account(&account(1, "a@x.fr"));
    directory.put_key([7; 32], AccountId(1));
    assert_eq!(directory.account_of_key(&[7; 32]).map(|a| a.id), Some(AccountId(1)));
    directory.take_key(&[7; 32]);
    assert_eq!(directory.account_of_key(&[7; 32]), None);
}

#[test]
fn an_account_that_changes_its_email_is_found_by_the_new_one_only() {
    let directory = Directory::default();
    directory.put_account(&account(1, "old@x.fr"));
    directory.put_account(&account(1, "new@x.fr"));
    assert_eq!(directory.account_of_email("old@x.fr"), None);
    assert!(directory.account_of_email("new@x.fr").is_some());
}

#[test]
fn an_account_is_found_by_its_email_in_any_case_and_first_by_the_exact_one() {
    let directory = Directory::default();
    let id = |email: &str| directory.account_of_email(email).map(|account| account.id.0);
    directory.put_account(&account(1, "Ada@x.fr"));
    assert_eq!((id("Ada@x.fr"), id("aDA@X.FR"), id("ad@x.fr")), (Some(1), Some(1), None));
    // Two accounts from a time when addresses were compared with their case.
    directory.put_account(&account(2, "ada@x.fr"));
    assert_eq!((id("Ada@x.fr"), id("ada@x.fr"), id("ADA@x.fr")), (Some(1), Some(2), Some(1)));
    directory.put_account(&account(1, "Bob@x.fr"));
    assert_eq!((id("Ada@x.fr"), id("ADA@x.fr"), id("bob@x.fr")), (Some(2), Some(2), Some(1)));
    directory.set_accounts(vec![account(3, "ADA@x.fr"), account(4, "ada@x.fr")], Vec::new());
    assert_eq!((id("Ada@x.fr"), id("ada@x.fr"), id("bob@x.fr")), (Some(3), Some(4), None));
}

#[test]
fn the_later_writer_is_believed_even_if_the_clock_went_back() {
    let directory = Directory::default();
    let (vehicle, account) = (VehicleId(1), AccountId(1));
    let entry = |status, seconds| DescriptionEntry {
        status,
        status_at: chrono::DateTime::from_timestamp(seconds, 0).expect("a time"),
        radius_m: None,
        card: Card::default(),
    };
    directory.put_description(vehicle, account, entry(Off, 2));
    directory.put_description(vehicle, account, entry(Free, 1));
    let known = directory.description(vehicle, account).expect("it was put in");
    assert_eq!(known.status, Free);
}

#[test]
fn the_end_of_an_old_hail_does_not_close_the_new_one() {
    let directory = Directory::default();
    let (old, new) = ("0000001".parse().expect("id"), "0000002".parse().expect("id"));
    directory.open(VehicleId(1), new);
    directory.close(VehicleId(1), old);
    assert_eq!(directory.open_hail(VehicleId(1)), Some(new));
    directory.close(VehicleId(1), new);
    assert_eq!(directory.open_hail(VehicleId(1)), None);
}

fn taxi_of(vehicle: i64, operator: i64) -> TaxiEntry {
    TaxiEntry {
        vehicle: VehicleId(vehicle),
        town: "75056".parse().expect("a code"),
        operator: AccountId(operator),
        added_at: Time::UNIX_EPOCH,
        last_seen_at: Time::UNIX_EPOCH,
        number: 1,
    }
}

fn says(status: VehicleStatus) -> DescriptionEntry {
    let status_at = Time::UNIX_EPOCH;
    DescriptionEntry { status, status_at, radius_m: None, card: Card::default() }
}

#[test]
fn a_slot_is_there_for_who_describes_the_vehicle_and_follows_what_is_said() {
    let directory = Directory::default();
    let (taxi, own, other) = ("taxiAAA".parse().expect("id"), AccountId(1), AccountId(2));
    assert_eq!(directory.slot_to_report(taxi, own), None, "there is no such taxi");
    directory.put_taxi(taxi, taxi_of(7, 1));
    assert_eq!(directory.slot_to_report(taxi, own), None, "nobody describes its vehicle");
    directory.put_description(VehicleId(7), own, says(Off));
    let slot = directory.slot_to_report(taxi, own).expect("it is described");
    assert_eq!(directory.slot_to_report(taxi, other), None);
    directory.put_description(VehicleId(7), other, says(Free));
    let others = directory.slot_to_report(taxi, other).expect("it is described");
    assert_ne!(slot, others);

    let status = |slot| {
        let state = directory.fleet().state_word(slot).state();
        state.map(|state| (state.status, state.own_status, state.in_open_hail))
    };
    assert_eq!(status(slot), Some((Off, Off, false)));
    assert_eq!(status(others), Some((Free, Off, false)));
    directory.put_description(VehicleId(7), own, says(Free));
    directory.open(VehicleId(7), "00000ff".parse().expect("id"));
    assert_eq!(status(others), Some((Free, Free, true)));
    directory.take_description(VehicleId(7), own);
    assert_eq!((status(slot), status(others)), (None, None), "nobody takes its hails");
    assert_eq!(directory.slot_to_report(taxi, own), None, "it is described no more");
    directory.put_description(VehicleId(7), own, says(Free));
    assert_eq!(directory.slot_to_report(taxi, own), Some(slot), "numbers stay");
}

#[test]
fn a_taxi_that_changes_its_vehicle_is_judged_by_the_new_one() {
    let directory = Directory::default();
    let (taxi, own) = ("taxiAAA".parse().expect("id"), AccountId(1));
    directory.put_taxi(taxi, taxi_of(7, 1));
    directory.put_description(VehicleId(7), own, says(Free));
    let slot = directory.slot_to_report(taxi, own).expect("it is described");
    directory.put_description(VehicleId(8), own, says(Off));
    directory.put_taxi(taxi, taxi_of(8, 1));
    let state = directory.fleet().state_word(slot).state();
    assert_eq!(state.map(|state| state.own_status), Some(Off));
}

#[test]
fn a_slot_is_alone_while_nothing_else_is_reported_of_its_vehicle() {
    let directory = Directory::default();
    let [taxi, second] = ["taxiAAA", "taxiBBB"].map(|id| id.parse().expect("id"));
    let [own, other] = [1, 2].map(AccountId);
    let alone = |slot| directory.fleet().state_word(slot).state().map(|state| state.is_alone);
    directory.put_taxi(taxi, taxi_of(7, 1));
    directory.put_taxi(second, taxi_of(8, 1));
    for (vehicle, account) in [(7, own), (7, other), (8, own)] {
        directory.put_description(VehicleId(vehicle), account, says(Free));
    }
    let slot = directory.slot_to_report(taxi, own).expect("it is described");
    let moves = directory.slot_to_report(second, own).expect("it is described");
    assert_eq!([slot, moves].map(alone), [Some(true); 2]);
    directory.put_taxi(second, taxi_of(7, 1));
    assert_eq!([slot, moves].map(alone), [Some(false); 2], "one vehicle, two taxis");
    directory.put_taxi(second, taxi_of(8, 1));
    assert_eq!([slot, moves].map(alone), [Some(true); 2]);
    let others = directory.slot_to_report(taxi, other).expect("it is described");
    assert_eq!([slot, others, moves].map(alone), [Some(false), Some(false), Some(true)]);
}

#[test]
fn the_radii_of_a_vehicle_follow_what_is_said_of_it() {
    let directory = Directory::default();
    let (vehicle, one, two) = (VehicleId(7), AccountId(1), AccountId(2));
    let radii = || {
        let mut all = Vec::new();
        directory.each_radii(|vehicle, radii| all.push((vehicle, radii)));
        all
    };
    let expect = |described, chosen, sum_m| {
        assert_eq!(radii(), [(vehicle, Radii { described, chosen, sum_m })]);
    };
    directory.put_description(vehicle, one, says(Free));
    expect(1, 0, 0);
    let chosen = |radius_m| DescriptionEntry { radius_m: Some(radius_m), ..says(Free) };
    directory.put_description(vehicle, two, chosen(300));
    directory.put_description(vehicle, one, chosen(200));
    expect(2, 2, 500);
    directory.put_description(vehicle, two, chosen(400));
    expect(2, 2, 600);
    directory.take_description(vehicle, two);
    expect(1, 1, 200);
}

#[test]
fn an_open_hail_is_noted_as_it_is() {
    let directory = Directory::default();
    for hail in ["0000000", "fffffff", "0a1b2c3"] {
        let hail = hail.parse().expect("id");
        directory.open(VehicleId(1), hail);
        assert_eq!(directory.open_hail(VehicleId(1)), Some(hail));
    }
}

#[test]
fn vehicles_that_are_one_car_are_in_one_open_hail() {
    let directory = Directory::default();
    let (own, hail) = (AccountId(1), "00000ff".parse().expect("id"));
    let enrol = |taxi: &str, vehicle: i64, plate: &str| {
        let taxi = taxi.parse().expect("id");
        directory.put_taxi(taxi, taxi_of(vehicle, 1));
        let plate = plate.parse().expect("a plate");
        directory.put_vehicle(&Vehicle { id: VehicleId(vehicle), plate });
        directory.put_description(VehicleId(vehicle), own, says(Free));
        directory.slot_to_report(taxi, own).expect("it is described")
    };
    let in_open_hail = |slot| {
        let state = directory.fleet().state_word(slot).state();
        state.expect("it is described").in_open_hail
    };
    let first = enrol("taxiAAA", 7, "AB-123-CD");
    let second = enrol("taxiBBB", 8, "ab123cd");
    let other = enrol("taxiCCC", 9, "AB-124-CD");
    assert_eq!(directory.car(VehicleId(8)).as_deref(), Some("AB123CD"));
    directory.open(VehicleId(7), hail);
    assert_eq!([first, second, other].map(in_open_hail), [true, true, false]);
    let late = enrol("taxiDDD", 10, "AB 123 CD");
    assert!(in_open_hail(late), "it came while its car was in a hail");
    directory.close(VehicleId(10), hail);
    assert_eq!([first, second, late].map(in_open_hail), [false; 3]);

    // A hail of a vehicle that was never added.
    directory.open(VehicleId(11), hail);
    let described_late = enrol("taxiEEE", 11, "AB.123.CD");
    assert_eq!([first, second, described_late].map(in_open_hail), [true; 3]);
    directory.close(VehicleId(7), hail);
    assert_eq!([first, second, described_late].map(in_open_hail), [false; 3]);
}
