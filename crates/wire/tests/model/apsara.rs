//! Writes what ApsaraDB RDS is asked with and answers: one file for each action.

use std::fmt::Write;

use serde_json::{Map, Value};

use crate::names::{pascal, shouting, snake};

/// From how many parameters on a request is boxed, so that no call is large because one is.
const BOXED_FROM: usize = 12;

/// The longest line of a list of names.
const LINE_LEN_MAX: usize = 90;

/// The generated files, by their path under `src/apsara/model`.
pub(crate) fn files(model: &Value) -> Vec<(String, String)> {
    let actions = model["actions"].as_object().unwrap();
    let mut files = vec![
        ("actions.rs".to_owned(), action_table(actions)),
        ("calls.rs".to_owned(), calls(actions)),
        ("errors.rs".to_owned(), errors(actions)),
        ("words.rs".to_owned(), words(model["words"].as_object().unwrap())),
        ("unserved.rs".to_owned(), unserved(model)),
    ];
    for (name, action) in actions {
        files.push((format!("{}.rs", snake(name)), one_action(name, action, model)));
    }
    files
}

fn head(what: &str) -> String {
    format!(
        "//! {what}\n//!\n//! Generated from `model/rds.json` by `tests/model.rs`; do not edit.\n\n"
    )
}

fn parameters(action: &Value) -> &Map<String, Value> {
    action["request"].as_object().unwrap()
}

fn is_boxed(action: &Value) -> bool {
    parameters(action).len() >= BOXED_FROM
}

fn action_table(actions: &Map<String, Value>) -> String {
    let mut text = head("The actions that are understood.");
    text.push_str("use super::{ErrorRow, errors};\n\n");
    text.push_str("/// An action that is understood.\n");
    text.push_str("#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]\n");
    text.push_str("pub enum Action {\n");
    for name in actions.keys() {
        writeln!(text, "/// `{name}`.\n{name},").unwrap();
    }
    text.push_str("}\n\nimpl Action {\n/// All of them.\npub const ALL: &'static [Self] = &[");
    for name in actions.keys() {
        write!(text, "Self::{name}, ").unwrap();
    }
    text.push_str("];\n\n/// Its name.\npub const fn name(self) -> &'static str {\nmatch self {\n");
    for name in actions.keys() {
        writeln!(text, "Self::{name} => {name:?},").unwrap();
    }
    text.push_str("}\n}\n\n/// The errors that are documented for it.\n");
    text.push_str("pub const fn errors(self) -> &'static [ErrorRow] {\nmatch self {\n");
    for name in actions.keys() {
        writeln!(text, "Self::{name} => errors::{},", shouting(name)).unwrap();
    }
    text + "}\n}\n}\n"
}

fn calls(actions: &Map<String, Value>) -> String {
    let mut text = head("What is asked for, one variant for each action.");
    let modules: Vec<String> = actions.keys().map(|name| snake(name)).collect();
    writeln!(text, "use super::{{Action, {}}};", modules.join(", ")).unwrap();
    text.push_str("use crate::apsara::{Error, Parameters};\n\n");
    text.push_str("/// A request, understood.\n#[derive(Debug, Clone, PartialEq, Eq)]\n");
    text.push_str("pub enum Call {\n");
    for (name, action) in actions {
        let request = format!("{}::Request", snake(name));
        let request = if is_boxed(action) { format!("Box<{request}>") } else { request };
        writeln!(text, "/// `{name}`.\n{name}({request}),").unwrap();
    }
    text.push_str("}\n\nimpl Call {\n/// Its action.\n");
    text.push_str("pub const fn action(&self) -> Action {\nmatch self {\n");
    for name in actions.keys() {
        writeln!(text, "Self::{name}(_) => Action::{name},").unwrap();
    }
    text.push_str("}\n}\n\n/// Its parameters, as a client sends them.\n");
    text.push_str("pub fn parameters(&self) -> Vec<(&'static str, String)> {\nmatch self {\n");
    for name in actions.keys() {
        writeln!(text, "Self::{name}(request) => request.encode(),").unwrap();
    }
    text.push_str("}\n}\n\npub(super) fn read(action: Action, given: &Parameters) ");
    text.push_str("-> Result<Self, Error> {\nmatch action {\n");
    for (name, action) in actions {
        let read = format!("{}::Request::decode(given)", snake(name));
        let variant = if is_boxed(action) {
            format!("{read}.map(Box::new).map(Self::{name})")
        } else {
            format!("{read}.map(Self::{name})")
        };
        writeln!(text, "Action::{name} => {variant},").unwrap();
    }
    text + "}\n}\n}\n"
}

