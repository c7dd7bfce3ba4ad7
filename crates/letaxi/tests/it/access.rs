//! Permissions: every route with every kind of caller.
//!
//! The paths come from the router, so a route without a row here fails the test.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::http::Method;
use letaxi::api::openapi::Examples;
use letaxi::app::Settings;
use letaxi::app::identity::Logo;
use letaxi::service;
use registry::Role;

use crate::imports::{FORM, form, wish_of};
use crate::openid_connect::way_back;
use crate::world::{CUSTOMER, Call, Engine, NewTaxi, World, code, email_of, key_of};

/// Callers, in the order of the table's columns: without a key, with an unknown key, the client and the
/// operator of the hail and another of each, an admin, an account without roles, the manager of the hail's
/// parties and another manager, for themselves and for the hail's operator, and a guest in the integration
/// account.
const CALLERS: [&str; 13] = [
    "nobody",
    "stranger",
    "app",
    "other-app",
    "op",
    "other-op",
    "admin",
    "visitor",
    "fleet",
    "other-fleet",
    "fleet as op",
    "other-fleet as op",
    "other-app as integration",
];

/// A call, its status for each of [`CALLERS`], and the number of SQL statements for the first permitted
/// caller.
struct Row(Method, &'static str, &'static str, [u16; CALLERS.len()], u32);

