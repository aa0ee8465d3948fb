//! Nothing comes from an input.

use std::time::Duration;

use packager::select::Fitness;

use super::super::book::Suspicion;
use super::super::incident::{Class, Place, Text};
use super::super::{Look, of_input, rose};
use crate::line::InputReport;
use crate::net::Link;
use crate::plan::{SourcePlan, WorkerPlan};
use crate::snapshot::WorkerSnapshot;

/// An input that never gave a packet is silent after this: encoders start late.
const FIRST: Duration = Duration::from_secs(10);
/// A shorter pause has its own effects, if any.
const PAUSE: Duration = Duration::from_millis(700);

/// Nothing comes: why, as far as it can be known from here.
pub(super) fn suspect(look: &Look<'_>, index: usize, now: &InputReport) -> Option<Suspicion> {
    let (fitness, since) = now.fitness?;
    let span = look.now()?.at.since(since);
    let never = now.receiver.datagrams == 0;
    let is_silent =
        fitness == Fitness::NoPackets && span >= PAUSE && !(never && look.running < FIRST);
    if !is_silent && deaths(look, index, now) < 2 {
        return None;
    }
    let evidence = Text::new(
        format!(
            "no packet for {} s, after {} datagrams",
            span.as_secs(),
            now.receiver.datagrams
        ),
        format!(
            "không có gói nào trong {} giây, sau {} gói tin",
            span.as_secs(),
            now.receiver.datagrams
        ),
    );
    if let Some(worker) = &now.source.worker
        && (worker.pid.is_none() || died_of_late(look, index, now))
    {
        return Some(dying(look, index, worker, is_silent.then_some(evidence)));
    }
    if let Some(link) = link(look, index).filter(|link| !link.up) {
        return Some(Suspicion {
            places: vec![Place::Machine],
            verdict: Text::new(
                format!(
                    "interface {} has no link; input {index} needs it",
                    link.name
                ),
                format!(
                    "giao diện {} mất liên kết; đầu vào {index} cần nó",
                    link.name
                ),
            ),
            evidence: vec![evidence],
            next: Text::new(
                format!("look at the cable and the switch port of {}", link.name),
                format!("xem cáp và cổng chuyển mạch của {}", link.name),
            ),
            ..of_input(look, index, Class::LinkDown)
        });
    }
    Some(silent(look, index, now, evidence))
}

/// Whether its worker was started again within the reports.
pub(super) fn died_of_late(look: &Look<'_>, index: usize, now: &InputReport) -> bool {
    let oldest = look.reports.last();
    let oldest = oldest.and_then(|report| report.inputs.get(index));
    let restarts = |input: &InputReport| input.source.worker.as_ref().map(|w| w.restarts_total);
    oldest.is_some_and(|oldest| restarts(oldest) != restarts(now))
}

/// Its worker ends, again and again.
fn dying(
    look: &Look<'_>,
    index: usize,
    worker: &WorkerSnapshot,
    silence: Option<Text>,
) -> Suspicion {
    let url = look.plan.inputs.get(index).map_or("", |input| &*input.url);
    let words = worker.last_words.clone().unwrap_or_default();
    Suspicion {
        places: vec![Place::Source, Place::Machine],
        verdict: Text::new(
            format!("the worker that opens {url} dies: {words}"),
            format!("tiến trình mở {url} bị chết: {words}"),
        ),
        evidence: silence
            .into_iter()
            .chain([Text::new(
                format!("{} starts of headend-media", worker.restarts_total + 1),
                format!(
                    "headend-media đã khởi động {} lần",
                    worker.restarts_total + 1
                ),
            )])
            .collect(),
        next: Text::new(
            "its last words say what it could not open; look at that source, or at memory and limits here",
            "lời cuối của nó cho biết không mở được gì; xem nguồn đó, hoặc bộ nhớ và giới hạn ở máy này",
        ),
        ..of_input(look, index, Class::WorkerDying)
    }
}

