//! `headend report meeting`: what to put on file after a meeting.

use std::path::{Path, PathBuf};

use clap::Args;

use super::csv::csv;
use super::page::{escaped, page};
use super::table::{Table, tables};
use crate::cli::channel;
use crate::cli::client::Client;
use crate::cli::meeting::{found, now, time};
use crate::cli::table::columns;
use crate::cli::why::{of, said};
use crate::cli::{Exit, Failure, Surroundings, print, print_json, tell};
use crate::config::fault::Language;
use crate::meeting::Meeting as Planned;
use crate::report::{Meeting, stamp};
use crate::snapshot::ChannelSnapshot;

/// Which meeting, and where it is written.
#[derive(Debug, Args)]
pub(in crate::cli) struct Which {
    /// The channel's id, or that of a meeting of the schedule
    #[arg(value_name = "CHANNEL|MEETING")]
    id: String,
    /// From when: 2026-11-22T08:00:00+07:00, or by the country's clock "2026-11-22 08:00" or 08:00
    /// [default: the last time on air of today]
    #[arg(long, value_name = "TIME")]
    from: Option<String>,
    /// Until when [default: now]
    #[arg(long, value_name = "TIME", requires = "from")]
    to: Option<String>,
    /// Write a page to print into this file
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// Write a table for a spreadsheet into this file
    #[arg(long, value_name = "FILE")]
    csv: Option<PathBuf>,
}

impl Which {
    pub(super) fn run(&self, around: &Surroundings) -> Result<Exit, Failure> {
        let (client, language) = (around.client()?, around.language);
        let planned = self.planned(&client)?;
        let address = self.address(planned.as_ref(), language)?;
        let (meeting, _): (Meeting, _) = client.get(&address)?;
        let planned = planned.as_ref();
        if let Some(file) = &self.html {
            write(file, &html(&meeting, planned, language))?;
        }
        if let Some(file) = &self.csv {
            write(file, &csv(&meeting))?;
        }
        if around.json() {
            print_json(&meeting)?;
        } else if self.html.is_none() && self.csv.is_none() {
            print(&text(&meeting, planned, language))?;
        }
        Ok(Exit::Done)
    }
}

impl Which {
    /// The meeting of the schedule that is meant, where no time is asked for.
    fn planned(&self, client: &Client) -> Result<Option<Planned>, Failure> {
        let number = self.id.strip_prefix('m').unwrap_or_default();
        let id = !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit());
        if !id || self.from.is_some() {
            return Ok(None);
        }
        let unknown = |failure: &Failure| matches!(failure, Failure::Refused(p) if p.status == 404);
        match found(client, &self.id) {
            Ok((meeting, _)) => Ok(Some(meeting)),
            // A channel may be called so too.
            Err(failure) if unknown(&failure) => {
                let (channels, _): (Vec<ChannelSnapshot>, _) = client.get("/api/v1/channels")?;
                match channels.iter().any(|channel| channel.id == self.id) {
                    true => Ok(None),
                    false => Err(failure),
                }
            }
            Err(failure) => Err(failure),
        }
    }

    fn address(&self, planned: Option<&Planned>, language: Language) -> Result<String, Failure> {
        if let Some(meeting) = planned {
            let channel = channel::path(&meeting.channel)?;
            if meeting.start > now() {
                let yet = of(
                    language,
                    "has not begun: its report is there from its first minute on",
                    "chưa bắt đầu: báo cáo có từ phút đầu tiên của cuộc họp",
                );
                return Err(Failure::Failed(format!("{} {yet}", meeting.named())));
            }
            let (from, to) = (stamp(meeting.start), stamp(meeting.end));
            return Ok(format!("{channel}/meeting?from={from}&to={to}"));
        }
        let mut address = format!("{}/meeting", channel::path(&self.id)?);
        let asked = [("?from=", &self.from), ("&to=", &self.to)];
        for (key, written) in asked {
            if let Some(written) = written {
                address += &format!("{key}{}", stamp(time(written, language)?));
            }
        }
        Ok(address)
    }
}

fn write(file: &Path, text: &str) -> Result<(), Failure> {
    std::fs::write(file, text)
        .map_err(|error| Failure::Failed(format!("{}: {error}", file.display())))?;
    tell(&file.display().to_string());
    Ok(())
}