/// All routes. `op` has the taxis `{taxi}`, which `app` has hailed for `{customer}` with `{hail}`, and
/// `{free}`.
#[rustfmt::skip]
const TABLE: &[Row] = &[
    //                                                                                                          a manager      as op, by    guest
    //                                                              key:   no   no | app other |  op other | admin visitor | its other | its other |     | statements
    // Registration and positions.
    Row(Method::POST, "/drivers",                      DRIVER,         [401, 401,  403, 403,  201, 201,   201, 403,  201, 201,   201,   401,   201], 4),
    Row(Method::POST, "/vehicles",                     VEHICLE,        [401, 401,  403, 403,  201, 201,   201, 403,  201, 201,   201,   401,   201], 7),
    Row(Method::POST, "/ads",                          LICENCE,        [401, 401,  403, 403,  201, 201,   201, 403,  201, 201,   201,   401,   201], 4),
    Row(Method::POST, "/taxis",                        TAXI,           [401, 401,  403, 403,  200, 404,   404, 403,  404, 404,   200,   401,   404], 5),
    Row(Method::GET,  "/taxis?lon=2.35&lat=48.86",     "",             [401, 401,  200, 200,  200, 200,   200, 403,  200, 200,   200,   401,   200], 0),
    Row(Method::GET,  "/taxis/all",                    "",             [401, 401,  403, 403,  200, 200,   403, 403,  200, 200,   200,   401,   200], 3),
    Row(Method::GET,  "/taxis/{taxi}",                 "",             [401, 401,  403, 403,  200, 404,   404, 403,  404, 404,   200,   401,   404], 1),
    Row(Method::PUT,  "/taxis/{free}",                 OFF,            [401, 401,  403, 403,  200, 404,   404, 403,  404, 404,   200,   401,   404], 2),
    Row(Method::POST, "/geotaxi",                      POSITION,       [401, 401,  403, 403,  200, 400,   400, 403,  400, 400,   200,   401,   400], 0),
    // Hails, from the request to the end of the ride.
    Row(Method::GET,  "/hails",                        "",             [401, 401,  200, 200,  200, 200,   200, 403,  200, 200,   200,   401,   200], 2),
    Row(Method::POST, "/hails",                        HAIL,           [401, 401,  201, 201,  403, 403,   201, 403,  403, 403,   403,   401,   403], 3),
    Row(Method::GET,  "/hails/{hail}",                 "",             [401, 401,  200, 403,  200, 403,   200, 403,  403, 403,   200,   401,   403], 1),
    Row(Method::PUT,  "/hails/{hail}",                 OPERATORS_STEP, [401, 401,  400, 403,  200, 403,   200, 403,  403, 403,   200,   401,   403], 1),
    Row(Method::PUT,  "/hails/{hail}",                 CLIENTS_STEP,   [401, 401,  200, 403,  400, 403,   200, 403,  403, 403,   400,   401,   403], 1),
    Row(Method::GET,  "/hails/{old hail}",             "",             [401, 401,  404, 404,  404, 404,   200, 403,  404, 404,   404,   401,   404], 1),
    Row(Method::GET,  "/sessions",                     "",             [401, 401,  200, 200,  403, 403,   200, 403,  403, 403,   403,   401,   403], 3),
    Row(Method::PUT,  "/customers/{customer}",         NO_BAN,         [401, 401,  200, 404,  403, 403,   404, 403,  403, 403,   403,   401,   403], 4),
    // Territory.
    Row(Method::GET,  "/zupc?lon=2.35&lat=48.86",      "",             [401, 401,  200, 200,  200, 200,   200, 200,  200, 200,   200,   401,   200], 0),
    Row(Method::GET,  "/zupc/live",                    "",             [401, 401,  200, 200,  200, 200,   200, 200,  200, 200,   200,   401,   200], 0),
    Row(Method::GET,  "/towns",                        "",             [401, 401,  200, 200,  200, 200,   200, 403,  200, 200,   200,   401,   200], 0),
    Row(Method::GET,  "/stations/all",                 "",             [200, 200,  200, 200,  200, 200,   200, 200,  200, 200,   200,   200,   200], 0),
    Row(Method::GET,  "/stations/stations.csv",        "",             [200, 200,  200, 200,  200, 200,   200, 200,  200, 200,   200,   200,   200], 0),
    Row(Method::GET,  "/stations/stations.json",       "",             [200, 200,  200, 200,  200, 200,   200, 200,  200, 200,   200,   200,   200], 0),
    // Accounts and activity.
    Row(Method::GET,  "/users",                        "",             [401, 401,  200, 200,  200, 200,   200, 200,  200, 200,   200,   401,   200], 0),
    Row(Method::GET,  "/users/{op}",                   "",             [401, 401,  403, 403,  200, 403,   200, 403,  403, 403,   200,   401,   403], 1),
    Row(Method::PUT,  "/users/{op}",                   NAME,           [401, 401,  403, 403,  200, 403,   200, 403,  403, 403,   200,   401,   403], 7),
    Row(Method::GET,  "/users/{integration}",          "",             [401, 401,  403, 403,  403, 403,   200, 403,  403, 403,   403,   401,   403], 1),
    Row(Method::PUT,  "/users/{integration}",          NAME,           [401, 401,  403, 403,  403, 403,   200, 403,  403, 403,   403,   401,   403], 7),
    Row(Method::POST, "/internal/auth",                LOG_IN,         [200, 200,  200, 200,  200, 200,   200, 200,  200, 200,   200,   200,   200], 3),
    Row(Method::GET,  "/internal/customers",           "",             [401, 401,  403, 403,  403, 403,   200, 403,  403, 403,   403,   401,   403], 2),
    Row(Method::GET,  "/activity_logs",                "",             [401, 401,  403, 403,  403, 403,   200, 403,  403, 403,   403,   401,   403], 2),
    Row(Method::GET,  "/v1/operator-calls",            "",             [401, 401,  403, 403,  200, 200,   200, 403,  200, 200,   200,   401,   403], 1),
    Row(Method::POST, "/v1/operator-calls/test",       "plain {}",     [401, 401,  403, 403,  200, 200,   200, 403,  200, 200,   200,   401,   403], 2),
    Row(Method::GET,  "/v1/taxis/{taxi}/visibility",   "",             [401, 401,  404, 404,  200, 404,   200, 404,  200, 404,   200,   401,   404], 1),
    Row(Method::GET,  "/v1/taxis/{taxi}/history",      "",             [401, 401,  404, 404,  200, 404,   200, 404,  200, 404,   200,   401,   404], 1),
    Row(Method::GET,  "/v1/map/taxis",                 "",             [401, 401,  200, 200,  200, 200,   200, 200,  200, 200,   200,   401,   200], 0),
    Row(Method::GET,  "/v1/map/taxis?operator={op}",   "",             [401, 401,  404, 404,  200, 404,   200, 404,  200, 404,   200,   401,   404], 0),
    Row(Method::GET,  "/v1/map/around?lon=2.35&lat=48.86", "",         [401, 401,  200, 200,  200, 200,   200, 200,  200, 200,   200,   401,   200], 0),
    Row(Method::GET,  "/v1/map/layers/{layer}",        "",             [401, 401,  200, 200,  200, 200,   200, 200,  200, 200,   200,   401,   200], 0),
    // Only inspectors make look-ups: see `INSPECTOR`.
    Row(Method::POST, "/v1/inspections",               LOOK_UP,        [401, 401,  403, 403,  403, 403,   403, 403,  403, 403,   403,   401,   403], 4),
    Row(Method::GET,  "/v1/inspections",               "",             [401, 401,  403, 403,  403, 403,   200, 403,  403, 403,   403,   401,   403], 1),
    Row(Method::GET,  "/v1/integration",               "",             [401, 401,  200, 200,  200, 200,   200, 403,  200, 200,   200,   401,   200], 0),
    Row(Method::POST, "/v1/sandbox/taxis",             TEST_TAXI,      [401, 401,  201, 201,  201, 201,   201, 403,  201, 201,   201,   401,   201], 28),
    Row(Method::GET,  "/v1/sandbox/taxis",             "",             [401, 401,  200, 200,  200, 200,   200, 403,  200, 200,   200,   401,   200], 1),
    Row(Method::DELETE, "/v1/sandbox/taxis/{test taxi of op}", "",     [401, 401,  404, 404,  204, 404,   404, 403,  404, 404,   204,   401,   404], 6),
    Row(Method::GET,  "/v1/operator-secret",           "",             [401, 401,  403, 403,  200, 200,   200, 403,  200, 200,   200,   401,   403], 0),
    Row(Method::GET,  "/v1/retention",                 "",             [401, 401,  403, 403,  403, 403,   200, 403,  403, 403,   403,   401,   403], 2),
    Row(Method::POST, "/v1/sign-ins",                  SIGN_IN,        [201, 201,  201, 201,  201, 201,   201, 201,  201, 201,   201,   201,   201], 7),
    // `other-op` has a second step.
    Row(Method::GET,  "/v1/sign-in-options",           "",             [200, 200,  200, 200,  200, 200,   200, 200,  200, 200,   200,   200,   200], 0),
    Row(Method::POST, "/v1/sign-ins/second-step",      STEPPERS_CODE,  [201, 201,  201, 201,  201, 201,   201, 201,  201, 201,   201,   201,   201], 11),
    Row(Method::GET,  "/v1/second-step",               "",             [401, 401,  200, 200,  200, 200,   200, 200,  200, 200,   403,   401,   403], 1),
    Row(Method::POST, "/v1/second-step",               OWN_PASSWORD,   [401, 401,  400, 400,  201, 400,   400, 400,  400, 400,   403,   401,   403], 6),
    Row(Method::PUT,  "/v1/second-step",               OWN_CODE,       [401, 401,  401, 401,  200, 401,   401, 401,  401, 401,   403,   401,   403], 19),
    Row(Method::POST, "/v1/second-step/removal",       STEPPERS_WORD,  [401, 401,  400, 400,  409, 204,   400, 400,  400, 400,   403,   401,   403], 8),
    Row(Method::POST, "/v1/second-step/recovery-codes", STEPPERS_WORD, [401, 401,  400, 400,  409, 201,   400, 400,  400, 400,   403,   401,   403], 16),
    // Links and accounts.
    Row(Method::POST, "/v1/password-links",            EMAIL,          [204, 204,  204, 204,  204, 204,   204, 204,  204, 204,   204,   204,   204], 0),
    Row(Method::POST, "/v1/password-links/view",       TOKEN,          [200, 200,  200, 200,  200, 200,   200, 200,  200, 200,   200,   200,   200], 2),
    Row(Method::POST, "/v1/password-links/use",        TOKEN_AND_WORD, [201, 201,  201, 201,  201, 201,   201, 201,  201, 201,   201,   201,   201], 16),
    Row(Method::GET,  "/v1/accounts",                  "",             [401, 401,  200, 200,  200, 200,   200, 200,  200, 200,   200,   401,   200], 0),
    Row(Method::POST, "/v1/accounts",                  NEW_ACCOUNT,    [401, 401,  403, 403,  403, 403,   201, 403,  403, 403,   403,   401,   403], 14),
    Row(Method::GET,  "/v1/accounts/{op}",             "",             [401, 401,  403, 403,  200, 403,   200, 403,  200, 403,   200,   401,   403], 1),
    Row(Method::PUT,  "/v1/accounts/{op}",             PLAIN_NAME,     [401, 401,  403, 403,  403, 403,   200, 403,  403, 403,   403,   401,   403], 6),
    Row(Method::DELETE, "/v1/accounts/{integration}",  "",             [401, 401,  403, 403,  403, 403,   204, 403,  403, 403,   403,   401,   403], 15),
    Row(Method::POST, "/v1/accounts/{op}/link",        NOTHING,        [401, 401,  403, 403,  403, 403,   201, 403,  201, 403,   403,   401,   403], 5),
    Row(Method::DELETE, "/v1/accounts/{stepper}/second-step", "",      [401, 401,  403, 403,  403, 403,   204, 403,  403, 403,   403,   401,   403], 7),
    Row(Method::GET,  "/v1/sign-ins",                  "",             [401, 401,  200, 200,  200, 200,   200, 200,  200, 200,   200,   401,   403], 1),
    Row(Method::DELETE, "/v1/sign-ins/{sign-in of op}", "",            [401, 401,  404, 404,  204, 404,   404, 404,  404, 404,   204,   401,   403], 3),
    Row(Method::GET,  "/v1/me",                        "",             [401, 401,  200, 200,  200, 200,   200, 200,  200, 200,   200,   401,   200], 0),
    Row(Method::POST, "/v1/territory/preview",         FILES,          [401, 401,  403, 403,  403, 403,   200, 403,  403, 403,   403,   401,   403], 18),
    Row(Method::POST, "/v1/territory/import?{preview}", FILES,         [401, 401,  403, 403,  403, 403,   200, 403,  403, 403,   403,   401,   403], 30),
    Row(Method::GET,  "/v1/licence-lists",             "",             [401, 401,  403, 403,  403, 403,   200, 403,  403, 403,   403,   401,   403], 2),
    Row(Method::GET,  "/v1/keys",                      "",             [401, 401,  200, 200,  200, 200,   200, 200,  200, 200,   200,   401,   403], 1),
    Row(Method::POST, "/v1/keys",                      PLAIN_NAME,     [401, 401,  201, 201,  201, 201,   201, 201,  201, 201,   201,   401,   403], 7),
    Row(Method::DELETE, "/v1/keys/{key of op}",        "",             [401, 401,  404, 404,  204, 404,   404, 404,  404, 404,   204,   401,   403], 5),
    Row(Method::GET,  "/v1/hails/{declined hail}/refusal", "",          [401, 401,  200, 403,  200, 403,   200, 403,  403, 403,   200,   401,   403], 1),
    Row(Method::PUT,  "/v1/hails/{declined hail}/refusal", GROUND,      [401, 401,  403, 403,  200, 403,   200, 403,  403, 403,   200,   401,   403], 2),
    Row(Method::GET,  "/v1/heatmap?of=hails&resolution=8", "",         [200, 200,  200, 200,  200, 200,   200, 200,  200, 200,   200,   200,   200], 1),
    Row(Method::GET,  "/v1/events?wait_s=0",           "",             [401, 401,  200, 200,  200, 200,   200, 200,  200, 200,   200,   401,   200], 0),
    Row(Method::GET,  "/v1/open-data",                 "",             [200, 200,  200, 200,  200, 200,   200, 200,  200, 200,   200,   200,   200], 0),
    Row(Method::GET,  "/v1/open-data/{file}",          "",             [200, 200,  200, 200,  200, 200,   200, 200,  200, 200,   200,   200,   200], 0),
    Row(Method::GET,  "/v1/exports/{table}?month=2024-02&purpose=x", "", [401, 401,  403, 403,  403, 403,   200, 403,  403, 403,   403,   401,   403], 4),
    // Figures.
    Row(Method::GET,  "/v1/live",                      "",             [401, 401,  403, 403,  200, 200,   200, 403,  200, 200,   200,   401,   200], 6),
    Row(Method::GET,  "/v1/figures",                   "",             [401, 401,  403, 403,  200, 200,   200, 403,  200, 200,   200,   401,   200], 9),
    Row(Method::GET,  "/v1/refusals",                  "",             [401, 401,  403, 403,  200, 200,   200, 403,  200, 200,   200,   401,   200], 3),
    Row(Method::GET,  "/v1/driver-activity?month=2024-02", "",         [401, 401,  403, 403,  200, 200,   400, 403,  200, 200,   200,   401,   200], 4),
    Row(Method::GET,  "/v1/quality",                   "",             [401, 401,  403, 403,  200, 200,   200, 403,  200, 200,   200,   401,   200], 5),
    Row(Method::GET,  "/stats/taxis",                  "",             [401, 401,  403, 403,  403, 403,   200, 403,  403, 403,   403,   401,   403], 3),
    Row(Method::GET,  "/stats/hails",                  "",             [401, 401,  403, 403,  403, 403,   200, 403,  403, 403,   403,   401,   403], 5),
    Row(Method::GET,  "/stats/groupements",            "",             [401, 401,  403, 403,  403, 403,   200, 403,  403, 403,   403,   401,   403], 0),
    Row(Method::GET,  "/stats/adsmap",                 "",             [401, 401,  403, 403,  403, 403,   200, 403,  403, 403,   403,   401,   403], 0),
    Row(Method::GET,  "/stats/groups",                 "",             [401, 401,  403, 403,  403, 403,   200, 403,  403, 403,   403,   401,   403], 0),
    Row(Method::GET,  "/stats/managers",               "",             [401, 401,  403, 403,  403, 403,   200, 403,  403, 403,   403,   401,   403], 0),
    Row(Method::GET,  "/stats/searches",               "",             [401, 401,  403, 403,  403, 403,   200, 403,  403, 403,   403,   401,   403], 1),
    Row(Method::GET,  "/stats/heatmap_hails",          "",             [401, 401,  403, 403,  403, 403,   200, 403,  403, 403,   403,   401,   403], 1),
    Row(Method::GET,  "/stats/heatmap_taxis",          "",             [401, 401,  403, 403,  403, 403,   200, 403,  403, 403,   403,   401,   403], 0),
    Row(Method::GET,  "/stats/heatmap_searches",       "",             [401, 401,  403, 403,  403, 403,   200, 403,  403, 403,   403,   401,   403], 1),
    Row(Method::GET,  "/stats/letaxi",                 "",             [200, 200,  200, 200,  200, 200,   200, 200,  200, 200,   200,   200,   200], 0),
    // Pages and descriptions.
    Row(Method::GET,  "/",                             "",             [200, 200,  200, 200,  200, 200,   200, 200,  200, 200,   200,   200,   200], 0),
    Row(Method::GET,  "/doc",                          "",             [200, 200,  200, 200,  200, 200,   200, 200,  200, 200,   200,   200,   200], 0),
    Row(Method::GET,  "/doc/api",                       "",             [200, 200,  200, 200,  200, 200,   200, 200,  200, 200,   200,   200,   200], 0),
    Row(Method::GET,  "/doc/search?q=taxi",             "",             [200, 200,  200, 200,  200, 200,   200, 200,  200, 200,   200,   200,   200], 0),
    Row(Method::GET,  "/doc/{page}",                    "",             [200, 200,  200, 200,  200, 200,   200, 200,  200, 200,   200,   200,   200], 0),
    Row(Method::GET,  "/doc/stories/{story}",           "",             [200, 200,  200, 200,  200, 200,   200, 200,  200, 200,   200,   200,   200], 0),
    Row(Method::GET,  "/legal/{legal page}",            "",             [200, 200,  200, 200,  200, 200,   200, 200,  200, 200,   200,   200,   200], 0),
    Row(Method::POST, "/v1/sign-ins/provider",         PAGE,           [201, 201,  201, 201,  201, 201,   201, 201,  201, 201,   201,   201,   201], 4),
    Row(Method::POST, "/v1/sign-ins/provider/return",  WAY_BACK,       [201, 201,  201, 201,  201, 201,   201, 201,  201, 201,   201,   201,   201], 9),
    Row(Method::POST, "/v1/sign-outs",                 NOTHING,        [401, 401,  200, 200,  200, 200,   200, 200,  200, 200,   200,   401,   200], 0),
    Row(Method::GET,  "/v1/identities",                "",             [401, 401,  200, 200,  200, 200,   200, 200,  200, 200,   200,   401,   403], 1),
    Row(Method::POST, "/v1/identities",                WORD_AND_PAGE,  [401, 401,  400, 400,  201, 400,   400, 400,  400, 400,   403,   401,   403], 5),
    Row(Method::DELETE, "/v1/identities/{identity of op}", "",         [401, 401,  404, 404,  204, 404,   404, 404,  404, 404,   204,   401,   403], 8),
    Row(Method::GET,  "/v1/registry",                   "",             [200, 200,  200, 200,  200, 200,   200, 200,  200, 200,   200,   200,   200], 0),
    Row(Method::GET,  "/v1/registry/logo",             "",             [200, 200,  200, 200,  200, 200,   200, 200,  200, 200,   200,   200,   200], 0),
    Row(Method::GET,  "/swagger.json",                 "",             [200, 200,  200, 200,  200, 200,   200, 200,  200, 200,   200,   200,   200], 0),
];

