//! What is wrong with the stream itself.

use std::time::Duration;

use packager::monitor::{Cause, State};

use super::super::book::Suspicion;
use super::super::incident::{Class, Place, Text};
use super::super::{Look, known_by, of_input, rose};
use crate::line::InputReport;

/// A source's clock is off beyond this (ISO/IEC 13818-1, 2.4.2.1 allows 30 ppm; what the line
/// follows with ease is 100).
const CLOCK_PPM: f64 = 500.0;
/// A source that has come for less long is starting.
pub(super) const STARTS: Duration = Duration::from_secs(15);

/// What is wrong with the stream itself.
pub(super) fn suspect(
    look: &Look<'_>,
    index: usize,
    now: &InputReport,
    before: &InputReport,
) -> Option<Suspicion> {
    let scrambled = matches!(now.presence.cause, Some(Cause::Scrambled(_)));
    match now.presence.state {
        State::NoPicture | State::NoSound if scrambled => {
            Some(lacking(look, index, now, Class::Scrambled))
        }
        State::NoPicture => Some(lacking(look, index, now, Class::NoVideo)),
        State::NoSound => Some(lacking(look, index, now, Class::NoSound)),
        State::Waiting | State::Lost => None,
        State::Receiving => changed(look, index, now)
            .or_else(|| lost(look, index, now))
            .or_else(|| clock(look, index, now, before)),
    }
}

fn lacking(look: &Look<'_>, index: usize, now: &InputReport, class: Class) -> Suspicion {
    let cause = now.presence.cause.map(known_by).unwrap_or_default();
    let (en, vi, next_en, next_vi) = match class {
        Class::NoVideo => (
            "has sound and no picture",
            "có tiếng nhưng không có hình",
            "look at the camera and the encoder's video input; a High Profile call that came out as sound only looks so too",
            "xem camera và đầu vào hình của bộ mã hóa; cuộc gọi High Profile chỉ còn tiếng cũng như vậy",
        ),
        Class::NoSound => (
            "has picture and no sound",
            "có hình nhưng không có tiếng",
            "look at the microphone line and the encoder's audio input and setting",
            "xem đường micro, đầu vào và cài đặt tiếng của bộ mã hóa",
        ),
        _ => (
            "is scrambled",
            "bị khóa mã",
            "switch scrambling off at the source, or take the programme before its scrambler",
            "tắt khóa mã ở nguồn, hoặc lấy chương trình trước bộ khóa mã",
        ),
    };
    Suspicion {
        places: vec![Place::Source],
        verdict: Text::new(
            format!("input {index} {en}"),
            format!("đầu vào {index} {vi}"),
        ),
        evidence: vec![cause],
        next: Text::new(next_en, next_vi),
        ..of_input(look, index, class)
    }
}

/// Tables or clock have stopped: viewers have ours, and a receiver at the input would be dark.
fn lost(look: &Look<'_>, index: usize, now: &InputReport) -> Option<Suspicion> {
    let lack = now.lack?;
    Some(Suspicion {
        places: vec![Place::Source],
        verdict: Text::new(
            format!("input {index} has lost its {lack}"),
            format!("đầu vào {index} không còn {lack}"),
        ),
        evidence: vec![Text::new(
            format!(
                "no {lack} for more than 500 ms, while picture and sound come (TR 101 290, 1.3.a, 1.5.a, 2.3.a)"
            ),
            format!(
                "không có {lack} hơn 500 ms trong khi hình và tiếng vẫn đến (TR 101 290, 1.3.a, 1.5.a, 2.3.a)"
            ),
        )],
        next: Text::new(
            "viewers go on by the tables and the clock that were; restart the multiplexer of the encoder before something else changes in it",
            "người xem vẫn theo bảng và đồng hồ trước đó; khởi động lại bộ ghép kênh của bộ mã hóa trước khi có thay đổi khác",
        ),
        ..of_input(look, index, Class::TablesLost)
    })
}

fn changed(look: &Look<'_>, index: usize, now: &InputReport) -> Option<Suspicion> {
    let said = |report: &InputReport| {
        let programs = report.inventory.programs.iter();
        let mut chosen = programs.filter(|p| Some(p.number) == report.program);
        let streams = chosen.next()?.streams.iter();
        let streams = streams.map(|s| {
            Some(format!(
                "PID {} {}",
                s.pid,
                s.detail.map(|_| s.description())?
            ))
        });
        streams
            .collect::<Option<Vec<_>>>()
            .map(|streams| streams.join(", "))
    };
    let is = said(now)?;
    // While the new headers are not all read nothing is said of them.
    let mut before = look.reports.iter().skip(1);
    let was = before.find_map(|report| said(report.inputs.get(index)?))?;
    (was != is).then(|| Suspicion {
        places: vec![Place::Source],
        verdict: Text::new(
            format!("the programme of input {index} changed its codec or its PIDs"),
            format!("chương trình ở đầu vào {index} đã đổi mã hóa hoặc PID"),
        ),
        evidence: vec![Text::new(format!("{was} became {is}"), format!("{was} thành {is}"))],
        next: Text::new(
            "receivers begin anew at this point; if nobody changed the encoder, somebody else's programme is on the input",
            "máy thu phải bắt đầu lại từ đây; nếu không ai đổi bộ mã hóa thì đầu vào đang là chương trình khác",
        ),
        ..of_input(look, index, Class::ProgrammeChanged)
    })
}

fn clock(
    look: &Look<'_>,
    index: usize,
    now: &InputReport,
    before: &InputReport,
) -> Option<Suspicion> {
    // An encoder that starts finds its pace within some seconds.
    let since = look.now()?.at.since(now.presence.since);
    if since < STARTS {
        return None;
    }
    let elsewhere = rose(now.feed.out_of_line, before.feed.out_of_line);
    if elsewhere == 0 && !is_off(now) {
        return None;
    }
    let ppm = now.drift.unwrap_or(0.0);
    Some(Suspicion {
        places: vec![Place::Source],
        verdict: Text::new(
            format!("the clock of the source of input {index} is wrong"),
            format!("đồng hồ của nguồn ở đầu vào {index} sai"),
        ),
        evidence: vec![Text::new(
            format!(
                "PCR runs {ppm:+.0} ppm against this machine over the last seconds; {elsewhere} units with stamps of another clock"
            ),
            format!(
                "PCR chạy lệch {ppm:+.0} ppm so với máy này; {elsewhere} đơn vị mang mốc thời gian của đồng hồ khác"
            ),
        )],
        next: Text::new(
            "send in real time (`-re` of FFmpeg), and give the encoder a working reference (NTP, genlock)",
            "gửi theo thời gian thực (`-re` của FFmpeg), và cho bộ mã hóa chuẩn thời gian (NTP, genlock)",
        ),
        ..of_input(look, index, Class::ClockOff)
    })
}

/// Whether the source's clock is surely off.
pub(super) fn is_off(input: &InputReport) -> bool {
    input.drift.is_some_and(|ppm| ppm.abs() >= CLOCK_PPM)
}
