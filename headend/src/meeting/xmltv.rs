//! The guide as XMLTV, for boxes and television applications.

use super::{Meetings, when};
use crate::report::Millis;

/// The guide looks back so far: who comes late sees what was on.
const BACK: Millis = 24 * 3_600_000;

/// The guide of channels, each with id and name. Meetings that were called off are left out.
#[must_use]
pub fn render(channels: &[(String, String)], meetings: &Meetings, now: Millis) -> String {
    let mut text = String::from(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!DOCTYPE tv SYSTEM \"xmltv.dtd\">\n\
         <tv generator-info-name=\"headend\">\n",
    );
    for (id, name) in channels {
        text += &format!(
            "  <channel id=\"{}\">\n    <display-name>{}</display-name>\n  </channel>\n",
            escaped(id),
            escaped(name)
        );
    }
    for (id, _) in channels {
        for meeting in meetings.of(id).filter(|m| m.end > now - BACK) {
            text += &format!(
                "  <programme start=\"{}\" stop=\"{}\" channel=\"{}\">\n    <title lang=\"vi\">{}</title>\n",
                moment(meeting.start),
                moment(meeting.end),
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