fn errors(actions: &Map<String, Value>) -> String {
    let mut text = head("The errors that are documented for each action.");
    text.push_str("use super::ErrorRow;\n\n");
    for (name, action) in actions {
        writeln!(text, "pub(super) const {}: &[ErrorRow] = &[", shouting(name)).unwrap();
        for row in action["errors"].as_array().unwrap() {
            writeln!(text, "ErrorRow::new({}, {}, {}),", row[0], row[1], row[2]).unwrap();
        }
        text.push_str("];\n\n");
    }
    text
}

fn words(words: &Map<String, Value>) -> String {
    let mut text = head("Words that parameters may be.");
    text.push_str("use super::macros::words;\n\n");
    for (name, list) in words {
        let list: Vec<&str> = list.as_array().unwrap().iter().filter_map(Value::as_str).collect();
        writeln!(text, "words! {{\n    /// The words of `{name}`.\n    {name} {{").unwrap();
        for word in &list {
            writeln!(text, "        {} = {word:?},", variant(word)).unwrap();
        }
        writeln!(text, "    }} {:?}\n}}\n", one_of(&list)).unwrap();
    }
    text
}

fn one_of(words: &[&str]) -> String {
    let (last, before) = words.split_last().unwrap();
    format!("{} or {last}", before.join(", "))
}

fn variant(word: &str) -> String {
    let upper = word.chars().all(|letter| letter.is_ascii_uppercase());
    if upper { pascal(word) } else { pascal(&snake(word)) }
}

fn unserved(model: &Value) -> String {
    let mut text = head("The actions that RDS has and that are not understood here.");
    text.push_str(
        "/// Their names, with blanks between them.\npub(super) const UNSERVED: &str = \"\\\n",
    );
    let mut line = String::new();
    for name in model["unserved"].as_array().unwrap().iter().map(|it| it.as_str().unwrap()) {
        if line.len() + name.len() >= LINE_LEN_MAX {
            writeln!(text, "{line} \\").unwrap();
            line.clear();
        }
        let blank = if line.is_empty() { "    " } else { " " };
        write!(line, "{blank}{name}").unwrap();
    }
    text + &line + "\";\n"
}

/// Everything about one action.
fn one_action(name: &str, action: &Value, model: &Value) -> String {
    let mut text = head(&format!("What `{name}` is asked with and answers."));
    let mut reply = String::new();
    let members = action["reply"].as_object().unwrap();
    structure(&mut reply, "Response", &format!("What `{name}` answers."), members);
    let mut values: Vec<String> = parameters(action)
        .values()
        .map(|it| it["type"].as_str().unwrap().to_owned())
        .filter(|kind| !model["words"].as_object().unwrap().contains_key(kind))
        .filter_map(|kind| match kind.as_str() {
            "string" | "boolean" => None,
            "integer" => Some("Number".to_owned()),
            _ => Some(kind),
        })
        .collect();
    for kind in ["Counter", "Link", "Minutes", "Seconds"] {
        if reply.contains(&format!(": {kind} = ")) {
            values.push(kind.to_owned());
        }
    }
    values.push("Reader".to_owned());
    values.push("put".to_owned());
    values.sort();
    values.dedup();
    let mut words: Vec<&str> = parameters(action)
        .values()
        .map(|it| it["type"].as_str().unwrap())
        .filter(|kind| model["words"].as_object().unwrap().contains_key(*kind))
        .collect();
    words.sort_unstable();
    words.dedup();
    text.push_str("use super::macros::structure;\n");
    writeln!(text, "use super::value::{{{}}};", values.join(", ")).unwrap();
    if !words.is_empty() {
        writeln!(text, "use super::words::{{{}}};", words.join(", ")).unwrap();
    }
    text.push_str("use super::{Action, Answer};\n");
    text.push_str("use crate::apsara::{Error, Parameters};\n\n");
    text.push_str(&request(name, parameters(action)));
    text.push_str(&reply);
    write!(text, "impl Answer for Response {{\nconst ACTION: Action = Action::{name};\n}}\n")
        .unwrap();
    text
}

