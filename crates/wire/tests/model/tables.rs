//! Writes the operation table, the constraint table, and what is not served.

use std::collections::BTreeSet;
use std::fmt::Write;

use serde_json::{Map, Value};

use crate::emit::head;
use crate::names::shouting;

fn operations_of(model: &Value) -> &Map<String, Value> {
    model["operations"].as_object().unwrap()
}

fn shapes_of(model: &Value) -> &Map<String, Value> {
    model["shapes"].as_object().unwrap()
}

/// The enum of operations, and for each its row.
pub(crate) fn operations(model: &Value) -> String {
    let mut text = head("The operations that are served.");
    text.push_str("use super::constraints;\n");
    text.push_str("use crate::aws::model::{ErrorShape, OperationInfo};\n\n");
    text.push_str("/// An operation that is served.\n");
    text.push_str("#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]\n");
    text.push_str("pub enum Operation {\n");
    let names: Vec<&String> = operations_of(model).keys().collect();
    for name in &names {
        writeln!(text, "/// `{name}`.\n{name},").unwrap();
    }
    text.push_str("}\n\nimpl Operation {\n/// All of them.\npub const ALL: &'static [Self] = &[");
    for name in &names {
        write!(text, "Self::{name}, ").unwrap();
    }
    text.push_str("];\n\n/// Its row in the table.\n");
    text.push_str("pub const fn info(self) -> &'static OperationInfo {\nmatch self {\n");
    for name in &names {
        writeln!(text, "Self::{name} => &{},", shouting(name)).unwrap();
    }
    text.push_str("}\n}\n}\n\n");
    for (name, operation) in operations_of(model) {
        text.push_str(&row(model, name, operation));
    }
    text.push_str(&errors(model));
    text
}

fn row(model: &Value, name: &str, operation: &Value) -> String {
    let http = &operation["http"];
    let status = http["responseCode"].as_u64().unwrap_or(200);
    let errors: Vec<&Value> =
        operation["errors"].as_array().unwrap().iter().map(|error| &error["shape"]).collect();
    let members = match operation["input"]["shape"].as_str() {
        Some(input) if !members_of(model, input).is_empty() => {
            format!("constraints::{}", shouting(input))
        }
        _ => "&[]".to_owned(),
    };
    let errors: Vec<String> = errors.iter().map(ToString::to_string).collect();
    format!(
        "static {}: OperationInfo = OperationInfo {{\n\
         name: {name:?},\nmethod: {},\npath: {},\nstatus: {status},\n\
         errors: &[{}],\nmembers: {members},\n}};\n\n",
        shouting(name),
        http["method"],
        http["requestUri"],
        errors.join(", "),
    )
}

/// Every error of the model, with its status.
fn errors(model: &Value) -> String {
    let mut text = "/// The modelled errors.\npub static ERRORS: &[ErrorShape] = &[".to_owned();
    for (name, shape) in shapes_of(model) {
        if shape["exception"] == Value::Bool(true) {
            let fault = shape["fault"] == Value::Bool(true);
            let status = shape["error"]["httpStatusCode"].as_u64();
            let status = status.unwrap_or(if fault { 500 } else { 400 });
            writeln!(text, "ErrorShape {{ name: {name:?}, status: {status} }},").unwrap();
        }
    }
    text + "];\n"
}

fn members_of<'a>(model: &'a Value, shape: &str) -> &'a Map<String, Value> {
    shapes_of(model)[shape]["members"].as_object().unwrap()
}

/// What each member of each input may be.
pub(crate) fn constraints(model: &Value) -> String {
    let mut text = head("What each member of each input may be.");
    text.push_str("use crate::aws::model::{Location, Member, Shape, Text};\n\n");
    let mut inputs = BTreeSet::new();
    let mut reached = BTreeSet::new();
    for operation in operations_of(model).values() {
        let Some(input) = operation["input"]["shape"].as_str() else { continue };
        inputs.insert(input);
        for member in members_of(model, input).values() {
            reach(model, member["shape"].as_str().unwrap(), &mut reached);
        }
    }
    for input in inputs.into_iter().filter(|input| !members_of(model, input).is_empty()) {
        let name = shouting(input);
        let rows = member_rows(model, input);
        writeln!(text, "pub(super) static {name}: &[Member] = &[{rows}];\n").unwrap();
    }
    for shape in reached {
        let (name, value) = (shape_name(shape), shape_value(model, shape));
        writeln!(text, "static {name}: Shape = {value};\n").unwrap();
    }
    text
}

