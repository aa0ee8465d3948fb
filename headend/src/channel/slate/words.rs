//! What a slate says, for the people in a hall: of the schedule what the page says too, else why
//! there is no programme. The lines of the picture are one text with tabs between, the first
//! language before the second.

use packager::select::Fitness;

use crate::line::Report;
use crate::meeting::{Class, Meeting, Meetings, when};
use crate::report::Millis;

const MINUTE: Millis = 60_000;
const HOUR: Millis = 60 * MINUTE;
const DAY: Millis = 24 * HOUR;
/// A meeting further off is no reason for an empty screen.
const COUNTDOWN: Millis = DAY;
/// So long after a meeting its hall still sees that it is over.
const OVER: Millis = 3 * HOUR;

/// Of a channel's schedule at `now`; `fault` while a meeting is on, and where none is near.
pub(super) fn say(channel: &str, meetings: &Meetings, now: Millis, fault: &str) -> String {
    if meetings.now(channel, now).is_some() {
        return fault.to_owned();
    }
    let next = meetings.next(channel, now);
    let soon = next.filter(|next| next.start - now < COUNTDOWN);
    let over = meetings.last(channel, now).filter(|last| {
        let since = now - last.end;
        since < OVER && soon.is_none_or(|soon| since < soon.start - now)
    });
    match (over, soon) {
        (Some(over), _) => is_over(over, next, now),
        (None, Some(soon)) => begins(soon, now),
        (None, None) => fault.to_owned(),
    }
}

/// Why there is no programme, where the best input is as fit as `dark` says.
pub(super) fn fault(report: &Report, dark: Option<Fitness>) -> &'static str {
    let came = report
        .inputs
        .iter()
        .any(|input| input.receiver.datagrams > 0);
    let comes = dark != Some(Fitness::NoPackets);
    match (came, comes) {
        (false, _) => "Chương trình chưa bắt đầu\tNot started yet",
        (true, false) => "Mất tín hiệu từ nguồn\tNo signal from the source",
        (true, true) => "Tín hiệu từ nguồn không xem được\tThe signal cannot be shown",
    }
}

fn begins(next: &Meeting, now: Millis) -> String {
    let (at_vi, at_en) = moment(next.start, now);
    let (vi, en) = left(next.start - now);
    format!(
        "{}\tCuộc họp bắt đầu lúc {at_vi}, còn {vi}\tThe meeting begins at {at_en}, in {en}",
        titled(next)
    )
}

fn is_over(over: &Meeting, next: Option<&Meeting>, now: Millis) -> String {
    let then = next.map_or_else(String::new, |next| {
        let (vi, en) = moment(next.start, now);
        format!("\tTiếp theo: {} · {vi}\tNext: {en}", titled(next))
    });
    format!(
        "Cuộc họp đã kết thúc\tThe meeting is over\t{} · Kết thúc lúc {}{then}",
        over.title,
        when::clock(over.end)
    )
}

/// The title, behind a class that is no usual one.
fn titled(meeting: &Meeting) -> String {
    let class = match meeting.class {
        Class::Normal => "",
        Class::Priority => "Ưu tiên · ",
        Class::Emergency => "Khẩn cấp · ",
    };
    format!("{class}{}", meeting.title)
}

/// `08:00`, with the day where it is another one, in both languages.
fn moment(at: Millis, now: Millis) -> (String, String) {
    let clock = when::clock(at);
    let day = |at| when::format(at, "%d/%m");
    if at - now < DAY && day(at) == day(now) {
        return (clock.clone(), clock);
    }
    if at - now < 2 * DAY && day(at) == day(now + DAY) {
        return (format!("{clock} ngày mai"), format!("{clock} tomorrow"));
    }
    let (vi, en) = when::weekday(at);
    let day = day(at);
    (format!("{clock} {vi} {day}"), format!("{clock} {en} {day}"))
}

