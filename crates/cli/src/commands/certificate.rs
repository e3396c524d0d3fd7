//! `sexton certificate`: the proof that a recovery point is gone, had and checked.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use jiff::Timestamp;
use serde_json::Value;
use sexton_client::RdsInstanceId;
use sexton_core::{BackupArn, Detail, VaultName};
use sexton_store::certificate::{Document, Invalid, Proven, check_public_key};

mod redact;

use super::admin::{ServerArguments, items, segment};
use super::id::Id;
use super::serve::DATA_FOLDER;
use crate::args::{backup, instance, vault};
use crate::exit::{Exit, Failure};
use crate::files::read_text;
use crate::render;

/// Certificates that do not hold, or are not there, of which a message says why.
const NAMED_MAX: usize = 5;

/// Longer than every public key.
const KEY_BYTES_MAX: u64 = 1 << 16;

/// The longest bundle or log that is read, which is held in memory: millions of certificates.
const BUNDLE_BYTES_MAX: u64 = 4 << 30;

/// Arguments of `sexton certificate`.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    action: Option<Action>,

    /// ARNs of recovery points that are gone, ids (`backup-…`) of FSx backups of the region, or
    /// with --instance ids of backup sets. For several, one certificate is printed on each line
    #[arg(value_name = "ARN", required = true, value_parser = backup)]
    arns: Vec<Id>,

    /// Instance of RDS that the backup sets are of
    #[arg(long, value_name = "ID", value_parser = instance)]
    instance: Option<RdsInstanceId>,

    #[command(flatten)]
    server: ServerArguments,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Check certificates with the public key and a copy of the log; no server is needed
    Verify {
        /// A certificate or a bundle of them; `-` is standard input
        file: PathBuf,
        /// The public key, from where you trust it [default: DATA/certificate-key.pub]
        #[arg(long, value_name = "FILE")]
        public_key: Option<PathBuf>,
        /// A copy of the log, as `sexton certificate log` prints it
        #[arg(long, value_name = "FILE")]
        log: Option<PathBuf>,
        /// Folder that holds certificate-key.pub
        #[arg(long, value_name = "DIR", env = "SEXTON_DATA", default_value = DATA_FOLDER)]
        data: PathBuf,
    },
    /// Print all certificates, one on each line: a bundle
    Export {
        /// Only those of recovery points that were in this vault
        #[arg(long, value_parser = vault)]
        vault: Option<VaultName>,
        #[command(flatten)]
        server: ServerArguments,
    },
    /// Have the server forget what certificates say of people and places: who decided, operator,
    /// place and categorization. The rest of them holds as before
    #[command(group = clap::ArgGroup::new("which").required(true).args(["arns", "before"]))]
    Redact {
        /// ARNs of recovery points that are gone, ids of FSx backups, or with --instance of
        /// backup sets
        #[arg(value_name = "ARN", value_parser = backup)]
        arns: Vec<Id>,
        /// Instance of RDS that the backup sets are of
        #[arg(long, value_name = "ID", value_parser = instance)]
        instance: Option<RdsInstanceId>,
        /// Every certificate that was issued before this day (UTC) or instant
        #[arg(long, value_name = "DATE", value_parser = redact::instant)]
        before: Option<Timestamp>,
        /// Forget without asking
        #[arg(long)]
        yes: bool,
        #[command(flatten)]
        server: ServerArguments,
    },
    /// Print the log that contains all certificates. Keep copies of it somewhere else
    Log {
        #[command(flatten)]
        server: ServerArguments,
    },
}

/// Does what was asked.
pub(crate) async fn run(arguments: Arguments) -> Result<Exit, Failure> {
    match arguments.action {
        Some(Action::Verify { file, public_key, log, data }) => {
            let public_key = public_key.unwrap_or_else(|| data.join("certificate-key.pub"));
            verify(&file, &public_key, log.as_deref())
        }
        Some(Action::Export { vault, server }) => {
            let server = server.connect().await?;
            let call = async |path: String| server.call("GET", &path, None).await;
            export(call, vault.as_ref()).await?;
            Ok(Exit::Success)
        }
        Some(Action::Redact { arns, instance, before, yes, server }) => {
            let names = names(arns, instance.as_ref())?;
            redact::run(redact::Which::of(names, before), yes, &server).await
        }
        Some(Action::Log { server }) => {
            let server = server.connect().await?;
            let call = async |path: String| server.call("GET", &path, None).await;
            read_log(call, |text, _| render::line(text)).await?;
            Ok(Exit::Success)
        }
        None => {
            let Arguments { arns, instance, server, .. } = arguments;
            print(&server, &names(arns, instance.as_ref())?).await
        }
    }
}