/// How often its worker died within the reports; none while it runs.
fn deaths(look: &Look<'_>, index: usize, now: &InputReport) -> u64 {
    let restarts = |input: &InputReport| {
        let worker = input.source.worker.as_ref();
        worker.map_or(0, |worker| worker.restarts_total)
    };
    let oldest = look.reports.last();
    let oldest = oldest.and_then(|report| report.inputs.get(index));
    let runs = now.source.worker.as_ref().is_none_or(|w| w.pid.is_some());
    match oldest {
        Some(oldest) if !runs => 1 + rose(restarts(now), restarts(oldest)),
        _ => 0,
    }
}

fn silent(look: &Look<'_>, index: usize, now: &InputReport, evidence: Text) -> Suspicion {
    let url = look.plan.inputs.get(index).map_or("", |input| &*input.url);
    let mut evidence = vec![evidence];
    let (places, next) = match &now.source.srt {
        _ if is_test_picture(look, index) => (
            vec![Place::Machine],
            Text::new(
                "the test picture is made on this machine: look at the process headend-media and at the load here",
                "hình thử do chính máy này tạo: xem tiến trình headend-media và tải của máy này",
            ),
        ),
        Some(srt) if srt.connected => {
            evidence.push(Text::new(
                format!(
                    "the SRT link to {} is up, round trip {:.0} ms",
                    srt.peer.clone().unwrap_or_default(),
                    srt.rtt_seconds * 1e3
                ),
                format!(
                    "kết nối SRT với {} còn, độ trễ {:.0} ms",
                    srt.peer.clone().unwrap_or_default(),
                    srt.rtt_seconds * 1e3
                ),
            ));
            (
                vec![Place::Source],
                Text::new(
                    "the line works and the encoder sends nothing: look at the encoder's own input",
                    "đường truyền tốt nhưng bộ mã hóa không gửi gì: xem đầu vào của bộ mã hóa",
                ),
            )
        }
        srt => {
            if srt.is_some() {
                evidence.push(Text::new(
                    "no SRT peer is connected",
                    "không có bên SRT nào kết nối",
                ));
            }
            if let Some(other) = neighbour(look, index) {
                evidence.push(Text::new(
                    format!("input {other} comes in on the same interface: the interface and its cable work"),
                    format!("đầu vào {other} vẫn đến trên cùng giao diện: giao diện và cáp tốt"),
                ));
            }
            (
                vec![Place::Source, Place::Line],
                Text::new(
                    "the encoder's own counter of sent packets decides: if it rises, the line drops all of it; if not, the encoder has stopped",
                    "bộ đếm gói đã gửi của bộ mã hóa sẽ cho biết: nếu tăng thì đường truyền làm mất hết; nếu không thì bộ mã hóa đã dừng",
                ),
            )
        }
    };
    Suspicion {
        places,
        verdict: Text::new(
            format!("nothing comes from input {index} ({url})"),
            format!("không có gì đến từ đầu vào {index} ({url})"),
        ),
        evidence,
        next,
        ..of_input(look, index, Class::SourceSilent)
    }
}

fn is_test_picture(look: &Look<'_>, index: usize) -> bool {
    let input = look.plan.inputs.get(index);
    input.is_some_and(|input| {
        let picture = |path: &_| matches!(path, SourcePlan::Worker(WorkerPlan::TestPicture { .. }));
        input.paths.iter().any(picture)
    })
}

/// Another input that comes in over the same interface.
fn neighbour(look: &Look<'_>, index: usize) -> Option<usize> {
    let own = link(look, index)?;
    let others = (0..look.plan.inputs.len()).filter(|other| *other != index);
    others.into_iter().find(|other| {
        let same = link(look, *other).is_some_and(|link| link.name == own.name);
        let fitness = look.input(*other).and_then(|(now, _)| now.fitness);
        same && fitness.is_some_and(|(fitness, _)| fitness != Fitness::NoPackets)
    })
}

fn link<'a>(look: &Look<'a>, index: usize) -> Option<&'a Link> {
    match look.plan.inputs.get(index)?.paths.first()? {
        SourcePlan::Datagrams {
            interface, address, ..
        } => look.machine.link(interface.as_deref(), address.ip()),
        SourcePlan::Srt(srt) => look.machine.link(None, srt.address.ip()),
        SourcePlan::File(_) | SourcePlan::Worker(_) => None,
    }
}
