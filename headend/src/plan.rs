//! What the configuration means. A reload compares two plans with `==`, channel by channel; only
//! what differs is touched.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use packager::protect::Matrix;
use packager::receive;
use packager::time::Bitrate;

use crate::foreign::Allowed;

/// The whole node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// `[node] name`, the host's name by default.
    pub name: String,
    /// Record, journal and local socket.
    pub state_dir: PathBuf,
    /// `[http] listen`.
    pub listen: Vec<SocketAddr>,
    /// HTTPS; `None` is none.
    pub tls: Option<TlsPlan>,
    /// Whom a hall calls.
    pub help: HelpPlan,
    /// Groups of others that are handed on over HTTP.
    pub foreign: ForeignPlan,
    /// In the order of the file.
    pub channels: Vec<ChannelPlan>,
    /// How the channels are announced; `None` is not at all.
    pub sap: Option<SapPlan>,
    /// Bytes on disk that the archive may take.
    pub archive_quota: u64,
    /// Who is told of incidents.
    pub webhooks: Vec<WebhookPlan>,
}

/// Whom a hall calls when it needs help.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HelpPlan {
    /// `[player] help-phone`.
    pub phone: Option<String>,
    /// `[player] help-name`.
    pub name: Option<String>,
}

/// HTTPS.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsPlan {
    /// `[http] tls-listen`.
    pub listen: Vec<SocketAddr>,
    /// A PEM file with the chain.
    pub certificate: PathBuf,
    /// A PEM file with the key.
    pub key: PathBuf,
}

/// Groups of others that are handed on over HTTP.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ForeignPlan {
    /// Which; none are the rule.
    pub allow: Vec<Allowed>,
    /// Where they are joined: a name or an address; `None` lets the system choose.
    pub interface: Option<String>,
}

/// Announcements by SAP.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SapPlan {
    /// Where they leave: a name or an address.
    pub interface: String,
    /// Hop limit.
    pub ttl: u8,
}

/// Who is told of incidents, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebhookPlan {
    /// `http://HOST[:PORT][/PATH]` or `https://`.
    pub url: String,
    /// A PEM file with who signed the receiver's certificate; `None` is whom this machine trusts.
    pub authority: Option<PathBuf>,
    /// What `secret-file` holds.
    pub secret: Secret,
    /// Of what.
    pub events: Vec<WebhookEvent>,
}

/// What happens to an incident.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WebhookEvent {
    /// It began.
    Opened,
    /// It became graver, was found elsewhere, or the headend did something.
    Changed,
    /// It ended.
    Closed,
}

impl WebhookEvent {
    /// All.
    pub const ALL: [Self; 3] = [Self::Opened, Self::Changed, Self::Closed];

    /// The word in `type`, after `incident.`.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Opened => "opened",
            Self::Changed => "changed",
            Self::Closed => "closed",
        }
    }
}

/// One channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChannelPlan {
    /// `[a-z0-9-]`, 1 to 32.
    pub id: Arc<str>,
    /// Shown to people, in the SDT and in the player.
    pub name: String,
    /// Under which heading it is shown; the node's name by default.
    pub group: String,
    /// The address of its logo.
    pub logo: Option<String>,
    /// The key that viewers press, 1 to 999; `None` is the lowest that is free.
    pub number: Option<u16>,
    /// Which programme of the input; `None` is the first that has video or audio.
    pub program: Option<u16>,
    /// Whether the channel starts with the node.
    pub autostart: bool,
    /// In order of preference; at least one.
    pub inputs: Vec<InputPlan>,
    /// When another input goes on air.
    pub failover: packager::select::Policy,
    /// What stands in while no input gives a programme.
    pub slate: bool,
    /// Any number, none too.
    pub outputs: Vec<OutputPlan>,
    /// `None` is no HLS.
    pub hls: Option<HlsPlan>,
}

/// One input of a channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InputPlan {
    /// As the operator wrote it; it never holds a secret.
    pub url: String,
    /// By which paths it comes, each of the same stream; more than one are RTP.
    pub paths: Vec<SourcePlan>,
    /// How the paths become one stream.
    pub receive: receive::Settings,
    /// Whether its picture and its sound are looked at.
    pub content: bool,
}

