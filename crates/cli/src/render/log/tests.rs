//! Readers that are slow, take nothing, or break off.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use super::*;

/// Passes on every piece that is written, once somebody takes it.
struct Pieces(SyncSender<Vec<u8>>);

impl Write for Pieces {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.send(bytes.to_owned()).map_err(io::Error::other)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn log(json: bool) -> (Log, Receiver<Vec<u8>>) {
    let (pieces, read) = sync_channel(0);
    (Log::to(Pieces(pieces), json).unwrap(), read)
}

fn event(log: &Log, text: &str) {
    log.writer().write_all(text.as_bytes()).unwrap();
}

/// Waits until a piece is being written, and nothing else waits.
fn until_taken(log: &Log) {
    while !log.0.state().waiting.is_empty() {
        std::thread::yield_now();
    }
}

#[test]
fn what_is_left_while_a_piece_is_written_is_the_next_piece() {
    let (log, read) = log(false);
    event(&log, "a\n");
    until_taken(&log);
    event(&log, "b\u{1b}\nc\n");
    event(&log, "d\n");
    assert_eq!(read.recv().unwrap(), b"a\n");
    assert_eq!(read.recv().unwrap(), b"b\\u{1b}\\nc\nd\n");
}

#[test]
fn a_piece_has_whole_lines() {
    let (log, taken) = log(false);
    let large = format!("{}\n", "x".repeat(3 * PIECE));
    event(&log, "a\n");
    until_taken(&log);
    for line in [large.as_str(), "b\n", large.as_str()] {
        event(&log, line);
    }
    let pieces: Vec<_> = (0..4).map(|_| taken.recv().unwrap()).collect();
    assert_eq!(pieces.concat(), format!("a\n{large}b\n{large}").into_bytes());
    assert!(pieces.iter().all(|piece| piece.ends_with(b"\n")));
}

/// The end waited two seconds for all of it, and lost the rest.
#[test]
fn who_reads_slowly_is_given_everything() {
    let (log, pieces) = log(false);
    let line = format!("{}\n", "x".repeat(PIECE / 2 - 1));
    // Longer than anybody waits for one piece.
    let (lines, wait) = (200, Duration::from_millis(25));
    let slow = std::thread::spawn(move || {
        let mut bytes = 0;
        while let Ok(piece) = pieces.recv() {
            bytes += piece.len();
            std::thread::sleep(wait);
        }
        bytes
    });
    for _ in 0..lines {
        event(&log, &line);
    }
    drop(log);
    assert_eq!(slow.join().unwrap(), lines * line.len());
}

/// A pager that was left open stopped the whole server.
#[test]
fn a_reader_who_takes_nothing_stops_nobody_for_good() {
    for json in [false, true] {
        let (log, read) = log(json);
        let line = format!("{}\n", "x".repeat(WAITING_MAX / 4));
        // One is being written, and what may wait.
        for _ in 0..12 {
            event(&log, &line);
        }
        let lost = log.0.state().lost;
        assert!(lost > 0 && log.0.state().stuck);
        assert_eq!(read.recv().unwrap().len(), line.len());
        while log.0.state().stuck {
            std::thread::yield_now();
        }
        // Others are taken meanwhile, so that there is room.
        let whole: usize = (lost + 1..12).map(|_| read.recv().unwrap().len()).sum();
        assert_eq!(whole, (11 - lost) * line.len(), "the rest is whole");
        let told = String::from_utf8(read.recv().unwrap()).unwrap();
        if json {
            let told: serde_json::Value = serde_json::from_str(&told).unwrap();
            assert_eq!(told["fields"]["lost"], lost);
        } else {
            assert!(told.ends_with(&format!(" lost={lost}\n")), "{told}");
        }
        event(&log, "at last\n");
        assert_eq!(read.recv().unwrap(), b"at last\n");
    }
}

/// A full disk lost lines without a word, and joined half of one with the next.
#[test]
fn what_could_not_be_written_is_counted_and_spoils_no_other_line() {
    struct Disk {
        room: Arc<Mutex<usize>>,
        written: Arc<Mutex<Vec<u8>>>,
    }
    impl Write for Disk {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let mut room = self.room.lock().unwrap();
            let taken = bytes.len().min(*room);
            if taken == 0 {
                return Err(ErrorKind::StorageFull.into());
            }
            *room -= taken;
            self.written.lock().unwrap().extend(&bytes[..taken]);
            Ok(taken)
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let (room, written) = (Arc::new(Mutex::new(3)), Arc::default());
    let disk = Disk { room: Arc::clone(&room), written: Arc::clone(&written) };
    let log = Log::to(disk, false).unwrap();
    let until_lost = |lost| {
        while log.0.state().lost < lost {
            std::thread::yield_now();
        }
    };
    event(&log, "first\n");
    until_lost(1);
    event(&log, "second\n");
    until_lost(2);
    *room.lock().unwrap() = 1000;
    event(&log, "third\n");
    drop(log);
    let written = String::from_utf8(written.lock().unwrap().clone()).unwrap();
    let lines: Vec<&str> = written.lines().collect();
    assert_eq!(lines[..2], ["fir", "third"], "{written}");
    assert!(lines[2].ends_with(" lost=2") && lines.len() == 3, "{written}");
}
