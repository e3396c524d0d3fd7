//! The command line: one file per command, and the list of them.

pub(crate) mod admin;
pub(crate) mod asker;
pub(crate) mod audit;
pub(crate) mod certificate;
pub(crate) mod clock;
pub(crate) mod connection;
pub(crate) mod database;
pub(crate) mod delete;
pub(crate) mod demo;
pub(crate) mod erasure;
pub(crate) mod id;
pub(crate) mod key;
pub(crate) mod list;
pub(crate) mod person;
pub(crate) mod realm;
pub(crate) mod restore;
pub(crate) mod role;
pub(crate) mod scrub;
pub(crate) mod serve;
pub(crate) mod source;
pub(crate) mod user;

use clap::{Parser, Subcommand};

use crate::exit::{Exit, Failure};

/// Deletes cloud backups and proves that they are gone.
#[derive(Debug, Parser)]
#[command(name = "sexton", version, max_term_width = 100)]
pub(crate) struct CommandLine {
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// The commands of `sexton`.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    // Each is described where its arguments are.
    Demo(demo::Arguments),
    Delete(delete::Arguments),
    List(Box<list::Arguments>),
    /// Serve a vault: a backup service that speaks AWS Backup
    Serve(Box<serve::Arguments>),
    /// Add, list and remove what a running server can back up
    #[command(subcommand)]
    Source(source::Action),
    // Described where its arguments are.
    Restore(Box<restore::Arguments>),
    /// List and set what a running server knows about roles
    #[command(subcommand)]
    Role(role::Action),
    /// Make, list, change and remove the users of a running server
    #[command(subcommand)]
    User(user::Action),
    /// Make, list, disable and rotate the access keys of users
    #[command(subcommand)]
    Key(key::Action),
    /// List what a running server is erasing, and retry what is stuck
    #[command(subcommand)]
    Erasure(erasure::Action),
    /// Show whether a running server trusts its machine's clock, and confirm that it is right
    #[command(subcommand)]
    Clock(clock::Action),
    // Described where its arguments are.
    Scrub(scrub::Arguments),
    /// List the accounts and regions in the data folder of a stopped server, and drop one
    Realm(realm::Arguments),
    // Described where its arguments are.
    Audit(audit::Arguments),
    /// Print and check certificates of deletion
    Certificate(certificate::Arguments),
}

/// Runs one command to its end.
pub(crate) fn run(command: Command) -> Result<Exit, Failure> {
    match command {
        Command::Demo(arguments) => block_on(demo::run(arguments))?,
        Command::Delete(arguments) => block_on_this_thread(delete::run(arguments))?,
        Command::List(arguments) => block_on_this_thread(list::run(*arguments))?,
        Command::Serve(arguments) => block_on(serve::run(*arguments))?,
        Command::Source(action) => block_on(source::run(action))?,
        Command::Restore(arguments) => block_on(restore::run(*arguments))?,
        Command::Role(action) => block_on(role::run(action))?,
        Command::User(action) => block_on(user::run(action))?,
        Command::Key(action) => block_on(key::run(action))?,
        Command::Erasure(action) => block_on(erasure::run(action))?,
        Command::Scrub(arguments) => block_on(scrub::run(arguments))?,
        Command::Realm(arguments) => block_on(realm::run(arguments))?,
        Command::Clock(action) => block_on(clock::run(action))?,
        Command::Audit(arguments) => block_on(audit::run(arguments))?,
        Command::Certificate(arguments) => block_on(certificate::run(arguments))?,
    }
}

impl Command {
    /// Whether it has `SEXTON_*` variables, so that one with a mistake matters.
    pub(crate) fn reads_variables(&self) -> bool {
        match self {
            Command::Demo(_) | Command::Delete(_) | Command::List(_) => false,
            Command::Serve(_)
            | Command::Source(_)
            | Command::Restore(_)
            | Command::Role(_)
            | Command::User(_)
            | Command::Key(_)
            | Command::Erasure(_)
            | Command::Scrub(_)
            | Command::Realm(_)
            | Command::Clock(_)
            | Command::Audit(_)
            | Command::Certificate(_) => true,
        }
    }
}

/// Runs `work` on a runtime of its own, and waits for nothing else that was begun there.
pub(crate) fn block_on<T>(work: impl Future<Output = T>) -> Result<T, Failure> {
    run_to_its_end(&mut tokio::runtime::Builder::new_multi_thread(), work)
}

/// The same on this thread alone. Many small requests cost less when none of them has to wake
/// another thread, and one thread makes more of them than any service accepts.
fn block_on_this_thread<T>(work: impl Future<Output = T>) -> Result<T, Failure> {
    run_to_its_end(&mut tokio::runtime::Builder::new_current_thread(), work)
}

fn run_to_its_end<T>(
    builder: &mut tokio::runtime::Builder,
    work: impl Future<Output = T>,
) -> Result<T, Failure> {
    let runtime = builder.enable_all().build();
    let runtime = runtime.map_err(|error| Failure::new(Exit::Unexpected, &error))?;
    let done = runtime.block_on(work);
    // Whoever still reads from a disk or a name server that does not answer is not waited for.
    runtime.shutdown_background();
    Ok(done)
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;
    use std::time::Duration;

    use super::*;
    use clap::CommandFactory as _;
    use proptest::prelude::*;

    #[test]
    fn the_command_line_is_consistent() {
        CommandLine::command().debug_assert();
    }

    /// The second Ctrl-C waited for a name server that did not answer.
    #[test]
    fn nothing_that_hangs_keeps_a_command_from_ending() {
        let (sender, receiver) = mpsc::channel();
        let work = async {
            tokio::task::spawn_blocking(move || receiver.recv_timeout(Duration::from_mins(1)));
        };
        block_on(work).unwrap();
        sender.send(()).expect("it still waits");
    }

    proptest! {
        #[test]
        fn no_command_line_makes_it_panic(
            command in "delete|list|serve|source|restore|role|certificate|demo",
            arguments in proptest::collection::vec("-{0,2}[a-z-]{0,9}=?[^ ]{0,9}", 0..5),
        ) {
            let line = ["sexton", &command].map(str::to_owned).into_iter().chain(arguments);
            drop(CommandLine::try_parse_from(line));
        }
    }
}
