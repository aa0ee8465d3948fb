//! `headend report`: what the record holds of what went wrong.

use clap::{Args, Subcommand};

use super::table::columns;
use super::why::{clock, of, said, whole};
use super::{Exit, Failure, Surroundings, print, print_json, tell};
use crate::cause::{Evidence, Incident, Text};
use crate::config::fault::Language;

/// What the record holds of what went wrong
#[derive(Debug, Subcommand)]
pub(super) enum Report {
    /// List incidents, the newest first
    #[command(after_help = super::help::REPORT_INCIDENTS)]
    Incidents(Incidents),
    /// Show one incident whole
    #[command(after_help = super::help::REPORT_INCIDENT)]
    Incident(One),
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
    /// Print a page to keep or to print
    #[arg(long)]
    html: bool,
}

impl Report {
    pub(super) fn run(self, around: &Surroundings) -> Result<Exit, Failure> {
        match self {
            Self::Incidents(which) => which.run(around),
            Self::Incident(one) => one.run(around),
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
            incident.start.chars().take(19).collect(),
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
        let (incident, _): (Incident, _) = around.client()?.get(&address)?;
        match (around.json(), self.html) {
            (true, _) => print_json(&incident)?,
            (false, true) => print(&page(&incident, around.language))?,
            (false, false) => print(&whole(&incident.channel, &incident, around.language))?,
        }
        Ok(Exit::Done)
    }
}

/// One page, in one file.
fn page(incident: &Incident, language: Language) -> String {
    let text = |text: &Text| escaped(said(text, language));
    let places = incident.places.iter().map(|place| text(&place.text()));
    let places: Vec<String> = places.collect();
    let end = incident.end.clone().unwrap_or_default();
    let rows = [
        (of(language, "Channel", "Kênh"), escaped(&incident.channel)),
        (
            of(language, "About", "Đối tượng"),
            escaped(&incident.subject),
        ),
        (
            of(language, "Where", "Ở đâu"),
            places.join(of(language, ", or ", ", hoặc ")),
        ),
        (of(language, "Start", "Từ lúc"), escaped(&incident.start)),
        (of(language, "End", "Đến"), escaped(&end)),
        (of(language, "Next", "Cần làm"), text(&incident.next)),
        ("ID", escaped(&incident.id)),
    ];
    let rows: String = rows
        .iter()
        .map(|(name, value)| format!("<tr><th>{name}</th><td>{value}</td></tr>\n"))
        .collect();
    let facts = |title: &str, facts: &[Evidence]| {
        let facts: String = facts
            .iter()
            .map(|fact| {
                format!(
                    "<tr><td>{}</td><td>{}</td></tr>\n",
                    escaped(&fact.at),
                    text(&fact.text)
                )
            })
            .collect();
        format!("<h2>{title}</h2>\n<table>\n{facts}</table>\n")
    };
    format!(
        "<!doctype html>\n<html lang=\"{}\">\n<meta charset=\"utf-8\">\n<title>{id}</title>\n<style>{STYLE}</style>\n<h1>{}: {}</h1>\n<table>\n{rows}</table>\n{}{}</html>\n",
        of(language, "en", "vi"),
        text(&incident.word.text()),
        text(&incident.verdict),
        facts(of(language, "Known by", "Căn cứ"), &incident.evidence),
        facts(of(language, "Done", "Đã làm"), &incident.actions),
        id = escaped(&incident.id),
    )
}

const STYLE: &str = "body{font:16px/1.5 sans-serif;max-width:50em;margin:2em auto;padding:0 1em}th{text-align:left;padding-right:2em;vertical-align:top}td{padding:.2em 1em .2em 0}";

fn escaped(text: &str) -> String {
    let text = text.replace('&', "&amp;").replace('<', "&lt;");
    text.replace('>', "&gt;").replace('"', "&quot;")
}
