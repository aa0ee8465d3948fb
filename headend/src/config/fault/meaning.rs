//! What the values mean together, and on this machine.

use std::path::PathBuf;

use packager::protect::MatrixError;

/// What is wrong with the meaning.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// The same id, address or group again; where it was first.
    Again {
        /// What is there twice.
        what: String,
        /// The place of the first.
        first: String,
    },
    /// A multicast output without an interface; those of this machine.
    NoInterface(String),
    /// An interface that this machine lacks.
    UnknownInterface {
        /// As written.
        written: String,
        /// The one that looks most like it.
        near: Option<String>,
        /// Those of this machine.
        known: String,
    },
    /// A group joined on the interface that the system chooses; those of this machine.
    AnyInterface(String),
    /// `source` without a multicast group.
    SourceWithoutGroup,
    /// IPv4 and IPv6 mixed up.
    OtherFamily,
    /// A sender's address that is a group.
    SourceIsGroup,
    /// A key that does nothing here, and why.
    NoEffect(NoEffect),
    /// Paths or FEC that cannot be.
    Merge(Merge),
    /// A passphrase for what is not SRT.
    PassphraseWithoutSrt,
    /// A passphrase of a length that SRT does not take.
    PassphraseLength(usize),
    /// A webhook that cannot be.
    Webhook(Webhook),
    /// HTTPS without what it needs.
    Certificate(Certificate),
    /// Others than the node's user can read the secret.
    OpenSecret {
        /// Which file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// A file that is not there now.
    FileMissing {
        /// Which.
        path: PathBuf,
        /// The system's words.
        reason: String,
    },
    /// A relative path where nothing says relative to what.
    RelativePath(PathBuf),
    /// A channel that feeds itself, over which channels.
    Loop(String),
    /// HLS that cannot be.
    Hls(HlsFault),
    /// `ttl = 0`: nothing leaves this machine.
    TtlZero,
}

/// Why a key does nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoEffect {
    /// `interface` of an input that joins no group.
    InterfaceWithoutGroup,
}

/// What stands in the way of merging paths and of FEC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Merge {
    /// `url` and `paths` in one input.
    UrlAndPaths,
    /// A path that is not RTP: nothing tells which of its packets are another path's.
    PathWithoutRtp,
    /// FEC of what is not RTP.
    FecWithoutRtp,
    /// A port whose FEC ports do not exist.
    FecPort,
    /// A matrix that SMPTE ST 2022-1 does not allow.
    FecMatrix(MatrixError),
}

/// What stands in the way of HLS.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HlsFault {
    /// A part longer than its segment.
    LongPart {
        /// The segment's.
        segment: String,
    },
    /// A window under three segments.
    ShortWindow {
        /// Three segments.
        least: String,
    },
    /// A rung that is no step down from the one before it.
    RungOrder {
        /// The one before.
        above: String,
        /// This one.
        written: String,
    },
}

/// What stands in the way of a webhook.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Webhook {
    /// What is no key of a signature.
    Key,
    /// A file that holds nobody to trust, and why.
    Authority(String),
}

/// What stands in the way of HTTPS.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Certificate {
    /// One key of the three without another one.
    Without {
        /// The key that is there.
        written: &'static str,
        /// The key that is not.
        missing: &'static str,
    },
    /// A file without a certificate.
    None(PathBuf),
    /// A certificate that cannot be understood.
    Unfit {
        /// Where.
        path: PathBuf,
        /// What the reader says.
        reason: String,
    },
    /// A file without a private key.
    NoKey(PathBuf),
    /// A key of a kind that is not known; what the reader says.
    UnfitKey(String),
    /// The key of another certificate.
    OtherKey,
    /// When it ended.
    Ended(String),
}
