//! One server as a process: its user, its folder, its port, its beginning and its end.

use std::ffi::OsStr;
use std::fs::{self, File, Permissions};
use std::io;
use std::net::TcpListener;
use std::os::unix::fs::{PermissionsExt, lchown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, geteuid, kill_process};
use tempfile::TempDir;

/// Who may do everything over the network, with [`PASSWORD`].
pub const USER: &str = "sexton";
/// Has what must be quoted in settings, in SQL and in shells.
pub const PASSWORD: &str = r#"a "b" 'c' \d #e $f;g%h"#;

/// The user that is nobody, and its group: database servers refuse to run as root.
const NOBODY: u32 = 65534;
/// Long enough for a machine that does much else.
const START_SECONDS_MAX: u64 = 180;
/// Between two questions whether a server is there.
const PAUSE: Duration = Duration::from_millis(20);

/// Runs a server until its input ends or itself does. That the input ends when the test's
/// process does, killed or not, is why this stands between the two.
const KEEPER: &str = r#"
end=$1; shift; exec 3<&0
"$@" 3<&- </dev/null & server=$!
{ read -r line <&3; kill -s "$end" $server; } & keeper=$!
exec 3<&-
wait $server; status=$?; kill $keeper; exit $status
"#;

/// Where a program is: on PATH, or in one of the folders where Debian has servers.
pub(crate) fn program(folders: &[PathBuf], name: &str) -> PathBuf {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let path = std::env::split_paths(&path).collect::<Vec<_>>();
    let found = folders.iter().chain(&path).map(|folder| folder.join(name)).find(|it| it.is_file());
    found.unwrap_or_else(|| panic!("{name} is not installed: run `make clients`"))
}

/// Makes a command run as the user that servers run as.
pub(crate) fn as_nobody(command: &mut Command) -> &mut Command {
    if geteuid().is_root() {
        command.uid(NOBODY).gid(NOBODY);
    }
    command
}