/// What a certificate is asked for by: an id, and the instance that it is a backup set of.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Name {
    id: Id,
    instance: Option<RdsInstanceId>,
}

/// Each id with what it needs: the number of a backup set does not say of which instance it is.
fn names(ids: Vec<Id>, instance: Option<&RdsInstanceId>) -> Result<Vec<Name>, Failure> {
    let with_instance = |id| match (&id, instance) {
        (Id::Set(_), Some(instance)) => Ok(Name { instance: Some(instance.clone()), id }),
        (Id::Set(set), None) => {
            let set = set.as_str();
            let text = format!("{set} is a backup set, of which instance of RDS is not said");
            Err(Failure::text(Exit::Usage, text).hint("name the instance with --instance"))
        }
        (Id::Arn(_) | Id::Fsx(_), _) => Ok(Name { instance: None, id }),
    };
    let names: Vec<Name> = ids.into_iter().map(with_instance).collect::<Result<_, _>>()?;
    if instance.is_some() && names.iter().all(|name| name.instance.is_none()) {
        let text = "--instance is of backup sets, and none is named";
        return Err(Failure::text(Exit::Usage, text).hint("give their ids, such as 324909958"));
    }
    Ok(names)
}

impl Name {
    /// As the server is asked for it.
    fn text(&self) -> String {
        match &self.instance {
            Some(instance) => format!("{}/{}", instance.as_str(), self.id.as_str()),
            None => self.id.as_str().to_owned(),
        }
    }

    /// Whether `arn` is the ARN of what this names, wherever that is.
    fn names(&self, arn: &BackupArn) -> bool {
        match &self.instance {
            Some(instance) => {
                let (instance, set) = (instance.as_str(), self.id.as_str());
                let rest = arn.as_str().splitn(6, ':').nth(5);
                rest == Some(&format!("dbinstance/{instance}/backup/{set}"))
            }
            None => self.id.names(arn),
        }
    }
}

/// What answers may be no Sexton server: whatever it says must not be kept as a certificate.
fn check_is_of(document: &Value, name: &Name) -> Result<(), Failure> {
    #[derive(serde::Deserialize)]
    struct Statement {
        backup: BackupArn,
    }
    let read = serde_json::from_value::<Document>(document.clone()).ok();
    let said = read.and_then(|it| serde_json::from_str::<Statement>(&it.statement).ok());
    match said {
        Some(said) if name.names(&said.backup) => Ok(()),
        Some(said) => {
            let (backup, wanted) = (said.backup, name.text());
            let text = format!("the answer is the certificate of {backup}, and not of {wanted}");
            Err(Failure::text(Exit::Unexpected, text).hint("check --endpoint-url"))
        }
        None => {
            let text = "the answer is no certificate: it is not a Sexton server that answers";
            Err(Failure::text(Exit::Unexpected, text).hint("check --endpoint-url"))
        }
    }
}

/// Prints the certificates of these points.
async fn print(server: &ServerArguments, names: &[Name]) -> Result<Exit, Failure> {
    let server = server.connect().await?;
    let mut missing = Vec::new();
    for name in names {
        let path = format!("certificates/{}", segment(&name.text()));
        match server.call("GET", &path, None).await {
            Ok(document) => {
                check_is_of(&document, name)?;
                if names.len() == 1 {
                    render::json_document(&document);
                } else {
                    render::json_line(&document);
                }
            }
            Err(failure) if failure.exit == Exit::Refused => missing.push(failure),
            Err(failure) => return Err(failure),
        }
    }
    let count = missing.len();
    let Some(first) = missing.first() else { return Ok(Exit::Success) };
    if names.len() == 1 {
        return Err(missing.remove(0));
    }
    let hint = first.hint.clone();
    let why = several(missing.into_iter().map(|failure| failure.message));
    let have = if count == 1 { "has" } else { "have" };
    let text = format!("{count} of {} {have} no certificate: {why}", names.len());
    let failure = Failure::text(Exit::Refused, text);
    Err(match hint {
        Some(hint) => failure.hint(hint),
        None => failure,
    })
}

/// The first of several messages.
fn several(messages: impl ExactSizeIterator<Item = String>) -> String {
    let more = messages.len() > NAMED_MAX;
    let mut named: Vec<String> = messages.take(NAMED_MAX).collect();
    if more {
        named.push("…".to_owned());
    }
    named.join("; ")
}

