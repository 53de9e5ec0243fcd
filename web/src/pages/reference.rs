//! The API's description as a page to browse, made from the description itself.

use std::sync::LazyLock;

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::Value;

use super::render;
use crate::visit::Visit;

/// The description, which does not change while the program runs.
static DESCRIPTION: LazyLock<Value> =
    LazyLock::new(|| serde_json::to_value(crate::api::openapi()).unwrap_or_default());

#[derive(Template)]
#[template(path = "reference.html")]
struct ReferencePage {
    visit: Visit,
    groups: Vec<Group>,
    schemas: Vec<Schema>,
}

/// The operations of a tag.
struct Group {
    name: String,
    operations: Vec<Operation>,
}

struct Operation {
    method: String,
    path: String,
    about: String,
    parameters: Vec<Field>,
    /// The schema of what is sent.
    takes: Option<String>,
    answers: Vec<Answer>,
}

struct Field {
    name: String,
    kind: String,
    required: bool,
    about: String,
}

struct Answer {
    status: String,
    media: String,
    schema: Option<String>,
}

struct Schema {
    name: String,
    about: String,
    fields: Vec<Field>,
}

pub(super) async fn page(visit: Visit) -> Response {
    let (groups, schemas) = (groups(&DESCRIPTION), schemas(&DESCRIPTION));
    render(StatusCode::OK, &ReferencePage { visit, groups, schemas })
}

fn groups(description: &Value) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    for (path, methods) in object(&description["paths"]) {
        for (method, operation) in object(methods) {
            let name = text(&operation["tags"][0]);
            let read = read_operation(method, path, operation);
            match groups.iter_mut().find(|group| group.name == name) {
                Some(group) => group.operations.push(read),
                None => groups.push(Group { name, operations: vec![read] }),
            }
        }
    }
    groups
}

fn read_operation(method: &str, path: &str, operation: &Value) -> Operation {
    let parameters = operation["parameters"].as_array().into_iter().flatten();
    let parameters = parameters.map(|one| Field {
        name: text(&one["name"]),
        kind: kind(&one["schema"]),
        required: one["required"].as_bool().unwrap_or(false),
        about: text(&one["description"]),
    });
    let answers = object(&operation["responses"]).map(|(status, answer)| {
        let medias: Vec<(&String, &Value)> = object(&answer["content"]).collect();
        Answer {
            status: status.clone(),
            media: medias.iter().map(|(media, _)| media.as_str()).collect::<Vec<_>>().join(", "),
            schema: medias.first().and_then(|(_, content)| named(&content["schema"])),
        }
    });
    let about = [&operation["summary"], &operation["description"]].map(text);
    Operation {
        method: method.to_uppercase(),
        path: path.to_owned(),
        about: about.into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join(" "),
        parameters: parameters.collect(),
        takes: object(&operation["requestBody"]["content"])
            .next()
            .and_then(|(_, content)| named(&content["schema"])),
        answers: answers.collect(),
    }
}

fn schemas(description: &Value) -> Vec<Schema> {
    let all = object(&description["components"]["schemas"]);
    let schema = |(name, schema): (&String, &Value)| {
        let required: Vec<&str> =
            schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        let fields = object(&schema["properties"]).map(|(field, value)| Field {
            required: required.contains(&field.as_str()),
            name: field.clone(),
            kind: kind(value),
            about: text(&value["description"]),
        });
        let values = schema["enum"].as_array().map(|values| {
            values.iter().map(|value| value.to_string()).collect::<Vec<_>>().join(", ")
        });
        let about = [text(&schema["description"]), values.unwrap_or_default()];
        Schema {
            name: name.clone(),
            about: about.into_iter().filter(|t| !t.is_empty()).collect::<Vec<_>>().join(" "),
            fields: fields.collect(),
        }
    };
    all.map(schema).collect()
}

/// A schema's type in short.
fn kind(schema: &Value) -> String {
    if let Some(name) = named(schema) {
        return name;
    }
    let one_of = schema["oneOf"].as_array().or(schema["anyOf"].as_array());
    if let Some(options) = one_of {
        return options.iter().map(kind).collect::<Vec<_>>().join(" | ");
    }
    let plain = match &schema["type"] {
        Value::Array(options) => {
            options.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" | ")
        }
        other => text(other),
    };
    match plain.as_str() {
        "array" => format!("[{}]", kind(&schema["items"])),
        _ => plain,
    }
}

/// The name of the schema that is referred to.
fn named(schema: &Value) -> Option<String> {
    let target = schema["$ref"].as_str().or(schema["items"]["$ref"].as_str())?;
    let name = target.rsplit('/').next()?;
    Some(if schema["$ref"].is_string() { name.to_owned() } else { format!("[{name}]") })
}

fn object(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flatten()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operation_is_on_the_page() {
        let operations: usize = groups(&DESCRIPTION).iter().map(|g| g.operations.len()).sum();
        let described: usize =
            object(&DESCRIPTION["paths"]).map(|(_, methods)| object(methods).count()).sum();
        assert!(operations > 20 && operations == described, "{operations} of {described}");
    }
}