/// Makes a program of a script. Another process writes it: one that is started elsewhere in this
/// process at that moment would hold the file open for a while, and nobody could run it.
pub fn script(path: &Path, text: &str) {
    let mut write = Command::new("/bin/sh");
    write.args(["-c", r#"printf '%s' "$1" > "$0" && chmod 755 "$0""#]).arg(path).arg(text);
    output(&mut write).expect("a file in a folder of the test");
}

/// Runs a command to its end and gives what it said.
pub(crate) fn output(command: &mut Command) -> Result<String, String> {
    let name = command.get_program().to_string_lossy().into_owned();
    let ended = command.stdin(Stdio::null()).output().map_err(|it| format!("{name}: {it}"))?;
    if ended.status.success() {
        return Ok(String::from_utf8_lossy(&ended.stdout).trim_end().to_owned());
    }
    let (out, err) =
        (String::from_utf8_lossy(&ended.stdout), String::from_utf8_lossy(&ended.stderr));
    Err(format!("{name}: {}\n{out}{err}", ended.status))
}

/// A temporary folder that the server may use, and nobody else may look into.
pub(crate) fn folder() -> (TempDir, PathBuf) {
    let outer = tempfile::Builder::new().prefix("sx").tempdir().expect("a temporary folder");
    let inner = outer.path().join("server");
    fs::create_dir(&inner).expect("a folder for the server");
    fs::set_permissions(outer.path(), Permissions::from_mode(0o711)).expect("to be entered");
    fs::set_permissions(&inner, Permissions::from_mode(0o700)).expect("to be private");
    hand_over(&inner);
    (outer, inner)
}

/// Gives a tree to the user that servers run as.
pub(crate) fn hand_over(path: &Path) {
    if !geteuid().is_root() {
        return;
    }
    lchown(path, Some(NOBODY), Some(NOBODY)).expect("root may give files away");
    if path.is_dir() && !path.is_symlink() {
        for entry in fs::read_dir(path).expect("a folder of ours") {
            hand_over(&entry.expect("an entry of ours").path());
        }
    }
}

/// Moves a tree, to another disk if it must be.
pub(crate) fn take_over(from: &Path, to: &Path) {
    if fs::rename(from, to).is_err() {
        output(Command::new("cp").arg("-a").arg(from).arg(to)).expect("a copy of the data");
        fs::remove_dir_all(from).expect("the data to go");
    }
    hand_over(to);
}

/// A server that runs.
#[derive(Debug)]
pub(crate) struct Server {
    /// Its input is the pipe whose end is the server's.
    keeper: Child,
    pub(crate) port: u16,
}

impl Server {
    /// Starts what `command` says for a port, and waits until `asked` gets an answer. `end` is
    /// the signal that ends it at once.
    pub(crate) fn start(
        log: &Path,
        end: &str,
        command: impl Fn(u16) -> Command,
        asked: impl Fn(u16) -> Result<String, String>,
    ) -> Self {
        let begun = Instant::now();
        loop {
            let said = match Self::try_start(log, end, &command, &asked) {
                Ok(server) => return server,
                Err(said) => said,
            };
            // The port was free a moment ago, and somebody else has it now; or the last
            // processes of a server that was killed have not ended yet.
            let again = said.to_lowercase().contains("address already in use")
                || said.contains("is still in use");
            let late = begun.elapsed().as_secs() > START_SECONDS_MAX;
            assert!(again && !late, "a server did not start: {said}");
            thread::sleep(PAUSE);
        }
    }

    fn try_start(
        log: &Path,
        end: &str,
        command: &impl Fn(u16) -> Command,
        asked: &impl Fn(u16) -> Result<String, String>,
    ) -> Result<Self, String> {
        let port = free_port().map_err(|error| error.to_string())?;
        let command = command(port);
        File::create(log).map_err(|error| error.to_string())?;
        let (out, err) = (open_log(log), open_log(log));
        let mut keeper = Command::new("/bin/sh");
        keeper.args(["-c", KEEPER, "keeper", end]);
        keeper.arg(command.get_program()).args(command.get_args());
        as_nobody(&mut keeper).stdin(Stdio::piped()).stdout(out).stderr(err);
        let keeper = keeper.current_dir("/").spawn().map_err(|error| error.to_string())?;
        let mut server = Self { keeper, port };
        let begun = Instant::now();
        loop {
            let answer = asked(port);
            if let Ok(Some(status)) = server.keeper.try_wait() {
                return Err(format!("{status}\n{}", read_log(log)));
            }
            match answer {
                Ok(_) => return Ok(server),
                Err(error) if begun.elapsed().as_secs() > START_SECONDS_MAX => {
                    return Err(format!("no answer: {error}\n{}", read_log(log)));
                }
                Err(_) => thread::sleep(PAUSE),
            }
        }
    }

    /// Ends it at once, as the machine may, and waits for its end.
    pub(crate) fn kill(mut self, pid_file: &Path) {
        let pid = pid(pid_file);
        kill_process(pid, Signal::KILL).expect("the server to run");
        self.keeper.wait().expect("a child of ours");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.keeper.stdin.take());
        self.keeper.wait().ok();
    }
}

/// The process that a server wrote down as its own.
pub(crate) fn pid(file: &Path) -> Pid {
    let text = fs::read_to_string(file).expect("a server that runs has a file with its process");
    let first = text.lines().next().and_then(|line| line.trim().parse().ok());
    first.and_then(Pid::from_raw).expect("the number of a process")
}

fn free_port() -> io::Result<u16> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}

fn open_log(log: &Path) -> File {
    File::options().append(true).open(log).expect("the server's log")
}

fn read_log(log: &Path) -> String {
    let text = fs::read(log).unwrap_or_default();
    String::from_utf8_lossy(&text).into_owned()
}

/// `--name=value`, where the value is a path.
pub(crate) fn option(name: &str, value: impl AsRef<OsStr>) -> std::ffi::OsString {
    let mut option = std::ffi::OsString::from(name);
    option.push(value);
    option
}
