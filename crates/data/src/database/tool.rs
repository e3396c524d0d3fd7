//! The engines' own tools, as child processes.
//!
//! # What is promised
//!
//! - A tool gets an environment of its own, and nothing of ours: no variable that somebody set for
//!   this server changes what it does, and no secret of this server reaches it.
//! - It runs in a process group of its own, which is killed as a whole when somebody asks to stop,
//!   when its time is over, and when whoever waits for it goes.
//! - Its output goes through one pipe, as fast as it is taken. Of what it says on its other
//!   output the last [`SAID_BYTES_MAX`] are kept, made fit to be shown, without the password.
//! - It has succeeded when it ended with code 0, and not before.
//!
//! No thread waits for a tool: whoever reads from it or writes to it looks at both outputs, at the
//! clock and whether somebody asked to stop, ten times a second.

mod feed;
mod find;

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{self, Read, Write};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl};
use rustix::io::Errno;
use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process_group, waitid};
use zeroize::Zeroizing;

pub(crate) use feed::Feed;
pub(crate) use find::Tool;

use super::DatabaseError;
use crate::source::Cancel;

/// How much of what a tool says is kept.
pub(crate) const SAID_BYTES_MAX: usize = 4 << 10;

/// How often somebody is asked whether to stop.
const LOOK: Duration = Duration::from_millis(100);

/// The longest answer that is taken into memory.
const ANSWER_BYTES_MAX: u64 = 4 << 20;

/// What a tool reads.
#[derive(Debug)]
pub(crate) enum Input {
    /// Nothing.
    Nothing,
    /// What is written to the [`Running`].
    Written,
    /// A file that it may only hold open.
    File(File),
}

/// Where the output of a tool goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Output {
    /// To whoever reads from the [`Running`].
    Read,
    /// Nowhere.
    Nowhere,
}

/// A run of a tool that has not begun.
#[derive(Debug)]
pub(crate) struct Run {
    tool: Tool,
    arguments: Vec<OsString>,
    environment: Vec<(OsString, OsString)>,
    hidden: Vec<Zeroizing<String>>,
    /// What of its words may be repeated.
    repeated: fn(&str) -> String,
    time: Option<Duration>,
}

impl Run {
    fn new(tool: Tool) -> Self {
        let mut environment = vec![("LC_ALL".into(), "C".into())];
        environment.extend(std::env::var_os("PATH").map(|path| ("PATH".into(), path)));
        let (arguments, hidden) = (Vec::new(), Vec::new());
        let repeated: fn(&str) -> String = str::to_owned;
        Self { tool, arguments, environment, hidden, repeated, time: None }
    }

    /// Adds arguments. Everybody on this machine can read them: no secret may be among them.
    #[must_use]
    pub(crate) fn arguments<T: AsRef<OsStr>>(mut self, more: impl IntoIterator<Item = T>) -> Self {
        self.arguments.extend(more.into_iter().map(|it| it.as_ref().to_owned()));
        self
    }

    /// Sets a variable of its environment.
    #[must_use]
    pub(crate) fn variable(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.environment.push((name.into(), value.as_ref().to_owned()));
        self
    }

    /// Keeps `secret` out of what the tool is quoted with.
    #[must_use]
    pub(crate) fn hide(mut self, secret: &str) -> Self {
        self.hidden.push(Zeroizing::new(secret.to_owned()));
        self
    }

    /// Quotes it with that alone which `repeated` makes of its words.
    #[must_use]
    pub(crate) fn repeat(mut self, repeated: fn(&str) -> String) -> Self {
        self.repeated = repeated;
        self
    }

    /// How long it may run.
    #[must_use]
    pub(crate) fn at_most(mut self, time: Duration) -> Self {
        self.time = Some(time);
        self
    }

    /// Starts it.
    pub(crate) fn start(
        self,
        input: Input,
        output: Output,
        cancel: &Cancel,
    ) -> Result<Running<'_>, DatabaseError> {
        let written = matches!(input, Input::Written);
        let mut command = Command::new(&self.tool.path);
        command
            .args(&self.arguments)
            .env_clear()
            .envs(self.environment.iter().map(|(k, v)| (k, v)));
        command.current_dir("/").process_group(0).stderr(Stdio::piped());
        command.stdin(match input {
            Input::Nothing => Stdio::null(),
            Input::Written => Stdio::piped(),
            Input::File(file) => file.into(),
        });
        command.stdout(match output {
            Output::Read => Stdio::piped(),
            Output::Nowhere => Stdio::null(),
        });
        let name = self.tool.name;
        let mut child = command.spawn().map_err(|source| DatabaseError::System {
            what: format!("{name} cannot start"),
            source,
        })?;
        let (stdin, stdout, stderr) =
            (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let time = self.time.map(|time| (time, now() + time));
        let running = Running {
            name,
            child,
            stdin,
            stdout,
            stderr,
            said: Vec::new(),
            cut: false,
            hidden: self.hidden,
            repeated: self.repeated,
            cancel,
            time,
            reaped: false,
        };
        if let (true, Some(stdin)) = (written, &running.stdin) {
            let made = fcntl_getfl(stdin).and_then(|it| fcntl_setfl(stdin, it | OFlags::NONBLOCK));
            made.map_err(|error| running.system("cannot be written to", error))?;
        }
        Ok(running)
    }

