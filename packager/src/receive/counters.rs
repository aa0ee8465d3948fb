//! What came and what was thrown away, since the start.

use std::time::Duration;

use super::PATHS_MAX;

/// Of one receiver.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Datagrams or reads taken, of all paths, FEC among them.
    pub datagrams: u64,
    /// Bytes of them.
    pub bytes: u64,
    /// Packets handed out.
    pub packets: u64,
    /// Bytes thrown away because they were not at a packet's place.
    pub resync_bytes: u64,
    /// Sync bytes that were wrong (TR 101 290, 1.2); their packets are thrown away.
    pub sync_byte_errors: u64,
    /// How often the packet grid was lost (TR 101 290, 1.1).
    pub sync_losses: u64,
    /// Of an RTP input.
    pub rtp: RtpCounters,
    /// Of each path of an RTP input; as many as the settings name have meaning.
    pub paths: [PathCounters; PATHS_MAX],
    /// Of an RTP input with FEC.
    pub fec: FecCounters,
}

/// Counters of the RTP layer, in RTP packets, after the paths were merged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RtpCounters {
    /// Datagrams that are not RTP of version 2 (RFC 3550, 5.1); plain transport streams are.
    pub malformed: u64,
    /// With another payload type than 33; taken where the payload looks like transport packets.
    pub other_payload_type: u64,
    /// Given up after the window.
    pub lost: u64,
    /// Came after they were given up; they are counted as lost too.
    pub late: u64,
    /// Came twice by one path.
    pub duplicates: u64,
    /// Put back in order.
    pub reordered: u64,
    /// Changes of the SSRC.
    pub ssrc_changes: u64,
    /// Restarts of the sequence under the same SSRC.
    pub restarts: u64,
    /// Single packets far from the sequence, dropped.
    pub strays: u64,
}

/// What one path brought, in RTP packets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PathCounters {
    /// Packets of the stream, each once.
    pub received: u64,
    /// Packets of the stream that this path had not brought a window after they were due.
    pub lost: u64,
    /// Came after they were given up.
    pub late: u64,
    /// Of another sender than the stream's while the stream is alive on another path; dropped.
    pub foreign: u64,
    /// How far it is behind the fastest path, smoothed.
    pub skew: Duration,
}

/// Counters of the FEC decoder (SMPTE ST 2022-1), in RTP packets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FecCounters {
    /// Column FEC packets, of all paths.
    pub columns: u64,
    /// Row FEC packets, of all paths.
    pub rows: u64,
    /// FEC packets whose header is not of the standard, and repairs that gave no RTP packet.
    pub malformed: u64,
    /// Media packets repaired.
    pub repaired: u64,
    /// FEC packets given up because two media packets or more of theirs were still missing.
    pub unrepairable: u64,
}
