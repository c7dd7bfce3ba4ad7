use axum::http::StatusCode;
use serde_json::json;

use super::*;
use crate::api::document::Body;
use crate::api::identity::Operator;
use crate::api::input::{Unknown, inputs, kinds, object};
use crate::api::openapi::{self, Example, Examples};
use crate::api::query::Query;

const NAME: &str = "PUT /v1/things/{thing}/parts/{part}";

inputs! {
    Size -> i32 = object(Unknown::Refused, |fields| fields.required("size", kinds::whole()));
    Unit -> Option<String> = object(Unknown::Refused, |fields| fields.optional("unit", kinds::text()));
}

#[derive(JsonSchema, Serialize)]
struct View {
    size: i32,
}

async fn change_part(
    _app: State<Arc<App>>,
    _who: Operator,
    _path: Path<(String, String)>,
    _unit: Query<Unit>,
    _size: Body<Size>,
) -> StatusCode {
    StatusCode::NO_CONTENT
}

#[test]
fn a_route_is_described_by_its_declaration_whatever_its_parameters_are_called() {
    let route = Route::new(NAME, change_part, ["Change a part", "Modifier une pièce"])
        .of("The id of the thing.")
        .of("The id of its part.")
        .refuses(409, "The part does not fit.")
        .answers::<View>();
    assert_eq!(route.path(), "/v1/things/{thing}/parts/{part}");
    let answer = json!({"data": [{"size": 3}]});
    let example =
        Example { body: Some(json!({"size": 3})), status: 200, answer: Some(answer.clone()) };
    let chapter = (["Things", "Choses"], vec![route]);
    let document = openapi::document(&[chapter], &Examples::from([(NAME.to_owned(), example)]));
    let call = &document["paths"]["/v1/things/{thing}/parts/{part}"]["put"];
    let parameters: Vec<_> = call["parameters"].as_array().unwrap().iter().collect();
    let names: Vec<_> = parameters.iter().map(|one| (&one["in"], &one["name"])).collect();
    assert_eq!(json!(names), json!([["path", "thing"], ["path", "part"], ["query", "unit"]]));
    assert_eq!(parameters[1]["description"], "The id of its part.");
    assert_eq!(parameters[1]["required"], true);
    assert_eq!(call["operationId"], "put_v1_things_thing_parts_part");
    assert_eq!(call["x-roles"], json!(["admin", "operateur"]));
    assert_eq!(call["tags"], json!(["Things"]));
    let body = &call["requestBody"]["content"]["application/json"];
    assert_eq!(body["schema"]["required"], json!(["size"]));
    assert_eq!(body["example"], json!({"size": 3}));
    assert_eq!(call["responses"]["200"]["content"]["application/json"]["example"], answer);
    let statuses: Vec<_> = call["responses"].as_object().unwrap().keys().collect();
    let expected = ["200", "400", "401", "403", "404", "408", "409", "413", "415", "429", "431"];
    assert_eq!(statuses, expected);
}

#[test]
#[should_panic(expected = "GET /v1/things/{thing}: parameters that its handler takes")]
fn a_handler_takes_the_parameters_of_its_path() {
    let _ = Route::new("GET /v1/things/{thing}", change_part, ["A thing", "Une chose"]);
}
