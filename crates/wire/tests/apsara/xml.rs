//! A small reader of XML, to hold what is written against what was meant.

use serde_json::Value;

/// An element: its name, and its text or its children.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Element {
    name: String,
    text: String,
    children: Vec<Self>,
}

/// Reads a document of one element.
pub(crate) fn read(text: &str) -> Element {
    let rest = text.strip_prefix("<?xml version=\"1.0\" encoding=\"UTF-8\"?>").unwrap();
    let (element, rest) = element(rest);
    assert_eq!(rest, "");
    element
}

fn element(text: &str) -> (Element, &str) {
    let (name, mut rest) = text.strip_prefix('<').unwrap().split_once('>').unwrap();
    assert!(name.bytes().all(|byte| byte.is_ascii_alphanumeric()), "{name}");
    let mut children = Vec::new();
    while rest.starts_with('<') && !rest.starts_with("</") {
        let (child, after) = element(rest);
        children.push(child);
        rest = after;
    }
    let (content, rest) = rest.split_once('<').unwrap();
    let rest = rest.strip_prefix(&format!("/{name}>")).unwrap();
    assert!(children.is_empty() || content.is_empty());
    (Element { name: name.to_owned(), text: unescaped(content), children }, rest)
}

fn unescaped(text: &str) -> String {
    let mut parts = text.split('&');
    let mut whole = parts.next().unwrap().to_owned();
    for part in parts {
        let (name, after) = part.split_once(';').unwrap();
        whole.push(match name {
            "amp" => '&',
            "lt" => '<',
            "gt" => '>',
            number => char::from_u32(number.strip_prefix('#').unwrap().parse().unwrap()).unwrap(),
        });
        whole.push_str(after);
    }
    whole
}

/// The element that a value should be.
pub(crate) fn expected(name: &str, value: &Value) -> Element {
    let name = name.to_owned();
    match value {
        Value::Object(members) => {
            let children = members.iter().flat_map(|(name, value)| match value {
                Value::Array(items) => items.iter().map(|item| expected(name, item)).collect(),
                Value::Null
                | Value::Bool(_)
                | Value::Number(_)
                | Value::String(_)
                | Value::Object(_) => vec![expected(name, value)],
            });
            Element { name, text: String::new(), children: children.collect() }
        }
        Value::String(text) => {
            let text = text.chars().map(|it| if can_be_held(it) { it } else { '\u{fffd}' });
            Element { name, text: text.collect(), children: Vec::new() }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) => {
            Element { name, text: value.to_string(), children: Vec::new() }
        }
    }
}

/// The characters of XML 1.0.
fn can_be_held(letter: char) -> bool {
    matches!(letter, '\t' | '\n' | '\r' | ' '..='\u{fffd}' | '\u{10000}'..)
}
