//! Writes the serde types of the model: structs of options, and open enums.

use std::collections::BTreeSet;
use std::fmt::Write;

use serde_json::{Map, Value};

use crate::names::{pascal, snake};
use crate::tables;

/// The generated files, by their path under `src/aws/model`.
pub(crate) fn files(model: &Value) -> Vec<(&'static str, String)> {
    let shapes = model["shapes"].as_object().unwrap();
    let of_side = |side| named_by_operations(model, side);
    let (inputs, outputs) = (of_side("input"), of_side("output"));
    let is_error = |shape: &Value| shape["exception"] == Value::Bool(true);
    let other: BTreeSet<&str> = shapes
        .iter()
        .filter(|(name, shape)| {
            shape["type"] == "structure" && !is_error(shape) && {
                !inputs.contains(name.as_str()) && !outputs.contains(name.as_str())
            }
        })
        .map(|(name, _)| name.as_str())
        .collect();
    vec![
        ("backup.rs", index(model)),
        ("backup/inputs.rs", structs(shapes, &inputs, "What requests carry.")),
        ("backup/outputs.rs", structs(shapes, &outputs, "What replies carry.")),
        ("backup/parts.rs", structs(shapes, &other, "What inputs and outputs are made of.")),
        ("backup/enums.rs", enums(shapes)),
        ("backup/operations.rs", tables::operations(model)),
        ("backup/constraints.rs", tables::constraints(model)),
        ("backup/unserved.rs", tables::unserved(model)),
    ]
}

/// The first lines of every generated file.
pub(crate) fn head(what: &str) -> String {
    format!(
        "//! {what}\n//!\n//! Generated from `model/backup.json` by `tests/model.rs`; \
         do not edit.\n\n"
    )
}

fn named_by_operations<'a>(model: &'a Value, side: &str) -> BTreeSet<&'a str> {
    let operations = model["operations"].as_object().unwrap().values();
    operations.filter_map(|operation| operation[side]["shape"].as_str()).collect()
}

fn index(model: &Value) -> String {
    let (botocore, version) = (&model["botocore"], &model["apiVersion"]);
    let what = format!(
        "AWS Backup, version {}, after the model in botocore {}.",
        version.as_str().unwrap(),
        botocore.as_str().unwrap()
    );
    let mut text = head(&what);
    for (module, exports) in [
        ("constraints", None),
        ("enums", Some("*")),
        ("inputs", Some("*")),
        ("operations", Some("{ERRORS, Operation}")),
        ("outputs", Some("*")),
        ("parts", Some("*")),
        ("unserved", Some("UNSERVED")),
    ] {
        writeln!(text, "mod {module};").unwrap();
        if let Some(exports) = exports {
            writeln!(text, "pub use {module}::{exports};").unwrap();
        }
    }
    text
}

/// The Rust type of a shape, without the `Option`.
fn rust_type(shapes: &Map<String, Value>, name: &str) -> String {
    let shape = &shapes[name];
    let part = |key: &str| rust_type(shapes, shape[key]["shape"].as_str().unwrap());
    match shape["type"].as_str().unwrap() {
        "string" if shape.get("enum").is_some() => name.to_owned(),
        "string" => "String".to_owned(),
        "integer" | "long" => "i64".to_owned(),
        "boolean" => "bool".to_owned(),
        "timestamp" => "EpochSeconds".to_owned(),
        "structure" => name.to_owned(),
        "list" => format!("Vec<{}>", part("member")),
        // Keys stay text: an unknown key must not cost the whole map.
        "map" => format!("BTreeMap<String, {}>", part("value")),
        other => panic!("the generator knows no type {other}"),
    }
}

fn structs(shapes: &Map<String, Value>, names: &BTreeSet<&str>, what: &str) -> String {
    let bodies: String = names.iter().map(|name| one_struct(shapes, name)).collect();
    let mut text = head(what);
    if bodies.contains("BTreeMap<") {
        text.push_str("use std::collections::BTreeMap;\n\n");
    }
    text.push_str("use serde::{Deserialize, Serialize};\n\n");
    let foreign: BTreeSet<String> = names
        .iter()
        .flat_map(|name| shapes[*name]["members"].as_object().unwrap().values())
        .flat_map(|member| named_types(shapes, member["shape"].as_str().unwrap()))
        .filter(|name| !names.contains(name.as_str()))
        .collect();
    if !foreign.is_empty() {
        let list: Vec<String> = foreign.into_iter().collect();
        writeln!(text, "use super::{{{}}};", list.join(", ")).unwrap();
    }
    if bodies.contains("EpochSeconds") {
        text.push_str("use crate::aws::timestamp::EpochSeconds;\n\n");
    }
    text + &bodies
}

/// The structs and enums that a field of this shape mentions.
fn named_types(shapes: &Map<String, Value>, name: &str) -> Vec<String> {
    let shape = &shapes[name];
    match shape["type"].as_str().unwrap() {
        "structure" => vec![name.to_owned()],
        "string" if shape.get("enum").is_some() => vec![name.to_owned()],
        "list" => named_types(shapes, shape["member"]["shape"].as_str().unwrap()),
        "map" => named_types(shapes, shape["value"]["shape"].as_str().unwrap()),
        _ => Vec::new(),
    }
}

fn one_struct(shapes: &Map<String, Value>, name: &str) -> String {
    let mut text = format!(
        "/// `{name}` of the model.\n\
         #[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]\n\
         #[serde(rename_all = \"PascalCase\")]\n\
         pub struct {name} {{\n"
    );
    for (member, reference) in shapes[name]["members"].as_object().unwrap() {
        let field = snake(member);
        let plain = pascal(&field) == *member;
        let rename = if plain { String::new() } else { format!("rename = {member:?}, ") };
        let kind = rust_type(shapes, reference["shape"].as_str().unwrap());
        writeln!(
            text,
            "/// `{member}`.\n\
             #[serde({rename}skip_serializing_if = \"Option::is_none\")]\n\
             pub {field}: Option<{kind}>,"
        )
        .unwrap();
    }
    text + "}\n\n"
}

fn enums(shapes: &Map<String, Value>) -> String {
    let mut text = head("The model's enumerations, open: an unknown word is kept as it came.");
    text.push_str("use serde::{Deserialize, Serialize};\n\n");
    for (name, shape) in shapes {
        let Some(words) = shape.get("enum").and_then(Value::as_array) else { continue };
        writeln!(
            text,
            "/// `{name}` of the model.\n\
             #[derive(\n\
             Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize\n\
             )]\n\
             pub enum {name} {{"
        )
        .unwrap();
        for word in words.iter().map(|word| word.as_str().unwrap()) {
            let variant = pascal(word);
            writeln!(text, "/// `{word}`.\n#[serde(rename = {word:?})]\n{variant},").unwrap();
        }
        text.push_str("/// A word that the model does not have.\n");
        text.push_str("#[serde(untagged)]\nUnknown(String),\n}\n\n");
    }
    text
}
