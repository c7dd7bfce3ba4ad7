//! Every route of the contract, in one list.

use axum::routing::{get, post, put};

use super::{
    activity, customers, drivers, hail_lists, hails, internal, licences, positions, search,
    stations, stats, taxis, users, vehicles, zones,
};
use crate::api::Route;
use crate::api::openapi::Chapter;

/// Paths of the contract and their handlers.
pub(crate) fn routes() -> Vec<Route> {
    vec![
        // What operators register, and where their taxis are.
        ("/drivers", post(drivers::put_driver)),
        ("/vehicles", post(vehicles::put_vehicle)),
        ("/ads", post(licences::put_licence)),
        ("/taxis", get(search::list_taxis).post(taxis::put_taxi)),
        ("/taxis/all", get(taxis::list_taxis)),
        ("/taxis/{id}", get(taxis::get_taxi).put(taxis::update_taxi)),
        ("/geotaxi", post(positions::report_positions)),
        // Hails, from the request to the end of the ride.
        ("/hails", get(hail_lists::list_hails).post(hails::create_hail)),
        ("/hails/{id}", get(hails::get_hail).put(hails::update_hail)),
        ("/sessions", get(hail_lists::list_sessions)),
        ("/customers/{id}", put(customers::update_customer)),
        // The land.
        ("/zupc", get(zones::list_zones)),
        ("/zupc/live", get(zones::list_zone_shapes)),
        ("/towns", get(zones::list_towns)),
        ("/stations/all", get(stations::list_stations)),
        ("/stations/stations.csv", get(stations::stations_csv)),
        ("/stations/stations.json", get(stations::stations_geojson)),
        // Accounts, and who did what.
        ("/users", get(users::list_users)),
        ("/users/{id}", get(users::get_user).put(users::update_user)),
        ("/internal/auth", post(internal::log_in)),
        ("/internal/customers", get(internal::list_customers)),
        ("/activity_logs", get(activity::list_activity)),
        // Figures.
        ("/stats/taxis", get(stats::taxis)),
        ("/stats/hails", get(stats::hails)),
        ("/stats/groupements", get(stats::fleets)),
        ("/stats/adsmap", get(stats::taxi_map)),
        ("/stats/groups", get(stats::groups)),
        ("/stats/managers", get(stats::managers)),
        ("/stats/searches", get(stats::searches)),
        ("/stats/heatmap_hails", get(stats::hail_points)),
        ("/stats/heatmap_taxis", get(stats::taxi_points)),
        ("/stats/heatmap_searches", get(stats::search_points)),
        ("/stats/letaxi", get(stats::public)),
    ]
}

/// Operations of the contract by subject.
pub(crate) fn chapters() -> [Chapter; 5] {
    [
        (
            ["Drivers, vehicles, licences and taxis", "Conducteurs, véhicules, ADS et taxis"],
            [
                drivers::reference(),
                vehicles::reference(),
                licences::reference(),
                taxis::reference(),
                positions::reference(),
            ]
            .concat(),
        ),
        (
            ["Search and hails", "Recherche et courses"],
            [
                search::reference(),
                hails::reference(),
                hail_lists::reference(),
                customers::reference(),
            ]
            .concat(),
        ),
        (
            ["Towns, zones and taxi ranks", "Communes, ZUPC et stations"],
            [zones::reference(), stations::reference()].concat(),
        ),
        (
            ["Accounts", "Comptes"],
            [users::reference(), internal::reference(), activity::reference()].concat(),
        ),
        (["Figures", "Statistiques"], stats::reference()),
    ]
}
