//! What an operator is told: one incident for one cause.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::config::fault::Language;

/// One cause with its start, its place, what shows it, what was done and what to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Incident {
    /// Unique on this node: `CHANNEL-MILLISECONDS-COUNT`.
    pub id: String,
    /// The channel.
    pub channel: String,
    /// What it is.
    pub class: Class,
    /// What it is about: `input 0`, `output 1`, `hls`, `http`, `machine`.
    pub subject: String,
    /// Where it is. More than one where the evidence does not decide; `next` then says what would.
    pub places: Vec<Place>,
    /// Whether viewers are struck.
    pub severity: Severity,
    /// What a commune sees of it, in the handbook's three words.
    pub word: Word,
    /// RFC 3339.
    pub start: String,
    /// RFC 3339; `None` while it lasts.
    pub end: Option<String>,
    /// One line.
    pub verdict: Text,
    /// How it is known, the oldest first.
    pub evidence: Vec<Evidence>,
    /// What the headend did.
    pub actions: Vec<Evidence>,
    /// What the operator can do.
    pub next: Text,
    /// Who has it in hand; `None` while nobody has, and again when it becomes worse.
    #[serde(default)]
    pub acknowledged: Option<Acknowledgement>,
}

/// That somebody has an incident in hand.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Acknowledgement {
    /// Who, as they wrote it: 1 to [`Self::NAME`] characters, none of them a control character.
    pub by: String,
    /// Since when, RFC 3339.
    pub at: String,
}

impl Acknowledgement {
    /// Characters of a name, at most: it stands in one line of a wall.
    pub const NAME: usize = 64;

    /// Of `by` at `at`; `None` where that is no name.
    #[must_use]
    pub fn new(by: &str, at: String) -> Option<Self> {
        let by = by.trim();
        let good = (1..=Self::NAME).contains(&by.chars().count());
        (good && !by.chars().any(char::is_control)).then(|| Self {
            by: by.to_owned(),
            at,
        })
    }
}

/// A fact with its time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Evidence {
    /// RFC 3339.
    pub at: String,
    /// With its figures.
    pub text: Text,
    /// What it is a figure of: a newer one takes its place.
    #[serde(skip)]
    pub(super) of: (Option<Class>, usize),
}

/// A sentence in both languages.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Text {
    /// English.
    pub en: String,
    /// Vietnamese.
    pub vi: String,
}

impl Text {
    /// Both.
    pub fn new(en: impl Into<String>, vi: impl Into<String>) -> Self {
        Self {
            en: en.into(),
            vi: vi.into(),
        }
    }

    /// The sentence of one language.
    #[must_use]
    pub fn in_language(&self, language: Language) -> &str {
        match language {
            Language::English => &self.en,
            Language::Vietnamese => &self.vi,
        }
    }
}

/// Whether viewers are struck; the worse, the later.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// Viewers see and hear the programme; it could come to more.
    Warning,
    /// What viewers see or hear is broken or gone.
    Critical,
}

/// The three words of the commune's handbook.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Word {
    /// *không có hình*
    NoPicture,
    /// *không có tiếng*
    NoSound,
    /// *mất kết nối*
    ConnectionLost,
}

/// Where a cause is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Place {
    /// Before the encoder's output: camera, conference system, encoder.
    Source,
    /// The line from the encoder to this machine.
    Line,
    /// This machine.
    Machine,
    /// The output interface and what is plugged into it.
    Output,
    /// The HTTP side.
    Http,
}

/// What a cause is. The word is stable: logs, events, the API and the record carry it.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Class {
    // The order is the rank: an earlier one explains the later ones at the same place.
    /// The pacing thread gets the processor too late.
    ShortOfCpu,
    /// The machine's wall clock was set.
    ClockStepped,
    /// The record cannot be written: disk full, read-only, broken.
    RecordFailed,
    /// The archive cannot be written: disk full, slow, read-only, broken.
    ArchiveFailed,
    /// The certificate of HTTPS ends soon, or has ended.
    CertificateEnding,
    /// The input cannot be opened.
    NotOpen,
    /// The interface has no link.
    LinkDown,
    /// The worker process of the input or of the transcoder dies.
    WorkerDying,
    /// Nothing comes.
    SourceSilent,
    /// Two senders on one group.
    SecondSender,
    /// This machine drops datagrams before they are read.
    SocketLoss,
    /// The line loses packets and delays the others.
    LineCongested,
    /// The line loses packets.
    LineLoss,
    /// The line, or the sender, holds packets back for longer than the channel waits.
    InputLate,
    /// One of several paths brings nothing.
    PathLost,
    /// The line changes the order of packets.
    Reordering,
    /// Packets are missing that the line has not lost.
    SourceDamaged,
    /// Codec or PIDs are others than before.
    ProgrammeChanged,
    /// The sender began anew.
    SourceRestarted,
    /// The source's clock is wrong, or its stamps are.
    ClockOff,
    /// PAT, PMT or PCR have stopped, and the programme goes on.
    TablesLost,
    /// The programme is scrambled.
    Scrambled,
    /// Sound without picture.
    NoVideo,
    /// Picture without sound.
    NoSound,
    /// The picture is black.
    Black,
    /// The picture stands still.
    Frozen,
    /// The sound is digital silence.
    DigitalSilence,
    /// Sound and picture are apart.
    SoundApart,
    /// A backup shows something else than the input on air.
    InputsDiffer,
    /// What is sent does not reach the group's members on the interface.
    OutputNotOnTheWire,
    /// The programme needs more than the output's rate.
    OutputOverRate,
}

