//! `sexton`: deletes cloud backups and proves that they are gone.
//!
//! The terminal lives here, and only here: words, progress and exit codes. Each command
//! is one file under `commands`; only `render` prints; `exit` says what the numbers
//! mean.

mod args;
mod commands;
mod exit;
mod files;
mod names;
mod render;

use std::process::ExitCode;

use clap::{CommandFactory as _, FromArgMatches as _};

use crate::commands::{Command, CommandLine};
use crate::exit::{Exit, Failure};

/// Requests are many small values made on one thread and dropped on another, which the
/// system's allocator is slow at.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let line = with_exit_codes(CommandLine::command()).try_get_matches();
    let command = match line.and_then(|matches| CommandLine::from_arg_matches(&matches)) {
        Ok(line) => line.command,
        // Help and the version are asked for, and hold nothing that is foreign.
        Err(told) if !told.use_stderr() => return tell(&told).into(),
        Err(wrong) => {
            render::wrong_usage(&wrong.render().to_string());
            return Exit::Usage.into();
        }
    };
    let exit = match run(command) {
        Ok(exit) => exit,
        Err(failure) => {
            render::failure(&failure);
            failure.exit
        }
    };
    match render::unwritten() {
        Some(error) => {
            let text = format!("the result could not be written whole: {error}");
            let lost = Failure::text(Exit::Unexpected, text);
            render::failure(&lost);
            // Whoever reads only the number must not take half a result for a whole one.
            lost.exit
        }
        None => exit,
    }
    .into()
}

/// Every command tells its exit codes: those that have none of their own have those of all.
fn with_exit_codes(command: clap::Command) -> clap::Command {
    command.mut_subcommands(|sub| {
        let told = sub.get_after_help().is_some() || sub.get_after_long_help().is_some();
        let sub = with_exit_codes(sub);
        if told { sub } else { sub.after_help(exit::COMMON_HELP) }
    })
}

/// Prints help or the version.
fn tell(told: &clap::Error) -> Exit {
    match told.print() {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
            let text = format!("the result could not be written whole: {error}");
            render::failure(&Failure::text(Exit::Unexpected, text));
            Exit::Unexpected
        }
        Ok(()) | Err(_) => Exit::Success,
    }
}

fn run(command: Command) -> Result<Exit, Failure> {
    if command.reads_variables() {
        names::check_variables(&CommandLine::command())?;
    }
    commands::run(command)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_tells_its_exit_codes() {
        // What clap adds by itself ends with 0.
        fn check_all(command: &mut clap::Command) {
            command.get_subcommands_mut().filter(|it| it.get_name() != "help").for_each(check);
        }
        fn check(command: &mut clap::Command) {
            let help = command.render_long_help().to_string();
            // `serve` ends when it is stopped.
            let is_told = help.contains("Exit codes:") || command.get_name() == "serve";
            assert!(is_told, "{}", command.get_name());
            check_all(command);
        }
        let mut all = with_exit_codes(CommandLine::command());
        all.build();
        check_all(&mut all);
    }
}
