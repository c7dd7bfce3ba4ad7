use serde_json::json;

use super::*;

#[derive(Debug, PartialEq)]
struct Pet {
    name: String,
    age: Option<i32>,
    nickname: Given<String>,
}

fn pet(fields: &mut Fields<'_>) -> Option<Pet> {
    let name = fields.required("name", kinds::some_text());
    let age = fields.optional("age", kinds::whole());
    let nickname = fields.nullable("nickname", kinds::text());
    Some(Pet { name: name?, age: age?, nickname: nickname? })
}

fn read(document: &Value) -> Value {
    match one(object(Unknown::Refused, pet)).read(document) {
        Ok(pet) => json!(format!("{pet:?}")),
        Err(faults) => json!(faults),
    }
}

#[test]
fn every_fault_is_told_at_once_where_it_is() {
    let document = json!({"data": [{"name": "", "age": "old", "foo": 1}], "bar": 2});
    assert_eq!(
        read(&document),
        json!({
            "bar": ["Unknown field."],
            "data": {"0": {
                "name": ["Field may not be empty."],
                "age": ["Not a valid integer."],
                "foo": ["Unknown field."],
            }},
        })
    );
}

#[test]
fn absent_null_and_empty_are_three_things() {
    let reads = |pet: Value| {
        let document = json!({ "data": [pet] });
        one(object(Unknown::Refused, self::pet)).read(&document)
    };
    let nickname = |pet: Value| reads(pet).map(|pet| pet.nickname);
    assert_eq!(nickname(json!({"name": "Rex"})), Ok(Given::Absent));
    assert_eq!(nickname(json!({"name": "Rex", "nickname": null})), Ok(Given::Null));
    assert_eq!(nickname(json!({"name": "Rex", "nickname": ""})), Ok(Given::Value(String::new())));
    assert!(reads(json!({"name": null})).is_err());
    assert!(reads(json!({"name": "Rex", "age": null})).is_err());
}

#[test]
fn the_envelope_holds_exactly_one_element() {
    for (document, says) in [
        (json!([]), json!({"_schema": ["Invalid input type."]})),
        (json!({}), json!({"data": ["Missing data for required field."]})),
        (json!({"data": null}), json!({"data": ["Field may not be null."]})),
        (json!({"data": {}}), json!({"data": ["Not a valid list."]})),
        (json!({"data": []}), json!({"data": ["data should be a list of one element."]})),
        (json!({"data": [null]}), json!({"data": {"0": ["Field may not be null."]}})),
        (json!({"data": [1]}), json!({"data": {"0": {"_schema": ["Invalid input type."]}}})),
        (
            json!({"data": [{"name": "Rex"}, {"name": "Rex"}]}),
            json!({"data": ["data should be a list of one element."]}),
        ),
    ] {
        assert_eq!(read(&document), says, "{document}");
    }
}

#[test]
fn an_update_without_data_changes_nothing() {
    let update = |document: Value| one_or_nothing(object(Unknown::Refused, pet)).read(&document);
    assert_eq!(update(json!({})), Ok(None));
    assert!(update(json!({"data": null})).is_err());
}

#[test]
fn numbers_are_read_leniently_but_not_everything_is_a_number() {
    let whole = |value: Value| kinds::whole().read(&value).ok();
    assert_eq!(whole(json!(" 4 ")), Some(4));
    assert_eq!(whole(json!(4.7)), Some(4));
    for value in [json!("4.0"), json!(true), json!(""), json!("x"), json!(3_000_000_000_i64)] {
        assert_eq!(whole(value.clone()), None, "{value}");
    }
    let number = |value: Value| kinds::number().read(&value).ok();
    assert_eq!(number(json!(" 2.35 ")), Some(2.35));
    assert_eq!(number(json!("1e1")), Some(10.0));
    for value in [json!("2,35"), json!(true), json!(""), json!("nan"), json!("inf")] {
        assert_eq!(number(value.clone()), None, "{value}");
    }
}

#[test]
fn dates_and_booleans_have_their_words() {
    assert!(kinds::date().read(&json!("1970-12-05")).is_ok());
    for value in [json!("19701205"), json!("1970-02-30"), json!("1970-12-05T00:00:00"), json!(12)] {
        assert!(kinds::date().read(&value).is_err(), "{value}");
    }
    for (value, says) in
        [(json!("yes"), Some(true)), (json!(1.0), Some(true)), (json!("n"), Some(false))]
    {
        assert_eq!(kinds::boolean().read(&value).ok(), says);
    }
    assert!(kinds::boolean().read(&json!("maybe")).is_err());
    assert!(kinds::boolean().read(&json!(2)).is_err());
}

#[test]
fn a_description_is_also_the_schema_of_what_it_reads() {
    let schema = one(object(Unknown::Refused, pet)).schema();
    assert_eq!(
        schema,
        json!({
            "type": "object",
            "required": ["data"],
            "additionalProperties": false,
            "properties": {"data": {"type": "array", "minItems": 1, "maxItems": 1, "items": {
                "type": "object",
                "required": ["name"],
                "additionalProperties": false,
                "properties": {
                    "name": {"type": "string", "minLength": 1, "maxLength": 255},
                    "age": {"type": "integer", "format": "int32"},
                    "nickname": {"type": ["string", "null"], "maxLength": 255},
                },
            }}},
        })
    );
}
