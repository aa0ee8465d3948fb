//! Every limit of the HTTP server, with its reason.

use std::time::Duration;

/// Connections at once, over all TCP listeners. A viewer takes one or two; a node that serves more
/// than 2,000 viewers has a cache in front.
pub const CONNECTIONS: usize = 4_096;
/// Connections at once from one IPv4 address or IPv6 /64. Not fewer, because a cache or a site
/// behind address translation comes from one address; not more, so that one host cannot take all.
pub const CONNECTIONS_OF_ONE_ADDRESS: usize = 1_024;
/// Connections at once on the local socket.
pub const LOCAL_CONNECTIONS: usize = 64;
/// What one host may take of each of the places below: one in so many, so that it takes four hosts
/// to take all. Not fewer, because a cache is one host; it asks once for all who wait for the same.
pub const HOSTS: usize = 4;
/// Event streams at once: one for each page, and half of the connections stay free for media.
pub const EVENT_STREAMS: usize = 2_048;
/// Readers of transport streams at once: 512 of 8 Mbit/s fill four links of 1 Gbit/s.
pub const STREAM_READERS: usize = 512;
/// Requests at once that wait for a segment or a part to come: each of 2,000 viewers has two.
pub const WAITING_REQUESTS: usize = 4_096;
/// Requests at once that get something of the archive, until its last byte has left: 500 viewers on
/// slow lines each have one all the time. Each holds two pieces of [`CHUNK_BYTES`] at most.
pub const ARCHIVE_READERS: usize = 512;
/// Recordings that are fetched as a file at once: each reads as fast as its line takes it, and holds
/// a segment in memory.
pub const DOWNLOADS: usize = 16;
/// Requests at once that read the record. Each takes a core for up to a second; live has the others.
pub const RECORD_READERS: usize = 3;
/// Long lists and playlists that are written at once, likewise.
pub const LISTS: usize = 4;
/// Bytes of lists and playlists on their way, those of up to [`CHUNK_BYTES`] left out: who takes
/// nothing holds them for [`Limits::progress`].
pub const LIST_BYTES: usize = 256 * 1024 * 1024;
/// How long a request waits for one of these places.
pub const PLACE_WAIT: Duration = Duration::from_secs(2);
/// A request waits for three target durations, and no longer than this: a response that moves no
/// byte is given up soon after.
pub const WAIT: Duration = Duration::from_secs(25);
/// Bytes of a request's line and headers together.
pub const HEADER_BYTES: usize = 16 * 1024;
/// Bytes of a request's body: a `[[channel]]` is 1 or 2 kB.
pub const BODY_BYTES: usize = 64 * 1024;
/// Requests at once on one HTTP/2 connection.
pub const STREAMS: u32 = 64;
/// Bytes of a response handed to a connection at a time. Progress is seen at this grain: in
/// [`Limits::progress`] a line of 70 kbit/s takes one. Larger ones cost less CPU: of 64 KiB each a
/// gigabyte takes a fifth more.
pub const CHUNK_BYTES: usize = 256 * 1024;
/// How long a body, or the running set's answer, may take.
pub const ANSWER: Duration = Duration::from_secs(10);
/// An event stream says something at least so often, so that a dead one is found.
pub const KEEP_ALIVE: Duration = Duration::from_secs(10);

/// How many connections there may be, and how long each may take.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Connections at once, over all TCP listeners.
    pub connections: usize,
    /// Connections at once from one IPv4 address or IPv6 /64.
    pub connections_of_one_address: usize,
    /// From accept to the end of the first request's headers.
    pub first_request: Duration,
    /// From the end of a response to the end of the next request's headers.
    pub idle: Duration,
    /// A response that moves no byte for so long is given up.
    pub progress: Duration,
    /// A transport stream that moves no byte for so long is given up.
    pub stalled: Duration,
    /// A response that has an end is given up after so long.
    pub response: Duration,
    /// What a stopping server leaves to responses under way.
    pub grace: Duration,
}

impl Limits {
    /// The shortest deadline of a connection.
    pub(super) fn shortest(&self) -> Duration {
        let longer = self.idle.min(self.response);
        let stops = self.progress.min(self.stalled);
        self.first_request.min(stops).min(longer)
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: CONNECTIONS,
            connections_of_one_address: CONNECTIONS_OF_ONE_ADDRESS,
            first_request: Duration::from_secs(10),
            // Over the 60 s after which nginx closes an idle connection to its upstream, so that
            // the cache closes first and never writes into a closing connection.
            idle: Duration::from_secs(75),
            progress: Duration::from_secs(30),
            stalled: Duration::from_secs(10),
            // A segment that takes longer than this is of no use to a live viewer.
            response: Duration::from_secs(60),
            grace: Duration::from_secs(5),
        }
    }
}
