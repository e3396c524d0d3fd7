//! Certificates of servers, made with `openssl`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use crate::process::{folder, hand_over, output, program};

/// Signs certificates of servers. They go with it.
#[derive(Debug)]
pub struct Authority {
    folder: PathBuf,
    _outer: TempDir,
}

impl Authority {
    /// Makes one that nobody knows yet.
    #[expect(clippy::new_without_default, reason = "it makes files")]
    pub fn new() -> Self {
        let (outer, folder) = folder();
        let this = Self { folder, _outer: outer };
        let mut make = this.new_key("authority", "-x509");
        this.run(make.args(["-days", "3650", "-out"]).arg(this.certificate()));
        this
    }

    /// The certificate that others must know to believe those that this one signs.
    pub fn certificate(&self) -> PathBuf {
        self.folder.join("authority.pem")
    }

    /// Makes a certificate for a server with this name, such as `IP:127.0.0.1` or
    /// `DNS:localhost`, and its key, which only the server can read.
    pub fn sign(&self, name: &str) -> (PathBuf, PathBuf) {
        let file = |name: &str| self.folder.join(name);
        let (request, names) = (file("request"), file("names"));
        let mut make = self.new_key("server", "-new");
        self.run(make.arg("-out").arg(&request));
        fs::write(&names, format!("subjectAltName={name}")).expect("a file in our folder");
        let certificate = file("server.pem");
        let mut sign = Command::new(program(&[], "openssl"));
        sign.args(["x509", "-req", "-days", "3650", "-CAcreateserial", "-CA"]);
        sign.arg(self.certificate()).arg("-CAkey").arg(file("authority.key"));
        sign.arg("-in").arg(&request).arg("-extfile").arg(&names).arg("-out").arg(&certificate);
        self.run(&mut sign);
        (certificate, file("server.key"))
    }

    /// A command that makes a key and what is about it.
    fn new_key(&self, name: &str, what: &str) -> Command {
        let mut make = Command::new(program(&[], "openssl"));
        make.args(["req", what, "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"]);
        make.args(["-nodes", "-subj", &format!("/CN={name}"), "-keyout"]);
        make.arg(self.folder.join(format!("{name}.key")));
        make
    }

    fn run(&self, command: &mut Command) {
        output(command).expect("openssl to do as it is told");
        let folder: &Path = &self.folder;
        hand_over(folder);
    }
}
