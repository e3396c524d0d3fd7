//! Where a tool is.

use std::ffi::OsStr;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use super::super::{DatabaseError, Settings};
use super::Run;

/// Runs a program until this input ends or the program does.
const KEEPER: &str = r#"
exec 3<&0
"$@" 3<&- </dev/null & server=$!
{ read -r line <&3; kill -s KILL $server; } & keeper=$!
exec 3<&-
wait $server; status=$?; kill $keeper; exit $status
"#;

/// A tool that is there.
#[derive(Debug, Clone)]
pub(crate) struct Tool {
    pub(super) name: &'static str,
    pub(super) path: PathBuf,
}

impl Tool {
    /// Looks for a tool where the settings say, or on the search path of this process.
    pub(crate) fn find(settings: &Settings, name: &'static str) -> Result<Self, DatabaseError> {
        Self::find_in(settings.tools(), name)
    }

    /// Looks for a tool in a folder, or on the search path of this process.
    pub(crate) fn find_in(
        folder: Option<&Path>,
        name: &'static str,
    ) -> Result<Self, DatabaseError> {
        let path = if let Some(folder) = folder {
            Some(folder.join(name)).filter(|path| is_program(path))
        } else {
            let path = std::env::var_os("PATH").unwrap_or_default();
            let mut folders = std::env::split_paths(&path).filter(|folder| folder.is_absolute());
            folders.find_map(|folder| Some(folder.join(name)).filter(|path| is_program(path)))
        };
        let missing = || DatabaseError::ToolMissing { tool: name, named: folder.is_some() };
        Ok(Self { name, path: path.ok_or_else(missing)? })
    }

    /// The first of these that is there.
    pub(crate) fn find_any(
        folder: Option<&Path>,
        names: &[&'static str],
    ) -> Result<Self, DatabaseError> {
        let mut missing = None;
        for name in names {
            match Self::find_in(folder, name) {
                Ok(tool) => return Ok(tool),
                Err(error) => missing = missing.or(Some(error)),
            }
        }
        Err(missing.unwrap_or(DatabaseError::ToolMissing { tool: "", named: false }))
    }

    /// What it is called.
    pub(crate) fn name(&self) -> &'static str {
        self.name
    }

    /// Prepares a run of it.
    pub(crate) fn run(&self) -> Run {
        Run::new(self.clone())
    }

    /// Prepares a run of a server, which nobody else ends: it is killed when its input ends, also
    /// because this process was killed. So its input must be [`super::Input::Written`].
    pub(crate) fn run_with_us(&self) -> Result<Run, DatabaseError> {
        let shell = Self { name: self.name, path: Self::find_in(None, "sh")?.path };
        let arguments = [OsStr::new("-c"), OsStr::new(KEEPER), OsStr::new("keeper")];
        Ok(shell.run().arguments(arguments).arguments([&self.path]))
    }
}

fn is_program(path: &Path) -> bool {
    std::fs::metadata(path).is_ok_and(|it| it.is_file() && it.permissions().mode() & 0o111 != 0)
}
