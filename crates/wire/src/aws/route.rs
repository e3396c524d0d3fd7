//! From method and raw path to an operation of AWS Backup.
//!
//! The raw path is split at `/` and each segment is decoded once, in that order: an ARN
//! is one segment although it holds slashes. Nothing is normalised. Clients send empty
//! and dot segments when a parameter is empty or `..`; a router that resolved them would
//! turn "delete recovery point `..` of vault `a`" into "delete vault `a`". So:
//!
//! - A collection's path is accepted with and without its last slash, as SDKs differ.
//! - An empty label is an error that names the parameter. It never becomes a listing or
//!   another operation, with one exception that cannot be told apart: describing a point
//!   with an empty ARN *is* the request that lists the vault.
//! - `.` and `..` are never labels.
//! - For requests typed by hand, an ARN with raw slashes may span segments, up to a known
//!   suffix. No SDK sends that.

use std::borrow::Cow;
use std::sync::LazyLock;

use super::WireError;
use super::model::Location;
use super::model::backup::{Operation, UNSERVED};
use super::model::check::echo;
use super::percent;

/// An operation with the labels of its path, decoded, in the order of the path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route<'a> {
    /// What is asked for.
    pub operation: Operation,
    /// Never empty, never a dot segment.
    pub labels: Vec<Cow<'a, str>>,
}

/// Why a request has no operation.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RouteError {
    /// A label is empty.
    #[error("the path has no value for {parameter}")]
    EmptyLabel {
        /// The parameter.
        parameter: &'static str,
    },
    /// A path of ours that has an empty segment where no label belongs.
    #[error("the path has an empty segment")]
    EmptySegment,
    /// A label is `.` or `..`.
    #[error("{parameter} cannot be a dot segment")]
    DotLabel {
        /// The parameter.
        parameter: &'static str,
    },
    /// A label is not percent-encoded UTF-8.
    #[error("{parameter} is not valid percent-encoded UTF-8")]
    BadEncoding {
        /// The parameter.
        parameter: &'static str,
    },
    /// AWS Backup has the operation; this server does not.
    #[error("the operation {name} is not served")]
    Unserved {
        /// Its name.
        name: &'static str,
    },
    /// No operation has this method and path.
    #[error("no operation has method {method} and path {path}")]
    Unknown {
        /// The method.
        method: String,
        /// The path, cut to what fits into a message.
        path: String,
    },
}

impl From<RouteError> for WireError {
    fn from(error: RouteError) -> Self {
        match error {
            RouteError::EmptyLabel { parameter } => Self::missing_parameter(parameter),
            RouteError::EmptySegment => Self::missing_parameter("in the path"),
            RouteError::DotLabel { parameter } => {
                Self::invalid_parameter(format!("{parameter} must be a name, not a dot segment"))
            }
            RouteError::BadEncoding { parameter } => Self::invalid_parameter(format!(
                "{parameter} must be percent-encoded UTF-8 in the path"
            )),
            RouteError::Unserved { name } => Self::unknown_operation(format!(
                "The operation {name} of AWS Backup is not served here; nothing was done."
            )),
            RouteError::Unknown { method, path } => Self::unknown_operation(format!(
                "AWS Backup has no operation {method} {path}; nothing was done."
            )),
        }
    }
}

/// A path of the model, taken apart.
struct Template {
    method: &'static str,
    segments: Vec<Segment>,
    /// Whether the path may be written with a slash at its end.
    slash_allowed: bool,
    target: Target,
}

