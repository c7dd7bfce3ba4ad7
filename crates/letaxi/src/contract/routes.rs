//! Chapters of the contract: each file's routes by subject, in the order of the reference.

use super::{
    activity, customers, drivers, hail_lists, hails, internal, licences, positions, search,
    stations, stats, taxis, users, vehicles, zones,
};
use crate::api::route::Chapter;

/// Routes of the contract by subject.
pub(crate) fn chapters() -> [Chapter; 5] {
    [
        (
            ["Drivers, vehicles, licences and taxis", "Conducteurs, véhicules, ADS et taxis"],
            [
                drivers::routes(),
                vehicles::routes(),
                licences::routes(),
                taxis::routes(),
                positions::routes(),
            ]
            .concat(),
        ),
        (
            ["Search and hails", "Recherche et courses"],
            [search::routes(), hails::routes(), hail_lists::routes(), customers::routes()].concat(),
        ),
        (
            ["Towns, zones and taxi ranks", "Communes, ZUPC et stations"],
            [zones::routes(), stations::routes()].concat(),
        ),
        (
            ["Accounts", "Comptes"],
            [users::routes(), internal::routes(), activity::routes()].concat(),
        ),
        (["Figures", "Statistiques"], stats::routes()),
    ]
}
