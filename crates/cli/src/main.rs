//! `sexton`: deletes cloud backups and proves that they are gone.
//!
//! The terminal lives here, and only here: words, progress and exit codes. Each command
//! is one file under `commands`; only `render` prints; `exit` says what the numbers
//! mean.

mod args;
mod commands;
mod exit;
mod render;

use std::process::ExitCode;

use clap::Parser as _;

/// Requests are many small values made on one thread and dropped on another, which the
/// system's allocator is slow at.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let line = args::CommandLine::parse();
    match commands::run(line.command) {
        Ok(exit) => exit.into(),
        Err(failure) => {
            render::failure(&failure);
            failure.exit.into()
        }
    }
}
