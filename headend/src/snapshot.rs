//! What the node shows of itself: one value, made once a second by the channel set and read
//! without a lock by the API, the metrics and the CLI (which reads it back from JSON).
//!
//! Units stand in the names. Counters count since the channel's start.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::meeting::Meeting;

/// The node now.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct NodeSnapshot {
    /// `[node] name`.
    pub name: String,
    /// The program's version.
    pub version: String,
    /// When the node started, RFC 3339.
    pub started: String,
    /// Seconds since then.
    pub uptime_seconds: f64,
    /// Raised with each applied configuration; the ETag of the channel list.
    pub generation: u64,
    /// What limits the packet path here, in a sentence each (no real-time scheduling, …).
    pub notices: Vec<String>,
    /// How the record does.
    #[serde(default)]
    pub record: RecordSnapshot,
    /// How the archive does.
    #[serde(default)]
    pub archive: ArchiveSnapshot,
    /// Who is told of incidents, in the order of the configuration.
    #[serde(default)]
    pub webhooks: Vec<WebhookSnapshot>,
    /// What HTTPS shows to browsers; `None` where there is no HTTPS.
    #[serde(default)]
    pub certificate: Option<CertificateSnapshot>,
    /// Whom a hall calls, for the player.
    #[serde(default)]
    pub help: HelpSnapshot,
    /// In the order of the configuration.
    pub channels: Vec<ChannelSnapshot>,
}

/// Whom a hall calls when it needs help.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct HelpSnapshot {
    /// `[player] help-phone`.
    pub phone: Option<String>,
    /// `[player] help-name`.
    pub name: Option<String>,
}

/// The certificate in use now.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CertificateSnapshot {
    /// Where it is.
    pub file: String,
    /// Whom it is for: DNS names and addresses.
    pub names: Vec<String>,
    /// When it ends, RFC 3339.
    pub not_after: String,
    /// The same, Unix seconds.
    pub not_after_unix_seconds: i64,
    /// Whole days until then; negative after it.
    pub days_left: i64,
    /// Why the files, as they are now, are not what is in use; `None` when they are.
    pub trouble: Option<String>,
}

impl CertificateSnapshot {
    /// Of what is known at `now`, Unix seconds.
    #[must_use]
    pub fn of(facts: &crate::tls::Facts, now: i64) -> Self {
        Self {
            file: facts.file.display().to_string(),
            names: facts.names.clone(),
            not_after: crate::tls::stamp(facts.not_after),
            not_after_unix_seconds: facts.not_after,
            days_left: facts.days(now),
            trouble: facts.trouble.as_ref().map(|trouble| trouble.en.clone()),
        }
    }
}

/// A webhook now.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct WebhookSnapshot {
    /// As configured.
    pub url: String,
    /// Messages taken.
    pub delivered_total: u64,
    /// Tries that failed.
    pub refused_total: u64,
    /// Messages lost: the queue was full, or nobody took them for an hour.
    pub dropped_total: u64,
    /// Messages that wait.
    pub queued: u64,
    /// Why the last try failed; `None` when it did not.
    pub trouble: Option<String>,
}

/// The record (journal of HLS numbers) now.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RecordSnapshot {
    /// Transactions on disk.
    pub writes_total: u64,
    /// Transactions that the disk refused.
    pub failures_total: u64,
    /// Why the last one failed; `None` when it did not. Channels stay on air.
    pub failed: Option<String>,
}

/// The archive (time shift) now.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ArchiveSnapshot {
    /// Bytes on disk.
    pub bytes: u64,
    /// `[archive] quota`.
    pub quota_bytes: u64,
    /// Segments on disk since the start.
    pub written_total: u64,
    /// Segments lost: the disk refused them, or was too slow.
    pub dropped_total: u64,
    /// Segments that went before their time, for the quota.
    pub squeezed_total: u64,
    /// Why segments are not written now; `None` while they are. Channels stay on air.
    pub failed: Option<crate::cause::Text>,
}

