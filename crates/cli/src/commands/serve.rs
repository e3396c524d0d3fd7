//! `sexton serve`: the vault, until it is told to stop.

use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

use clap::Args;
use sexton_core::Realm;
use sexton_server::{Server, StartError, TlsError, WorldError};
use sexton_store::certificate::LogError;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::LevelFilter;

use crate::exit::{Exit, Failure};
use crate::render::{self, Log};

mod given;
mod settings;

use given::Given;
pub(crate) use settings::DATA_FOLDER;

const HELP: &str = "\
Every setting can be given as a flag, as a SEXTON_* variable, or in the settings file,
in that order of precedence.

The settings file, ./sexton.toml unless --config names another, with every default:

    data = \"sexton-data\"
    listen = \"127.0.0.1:7878\"
    region = \"us-east-1\"
    regions = []                      # more regions that are served
    account = \"123456789012\"
    tls_certificate = \"cert.pem\"      # both or none; no default
    tls_key = \"key.pem\"
    missing_vault = \"not-found\"       # or access-denied, which the real service answers
    erasure_epoch = \"every-commit\"    # or a duration such as 1s
    compression_level = 1
    stall_minutes = 30                # a backup of a database of which nothing comes has failed
    metrics = true
    body_bytes_max = 1048576
    header_bytes_max = 65536
    connections_max = 1024
    request_seconds_max = 60
    log = \"info\"
    log_format = \"text\"               # or json
    dev = false
    allow_remote = false
    dev_key = [\"ID:SECRET\"]           # or ID:SECRET@ACCOUNT; no default
    seed = \"seed.json\"                # no default
    certificate_operator = \"Jane Doe, head of backup\"  # what certificates commit to;
    certificate_place = \"Leonberg, room 4\"             # no defaults
    certificate_categorization = \"confidential\"

The first start makes a root access key and writes it to DATA/aws-profile, a file that
every AWS tool can read:

    export AWS_SHARED_CREDENTIALS_FILE=DATA/aws-profile AWS_CONFIG_FILE=DATA/aws-profile
    aws backup list-backup-vaults

SIGTERM and Ctrl-C finish the requests in flight; running backups end as failed.";

/// Arguments of `sexton serve`. What is left out comes from the settings file.
#[derive(Debug, Args)]
#[command(after_long_help = HELP)]
pub(crate) struct Arguments {
    /// Settings file [default: sexton.toml, if there is one]
    #[arg(long, value_name = "FILE", env = "SEXTON_CONFIG")]
    config: Option<PathBuf>,

    #[command(flatten)]
    given: Given,
}

/// How log lines look.
#[derive(Debug, Clone, Copy, clap::ValueEnum, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

/// Serves until SIGTERM or Ctrl-C.
pub(crate) async fn run(arguments: Arguments) -> Result<Exit, Failure> {
    // Flags and variables over the file.
    let given = arguments.given.or(Given::load(arguments.config.as_deref())?);
    let format = given.log_format.unwrap_or(LogFormat::Text);
    // Kept until nothing is logged any more.
    let _log = start_log(given.log.as_deref().unwrap_or("info"), format)?;
    let folder_given = given.data.is_some();
    let mut settings = settings::check(given)?;
    let dev = settings.dev.is_some();
    let listen = settings.listen;
    // Kept until the server has stopped, then removed.
    let temporary = if dev && !folder_given { Some(temporary_folder()?) } else { None };
    if let Some(folder) = &temporary {
        folder.path().clone_into(&mut settings.data);
    }
    let region = settings.realm.region.clone();
    let profile = settings.data.join(sexton_server::auth::PROFILE_FILE);
    let mut stop = StopSignals::take()?;
    let server = Server::start(settings).await.map_err(|error| start_failure(&error))?;
    if listen.ip().is_unspecified() {
        let address = server.address();
        render::note(&format!("it listens on every address of this machine ({address})"));
    }
    if dev && !listen.ip().is_loopback() {
        render::note("--allow-remote: everybody who can connect can read, change and erase all");
    }
    if dev {
        let temporary = temporary.as_ref().map(tempfile::TempDir::path);
        render::dev_environment(server.endpoint(), &region, temporary);
    } else {
        render::serving(server.endpoint(), &profile);
    }
    stop.wait().await;
    tracing::info!("stopping: requests in flight are finished first");
    server.stop().await;
    drop(temporary);
    Ok(Exit::Success)
}

fn temporary_folder() -> Result<tempfile::TempDir, Failure> {
    let own = std::fs::Permissions::from_mode(0o700);
    let folder = tempfile::Builder::new().prefix("sexton-dev-").permissions(own).tempdir();
    folder.map_err(|error| Failure::new(Exit::Unexpected, &error))
}

fn start_log(filter: &str, format: LogFormat) -> Result<Log, Failure> {
    let wrong = |reason: String| {
        let message = format!("log {filter:?} is not a level or a list of directives: {reason}");
        let hint = "error, warn, info, debug, trace or off, or MODULE=LEVEL, with commas between";
        Failure::text(Exit::Usage, message).hint(hint)
    };
    if let Some(word) = filter.split(',').find(|word| !is_directive(word)) {
        return Err(wrong(format!("{word:?} is no level")));
    }
    let filter = EnvFilter::try_new(filter).map_err(|error| wrong(error.to_string()))?;
    let json = matches!(format, LogFormat::Json);
    let log = Log::start(json).map_err(|error| Failure::new(Exit::Unexpected, &error))?;
    let writer = log.writer();
    // Without colours: whatever else is in a line, it is text.
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_ansi(false);
    let lines = lines.with_writer(move || writer.clone());
    match format {
        LogFormat::Text => lines.with_target(false).init(),
        LogFormat::Json => lines.json().init(),
    }
    Ok(log)
}

/// Whether a word is a level, or says for which module or span it has one. The filter would
/// take any other word for the name of a module, and log nothing.
fn is_directive(word: &str) -> bool {
    // What is empty would be taken for `error`.
    word.contains(['=', '[', ']', '{', '}'])
        || !word.trim().is_empty() && word.trim().parse::<LevelFilter>().is_ok()
}

fn start_failure(error: &StartError) -> Failure {
    let failure = Failure::new(Exit::Unexpected, error);
    let usage = Failure::new(Exit::Usage, error);
    match error {
        StartError::DevNotLoopback(_) => usage.hint(
            "listen on 127.0.0.1, serve without --dev, or, in a network that is yours alone, add \
             --allow-remote",
        ),
        StartError::NotMadeForDev(_) => {
            usage.hint("name an empty folder, or no --data at all: then --dev makes one")
        }
        StartError::MadeForDev(_) => usage.hint("serve it with --dev, or choose another --data"),
        StartError::Open { path, .. } => failure.hint(format!(
            "chmod -R go= {0}, or choose a folder of your own as --data, such as {0}/sexton",
            path.display()
        )),
        StartError::InUse(_) => failure.hint("stop that server, or choose another --data"),
        StartError::Listen { .. } => failure.hint("choose another --listen"),
        StartError::World(WorldError::UnservedRealms { unserved, asked, regions, .. }) => {
            usage.hint(way_to_serve(unserved, asked, regions))
        }
        StartError::World(wrong @ WorldError::Seed { path, .. }) => {
            Failure::new(Exit::Usage, wrong)
                .hint(format!("correct {}; README.md shows what a seed looks like", path.display()))
        }
        StartError::World(unread @ WorldError::SeedUnreadable { .. }) => {
            Failure::new(Exit::Unexpected, unread).hint("see --seed")
        }
        StartError::Tls(TlsError::Unreadable { .. }) => {
            failure.hint("see --tls-certificate and --tls-key")
        }
        StartError::Tls(TlsError::Exchanged(_)) => usage.hint("exchange the two"),
        StartError::Tls(_) => {
            usage.hint("docs/guide.md shows how to make a certificate and its key")
        }
        StartError::World(WorldError::Log(LogError::Store(_) | LogError::File { .. })) => failure,
        StartError::World(WorldError::Log(_)) => failure.hint(
            "put what is missing or older back from a copy; if it is lost, write the word `new` \
             into certificate-key in the data folder: the log then goes on under a new name and \
             a new public key, which those who check certificates must be given",
        ),
        StartError::Folder { .. } | StartError::Full { .. } | StartError::World(_) => failure,
    }
}

/// How to serve what is stored, or to be rid of it.
fn way_to_serve(unserved: &[Realm], asked: &Realm, regions: &[String]) -> String {
    if let Some(other) = unserved.iter().find(|realm| realm.account != asked.account) {
        let account = &other.account;
        return format!(
            "choose another --data, or serve it with --account {account}; with --dev an access \
             key of that account will do, --dev-key ID:SECRET@{account}"
        );
    }
    let more = regions.iter().filter(|region| **region != asked.region);
    let all: Vec<&str> =
        more.map(String::as_str).chain(unserved.iter().map(|it| it.region.as_str())).collect();
    format!(
        "serve it with --regions {}; or stop serving a region: delete its backups, then `sexton \
         realm drop ACCOUNT/REGION`",
        all.join(",")
    )
}

/// SIGTERM and Ctrl-C, taken from the moment this exists: before the server is announced,
/// so that nobody can stop it ungracefully by being quick.
struct StopSignals {
    terminate: Signal,
    interrupt: Signal,
}

impl StopSignals {
    fn take() -> Result<Self, Failure> {
        let failed = |error: std::io::Error| Failure::new(Exit::Unexpected, &error);
        Ok(Self {
            terminate: signal(SignalKind::terminate()).map_err(failed)?,
            interrupt: signal(SignalKind::interrupt()).map_err(failed)?,
        })
    }

    async fn wait(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => (),
            _ = self.interrupt.recv() => (),
        }
    }
}
