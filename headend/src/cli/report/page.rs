//! A page in one file, to keep or to print.

use super::graph::{Frame, Line};
use crate::cause::{Evidence, Incident, Text};
use crate::cli::why::{of, said};
use crate::config::fault::Language;
use crate::report::{InputSample, Millis, Sample, parsed, stamp};

const STYLE: &str = "body{font:16px/1.5 sans-serif;max-width:50em;margin:2em auto;padding:0 1em;color:#111}table{border-collapse:collapse}th{text-align:left;padding:.2em 2em .2em 0;vertical-align:top}td{padding:.2em 1em .2em 0;vertical-align:top}.list td,.list th{border-bottom:1px solid #ccc;padding-right:1em}figure{margin:1em 0;break-inside:avoid}figcaption{font-weight:bold}svg{width:100%;font:11px sans-serif}svg.key{width:30px;height:8px}tr{break-inside:avoid}@page{margin:15mm}@media print{body{margin:0;max-width:none;font-size:11pt}}";

/// A whole page.
pub(super) fn page(title: &str, body: &str, language: Language) -> String {
    format!(
        "<!doctype html>\n<html lang=\"{}\">\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width\">\n<title>{}</title>\n<style>{STYLE}</style>\n{body}</html>\n",
        of(language, "en", "vi"),
        escaped(title)
    )
}

/// The page of an incident with the graphs of the minutes around it.
pub(super) fn incident(incident: &Incident, samples: &[Sample], language: Language) -> String {
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
    let rows = rows.map(|(name, value)| format!("<tr><th>{name}</th><td>{value}</td></tr>\n"));
    let body = format!(
        "<h1>{}: {}</h1>\n<table>\n{}</table>\n{}{}{}",
        text(&incident.word.text()),
        text(&incident.verdict),
        rows.concat(),
        facts(
            of(language, "Known by", "Căn cứ"),
            &incident.evidence,
            language
        ),
        facts(of(language, "Done", "Đã làm"), &incident.actions, language),
        graphs(incident, samples, language),
    );
    page(&incident.id, &body, language)
}

fn facts(title: &str, facts: &[Evidence], language: Language) -> String {
    let row = |fact: &Evidence| {
        let (at, text) = (escaped(&fact.at), escaped(said(&fact.text, language)));
        format!("<tr><td>{at}</td><td>{text}</td></tr>\n")
    };
    let rows: String = facts.iter().map(row).collect();
    format!("<h2>{title}</h2>\n<table>\n{rows}</table>\n")
}

fn graphs(incident: &Incident, samples: &[Sample], language: Language) -> String {
    let title = of(language, "The minutes around it", "Những phút trước và sau");
    let Some((first, last)) = samples.first().zip(samples.last()) else {
        let none = of(
            language,
            "No figures of it are kept any more.",
            "Không còn số liệu của khoảng thời gian này.",
        );
        return format!("<h2>{title}</h2>\n<p>{none}</p>\n");
    };
    let start = parsed(&incident.start).unwrap_or(first.at);
    let end = incident.end.as_deref().and_then(parsed).unwrap_or(last.at);
    let frame = Frame {
        time: (first.at, last.at),
        mark: (start, end),
        clock,
    };
    let drawn = quantities(samples, language);
    let drawn = drawn.iter().map(|(title, lines)| frame.draw(title, lines));
    let marked = of(
        language,
        "The incident is marked. Hours are this machine's.",
        "Khoảng có sự cố được tô màu. Giờ theo máy này.",
    );
    format!(
        "<h2>{title}</h2>\n<p>{marked}</p>\n{}",
        drawn.collect::<String>()
    )
}

/// What is drawn, each with its title.
fn quantities(samples: &[Sample], language: Language) -> Vec<(&'static str, Vec<Line>)> {
    let inputs = |value: fn(&InputSample) -> Option<f64>| {
        lines(samples, of(language, "input", "đầu vào"), |sample| {
            sample.inputs.iter().map(value).collect()
        })
    };
    let outputs = lines(samples, of(language, "output", "đầu ra"), |sample| {
        sample
            .outputs
            .iter()
            .map(|rate| Some(*rate as f64 / 1e6))
            .collect()
    });
    let on_air = Line {
        name: String::new(),
        points: samples
            .iter()
            .filter_map(|s| Some((s.at, s.on_air? as f64)))
            .collect(),
    };
    vec![
        (
            of(language, "Rate in, Mbit/s", "Tốc độ vào, Mbit/s"),
            inputs(|i| Some(i.rate as f64 / 1e6)),
        ),
        (
            of(
                language,
                "Packets lost in a second",
                "Số gói mất trong một giây",
            ),
            inputs(|i| Some(i.lost as f64)),
        ),
        (
            of(
                language,
                "Arrival jitter, ms peak to peak",
                "Dao động thời gian đến, ms",
            ),
            inputs(|i| Some(i.jitter)),
        ),
        (
            of(
                language,
                "Loudness over 3 s, LUFS",
                "Độ to trong 3 giây, LUFS",
            ),
            inputs(|i| i.loudness),
        ),
        (
            of(language, "Rate out, Mbit/s", "Tốc độ ra, Mbit/s"),
            outputs,
        ),
        (
            of(language, "Input on air", "Đầu vào đang phát"),
            vec![on_air],
        ),
    ]
}

/// A line for each input or output.
fn lines(
    samples: &[Sample],
    name: &str,
    values: impl Fn(&Sample) -> Vec<Option<f64>>,
) -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::new();
    for sample in samples {
        for (index, value) in values(sample).into_iter().enumerate() {
            if lines.len() <= index {
                lines.push(Line {
                    name: format!("{name} {index}"),
                    points: Vec::new(),
                });
            }
            if let Some((line, value)) = lines.get_mut(index).zip(value) {
                line.points.push((sample.at, value));
            }
        }
    }
    lines
}

fn clock(at: Millis) -> String {
    crate::cli::why::clock(&stamp(at))
}

pub(super) fn escaped(text: &str) -> String {
    let text = text.replace('&', "&amp;").replace('<', "&lt;");
    text.replace('>', "&gt;").replace('"', "&quot;")
}
