//! Meetings as they are shown.

use clap::Args;

use super::{found, now, time};
use crate::cli::client::Client;
use crate::cli::table::columns;
use crate::cli::why::of;
use crate::cli::{Exit, Failure, Surroundings, print, print_json, tell};
use crate::config::fault::Language;
use crate::meeting::{Meeting, when};
use crate::report::stamp;
use crate::snapshot::ChannelSnapshot;

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
            let channels = channels(client)?;
            print(&table(&meetings, &channels, around.language))?;
        }
        Ok(Exit::Done)
    }
}

/// Ids of the channels there are.
fn channels(client: &Client) -> Result<Vec<String>, Failure> {
    let (channels, _): (Vec<ChannelSnapshot>, _) = client.get("/api/v1/channels")?;
    Ok(channels.into_iter().map(|channel| channel.id).collect())
}

fn table(meetings: &[Meeting], channels: &[String], language: Language) -> String {
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
            state(meeting, channels, language).to_owned(),
            meeting.title.clone(),
        ]
    });
    columns(&headings, &rows.collect::<Vec<_>>())
}

fn state(meeting: &Meeting, channels: &[String], language: Language) -> &'static str {
    let now = now();
    match () {
        () if meeting.cancelled => of(language, "called off", "đã hủy"),
        () if meeting.end <= now => of(language, "over", "đã xong"),
        () if !channels.contains(&meeting.channel) => {
            of(language, "no such channel", "không có kênh này")
        }
        () if meeting.start <= now => of(language, "on", "đang họp"),
        () => of(language, "to come", "sắp tới"),
    }
}

/// All of a meeting.
pub(super) fn one(client: &Client, id: &str, around: &Surroundings) -> Result<Exit, Failure> {
    let meeting = &found(client, id)?.0;
    if around.json() {
        print_json(meeting)?;
        return Ok(Exit::Done);
    }
    let channels = channels(client)?;
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
            state(meeting, &channels, language),
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
