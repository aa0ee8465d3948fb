//! One call's worth of datagrams, in memory that is allocated once.

use std::io;
use std::os::fd::{AsRawFd, BorrowedFd};
use std::ptr;

use packager::receive::Port;
use packager::time::Mono;

use super::clock;

/// Datagrams of one call.
pub(super) const BATCH_LEN: usize = 64;
/// Bytes of the longest datagram that UDP can carry, rounded up.
pub(super) const DATAGRAM_MAX: usize = 65_535;
/// Distance of the buffers: off the power of two by 17 cache lines, or the first lines of all
/// buffers would fall into one set of the cache.
const STRIDE: usize = 65_536 + 17 * 64;
/// A timespec and a u32 with their headers (32 and 24 bytes).
const CONTROL_LEN: usize = 64;

/// Up to [`BATCH_LEN`] datagrams, each with the time it was received.
pub struct Batch {
    bytes: Vec<u8>,
    control: Vec<Control>,
    /// Who sent each datagram of the last kernel call; `headers` point here.
    names: Vec<libc::sockaddr_storage>,
    /// Points into `bytes`; kept for `headers`, which point here.
    _vectors: Vec<libc::iovec>,
    headers: Vec<libc::mmsghdr>,
    /// Time and length of what is in the first buffers.
    filled: Vec<(Mono, usize)>,
    /// Headers that the kernel wrote since they were last set up.
    dirty: usize,
    port: Port,
}

/// What a kernel call adds to the datagrams.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Received {
    /// Datagrams.
    pub(super) datagrams: usize,
    /// Their bytes.
    pub(super) bytes: u64,
    /// SO_RXQ_OVFL of the last datagram: drops of this socket since it was made, modulo 2^32.
    pub(super) overflow: Option<u32>,
}

#[derive(Clone, Copy)]
#[repr(C, align(8))]
struct Control([u8; CONTROL_LEN]);

#[expect(
    unsafe_code,
    reason = "mmsghdr holds pointers into this value's own memory"
)]
// SAFETY: the raw pointers in the headers lead to the vectors of the same value, whose heap
// memory moves with it and belongs to no one else.
unsafe impl Send for Batch {}

impl Default for Batch {
    fn default() -> Self {
        Self::new()
    }
}

impl Batch {
    /// An empty batch. Its 4 MiB of address space become memory as far as they are used.
    #[must_use]
    pub fn new() -> Self {
        let mut bytes = vec![0; BATCH_LEN * STRIDE];
        let mut control = vec![Control([0; CONTROL_LEN]); BATCH_LEN];
        let mut vectors: Vec<libc::iovec> = bytes
            .chunks_exact_mut(STRIDE)
            .map(|buffer| libc::iovec {
                iov_base: buffer.as_mut_ptr().cast(),
                iov_len: DATAGRAM_MAX,
            })
            .collect();
        let mut names = vec![no_name(); BATCH_LEN];
        let headers = vectors
            .iter_mut()
            .zip(&mut control)
            .zip(&mut names)
            .map(|((vector, control), name)| libc::mmsghdr {
                msg_hdr: libc::msghdr {
                    msg_name: ptr::from_mut(name).cast(),
                    msg_namelen: NAME_LEN,
                    msg_iov: ptr::from_mut(vector),
                    msg_iovlen: 1,
                    msg_control: control.0.as_mut_ptr().cast(),
                    msg_controllen: CONTROL_LEN,
                    msg_flags: 0,
                },
                msg_len: 0,
            })
            .collect();
        Self {
            bytes,
            control,
            names,
            _vectors: vectors,
            headers,
            filled: Vec::with_capacity(BATCH_LEN),
            dirty: 0,
            port: Port::Media,
        }
    }

    /// The datagrams in the order of their coming.
    pub fn iter(&self) -> impl Iterator<Item = (Mono, &[u8])> {
        self.filled
            .iter()
            .zip(self.bytes.chunks_exact(STRIDE))
            .map(|(&(at, len), buffer)| (at, &buffer[..len]))
    }

    /// Who sent the datagrams of the last kernel call, as the kernel writes addresses.
    pub(super) fn names(&self) -> &[libc::sockaddr_storage] {
        self.names.get(..self.dirty).unwrap_or_default()
    }

