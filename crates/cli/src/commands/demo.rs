//! `sexton demo`: the whole of it in half a minute, on real directories and a real
//! server, in a temporary folder that is gone afterwards.
//!
//! Nothing here is told that is not checked: the first check that fails ends the
//! demonstration, which then fails and says which.

mod content;
mod protection;
mod stage;
mod story;
mod tree;

use clap::Args;
use tokio::signal::unix::{SignalKind, signal};

use self::stage::{Stage, broken};
use crate::exit::{Exit, Failure};
use crate::render::{self, demo::Screen};

/// See it work: back up, restore, delete and prove, in half a minute
///
/// Starts a server of its own on a free port, makes directories in a temporary folder and
/// backs them up through the AWS Backup API. Then most of the backups are deleted in one
/// run while one is being restored and one has lost its role, and what is left is asked for
/// under a legal hold and a vault lock. Every deletion is proven, and every proof is
/// checked. Nothing outside of the temporary folder is touched, and the folder is removed,
/// also after Ctrl-C.
#[derive(Debug, Args)]
pub(crate) struct Arguments {}

/// Runs the demonstration.
pub(crate) async fn run(Arguments {}: Arguments) -> Result<Exit, Failure> {
    // Before there is anything to clean up.
    let mut interrupt = signal(SignalKind::interrupt()).map_err(|error| broken(&error))?;
    let mut terminate = signal(SignalKind::terminate()).map_err(|error| broken(&error))?;
    let screen = Screen::new();
    screen.heading("sexton", "deletes backups, and proves that they are gone");
    render::line("");
    let step = screen.step(1, "Start a vault", 1);
    let stage = Stage::open().await?;
    step.done(&format!("{}, with keys of its own", stage.address()));
    let told = tokio::select! {
        told = story::tell(&screen, &stage) => told,
        _ = interrupt.recv() => Err(interrupted()),
        _ = terminate.recv() => Err(interrupted()),
    };
    stage.close().await?;
    told?;
    farewell(&screen);
    Ok(Exit::Success)
}

fn interrupted() -> Failure {
    Failure::text(Exit::Interrupted, "interrupted; the temporary folder is removed")
}

/// What to try next, as it can be typed here.
fn farewell(screen: &Screen) {
    let program = std::env::args().next().unwrap_or_else(|| "sexton".to_owned());
    let done = format!("in {}; the temporary folder is removed", screen.elapsed());
    screen.heading("Done", &done);
    screen.heading("Try next", "");
    for (arguments, purpose) in [
        ("serve --dev", "a vault for your tests: prints what to export, then use any AWS client"),
        ("delete --help", "delete what you have, in AWS or here; --dry-run touches nothing"),
        ("serve", "a vault to keep, in ./sexton-data; then `source add` your directories"),
    ] {
        screen.command(&format!("{program} {arguments}"), purpose);
    }
    render::line("");
}