/// One channel now.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ChannelSnapshot {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Under which heading it is shown: `group` of the configuration, or the node's name.
    #[serde(default)]
    pub group: String,
    /// The address of its logo; `None` where it has none.
    #[serde(default)]
    pub logo: Option<String>,
    /// The number by which viewers find it, 1 or more; 0 before it is known.
    #[serde(default)]
    pub number: u16,
    /// Its state.
    pub state: ChannelState,
    /// In this state since, RFC 3339.
    pub since: String,
    /// In this state for so many seconds.
    pub state_seconds: f64,
    /// What is wrong, in a sentence each; empty when nothing is.
    pub alarms: Vec<Alarm>,
    /// What is wrong and why: those that last, then those that ended of late.
    #[serde(default)]
    pub incidents: Vec<crate::cause::Incident>,
    /// What the schedule has for it.
    #[serde(default)]
    pub meetings: ChannelMeetings,
    /// What its halls do, by what their pages tell.
    #[serde(default)]
    pub halls: crate::hall::HallsSnapshot,
    /// Whether it is being recorded; its viewers are told.
    #[serde(default)]
    pub recording: bool,
    /// The input on air, an index into `inputs`.
    pub on_air: Option<usize>,
    /// Whether the slate stands in for the programme.
    #[serde(default)]
    pub slate: bool,
    /// The input that an operator keeps on air (`headend input switch`).
    #[serde(default)]
    pub held: Option<usize>,
    /// In the order of the configuration.
    pub inputs: Vec<InputSnapshot>,
    /// In the order of the configuration.
    pub outputs: Vec<OutputSnapshot>,
    /// `None` where the channel has no HLS.
    pub hls: Option<HlsSnapshot>,
}

/// What is on and what comes next on a channel, by the schedule.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ChannelMeetings {
    /// The meeting that is on.
    pub now: Option<Meeting>,
    /// The one that begins next.
    pub next: Option<Meeting>,
    /// Whether one is on or begins within the hour: then alarms page.
    pub near: bool,
}

/// What a channel does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ChannelState {
    /// Configured and not running.
    #[default]
    Stopped,
    /// Running; nothing received yet.
    Waiting,
    /// Running; a programme goes out.
    OnAir,
    /// Running; no input gives a programme.
    Dark,
    /// Could not start; `alarms` says why.
    Failed,
}

/// Something that is wrong now.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Alarm {
    /// Stable word, for example `output-over-rate`.
    pub code: String,
    /// Where: `input 0`, `output 1`, `hls`, `channel`.
    pub place: String,
    /// What, with its figures.
    pub text: String,
    /// The same in Vietnamese, but for what the system or a worker said.
    #[serde(default)]
    pub vi: String,
    /// Since when, RFC 3339.
    pub since: String,
}

/// One input now.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct InputSnapshot {
    /// As configured.
    pub url: String,
    /// What an operator calls its state.
    pub state: InputState,
    /// In this state since, RFC 3339.
    pub since: String,
    /// In this state for so many seconds.
    pub state_seconds: f64,
    /// How fit it is to be on air: `ready`, or its worst fault by the words of
    /// `[channel.failover]`; empty before it is known.
    #[serde(default)]
    pub fitness: String,
    /// So fit for so many seconds.
    #[serde(default)]
    pub fitness_seconds: f64,
    /// How fit it is, in a sentence with the reasons.
    #[serde(default)]
    pub assessment: crate::cause::Text,
    /// How long no picture would be new if it went on air now; `None` while it is on air, and
    /// while its picture cannot be entered.
    #[serde(default)]
    pub switch_gap_seconds: Option<f64>,
    /// How far apart its key pictures were at most, of the last eight; `None` while that is not
    /// known.
    #[serde(default)]
    pub key_pictures_seconds: Option<f64>,
    /// Over the last second, bit/s of transport stream.
    pub bitrate_bits_per_second: u64,
    /// Datagrams or reads taken.
    pub datagrams_total: u64,
    /// Bytes taken.
    pub bytes_total: u64,
    /// Transport packets taken.
    pub packets_total: u64,
    /// Jumps of a continuity counter.
    pub continuity_errors_total: u64,
    /// RTP packets that never came.
    pub rtp_lost_total: u64,
    /// RTP packets put back in order.
    pub rtp_reordered_total: u64,
    /// RTP packets that came twice.
    pub rtp_duplicates_total: u64,
    /// Each path of an input with several, in the order of the configuration; else empty.
    #[serde(default)]
    pub paths: Vec<PathSnapshot>,
    /// Of an input with FEC.
    #[serde(default)]
    pub fec: Option<FecSnapshot>,
    /// Bytes thrown away to find the sync byte again.
    pub resync_bytes_total: u64,
    /// Datagrams that this machine's socket dropped (SO_RXQ_OVFL): not the sender's fault.
    pub socket_drops_total: u64,
    /// How much later than its first one the PCR comes by the source's own clock, the least of the
    /// last second: it falls when the source runs fast, and rises when it runs slow or the line
    /// fills.
    #[serde(default)]
    pub arrival_offset_seconds: Option<f64>,
    /// Peak-to-peak arrival jitter over the last second, seconds.
    pub jitter_seconds: f64,
    /// Media delivery index (RFC 4445): the time that a receiver's buffer has to hold.
    #[serde(default)]
    pub delay_factor_seconds: Option<f64>,
    /// Media delivery index: packets lost in the last second.
    #[serde(default)]
    pub media_loss_rate: Option<u64>,
    /// Of an SRT input with a peer.
    pub srt: Option<SrtSnapshot>,
    /// Of an input that `headend-media` makes or opens.
    pub worker: Option<WorkerSnapshot>,
    /// What is in the stream; `None` until its tables are read.
    pub program: Option<ProgramSnapshot>,
    /// What its picture and its sound show; `None` where nobody looks (`content = false`, or no
    /// `headend-media` here).
    #[serde(default)]
    pub content: Option<ContentSnapshot>,
    /// Whether it shows the same as the input on air; `None` for that one itself, and where nobody
    /// looks at both.
    #[serde(default)]
    pub comparison: Option<ComparisonSnapshot>,
    /// Findings by the names of TR 101 290, with a count of at least one.
    pub findings: Vec<FindingSnapshot>,
}

