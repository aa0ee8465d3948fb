//! `headend report`: what the record holds of what went wrong.

use clap::{Args, Subcommand};

use super::table::columns;
use super::why::{clock, day_and_clock, of, said, whole};
use super::{Exit, Failure, Surroundings, print, print_json, tell};
use crate::cause::Incident;
use crate::config::fault::Language;
use crate::report::Sample;

mod code;
mod csv;
mod graph;
mod meeting;
mod page;
mod table;

/// What the record holds of what went wrong
#[derive(Debug, Subcommand)]
pub(super) enum Report {
    /// List incidents, the newest first
    #[command(after_help = super::help::REPORT_INCIDENTS)]
    Incidents(Incidents),
    /// Show one incident whole
    #[command(after_help = super::help::REPORT_INCIDENT)]
    Incident(One),
    /// Look up the code that a hall reads from its screen: what was wrong there, and whose fault it is
    #[command(after_help = super::help::REPORT_CODE)]
    Code(code::Which),
    /// Show what was on air, what went wrong, and how long it was in specification
    #[command(after_help = super::help::REPORT_MEETING)]
    Meeting(meeting::Which),
}

/// Which incidents.
#[derive(Debug, Args)]
pub(super) struct Incidents {
    /// Only of this channel
    #[arg(value_name = "CHANNEL")]
    id: Option<String>,
    /// At most so many
    #[arg(long, value_name = "COUNT", default_value_t = 50, value_parser = clap::value_parser!(u16).range(1..=1000))]
    limit: u16,
}

/// One incident.
#[derive(Debug, Args)]
pub(super) struct One {
    /// The incident's id, as `headend why` and `headend report incidents` print it
    #[arg(value_name = "ID")]
    id: String,
    /// Print a page to keep or to print, with graphs of the minutes around it
    #[arg(long)]
    html: bool,
}

impl Report {
    pub(super) fn run(self, around: &Surroundings) -> Result<Exit, Failure> {
        match self {
            Self::Incidents(which) => which.run(around),
            Self::Incident(one) => one.run(around),
            Self::Code(which) => which.run(around),
            Self::Meeting(which) => which.run(around),
        }
    }
}

impl Incidents {
    fn run(&self, around: &Surroundings) -> Result<Exit, Failure> {
        let mut address = format!("/api/v1/incidents?limit={}", self.limit);
        if let Some(id) = &self.id {
            super::channel::path(id)?;
            address += &format!("&channel={id}");
        }
        let (incidents, _): (Vec<Incident>, _) = around.client()?.get(&address)?;
        if around.json() {
            print_json(&incidents)?;
        } else if incidents.is_empty() {
            tell(of(
                around.language,
                "the record holds no incident",
                "sổ không có sự cố nào",
            ));
        } else {
            print(&list(&incidents, around.language))?;
        }
        Ok(Exit::Done)
    }
}

fn list(incidents: &[Incident], language: Language) -> String {
    let headings = match language {
        Language::English => ["START", "END", "CHANNEL", "CLASS", "ID", "VERDICT"],
        Language::Vietnamese => ["TỪ LÚC", "ĐẾN", "KÊNH", "LOẠI", "ID", "KẾT LUẬN"],
    };
    let rows = incidents.iter().map(|incident| {
        vec![
            day_and_clock(&incident.start),
            incident.end.as_deref().map(clock).unwrap_or_default(),
            incident.channel.clone(),
            incident.class.word().to_owned(),
            incident.id.clone(),
            said(&incident.verdict, language).to_owned(),
        ]
    });
    columns(&headings, &rows.collect::<Vec<_>>())
}

impl One {
    fn run(&self, around: &Surroundings) -> Result<Exit, Failure> {
        let address = super::channel::path(&self.id)?.replace("channels", "incidents");
        let client = around.client()?;
        let (incident, _): (Incident, _) = client.get(&address)?;
        let series = || {
            let series: Result<(Vec<Sample>, _), _> = client.get(&format!("{address}/series"));
            series.map(|(series, _)| series)
        };
        match (around.json(), self.html) {
            (true, _) => {
                let mut both = serde_json::json!(incident);
                both["series"] = serde_json::json!(series()?);
                print_json(&both)?;
            }
            (false, true) => print(&page::incident(&incident, &series()?, around.language))?,
            (false, false) => print(&whole(&incident.channel, &incident, around.language))?,
        }
        Ok(Exit::Done)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cause::{Class, Severity, Text, Word};

    #[test]
    fn begin_and_end_stand_in_the_same_time() {
        let incident = Incident {
            id: "hop-1-1".to_owned(),
            channel: "hop".to_owned(),
            class: Class::SourceSilent,
            subject: "input 0".to_owned(),
            places: Vec::new(),
            severity: Severity::Critical,
            word: Word::ConnectionLost,
            start: "2026-11-22T18:30:05.250Z".to_owned(),
            end: Some("2026-11-22T18:30:09.250Z".to_owned()),
            verdict: Text::default(),
            evidence: Vec::new(),
            actions: Vec::new(),
            next: Text::default(),
            acknowledged: None,
        };
        let text = list(&[incident], Language::English);
        assert!(
            text.contains("2026-11-23 01:30:05  01:30:09  hop"),
            "{text}"
        );
    }
}
