//! What an error was caused by.

use std::error::Error;

/// The error of this type that `error` was caused by.
pub(crate) fn find<'a, E: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a E> {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if let Some(found) = error.downcast_ref() {
            return Some(found);
        }
        cause = error.source();
    }
    None
}

/// An error and its causes, separated by colons. A cause that has been said is not said
/// again: some errors print their source in their own message.
pub fn chain(error: &dyn Error) -> String {
    let mut parts = vec![error.to_string()];
    let mut cause = error.source();
    while let Some(error) = cause {
        let part = error.to_string();
        if !parts.iter().any(|said| said.contains(&part)) {
            parts.push(part);
        }
        cause = error.source();
    }
    parts.join(": ")
}

/// The same text without ends of lines: where credentials have been looked for is told in several.
pub(crate) fn in_one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("{said}")]
    struct Layer {
        said: &'static str,
        source: Option<Box<Self>>,
    }

    #[test]
    fn every_cause_is_said_once() {
        let layer = |said, source: Option<Layer>| Layer { said, source: source.map(Box::new) };
        let inner = layer("no such file", None);
        let middle = layer("cannot open x: no such file", Some(inner));
        let error = layer("cannot read the log", Some(middle));
        assert_eq!(chain(&error), "cannot read the log: cannot open x: no such file");
    }
}
