//! Components (RFC 5545, 3.6): which lines are of which event or time zone.

use super::lines::Line;
use super::{EVENTS, Trouble, shown};

/// Components within components; a calendar has three.
const DEPTH: usize = 8;

/// An event or a time zone, with its own lines and those of what is within it.
#[derive(Clone, Debug, Default)]
pub(super) struct Component<'a> {
    /// The line of its BEGIN.
    pub(super) line: usize,
    /// Whether METHOD of its calendar is CANCEL (RFC 5546, 3.2.5).
    pub(super) cancels: bool,
    /// Its own lines.
    pub(super) own: Vec<&'a Line>,
    /// Lines of components within it: STANDARD and DAYLIGHT of a time zone, alarms.
    pub(super) within: Vec<(&'a str, &'a Line)>,
}

impl<'a> Component<'a> {
    /// Its first line of this name.
    pub(super) fn line_of(&self, name: &str) -> Option<&'a Line> {
        self.own.iter().find(|line| line.name == name).copied()
    }
}

/// The parts of a calendar that matter here.
#[derive(Clone, Debug, Default)]
pub(super) struct Components<'a> {
    /// VEVENT, in their order.
    pub(super) events: Vec<Component<'a>>,
    /// VTIMEZONE.
    pub(super) zones: Vec<Component<'a>>,
}

/// Sorts the lines of a calendar, or of several in one text.
pub(super) fn components(lines: &[Line]) -> Result<Components<'_>, Trouble> {
    let mut all = Components::default();
    let mut open: Vec<&str> = Vec::new();
    let mut current: Option<Component<'_>> = None;
    // Of the calendar that is open: its METHOD, and how many events stand before it.
    let (mut cancels, mut earlier) = (false, 0);
    let first = lines.first();
    if first.is_none_or(|line| line.name != "BEGIN" || !is(&line.value, "VCALENDAR")) {
        let line = first.map_or(1, |line| line.number);
        return Err(Trouble::new(
            line,
            "this is no calendar: it does not begin with BEGIN:VCALENDAR",
            "đây không phải là tệp lịch: không bắt đầu bằng BEGIN:VCALENDAR",
        ));
    }
    for line in lines {
        let name = line.value.trim();
        match line.name.as_str() {
            "BEGIN" => {
                if open.len() >= DEPTH {
                    return Err(too_deep(line.number));
                }
                if open.len() == 1 {
                    current = Some(Component {
                        line: line.number,
                        ..Component::default()
                    });
                }
                open.push(name);
            }
            "END" => {
                if !open.pop().is_some_and(|begun| is(begun, name)) {
                    return Err(wrong_end(line));
                }
                if open.len() == 1
                    && let Some(whole) = current.take()
                {
                    keep(&mut all, name, whole)?;
                }
                if open.is_empty() {
                    let own = all.events.iter_mut().skip(earlier);
                    own.for_each(|event| event.cancels = cancels);
                    (cancels, earlier) = (false, all.events.len());
                }
            }
            _ => match (&mut current, open.as_slice()) {
                (Some(current), [_, _]) => current.own.push(line),
                (Some(current), [_, _, within, ..]) => current.within.push((within, line)),
                (_, [_]) => cancels |= line.name == "METHOD" && is(name, "CANCEL"),
                _ => {}
            },
        }
    }
    match open.last() {
        None => Ok(all),
        Some(begun) => Err(cut_off(lines, begun)),
    }
}

fn keep<'a>(all: &mut Components<'a>, name: &str, whole: Component<'a>) -> Result<(), Trouble> {
    if is(name, "VEVENT") {
        if all.events.len() >= EVENTS {
            return Err(Trouble::new(
                whole.line,
                format!("a calendar has {EVENTS} events at most"),
                format!("một tệp lịch có nhiều nhất {EVENTS} sự kiện"),
            ));
        }
        all.events.push(whole);
    } else if is(name, "VTIMEZONE") {
        all.zones.push(whole);
    }
    Ok(())
}

fn is(written: &str, name: &str) -> bool {
    written.trim().eq_ignore_ascii_case(name)
}

fn too_deep(line: usize) -> Trouble {
    Trouble::new(
        line,
        format!("components are within each other more than {DEPTH} deep"),
        format!("các thành phần lồng nhau quá {DEPTH} lớp"),
    )
}

fn wrong_end(line: &Line) -> Trouble {
    let name = shown(&line.value);
    Trouble::new(
        line.number,
        format!("END:{name} ends what did not begin"),
        format!("END:{name} không khớp với BEGIN nào"),
    )
}

fn cut_off(lines: &[Line], begun: &str) -> Trouble {
    let begun = shown(begun);
    Trouble::new(
        lines.last().map_or(1, |line| line.number),
        format!("the calendar is cut off: END:{begun} is missing"),
        format!("tệp lịch bị cắt: thiếu END:{begun}"),
    )
}
