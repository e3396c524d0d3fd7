//! The connections that readers share.
//!
//! Whoever asks may leave before the answer is there: a query that runs goes on all the
//! same. So the permit goes with the connection into the work, and comes back with it.

use std::sync::{Arc, Mutex, MutexGuard};

use rusqlite::Connection;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::{Cause, StoreError};

/// Connections that are used by one query at a time.
#[derive(Debug)]
pub(super) struct Readers {
    idle: Mutex<Vec<Connection>>,
    /// As many as there are connections in `idle`, or a few less for a moment; never more.
    permits: Arc<Semaphore>,
}

/// The right to one connection, and the connection while it is used.
struct Reader {
    readers: Arc<Readers>,
    connection: Option<Connection>,
    /// Given back after the connection: fields are dropped when `drop` has ended.
    _permit: OwnedSemaphorePermit,
}

impl Readers {
    pub(super) fn new(connections: Vec<Connection>) -> Arc<Self> {
        let permits = Arc::new(Semaphore::new(connections.len()));
        Arc::new(Self { idle: Mutex::new(connections), permits })
    }

    /// Runs a short query where the caller is: finding one row costs less than handing the
    /// question to another thread. Falls back to [`Readers::read`] when every connection is
    /// taken.
    pub(super) async fn read_one<T, F>(self: &Arc<Self>, query: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, Cause> + Send + 'static,
    {
        let Ok(permit) = Arc::clone(&self.permits).try_acquire_owned() else {
            return self.read(query).await;
        };
        self.reader(permit).run(query).map_err(StoreError::NotDone)
    }

    /// Runs a query off the async threads, once a connection is free.
    pub(super) async fn read<T, F>(self: &Arc<Self>, query: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, Cause> + Send + 'static,
    {
        let permit = Arc::clone(&self.permits).acquire_owned().await;
        let reader = self.reader(permit.map_err(StoreError::not_done)?);
        let work = tokio::task::spawn_blocking(move || reader.run(query));
        work.await.map_err(StoreError::not_done)?.map_err(StoreError::NotDone)
    }

    fn reader(self: &Arc<Self>, permit: OwnedSemaphorePermit) -> Reader {
        Reader { connection: self.lock().pop(), readers: Arc::clone(self), _permit: permit }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Connection>> {
        self.idle.lock().expect("no holder of this lock panics")
    }
}

impl Reader {
    fn run<T>(self, query: impl FnOnce(&Connection) -> Result<T, Cause>) -> Result<T, Cause> {
        query(self.connection.as_ref().ok_or("no reading connection is idle")?)
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        self.readers.lock().extend(self.connection.take());
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;
    use std::task::Poll;
    use std::time::Duration;

    use super::*;

    const MAX: usize = 2;

    fn readers() -> Arc<Readers> {
        Readers::new((0..MAX).map(|_| Connection::open_in_memory().unwrap()).collect())
    }

    /// A query that says when it has begun, and ends when it is told to.
    fn slow(
        begun: mpsc::Sender<()>,
        end: mpsc::Receiver<()>,
    ) -> impl FnOnce(&Connection) -> Result<(), Cause> + Send + 'static {
        move |_| {
            begun.send(())?;
            end.recv_timeout(Duration::from_mins(1))?;
            Ok(())
        }
    }

    /// Requests for `/metrics` that were given up made signed calls answer 500.
    #[tokio::test]
    async fn a_query_whose_caller_has_left_keeps_its_permit_with_its_connection() {
        let readers = readers();
        let (says, said) = mpsc::channel();
        let mut ends = Vec::new();
        for _connection in 0..MAX {
            let (end, ended) = mpsc::channel();
            ends.push(end);
            let (readers, says) = (Arc::clone(&readers), says.clone());
            let asked = tokio::spawn(async move { readers.read(slow(says, ended)).await });
            while said.try_recv().is_err() {
                tokio::task::yield_now().await;
            }
            asked.abort();
            assert!(asked.await.unwrap_err().is_cancelled(), "it has left");
        }
        let mut next = Box::pin(readers.read_one(|_| Ok(1)));
        let first = std::future::poll_fn(|context| Poll::Ready(next.as_mut().poll(context))).await;
        assert!(first.is_pending(), "every connection is in use, and yet: {first:?}");
        for end in ends {
            end.send(()).unwrap();
        }
        assert_eq!(next.await.unwrap(), 1);
        for _again in 0..=MAX {
            assert_eq!(readers.read(|_| Ok(2)).await.unwrap(), 2);
        }
    }

    #[tokio::test]
    async fn a_query_that_panics_gives_its_connection_back() {
        let readers = readers();
        for _query in 0..=MAX {
            let panics = |_: &Connection| -> Result<(), Cause> { panic!("as a bug would") };
            assert!(readers.read(panics).await.is_err());
        }
        assert_eq!(readers.read_one(|_| Ok(1)).await.unwrap(), 1);
    }
}
