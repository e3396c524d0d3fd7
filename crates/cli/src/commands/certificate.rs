//! `sexton certificate`: the proof that a recovery point is gone, had and checked.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use serde_json::Value;
use sexton_server::certificate::{Document, Invalid};

use super::admin::{ServerArguments, items, segment};
use crate::exit::{Exit, Failure};
use crate::render;

/// Arguments of `sexton certificate`.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    action: Option<Action>,

    /// ARN of the recovery point that is gone
    #[arg(required = true)]
    arn: Option<String>,

    #[command(flatten)]
    server: ServerArguments,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Check a certificate without the server, against its public key and a copy of its log
    Verify {
        /// The certificate; `-` is standard input
        file: PathBuf,
        /// The server's public key, had by a way that you trust [default:
        /// DATA/certificate-key.pub]
        #[arg(long, value_name = "FILE")]
        public_key: Option<PathBuf>,
        /// A copy of the log, as `sexton certificate log` prints it
        #[arg(long, value_name = "FILE")]
        log: Option<PathBuf>,
        #[command(flatten)]
        server: ServerArguments,
    },
    /// Print the log that every certificate is a leaf of, to be kept somewhere else
    Log {
        #[command(flatten)]
        server: ServerArguments,
    },
}

/// Does what was asked.
pub(crate) async fn run(arguments: Arguments) -> Result<Exit, Failure> {
    match (arguments.action, arguments.arn) {
        (Some(Action::Verify { file, public_key, log, server }), _) => {
            let public_key = public_key.unwrap_or_else(|| server.data.join("certificate-key.pub"));
            verify(&file, &public_key, log.as_deref())
        }
        (Some(Action::Log { server }), _) => {
            let call = async |path: String| server.call("GET", &path, None).await;
            read_log(call, |text, _| render::line(text)).await?;
            Ok(Exit::Success)
        }
        (None, Some(arn)) => {
            let path = format!("certificates/{}", segment(&arn));
            let document = arguments.server.call("GET", &path, None).await?;
            render::json_document(&document);
            Ok(Exit::Success)
        }
        (None, None) => Err(Failure::text(Exit::Usage, "which recovery point? give its ARN")),
    }
}

fn read(path: &Path) -> Result<String, Failure> {
    let text = if path == Path::new("-") {
        std::io::read_to_string(std::io::stdin())
    } else {
        std::fs::read_to_string(path)
    };
    text.map_err(|error| {
        Failure::text(Exit::Unexpected, format!("cannot read {}: {error}", path.display()))
    })
}

fn verify(file: &Path, public_key: &Path, log: Option<&Path>) -> Result<Exit, Failure> {
    let text = read(file)?;
    let public_key = read(public_key)
        .map_err(|failure| failure.hint("name the server's public key with --public-key"))?;
    let leaves = log.map(|path| parse_log(&read(path)?)).transpose()?;
    let invalid = |error: Invalid| {
        Failure::text(Exit::Refused, format!("{} does not hold: {error}", file.display()))
    };
    let document = Document::parse(&text).map_err(invalid)?;
    let certificate = document.verify(&public_key, leaves.as_deref()).map_err(invalid)?;
    render::verified(&certificate, &document.log, leaves.is_some());
    Ok(Exit::Success)
}

/// Lines of hexadecimal leaf hashes, from the first.
fn parse_log(text: &str) -> Result<Vec<[u8; 32]>, Failure> {
    let wrong = |line: usize| {
        Failure::text(Exit::Usage, format!("line {line} of the log is not a leaf hash"))
    };
    text.lines()
        .enumerate()
        .map(|(index, line)| hash(line.trim()).ok_or_else(|| wrong(index + 1)))
        .collect()
}

/// A hash in hexadecimal.
fn hash(text: &str) -> Option<[u8; 32]> {
    let mut hash = [0; 32];
    if text.len() != 64 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    for (index, byte) in hash.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&text[2 * index..2 * index + 2], 16).ok()?;
    }
    Some(hash)
}

/// Reads the whole log with `call`, which gets a path, and gives every leaf to `take`: as
/// the server writes it, and as a hash.
pub(super) async fn read_log(
    call: impl AsyncFn(String) -> Result<Value, Failure>,
    mut take: impl FnMut(&str, [u8; 32]),
) -> Result<(), Failure> {
    let mut from = 0_u64;
    loop {
        let page = call(format!("log?from={from}")).await?;
        let leaves = items(&page, "leaves")?;
        if leaves.is_empty() {
            return Ok(());
        }
        for leaf in leaves {
            let text = leaf.as_str().unwrap_or_default();
            let hash = hash(text).ok_or_else(|| {
                let what = format!("leaf {from} of the server's log is not a hash: {leaf}");
                Failure::text(Exit::Unexpected, what)
            })?;
            take(text, hash);
            from += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_line_that_is_no_hash_is_named() {
        let (good, sign) = ("0f".repeat(32), "+f".repeat(32));
        assert_eq!(parse_log(&format!("{good}\n {good} \n")).unwrap(), [[15; 32]; 2]);
        for bad in ["", "0f", &sign, &"é".repeat(32)] {
            let error = parse_log(&format!("{good}\n{bad}\n")).unwrap_err();
            assert_eq!(error.message, "line 2 of the log is not a leaf hash");
        }
    }

    proptest! {
        #[test]
        fn reading_a_log_never_panics(text in ".{0,90}", long in "[0-9a-f+é]{60,70}") {
            drop(parse_log(&text));
            drop(parse_log(&long));
        }
    }
}