impl Class {
    /// The stable word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::ShortOfCpu => "short-of-cpu",
            Self::ClockStepped => "clock-stepped",
            Self::RecordFailed => "record-failed",
            Self::ArchiveFailed => "archive-failed",
            Self::CertificateEnding => "certificate-ending",
            Self::NotOpen => "not-open",
            Self::LinkDown => "link-down",
            Self::WorkerDying => "worker-dying",
            Self::SourceSilent => "source-silent",
            Self::SecondSender => "second-sender",
            Self::SocketLoss => "socket-loss",
            Self::LineCongested => "line-congested",
            Self::LineLoss => "line-loss",
            Self::InputLate => "input-late",
            Self::PathLost => "path-lost",
            Self::Reordering => "reordering",
            Self::SourceDamaged => "source-damaged",
            Self::SourceRestarted => "source-restarted",
            Self::ProgrammeChanged => "programme-changed",
            Self::ClockOff => "clock-off",
            Self::TablesLost => "tables-lost",
            Self::Scrambled => "scrambled",
            Self::NoVideo => "no-video",
            Self::NoSound => "no-sound",
            Self::Black => "black",
            Self::Frozen => "frozen",
            Self::DigitalSilence => "digital-silence",
            Self::SoundApart => "sound-apart",
            Self::InputsDiffer => "inputs-differ",
            Self::OutputNotOnTheWire => "output-not-on-the-wire",
            Self::OutputOverRate => "output-over-rate",
        }
    }

    /// What a commune sees of it.
    #[must_use]
    pub const fn handbook(self) -> Word {
        match self {
            Self::NoVideo | Self::Black | Self::Frozen | Self::Scrambled => Word::NoPicture,
            Self::NoSound | Self::DigitalSilence | Self::SoundApart => Word::NoSound,
            Self::LineLoss
            | Self::LineCongested
            | Self::InputLate
            | Self::SocketLoss
            | Self::SourceDamaged
            | Self::Reordering
            | Self::SecondSender
            | Self::ClockOff
            | Self::TablesLost
            | Self::ProgrammeChanged
            | Self::InputsDiffer
            | Self::OutputOverRate => Word::NoPicture,
            Self::ShortOfCpu
            | Self::ClockStepped
            | Self::RecordFailed
            | Self::ArchiveFailed
            | Self::CertificateEnding
            | Self::NotOpen
            | Self::LinkDown
            | Self::WorkerDying
            | Self::SourceSilent
            | Self::SourceRestarted
            | Self::PathLost
            | Self::OutputNotOnTheWire => Word::ConnectionLost,
        }
    }

    /// How long it shows before it is an incident, ns: what explains it may show a second later.
    pub(super) const fn confirm(self) -> i64 {
        match self {
            Self::LineCongested
            | Self::LineLoss
            | Self::Reordering
            | Self::TablesLost
            | Self::SourceDamaged => 1_500_000_000,
            // What held it up is seen a second later.
            Self::InputLate => 900_000_000,
            // It may be another programme: its headers are read with its first IDR.
            Self::SourceRestarted => 2_500_000_000,
            _ => 0,
        }
    }

    /// Whether lost packets show that it lasts.
    pub(super) const fn shows_as_loss(self) -> bool {
        matches!(
            self,
            Self::LineCongested | Self::SecondSender | Self::SocketLoss
        )
    }

    /// Something that happens, in place of something that lasts.
    pub(super) const fn is_event(self) -> bool {
        matches!(
            self,
            Self::SourceRestarted | Self::ProgrammeChanged | Self::ClockStepped | Self::InputLate
        )
    }

    /// Whether viewers notice nothing of it as such.
    pub(super) const fn is_harmless(self) -> bool {
        matches!(
            self,
            Self::Reordering
                | Self::SourceRestarted
                | Self::ProgrammeChanged
                | Self::ClockStepped
                | Self::RecordFailed
                | Self::ArchiveFailed
                | Self::ClockOff
                | Self::TablesLost
                | Self::InputsDiffer
        )
    }
}

impl Word {
    /// In both languages, as the handbook has it.
    #[must_use]
    pub fn text(self) -> Text {
        match self {
            Self::NoPicture => Text::new("no picture", "không có hình"),
            Self::NoSound => Text::new("no sound", "không có tiếng"),
            Self::ConnectionLost => Text::new("connection lost", "mất kết nối"),
        }
    }
}

impl Place {
    /// The stable word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Source => "source",
            Self::Line => "line",
            Self::Machine => "machine",
            Self::Output => "output",
            Self::Http => "http",
        }
    }

    /// In both languages.
    #[must_use]
    pub fn text(self) -> Text {
        match self {
            Self::Source => Text::new("before the encoder's output", "trước đầu ra của bộ mã hóa"),
            Self::Line => Text::new(
                "on the line from the encoder to this machine",
                "trên đường truyền từ bộ mã hóa đến máy này",
            ),
            Self::Machine => Text::new("in this machine", "trong máy này"),
            Self::Output => Text::new("at the output interface", "ở giao diện đầu ra"),
            Self::Http => Text::new("on the HTTP side", "ở phía HTTP"),
        }
    }
}