/// What kind of input a URL names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SourcePlan {
    /// `udp://` and `rtp://`.
    Datagrams {
        /// Whether the payload is RTP.
        rtp: bool,
        /// Group or local address, and port.
        address: SocketAddr,
        /// Where a group is joined: a name or an address.
        interface: Option<String>,
        /// Source-specific join.
        from: Option<IpAddr>,
        /// Whether FEC is taken at the port plus 2 and plus 4.
        fec: bool,
    },
    /// `srt://`.
    Srt(SrtPlan),
    /// `file:`, looped at the pace of its PCR.
    File(PathBuf),
    /// What `headend-media` makes or opens.
    Worker(WorkerPlan),
}

/// An SRT input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SrtPlan {
    /// `mode=listener` or `mode=caller`.
    pub listener: bool,
    /// Where to listen or whom to call.
    pub address: SocketAddr,
    /// `latency=` in milliseconds.
    pub latency: Duration,
    /// `streamid=`; a listener takes only callers that give it.
    pub stream_id: Option<String>,
    /// What `passphrase-file` holds.
    pub passphrase: Option<Secret>,
    /// `pbkeylen=`: 16 or 32 bytes (AES-128, AES-256).
    pub key_bytes: u8,
}

/// A job of `headend-media`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WorkerPlan {
    /// `test:`, the test picture. Query: `size=1280x720&rate=25&bitrate=3M`.
    TestPicture {
        /// Written in the picture.
        name: String,
        /// Pixels across.
        width: u32,
        /// Pixels down.
        height: u32,
        /// Frames a second.
        rate: u32,
        /// Of the video.
        bitrate: Bitrate,
    },
    /// `rtmp://`, `rtsp://`, `http(s)://`, `ffmpeg:PATH`.
    Open {
        /// What FFmpeg opens.
        url: String,
        /// `listen=1` of `rtmp://`: wait for a publisher.
        listen: bool,
    },
    /// Stands in for a programme.
    Slate {
        /// The channel's name, written in the picture.
        name: String,
    },
    /// Takes a transport stream and encodes anew what HLS cannot carry.
    Transcode,
    /// Takes a transport stream and makes rungs of its picture.
    Pictures(Vec<(u32, Bitrate)>),
    /// Takes a transport stream and makes a small sound of its sound.
    Sound(Bitrate),
    /// Takes a transport stream and says what it shows, in lines of JSON.
    Look,
}

/// Bytes that no log, error or API answer shows.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(pub String);

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// One output of a channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutputPlan {
    /// As the operator wrote it.
    pub url: String,
    /// RTP (payload type 33) or plain UDP.
    pub rtp: bool,
    /// Group or host, and port.
    pub address: SocketAddr,
    /// A name or an address; required for multicast.
    pub interface: Option<String>,
    /// Hop limit.
    pub ttl: u8,
    /// The six bits of the DSCP.
    pub dscp: u8,
    /// Whether members on this machine hear it.
    pub loopback: bool,
    /// Constant rate; `None` is the input's own pace.
    pub bitrate: Option<Bitrate>,
    /// What goes when the input is faster than `bitrate`.
    pub overflow: packager::shape::Overflow,
    /// FEC at the port plus 2 and plus 4; of RTP alone.
    pub fec: Option<Matrix>,
}

/// The HLS of a channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HlsPlan {
    /// Target duration of a segment.
    pub segment: Duration,
    /// Target duration of a part.
    pub part: Duration,
    /// Whether parts are listed as they are made.
    pub low_latency: bool,
    /// How much the playlist shows.
    pub window: Duration,
    /// How far back viewers may go on disk; `None` is not beyond the window.
    pub shift: Option<Duration>,
    /// Whether what HLS cannot carry is encoded anew for it.
    pub transcode: bool,
    /// What is made beside the source's own.
    pub ladder: LadderPlan,
}

/// The ladder of a channel.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LadderPlan {
    /// Lines and rates of the pictures, the largest first; 6 at most.
    pub pictures: Vec<(u32, Bitrate)>,
    /// Rate of the sound for lines that carry nothing else.
    pub sound: Option<Bitrate>,
}
