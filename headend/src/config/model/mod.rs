//! The keys of the configuration. The type, default, unit and text of a key are here and nowhere
//! else: the checker, `config example`, `config schema`, `config explain` and the reference page
//! all read them from the schema that these types make.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::value::{AllowedGroup, Dscp, Rate, Rung, Span};

mod announce;
mod archive;
mod failover;
mod player;
mod webhook;

pub use announce::Announce;
pub use archive::Archive;
pub use failover::{After, Failover, InputFault, WhenBack};
pub use player::Player;
pub use webhook::{Webhook, WebhookEvent};

/// The configuration of a node.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Config {
    /// The node itself.
    pub node: Node,
    /// The HTTP server: player, HLS, API, metrics.
    pub http: Http,
    /// What the player shows besides the channels.
    pub player: Player,
    /// What the network is told of the channels.
    pub announce: Announce,
    /// What is kept of the channels on disk: time shift.
    pub archive: Archive,
    /// A programme that comes in and goes out. At most 200.
    #[schemars(length(max = 200))]
    pub channel: Vec<Channel>,
    /// A program that is told of incidents by signed HTTP requests. At most 8.
    #[schemars(length(max = 8), extend("x-instead" = true))]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub webhook: Vec<Webhook>,
}

/// `[node]`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Node {
    /// What this node is called in the player, the API and the metrics. Left out: the host's name.
    #[schemars(length(min = 1, max = 64), example = &"trung-uong")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Where the record, the journal and the local socket are kept. Left out: `./state`, and under
    /// systemd what `StateDirectory=` names (`/var/lib/headend`).
    #[schemars(length(min = 1), example = &"/var/lib/headend")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state_dir: Option<PathBuf>,
}

/// `[http]`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Http {
    /// Addresses to listen on. `[::]` takes IPv4 and IPv6.
    #[schemars(with = "Vec<super::value::ListenAddress>", length(min = 1, max = 16))]
    pub listen: Vec<SocketAddr>,
    /// Addresses for HTTPS, with HTTP/2. Left out: none.
    #[schemars(with = "Vec<super::value::ListenAddress>", length(max = 16), example = &["[::]:8443"])]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tls_listen: Vec<SocketAddr>,
    /// A PEM file with the node's certificate and the chain behind it, for `tls-listen`. Relative
    /// to the file that names it. A file that is renewed is taken by itself.
    #[schemars(length(min = 1), example = &"fullchain.pem")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub certificate: Option<PathBuf>,
    /// A PEM file with the certificate's private key, read by the node's user alone.
    #[schemars(length(min = 1), example = &"privkey.pem")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key_file: Option<PathBuf>,
    /// Groups of others that this node hands on at `/udp/GROUP:PORT` and `/rtp/GROUP:PORT`:
    /// addresses with or without a prefix length and a port. Left out: its own groups alone.
    #[schemars(length(max = 64), example = &["239.1.0.0/16:5000"])]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub udp_allow: Vec<AllowedGroup>,
    /// Where they are joined: a name or an address of this machine. Left out: the system chooses.
    #[schemars(length(min = 1, max = 64), example = &"eth1")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub udp_interface: Option<String>,
}

impl Default for Http {
    fn default() -> Self {
        Self {
            listen: vec![SocketAddr::from(([0u16; 8], 8080))],
            tls_listen: Vec::new(),
            certificate: None,
            key_file: None,
            udp_allow: Vec::new(),
            udp_interface: None,
        }
    }
}

