//! A transport stream in a file, looped at the pace of its PCR on a thread of its own.

mod pace;
mod reader;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use arc_swap::ArcSwapOption;
use packager::time::Mono;
use packager::ts::{PACKET_LEN, RawPacket};

use super::batch::Batch;
use super::clock;
use super::ring::{self, Drain, Feed};
use super::source::SourceCounters;
use pace::Pace;
use reader::Reader;

/// Packets of a datagram, as on a network of 1500 bytes.
const DATAGRAM_PACKETS: usize = 7;
/// A PCR has to come at least each 100 ms (ISO/IEC 13818-1, 2.7.2); a file of 100 Mbit/s without
/// one in its first 16 MiB has none for 1.3 s.
const PROBE_PACKETS: usize = (16 << 20) / PACKET_LEN;
/// Behind by more than this (the machine slept, the disk hung) the pace starts anew: a burst that
/// makes up for it would overflow what follows.
const LATE_MAX: Duration = Duration::from_secs(1);
/// Between attempts on a file that cannot be read any more.
const RETRY: Duration = Duration::from_secs(1);
/// The thread looks this often whether it is still wanted.
const NAP: Duration = Duration::from_millis(100);

/// A file on the air.
pub struct Player {
    drain: Drain,
    trouble: Arc<ArcSwapOption<String>>,
    /// The thread ends when this is gone.
    _wanted: Arc<()>,
}

/// Why a file cannot be played.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// It cannot be opened or read.
    #[error("cannot read {}: {error}", path.display())]
    Read {
        /// As configured.
        path: PathBuf,
        /// The system's word.
        error: io::Error,
    },
    /// A directory, a device, a pipe.
    #[error("{} is not a plain file", .0.display())]
    NotAFile(PathBuf),
    /// There is nothing in it.
    #[error("{} is empty", .0.display())]
    Empty(PathBuf),
    /// There are no transport packets in it.
    #[error("{} is not a transport stream (no sync bytes 188, 192 or 204 bytes apart); name it as `ffmpeg:{}` to have it converted", .0.display(), .0.display())]
    NotTransportStream(PathBuf),
    /// It has no clock.
    #[error("{} has no two PCRs of one PID in its first {} MiB, so there is no pace to play it at; name it as `ffmpeg:{}` to have it made new", .0.display(), (PROBE_PACKETS * PACKET_LEN) >> 20, .0.display())]
    NoPcr(PathBuf),
}

impl Player {
    /// Looks into the file and starts to play it.
    ///
    /// # Errors
    /// The file cannot be read, is no transport stream or has no PCR.
    pub fn open(path: &Path) -> Result<Self, FileError> {
        let script = Script::open(path)?;
        let (feed, drain) = ring::ring();
        let trouble = Arc::new(ArcSwapOption::empty());
        let wanted = Arc::new(());
        let playing = Playing {
            origin: clock::now(),
            feed,
            trouble: Arc::clone(&trouble),
            wanted: Arc::downgrade(&wanted),
        };
        thread::Builder::new()
            .name("file".into())
            .spawn(move || playing.run(script))
            .map_err(|error| FileError::Read {
                path: path.to_owned(),
                error,
            })?;
        Ok(Self {
            drain,
            trouble,
            _wanted: wanted,
        })
    }

    /// Replaces what `batch` holds by what is due.
    pub fn receive(&mut self, batch: &mut Batch) -> usize {
        self.drain.receive(batch)
    }

    /// What was played since the file was opened.
    #[must_use]
    pub fn counters(&self) -> SourceCounters {
        SourceCounters {
            trouble: self.trouble.load_full(),
            ..self.drain.counters()
        }
    }
}

/// Datagrams in order, each with its time since the start of the first loop; endless.
struct Script {
    reader: Reader,
    pace: Pace,
    /// Packets since the last rewind.
    read: u64,
}

impl Script {
    fn open(path: &Path) -> Result<Self, FileError> {
        let fault = |error| FileError::Read {
            path: path.to_owned(),
            error,
        };
        let meta = fs::metadata(path).map_err(fault)?;
        if !meta.is_file() {
            return Err(FileError::NotAFile(path.to_owned()));
        }
        if meta.len() == 0 {
            return Err(FileError::Empty(path.to_owned()));
        }
        let mut reader = Reader::open(path).map_err(fault)?;
        let mut probe = pace::Probe::default();
        let mut any = false;
        for _ in 0..PROBE_PACKETS {
            let Some(packet) = reader.packet().map_err(fault)? else {
                break;
            };
            any = true;
            if let Some(pace) = probe.push(&packet) {
                reader.rewind().map_err(fault)?;
                return Ok(Self {
                    reader,
                    pace,
                    read: 0,
                });
            }
        }
        Err(if any {
            FileError::NoPcr(path.to_owned())
        } else {
            FileError::NotTransportStream(path.to_owned())
        })
    }

    /// Gives the packets up to the next PCR to `play`, each with its time in nanoseconds.
    fn step(&mut self, play: &mut impl FnMut(u64, &RawPacket)) -> io::Result<()> {
        if let Some(packet) = self.reader.packet()? {
            self.read += 1;
            self.pace.push(packet, play);
            return Ok(());
        }
        self.pace.end_of_loop(play);
        if self.read == 0 {
            return Err(io::Error::other("it has no transport packets any more"));
        }
        self.read = 0;
        self.reader.rewind()
    }
}

struct Playing {
    /// The time of the script's zero.
    origin: Mono,
    feed: Feed,
    trouble: Arc<ArcSwapOption<String>>,
    wanted: std::sync::Weak<()>,
}

impl Playing {
    fn run(mut self, mut script: Script) {
        let mut datagram = Vec::with_capacity(DATAGRAM_PACKETS * PACKET_LEN);
        let mut due = 0;
        while self.wanted.strong_count() > 0 {
            let stepped = script.step(&mut |nanos, packet| {
                if datagram.is_empty() {
                    due = nanos;
                }
                datagram.extend_from_slice(packet);
                if datagram.len() == DATAGRAM_PACKETS * PACKET_LEN {
                    self.send(due, &datagram);
                    datagram.clear();
                }
            });
            if let Err(e) = stepped {
                self.trouble
                    .store(Some(Arc::new(format!("cannot read on: {e}"))));
                self.wait(clock::now() + RETRY);
                // A file that was put in place of the old one is taken up.
                if script.reader.reopen().is_ok() {
                    script.pace.end_of_loop(&mut |_, _| {});
                    script.read = 0;
                }
            } else if script.read > 0 && self.trouble.load().is_some() {
                self.trouble.store(None);
            }
        }
    }

    fn send(&mut self, nanos: u64, datagram: &[u8]) {
        let mut due = self.origin + Duration::from_nanos(nanos);
        let late = clock::now().since(due);
        if late > LATE_MAX {
            self.origin += late;
            due += late;
        }
        self.wait(due);
        self.feed.push(clock::now(), datagram);
    }

    /// Sleeps until `due`, or for as long as the player is wanted.
    fn wait(&self, due: Mono) {
        while self.wanted.strong_count() > 0 {
            let nap = clock::now() + NAP;
            clock::sleep_until(due.min(nap));
            if due <= nap {
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests;
