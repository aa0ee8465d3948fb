//! Packets out of a file: 188 bytes, or 192 and 204 of which 188 are taken.

use std::fs::File;
use std::io::{self, Read, Seek};
use std::path::{Path, PathBuf};

use packager::ts::{PACKET_LEN, RawPacket, SYNC_BYTE};

/// Bytes read at once.
const BLOCK: usize = 256 << 10;
/// Distances of sync bytes: bare packets, with a time stamp before them (Blu-ray), with 16 bytes
/// of Reed-Solomon code after them.
const STRIDES: [usize; 3] = [PACKET_LEN, 192, 204];
/// Sync bytes in a row that make a stream of it.
const SYNCS: usize = 5;

pub(super) struct Reader {
    path: PathBuf,
    file: File,
    buffer: Vec<u8>,
    /// What of `buffer` is read and not yet taken.
    start: usize,
    end: usize,
    stride: usize,
}

impl Reader {
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        Ok(Self {
            path: path.to_owned(),
            file: File::open(path)?,
            buffer: vec![0; BLOCK],
            start: 0,
            end: 0,
            stride: PACKET_LEN,
        })
    }

    /// The next packet; `None` at the end of the file. Bytes between packets are passed over.
    pub(super) fn packet(&mut self) -> io::Result<Option<RawPacket>> {
        loop {
            if self.end - self.start < STRIDES[2] * (SYNCS + 1) {
                self.fill()?;
            }
            let waiting = &self.buffer[self.start..self.end];
            let Some(packet) = waiting.first_chunk::<PACKET_LEN>() else {
                return Ok(None);
            };
            if packet[0] == SYNC_BYTE && follows(waiting, self.stride) {
                let packet = *packet;
                self.start = (self.start + self.stride).min(self.end);
                return Ok(Some(packet));
            }
            self.fill()?;
            match find(&self.buffer[..self.end]) {
                Some((skip, stride)) => {
                    self.start = skip;
                    self.stride = stride;
                }
                None if self.end < self.buffer.len() => return Ok(None),
                // Keep what may be the beginning of a packet.
                None => self.start = self.end - PACKET_LEN,
            }
        }
    }

    /// Back to the beginning.
    pub(super) fn rewind(&mut self) -> io::Result<()> {
        self.file.rewind()?;
        (self.start, self.end) = (0, 0);
        Ok(())
    }

    /// Opens the path anew.
    pub(super) fn reopen(&mut self) -> io::Result<()> {
        self.file = File::open(&self.path)?;
        self.rewind()
    }

    /// Moves what waits to the front and reads until the buffer is full or the file ends.
    fn fill(&mut self) -> io::Result<()> {
        self.buffer.copy_within(self.start..self.end, 0);
        self.end -= self.start;
        self.start = 0;
        while self.end < self.buffer.len() {
            match self.file.read(&mut self.buffer[self.end..]) {
                Ok(0) => break,
                Ok(n) => self.end += n,
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) => return Err(e),
            }
        }
        Ok(())
    }
}

/// Whether the next packet is where it should be, as far as there are bytes.
fn follows(bytes: &[u8], stride: usize) -> bool {
    bytes.get(stride).is_none_or(|&b| b == SYNC_BYTE)
}

/// The first place where sync bytes stand in a row to the end or [`SYNCS`] times, and their
/// distance.
fn find(bytes: &[u8]) -> Option<(usize, usize)> {
    (0..bytes.len()).find_map(|skip| {
        let rest = &bytes[skip..];
        if rest.first() != Some(&SYNC_BYTE) || rest.len() < PACKET_LEN {
            return None;
        }
        STRIDES
            .into_iter()
            .find(|&stride| {
                rest.len() > stride
                    && rest
                        .iter()
                        .step_by(stride)
                        .take(SYNCS)
                        .all(|&b| b == SYNC_BYTE)
            })
            .map(|stride| (skip, stride))
    })
}