    /// Runs it to its end and gives its output.
    pub(crate) fn answer(self, cancel: &Cancel) -> Result<Vec<u8>, DatabaseError> {
        let name = self.tool.name;
        let mut running = self.start(Input::Nothing, Output::Read, cancel)?;
        let mut answer = Vec::new();
        let read = Read::by_ref(&mut running).take(ANSWER_BYTES_MAX + 1).read_to_end(&mut answer);
        read.map_err(|error| DatabaseError::of(name, error))?;
        if u64::try_from(answer.len()).is_ok_and(|bytes| bytes > ANSWER_BYTES_MAX) {
            return Err(DatabaseError::NotUnderstood { tool: name, what: "it is too long" });
        }
        running.end()?;
        Ok(answer)
    }
}

/// A tool that runs. It is killed with all that it started when this is dropped.
#[derive(Debug)]
pub(crate) struct Running<'a> {
    name: &'static str,
    child: Child,
    stdin: Option<ChildStdin>,
    stdout: Option<ChildStdout>,
    stderr: Option<ChildStderr>,
    /// The end of what it said, and whether that is not all.
    said: Vec<u8>,
    cut: bool,
    hidden: Vec<Zeroizing<String>>,
    repeated: fn(&str) -> String,
    cancel: &'a Cancel,
    /// How long it may run, and until when.
    time: Option<(Duration, Instant)>,
    reaped: bool,
}

/// What is waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wanted {
    Output,
    Input,
    Nothing,
}