fn verify(file: &Path, public_key: &Path, log: Option<&Path>) -> Result<Exit, Failure> {
    let key_hint = "name the server's public key with --public-key";
    // Before the certificate: of a key that is none, no certificate can be said to be wrong.
    let key = read_text(public_key, KEY_BYTES_MAX).and_then(|key| match check_public_key(&key) {
        Ok(()) => Ok(key),
        Err(error) => {
            let text = format!("{} holds no public key: {error}", public_key.display());
            Err(Failure::text(Exit::Usage, text))
        }
    });
    let public_key = key.map_err(|failure| failure.hint(key_hint))?;
    let text = read_text(file, BUNDLE_BYTES_MAX)?;
    let leaves = log.map(|path| parse_log(&read_text(path, BUNDLE_BYTES_MAX)?)).transpose()?;
    let results: Vec<Result<Proven, Invalid>> = Document::parse_all(&text)
        .map(|document| document?.prove(&public_key, leaves.as_deref()))
        .collect();
    let name = file.display();
    let refused = |text: String| Err(Failure::text(Exit::Refused, text));
    match &results[..] {
        [] => return refused(format!("there is no certificate in {name}")),
        [Err(error)] => return refused(format!("{name} does not hold: {error}")),
        [Ok(Proven::Deletion(verified))] => {
            render::verified(verified, leaves.is_some());
            return Ok(Exit::Success);
        }
        [Ok(Proven::NextKey(_))] | [_, _, ..] => (),
    }
    let mut wrong = Vec::new();
    for (number, result) in (1..).zip(&results) {
        match result {
            Ok(Proven::NextKey(key)) => render::line_of_fields(["next key", key]),
            Ok(Proven::Deletion(verified)) => {
                let redacted: Vec<_> = verified.redacted().map(Detail::name).collect();
                let redacted = format!("redacted: {}", redacted.join(", "));
                let fields = ["holds", verified.certificate.backup.as_str(), &redacted];
                let shown = if verified.redacted().next().is_some() { 3 } else { 2 };
                render::line_of_fields(&fields[..shown]);
            }
            Err(error) => wrong.push(format!("number {number}: {error}")),
        }
    }
    if wrong.is_empty() {
        return Ok(Exit::Success);
    }
    let (count, of) = (wrong.len(), results.len());
    let hold = if count == 1 { "does" } else { "do" };
    refused(format!("{count} of {of} in {name} {hold} not hold: {}", several(wrong.into_iter())))
}

/// Prints every certificate with `call`, which gets a path.
async fn export(
    call: impl AsyncFn(String) -> Result<Value, Failure>,
    vault: Option<&VaultName>,
) -> Result<(), Failure> {
    let vault = vault.map(|it| format!("&vault={}", segment(it.as_str()))).unwrap_or_default();
    let mut from = 0;
    loop {
        let page = call(format!("certificates?from={from}{vault}")).await?;
        for document in items(&page, "certificates")? {
            render::json_line(document);
        }
        match next_after(from, &page)? {
            Some(next) => from = next,
            None => return Ok(()),
        }
    }
}

/// The certificate that the page after this one begins with, if there is one.
fn next_after(from: u64, page: &Value) -> Result<Option<u64>, Failure> {
    let next = &page["next"];
    if next.is_null() {
        return Ok(None);
    }
    let further = next.as_u64().filter(|next| *next > from);
    further.map(Some).ok_or_else(|| {
        let text = format!("the server goes on with certificate {next} after {from}");
        Failure::text(Exit::Unexpected, text)
    })
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
        if page["from"].as_u64() != Some(from) {
            let text =
                format!("the server was asked for leaf {from} and gave leaf {}", page["from"]);
            return Err(Failure::text(Exit::Unexpected, text));
        }
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

    #[tokio::test]
    async fn a_server_that_repeats_itself_is_an_error_and_no_end() {
        let same = async |_: String| {
            Ok(serde_json::json!({
                "from": 0, "leaves": ["0f".repeat(32)], "certificates": [], "next": 1
            }))
        };
        let error = read_log(same, |_, _| ()).await.unwrap_err();
        assert_eq!(error.message, "the server was asked for leaf 1 and gave leaf 0");
        let error = export(same, Some(&"gold".parse().unwrap())).await.unwrap_err();
        assert_eq!(error.message, "the server goes on with certificate 1 after 1");
    }

    proptest! {
        #[test]
        fn reading_a_log_never_panics(text in ".{0,90}", long in "[0-9a-f+é]{60,70}") {
            drop(parse_log(&text));
            drop(parse_log(&long));
        }
    }
}
