//! The report of a meeting as one table (RFC 4180): what each row is stands in its first column.

use crate::cause::Severity;
use crate::report::Meeting;
use crate::report::meeting::{IncidentTold, Stretch, SwitchTold};

/// In the order of [`Row::cells`].
const HEADINGS: &str = "kind,from,to,seconds,out_of_specification_seconds,input,url,class,severity,verdict_en,verdict_vi,id\r\n";

#[derive(Default)]
struct Row {
    kind: String,
    time: (String, String),
    seconds: f64,
    out: Option<f64>,
    input: String,
    url: String,
    class: String,
    severity: &'static str,
    verdict: (String, String),
    id: String,
}

/// The whole table.
pub(super) fn csv(meeting: &Meeting) -> String {
    let stretches = meeting.stretches.iter().map(Row::from);
    let switches = meeting.switches.iter().map(Row::from);
    let incidents = meeting.incidents.iter().map(Row::from);
    let rows = stretches
        .chain(switches)
        .chain(incidents)
        .chain(sums(meeting));
    let mut out = HEADINGS.to_owned();
    for row in rows {
        out += &row.cells().map(|cell| quoted(&cell)).join(",");
        out += "\r\n";
    }
    out
}

fn sums(meeting: &Meeting) -> impl Iterator<Item = Row> {
    let sums = &meeting.sums;
    let sums = [
        ("sum-total", sums.total_seconds),
        ("sum-on-air", sums.on_air_seconds),
        ("sum-in-specification", sums.in_specification_seconds),
        (
            "sum-out-of-specification",
            sums.out_of_specification_seconds,
        ),
        ("sum-off-air", sums.off_air_seconds),
        ("sum-not-recorded", sums.not_recorded_seconds),
    ];
    sums.into_iter().map(|(kind, seconds)| Row {
        kind: kind.to_owned(),
        time: (meeting.from.clone(), meeting.to.clone()),
        seconds,
        ..Row::default()
    })
}

impl From<&Stretch> for Row {
    fn from(stretch: &Stretch) -> Self {
        let state = stretch.state.map(|state| serde_json::json!(state));
        let state = state.as_ref().and_then(|state| state.as_str());
        Self {
            kind: state.unwrap_or("not-recorded").to_owned(),
            time: (stretch.from.clone(), stretch.to.clone()),
            seconds: stretch.seconds,
            input: stretch
                .input
                .map(|input| input.to_string())
                .unwrap_or_default(),
            url: stretch.url.clone(),
            ..Self::default()
        }
    }
}

impl From<&SwitchTold> for Row {
    fn from(switch: &SwitchTold) -> Self {
        Self {
            kind: "switch".to_owned(),
            time: (switch.at.clone(), switch.at.clone()),
            seconds: switch.gap_seconds,
            input: switch
                .to
                .map_or_else(|| "slate".to_owned(), |to| to.to_string()),
            class: switch.reason.clone(),
            ..Self::default()
        }
    }
}

impl From<&IncidentTold> for Row {
    fn from(told: &IncidentTold) -> Self {
        let incident = &told.incident;
        let input = incident.subject.strip_prefix("input ");
        let verdict = &incident.verdict;
        Self {
            kind: "incident".to_owned(),
            time: (
                incident.start.clone(),
                incident.end.clone().unwrap_or_default(),
            ),
            seconds: told.seconds,
            out: Some(told.out_of_specification_seconds),
            input: input.unwrap_or_default().to_owned(),
            url: String::new(),
            class: incident.class.word().to_owned(),
            severity: match incident.severity {
                Severity::Critical => "critical",
                Severity::Warning => "warning",
            },
            verdict: (verdict.en.clone(), verdict.vi.clone()),
            id: incident.id.clone(),
        }
    }
}

impl Row {
    fn cells(self) -> [String; 12] {
        [
            self.kind,
            self.time.0,
            self.time.1,
            self.seconds.to_string(),
            self.out.map(|out| out.to_string()).unwrap_or_default(),
            self.input,
            self.url,
            self.class,
            self.severity.to_owned(),
            self.verdict.0,
            self.verdict.1,
            self.id,
        ]
    }
}

/// A cell of CSV that no spreadsheet takes for a formula.
fn quoted(cell: &str) -> String {
    let formula = cell.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let cell = match formula {
        true => format!("'{cell}"),
        false => cell.to_owned(),
    };
    match cell.contains([',', '"', '\r', '\n']) {
        true => format!("\"{}\"", cell.replace('"', "\"\"")),
        false => cell,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_is_read_back_as_it_was_and_is_never_a_formula() {
        assert_eq!(quoted("a, \"b\""), "\"a, \"\"b\"\"\"");
        assert_eq!(quoted("=1+1"), "'=1+1");
        assert_eq!(quoted("hình"), "hình");
    }
}