/// What decoding an input showed in the last second.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ContentSnapshot {
    /// The picture has been black for 2 s or more.
    pub black: bool,
    /// The picture has stood still for 2 s or more, down to its noise.
    pub frozen: bool,
    /// The sound has been below -60 dBFS for 2.5 s or more.
    pub mute: bool,
    /// Mean brightness of the last key picture, 16 (black) to 235 (white).
    pub luma: Option<f64>,
    /// Mean level of the sound, dBFS.
    pub level_dbfs: Option<f64>,
    /// Loudness over 3 s, LUFS (EBU R 128).
    pub short_term_lufs: Option<f64>,
    /// By how much the sound is later than the picture, where the flash and the beep of a test
    /// picture are in them; less than zero is earlier.
    #[serde(default)]
    pub sound_late_seconds: Option<f64>,
}

/// An input beside another.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ComparisonSnapshot {
    /// The other: the one on air.
    pub with: usize,
    /// `same`, `other-sound` (the pictures are alike), `other`, or `unknown`.
    pub programme: String,
    /// By how much this one is later; less than zero is earlier. `None` where that cannot be told.
    pub behind_seconds: Option<f64>,
}

/// An input in an operator's words.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum InputState {
    /// Nothing has come yet.
    #[default]
    Waiting,
    /// Picture and sound come.
    Receiving,
    /// Packets come, but no picture.
    NoPicture,
    /// Packets come, but no sound.
    NoSound,
    /// Packets came and stopped.
    Lost,
}

/// One path of an input now, in RTP packets.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PathSnapshot {
    /// Packets of the stream, each once.
    pub received_total: u64,
    /// Packets of the stream that this path did not bring in time; another may have.
    pub lost_total: u64,
    /// Packets that came after they were given up.
    pub late_total: u64,
    /// Packets of another sender, dropped.
    pub foreign_total: u64,
    /// How far the path is behind the fastest.
    pub skew_seconds: f64,
}

/// The FEC of an input now, in RTP packets.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FecSnapshot {
    /// Column FEC packets taken, of all paths.
    pub column_packets_total: u64,
    /// Row FEC packets taken, of all paths.
    pub row_packets_total: u64,
    /// FEC packets that are not of SMPTE ST 2022-1.
    pub malformed_total: u64,
    /// Media packets repaired.
    pub repaired_total: u64,
    /// FEC packets that missed two media packets or more to the end.
    pub unrepairable_total: u64,
}

/// An SRT link now.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SrtSnapshot {
    /// Whether a peer is connected.
    pub connected: bool,
    /// The peer's address, for people; never a label of a metric.
    pub peer: Option<String>,
    /// Round trip.
    pub rtt_seconds: f64,
    /// Packets found missing.
    pub lost_total: u64,
    /// Packets that came again.
    pub retransmitted_total: u64,
    /// Packets given up.
    pub dropped_total: u64,
    /// Span held in the receive buffer.
    pub buffer_seconds: f64,
    /// Handshakes refused (passphrase, stream id, form, or too many).
    pub refused_total: u64,
    /// The last refusal in a sentence.
    pub last_refusal: Option<String>,
}

