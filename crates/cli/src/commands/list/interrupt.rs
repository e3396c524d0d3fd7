//! What keeps a list that is interrupted from looking whole.
//!
//! It ends with its last line. Whoever reads nothing of what is printed cannot be told so, and is
//! not waited for: a signal ends the command in any case.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::runtime::Builder;
use tokio::sync::Notify;

use crate::commands::person::Signals;
use crate::exit::{Exit, Failure};

/// How long a list that is interrupted may take to print its last line.
const GRACE: Duration = Duration::from_secs(2);

/// Whether somebody has interrupted the list.
#[derive(Debug, Clone, Default)]
pub(super) struct Interrupt(Arc<Told>);

#[derive(Debug, Default)]
struct Told {
    is_over: AtomicBool,
    notify: Notify,
}

impl Interrupt {
    /// Heeds signals from now on, on a thread of its own: the one that prints may be kept waiting
    /// by whoever reads.
    pub(super) fn heed() -> Result<Self, Failure> {
        let unexpected = |error: std::io::Error| Failure::new(Exit::Unexpected, &error);
        let runtime = Builder::new_current_thread().enable_all().build().map_err(unexpected)?;
        let signals = {
            let _entered = runtime.enter();
            Signals::heed().map_err(unexpected)?
        };
        let interrupt = Self::default();
        let told = Arc::clone(&interrupt.0);
        std::thread::spawn(move || runtime.block_on(told.wait(signals)));
        Ok(interrupt)
    }

    /// Whether it has happened.
    pub(super) fn is_over(&self) -> bool {
        self.0.is_over.load(Ordering::Relaxed)
    }

    /// Ends when it happens.
    pub(super) async fn happened(&self) {
        self.0.notify.notified().await;
    }
}

impl Told {
    async fn wait(self: Arc<Self>, mut signals: Signals) {
        if !signals.next().await {
            return;
        }
        self.is_over.store(true, Ordering::Relaxed);
        self.notify.notify_one();
        tokio::select! {
            _ = signals.next() => {}
            () = tokio::time::sleep(GRACE) => {}
        }
        // The thread that prints may wait for ever.
        std::process::exit(Exit::Interrupted.code().into());
    }
}
