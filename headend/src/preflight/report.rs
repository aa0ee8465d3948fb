//! What a preflight found, as text, as a page and as JSON.

use serde::Serialize;

use super::{Grade, Line, code};
use crate::config::fault::Language;

/// A whole preflight.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Report {
    /// `[node] name`.
    pub(crate) node: String,
    /// The node's version.
    pub(crate) version: String,
    /// Who looked.
    pub(crate) operator: String,
    /// When it ended, RFC 3339.
    pub(crate) time: String,
    /// Whether nothing was held.
    pub(crate) quick: bool,
    /// `good`, `warning`, `critical`, `unknown`.
    pub(crate) verdict: &'static str,
    /// In the order of the look.
    pub(crate) lines: Vec<Line>,
    /// Where it is signed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) signature: Option<String>,
}

/// The word of an exit code.
pub(crate) fn verdict(lines: &[Line]) -> &'static str {
    ["good", "warning", "critical", "unknown"][usize::from(code(lines)).min(3)]
}

fn of(language: Language, english: &'static str, vietnamese: &'static str) -> &'static str {
    match language {
        Language::English => english,
        Language::Vietnamese => vietnamese,
    }
}

fn word(grade: Grade, language: Language) -> &'static str {
    match grade {
        Grade::Good => of(language, "green", "xanh"),
        Grade::Warning => of(language, "yellow", "vàng"),
        Grade::Critical => of(language, "red", "đỏ"),
        Grade::Unknown => of(language, "unknown", "chưa rõ"),
        Grade::NotUsed => of(language, "not used", "không dùng"),
    }
}

/// For a terminal.
const fn colour(grade: Grade) -> &'static str {
    match grade {
        Grade::Good => "32",
        Grade::Warning => "33",
        Grade::Critical => "31",
        Grade::Unknown => "35",
        Grade::NotUsed => "90",
    }
}

/// The lines, one check a line and its fix below.
pub(crate) fn lines(lines: &[Line], language: Language, coloured: bool) -> String {
    let width = |text: fn(&Line) -> &str| {
        let widths = lines.iter().map(|line| text(line).chars().count());
        widths.max().unwrap_or(0)
    };
    let (places, checks) = (width(|line| &line.place), width(|line| line.check));
    let mut out = String::new();
    for line in lines {
        let grade = format!("{:<10}", word(line.grade, language));
        let grade = match coloured {
            true => format!("\x1b[{}m{grade}\x1b[0m", colour(line.grade)),
            false => grade,
        };
        out += &format!(
            "{grade}  {:<places$}  {:<checks$}  {}\n",
            line.place,
            line.check,
            said(&line.text, language)
        );
        if let Some(fix) = &line.fix {
            out += &format!("{:>12}→ {}\n", "", said(fix, language));
        }
    }
    out
}

fn said(text: &crate::cause::Text, language: Language) -> &str {
    match language {
        Language::English => &text.en,
        Language::Vietnamese => &text.vi,
    }
}

/// How many lines are of each grade.
pub(crate) fn summary(all: &[Line], language: Language) -> String {
    let grades = [
        Grade::Critical,
        Grade::Unknown,
        Grade::Warning,
        Grade::Good,
        Grade::NotUsed,
    ];
    let counted = grades.iter().map(|grade| {
        let count = all.iter().filter(|line| line.grade == *grade).count();
        (count, word(*grade, language))
    });
    let counted: Vec<String> = counted
        .filter(|(count, _)| *count > 0)
        .map(|(count, word)| format!("{count} {word}"))
        .collect();
    counted.join(", ")
}

impl Report {
    /// What stands at the head.
    fn head(&self, language: Language) -> [(&'static str, String); 5] {
        [
            (of(language, "node", "nút"), self.node.clone()),
            (of(language, "version", "phiên bản"), self.version.clone()),
            (
                of(language, "operator", "người kiểm tra"),
                self.operator.clone(),
            ),
            (of(language, "time", "thời gian"), self.time.clone()),
            (
                of(language, "result", "kết quả"),
                summary(&self.lines, language),
            ),
        ]
    }

    /// For people.
    pub(crate) fn text(&self, language: Language) -> String {
        let mut out = of(
            language,
            "headend preflight",
            "headend preflight: kiểm tra trước cuộc họp",
        )
        .to_owned();
        out += "\n\n";
        for (name, value) in self.head(language) {
            out += &format!("{name:<16}{value}\n");
        }
        out += &format!("\n{}", lines(&self.lines, language, false));
        if let Some(signature) = &self.signature {
            out += &format!("\n{:<16}{signature}\n", of(language, "signature", "chữ ký"));
        }
        out
    }

    /// A page in one file.
    pub(crate) fn html(&self, language: Language) -> String {
        let title = of(language, "Preflight", "Kiểm tra trước cuộc họp");
        let head: String = self
            .head(language)
            .iter()
            .map(|(name, value)| format!("<tr><th>{name}</th><td>{}</td></tr>\n", escaped(value)))
            .collect();
        let rows: String = self.lines.iter().map(|line| row(line, language)).collect();
        let signature = self.signature.as_ref().map(|signature| {
            let label = of(language, "Signature", "Chữ ký");
            format!("<p class=\"s\">{label}: {}</p>\n", escaped(signature))
        });
        format!(
            "<!doctype html>\n<html lang=\"{}\">\n<meta charset=\"utf-8\">\n<title>{title}</title>\n<style>{STYLE}</style>\n<h1>{title}</h1>\n<table>\n{head}</table>\n<table>\n{rows}</table>\n{}</html>\n",
            of(language, "en", "vi"),
            signature.unwrap_or_default(),
        )
    }
}

fn row(line: &Line, language: Language) -> String {
    let fix = line
        .fix
        .as_ref()
        .map(|fix| format!("<br>→ {}", escaped(said(fix, language))));
    format!(
        "<tr class=\"{:?}\"><td>{}</td><td>{}</td><td>{}</td><td>{}{}</td></tr>\n",
        line.grade,
        word(line.grade, language),
        escaped(&line.place),
        line.check,
        escaped(said(&line.text, language)),
        fix.unwrap_or_default()
    )
}

const STYLE: &str = "body{font:15px/1.5 sans-serif;max-width:70em;margin:2em auto;padding:0 1em}th{text-align:left;padding-right:2em}td{padding:.2em 1em .2em 0;vertical-align:top}.Good td:first-child{color:#176117}.Warning td:first-child{color:#7a5200;font-weight:bold}.Critical td:first-child{color:#b00020;font-weight:bold}.Unknown td:first-child{color:#6a1b9a;font-weight:bold}.s{font:12px monospace;word-break:break-all}";

fn escaped(text: &str) -> String {
    let text = text.replace('&', "&amp;").replace('<', "&lt;");
    text.replace('>', "&gt;").replace('"', "&quot;")
}
