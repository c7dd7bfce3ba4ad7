//! JSON Schemas as rows of a table.

use serde_json::Value;

/// A field with its path: `data[].driver.first_name`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Field {
    pub(super) name: String,
    pub(super) required: bool,
    pub(super) kind: String,
    pub(super) notes: String,
}

impl Field {
    /// The field in an answer, where "required" is omitted.
    pub(super) fn of_answer(self) -> Self {
        Self { required: false, ..self }
    }
}

/// An argument of a call.
pub(super) fn of_parameter(parameter: &Value) -> Option<Field> {
    let name = parameter["name"].as_str()?.to_owned();
    let schema = &parameter["schema"];
    let mut field = leaf(name, parameter["required"] == true, schema);
    if let Some(text) = parameter["description"].as_str() {
        text.clone_into(&mut field.notes);
    }
    Some(field)
}

/// The fields of a document.
pub(super) fn fields_of(schema: &Value) -> Vec<Field> {
    let mut fields = Vec::new();
    add(&mut fields, String::new(), false, schema);
    fields
}

fn add(fields: &mut Vec<Field>, name: String, required: bool, schema: &Value) {
    // Of a choice with null only the other option is shown. Rules over several fields have no row.
    if schema["properties"].is_null()
        && let Some(choices) = schema["anyOf"].as_array()
        && let Some(choice) = choices.iter().find(|choice| choice["type"] != "null")
    {
        return add(fields, name, required, choice);
    }
    if let Some(properties) = schema["properties"].as_object() {
        let needed = schema["required"].as_array();
        for (part, schema) in properties {
            let required = needed.is_some_and(|all| all.iter().any(|one| one == part));
            let name = if name.is_empty() { part.clone() } else { format!("{name}.{part}") };
            add(fields, name, required, schema);
        }
    } else if schema["items"]["properties"].is_object() || schema["items"]["anyOf"].is_array() {
        add(fields, format!("{name}[]"), required, &schema["items"]);
    } else if !name.is_empty() {
        fields.push(leaf(name, required, schema));
    }
}

fn leaf(name: String, required: bool, schema: &Value) -> Field {
    Field { name, required, kind: kind(schema), notes: notes(schema) }
}

fn kind(schema: &Value) -> String {
    let kind = match &schema["type"] {
        Value::String(kind) => kind.clone(),
        Value::Array(kinds) => {
            kinds.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" | ")
        }
        _ => "string".to_owned(),
    };
    if schema["items"].is_object() {
        return format!("{kind} ({})", self::kind(&schema["items"]));
    }
    match schema["format"].as_str() {
        Some(format) => format!("{kind} ({format})"),
        None => kind,
    }
}

fn notes(schema: &Value) -> String {
    let mut notes = Vec::new();
    if let Some(text) = schema["description"].as_str() {
        notes.push(text.to_owned());
    }
    let words = [&schema["enum"], &schema["items"]["enum"]];
    if let Some(words) = words.into_iter().find_map(Value::as_array) {
        let words: Vec<_> = words.iter().filter_map(Value::as_str).collect();
        notes.push(words.join(", "));
    }
    for (least, most) in
        [("minimum", "maximum"), ("minLength", "maxLength"), ("minItems", "maxItems")]
    {
        match (&schema[least], &schema[most]) {
            (Value::Null, Value::Null) => {}
            (least, Value::Null) => notes.push(format!("≥ {least}")),
            (Value::Null, most) => notes.push(format!("≤ {most}")),
            (least, most) => notes.push(format!("{least} – {most}")),
        }
    }
    notes.join(" · ")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_field_is_told_with_the_way_to_it() {
        let schema = json!({"type": "object", "required": ["data"], "properties": {"data": {
            "type": "array", "items": {"type": "object", "required": ["lon"], "properties": {
                "lon": {"type": "number", "minimum": -180, "maximum": 180},
                "words": {"type": "array", "items": {"enum": ["a", "b"]}},
                "part": {"anyOf": [{"type": "object", "anyOf": [{"required": ["name"]}], "properties": {
                    "name": {"type": ["string", "null"], "maxLength": 255},
                }}, {"type": "null"}]},
            }},
        }}});
        let field = |name: &str, required, kind: &str, notes: &str| Field {
            name: name.to_owned(),
            required,
            kind: kind.to_owned(),
            notes: notes.to_owned(),
        };
        assert_eq!(
            fields_of(&schema),
            [
                field("data[].lon", true, "number", "-180 – 180"),
                field("data[].part.name", false, "string | null", "≤ 255"),
                field("data[].words", false, "array (string)", "a, b"),
            ]
        );
    }
}
