//! What is wrong with this machine.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use super::book::Suspicion;
use super::incident::{Class, Place, Text};
use super::{Look, certificate};
use crate::net::Link;
use crate::tls::Facts;

/// A departure later than this empties a receiver's buffer.
const LATE: Duration = Duration::from_millis(100);
/// A step of the wall clock beyond this is none of a time server's slow corrections.
const STEP: i64 = 500_000_000;

/// What the machine says of itself.
#[derive(Clone, Debug, Default)]
pub struct Machine {
    /// Its interfaces.
    pub links: Vec<Link>,
    /// By how much the wall clock moved against the monotonic one since the last look, ns.
    pub stepped: i64,
    /// Why the record is not written.
    pub record: Option<String>,
    /// Why the archive is not written.
    pub archive: Option<Text>,
    /// Share of the last ten seconds in which something waited for a processor, percent; `None`
    /// where the kernel does not say (`/proc/pressure/cpu`).
    pub pressure: Option<f64>,
    /// The certificate of HTTPS; `None` where there is none.
    pub certificate: Option<Arc<Facts>>,
}

impl Machine {
    /// The interface of that name or address, or the one that has the address `own`.
    pub(super) fn link(&self, interface: Option<&str>, own: IpAddr) -> Option<&Link> {
        let named = interface.and_then(|written| {
            let address: Option<IpAddr> = written.parse().ok();
            self.links.iter().find(|link| {
                let has = |of: &IpAddr| Some(*of) == address;
                link.name == written || link.addresses.iter().any(has)
            })
        });
        named.or_else(|| {
            let has = |link: &&Link| link.addresses.contains(&own);
            self.links.iter().find(has)
        })
    }
}

/// What is wrong with the machine, as far as the channel has to do with it.
pub(super) fn suspect(look: &Look<'_>) -> Vec<Suspicion> {
    let machine = look.machine;
    let late = look
        .now()
        .map(|now| now.outputs.iter().map(|output| output.late).max());
    let late = late.flatten().unwrap_or_default();
    let mut found = Vec::new();
    if late >= LATE {
        found.push(short_of_cpu(late, machine.pressure));
    }
    if machine.stepped.abs() >= STEP {
        found.push(stepped(machine.stepped));
    }
    if let Some(failed) = &machine.record {
        found.push(record(failed));
    }
    if let Some(failed) = &machine.archive {
        found.push(archive(failed));
    }
    if let Some(facts) = &machine.certificate {
        found.extend(certificate::suspect(facts, look.at.unix_seconds()));
    }
    found
}

pub(super) fn of_machine(class: Class, verdict: Text) -> Suspicion {
    Suspicion {
        class,
        subject: "machine".to_owned(),
        places: vec![Place::Machine],
        verdict,
        evidence: Vec::new(),
        next: Text::default(),
        on_air: true,
    }
}

fn short_of_cpu(late: Duration, pressure: Option<f64>) -> Suspicion {
    let late = late.as_millis();
    let pressure_en = pressure.map_or_else(|| "unknown".to_owned(), |p| format!("{p:.0} %"));
    Suspicion {
        evidence: vec![Text::new(
            format!(
                "a packet left {late} ms after its time in the last second; waiting for a processor: {pressure_en} of the last 10 s"
            ),
            format!(
                "giây vừa qua có gói đi muộn {late} ms; chờ bộ xử lý: {pressure_en} của 10 giây qua"
            ),
        )],
        next: Text::new(
            "see with `top` what takes the processor and end it; allow real-time scheduling to headend (guide, service); give a virtual machine its own cores",
            "dùng `top` xem chương trình nào chiếm bộ xử lý và dừng nó; cho headend lập lịch thời gian thực (xem hướng dẫn); dành lõi riêng cho máy ảo",
        ),
        ..of_machine(
            Class::ShortOfCpu,
            Text::new(
                "this machine is short of processor time: packets leave late",
                "máy này thiếu thời gian xử lý: gói đi muộn",
            ),
        )
    }
}

#[expect(clippy::cast_precision_loss, reason = "seconds for people")]
fn stepped(by: i64) -> Suspicion {
    let seconds = by as f64 / 1e9;
    Suspicion {
        evidence: vec![Text::new(
            format!("the wall clock moved by {seconds:+.1} s against the monotonic clock"),
            format!("đồng hồ máy đã nhảy {seconds:+.1} giây"),
        )],
        next: Text::new(
            "the stream does not mind; times in logs, guides and playlists leap. Let chrony slew the clock instead of setting it",
            "luồng phát không bị ảnh hưởng; giờ trong nhật ký và danh sách phát bị nhảy. Hãy để chrony chỉnh dần thay vì đặt lại",
        ),
        on_air: false,
        ..of_machine(
            Class::ClockStepped,
            Text::new(
                format!("the clock of this machine was set by {seconds:+.1} s"),
                format!("đồng hồ của máy này bị đặt lệch {seconds:+.1} giây"),
            ),
        )
    }
}

fn record(failed: &str) -> Suspicion {
    Suspicion {
        evidence: vec![Text::new(failed, format!("hệ thống báo: {failed}"))],
        next: Text::new(
            "free space on the disk of [node] state-dir or mend it; the channels stay on air",
            "giải phóng hoặc sửa đĩa của [node] state-dir; các kênh vẫn phát",
        ),
        on_air: false,
        ..of_machine(
            Class::RecordFailed,
            Text::new("the record is not written", "không ghi được sổ"),
        )
    }
}

fn archive(failed: &Text) -> Suspicion {
    Suspicion {
        evidence: vec![failed.clone()],
        next: Text::new(
            "free space on the disk of [node] state-dir, mend it, or give the archive less; the channels stay on air, what comes meanwhile cannot be watched later",
            "giải phóng hoặc sửa đĩa của [node] state-dir, hoặc giảm dung lượng lưu; các kênh vẫn phát, đoạn trong lúc này không xem lại được",
        ),
        on_air: false,
        ..of_machine(
            Class::ArchiveFailed,
            Text::new(
                "the archive of the programme is not written",
                "không ghi được kho lưu chương trình",
            ),
        )
    }
}
