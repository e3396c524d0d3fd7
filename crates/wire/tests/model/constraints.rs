//! Writes what each member of each input may be, and of some outputs too.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use serde_json::{Map, Value};

use crate::names::shouting;
use crate::service::Service;
use crate::tables::{members_of, operations_of, shapes_of};

/// The files of shapes, by name: what stands in each, and the types that it takes.
const FILES: [(&str, &str, &str); 4] = [
    ("structures", "What structures may hold.", "Location, Member, Shape"),
    ("shown", "What structures of replies may hold.", "Location, Member, Shape"),
    ("texts", "What texts may be.", "Shape, Text"),
    ("values", "What lists, maps and plain values may be.", "Shape"),
];

/// The constraints of a model, by file.
pub(crate) fn files(service: &Service, model: &Value) -> Vec<(&'static str, String)> {
    let tables = Tables::of(service, model);
    let shapes = FILES.into_iter().filter_map(|(file, what, types)| {
        let shapes = tables.in_file(file);
        (!shapes.is_empty()).then(|| (file, tables.shapes(file, &shapes, what, types)))
    });
    [("constraints", tables.inputs())].into_iter().chain(shapes).collect()
}

/// The name of the table of a shape.
pub(crate) fn shape_name(shape: &str) -> String {
    // The model has both `Boolean` and `boolean`, `Long` and `long`.
    let plain = shape.starts_with(|first: char| first.is_ascii_lowercase());
    format!("{}{}", if plain { "PLAIN_" } else { "" }, shouting(shape))
}

struct Tables<'a> {
    service: &'a Service,
    model: &'a Value,
    /// The file in which each shape stands.
    places: BTreeMap<&'a str, &'static str>,
}

impl<'a> Tables<'a> {
    fn of(service: &'a Service, model: &'a Value) -> Self {
        let (mut asked, mut all) = (BTreeSet::new(), BTreeSet::new());
        for input in inputs(model) {
            members(model, input).for_each(|shape| reach(model, shape, &mut asked));
        }
        service.shown.iter().for_each(|shape| reach(model, shape, &mut all));
        all.extend(&asked);
        let place = |shape: &str| match shapes_of(model)[shape]["type"].as_str().unwrap() {
            "structure" if asked.contains(shape) => "structures",
            "structure" => "shown",
            "string" => "texts",
            _ => "values",
        };
        let places = all.into_iter().map(|shape| (shape, place(shape))).collect();
        Self { service, model, places }
    }

    fn in_file(&self, file: &str) -> Vec<&'a str> {
        self.places.iter().filter(|(_, place)| **place == file).map(|(shape, _)| *shape).collect()
    }

    fn inputs(&self) -> String {
        let inputs: BTreeSet<&str> = inputs(self.model).collect();
        let named = inputs.iter().flat_map(|input| members(self.model, input)).collect();
        let mut text = self.service.head("What each member of each input may be.");
        text.push_str(&self.imports("constraints", &named));
        text.push_str("use crate::aws::model::{Location, Member};\n\n");
        for input in inputs {
            let (name, rows) = (shouting(input), member_rows(self.model, input));
            writeln!(text, "pub(super) static {name}: &[Member] = &[{rows}];\n").unwrap();
        }
        text
    }

    fn shapes(&self, file: &str, shapes: &[&'a str], what: &str, types: &str) -> String {
        let named = shapes.iter().flat_map(|shape| parts(self.model, shape)).collect();
        let mut text = self.service.head(what) + &self.imports(file, &named);
        writeln!(text, "use crate::aws::model::{{{types}}};\n").unwrap();
        for shape in shapes {
            let (name, value) = (shape_name(shape), shape_value(self.model, shape));
            let shown = self.service.shown.contains(shape);
            let public = if shown { "/// What it may hold.\npub" } else { "pub(super)" };
            writeln!(text, "{public} static {name}: Shape = {value};\n").unwrap();
        }
        text
    }

    /// Takes the tables of these shapes from the other files that have them.
    fn imports(&self, into: &str, shapes: &BTreeSet<&str>) -> String {
        let mut text = String::new();
        for (file, _, _) in FILES.into_iter().filter(|(file, _, _)| *file != into) {
            let here = shapes.iter().filter(|shape| self.places[**shape] == file);
            let names: Vec<String> = here.map(|shape| shape_name(shape)).collect();
            if !names.is_empty() {
                writeln!(text, "use super::{file}::{{{}}};", names.join(", ")).unwrap();
            }
        }
        text
    }
}

fn shape_of(member: &Value) -> &str {
    member["shape"].as_str().unwrap()
}

/// The inputs that have members.
fn inputs(model: &Value) -> impl Iterator<Item = &str> {
    let named = operations_of(model).values().filter_map(|it| it["input"]["shape"].as_str());
    named.filter(|input| !members_of(model, input).is_empty())
}

fn members<'a>(model: &'a Value, structure: &str) -> impl Iterator<Item = &'a str> {
    members_of(model, structure).values().map(shape_of)
}

/// The shapes that this one is made of.
fn parts<'a>(model: &'a Value, shape: &str) -> Vec<&'a str> {
    let value = &shapes_of(model)[shape];
    let inner = ["member", "key", "value"].into_iter().filter_map(|key| value[key].get("shape"));
    let members = value["members"].as_object().into_iter().flat_map(Map::values);
    inner.filter_map(Value::as_str).chain(members.map(shape_of)).collect()
}

fn reach<'a>(model: &'a Value, shape: &'a str, reached: &mut BTreeSet<&'a str>) {
    if reached.insert(shape) {
        for part in parts(model, shape) {
            reach(model, part, reached);
        }
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
        let shape = shape_name(shape_of(member));
        writeln!(rows, "Member::{need}({name:?}, {location}, &{shape}),").unwrap();
    }
    rows
}

fn shape_value(model: &Value, shape: &str) -> String {
    let value = &shapes_of(model)[shape];
    let part = |key: &str| shape_name(value[key]["shape"].as_str().unwrap());
    let bound = |key: &str| {
        value[key].as_i64().map_or("None".to_owned(), |it| format!("Some({})", grouped(it)))
    };
    let (min, max) = (bound("min"), bound("max"));
    match value["type"].as_str().unwrap() {
        "string" => {
            let pattern = value["pattern"].as_str();
            let pattern = pattern.map_or("None".to_owned(), |it| format!("Some(r\"{it}\")"));
            let words = value["enum"].as_array().cloned().unwrap_or_default();
            let words: Vec<String> = words.iter().map(ToString::to_string).collect();
            let words = words.join(", ");
            let make = if value["sensitive"] == Value::Bool(true) { "secret" } else { "new" };
            format!("Shape::Text(Text::{make}({min}, {max}, {pattern}, &[{words}]))")
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

/// A number with its digits in groups of three, if it is a long one.
fn grouped(number: i64) -> String {
    let digits = number.unsigned_abs().to_string();
    let sign = if number < 0 { "-" } else { "" };
    if digits.len() < 6 {
        return format!("{sign}{digits}");
    }
    let groups: Vec<&str> = digits.as_bytes().rchunks(3).rev().map(text).collect();
    format!("{sign}{}", groups.join("_"))
}

fn text(ascii: &[u8]) -> &str {
    std::str::from_utf8(ascii).unwrap()
}