#[derive(Clone, Copy)]
enum Segment {
    Literal(&'static str),
    /// A label and the name of its parameter.
    Label(&'static str),
}

#[derive(Clone, Copy)]
enum Target {
    Served(Operation),
    Unserved(&'static str),
}

/// The served operations first: they are the ones that are asked for.
static TEMPLATES: LazyLock<Vec<Template>> = LazyLock::new(|| {
    let served = Operation::ALL.iter().map(|operation| {
        let info = operation.info();
        let parameter = |label| {
            let wanted = Location::Label(label);
            let member = info.members.iter().find(|member| member.location == wanted);
            member.map_or(label, |member| member.name)
        };
        template(info.method, info.path, parameter, Target::Served(*operation))
    });
    let unserved = UNSERVED
        .iter()
        .map(|it| template(it.method, it.path, |label| label, Target::Unserved(it.name)));
    served.chain(unserved).collect()
});

fn template(
    method: &'static str,
    path: &'static str,
    parameter: impl Fn(&'static str) -> &'static str,
    target: Target,
) -> Template {
    let inner = path.trim_start_matches('/').trim_end_matches('/');
    let label = |segment: &'static str| segment.strip_prefix('{')?.strip_suffix('}');
    let segments: Vec<Segment> = inner
        .split('/')
        .map(|segment| match label(segment) {
            Some(name) => Segment::Label(parameter(name)),
            None => Segment::Literal(segment),
        })
        .collect();
    let collection = matches!(segments.last(), Some(Segment::Literal(_)));
    Template { method, segments, slash_allowed: collection || path.ends_with('/'), target }
}

/// Words that follow an ARN in a path and are therefore never the end of one.
const ARN_SUFFIXES: &[&str] = &[
    "disassociate",
    "index",
    "parentAssociation",
    "recovery-points",
    "restore-jobs",
    "restore-metadata",
];

/// Finds the operation. `path` is the raw request target, with or without its query.
pub fn route<'a>(method: &str, path: &'a str) -> Result<Route<'a>, RouteError> {
    let path = path.split_once('?').map_or(path, |(path, _)| path);
    let unknown = || RouteError::Unknown { method: echo(method), path: echo(path) };
    let segments: Vec<&str> = path.strip_prefix('/').ok_or_else(unknown)?.split('/').collect();
    let find = |segments: &[&'a str], slash: bool| {
        TEMPLATES
            .iter()
            .filter(|template| template.method == method && (template.slash_allowed || !slash))
            .find_map(|template| Some((template, labels_of(template, segments)?)))
    };
    let without_slash = match segments.split_last() {
        Some((&"", rest)) if !rest.is_empty() => find(rest, true),
        _ => None,
    };
    match without_slash.or_else(|| find(&segments, false)) {
        Some((template, labels)) => resolve(template.target, labels),
        None if segments.contains(&"") && is_backup_path(path) => Err(RouteError::EmptySegment),
        None => Err(unknown()),
    }
}

/// Whether the path begins as some path of AWS Backup does.
pub fn is_backup_path(path: &str) -> bool {
    let first = path.trim_start_matches('/').split(['/', '?']).next().unwrap_or("");
    TEMPLATES.iter().any(|template| {
        matches!(template.segments.first(), Some(Segment::Literal(literal)) if *literal == first)
    })
}

/// A label's parameter, and the segments that make it up: one, but for a joined ARN.
type RawLabel<'a> = (&'static str, Vec<&'a str>);

/// The labels of the path, if it fits the template.
fn labels_of<'a>(template: &Template, segments: &[&'a str]) -> Option<Vec<RawLabel<'a>>> {
    let surplus = segments.len().checked_sub(template.segments.len())?;
    let joined = if surplus == 0 { None } else { Some(arn_label(template, segments, surplus)?) };
    let mut labels = Vec::with_capacity(2);
    let mut rest = segments;
    for (index, segment) in template.segments.iter().enumerate() {
        let width = if joined == Some(index) { surplus + 1 } else { 1 };
        let (found, tail) = rest.split_at_checked(width)?;
        rest = tail;
        match segment {
            Segment::Literal(literal) if found == [*literal] => {}
            Segment::Literal(_) => return None,
            Segment::Label(parameter) => labels.push((*parameter, found.to_vec())),
        }
    }
    Some(labels)
}

/// The index of the label that takes the surplus segments, if they are an ARN.
fn arn_label(template: &Template, segments: &[&str], surplus: usize) -> Option<usize> {
    let is_arn = |segment: &Segment| match segment {
        Segment::Label(parameter) => parameter.ends_with("Arn"),
        Segment::Literal(_) => false,
    };
    let index = template.segments.iter().position(is_arn)?;
    let parts = segments.get(index..=index + surplus)?;
    let begins = parts.first()?.get(..4).is_some_and(|start| start == "arn:");
    let plain = parts.iter().all(|part| !matches!(*part, "" | "." | ".."));
    let last = index + 1 == template.segments.len();
    let ends_in_suffix = parts.last().is_some_and(|part| ARN_SUFFIXES.contains(part));
    (begins && plain && !(last && ends_in_suffix)).then_some(index)
}

fn resolve(target: Target, labels: Vec<RawLabel<'_>>) -> Result<Route<'_>, RouteError> {
    match target {
        Target::Unserved(name) => Err(RouteError::Unserved { name }),
        Target::Served(operation) => {
            let decoded: Result<Vec<_>, _> = labels.into_iter().map(decode_label).collect();
            Ok(Route { operation, labels: decoded? })
        }
    }
}

fn decode_label((parameter, parts): RawLabel<'_>) -> Result<Cow<'_, str>, RouteError> {
    let mut decoded = parts.into_iter().map(percent::decode);
    let bad_encoding = |_| RouteError::BadEncoding { parameter };
    let mut label = decoded.next().unwrap_or(Ok(Cow::Borrowed(""))).map_err(bad_encoding)?;
    for part in decoded {
        let part = part.map_err(bad_encoding)?;
        label = Cow::Owned(format!("{label}/{part}"));
    }
    match &*label {
        "" => Err(RouteError::EmptyLabel { parameter }),
        "." | ".." => Err(RouteError::DotLabel { parameter }),
        _ => Ok(label),
    }
}

#[cfg(test)]
mod tests;
