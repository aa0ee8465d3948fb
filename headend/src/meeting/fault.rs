//! Why a meeting is not taken, and what is told with one that is.

use super::{LONGEST, Meeting, when};
use crate::cause::Text;

/// Why nothing was changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// A text is empty, too long or not on one line.
    BadText {
        /// `title`, `originator`, `note`.
        field: &'static str,
        /// Characters at most.
        most: usize,
    },
    /// No such channel.
    UnknownChannel {
        /// As written.
        written: String,
        /// What it looks most like.
        near: Option<String>,
    },
    /// It would end before it begins, or at once.
    EndsBefore,
    /// It would last longer than [`LONGEST`].
    TooLong,
    /// It is before 1970 or after 2037.
    OutOfRange,
    /// Another meeting has the time.
    Taken(Box<Meeting>),
    /// No such meeting.
    Unknown(String),
    /// Somebody changed it in between.
    Changed {
        /// As it is now.
        sequence: u64,
    },
    /// It was called off.
    Cancelled(String),
    /// It is over.
    Over(String),
    /// It would be over already.
    Past,
    /// There are too many.
    Full,
    /// The record does not take it.
    Record(String),
}

/// What is told with a change that is made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    /// It has begun already.
    Begun,
    /// It is over already.
    Over,
    /// It takes the time of another: an emergency may.
    TakesTimeOf(Box<Meeting>),
}

impl Fault {
    /// In a sentence.
    #[must_use]
    pub fn text(&self) -> Text {
        match self {
            Self::BadText { field, most } => bad_text(field, *most),
            Self::UnknownChannel { written, near } => unknown_channel(written, near.as_deref()),
            Self::EndsBefore => Text::new(
                "it would end before it begins",
                "giờ kết thúc không sau giờ bắt đầu",
            ),
            Self::TooLong => Text::new(
                format!("it would last longer than {} h", LONGEST / 3_600_000),
                format!("kéo dài hơn {} giờ", LONGEST / 3_600_000),
            ),
            Self::OutOfRange => Text::new(
                "a meeting is between 1970 and 2037",
                "cuộc họp phải ở trong các năm 1970 đến 2037",
            ),
            Self::Taken(other) => Text::new(
                format!("the channel has {} then", other.named()),
                format!("lúc đó kênh đã có {}", other.named()),
            ),
            Self::Unknown(id) => Text::new(
                format!("there is no meeting `{id}`"),
                format!("không có cuộc họp `{id}`"),
            ),
            Self::Changed { sequence } => Text::new(
                format!("somebody changed it in between: it is at sequence {sequence}"),
                format!("đã có người sửa: nay là lần sửa {sequence}"),
            ),
            Self::Cancelled(id) => Text::new(
                format!("meeting {id} was called off"),
                format!("cuộc họp {id} đã bị hủy"),
            ),
            Self::Over(id) => Text::new(
                format!("meeting {id} is over"),
                format!("cuộc họp {id} đã kết thúc"),
            ),
            Self::Past => Text::new("it would be over already", "giờ kết thúc đã qua"),
            Self::Full => Text::new("the schedule is full", "lịch họp đã đầy"),
            Self::Record(error) => Text::new(
                format!("the record does not take it, nothing was changed: {error}"),
                format!("không ghi được vào sổ, chưa có gì thay đổi: {error}"),
            ),
        }
    }

    /// What to do.
    #[must_use]
    pub fn next(&self) -> Text {
        match self {
            Self::BadText { .. } => Text::new("write it anew", "hãy viết lại"),
            Self::UnknownChannel { .. } => Text::new(
                "`headend channel list` shows the channels",
                "`headend channel list` liệt kê các kênh",
            ),
            Self::Past => Text::new("look at the day and the year", "hãy xem lại ngày và năm"),
            Self::EndsBefore | Self::TooLong | Self::OutOfRange => Text::new(
                "look at start, end and duration",
                "hãy xem lại giờ bắt đầu, giờ kết thúc và thời lượng",
            ),
            Self::Taken(_) => Text::new(
                "choose another time or channel; only class emergency may take it",
                "hãy chọn giờ khác hoặc kênh khác; chỉ loại emergency được chiếm giờ",
            ),
            Self::Unknown(_) => Text::new(
                "`headend meeting list --all` shows all of them",
                "`headend meeting list --all` liệt kê tất cả",
            ),
            Self::Changed { .. } => Text::new(
                "look at it with `headend meeting show`, then repeat",
                "hãy xem bằng `headend meeting show` rồi làm lại",
            ),
            Self::Cancelled(_) | Self::Over(_) => Text::new(
                "add a new one with `headend meeting add`",
                "hãy thêm cuộc họp mới bằng `headend meeting add`",
            ),
            Self::Full => Text::new(
                "cancel what is not needed; meetings that are over for 400 days go by themselves",
                "hãy hủy những cuộc không cần; cuộc đã qua 400 ngày tự được bỏ đi",
            ),
            Self::Record(_) => Text::new(
                "look at the disk of the state directory, then repeat",
                "hãy xem ổ đĩa của thư mục trạng thái rồi làm lại",
            ),
        }
    }
}

impl Notice {
    /// In a sentence.
    #[must_use]
    pub fn text(&self) -> Text {
        match self {
            Self::Begun => Text::new("it has begun already", "cuộc họp đã bắt đầu"),
            Self::Over => Text::new("it is over already", "cuộc họp đã qua"),
            Self::TakesTimeOf(other) => Text::new(
                format!("it takes the time of {}", other.named()),
                format!("chiếm giờ của {}", other.named()),
            ),
        }
    }
}

impl Meeting {
    /// `m12 "Họp" 2026-12-01 08:00–11:30`.
    #[must_use]
    pub fn named(&self) -> String {
        let span = when::span(self.start, self.end);
        format!("{} \"{}\" {span}", self.id, self.title)
    }
}

fn bad_text(field: &str, most: usize) -> Text {
    let (en, vi) = match field {
        "title" => ("the title has to be", "tên cuộc họp phải có"),
        "originator" => ("the originator may be", "đơn vị phát chỉ được"),
        _ => ("the note may be", "ghi chú chỉ được"),
    };
    let least = u8::from(field == "title");
    Text::new(
        format!("{en} {least} to {most} characters, without control characters"),
        format!("{vi} {least} đến {most} ký tự, không có ký tự điều khiển"),
    )
}

fn unknown_channel(written: &str, near: Option<&str>) -> Text {
    let shown: String = written
        .chars()
        .filter(|c| !c.is_control())
        .take(64)
        .collect();
    match near {
        Some(near) => Text::new(
            format!("there is no channel `{shown}`; did you mean `{near}`?"),
            format!("không có kênh `{shown}`; có phải là `{near}`?"),
        ),
        None => Text::new(
            format!("there is no channel `{shown}`"),
            format!("không có kênh `{shown}`"),
        ),
    }
}
