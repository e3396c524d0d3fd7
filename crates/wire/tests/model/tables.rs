//! Writes the operation table, and what is not served.

use std::fmt::Write;

use serde_json::{Map, Value};

use crate::names::shouting;
use crate::service::Service;

pub(crate) fn operations_of(model: &Value) -> &Map<String, Value> {
    model["operations"].as_object().unwrap()
}

pub(crate) fn shapes_of(model: &Value) -> &Map<String, Value> {
    model["shapes"].as_object().unwrap()
}

/// The enum of operations, and for each its row.
pub(crate) fn operations(service: &Service, model: &Value) -> String {
    let mut text = service.head("The operations that are served.");
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

pub(crate) fn members_of<'a>(model: &'a Value, shape: &str) -> &'a Map<String, Value> {
    shapes_of(model)[shape]["members"].as_object().unwrap()
}

/// The operations that are refused by name.
pub(crate) fn unserved(service: &Service, model: &Value) -> String {
    let what = format!("The operations of {} that are known and not served.", service.title);
    let mut text = service.head(&what);
    let unserved = model["unserved"].as_object().unwrap();
    if unserved.values().all(|http| http["requestUri"] == "/") {
        let names: Vec<String> = unserved.keys().map(|name| format!("{name:?},")).collect();
        let names = names.join("\n");
        write!(text, "/// Their names.\npub static UNSERVED: &[&str] = &[\n{names}\n];\n").unwrap();
        return text;
    }
    text.push_str("use crate::aws::model::Unserved;\n\n");
    text.push_str("/// Name, method and path of each.\npub static UNSERVED: &[Unserved] = &[\n");
    for (name, http) in unserved {
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
