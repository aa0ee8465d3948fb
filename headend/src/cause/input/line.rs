//! What is wrong between the encoder and the packets.

use std::time::Duration;

use super::super::book::Suspicion;
use super::super::incident::{Class, Place, Text};
use super::super::output::heaped;
use super::super::{Look, of_input, rose};
use super::stream;
use crate::line::InputReport;
use crate::plan::SourcePlan;

/// Packets of a line that is not congested come within this of their time.
const JITTER: Duration = Duration::from_millis(100);
/// A round trip longer than this, or than twice the best, is a queue somewhere.
const QUEUE_SECONDS: f64 = 0.05;

/// What is wrong between the encoder and the packets, the first that explains the rest.
pub(super) fn suspect(
    look: &Look<'_>,
    index: usize,
    now: &InputReport,
    before: &InputReport,
) -> Option<Suspicion> {
    if now.senders.len() > 1 && before.senders.len() > 1 {
        return Some(second_sender(look, index, now));
    }
    let dropped = rose(now.source.socket_drops, before.source.socket_drops)
        + rose(now.source.ring_drops, before.source.ring_drops);
    if dropped > 0 {
        return Some(socket(look, index, now, dropped));
    }
    let (rtp, was) = (&now.receiver.rtp, &before.receiver.rtp);
    let anew = rose(
        rtp.restarts + rtp.ssrc_changes,
        was.restarts + was.ssrc_changes,
    );
    // The line after a clock that is off leaps each time it is too far away.
    let leaps = match stream::is_off(before) {
        true => 0,
        false => rose(now.feed.leaps, before.feed.leaps),
    };
    let given_up = |report: &InputReport| {
        let srt = report.source.srt.as_deref();
        srt.map_or(0, |srt| srt.dropped_total)
    };
    let lost = rose(rtp.lost, was.lost) + rose(given_up(now), given_up(before));
    let broken = rose(continuity(now), continuity(before));
    let knows_loss = now.source.srt.is_some() || rtp_input(look, index);
    if anew + leaps > 0 {
        return Some(restarted(look, index, now, before));
    }
    if lost > 0 || (broken > 0 && !knows_loss) {
        return Some(loss(look, index, (now, before), (lost, broken)));
    }
    if broken > 0 {
        return Some(damaged(look, index, broken));
    }
    if let Some(path) = lost_path(now, before) {
        return Some(path_lost(look, index, path));
    }
    if let Some(late) = late(look, index, now, before) {
        return Some(late);
    }
    // Two paths that differ in length are put in order all the time.
    let one = look.plan.inputs.get(index)?.paths.len() < 2;
    let moved = rose(rtp.reordered, was.reordered);
    (moved > 0 && one).then(|| reordered(look, index, moved))
}

/// A path that brought nothing while another brought the stream.
fn lost_path(now: &InputReport, before: &InputReport) -> Option<usize> {
    let pairs = || now.receiver.paths.iter().zip(&before.receiver.paths);
    let comes = pairs().any(|(now, before)| now.received > before.received);
    pairs().position(|(now, before)| {
        comes && now.received == before.received && now.lost > before.lost
    })
}

fn path_lost(look: &Look<'_>, index: usize, path: usize) -> Suspicion {
    Suspicion {
        places: vec![Place::Line],
        verdict: Text::new(
            format!(
                "path {path} of input {index} brings nothing; another path carries the programme"
            ),
            format!(
                "đường {path} của đầu vào {index} không có gì; đường khác đang mang chương trình"
            ),
        ),
        evidence: vec![Text::new(
            format!("no packet by path {path} in the last second, and the stream comes by another"),
            format!(
                "giây vừa qua không có gói nào theo đường {path}, luồng vẫn đến theo đường khác"
            ),
        )],
        next: Text::new(
            "viewers notice nothing until the other path fails too: look at the network of this path now",
            "người xem chưa bị ảnh hưởng cho đến khi đường kia cũng hỏng: xem mạng của đường này ngay",
        ),
        on_air: false,
        ..of_input(look, index, Class::PathLost)
    }
}