/// A worker process now.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct WorkerSnapshot {
    /// Its process id while it lives.
    pub pid: Option<u32>,
    /// How often it was started again.
    pub restarts_total: u64,
    /// What it said last before it died.
    pub last_words: Option<String>,
    /// What encodes its pictures, where it makes any: `libx264`, `h264_nvenc`, `h264_qsv`.
    pub encoder: Option<String>,
}

/// The programme of an input.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ProgramSnapshot {
    /// program_number.
    pub number: u16,
    /// From the SDT.
    pub name: Option<String>,
    /// PID of the PCR.
    pub pcr_pid: u16,
    /// In the PMT's order.
    pub streams: Vec<StreamSnapshot>,
}

/// One elementary stream.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct StreamSnapshot {
    /// Its PID.
    pub pid: u16,
    /// `video`, `audio`, `subtitle` or `data`.
    pub kind: String,
    /// For example `H.264 1280x720 25 fps` or `AAC-LC 48 kHz stereo`.
    pub codec: String,
    /// ISO 639-2, when the PMT says.
    pub language: Option<String>,
    /// Over the last second, bit/s.
    pub bitrate_bits_per_second: u64,
}

/// One kind of finding.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FindingSnapshot {
    /// `1.4` or empty where TR 101 290 has no clause.
    pub clause: String,
    /// `Continuity_count_error`.
    pub name: String,
    /// How often.
    pub count: u64,
    /// The last example: PID, packet, figures.
    pub last: String,
}

/// One output now.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct OutputSnapshot {
    /// As configured.
    pub url: String,
    /// Whether our own group is heard here.
    pub state: OutputState,
    /// Why not, and what to try.
    pub reason: Option<String>,
    /// Datagrams handed to the kernel.
    pub datagrams_total: u64,
    /// Transport packets sent, null packets included.
    pub packets_total: u64,
    /// Null packets among them.
    pub null_packets_total: u64,
    /// Sends the kernel refused.
    pub send_errors_total: u64,
    /// Packets dropped because the input is faster than the output.
    pub overflow_packets_total: u64,
    /// The configured constant rate.
    pub bitrate_bits_per_second: Option<u64>,
    /// What the programme needs over the last second, bit/s.
    pub needed_bits_per_second: u64,
    /// Packets waiting.
    pub queued_packets: u64,
    /// Departures after their time, at most in the last second, seconds.
    pub late_seconds: f64,
}

/// Whether an output is on the wire.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum OutputState {
    /// Not yet known.
    #[default]
    Checking,
    /// Our own datagrams were heard on that interface.
    OnTheWire,
    /// They were not, or the kernel refused them.
    NotOnTheWire,
    /// Unicast: sent without an error.
    Sending,
}

/// The HLS of a channel now.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct HlsSnapshot {
    /// MEDIA-SEQUENCE of the first segment listed.
    pub media_sequence: u64,
    /// DISCONTINUITY-SEQUENCE.
    pub discontinuity_sequence: u64,
    /// Segments listed.
    pub segments: u64,
    /// Bytes held.
    pub window_bytes: u64,
    /// Why there is no playlist, in a sentence (a codec HLS cannot carry, nothing received).
    pub unavailable: Option<String>,
    /// Packets that the tap dropped because HLS was slow.
    pub tap_dropped_total: u64,
    /// The worker that encodes anew, with `transcode = true`.
    pub transcoder: Option<WorkerSnapshot>,
    /// The workers that make its ladder.
    pub ladder: Vec<LadderSnapshot>,
    /// How far back viewers may go, `shift` of the configuration; `None` where there is no time
    /// shift.
    #[serde(default)]
    pub shift_seconds: Option<u64>,
    /// How far back viewers can go; `None` where there is no time shift, or nothing is kept yet.
    #[serde(default)]
    pub shift: Option<ShiftSnapshot>,
}

/// A worker of a ladder.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct LadderSnapshot {
    /// `pictures` or `sound`.
    pub makes: String,
    /// The process.
    pub worker: WorkerSnapshot,
}

/// How far back viewers of a channel can go: `index.m3u8?from=SECONDS`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ShiftSnapshot {
    /// The first that can be watched, RFC 3339.
    pub earliest: String,
    /// The same, Unix seconds: the least for `from`.
    pub earliest_unix_seconds: i64,
    /// How much can be watched, gaps left out.
    pub span_seconds: f64,
}