/// `[[channel]]`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Channel {
    /// What addresses, metrics and commands call it: `a` to `z`, `0` to `9` and `-`, 1 to 32
    /// characters.
    #[schemars(with = "super::value::ChannelId", extend("x-required" = true), example = &"hop-chinh-phu")]
    pub id: String,
    /// What people read, in the player and in the SDT of the output. Left out: the id.
    #[schemars(length(min = 1, max = 100), example = &"Họp Chính phủ", extend("x-shown" = true))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Under which heading the player and the playlists show it: who broadcasts. Left out: the
    /// node's name.
    #[schemars(length(min = 1, max = 64), example = &"Trung ương")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// The address of its logo, for the lists of television applications. Left out: none.
    #[schemars(length(min = 1, max = 2048), example = &"https://tinh.example/logo.png")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub logo: Option<String>,
    /// The number by which viewers find it: in the stream (logical_channel_number), in
    /// `/playlist.m3u` and in the API. Left out: the lowest number that no other channel has, which
    /// is not in the stream.
    #[schemars(range(min = 1, max = 999), example = 7)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub number: Option<u16>,
    /// Which programme (program_number) of the input. Left out: the first that has video or audio.
    #[schemars(range(min = 1, max = 65535), example = 1)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub program: Option<u16>,
    /// Whether the channel starts with the node.
    pub autostart: bool,
    /// Whether what HLS cannot carry (MPEG-2 video, MP2 and AC-3 sound) is encoded anew for it;
    /// the outputs keep the source's own. Costs about a processor core for a channel.
    pub transcode: bool,
    /// Where the programme comes from, in order of preference. At least one.
    #[schemars(length(min = 1, max = 16), extend("x-required" = true))]
    pub input: Vec<Input>,
    /// When another input goes on air, where there are several.
    pub failover: Failover,
    /// Whether a picture with the channel's name, the reason and the time stands in while no input
    /// gives a programme. It is made when it is needed.
    pub slate: bool,
    /// Where the programme goes as a transport stream. Any number.
    #[schemars(length(max = 64))]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub output: Vec<Output>,
    /// HLS for browsers and set-top boxes. Left out: no HLS.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hls: Option<Hls>,
}

impl Default for Channel {
    fn default() -> Self {
        Self {
            id: String::new(),
            name: None,
            group: None,
            logo: None,
            number: None,
            program: None,
            autostart: true,
            transcode: false,
            input: Vec::new(),
            failover: Failover::default(),
            slate: true,
            output: Vec::new(),
            hls: None,
        }
    }
}

/// `[[channel.input]]`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Input {
    /// `udp://` or `rtp://` GROUP:PORT, `srt://` ADDRESS:PORT`?mode=listener&latency=200` (query:
    /// `mode` listener or caller, `latency` in milliseconds, `streamid`, `pbkeylen` 16 or 32),
    /// `file:`PATH (a transport stream, looped), `test:` (the test picture, query: `size`, `rate`,
    /// `bitrate`), and what FFmpeg opens: `rtmp://` (`?listen=1` waits for a publisher),
    /// `rtsp://`, `http://`, `https://`, `ffmpeg:`PATH.
    /// Required, unless `paths` stands in its place.
    #[schemars(length(min = 1, max = 2048), example = &"rtp://239.10.0.1:5000", extend("x-shown" = true))]
    #[serde(skip_serializing_if = "String::is_empty")]
    pub url: String,
    /// Where a multicast group is joined: a name or an address of this machine. Left out: the
    /// system chooses, which goes wrong on a machine with more than one.
    #[schemars(length(min = 1, max = 64), example = &"eth1", extend("x-shown" = true))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub interface: Option<String>,
    /// The only sender whose packets are wanted (source-specific join).
    #[schemars(with = "Option<super::value::HostAddress>", example = &"10.0.0.1")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<IpAddr>,
    /// Whether its picture and its sound are decoded to see black, frozen and mute. Costs one or two
    /// percent of a processor core for 720p.
    pub content: bool,
    /// A file that holds the SRT passphrase, 10 to 79 characters, read by the node's user alone.
    /// Relative to the file that names it.
    #[schemars(length(min = 1), example = &"srt.key")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub passphrase_file: Option<PathBuf>,
    /// Whether FEC (SMPTE ST 2022-1) is taken beside an `rtp://` feed: columns at its port plus 2,
    /// rows at its port plus 4. It is not waited for: without it the input works as before, later.
    pub fec: bool,
    /// How long a missing RTP packet is waited for where another path or FEC may bring it, 50ms to
    /// 2s; more than the paths differ, and the time of two FEC matrices. The channel is that much
    /// later on air.
    pub merge_window: Span,
    /// The same RTP stream over up to four networks, in place of `url`: what one loses, another
    /// brings (SMPTE ST 2022-7).
    #[schemars(length(max = 4), extend("x-instead" = true))]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub paths: Vec<InputPath>,
}

impl Default for Input {
    fn default() -> Self {
        Self {
            url: String::new(),
            interface: None,
            source: None,
            passphrase_file: None,
            content: true,
            fec: false,
            merge_window: Span(packager::receive::MERGE_WINDOW),
            paths: Vec::new(),
        }
    }
}

/// `[[channel.input.paths]]`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct InputPath {
    /// `rtp://` GROUP:PORT.
    #[schemars(length(min = 1, max = 2048), extend("x-required" = true), example = &"rtp://239.10.0.1:5000")]
    pub url: String,
    /// As of the input.
    #[schemars(length(min = 1, max = 64), example = &"eth1")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub interface: Option<String>,
    /// As of the input.
    #[schemars(with = "Option<super::value::HostAddress>", example = &"10.0.0.1")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<IpAddr>,
}

