//! How somebody outside stops a run: first gently, then at once.

use tokio::sync::watch;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Wish {
    Run,
    Drain,
    Abort,
}

/// The side that stops a run.
#[derive(Debug)]
pub struct StopHandle(watch::Sender<Wish>);

/// The side that is stopped.
#[derive(Debug, Clone)]
pub struct Stop(watch::Receiver<Wish>);

impl StopHandle {
    /// Start no new deletion; finish and read back what has been started.
    pub fn drain(&self) {
        self.raise(Wish::Drain);
    }

    /// Wait for nothing any more.
    pub fn abort(&self) {
        self.raise(Wish::Abort);
    }

    fn raise(&self, wish: Wish) {
        self.0.send_if_modified(|current| {
            let higher = wish > *current;
            if higher {
                *current = wish;
            }
            higher
        });
    }
}

impl Stop {
    /// A handle, and what it stops.
    pub fn new() -> (StopHandle, Self) {
        let (sender, receiver) = watch::channel(Wish::Run);
        (StopHandle(sender), Self(receiver))
    }

    /// Whether no new deletion is to be started.
    pub fn is_draining(&self) -> bool {
        *self.0.borrow() >= Wish::Drain
    }

    /// Ends when no new deletion is to be started; never, if that never happens.
    pub async fn drained(&self) {
        self.reaches(Wish::Drain).await;
    }

    /// Ends when nothing is to be waited for; never, if that never happens.
    pub async fn aborted(&self) {
        self.reaches(Wish::Abort).await;
    }

    async fn reaches(&self, wish: Wish) {
        let mut receiver = self.0.clone();
        if receiver.wait_for(|current| *current >= wish).await.is_err() {
            // The handle is gone, and with it everybody who could stop us.
            std::future::pending::<()>().await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_wish_is_never_taken_back() {
        let (handle, stop) = Stop::new();
        assert!(!stop.is_draining());
        handle.abort();
        handle.drain();
        assert!(stop.is_draining());
        stop.aborted().await;
    }
}
