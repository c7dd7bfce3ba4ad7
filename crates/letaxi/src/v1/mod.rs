//! Our own API beside the contract: `/v1/…`.

mod account_inputs;
mod accounts;
mod around;
mod driver_activity;
mod events;
mod exports;
mod figures;
pub(crate) mod french;
mod heatmap;
mod history;
mod identities;
pub(crate) mod imports;
mod inspections;
mod keys;
mod licence_lists;
mod live;
mod map;
mod map_layers;
mod open_data;
mod operator_calls;
mod password_links;
mod provider;
mod qr;
mod quality;
mod refusals;
mod registry;
mod retention;
mod sandbox;
mod second_step;
mod set_up;
mod sign_ins;
mod visibility;

use crate::api::route::Chapter;

/// Its routes, for chapters of the contract and one of their own.
pub(crate) fn chapters() -> Vec<Chapter> {
    vec![
        (
            ["Figures", "Statistiques"],
            [live::routes(), figures::routes(), quality::routes(), driver_activity::routes()]
                .concat(),
        ),
        (
            ["Drivers, vehicles, licences and taxis", "Conducteurs, véhicules, ADS et taxis"],
            [visibility::routes(), history::routes()].concat(),
        ),
        (
            ["Live map", "Carte en direct"],
            [map::routes(), around::routes(), map_layers::routes()].concat(),
        ),
        (
            ["Search and hails", "Recherche et courses"],
            [refusals::routes(), events::routes()].concat(),
        ),
        (["Inspections", "Contrôles"], inspections::routes()),
        (["Integration", "Intégration"], sandbox::routes()),
        (
            ["Accounts", "Comptes"],
            [
                sign_ins::routes(),
                provider::routes(),
                identities::routes(),
                second_step::routes(),
                password_links::routes(),
                accounts::routes(),
                keys::routes(),
                operator_calls::routes(),
            ]
            .concat(),
        ),
        (["About this service", "À propos de ce service"], registry::routes()),
        (
            ["Open data and exports", "Données ouvertes et exports"],
            [open_data::routes(), heatmap::routes(), exports::routes()].concat(),
        ),
        (
            ["Administration", "Administration"],
            [imports::routes(), licence_lists::routes(), retention::routes()].concat(),
        ),
    ]
}