impl Running<'_> {
    /// What the tool is called.
    pub(crate) fn name(&self) -> &'static str {
        self.name
    }

    /// Reads until `buffer` is full or there is no more.
    pub(crate) fn fill(&mut self, buffer: &mut [u8]) -> Result<usize, DatabaseError> {
        let mut filled = 0;
        while filled < buffer.len() {
            match self.read(&mut buffer[filled..]) {
                Ok(0) => break,
                Ok(bytes) => filled += bytes,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(DatabaseError::of(self.name, error)),
            }
        }
        Ok(filled)
    }

    /// Its process, which leads its group.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// What it said so far, made fit to be shown, without what is hidden.
    pub(crate) fn said(&self) -> String {
        let mut text = Zeroizing::new(String::from_utf8_lossy(&self.said).into_owned());
        if self.cut {
            // The first line may begin inside of something that is hidden.
            let rest = text.split_once('\n').map_or("", |(_, rest)| rest).to_owned();
            text = Zeroizing::new(rest);
        }
        text = Zeroizing::new((self.repeated)(&text));
        for secret in &self.hidden {
            text = Zeroizing::new(text.replace(secret.as_str(), "…"));
        }
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
        sexton_core::plain(&lines.collect::<Vec<_>>().join("; ")).into_owned()
    }

    /// Waits for a moment, or until it says something. Gives whether it has ended.
    pub(crate) fn has_ended(&mut self) -> Result<bool, DatabaseError> {
        self.look()?;
        self.hear(Wanted::Nothing, LOOK)?;
        self.exited()
    }

    /// Says that nothing more is written to it, waits for its end, and gives what it said. Fails
    /// unless it ended with code 0.
    pub(crate) fn end(mut self) -> Result<String, DatabaseError> {
        self.stdin = None;
        self.stdout = None;
        let mut pause = Duration::from_millis(1);
        while !self.exited()? {
            self.look()?;
            self.hear(Wanted::Nothing, pause)?;
            pause = (pause * 2).min(LOOK);
        }
        // Whoever it started may hold the pipe open, and say more and more.
        self.kill_group();
        // What it said last is in the pipe.
        while self.stderr.is_some() && self.hear(Wanted::Nothing, Duration::ZERO)? {}
        let status = self.kill().map_err(|error| self.system("cannot be waited for", error))?;
        match status {
            Some(status) if status.success() => Ok(self.said()),
            Some(status) => Err(DatabaseError::tool(self.name, &how(status), self.said())),
            None => Err(DatabaseError::tool(self.name, "is gone", self.said())),
        }
    }

    fn system(&self, what: &str, error: impl Into<io::Error>) -> DatabaseError {
        DatabaseError::System { what: format!("{} {what}", self.name), source: error.into() }
    }

    /// Whether it has ended. It stays a zombie until it is reaped, so that its number, and that of
    /// its group, belongs to nobody else.
    fn exited(&self) -> Result<bool, DatabaseError> {
        let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
        match waitid(WaitId::Pid(Pid::from_child(&self.child)), options) {
            Ok(status) => Ok(status.is_some()),
            Err(Errno::INTR) => Ok(false),
            Err(error) => Err(self.system("cannot be waited for", error)),
        }
    }

    /// Whether it may go on.
    fn look(&self) -> Result<(), DatabaseError> {
        if self.cancel.is_cancelled() {
            return Err(DatabaseError::Cancelled);
        }
        match self.time {
            Some((time, until)) if now() >= until => {
                let (tool, said) = (self.name, self.said());
                Err(DatabaseError::TooLong { tool, seconds: time.as_secs(), said })
            }
            Some(_) | None => Ok(()),
        }
    }

    /// Waits until what is wanted can be done, and takes what it says meanwhile.
    fn wait_for(&mut self, wanted: Wanted) -> Result<(), DatabaseError> {
        loop {
            self.look()?;
            if self.hear(wanted, LOOK)? {
                return Ok(());
            }
        }
    }

    /// Takes what it says, for at most `pause`. Gives whether what is wanted can be done; if that
    /// is nothing, whether it said something.
    fn hear(&mut self, wanted: Wanted, pause: Duration) -> Result<bool, DatabaseError> {
        let mut fds = Vec::with_capacity(2);
        fds.extend(self.stderr.as_ref().map(|it| PollFd::new(it, PollFlags::IN)));
        let heard = fds.len();
        match wanted {
            Wanted::Output => {
                fds.extend(self.stdout.as_ref().map(|it| PollFd::new(it, PollFlags::IN)));
            }
            Wanted::Input => {
                fds.extend(self.stdin.as_ref().map(|it| PollFd::new(it, PollFlags::OUT)));
            }
            Wanted::Nothing => {}
        }
        let pause = Timespec::try_from(pause).ok();
        match poll(&mut fds, pause.as_ref()) {
            Ok(_) | Err(Errno::INTR) => {}
            Err(error) => return Err(self.system("cannot be waited for", error)),
        }
        let said = heard == 1 && !fds[0].revents().is_empty();
        let ready = fds.get(heard).is_some_and(|fd| !fd.revents().is_empty());
        if said {
            self.take_said();
        }
        Ok(if wanted == Wanted::Nothing { said } else { ready })
    }

    fn take_said(&mut self) {
        let mut buffer = [0; SAID_BYTES_MAX];
        let read = self.stderr.as_mut().map_or(Ok(0), |it| it.read(&mut buffer));
        match read {
            Ok(0) => self.stderr = None,
            Ok(bytes) => {
                self.said.extend_from_slice(&buffer[..bytes]);
                if let Some(over @ 1..) = self.said.len().checked_sub(SAID_BYTES_MAX) {
                    self.said.drain(..over);
                    self.cut = true;
                }
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(_) => self.stderr = None,
        }
    }

    /// Kills what is left of its group, and reaps it.
    fn kill(&mut self) -> io::Result<Option<ExitStatus>> {
        if self.reaped {
            return Ok(None);
        }
        self.kill_group();
        let status = self.child.wait()?;
        self.reaped = true;
        Ok(Some(status))
    }

    fn kill_group(&self) {
        kill_process_group(Pid::from_child(&self.child), Signal::KILL).ok();
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        if let Err(error) = self.kill() {
            tracing::warn!(tool = self.name, %error, "a tool cannot be ended");
        }
    }
}

/// For how long a tool may run.
#[expect(clippy::disallowed_methods, reason = "measures how long a tool runs")]
pub(crate) fn now() -> Instant {
    Instant::now()
}

fn how(status: ExitStatus) -> String {
    match (status.code(), status.signal()) {
        (Some(code), _) => format!("ended with code {code}"),
        (None, Some(signal)) => format!("was killed by signal {signal}"),
        (None, None) => "did not end".to_owned(),
    }
}

/// Reads its output. An error carries a [`DatabaseError`].
impl Read for Running<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        self.wait_for(Wanted::Output).map_err(io::Error::other)?;
        self.stdout.as_mut().map_or(Ok(0), |it| it.read(out))
    }
}

/// Writes its input. An error carries a [`DatabaseError`], or is a broken pipe: then
/// [`Running::end`] says why.
impl Write for Running<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        loop {
            self.wait_for(Wanted::Input).map_err(io::Error::other)?;
            let Some(stdin) = &mut self.stdin else {
                return Err(io::ErrorKind::BrokenPipe.into());
            };
            match stdin.write(bytes) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                written => return written,
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests;