/// True if a row needs more than most: see [`Place::prepare`].
fn is_prepared(path: &str, element: &str) -> bool {
    let names = |name: &str| path.contains(name) || element.contains(name);
    path == "/v1/password-links"
        || element.contains("/console/")
        || ["{token}", "{ticket}", "{stepper", "{preview}", "{state}", "{identity of op}"]
            .into_iter()
            .any(names)
}

/// An inspector, who may do what an account without roles may, and look drivers up, which nobody else may.
const INSPECTOR: &str = "inspector";

/// The expected status for the inspector.
fn for_inspector(expected: &[u16; CALLERS.len()]) -> u16 {
    let visitor = CALLERS.iter().position(|caller| *caller == "visitor");
    let for_nobody_else = expected.iter().all(|status| *status >= 400);
    if for_nobody_else { 201 } else { expected[visitor.expect("it is a caller")] }
}

/// A form with a file.
const FILES: &str = "files";
const TEST_TAXI: &str = r#"plain {"behaviour": "accept", "lon": 2.35, "lat": 48.86}"#;
const LOOK_UP: &str = r#"plain {"purpose": "control", "plate": "T1-TAXI"}"#;
const DRIVER: &str = r#"{"first_name": "Ada", "last_name": "Martin", "professional_licence": "1",
    "departement": {"numero": "75"}}"#;
