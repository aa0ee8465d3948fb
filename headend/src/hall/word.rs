//! The words that halls use: closed sets, the same in CMCD, in the API and on the screens.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::cause::{Text, Word};

/// What a hall's page does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum HallState {
    /// It opens a channel and shows no picture yet.
    #[default]
    Starting,
    /// It plays.
    Playing,
    /// Its buffer is empty: the picture stands.
    Stalled,
    /// It shows a fault's screen.
    Fault,
    /// Somebody paused it.
    Paused,
    /// It came to an end, or somebody closed it.
    Ended,
    /// It has said nothing for 30 s and had not ended.
    Lost,
}

impl HallState {
    /// By `sta` of CMCD (CTA-5004-B); `None` for a word that is not of it.
    #[must_use]
    pub fn of_cmcd(word: &str) -> Option<Self> {
        Some(match word {
            "s" | "d" => Self::Starting,
            // A seek of a live picture is over in a moment.
            "p" | "k" => Self::Playing,
            "r" | "w" => Self::Stalled,
            "a" => Self::Paused,
            "e" | "q" => Self::Ended,
            "f" => Self::Fault,
            _ => return None,
        })
    }

    /// Whether the hall does not see its channel, and wants to.
    #[must_use]
    pub const fn is_struck(self) -> bool {
        matches!(self, Self::Stalled | Self::Fault)
    }

    /// Its place in a list; the first ones need somebody.
    #[must_use]
    pub(super) const fn rank(self) -> u8 {
        match self {
            Self::Fault => 0,
            Self::Stalled => 1,
            Self::Lost => 2,
            Self::Starting => 3,
            Self::Playing => 4,
            Self::Paused => 5,
            Self::Ended => 6,
        }
    }

    /// In both languages.
    #[must_use]
    pub fn text(self) -> Text {
        match self {
            Self::Starting => Text::new("starting", "đang mở"),
            Self::Playing => Text::new("playing", "đang xem"),
            Self::Stalled => Text::new("stalled", "đứng hình"),
            Self::Fault => Text::new("fault", "báo lỗi"),
            Self::Paused => Text::new("paused", "tạm dừng"),
            Self::Ended => Text::new("ended", "đã tắt"),
            Self::Lost => Text::new("lost", "mất liên lạc"),
        }
    }
}

/// `vn.headend-fault`: which of the three screens of the handbook.
pub(super) fn fault(word: &str) -> Option<Word> {
    match word {
        "no-picture" => Some(Word::NoPicture),
        "no-sound" => Some(Word::NoSound),
        "connection-lost" => Some(Word::ConnectionLost),
        _ => None,
    }
}

/// What the screen of a hall says of whose fault it is (`vn.headend-who`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Says {
    /// The channel has not begun.
    NotStarted,
    /// The hall's line.
    Line,
    /// Who broadcasts.
    Source,
}

impl Says {
    /// By the word of CMCD.
    #[must_use]
    pub fn of_cmcd(word: &str) -> Option<Self> {
        match word {
            "not-started" => Some(Self::NotStarted),
            "line" => Some(Self::Line),
            "source" => Some(Self::Source),
            _ => None,
        }
    }

    /// In both languages.
    #[must_use]
    pub fn text(self) -> Text {
        match self {
            Self::NotStarted => Text::new("the channel has not begun", "kênh chưa bắt đầu"),
            Self::Line => Text::new("this hall's line", "đường truyền của hội trường"),
            Self::Source => Text::new("the source", "phía nguồn phát"),
        }
    }
}
