//! `headend report code`: what a hall's screen said, what the node knew, and what to do.

use clap::Args;

use super::super::table::rate;
use super::super::why::{clock, of, row, said};
use super::super::{Exit, Failure, Surroundings, print, print_json, tell};
use crate::config::fault::Language;
use crate::hall::{HallSnapshot, Told, code};

/// Which report.
#[derive(Debug, Args)]
pub(in crate::cli) struct Which {
    /// The code on the hall's screen; small letters and spaces are as good
    #[arg(value_name = "CODE", required = true, num_args = 1..=6)]
    code: Vec<String>,
}

impl Which {
    pub(super) fn run(self, around: &Surroundings) -> Result<Exit, Failure> {
        let language = around.language;
        let typed: String = self.code.concat();
        let good = code::meant(&typed).is_some();
        let typed: String = typed.chars().filter(char::is_ascii_alphanumeric).collect();
        if !good {
            return Err(Failure::Usage(
                of(
                    language,
                    "a report code has six letters and digits: ask the hall to read it again",
                    "mã báo cáo có sáu chữ cái và chữ số: nhờ hội trường đọc lại",
                )
                .to_owned(),
            ));
        }
        let client = around.client()?;
        let (found, _): (Vec<Told>, _) = client.get(&format!("/api/v1/reports/{typed}"))?;
        if around.json() {
            print_json(&found)?;
            return Ok(Exit::Done);
        }
        if found.len() > 1 {
            tell(of(
                language,
                "more than one report fits: which one it is, the hall and the hour tell",
                "có nhiều báo cáo khớp: chọn theo tên hội trường và giờ",
            ));
        }
        let texts: Vec<String> = found.iter().map(|told| whole(told, language)).collect();
        print(&texts.join("\n"))?;
        Ok(Exit::Done)
    }
}

/// One report.
fn whole(told: &Told, language: Language) -> String {
    let report = &told.report;
    let hall = &report.hall;
    let name = match hall.hall.as_str() {
        "" => of(language, "a hall without a name", "hội trường chưa đặt tên"),
        name => name,
    };
    let mut out = format!("{}  {name}  {}\n", report.code, hall.channel);
    let day: String = report.at.chars().take(10).collect();
    let when = format!(
        "{day} {}  ({} {})",
        clock(&report.at),
        of(language, "heard", "nhận lúc"),
        clock(&report.heard)
    );
    let rows = [
        (of(language, "when", "lúc"), when),
        (of(language, "screen", "màn hình"), screen(hall, language)),
        (of(language, "line", "đường dây"), line(hall, language)),
        (of(language, "stalls", "đứng hình"), stalls(hall, language)),
        (
            of(language, "verdict", "kết luận"),
            said(&told.verdict.text, language).to_owned(),
        ),
    ];
    for (label, text) in rows {
        out += &row(label, &text);
    }
    let labels = std::iter::once(of(language, "incident", "sự cố"));
    let labels = labels.chain(std::iter::repeat(""));
    for (label, incident) in labels.zip(&told.incidents) {
        let verdict = said(&incident.verdict, language);
        let text = format!("{}  {}  {verdict}", clock(&incident.start), incident.id);
        out += &row(label, &text);
    }
    if told.incidents.is_empty() {
        let none = of(
            language,
            "none of the channel in that minute",
            "kênh không có sự cố nào trong phút đó",
        );
        out += &row(of(language, "incident", "sự cố"), none);
    }
    out + &row(of(language, "next", "cần làm"), said(&told.next, language))
}

/// What its screen said.
fn screen(hall: &HallSnapshot, language: Language) -> String {
    let state = hall.state.text();
    let fault = hall.fault.map_or(state, |fault| fault.text());
    let says = hall.says.map(|says| says.text());
    match says {
        Some(says) => format!("{}: {}", said(&fault, language), said(&says, language)),
        None => said(&fault, language).to_owned(),
    }
}

/// What its line looked like.
fn line(hall: &HallSnapshot, language: Language) -> String {
    let seconds = |label: &str, value: Option<f64>| value.map(|s| format!("{label} {s:.1} s"));
    let bits =
        |label: &str, value: Option<u64>| value.map(|bits| format!("{label} {}", rate(bits)));
    let facts = [
        seconds(of(language, "buffer", "đệm"), hall.buffer_seconds),
        bits(
            of(language, "plays", "đang xem"),
            hall.bitrate_bits_per_second,
        ),
        bits(
            of(language, "line gave", "mạng đạt"),
            hall.throughput_bits_per_second,
        ),
        seconds(of(language, "behind live", "trễ"), hall.latency_seconds),
    ];
    let facts: Vec<String> = facts.into_iter().flatten().collect();
    match facts.is_empty() {
        true => of(
            language,
            "the page told nothing of it",
            "trang không báo gì",
        )
        .to_owned(),
        false => facts.join("  "),
    }
}

fn stalls(hall: &HallSnapshot, language: Language) -> String {
    let HallSnapshot {
        stalls,
        stall_seconds,
        ..
    } = hall;
    match language {
        Language::English => format!("{stalls} before, {stall_seconds:.0} s in all"),
        Language::Vietnamese => format!("{stalls} lần trước đó, tổng {stall_seconds:.0} giây"),
    }
}
