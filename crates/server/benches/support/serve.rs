//! The real binary, as somebody starts it: its own process, its own allocator.

use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use sexton_store::clock::Clock;

use super::Trouble;
use super::sign::Signer;

/// A server that runs until this is dropped.
pub(crate) struct Served {
    child: Child,
    data: PathBuf,
    pub(crate) address: SocketAddr,
}

impl Served {
    /// Starts `sexton serve` on a data folder and waits until it listens.
    pub(crate) fn start(data: &Path) -> Result<Self, Trouble> {
        let mut child = Command::new(binary()?)
            .args(["serve", "--listen", "127.0.0.1:0", "--data"])
            .arg(data)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()?;
        let mut log = BufReader::new(child.stderr.take().ok_or("no standard error")?).lines();
        let mut said = String::new();
        while let Some(line) = log.next().transpose()? {
            if let Some((_, address)) = line.split_once("sexton serves at http://") {
                let address = address.trim().parse()?;
                // The rest of the log is read, so that the server never waits for us.
                std::thread::spawn(move || log.count());
                return Ok(Self { child, data: data.to_owned(), address });
            }
            said = line;
        }
        child.wait()?;
        Err(format!("the server did not start: {said}").into())
    }

    /// A signer with the server's root access key.
    pub(crate) fn signer(&self) -> Result<Signer, Trouble> {
        let text = std::fs::read_to_string(self.data.join("aws-profile"))?;
        let value = |name: &str| {
            let line = text.lines().find(|line| line.starts_with(name));
            let value = line.and_then(|line| line.split_once('='));
            value.map(|(_, value)| value.trim()).ok_or("the profile is not whole")
        };
        let (id, secret) = (value("aws_access_key_id")?, value("aws_secret_access_key")?);
        Ok(Signer::new(id, secret, self.address, Clock::default().system()))
    }

    /// Memory that the process holds, in bytes.
    pub(crate) fn resident(&self) -> Result<u64, Trouble> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let words = line.ok_or("no VmRSS")?;
        let kib: u64 = words.trim().trim_end_matches("kB").trim().parse()?;
        Ok(kib * 1024)
    }

    /// Processor time that the process has used.
    pub(crate) fn processor(&self) -> Result<Duration, Trouble> {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id()))?;
        let after_name = stat.rsplit_once(')').ok_or("no stat")?.1;
        let mut fields = after_name.split_whitespace().skip(11);
        let mut ticks = || fields.next().and_then(|field| field.parse().ok()).ok_or("no times");
        let (user, system): (u64, u64) = (ticks()?, ticks()?);
        Ok(Duration::from_millis((user + system) * 10))
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        // Nothing is learnt from an orderly end, and a slow one would only take time.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// `SEXTON_BIN`, or the binary that was built beside this benchmark.
fn binary() -> Result<PathBuf, Trouble> {
    if let Some(path) = std::env::var_os("SEXTON_BIN") {
        return Ok(path.into());
    }
    let own = std::env::current_exe()?;
    let beside = own.parent().and_then(Path::parent).map(|folder| folder.join("sexton"));
    match beside {
        Some(path) if path.is_file() => Ok(path),
        Some(_) | None => {
            Err("there is no sexton: cargo build --release, or set SEXTON_BIN".into())
        }
    }
}