fn rtp_input(look: &Look<'_>, index: usize) -> bool {
    let input = look.plan.inputs.get(index);
    let first = input.and_then(|input| input.paths.first());
    matches!(first, Some(SourcePlan::Datagrams { rtp: true, .. }))
}

fn continuity(report: &InputReport) -> u64 {
    let of_clause = report.findings.iter().find(|f| f.check.clause() == "1.4");
    of_clause.map_or(0, |finding| finding.count)
}

fn second_sender(look: &Look<'_>, index: usize, now: &InputReport) -> Suspicion {
    let senders: Vec<String> = now.senders.iter().map(ToString::to_string).collect();
    let senders = senders.join(", ");
    Suspicion {
        places: vec![Place::Line],
        verdict: Text::new(
            format!(
                "{} senders at once on input {index}: {senders}",
                now.senders.len()
            ),
            format!(
                "{} bên cùng gửi vào đầu vào {index}: {senders}",
                now.senders.len()
            ),
        ),
        evidence: vec![Text::new(
            format!("datagrams of each of {senders} in the last second"),
            format!("trong giây vừa qua có gói của từng bên {senders}"),
        )],
        next: Text::new(
            "stop the one that is not yours; `source = \"ADDRESS\"` in the input takes the group from one sender alone",
            "tắt bên gửi lạ; `source = \"ĐỊA CHỈ\"` trong đầu vào chỉ nhận nhóm từ một bên gửi",
        ),
        ..of_input(look, index, Class::SecondSender)
    }
}

fn socket(look: &Look<'_>, index: usize, now: &InputReport, dropped: u64) -> Suspicion {
    let buffer = now.source.receive_buffer_bytes.unwrap_or(0) / 1024;
    Suspicion {
        places: vec![Place::Machine],
        verdict: Text::new(
            format!("this machine drops datagrams of input {index} before they are read"),
            format!("máy này làm rơi gói của đầu vào {index} trước khi đọc"),
        ),
        evidence: vec![Text::new(
            format!(
                "{dropped} datagrams dropped in the last second (SO_RXQ_OVFL), receive buffer {buffer} KiB"
            ),
            format!("giây vừa qua rơi {dropped} gói (SO_RXQ_OVFL), bộ đệm nhận {buffer} KiB"),
        )],
        next: Text::new(
            "raise net.core.rmem_max to 16777216 (sysctl), and look for what takes the processor; the sender and the line are not to blame",
            "tăng net.core.rmem_max lên 16777216 (sysctl), và xem chương trình nào chiếm bộ xử lý; bên gửi và đường truyền không có lỗi",
        ),
        ..of_input(look, index, Class::SocketLoss)
    }
}