/// `[[channel.output]]`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Output {
    /// `udp://` or `rtp://` GROUP:PORT; an IPv6 address stands in brackets. Unicast works too.
    #[schemars(length(min = 1, max = 2048), extend("x-required" = true), example = &"rtp://239.84.0.1:5000")]
    pub url: String,
    /// Where the packets leave: a name or an address of this machine. Required for multicast.
    #[schemars(length(min = 1, max = 64), example = &"eth0", extend("x-shown" = true))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub interface: Option<String>,
    /// How many routers a packet may pass. 1 stays on the first network, 0 on this machine.
    pub ttl: u8,
    /// The class that switches and routers see: `ef`, `af11` to `af43`, `cs0` to `cs7`, or 0 to 63.
    pub dscp: Dscp,
    /// Constant rate of the transport stream, null packets included. Left out: the input's own pace.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"6M", extend("x-shown" = true))]
    pub bitrate: Option<Rate>,
    /// What goes when the input is faster than `bitrate`.
    pub overflow: Overflow,
    /// Whether programs on this machine hear the group too. The node needs it to tell that the
    /// group is on the wire.
    pub loopback: bool,
    /// FEC (SMPTE ST 2022-1) beside an `rtp://` output, so that a receiver repairs what the network
    /// loses. Left out: none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fec: Option<OutputFec>,
}

/// `[channel.output.fec]`: at most 100 packets in a matrix, columns times rows. Columns go to the
/// port plus 2, rows to the port plus 4.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct OutputFec {
    /// Columns (L): so many packets lost in a row are repaired. 1 to 20, with `row-fec` 4 to 20.
    #[schemars(range(min = 1, max = 20))]
    pub columns: u8,
    /// Rows (D), 4 to 20. Adds one FEC packet to so many.
    #[schemars(range(min = 4, max = 20))]
    pub rows: u8,
    /// Whether rows are protected too, which repairs single losses at once. Adds one FEC packet to
    /// so many as there are columns.
    pub row_fec: bool,
}

impl Default for OutputFec {
    fn default() -> Self {
        Self {
            columns: 10,
            rows: 10,
            row_fec: true,
        }
    }
}

impl Default for Output {
    fn default() -> Self {
        Self {
            url: String::new(),
            interface: None,
            ttl: 16,
            dscp: Dscp::AF41,
            bitrate: None,
            overflow: Overflow::default(),
            loopback: true,
            fec: None,
        }
    }
}

/// `overflow` of an output.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Overflow {
    /// Video waits for the next random access point that fits; sound and tables go on. Choose it
    /// for meetings: sound matters most.
    #[default]
    KeepSound,
    /// Everything of the programme is dropped until the queue is short again. Choose it when the
    /// receiver cannot bear sound without picture.
    DropAll,
}

/// `[channel.hls]`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Hls {
    /// Target duration of a segment, 1s to 10s. Cut where the source has an IDR picture, so the
    /// encoder's interval should divide it.
    pub segment: Span,
    /// Target duration of a part, 100ms to the segment's; 300ms at least with `low-latency`.
    pub part: Span,
    /// Whether each part is listed as soon as it is made (low-latency HLS), for players that can
    /// stay under 2 s behind. Old boxes may show black: turn it on where all players know it.
    pub low_latency: bool,
    /// How much the playlist shows, three segments to 10m.
    pub window: Span,
    /// The picture again in smaller sizes, the largest first, and the sound alone, last, for lines
    /// that carry nothing else: six rungs at most. Made by `headend-media`, which costs processor
    /// time; the source's own picture stands for the rung of its size. Left out: the source's own
    /// alone.
    #[schemars(length(max = 6), example = &["1080p 4M", "720p 1.5M", "360p 800k", "audio 64k"])]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ladder: Vec<Rung>,
    /// How far back viewers may go, 1m to 168h: the programme is kept on disk for twice as long, as
    /// far as `[archive] quota` goes. Left out: not beyond `window`.
    #[schemars(example = &"4h")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shift: Option<Span>,
}

impl Default for Hls {
    fn default() -> Self {
        Self {
            segment: Span::from_millis(2_000),
            part: Span::from_millis(400),
            low_latency: false,
            window: Span::from_millis(30_000),
            ladder: Vec::new(),
            shift: None,
        }
    }
}
