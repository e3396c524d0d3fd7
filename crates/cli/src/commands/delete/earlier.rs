//! Reports of earlier runs, in files that whoever types has named.

use std::path::PathBuf;

use sexton_client::{NoReport, OtherPlace, Plan, chain};

use crate::exit::{Exit, Failure};
use crate::files;

/// Reports as `--report` and `--output json` write them, of runs and of dry runs.
#[derive(Debug, Default)]
pub(super) struct Earlier {
    paths: Vec<PathBuf>,
    reports: Vec<sexton_client::Earlier>,
}

impl Earlier {
    /// Reads the reports in the files at `paths`.
    pub(super) fn read(paths: &[PathBuf]) -> Result<Self, Failure> {
        let mut reports = Vec::new();
        for path in paths {
            let file = files::open(path).map_err(|failure| failure.hint("see --after"))?;
            let read = sexton_client::Earlier::read(file);
            reports.push(read.map_err(|error| no_report(&path.display().to_string(), &error))?);
        }
        Ok(Self { paths: paths.to_owned(), reports })
    }

    /// Tells `plan` what they saw in its place.
    pub(super) fn tell(self, plan: &mut Plan) -> Result<(), Failure> {
        let other = |error: OtherPlace| {
            let path = self.paths.get(error.number).map(|path| path.display());
            let text = path.map_or_else(|| error.to_string(), |path| format!("{path}: {error}"));
            Failure::text(Exit::Usage, text)
                .hint("nothing was deleted: --after takes reports of this very vault")
        };
        plan.saw_earlier(self.reports).map_err(other)
    }
}

fn no_report(shown: &str, error: &NoReport) -> Failure {
    let failure = Failure::text(Exit::Usage, format!("{shown} {}", chain(error)));
    match error {
        NoReport::Unreadable(error) => files::unreadable(shown, error).hint("see --after"),
        NoReport::CutOff { .. } => failure
            .hint("nothing was deleted: a report that was not written to its end proves nothing"),
        NoReport::OtherSchema(_) => failure,
        NoReport::Invalid(_) => {
            failure.hint("give a file that --report or --output json has written")
        }
    }
}