const VEHICLE: &str = r#"{"licence_plate": "AB-123-CD"}"#;
const LICENCE: &str = r#"{"numero": "1", "insee": "75056"}"#;
const TAXI: &str = r#"{"driver": {"professional_licence": "driver-T1", "departement": "75"},
    "vehicle": {"licence_plate": "T1-TAXI"}, "ads": {"numero": "ads-T1", "insee": "75056"}}"#;
const POSITION: &str = r#"{"positions": [{"taxi_id": "{taxi}", "lon": 2.35, "lat": 48.86}]}"#;
const HAIL: &str = r#"{"taxi_id": "{free}", "customer_id": "ada", "customer_lon": 2.35,
    "customer_lat": 48.86, "customer_address": "Paris", "customer_phone_number": "0611223344"}"#;
const OPERATORS_STEP: &str = r#"{"status": "received_by_taxi"}"#;
const OFF: &str = r#"{"status": "off"}"#;
const NO_BAN: &str = r#"{"ban_begin": null, "ban_end": null}"#;
const NAME: &str = r#"{"name": "Taxis Bleus"}"#;
/// A plain document: newer calls take no list of elements.
const PLAIN_NAME: &str = r#"plain {"name": "office"}"#;
const SIGN_IN: &str = r#"plain {"email": "op@example.org", "password": "password of op"}"#;
const GROUND: &str = r#"plain {"ground": "safety"}"#;
const PASSWORD: &str = "password of op";
const OWN_PASSWORD: &str = r#"plain {"password": "password of op"}"#;
const OWN_CODE: &str = r#"plain {"ticket": "{ticket}", "code": "{code}"}"#;
const STEPPERS_WORD: &str = r#"plain {"password": "{stepper's password}"}"#;
const STEPPERS_CODE: &str = r#"plain {"ticket": "{stepper's ticket}", "code": "{stepper's code}"}"#;
const PAGE: &str = r#"plain {"page": "/console/"}"#;
const WORD_AND_PAGE: &str = r#"plain {"password": "password of op", "page": "/console/"}"#;
const WAY_BACK: &str = r#"plain {"state": "{state}", "code": "{code}"}"#;
const EMAIL: &str = r#"plain {"email": "nobody@example.org"}"#;
const TOKEN: &str = r#"plain {"token": "{token}"}"#;
const TOKEN_AND_WORD: &str = r#"plain {"token": "{token}", "password": "a new password"}"#;
const NEW_ACCOUNT: &str = r#"plain {"email": "new@example.org", "roles": ["moteur"]}"#;
const NOTHING: &str = "plain {}";
const LOG_IN: &str = r#"{"email": "op@example.org", "apikey": "key of op"}"#;
const CLIENTS_STEP: &str = r#"{"status": "declined_by_customer"}"#;

