//! Writes the serde types of the model: structs of options, and open enums.

use std::collections::BTreeSet;
use std::fmt::Write;

use serde_json::{Map, Value};

use crate::constraints;
use crate::names::{pascal, snake};
use crate::service::Service;
use crate::tables;

/// The generated files, by their path under `src/aws/model`.
pub(crate) fn files(service: &Service, model: &Value) -> Vec<(String, String)> {
    let types = Types { service, shapes: model["shapes"].as_object().unwrap() };
    let of_side = |side| named_by_operations(model, side);
    let (inputs, outputs) = (of_side("input"), of_side("output"));
    let mut named: BTreeSet<&str> = inputs.union(&outputs).copied().collect();
    loop {
        let next: BTreeSet<&str> = named.iter().flat_map(|name| types.named_in(name)).collect();
        let before = named.len();
        named.extend(next);
        if named.len() == before {
            break;
        }
    }
    let is_part = |name: &&str| {
        !inputs.contains(name) && !outputs.contains(name) && types.kind(name) == "structure"
    };
    let parts = named.iter().copied().filter(is_part).collect();
    let mut files = vec![
        ("inputs", types.structs(&inputs, "What requests carry.")),
        ("outputs", types.structs(&outputs, "What replies carry.")),
        ("parts", types.structs(&parts, "What inputs and outputs are made of.")),
        ("enums", types.enums(&named)),
        ("operations", tables::operations(service, model)),
        ("unserved", tables::unserved(service, model)),
    ];
    files.extend(constraints::files(service, model));
    files.sort();
    let index = index(service, model, files.iter().map(|(module, _)| *module));
    let path = |module| format!("{}/{module}.rs", service.name);
    let files = files.into_iter().map(|(module, text)| (path(module), text));
    files.chain([(format!("{}.rs", service.name), index)]).collect()
}

fn named_by_operations<'a>(model: &'a Value, side: &str) -> BTreeSet<&'a str> {
    let operations = model["operations"].as_object().unwrap().values();
    operations.filter_map(|operation| operation[side]["shape"].as_str()).collect()
}

fn index<'a>(service: &Service, model: &Value, modules: impl Iterator<Item = &'a str>) -> String {
    let what = format!(
        "{}, version {}, after the model in botocore {}.",
        service.title,
        model["apiVersion"].as_str().unwrap(),
        model["botocore"].as_str().unwrap()
    );
    let shown: Vec<String> = service.shown.iter().map(|it| constraints::shape_name(it)).collect();
    let mut text = service.head(&what);
    for module in modules {
        let exports = match module {
            "operations" => "pub use operations::{ERRORS, Operation};\n".to_owned(),
            "unserved" => "pub use unserved::UNSERVED;\n".to_owned(),
            "shown" => format!("pub use shown::{{{}}};\n", shown.join(", ")),
            "enums" | "inputs" | "outputs" | "parts" => format!("pub use {module}::*;\n"),
            _ => String::new(),
        };
        write!(text, "mod {module};\n{exports}").unwrap();
    }
    text
}

/// What becomes of the shapes of a model in Rust.
struct Types<'a> {
    service: &'a Service,
    shapes: &'a Map<String, Value>,
}

