//! The person in front of a run, who may stop it.

use sexton_client::StopHandle;
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::render::Progress;

/// Ctrl-C, and the polite signal of a service manager.
pub(crate) struct Signals {
    interrupt: Signal,
    terminate: Signal,
}

impl Signals {
    pub(crate) fn heed() -> std::io::Result<Self> {
        let (interrupt, terminate) = (SignalKind::interrupt(), SignalKind::terminate());
        Ok(Self { interrupt: signal(interrupt)?, terminate: signal(terminate)? })
    }

    /// The next one. `false`: none will come.
    pub(crate) async fn next(&mut self) -> bool {
        tokio::select! {
            signalled = self.interrupt.recv() => signalled.is_some(),
            signalled = self.terminate.recv() => signalled.is_some(),
        }
    }

    /// Stops the run: gently at the first signal, at once at the second.
    pub(crate) async fn stop(mut self, handle: StopHandle, progress: Progress) {
        if self.next().await {
            handle.drain();
            progress.note("stopping: waiting for what is in flight; once more to end at once");
        }
        if self.next().await {
            handle.abort();
        }
    }
}
