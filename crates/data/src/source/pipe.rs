//! A bounded pipe between two threads, so that reading overlaps with compressing.
//!
//! Buffers go round: full ones to the reader, empty ones back. A writer that is dropped
//! before [`PipeWriter::finish`] is an error at the reader, never an early end. Where the writer
//! was flushed, the reader sees a cut.

use std::io::{self, BufRead, Read, Write};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

/// Bytes of one buffer.
const BUFFER_BYTES: usize = 256 << 10;
/// Buffers on their way: with one at each end, the memory of a pipe is 2 MiB.
const BUFFERS_MAX: usize = 6;

/// What the writer hands over.
#[derive(Debug)]
enum Piece {
    /// Never empty.
    Bytes(Vec<u8>),
    Cut,
    End,
}

/// The end that is written to.
#[derive(Debug)]
pub(crate) struct PipeWriter {
    full: SyncSender<io::Result<Piece>>,
    empty: Receiver<Vec<u8>>,
    buffer: Vec<u8>,
}

/// The end that is read from.
#[derive(Debug)]
pub(crate) struct PipeReader {
    full: Receiver<io::Result<Piece>>,
    empty: SyncSender<Vec<u8>>,
    buffer: Vec<u8>,
    consumed: usize,
    /// What stands after the bytes that were read, if it is no bytes.
    mark: Option<Piece>,
}

/// Makes a pipe.
pub(crate) fn pipe() -> (PipeWriter, PipeReader) {
    let (full_in, full_out) = sync_channel(BUFFERS_MAX);
    let (empty_in, empty_out) = sync_channel(BUFFERS_MAX + 2);
    let writer = PipeWriter { full: full_in, empty: empty_out, buffer: Vec::new() };
    let reader =
        PipeReader { full: full_out, empty: empty_in, buffer: Vec::new(), consumed: 0, mark: None };
    (writer, reader)
}

fn broken() -> io::Error {
    io::Error::from(io::ErrorKind::BrokenPipe)
}

impl PipeWriter {
    /// Hands over what is left and says that this was all.
    pub(crate) fn finish(mut self) -> io::Result<()> {
        self.send()?;
        self.full.send(Ok(Piece::End)).map_err(|_| broken())
    }

    /// Ends the stream with an error. Nobody may be there to hear it.
    pub(crate) fn fail(self, error: io::Error) {
        self.full.send(Err(error)).ok();
    }

    fn send(&mut self) -> io::Result<()> {
        if self.buffer.is_empty() {
            return Ok(());
        }
        let next = self.empty.try_recv().unwrap_or_default();
        let full = std::mem::replace(&mut self.buffer, next);
        self.full.send(Ok(Piece::Bytes(full))).map_err(|_| broken())
    }
}

impl Write for PipeWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let take = bytes.len().min(BUFFER_BYTES - self.buffer.len());
        self.buffer.extend_from_slice(&bytes[..take]);
        if self.buffer.len() == BUFFER_BYTES {
            self.send()?;
        }
        Ok(take)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.send()?;
        self.full.send(Ok(Piece::Cut)).map_err(|_| broken())
    }
}

impl PipeReader {
    /// Goes beyond the cut at which nothing more was to be read, if it is one and not the end.
    pub(crate) fn pass_cut(&mut self) -> bool {
        self.mark.take_if(|mark| matches!(mark, Piece::Cut)).is_some()
    }
}

/// Up to the next cut.
impl BufRead for PipeReader {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.consumed >= self.buffer.len() && self.mark.is_none() {
            let next = match self.full.recv().map_err(|_| broken())?? {
                Piece::Bytes(bytes) => bytes,
                mark @ (Piece::Cut | Piece::End) => {
                    self.mark = Some(mark);
                    Vec::new()
                }
            };
            let mut used = std::mem::replace(&mut self.buffer, next);
            self.consumed = 0;
            used.clear();
            if used.capacity() > 0 {
                self.empty.try_send(used).ok();
            }
        }
        Ok(&self.buffer[self.consumed..])
    }

    fn consume(&mut self, amount: usize) {
        self.consumed += amount;
    }
}

impl Read for PipeReader {
    /// Beyond cuts as well: nothing is to take one for the end.
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        while self.fill_buf()?.is_empty() && self.pass_cut() {}
        let read = self.fill_buf()?.read(out)?;
        self.consume(read);
        Ok(read)
    }
}