    /// How many datagrams there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.filled.len()
    }

    /// Whether there is no datagram.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.filled.is_empty()
    }

    /// Forgets the datagrams.
    pub fn clear(&mut self) {
        self.filled.clear();
        self.port = Port::Media;
    }

    /// The port of the stream that all of them came to.
    #[must_use]
    pub const fn port(&self) -> Port {
        self.port
    }

    /// Notes the port that they came to.
    pub(super) const fn came_to(&mut self, port: Port) {
        self.port = port;
    }

    /// Whether no buffer is free.
    pub(super) fn is_full(&self) -> bool {
        self.filled.len() == BATCH_LEN
    }

    /// Lets `fill` write one datagram of at most [`DATAGRAM_MAX`] bytes and say its length; `false`
    /// and nothing done when the batch is full or `fill` has nothing.
    pub(super) fn add(&mut self, at: Mono, fill: impl FnOnce(&mut [u8]) -> Option<usize>) -> bool {
        let start = self.filled.len() * STRIDE;
        let Some(buffer) = self.bytes.get_mut(start..start + DATAGRAM_MAX) else {
            return false;
        };
        let Some(len) = fill(buffer) else {
            return false;
        };
        self.filled.push((at, len.min(DATAGRAM_MAX)));
        true
    }

    /// Replaces the datagrams by what `socket` holds. Kernel stamps are held within `earliest` and
    /// now: a wall clock that was set meanwhile does no harm.
    #[expect(unsafe_code, reason = "recvmmsg into memory that is set up once")]
    pub(super) fn receive(
        &mut self,
        socket: BorrowedFd<'_>,
        earliest: Mono,
    ) -> io::Result<Received> {
        self.clear();
        for header in &mut self.headers[..self.dirty] {
            header.msg_hdr.msg_controllen = CONTROL_LEN;
            header.msg_hdr.msg_namelen = NAME_LEN;
            header.msg_hdr.msg_flags = 0;
        }
        self.dirty = 0;
        // SAFETY: the headers lead to buffers of this value, of the lengths given in them.
        let got = unsafe {
            libc::recvmmsg(
                socket.as_raw_fd(),
                self.headers.as_mut_ptr(),
                BATCH_LEN as libc::c_uint,
                libc::MSG_DONTWAIT,
                ptr::null_mut(),
            )
        };
        let Ok(got) = usize::try_from(got) else {
            return match io::Error::last_os_error() {
                e if matches!(
                    e.kind(),
                    io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted
                ) =>
                {
                    Ok(Received::default())
                }
                e => Err(e),
            };
        };
        self.dirty = got;
        let mut received = Received {
            datagrams: got,
            ..Received::default()
        };
        let (now, ahead) = (clock::now(), clock::realtime_ahead());
        for (header, control) in self.headers.iter().zip(&self.control).take(got) {
            let len = (header.msg_len as usize).min(DATAGRAM_MAX);
            let (stamp, overflow) =
                ancillary(&control.0[..header.msg_hdr.msg_controllen.min(CONTROL_LEN)]);
            let at = stamp.map_or(now, |nanos| {
                Mono::ZERO.offset_nanos(nanos.saturating_sub(ahead))
            });
            self.filled.push((at.clamp(earliest.min(now), now), len));
            received.bytes += len as u64;
            received.overflow = overflow.or(received.overflow);
        }
        Ok(received)
    }
}

const NAME_LEN: libc::socklen_t = size_of::<libc::sockaddr_storage>() as libc::socklen_t;

#[expect(unsafe_code, reason = "libc gives no empty sockaddr_storage")]
const fn no_name() -> libc::sockaddr_storage {
    // SAFETY: all zeros are a valid sockaddr_storage.
    unsafe { std::mem::zeroed() }
}

/// SCM_TIMESTAMPNS in nanoseconds since 1970 and SO_RXQ_OVFL, read from control messages (each a
/// length of 8 bytes with its header, a level and a type of 4, data, padding to 8).
fn ancillary(mut control: &[u8]) -> (Option<i64>, Option<u32>) {
    let (mut stamp, mut overflow) = (None, None);
    while let Some((header, rest)) = control.split_first_chunk::<16>() {
        let word =
            |i: usize| i32::from_ne_bytes([header[i], header[i + 1], header[i + 2], header[i + 3]]);
        let len = usize::from_ne_bytes(*header.first_chunk().unwrap_or(&[0; 8]));
        let Some(data) = len.checked_sub(16).and_then(|len| rest.get(..len)) else {
            break;
        };
        match (word(8), word(12)) {
            (libc::SOL_SOCKET, libc::SCM_TIMESTAMPNS) => stamp = timespec(data),
            (libc::SOL_SOCKET, libc::SO_RXQ_OVFL) => {
                overflow = data.first_chunk().map(|b| u32::from_ne_bytes(*b));
            }
            _ => {}
        }
        control = rest
            .get(data.len().next_multiple_of(8)..)
            .unwrap_or_default();
    }
    (stamp, overflow)
}

fn timespec(data: &[u8]) -> Option<i64> {
    let seconds = i64::from_ne_bytes(*data.first_chunk()?);
    let nanos = i64::from_ne_bytes(*data.get(8..)?.first_chunk()?);
    seconds.checked_mul(1_000_000_000)?.checked_add(nanos)
}
