//! The lists of a meeting's report, for people.

use crate::cause::Severity;
use crate::cli::table::span;
use crate::cli::why::{clock, of, said};
use crate::cli::words::Words;
use crate::config::fault::Language;
use crate::meeting::when;
use crate::report::meeting::{IncidentTold, Stretch};
use crate::report::{Meeting, parsed};

/// A list with its title.
pub(super) struct Table {
    pub(super) title: &'static str,
    pub(super) headings: Vec<&'static str>,
    pub(super) rows: Vec<Vec<String>>,
    /// What is said where there are no rows.
    pub(super) none: &'static str,
}

/// What was on air, the switches, the incidents.
pub(super) fn tables(meeting: &Meeting, language: Language) -> Vec<Table> {
    let say = |english, vietnamese| of(language, english, vietnamese);
    let input = |index: Option<usize>| match index {
        Some(index) => index.to_string(),
        None => say("the slate", "hình thay thế").to_owned(),
    };
    let switch = |switch: &crate::report::meeting::SwitchTold| {
        vec![
            clock(&switch.at),
            input(switch.from),
            input(switch.to),
            switch.reason.clone(),
            format!("{:.2} s", switch.gap_seconds),
        ]
    };
    let (from, to) = (say("FROM", "TỪ"), say("TO", "ĐẾN"));
    let lasted = say("LASTED", "KÉO DÀI");
    vec![
        Table {
            title: say("What was on air", "Đã phát những gì"),
            headings: vec![
                from,
                to,
                lasted,
                say("STATE", "TRẠNG THÁI"),
                say("INPUT", "ĐẦU VÀO"),
            ],
            rows: meeting
                .stretches
                .iter()
                .map(|s| stretch(s, language))
                .collect(),
            none: "",
        },
        Table {
            title: say("Switches", "Các lần chuyển đầu vào"),
            headings: vec![
                say("AT", "LÚC"),
                from,
                to,
                say("REASON", "LÝ DO"),
                say("PICTURE STOOD", "HÌNH ĐỨNG"),
            ],
            rows: meeting.switches.iter().map(switch).collect(),
            none: say("none", "không có"),
        },
        Table {
            title: say("Incidents", "Các sự cố"),
            headings: vec![
                from,
                to,
                lasted,
                say("COUNTED", "TÍNH VÀO"),
                say("SEVERITY", "MỨC ĐỘ"),
                say("CLASS", "LOẠI"),
                say("VERDICT", "KẾT LUẬN"),
                "ID",
            ],
            rows: meeting
                .incidents
                .iter()
                .map(|i| incident(i, language))
                .collect(),
            none: say("none", "không có"),
        },
    ]
}

fn stretch(stretch: &Stretch, language: Language) -> Vec<String> {
    let state = match stretch.state {
        Some(state) => Words::of(language).channel_state(state),
        None => of(language, "not on record", "không có trong sổ"),
    };
    let broken = match stretch.broken_off {
        true => of(language, ", broken off", ", bị ngắt đột ngột"),
        false => "",
    };
    let input = stretch
        .input
        .map(|input| format!("{input} {}", stretch.url));
    vec![
        clock(&stretch.from),
        clock(&stretch.to),
        span(stretch.seconds),
        format!("{state}{broken}"),
        input.unwrap_or_default(),
    ]
}

fn incident(told: &IncidentTold, language: Language) -> Vec<String> {
    let incident = &told.incident;
    let end = match (&incident.end, told.broken_off) {
        (Some(end), _) => clock(end),
        (None, true) => of(language, "with the node", "cùng với nút").to_owned(),
        (None, false) => of(language, "lasts", "còn tiếp diễn").to_owned(),
    };
    let severity = match incident.severity {
        Severity::Critical => of(language, "critical", "nghiêm trọng"),
        Severity::Warning => of(language, "warning", "cảnh báo"),
    };
    vec![
        clock(&incident.start),
        end,
        span(told.seconds),
        span(told.out_of_specification_seconds),
        severity.to_owned(),
        incident.class.word().to_owned(),
        said(&incident.verdict, language).to_owned(),
        incident.id.clone(),
    ]
}

/// Date and hour by the wall clock of the country.
pub(super) fn local(stamp: &str) -> String {
    let form = "%Y-%m-%d %H:%M:%S %:z";
    parsed(stamp).map_or_else(|| stamp.to_owned(), |at| when::format(at, form))
}
