//! A calendar of meetings, for any calendar program (RFC 5545, RFC 7986).

use crate::meeting::{Meeting, when};
use crate::report::Millis;

/// Octets of a line without its end (3.1).
const FOLD: usize = 75;
/// No daylight saving time has been kept since 1975, so one offset says all.
const ZONE: &str = "BEGIN:VTIMEZONE\r\nTZID:Asia/Ho_Chi_Minh\r\nBEGIN:STANDARD\r\n\
    DTSTART:19750613T000000\r\nTZOFFSETFROM:+0700\r\nTZOFFSETTO:+0700\r\nTZNAME:+07\r\n\
    END:STANDARD\r\nEND:VTIMEZONE\r\n";

/// The calendar of `meetings`, called `name`; those that were called off are told as such.
#[must_use]
pub fn render<'a>(name: &str, meetings: impl IntoIterator<Item = &'a Meeting>) -> String {
    let mut out = String::from(
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//headend//schedule//EN\r\nMETHOD:PUBLISH\r\n",
    );
    line(&mut out, "NAME", &text(name));
    line(&mut out, "X-WR-CALNAME", &text(name));
    out += ZONE;
    for meeting in meetings {
        event(&mut out, meeting);
    }
    out + "END:VCALENDAR\r\n"
}

fn event(out: &mut String, meeting: &Meeting) {
    let zoned = |name: &str| format!("{name};TZID=Asia/Ho_Chi_Minh");
    let status = if meeting.cancelled {
        "CANCELLED"
    } else {
        "CONFIRMED"
    };
    *out += "BEGIN:VEVENT\r\n";
    line(out, "UID", &text(&meeting.uid));
    line(out, "DTSTAMP", &utc(meeting.changed));
    line(out, "LAST-MODIFIED", &utc(meeting.changed));
    line(out, "SEQUENCE", &meeting.sequence.to_string());
    if let Some(instance) = meeting.instance {
        line(out, &zoned("RECURRENCE-ID"), &local(instance));
    }
    line(out, &zoned("DTSTART"), &local(meeting.start));
    line(out, &zoned("DTEND"), &local(meeting.end));
    line(out, "SUMMARY", &text(&meeting.title));
    line(out, "STATUS", status);
    let class = meeting.class.word().to_ascii_uppercase();
    line(out, "CATEGORIES", &class);
    line(out, "X-HEADEND-ID", &text(&meeting.id));
    line(out, "X-HEADEND-CHANNEL", &text(&meeting.channel));
    if meeting.record {
        line(out, "X-HEADEND-RECORD", "TRUE");
    }
    if !meeting.originator.is_empty() {
        // Who broadcasts has a name and no address; a parameter takes no quotation mark (3.2).
        let name = meeting.originator.replace('"', "'");
        line(out, &format!("ORGANIZER;CN=\"{name}\""), "invalid:nomail");
        line(out, "X-HEADEND-ORIGINATOR", &text(&meeting.originator));
    }
    if !meeting.note.is_empty() {
        line(out, "DESCRIPTION", &text(&meeting.note));
    }
    *out += "END:VEVENT\r\n";
}

/// A content line, folded between characters.
fn line(out: &mut String, name: &str, value: &str) {
    let mut length = 0;
    for c in format!("{name}:{value}").chars() {
        if length + c.len_utf8() > FOLD {
            *out += "\r\n ";
            length = 1;
        }
        out.push(c);
        length += c.len_utf8();
    }
    *out += "\r\n";
}

/// TEXT (3.3.11).
fn text(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\\' | ';' | ',' => out.extend(['\\', c]),
            '\n' => out += "\\n",
            c if c.is_control() => {}
            c => out.push(c),
        }
    }
    out
}

fn local(at: Millis) -> String {
    when::format(at, "%Y%m%dT%H%M%S")
}

fn utc(at: Millis) -> String {
    jiff::Timestamp::from_millisecond(at).map_or_else(
        |_| String::new(),
        |at| at.strftime("%Y%m%dT%H%M%SZ").to_string(),
    )
}
