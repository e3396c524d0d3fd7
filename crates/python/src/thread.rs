//! The thread that does the work of one call, and what it says to the one that called.

use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::time::Duration;

use pyo3::prelude::*;
use tokio::sync::oneshot;

use crate::failure::Failure;
use crate::session::Keys;

/// How often somebody looks whether there is a signal.
const TICK: Duration = Duration::from_millis(50);

/// The most messages that wait. Whoever does not take them slows the work down, and nothing
/// grows.
const MESSAGES_MAX: usize = 1024;

/// What the thread says.
#[derive(Debug)]
pub(crate) enum Message {
    /// Something happens: what, to which name, in which words, and a number.
    Told(&'static str, String, String, usize),
    /// Credentials of the session are needed.
    Keys(oneshot::Sender<Keys>),
    /// One backup of a list, as JSON.
    Entry(String),
    /// The work is done: the document of a run, and a reason for each of its items.
    Done(Result<(String, Vec<Option<String>>), Failure>),
}

/// How much of what happens the caller wants to be told. Each message wakes it, and takes the
/// interpreter: what nobody wants is not said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tells {
    Nothing,
    /// What somebody should know of: gaps, and a service that does not answer.
    Warnings,
    Everything,
}

/// The thread that called, as the one that works speaks to it.
#[derive(Debug)]
pub(crate) struct Caller {
    pub(crate) sender: SyncSender<Message>,
    pub(crate) tells: Tells,
}

impl Caller {
    /// Says what happens, if that is wanted.
    pub(crate) fn tell(&self, what: &'static str, name: &str, words: &str, count: usize) {
        if self.tells == Tells::Everything {
            self.say(what, name, words, count);
        }
    }

    /// Says something that somebody should know of.
    pub(crate) fn warn(&self, what: &'static str, words: &str) {
        if self.tells != Tells::Nothing {
            self.say(what, "", words, 0);
        }
    }

    fn say(&self, what: &'static str, name: &str, words: &str, count: usize) {
        let told = Message::Told(what, name.to_owned(), words.to_owned(), count);
        // Nobody may listen any more.
        drop(self.sender.send(told));
    }
}

/// Hears what the thread says, in the process that began it: after a `fork` the thread is not in
/// the other one, and nothing would ever come.
#[derive(Debug)]
pub(crate) struct Ear {
    /// Nothing: it was left alone.
    receiver: Option<Receiver<Message>>,
    process: u32,
}

impl Drop for Ear {
    fn drop(&mut self) {
        // Whatever the thread held at the moment of the `fork`, nobody gives it back.
        if self.process != std::process::id()
            && let Some(receiver) = self.receiver.take()
        {
            std::mem::forget(receiver);
        }
    }
}

/// Does `work` on a thread of its own, and gives what it says.
pub(crate) fn spawn<F, W>(work: W) -> std::io::Result<Ear>
where
    W: FnOnce(SyncSender<Message>) -> F + Send + 'static,
    F: Future<Output = Result<(String, Vec<Option<String>>), Failure>>,
{
    let (sender, receiver) = sync_channel(MESSAGES_MAX);
    let body = move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let done = match runtime {
            Ok(runtime) => {
                let done = runtime.block_on(work(sender.clone()));
                // Whoever still waits for a name server that does not answer is not waited for.
                runtime.shutdown_background();
                done
            }
            Err(error) => Err(Failure::internal(error.to_string())),
        };
        // Nobody may wait any more.
        drop(sender.send(Message::Done(done)));
    };
    std::thread::Builder::new().name("sexton".to_owned()).spawn(body)?;
    Ok(Ear { receiver: Some(receiver), process: std::process::id() })
}

/// What came of waiting for a message.
#[derive(Debug)]
pub(crate) enum Heard {
    /// One has come.
    Message(Message),
    /// None has come yet.
    Nothing,
    /// None will come.
    Gone,
    /// This is another process than the one that began the call.
    Forked,
}

/// Waits for the next message for a while, without the interpreter's lock.
pub(crate) fn hear(py: Python<'_>, ear: Ear) -> (Ear, Heard) {
    if ear.process != std::process::id() {
        return (ear, Heard::Forked);
    }
    py.detach(move || {
        let heard = match ear.receiver.as_ref().map(|receiver| receiver.recv_timeout(TICK)) {
            Some(Ok(message)) => Heard::Message(message),
            Some(Err(RecvTimeoutError::Timeout)) => Heard::Nothing,
            Some(Err(RecvTimeoutError::Disconnected)) | None => Heard::Gone,
        };
        (ear, heard)
    })
}

/// Asks the session for its present credentials.
pub(crate) fn answer(py: Python<'_>, session: Option<&Py<PyAny>>, asker: oneshot::Sender<Keys>) {
    let keys = match session {
        Some(session) => session
            .call0(py)
            .and_then(|keys| keys.extract(py))
            .map_err(|error| format!("the session gives no credentials: {error}")),
        None => Err("there is no session".to_owned()),
    };
    // Nobody may wait any more.
    drop(asker.send(keys));
}