impl<'a> Types<'a> {
    fn kind(&self, name: &str) -> &'a str {
        self.shapes[name]["type"].as_str().unwrap()
    }

    fn members(&self, structure: &str) -> &'a Map<String, Value> {
        self.shapes[structure]["members"].as_object().unwrap()
    }

    fn is_enum(&self, name: &str) -> bool {
        self.shapes[name].get("enum").is_some()
    }

    /// The Rust type of a shape, without the `Option`.
    fn rust_type(&self, name: &str) -> String {
        let part = |key: &str| self.rust_type(self.shapes[name][key]["shape"].as_str().unwrap());
        match self.kind(name) {
            "string" if self.is_enum(name) => name.to_owned(),
            "string" => "String".to_owned(),
            "integer" | "long" => "i64".to_owned(),
            "boolean" => "bool".to_owned(),
            "timestamp" => "EpochSeconds".to_owned(),
            "structure" if self.service.keeps(name) => "Map<String, Value>".to_owned(),
            "structure" => name.to_owned(),
            "list" => format!("Vec<{}>", part("member")),
            // Keys stay text: an unknown key must not cost the whole map.
            "map" => format!("BTreeMap<String, {}>", part("value")),
            other => panic!("the generator knows no type {other}"),
        }
    }

    /// The structs and enums that the members of a structure mention.
    fn named_in(&self, name: &str) -> Vec<&'a str> {
        if self.kind(name) != "structure" {
            return Vec::new();
        }
        let members = self.members(name).values();
        members.flat_map(|member| self.named_by(member["shape"].as_str().unwrap())).collect()
    }

    fn named_by(&self, name: &'a str) -> Vec<&'a str> {
        let part = |key: &str| self.named_by(self.shapes[name][key]["shape"].as_str().unwrap());
        match self.kind(name) {
            "structure" if self.service.keeps(name) => Vec::new(),
            "structure" => vec![name],
            "string" if self.is_enum(name) => vec![name],
            "list" => part("member"),
            "map" => part("value"),
            _ => Vec::new(),
        }
    }

    fn structs(&self, names: &BTreeSet<&str>, what: &str) -> String {
        let bodies: String = names.iter().map(|name| self.one_struct(name)).collect();
        let mut text = self.service.head(what);
        if bodies.contains("BTreeMap<") {
            text.push_str("use std::collections::BTreeMap;\n\n");
        }
        text.push_str("use serde::{Deserialize, Serialize};\n");
        if bodies.contains("Option<Map<") || bodies.contains("<Vec<Map<") {
            text.push_str("use serde_json::{Map, Value};\n");
        }
        text.push('\n');
        let foreign: BTreeSet<&str> = names
            .iter()
            .flat_map(|name| self.named_in(name))
            .filter(|name| !names.contains(name))
            .collect();
        if !foreign.is_empty() {
            let list: Vec<&str> = foreign.into_iter().collect();
            writeln!(text, "use super::{{{}}};", list.join(", ")).unwrap();
        }
        if bodies.contains("EpochSeconds") {
            text.push_str("use crate::aws::timestamp::EpochSeconds;\n\n");
        }
        text + &bodies
    }

    fn one_struct(&self, name: &str) -> String {
        let mut text = format!(
            "/// `{name}` of the model.\n\
             #[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]\n\
             #[serde(rename_all = \"PascalCase\")]\n\
             pub struct {name} {{\n"
        );
        for (member, reference) in self.members(name) {
            let field = snake(member);
            let plain = pascal(&field) == *member;
            let rename = if plain { String::new() } else { format!("rename = {member:?}, ") };
            let field = if field == "type" { "r#type" } else { &field };
            let kind = self.rust_type(reference["shape"].as_str().unwrap());
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

    fn enums(&self, named: &BTreeSet<&str>) -> String {
        let what = "The model's enumerations, open: an unknown word is kept as it came.";
        let mut text = self.service.head(what);
        text.push_str("use serde::{Deserialize, Serialize};\n\n");
        for name in named.iter().filter(|name| self.is_enum(name)) {
            writeln!(
                text,
                "/// `{name}` of the model.\n\
                 #[derive(\n\
                 Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize\n\
                 )]\n\
                 pub enum {name} {{"
            )
            .unwrap();
            let words = self.shapes[*name]["enum"].as_array().unwrap();
            for word in words.iter().map(|word| word.as_str().unwrap()) {
                let variant = pascal(word);
                writeln!(text, "/// `{word}`.\n#[serde(rename = {word:?})]\n{variant},").unwrap();
            }
            text.push_str("/// A word that the model does not have.\n");
            text.push_str("#[serde(untagged)]\nUnknown(String),\n}\n\n");
        }
        text
    }
}
