//! The guide as XMLTV, for boxes and television applications.

use super::{Meetings, when};
use crate::report::Millis;

/// The guide looks back so far: who comes late sees what was on.
const BACK: Millis = 24 * 3_600_000;

/// A channel of the guide.
#[derive(Clone, Copy, Debug)]
pub struct Listed<'a> {
    /// What television applications know it by.
    pub id: &'a str,
    /// Shown to people.
    pub name: &'a str,
    /// The address of its logo.
    pub logo: Option<&'a str>,
}

/// The guide of `channels`. Meetings that were called off are left out,
/// and of the others the time that another takes.
#[must_use]
pub fn render(channels: &[Listed<'_>], meetings: &Meetings, now: Millis) -> String {
    let mut text = String::from(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!DOCTYPE tv SYSTEM \"xmltv.dtd\">\n\
         <tv generator-info-name=\"headend\">\n",
    );
    for Listed { id, name, logo } in channels {
        let icon = logo.map(|url| format!("    <icon src=\"{}\"/>\n", escaped(url)));
        text += &format!(
            "  <channel id=\"{}\">\n    <display-name>{}</display-name>\n{}  </channel>\n",
            escaped(id),
            escaped(name),
            icon.unwrap_or_default()
        );
    }
    for Listed { id, .. } in channels {
        for part in meetings.parts(id, now - BACK) {
            let meeting = part.meeting;
            text += &format!(
                "  <programme start=\"{}\" stop=\"{}\" channel=\"{}\">\n    <title lang=\"vi\">{}</title>\n",
                moment(part.start),
                moment(part.end),
                escaped(id),
                escaped(&meeting.title)
            );
            let lines = [meeting.originator.as_str(), meeting.note.trim()];
            let lines: Vec<&str> = lines.into_iter().filter(|line| !line.is_empty()).collect();
            if !lines.is_empty() {
                let desc = escaped(&lines.join("\n"));
                text += &format!("    <desc lang=\"vi\">{desc}</desc>\n");
            }
            text += &format!(
                "    <category lang=\"en\">{}</category>\n  </programme>\n",
                meeting.class.word()
            );
        }
    }
    text + "</tv>\n"
}

/// `20261201080000 +0700`.
fn moment(at: Millis) -> String {
    when::format(at, "%Y%m%d%H%M%S %z")
}

/// Text for XML: what XML 1.0 (2.2) does not take is left out.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out += "&amp;",
            '<' => out += "&lt;",
            '>' => out += "&gt;",
            '"' => out += "&quot;",
            '\n' => out.push('\n'),
            '\u{fffe}' | '\u{ffff}' => {}
            c if c.is_control() => {}
            c => out.push(c),
        }
    }
    out
}