/// Placeholder for a variable part of a path, in the table and in the router.
fn with_stars(path: &str) -> String {
    let path = path.split('?').next().unwrap_or_default();
    let part = |part: &str| if part.starts_with('{') { "*".to_owned() } else { part.to_owned() };
    path.split('/').map(part).collect::<Vec<_>>().join("/")
}

/// Values of variable parts of paths that are the same in every registry.
const FIXED: [(&str, &str); 6] = [
    ("table", "hails"),
    ("layer", "ranks"),
    ("file", "zones.geojson"),
    ("page", "app"),
    ("story", "ride"),
    ("legal page", "privacy"),
];

/// Gives a registry a logo.
fn with_logo(settings: &mut Settings) {
    let bytes = b"<svg/>".to_vec();
    let logo = Logo { bytes, content_type: "image/svg+xml", tag: String::new() };
    settings.identity.logo = Some(Arc::new(logo));
}

/// A registry with all callers, and values for the variable parts of paths.
struct Place {
    world: World,
    names: Vec<(&'static str, String)>,
}

impl Place {
    async fn new(engine: Engine) -> Self {
        let mut world = World::new(engine).await;
        world.set(with_logo).await;
        world.set(|settings| settings.sandbox = true).await;
        for (name, roles) in [
            ("app", &[Role::Client][..]),
            ("other-app", &[Role::Client]),
            ("op", &[Role::Operator]),
            ("other-op", &[Role::Operator]),
            ("admin", &[Role::Admin]),
            ("visitor", &[]),
            ("fleet", &[Role::Operator, Role::Group]),
            ("other-fleet", &[Role::Operator, Role::Group]),
            ("integration", &[Role::Operator]),
            (INSPECTOR, &[Role::Inspector]),
        ] {
            world.account(name, roles).await;
        }
        for name in ["op", "app"] {
            world.manages("fleet", name).await;
            world.manages("other-fleet", &format!("other-{name}")).await;
        }
        world.change_account(INSPECTOR, |it| "75".clone_into(&mut it.departements)).await;
        world.land(|land| land.town("75056", "Paris", [2.2, 48.8, 2.5, 48.9])).await;
        let at = [2.35, 48.86];
        let new = |name| NewTaxi { name, town: None, plate: None, free: true, at: Some(at) };
        let taxi = world.taxi("op", &new("T1")).await;
        let free = world.taxi("op", &new("T2")).await;
        let old_hail = world.hail("app", &taxi, at).await;
        world.pass(std::time::Duration::from_hours(61 * 24)).await;
        for taxi in [&taxi, &free] {
            world.report("op", taxi, at).await;
        }
        let hail = world.hail("app", &taxi, at).await;
        let refusing = world.taxi("op", &new("T3")).await;
        let declined = world.declined_hail("app", ("op", &refusing), at).await;
        let office = Call { key: Some(key_of("op")), method: Method::POST, ..Call::default() };
        let body = r#"{"name": "office"}"#.to_owned();
        world.call(&Call { path: "/v1/keys".to_owned(), body, ..office }).await;
        let id = |name| world.account_id(name).to_string();
        let names = vec![
            ("taxi", taxi),
            ("free", free),
            ("hail", hail),
            ("old hail", old_hail),
            ("declined hail", declined),
            // Each account gets a key, in the order above.
            ("key of op", "3".to_owned()),
            ("sign-in of op", sign_in(&world).await),
            ("test taxi of op", test_taxi(&world).await),
            ("op", id("op")),
            ("stepper", id("other-op")),
            ("integration", id("integration")),
            ("customer", CUSTOMER.to_owned()),
        ];
        Self { world, names }
    }

