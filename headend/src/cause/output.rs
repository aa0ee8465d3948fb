//! The cause of what is wrong with an output.

use super::book::Suspicion;
use super::incident::{Class, Place, Text};
use super::{LEAP, Look, rose};

/// What is wrong with the outputs.
pub(super) fn suspect(look: &Look<'_>) -> Vec<Suspicion> {
    let outputs = look.plan.outputs.iter().enumerate();
    let mut found: Vec<Suspicion> = outputs
        .filter_map(|(index, _)| not_on_the_wire(look, index).or_else(|| over_rate(look, index)))
        .collect();
    found.extend(look.transcoder.as_deref().map(transcoder));
    found
}

fn of_output(index: usize, class: Class, verdict: Text) -> Suspicion {
    Suspicion {
        class,
        subject: format!("output {index}"),
        places: vec![Place::Output],
        verdict,
        evidence: Vec::new(),
        next: Text::default(),
        on_air: true,
    }
}

fn not_on_the_wire(look: &Look<'_>, index: usize) -> Option<Suspicion> {
    let plan = look.plan.outputs.get(index)?;
    let refused = look
        .output(index)
        .map_or(0, |(now, before)| rose(now.sink.errors, before.sink.errors));
    let error = look.output(index).and_then(|(now, _)| now.sink.last_error);
    let heard = look.exits.get(index).cloned().flatten();
    let mut evidence = Vec::new();
    if refused > 0 {
        let error = error.map(|e| std::io::Error::from_raw_os_error(e).to_string());
        let error = error.unwrap_or_default();
        evidence.push(Text::new(
            format!("the kernel refused {refused} datagrams in the last second: {error}"),
            format!("nhân hệ điều hành từ chối {refused} gói trong giây vừa qua: {error}"),
        ));
    }
    if let Some(reason) = heard {
        evidence.push(Text::new(
            reason.clone(),
            format!("máy tự nghe lại nhóm: {reason}"),
        ));
    }
    let interface = plan.interface.as_deref();
    let link = look.machine.link(interface, plan.address.ip());
    if let Some(link) = link.filter(|link| !link.up && !evidence.is_empty()) {
        evidence.push(Text::new(
            format!("interface {} has no link", link.name),
            format!("giao diện {} mất liên kết", link.name),
        ));
    }
    let url = &plan.url;
    (!evidence.is_empty()).then(|| Suspicion {
        evidence,
        next: Text::new(
            "look at the cable, the address and the firewall of that interface; `headend channel show` says what was tried",
            "xem cáp, địa chỉ và tường lửa của giao diện đó; `headend channel show` cho biết đã thử gì",
        ),
        ..of_output(
            index,
            Class::OutputNotOnTheWire,
            Text::new(
                format!("output {index} ({url}) is not on the wire"),
                format!("đầu ra {index} ({url}) không ra mạng"),
            ),
        )
    })
}

/// What an output had to drop in the last second, and what the programme needed and the output has
/// in bit/s.
struct Dropped {
    packets: u64,
    needed: u128,
    rate: u64,
}

impl Dropped {
    fn of(look: &Look<'_>, index: usize) -> Option<Self> {
        let (now, before) = look.output(index)?;
        let span = look.now()?.at.since(look.before()?.at).as_millis().max(1);
        let taken = u128::from(rose(now.shaper.taken, before.shaper.taken));
        Some(Self {
            packets: rose(now.shaper.overflow, before.shaper.overflow),
            needed: taken * 1_504 * 1_000 / span,
            rate: look.plan.outputs.get(index)?.bitrate?.bits_per_second(),
        })
    }

    /// Whether it is the rate that did not suffice.
    fn is_too_much(&self) -> bool {
        self.needed * 10 >= u128::from(self.rate) * 8
    }
}

/// Packets dropped in the last second though the rate would have sufficed: they came in a heap.
pub(super) fn heaped(look: &Look<'_>, index: usize) -> u64 {
    let dropped = Dropped::of(look, index).filter(|dropped| !dropped.is_too_much());
    dropped.map_or(0, |dropped| dropped.packets)
}

fn over_rate(look: &Look<'_>, index: usize) -> Option<Suspicion> {
    let dropped = Dropped::of(look, index).filter(Dropped::is_too_much)?;
    let Dropped {
        packets: dropped,
        needed,
        rate,
    } = dropped;
    (dropped > 0 && !was_late(look, index) && !look.begins_anew()).then(|| Suspicion {
        evidence: vec![Text::new(
            format!("the programme needs {needed} bit/s, the output has {rate}; {dropped} packets dropped in the last second"),
            format!("chương trình cần {needed} bit/s, đầu ra có {rate}; giây vừa qua bỏ {dropped} gói"),
        )],
        next: Text::new(
            "raise `bitrate` of the output or lower the encoder's rate; sound is kept meanwhile (`overflow`)",
            "tăng `bitrate` của đầu ra hoặc giảm tốc độ bộ mã hóa; tiếng vẫn được giữ (`overflow`)",
        ),
        places: vec![Place::Source, Place::Output],
        ..of_output(
            index,
            Class::OutputOverRate,
            Text::new(
                format!("the programme does not fit into output {index}"),
                format!("chương trình không vừa tốc độ của đầu ra {index}"),
            ),
        )
    })
}

/// Whether what came too late explains what is dropped: all up to the next random access point.
fn was_late(look: &Look<'_>, index: usize) -> bool {
    let reports = look.reports.iter().take(LEAP);
    let mut late = reports.filter_map(|report| Some(report.outputs.get(index)?.shaper.late));
    let now = late.next();
    late.any(|before| Some(before) != now)
}

fn transcoder(words: &str) -> Suspicion {
    Suspicion {
        class: Class::WorkerDying,
        subject: "hls".to_owned(),
        places: vec![Place::Machine],
        verdict: Text::new(
            "the worker that encodes for HLS dies",
            "tiến trình mã hóa lại cho HLS bị chết",
        ),
        evidence: vec![Text::new(words, format!("lời cuối: {words}"))],
        next: Text::new(
            "multicast is not touched; look at memory and processor here",
            "multicast không bị ảnh hưởng; xem bộ nhớ và bộ xử lý của máy này",
        ),
        on_air: true,
    }
}