/// The head of the report: what, when, and the sums.
fn head(
    meeting: &Meeting,
    planned: Option<&Planned>,
    language: Language,
) -> Vec<(&'static str, String)> {
    let sums = &meeting.sums;
    let minutes = |seconds: f64| format!("{:.1} {}", seconds / 60.0, of(language, "min", "phút"));
    let share = match sums.total_seconds > 0.0 {
        // Cut and not rounded: 100 % means all of it.
        true => (sums.in_specification_seconds / sums.total_seconds * 1e4).floor() / 100.0,
        false => 0.0,
    };
    let titles = planned.into_iter().flat_map(|planned| {
        let title = of(language, "Meeting", "Cuộc họp");
        let originator = of(language, "Originator", "Đơn vị phát");
        [
            (title, planned.title.clone()),
            (originator, planned.originator.clone()),
        ]
    });
    let titles = titles.filter(|(_, text)| !text.is_empty());
    let facts = [
        (of(language, "Channel", "Kênh"), meeting.channel.clone()),
        (
            of(language, "From", "Từ"),
            super::table::local(&meeting.from),
        ),
        (of(language, "To", "Đến"), super::table::local(&meeting.to)),
        (
            of(language, "In all", "Tổng cộng"),
            minutes(sums.total_seconds),
        ),
        (
            of(language, "On air", "Được phát"),
            minutes(sums.on_air_seconds),
        ),
        (
            of(language, "In specification", "Đạt yêu cầu"),
            format!("{} ({share:.2} %)", minutes(sums.in_specification_seconds)),
        ),
        (
            of(
                language,
                "On air, out of specification",
                "Được phát, không đạt",
            ),
            minutes(sums.out_of_specification_seconds),
        ),
        (
            of(language, "Not on air", "Không phát"),
            minutes(sums.off_air_seconds),
        ),
        (
            of(language, "Not on record", "Không có trong sổ"),
            minutes(sums.not_recorded_seconds),
        ),
    ];
    titles.chain(facts).collect()
}

fn text(meeting: &Meeting, planned: Option<&Planned>, language: Language) -> String {
    let rows: Vec<Vec<String>> = head(meeting, planned, language)
        .into_iter()
        .map(|(name, value)| vec![name.to_owned(), value])
        .collect();
    // The head has no headings: its first line stands in their place.
    let mut out = match rows.split_first() {
        Some((first, rest)) => {
            let first: Vec<&str> = first.iter().map(String::as_str).collect();
            columns(&first, rest)
        }
        None => String::new(),
    };
    out += &format!("\n{}\n", said(&meeting.definition, language));
    for Table {
        title,
        headings,
        rows,
        none,
    } in tables(meeting, language)
    {
        let body = match rows.is_empty() {
            true => format!("{none}\n"),
            false => columns(&headings, &rows),
        };
        out += &format!("\n{title}\n{body}");
    }
    out
}

fn html(meeting: &Meeting, planned: Option<&Planned>, language: Language) -> String {
    let title = of(language, "Report of the meeting", "Báo cáo sau cuộc họp");
    let name = planned.map_or(&meeting.channel, |planned| &planned.title);
    let rows = head(meeting, planned, language).into_iter();
    let rows = rows.map(|(name, value)| {
        format!(
            "<tr><th>{}</th><td>{}</td></tr>\n",
            escaped(name),
            escaped(&value)
        )
    });
    let mut body = format!(
        "<h1>{title}: {}</h1>\n<table>\n{}</table>\n<p>{}</p>\n",
        escaped(name),
        rows.collect::<String>(),
        escaped(said(&meeting.definition, language)),
    );
    for table in tables(meeting, language) {
        body += &format!("<h2>{}</h2>\n", escaped(table.title));
        if table.rows.is_empty() {
            body += &format!("<p>{}</p>\n", escaped(table.none));
            continue;
        }
        let cells = |name: &str, cells: Vec<&str>| {
            let cell = |cell: &&str| format!("<{name}>{}</{name}>", escaped(cell));
            format!("<tr>{}</tr>\n", cells.iter().map(cell).collect::<String>())
        };
        body += "<table class=\"list\">\n";
        body += &cells("th", table.headings.clone());
        for row in &table.rows {
            body += &cells("td", row.iter().map(String::as_str).collect());
        }
        body += "</table>\n";
    }
    page(&format!("{title}: {name}"), &body, language)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::meeting::Records;

    #[test]
    fn a_time_without_a_record_is_a_report_that_says_so() {
        let meeting = Meeting::of("hop", (0, 3_600_000), &Records::default(), 7_200_000);
        for language in [Language::English, Language::Vietnamese] {
            let (text, page) = (
                text(&meeting, None, language),
                html(&meeting, None, language),
            );
            let gap = of(language, "not on record", "không có trong sổ");
            assert!(text.contains(gap) && page.contains(gap), "{text}");
            assert!(text.contains("60.0") && page.contains("(0.00 %)"), "{text}");
        }
        assert!(csv(&meeting).contains("not-recorded,1970-01-01T00:00:00.000Z"));
    }
}