    fn named(&self, text: &str) -> String {
        let named = |text: String, (name, value): &(&str, String)| {
            text.replace(&format!("{{{name}}}"), value)
        };
        let fixed = FIXED.map(|(name, value)| (name, value.to_owned()));
        self.names.iter().chain(&fixed).fold(text.to_owned(), named)
    }

    /// Makes what only few rows need. For all it would take long, because passwords are hashed.
    async fn prepare(&mut self, path: &str, element: &str) {
        let names = |name: &str| path.contains(name) || element.contains(name);
        if names("{token}") {
            let op = self.world.app.account(self.world.account_id("op")).unwrap();
            let made = self.world.app.make_link_for(&op, None).await.unwrap();
            let token = made.link.split_once('#').unwrap().1.to_owned();
            self.names.push(("token", token));
        }
        if names("{ticket}") {
            let (ticket, code) = self.begin_second_step("op").await;
            self.names.extend([("ticket", ticket), ("code", code)]);
        }
        if names("{stepper") {
            self.world.password("other-op", PASSWORD).await;
            let (ticket, code) = self.begin_second_step("other-op").await;
            let body = format!(r#"plain {{"ticket": "{ticket}", "code": "{code}"}}"#);
            let put = self.calls("other-op", &Method::PUT, "/v1/second-step", &body);
            assert_eq!(self.world.call(&put).await.status, 200);
            self.names.push(("stepper's password", PASSWORD.to_owned()));
        }
        if names("{stepper's ticket}") {
            let body = SIGN_IN.replace("op@", "other-op@");
            let sign_in = self.calls("nobody", &Method::POST, "/v1/sign-ins", &body);
            let asked = self.world.call(&sign_in).await.json();
            let ticket = asked["data"][0]["ticket"].as_str().unwrap().to_owned();
            let secret = self.names.iter().find(|(name, _)| *name == "secret").unwrap();
            let next = self.world.clock.now() + chrono::TimeDelta::seconds(30);
            let code = code(&secret.1, next);
            self.names.extend([("stepper's ticket", ticket), ("stepper's code", code)]);
        }
        if names("{preview}") {
            let preview = self.calls("admin", &Method::POST, "/v1/territory/preview", FILES);
            self.names.push(("preview", wish_of(&self.world.call(&preview).await)));
        }
        if path == "/v1/password-links" {
            self.world.mailbox().await;
        }
        if element.contains("/console/") || names("{state}") || names("{identity of op}") {
            let [state, code, visit] = way_back(&mut self.world).await;
            let identity = ("identity of op", "1".to_owned());
            self.names.extend([("state", state), ("code", code), ("visit", visit), identity]);
        }
    }

    /// Begins to set up a second step; returns the ticket and the code for it.
    async fn begin_second_step(&mut self, name: &str) -> (String, String) {
        let post = self.calls(name, &Method::POST, "/v1/second-step", OWN_PASSWORD);
        let begun = self.world.call(&post).await.json();
        let text = |field: &str| begun["data"][0][field].as_str().unwrap().to_owned();
        let (ticket, secret) = (text("ticket"), text("secret"));
        let code = code(&secret, self.world.clock.now());
        self.names.push(("secret", secret));
        (ticket, code)
    }

    async fn status(&self, caller: &str, method: &Method, path: &str, element: &str) -> u16 {
        self.world.call(&self.calls(caller, method, path, element)).await.status.as_u16()
    }

    fn calls(&self, caller: &str, method: &Method, path: &str, element: &str) -> Call {
        let body = match element {
            "" => String::new(),
            FILES => form(&[("ads.csv", "insee;numero\n75056;1\n")]),
            plain if plain.starts_with("plain ") => self.named(&plain[6..]),
            element => format!(r#"{{"data": [{}]}}"#, self.named(element)),
        };
        let (caller, act_as) = match caller.split_once(" as ") {
            Some((caller, other)) => (caller, Some(email_of(other))),
            None => (caller, None),
        };
        let key = Some(key_of(caller)).filter(|_| caller != "nobody");
        let path = self.named(path);
        let content_type = Some(FORM.to_owned()).filter(|_| element == FILES);
        let visit = self.names.iter().find(|(name, _)| *name == "visit" && element == WAY_BACK);
        let headers = visit.map(|(_, cookie)| ("cookie", cookie.clone())).into_iter().collect();
        let method = method.clone();
        Call { key, act_as, method, path, content_type, headers, body }
    }
}

/// A sign-in of `op`.
async fn sign_in(world: &World) -> String {
    world.password("op", "password of op").await;
    let body = SIGN_IN.trim_start_matches("plain ").to_owned();
    let stranger = Call { method: Method::POST, ..Call::default() };
    world.call(&Call { path: "/v1/sign-ins".to_owned(), body, ..stranger }).await;
    world.store().sign_ins().await.unwrap()[0].id.to_string()
}

/// A test taxi of `op`.
async fn test_taxi(world: &World) -> String {
    let body = TEST_TAXI.trim_start_matches("plain ").to_owned();
    let (key, path) = (Some(key_of("op")), "/v1/sandbox/taxis".to_owned());
    let call = Call { key, method: Method::POST, path, body, ..Call::default() };
    world.call(&call).await.json()["data"][0]["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn everyone_may_do_what_the_table_says_and_no_more() {
    let (mut faults, mut unchanged) = (Vec::new(), None);
    for Row(method, path, element, expected, _) in TABLE {
        let inspector = for_inspector(expected);
        let callers = CALLERS.iter().zip(expected).chain([(&INSPECTOR, &inspector)]);
        unchanged = unchanged.filter(|_| !is_prepared(path, element));
        for (caller, expected) in callers {
            let place = if let Some(place) = unchanged.take() {
                place
            } else {
                let mut place = Place::new(Engine::Sqlite).await;
                place.prepare(path, element).await;
                place
            };
            let status = place.status(caller, method, path, element).await;
            if status != *expected {
                faults.push(format!("{caller} {method} {path}: {status}, not {expected}"));
            }
            // A call that changed something gets a fresh registry after it.
            unchanged = Some(place).filter(|_| method == Method::GET || status >= 400);
        }
        unchanged = unchanged.filter(|_| !is_prepared(path, element));
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[tokio::test]
async fn an_integration_account_that_is_an_admin_makes_nobody_else_one() {
    let mut world = World::new(Engine::Sqlite).await;
    world.account("integration", &[Role::Admin]).await;
    world.account("app", &[Role::Client]).await;
    let act_as = Some(email_of("integration"));
    let call = Call { key: Some(key_of("app")), act_as, path: "/users".into(), ..Call::default() };
    assert_eq!(world.call(&call).await.status.as_u16(), 401);
}

#[tokio::test]
async fn no_route_sends_more_statements_than_the_table_says() {
    let (mut faults, mut unchanged) = (Vec::new(), None);
    for Row(method, path, element, expected, statements) in TABLE {
        let well = expected.iter().position(|status| *status < 300);
        let caller = well.map_or(INSPECTOR, |well| CALLERS[well]);
        let mut place = match unchanged.take() {
            Some(place) => place,
            // Here the task that answers sends the statements, so that they can be counted separately.
            None => Place::new(Engine::Postgres).await,
        };
        place.prepare(path, element).await;
        let call = place.calls(caller, method, path, element);
        let sent = place.world.statements_of(&call).await;
        if sent != *statements {
            faults.push(format!("{caller} {method} {path}: {sent}, not {statements}"));
        }
        unchanged = Some(place).filter(|_| method == Method::GET);
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn every_route_has_a_row_in_the_table() {
    let document = service::openapi(&Examples::new());
    let paths = document["paths"].as_object().unwrap();
    let declared: BTreeSet<_> = paths
        .iter()
        .flat_map(|(path, methods)| {
            let methods = methods.as_object().unwrap().keys();
            methods.map(|method| (method.to_uppercase(), with_stars(path)))
        })
        .collect();
    let in_table = TABLE.iter().map(|Row(method, path, ..)| (method.to_string(), with_stars(path)));
    let differing: Vec<_> = declared.symmetric_difference(&in_table.collect()).cloned().collect();
    assert!(differing.is_empty(), "only declared, or only in TABLE: {differing:?}");
}