/// Packets that are missing: a line that is full also delays the others.
fn loss(
    look: &Look<'_>,
    index: usize,
    (now, before): (&InputReport, &InputReport),
    (lost, broken): (u64, u64),
) -> Suspicion {
    let jitter = now.jitter.unwrap_or_default();
    let round_trip = now.source.srt.as_ref().map_or(0.0, |srt| srt.rtt_seconds);
    let best = look.reports.iter().filter_map(|report| {
        let srt = report.inputs.get(index)?.source.srt.as_ref()?;
        Some(srt.rtt_seconds)
    });
    let best = best.fold(f64::INFINITY, f64::min);
    let queued = round_trip > QUEUE_SECONDS && round_trip > 2.0 * best;
    let longer = rose(now.feed.delays, before.feed.delays) > 0;
    let lag = lag(look, index).unwrap_or_default();
    // One late moment is a stall of anything; a queue is long, or delays second after second.
    let lasts = jitter.min(before.jitter.unwrap_or_default());
    let unsteady = jitter >= 2 * JITTER || lasts >= JITTER;
    let congested = queued || longer || unsteady || lag >= JITTER;
    let packets = rose(now.receiver.datagrams, before.receiver.datagrams);
    let mut evidence = vec![Text::new(
        format!(
            "{lost} packets given up and {broken} jumps of continuity counters in the last second, {packets} datagrams came"
        ),
        format!(
            "giây vừa qua mất {lost} gói, bộ đếm liên tục nhảy {broken} lần, {packets} gói đã đến"
        ),
    )];
    evidence.push(Text::new(
        format!("arrival jitter {} ms, {} ms later than the source's clock, none dropped by this machine", jitter.as_millis(), lag.as_millis()),
        format!("độ rung {} ms, trễ {} ms so với đồng hồ nguồn, máy này không làm rơi gói nào", jitter.as_millis(), lag.as_millis()),
    ));
    let knows = lost > 0;
    let (class, what, vi) = match congested {
        true => (
            Class::LineCongested,
            "is full: it delays packets and loses some",
            "bị nghẽn: gói đến trễ và mất",
        ),
        false => (Class::LineLoss, "loses packets", "làm mất gói"),
    };
    Suspicion {
        places: match knows || congested {
            true => vec![Place::Line],
            false => vec![Place::Line, Place::Source],
        },
        verdict: Text::new(
            format!("the line to input {index} {what}"),
            format!("đường truyền đến đầu vào {index} {vi}"),
        ),
        evidence,
        next: match (congested, knows) {
            (true, _) => Text::new(
                "lower the encoder's rate or find what else fills the line; give the class af41 room on each hop",
                "giảm tốc độ bộ mã hóa hoặc tìm lưu lượng khác trên đường; dành băng thông cho lớp af41 ở mỗi chặng",
            ),
            (false, true) => Text::new(
                "measure the line hop by hop (errors of switch ports, radio level); a second path or FEC hides it meanwhile",
                "đo từng chặng của đường truyền (lỗi cổng chuyển mạch, mức vô tuyến); đường thứ hai hoặc FEC che được trong lúc chờ",
            ),
            (false, false) => Text::new(
                "plain UDP does not tell a lost packet from one that was never sent: `headend probe` at the encoder's own port decides; RTP or SRT would tell here",
                "UDP không phân biệt gói mất với gói không được gửi: chạy `headend probe` ngay tại cổng bộ mã hóa; dùng RTP hoặc SRT thì biết ngay tại đây",
            ),
        },
        ..of_input(look, index, class)
    }
}

/// How much later than a few seconds ago the earliest packets come, by the source's own clock.
fn lag(look: &Look<'_>, index: usize) -> Option<Duration> {
    let all = look.reports.iter();
    let mut all = all.filter_map(|report| report.inputs.get(index)?.arrival);
    let (_, newest) = all.next()?;
    let least = all.map(|(_, offset)| offset).min()?;
    Some(Duration::from_nanos(
        u64::try_from(newest - least).unwrap_or(0),
    ))
}

fn damaged(look: &Look<'_>, index: usize, broken: u64) -> Suspicion {
    Suspicion {
        places: vec![Place::Source],
        verdict: Text::new(
            format!(
                "input {index} comes in whole, and packets were missing in it before it was sent"
            ),
            format!("đầu vào {index} đến đủ, nhưng đã thiếu gói trước khi được gửi"),
        ),
        evidence: vec![Text::new(
            format!(
                "{broken} jumps of continuity counters in the last second, and not one packet lost on the line"
            ),
            format!(
                "giây vừa qua bộ đếm liên tục nhảy {broken} lần, đường truyền không mất gói nào"
            ),
        )],
        next: Text::new(
            "look before the encoder's output: its own input, its processor, a relay between",
            "xem phía trước đầu ra của bộ mã hóa: đầu vào, bộ xử lý của nó, máy chuyển tiếp ở giữa",
        ),
        ..of_input(look, index, Class::SourceDamaged)
    }
}

