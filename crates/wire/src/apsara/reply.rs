//! Answers as JSON or XML.
//!
//! Both come from the same members: what is a list in JSON is an element that is there several
//! times in XML. Clients parse only JSON; XML is what a request without `Format` gets.

use std::fmt::Write;

use http::HeaderValue;
use serde_json::{Map, Value};

use crate::aws::Reply;
use crate::xml::escape;

/// How an answer is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// What every client asks for.
    Json,
    /// What a request of the first signature gets when it does not say.
    Xml,
}

impl Format {
    /// Reads the parameter `Format`, in whatever case.
    pub fn read(text: &str) -> Option<Self> {
        let is = |word: &str| text.eq_ignore_ascii_case(word);
        if is("json") {
            Some(Self::Json)
        } else if is("xml") {
            Some(Self::Xml)
        } else {
            None
        }
    }
}

/// An answer with these members. `root` is the name of the outermost element in XML.
pub(crate) fn encode(
    status: u16,
    root: &str,
    members: Map<String, Value>,
    format: Format,
) -> Reply {
    let (media, body) = match format {
        Format::Json => ("application/json;charset=utf-8", Value::Object(members).to_string()),
        Format::Xml => {
            let mut text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>".to_owned();
            element(&mut text, root, &Value::Object(members));
            ("text/xml;charset=utf-8", text)
        }
    };
    let headers = vec![(http::header::CONTENT_TYPE, HeaderValue::from_static(media))];
    Reply { status, headers, body: body.into_bytes() }
}

/// Writes one member. The names are this crate's own; only values are foreign text.
fn element(text: &mut String, name: &str, value: &Value) {
    let mut simple = |content: &str| {
        write!(text, "<{name}>{content}</{name}>").expect("a String takes everything");
    };
    match value {
        Value::Null => {}
        Value::Bool(truth) => simple(if *truth { "true" } else { "false" }),
        Value::Number(number) => simple(&number.to_string()),
        Value::String(content) => simple(&escape(content)),
        Value::Array(items) => items.iter().for_each(|item| element(text, name, item)),
        Value::Object(members) => {
            write!(text, "<{name}>").expect("a String takes everything");
            members.iter().for_each(|(name, value)| element(text, name, value));
            write!(text, "</{name}>").expect("a String takes everything");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn xml(value: &Value) -> String {
        let members = value.as_object().unwrap().clone();
        let reply = encode(200, "R", members, Format::Xml);
        let text = String::from_utf8(reply.body).unwrap();
        text.strip_prefix("<?xml version=\"1.0\" encoding=\"UTF-8\"?>").unwrap().to_owned()
    }

    #[test]
    fn a_list_is_an_element_several_times() {
        let items = json!({ "Items": { "Backup": [{ "BackupId": "1" }, { "BackupId": "2" }] } });
        let expected = "<R><Items><Backup><BackupId>1</BackupId></Backup>\
                        <Backup><BackupId>2</BackupId></Backup></Items></R>";
        assert_eq!(xml(&items), expected);
        assert_eq!(xml(&json!({ "Items": { "Backup": [] } })), "<R><Items></Items></R>");
    }

    #[test]
    fn every_kind_of_value_is_written() {
        assert_eq!(xml(&json!({ "A": true })), "<R><A>true</A></R>");
        assert_eq!(xml(&json!({ "A": -7 })), "<R><A>-7</A></R>");
        assert_eq!(xml(&json!({ "A": null })), "<R></R>");
        assert_eq!(xml(&json!({ "A": "<&\u{0}>" })), "<R><A>&lt;&amp;\u{fffd}&gt;</A></R>");
    }

    #[test]
    fn the_format_is_read_in_any_case() {
        assert_eq!(Format::read("json"), Some(Format::Json));
        assert_eq!(Format::read("JSON"), Some(Format::Json));
        assert_eq!(Format::read("Xml"), Some(Format::Xml));
        assert_eq!(Format::read("yaml"), None);
    }
}
