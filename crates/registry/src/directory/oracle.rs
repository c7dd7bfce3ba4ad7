//! Property test of the state words: after any changes, each equals the facts of plain maps.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;

/// One change of the directory. Taxis, vehicles, accounts, hails and plates are small numbers.
#[derive(Clone, Debug)]
enum Change {
    Taxi { taxi: usize, vehicle: i64, operator: i64, town: usize },
    Describe { vehicle: i64, account: i64, status: VehicleStatus, radius_m: Option<i32> },
    Undescribe { vehicle: i64, account: i64 },
    Vehicle { vehicle: i64, plate: usize },
    Open { vehicle: i64, hail: usize },
    Close { vehicle: i64, hail: usize },
    Report { taxi: usize, account: i64 },
}

const TAXIS: [&str; 3] = ["taxiAAA", "taxiBBB", "taxiCCC"];
const TOWNS: [&str; 2] = ["75056", "2A004"];
const HAILS: [&str; 2] = ["0000001", "00000ff"];
/// The first two are one car.
const PLATES: [&str; 3] = ["AB-123-CD", "ab123cd", "ZZ-999-ZZ"];

fn parsed<T: std::str::FromStr<Err: std::fmt::Debug>>(text: &str) -> T {
    text.parse().expect("it is valid")
}

fn change() -> impl Strategy<Value = Change> {
    let (vehicle, account, number) = (0..3_i64, 0..2_i64, 0..2_usize);
    let status = prop::sample::select(&VehicleStatus::ALL[..]);
    let radius_m = prop::option::of(150..=500_i32);
    prop_oneof![
        (0..3_usize, vehicle.clone(), account.clone(), number.clone()).prop_map(
            |(taxi, vehicle, operator, town)| Change::Taxi { taxi, vehicle, operator, town }
        ),
        (vehicle.clone(), account.clone(), status, radius_m).prop_map(
            |(vehicle, account, status, radius_m)| Change::Describe {
                vehicle,
                account,
                status,
                radius_m
            }
        ),
        (vehicle.clone(), account.clone())
            .prop_map(|(vehicle, account)| Change::Undescribe { vehicle, account }),
        (vehicle.clone(), 0..3_usize)
            .prop_map(|(vehicle, plate)| Change::Vehicle { vehicle, plate }),
        (vehicle.clone(), number.clone())
            .prop_map(|(vehicle, hail)| Change::Open { vehicle, hail }),
        (vehicle, number).prop_map(|(vehicle, hail)| Change::Close { vehicle, hail }),
        (0..3_usize, account).prop_map(|(taxi, account)| Change::Report { taxi, account }),
    ]
}

/// The same facts in plain maps.
#[derive(Default)]
struct Facts {
    /// Vehicle, operator and town of each taxi.
    taxis: BTreeMap<usize, (i64, i64, usize)>,
    /// By vehicle and account.
    descriptions: BTreeMap<(i64, i64), (VehicleStatus, Option<i32>)>,
    /// By vehicle.
    cars: BTreeMap<i64, String>,
    /// Open hails by car.
    hails: BTreeMap<String, usize>,
    slots: BTreeMap<(usize, i64), SlotId>,
}

impl Facts {
    /// A vehicle is a car of its own until its plate is known.
    fn car(&self, vehicle: i64) -> String {
        self.cars.get(&vehicle).cloned().unwrap_or_else(|| format!("vehicle {vehicle}"))
    }

    fn state(&self, taxi: usize, account: i64) -> Option<State> {
        let (vehicle, operator, town) = *self.taxis.get(&taxi)?;
        let (status, radius_m) = *self.descriptions.get(&(vehicle, account))?;
        let (own_status, _) = *self.descriptions.get(&(vehicle, operator))?;
        let of_vehicle = self.slots.keys().filter(|(taxi, _)| self.taxis[taxi].0 == vehicle);
        Some(State {
            status,
            own_status,
            in_open_hail: self.hails.contains_key(&self.car(vehicle)),
            is_alone: of_vehicle.count() == 1,
            radius_m,
            town: parsed(TOWNS[town]),
        })
    }

    fn apply(&mut self, directory: &Directory, change: &Change) {
        match *change {
            Change::Taxi { taxi, vehicle, operator, town } => {
                self.taxis.insert(taxi, (vehicle, operator, town));
                let entry = TaxiEntry {
                    vehicle: VehicleId(vehicle),
                    town: parsed(TOWNS[town]),
                    operator: AccountId(operator),
                    added_at: Time::UNIX_EPOCH,
                    last_seen_at: Time::UNIX_EPOCH,
                    number: 1,
                };
                directory.put_taxi(parsed(TAXIS[taxi]), entry);
            }
            Change::Describe { vehicle, account, status, radius_m } => {
                self.descriptions.insert((vehicle, account), (status, radius_m));
                let (status_at, card) = (Time::UNIX_EPOCH, Card::default());
                let entry = DescriptionEntry { status, status_at, radius_m, card };
                directory.put_description(VehicleId(vehicle), AccountId(account), entry);
            }
            Change::Undescribe { vehicle, account } => {
                self.descriptions.remove(&(vehicle, account));
                directory.take_description(VehicleId(vehicle), AccountId(account));
            }
            Change::Vehicle { vehicle, plate } => {
                let plate: crate::LicencePlate = parsed(PLATES[plate]);
                if !self.cars.contains_key(&vehicle) {
                    let own = self.hails.remove(&self.car(vehicle));
                    self.cars.insert(vehicle, plate.car());
                    if let Some(hail) = own {
                        self.hails.entry(plate.car()).or_insert(hail);
                    }
                }
                directory.put_vehicle(&Vehicle { id: VehicleId(vehicle), plate });
            }
            Change::Open { vehicle, hail } => {
                self.hails.insert(self.car(vehicle), hail);
                directory.open(VehicleId(vehicle), parsed(HAILS[hail]));
            }
            Change::Close { vehicle, hail } => {
                let car = self.car(vehicle);
                if self.hails.get(&car) == Some(&hail) {
                    self.hails.remove(&car);
                }
                directory.close(VehicleId(vehicle), parsed(HAILS[hail]));
            }
            Change::Report { taxi, account } => {
                let slot = directory.slot_to_report(parsed(TAXIS[taxi]), AccountId(account));
                if let Some(slot) = slot {
                    self.slots.insert((taxi, account), slot);
                }
            }
        }
    }
}

proptest! {
    #[test]
    fn each_state_word_says_what_plain_maps_say(
        changes in prop::collection::vec(change(), 1..80),
    ) {
        let (directory, mut facts) = (Directory::default(), Facts::default());
        for change in &changes {
            facts.apply(&directory, change);
            for ((taxi, account), slot) in &facts.slots {
                let state = directory.fleet().state_word(*slot).state();
                prop_assert_eq!(state, facts.state(*taxi, *account), "{:?}", change);
            }
            // Also of accounts that never reported the taxi.
            for taxi in facts.taxis.keys() {
                for account in 0..2 {
                    let state = directory.fleet().state(parsed(TAXIS[*taxi]), AccountId(account));
                    prop_assert_eq!(state, facts.state(*taxi, account), "{:?}", change);
                }
            }
        }
    }
}