/// Whole minutes, the last one to its end.
fn left(span: Millis) -> (String, String) {
    let minutes = (span + MINUTE - 1) / MINUTE;
    let (hours, minutes) = (minutes / 60, minutes % 60);
    match (hours, minutes) {
        (0, 1) => ("1 phút".to_owned(), "1 minute".to_owned()),
        (0, _) => (format!("{minutes} phút"), format!("{minutes} minutes")),
        (_, 0) => (format!("{hours} giờ"), format!("{hours} h")),
        _ => (
            format!("{hours} giờ {minutes} phút"),
            format!("{hours} h {minutes} min"),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::meeting::{Around, Draft};
    use crate::report::parsed;

    const FAULT: &str = "Mất tín hiệu từ nguồn\tNo signal from the source";

    fn at(stamp: &str) -> Millis {
        parsed(&format!("2026-12-{stamp}+07:00")).unwrap()
    }

    fn add(all: &mut Meetings, title: &str, class: Class, [start, end]: [&str; 2]) -> String {
        let draft = Draft {
            channel: "hop".to_owned(),
            title: title.to_owned(),
            start: at(start),
            end: at(end),
            class,
            ..Draft::default()
        };
        let channels = ["hop".to_owned()];
        let around = Around {
            channels: &channels,
            node: "n",
            now: 0,
        };
        all.add(draft, around).unwrap().meeting.id
    }

    fn morning() -> (Meetings, String) {
        let mut all = Meetings::default();
        let times = ["01T08:00:00", "01T11:30:00"];
        let id = add(&mut all, "Họp Chính phủ", Class::Normal, times);
        (all, id)
    }

    fn said(all: &Meetings, stamp: &str) -> Vec<String> {
        let text = say("hop", all, at(stamp), FAULT);
        text.split('\t').map(str::to_owned).collect()
    }

    #[test]
    fn before_a_meeting_it_counts_the_minutes_down() {
        let (all, _) = morning();
        let lines = |vi: &str, en: &str| {
            let vi = format!("Cuộc họp bắt đầu lúc 08:00, còn {vi}");
            let en = format!("The meeting begins at 08:00, in {en}");
            vec!["Họp Chính phủ".to_owned(), vi, en]
        };
        assert_eq!(said(&all, "01T07:48:00"), lines("12 phút", "12 minutes"));
        assert_eq!(said(&all, "01T07:48:01"), lines("12 phút", "12 minutes"));
        assert_eq!(said(&all, "01T07:59:59.9"), lines("1 phút", "1 minute"));
        assert_eq!(said(&all, "01T07:00:00"), lines("1 giờ", "1 h"));
        assert_eq!(
            said(&all, "01T05:55:00"),
            lines("2 giờ 5 phút", "2 h 5 min")
        );
        assert_eq!(say("khac", &all, at("01T07:48:00"), FAULT), FAULT);
    }

    #[test]
    fn a_meeting_of_another_day_is_told_with_the_day_and_one_further_off_not_at_all() {
        let mut all = Meetings::default();
        let times = ["02T08:00:00", "02T09:00:00"];
        add(&mut all, "Họp", Class::Normal, times);
        let lines = said(&all, "01T23:00:00");
        let begins = "Cuộc họp bắt đầu lúc 08:00 ngày mai, còn 9 giờ";
        assert_eq!(lines[1], begins);
        assert_eq!(lines[2], "The meeting begins at 08:00 tomorrow, in 9 h");
        assert_eq!(say("hop", &all, at("01T08:00:00"), FAULT), FAULT);
    }

    #[test]
    fn while_a_meeting_is_on_it_says_what_is_wrong() {
        let (mut all, _) = morning();
        let trial = ["01T07:30:00", "01T08:00:00"];
        add(&mut all, "Chạy thử", Class::Normal, trial);
        let times = ["01T11:30:00", "01T12:00:00"];
        add(&mut all, "Giao ban", Class::Normal, times);
        for stamp in ["01T08:00:00", "01T09:00:00", "01T11:29:59"] {
            assert_eq!(say("hop", &all, at(stamp), FAULT), FAULT, "{stamp}");
        }
    }

    #[test]
    fn after_a_meeting_it_says_that_it_is_over_and_what_comes_next() {
        let (mut all, _) = morning();
        let over = [
            "Cuộc họp đã kết thúc",
            "The meeting is over",
            "Họp Chính phủ · Kết thúc lúc 11:30",
        ];
        assert_eq!(said(&all, "01T11:30:00"), over);
        assert_eq!(said(&all, "01T14:29:59"), over);
        assert_eq!(say("hop", &all, at("01T14:30:00"), FAULT), FAULT);
        let times = ["01T14:00:00", "01T15:00:00"];
        add(&mut all, "Giao ban", Class::Priority, times);
        let lines = said(&all, "01T12:00:00");
        assert_eq!(lines[..3], over);
        assert_eq!(
            lines[3..],
            ["Tiếp theo: Ưu tiên · Giao ban · 14:00", "Next: 14:00"]
        );
        // The next one is nearer now.
        assert_eq!(said(&all, "01T12:45:00")[0], "Ưu tiên · Giao ban");
    }

    #[test]
    fn after_a_meeting_the_next_one_is_told_with_its_day() {
        for (day, vi, en) in [
            ("02", "ngày mai", "tomorrow"),
            ("03", "Thứ Năm 03/12", "Thursday 03/12"),
            ("08", "Thứ Ba 08/12", "Tuesday 08/12"),
            ("13", "Chủ nhật 13/12", "Sunday 13/12"),
        ] {
            let (mut all, _) = morning();
            let times = ["T08:00:00", "T09:00:00"].map(|time| format!("{day}{time}"));
            add(&mut all, "Họp", Class::Normal, [&times[0], &times[1]]);
            let lines = said(&all, "01T12:00:00");
            let next = [
                format!("Tiếp theo: Họp · 08:00 {vi}"),
                format!("Next: 08:00 {en}"),
            ];
            assert_eq!(lines[3..], next);
        }
    }

    #[test]
    fn what_was_called_off_or_is_an_emergency_counts_at_once() {
        let (mut all, id) = morning();
        let now = "01T07:48:00";
        let storm = ["01T07:50:00", "01T09:00:00"];
        let storm = add(&mut all, "Ứng phó bão số 9", Class::Emergency, storm);
        let lines = said(&all, now);
        assert_eq!(lines[0], "Khẩn cấp · Ứng phó bão số 9");
        assert!(lines[1].ends_with("lúc 07:50, còn 2 phút"), "{lines:?}");
        all.cancel(&storm, None, at(now)).unwrap();
        assert_eq!(said(&all, now)[0], "Họp Chính phủ");
        all.cancel(&id, None, at(now)).unwrap();
        assert_eq!(say("hop", &all, at(now), FAULT), FAULT);
    }
}