/// What viewers get too late to be shown, from the input on air.
fn late(
    look: &Look<'_>,
    index: usize,
    now: &InputReport,
    before: &InputReport,
) -> Option<Suspicion> {
    let report = look.now().filter(|report| report.on_air == index)?;
    let late = (0..report.outputs.len()).map(|output| {
        let late = look.output(output);
        late.map_or(0, |(now, before)| rose(now.shaper.late, before.shaper.late))
            + heaped(look, output)
    });
    let late = late.max().unwrap_or(0);
    // The line has followed it: the picture stood still and lost nothing. One that starts finds its pace.
    let starts = report.at.since(now.presence.since) < stream::STARTS;
    let followed = !starts && rose(now.feed.delays, before.feed.delays) > 0;
    if (late == 0 && !followed) || look.begins_anew() {
        return None;
    }
    let by = lag(look, index).unwrap_or_default().as_millis();
    Some(Suspicion {
        places: vec![Place::Source, Place::Line],
        verdict: Text::new(
            format!("packets of input {index} come too late to be sent on in time"),
            format!("gói của đầu vào {index} đến quá trễ, không kịp phát tiếp"),
        ),
        evidence: vec![Text::new(
            format!(
                "{late} pieces of picture and sound came after their time or all at once in the last second, the earliest {by} ms later than a few seconds ago; none was lost"
            ),
            format!(
                "giây vừa qua {late} mẩu hình và tiếng đến sau giờ của chúng hoặc dồn một lúc, sớm nhất cũng trễ hơn {by} ms so với vài giây trước; không gói nào bị mất"
            ),
        )],
        next: Text::new(
            "the load of the encoder decides: if its processor is full it stutters; if not, the line holds packets back, and SRT with more `latency` takes that up",
            "tải của bộ mã hóa sẽ cho biết: nếu bộ xử lý đầy thì nó giật; nếu không thì đường truyền giữ gói lại, dùng SRT với `latency` lớn hơn",
        ),
        ..of_input(look, index, Class::InputLate)
    })
}

fn reordered(look: &Look<'_>, index: usize, moved: u64) -> Suspicion {
    Suspicion {
        places: vec![Place::Line],
        verdict: Text::new(
            format!("the line to input {index} changes the order of packets; it is put right here"),
            format!("đường truyền đến đầu vào {index} làm đảo thứ tự gói; đã được sắp lại tại đây"),
        ),
        evidence: vec![Text::new(
            format!("{moved} RTP packets put back in order in the last second, none lost"),
            format!("giây vừa qua sắp lại {moved} gói RTP, không mất gói nào"),
        )],
        next: Text::new(
            "nothing is lost now; look for a load balancer or two routes between the encoder and here",
            "hiện chưa mất gì; tìm thiết bị chia tải hoặc hai tuyến giữa bộ mã hóa và máy này",
        ),
        ..of_input(look, index, Class::Reordering)
    }
}

fn restarted(look: &Look<'_>, index: usize, now: &InputReport, before: &InputReport) -> Suspicion {
    let (rtp, was) = (&now.receiver.rtp, &before.receiver.rtp);
    Suspicion {
        places: vec![Place::Source],
        verdict: Text::new(
            format!("the sender of input {index} began anew"),
            format!("bên gửi của đầu vào {index} đã khởi động lại"),
        ),
        evidence: vec![Text::new(
            format!(
                "{} new RTP sources, {} restarts of the sequence, {} leaps of the source's clock",
                rose(rtp.ssrc_changes, was.ssrc_changes),
                rose(rtp.restarts, was.restarts),
                rose(now.feed.leaps, before.feed.leaps),
            ),
            format!(
                "{} nguồn RTP mới, {} lần đánh số lại, {} lần đồng hồ nguồn nhảy",
                rose(rtp.ssrc_changes, was.ssrc_changes),
                rose(rtp.restarts, was.restarts),
                rose(now.feed.leaps, before.feed.leaps),
            ),
        )],
        next: Text::new(
            "ask who restarted the encoder; if nobody did, look at its power and its log",
            "hỏi ai đã khởi động lại bộ mã hóa; nếu không ai, xem nguồn điện và nhật ký của nó",
        ),
        ..of_input(look, index, Class::SourceRestarted)
    }
}
