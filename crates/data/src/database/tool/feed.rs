//! A tool that takes what comes out of a backup.

use std::io::{self, Write as _};

use super::Running;
use crate::database::DatabaseError;

/// A tool that is fed. Where none runs, what comes is for nobody.
#[derive(Debug, Default)]
pub(crate) struct Feed<'a>(Option<Running<'a>>);

impl<'a> Feed<'a> {
    /// Feeds `running`.
    pub(crate) fn new(running: Running<'a>) -> Self {
        Self(Some(running))
    }

    /// Whether somebody takes what comes.
    pub(crate) fn is_taken(&self) -> bool {
        self.0.is_some()
    }

    /// Hands it more. A tool that ends before it had all has failed, whatever its code says.
    pub(crate) fn write(&mut self, bytes: &[u8]) -> Result<(), DatabaseError> {
        let Some(running) = &mut self.0 else { return Ok(()) };
        let tool = running.name();
        match running.write_all(bytes) {
            Ok(()) => Ok(()),
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
                let ended = self.0.take().map_or_else(|| Ok(String::new()), Running::end);
                let early = |said| DatabaseError::tool(tool, "ended too early", said);
                Err(ended.map_or_else(|error| error, early))
            }
            Err(error) => Err(DatabaseError::of(tool, error)),
        }
    }

    /// Says that it had all, and waits for its end.
    pub(crate) fn end(&mut self) -> Result<(), DatabaseError> {
        self.0.take().map_or(Ok(()), |running| running.end().map(drop))
    }
}