fn shape_name(shape: &str) -> String {
    // The model has both `Boolean` and `boolean`, `Long` and `long`.
    let plain = shape.starts_with(|first: char| first.is_ascii_lowercase());
    format!("{}{}", if plain { "PLAIN_" } else { "" }, shouting(shape))
}

fn reach<'a>(model: &'a Value, shape: &'a str, reached: &mut BTreeSet<&'a str>) {
    if !reached.insert(shape) {
        return;
    }
    let value = &shapes_of(model)[shape];
    for key in ["member", "key", "value"] {
        if let Some(part) = value[key]["shape"].as_str() {
            reach(model, part, reached);
        }
    }
    for member in value["members"].as_object().into_iter().flat_map(Map::values) {
        reach(model, member["shape"].as_str().unwrap(), reached);
    }
}

fn member_rows(model: &Value, structure: &str) -> String {
    let required = shapes_of(model)[structure]["required"].as_array();
    let required = |name: &str| required.is_some_and(|names| names.iter().any(|it| it == name));
    let mut rows = String::new();
    for (name, member) in members_of(model, structure) {
        let wire_name = member["locationName"].as_str().unwrap_or(name);
        let location = match member["location"].as_str() {
            Some("uri") => format!("Location::Label({wire_name:?})"),
            Some("querystring") => format!("Location::Query({wire_name:?})"),
            Some(other) => panic!("the generator knows no location {other}"),
            None => "Location::Body".to_owned(),
        };
        let need = if required(name) { "required" } else { "optional" };
        let shape = shape_name(member["shape"].as_str().unwrap());
        writeln!(rows, "Member::{need}({name:?}, {location}, &{shape}),").unwrap();
    }
    rows
}

fn shape_value(model: &Value, shape: &str) -> String {
    let value = &shapes_of(model)[shape];
    let part = |key: &str| shape_name(value[key]["shape"].as_str().unwrap());
    let bound =
        |key: &str| value[key].as_i64().map_or("None".to_owned(), |it| format!("Some({it})"));
    let (min, max) = (bound("min"), bound("max"));
    match value["type"].as_str().unwrap() {
        "string" => {
            let pattern = value["pattern"].as_str();
            let pattern = pattern.map_or("None".to_owned(), |it| format!("Some(r\"{it}\")"));
            let words = value["enum"].as_array().cloned().unwrap_or_default();
            let words: Vec<String> = words.iter().map(ToString::to_string).collect();
            let words = words.join(", ");
            format!("Shape::Text(Text::new({min}, {max}, {pattern}, &[{words}]))")
        }
        "integer" | "long" => format!("Shape::Integer {{ min: {min}, max: {max} }}"),
        "boolean" => "Shape::Boolean".to_owned(),
        "timestamp" => "Shape::Timestamp".to_owned(),
        "list" => format!("Shape::List {{ member: &{}, min: {min}, max: {max} }}", part("member")),
        "map" => format!("Shape::Map {{ key: &{}, value: &{} }}", part("key"), part("value")),
        "structure" => format!("Shape::Structure(&[{}])", member_rows(model, shape)),
        other => panic!("the generator knows no type {other}"),
    }
}

/// The operations that are refused by name.
pub(crate) fn unserved(model: &Value) -> String {
    let mut text = head("The operations of AWS Backup that are known and not served.");
    text.push_str("use crate::aws::model::Unserved;\n\n");
    text.push_str("/// Name, method and path of each.\npub static UNSERVED: &[Unserved] = &[\n");
    for (name, http) in model["unserved"].as_object().unwrap() {
        let path = http["requestUri"].as_str().unwrap();
        let path = path.split_once('?').map_or(path, |(path, _)| path);
        let (method, path) = (&http["method"], literal(path));
        writeln!(text, "Unserved {{ name: {name:?}, method: {method}, path: {path} }},").unwrap();
    }
    text + "];\n"
}

/// The path as a string literal, broken where it would make a line too long.
fn literal(path: &str) -> String {
    const PATH_LEN_MAX: usize = 75;
    let cut = path.char_indices().take(PATH_LEN_MAX).filter(|(_, it)| *it == '/').last();
    match cut {
        Some((at, _)) if path.len() > PATH_LEN_MAX => {
            format!("\"{}\\\n{}\"", &path[..at], &path[at..])
        }
        Some(_) | None => format!("{path:?}"),
    }
}
