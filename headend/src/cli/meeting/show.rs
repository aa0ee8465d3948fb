//! Meetings as they are shown.

use clap::Args;

use super::{now, time};
use crate::cli::client::Client;
use crate::cli::table::columns;
use crate::cli::why::of;
use crate::cli::{Exit, Failure, Surroundings, print, print_json, tell};
use crate::config::fault::Language;
use crate::meeting::{Meeting, when};
use crate::report::stamp;

/// Which meetings.
#[derive(Debug, Args)]
pub(in crate::cli) struct List {
    /// Only of this channel
    #[arg(long, value_name = "CHANNEL")]
    channel: Option<String>,
    /// Those that end after it [default: now]
    #[arg(long, value_name = "TIME")]
    from: Option<String>,
    /// Those that are over or were called off too
    #[arg(long)]
    all: bool,
}

impl List {
    pub(super) fn run(&self, client: &Client, around: &Surroundings) -> Result<Exit, Failure> {
        let mut address = format!("/api/v1/meetings?all={}", self.all);
        if let Some(id) = &self.channel {
            crate::cli::channel::path(id)?;
            address += &format!("&channel={id}");
        }
        if let Some(from) = &self.from {
            address += &format!("&from={}", stamp(time(from, around.language)?));
        }
        let (meetings, _): (Vec<Meeting>, _) = client.get(&address)?;
        if around.json() {
            print_json(&meetings)?;
        } else if meetings.is_empty() {
            tell(of(
                around.language,
                "no meeting is on or to come; add one with `headend meeting add`",
                "không có cuộc họp nào đang hoặc sắp diễn ra; hãy thêm bằng `headend meeting add`",
            ));
        } else {
            print(&table(&meetings, around.language))?;
        }
        Ok(Exit::Done)
    }
}

fn table(meetings: &[Meeting], language: Language) -> String {
    let headings = match language {
        Language::English => ["ID", "TIME", "CHANNEL", "CLASS", "STATE", "TITLE"],
        Language::Vietnamese => ["ID", "GIỜ", "KÊNH", "LOẠI", "TRẠNG THÁI", "TÊN"],
    };
    let rows = meetings.iter().map(|meeting| {
        vec![
            meeting.id.clone(),
            when::span(meeting.start, meeting.end),
            meeting.channel.clone(),
            meeting.class.word().to_owned(),
            state(meeting, language).to_owned(),
            meeting.title.clone(),
        ]
    });
    columns(&headings, &rows.collect::<Vec<_>>())
}

fn state(meeting: &Meeting, language: Language) -> &'static str {
    let now = now();
    match () {
        () if meeting.cancelled => of(language, "called off", "đã hủy"),
        () if meeting.end <= now => of(language, "over", "đã xong"),
        () if meeting.start <= now => of(language, "on", "đang họp"),
        () => of(language, "to come", "sắp tới"),
    }
}

/// All of a meeting.
pub(super) fn one(meeting: &Meeting, around: &Surroundings) -> Result<Exit, Failure> {
    if around.json() {
        print_json(meeting)?;
        return Ok(Exit::Done);
    }
    let language = around.language;
    let record = match meeting.record {
        true => of(language, "yes", "có"),
        false => of(language, "no", "không"),
    };
    let span = when::span(meeting.start, meeting.end);
    let lines = [
        (of(language, "Title", "Tên"), meeting.title.as_str()),
        (of(language, "Channel", "Kênh"), &meeting.channel),
        (of(language, "Time", "Giờ"), &span),
        (of(language, "Class", "Loại"), meeting.class.word()),
        (
            of(language, "State", "Trạng thái"),
            state(meeting, language),
        ),
        (
            of(language, "Originator", "Đơn vị phát"),
            &meeting.originator,
        ),
        (of(language, "Record", "Ghi lại"), record),
        (of(language, "Note", "Ghi chú"), &meeting.note),
        ("UID", &meeting.uid),
        ("SEQUENCE", &meeting.sequence.to_string()),
    ];
    let rows = lines.iter().filter(|(_, value)| !value.is_empty());
    let rows: Vec<_> = rows
        .map(|(name, value)| vec![(*name).to_owned(), (*value).to_owned()])
        .collect();
    print(&columns(&[&meeting.id, ""], &rows))?;
    Ok(Exit::Done)
}