fn parameter_type(parameter: &Value) -> String {
    match parameter["type"].as_str().unwrap() {
        "string" => "String".to_owned(),
        "boolean" => "bool".to_owned(),
        "integer" => {
            let bound = |name: &str| separated(parameter[name].as_i64().unwrap());
            format!("Number<{}, {}>", bound("min"), bound("max"))
        }
        other => other.to_owned(),
    }
}

/// A number with `_` between every three digits.
fn separated(number: i64) -> String {
    let digits = number.unsigned_abs().to_string();
    let sign = if number < 0 { "-" } else { "" };
    let parts: Vec<&[u8]> = digits.as_bytes().rchunks(3).rev().collect();
    let parts: Vec<&str> = parts.into_iter().map(|it| std::str::from_utf8(it).unwrap()).collect();
    format!("{sign}{}", parts.join("_"))
}

fn request(name: &str, parameters: &Map<String, Value>) -> String {
    let mut text = format!("/// What `{name}` is asked with.\n");
    text.push_str("#[derive(Debug, Clone, PartialEq, Eq)]\npub struct Request {\n");
    let mut read = String::new();
    let mut write = String::new();
    for (parameter, info) in parameters {
        let (field, kind) = (snake(parameter), parameter_type(info));
        let required = info["required"] == Value::Bool(true);
        let kind = if required { kind } else { format!("Option<{kind}>") };
        writeln!(text, "/// `{parameter}`.\npub {field}: {kind},").unwrap();
        let how = if required { "required" } else { "optional" };
        let error = info["error"].as_str();
        let error = error.map_or(String::new(), |code| format!(".or({code:?})"));
        writeln!(read, "{field}: read{error}.{how}({parameter:?})?,").unwrap();
        let value = if required {
            format!("Some(&self.{field})")
        } else {
            format!("self.{field}.as_ref()")
        };
        writeln!(write, "put(&mut pairs, {parameter:?}, {value});").unwrap();
    }
    write!(
        text,
        "}}\n\nimpl Request {{\n\
         pub(super) fn decode(given: &Parameters) -> Result<Self, Error> {{\n\
         let read = Reader::new(Action::{name}, given);\n\
         Ok(Self {{\n{read}}})\n}}\n\n\
         pub(super) fn encode(&self) -> Vec<(&'static str, String)> {{\n\
         let mut pairs = Vec::new();\n{write}pairs\n}}\n}}\n\n"
    )
    .unwrap();
    text
}

/// A structure of a reply, and before it those that it is made of.
fn structure(text: &mut String, name: &str, what: &str, members: &Map<String, Value>) {
    let mut fields = String::new();
    for (member, kind) in members {
        let kind = match kind {
            Value::String(kind) => plain(kind).to_owned(),
            Value::Array(items) => match items[0].as_object() {
                Some(inner) => {
                    let part = pascal(&snake(member));
                    structure(text, &part, &format!("An item of `{member}`."), inner);
                    format!("Vec<{part}>")
                }
                None => "Vec<String>".to_owned(),
            },
            Value::Object(inner) => {
                let list = inner.len() == 1 && inner.values().all(Value::is_array);
                let part = pascal(&snake(member)) + if list { "List" } else { "" };
                structure(text, &part, &format!("What `{member}` holds."), inner);
                part
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {
                panic!("the generator knows no reply {kind}")
            }
        };
        writeln!(fields, "        {}: {kind} = {member:?},", snake(member)).unwrap();
    }
    writeln!(text, "structure! {{\n    /// {what}\n    {name} {{\n{fields}    }}\n}}\n").unwrap();
}

/// The Rust type of a plain member.
fn plain(kind: &str) -> &'static str {
    match kind {
        "string" => "String",
        "integer" => "i64",
        "number" => "f64",
        "boolean" => "bool",
        "counter" => "Counter",
        "link" => "Link",
        "seconds" => "Seconds",
        "minutes" => "Minutes",
        other => panic!("the generator knows no type {other}"),
    }
}
