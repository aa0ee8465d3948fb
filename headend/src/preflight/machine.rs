//! The machine that the node runs on: read, then judged.

use std::path::Path;
use std::time::Duration;

use super::{Line, say};
use crate::cause::Text;
use crate::net::clock::{self, Discipline};

/// Playlists carry the wall time; viewers' players are off by more than this anyhow.
const CLOCK_ERROR: Duration = Duration::from_secs(1);
/// What the node asks for (`net/datagrams.rs` and `net/sink.rs`).
const BUFFERS: [(&str, u64); 2] = [("rmem_max", 8 << 20), ("wmem_max", 4 << 20)];
/// The record of a day of 200 channels is some 100 MB.
const DISK_GOOD: u64 = 1 << 30;
/// SQLite needs room for a journal of a few MB, or the record stops.
const DISK_LEAST: u64 = 64 << 20;
/// Viewers of HLS come all at once when a meeting begins, and a switch reads its reserve at once.
const IDLE_GOOD: f64 = 0.4;
/// Under this a burst makes packets late.
const IDLE_LEAST: f64 = 0.15;
/// The host takes so much of this virtual machine's time that packets leave late.
const STEAL: f64 = 0.05;
/// CAP_NET_ADMIN, with which limits of socket buffers do not hold (capability.h).
const NET_ADMIN: u32 = 12;

const PLACE: &str = "machine";

/// What the machine says of itself.
#[derive(Clone, Debug, Default)]
pub(crate) struct Facts {
    /// How the clock is held.
    pub(crate) clock: Option<Discipline>,
    /// Bytes free where the record is, for this node's user.
    pub(crate) disk_free: Option<u64>,
    /// Limits of socket buffers, by name.
    pub(crate) buffers: Vec<(&'static str, Option<u64>, u64)>,
    /// The node's process.
    pub(crate) node: Option<Process>,
    /// Shares of a second: idle, stolen by the host.
    pub(crate) cpu: Option<(f64, f64)>,
}

/// What the kernel says of the node's process.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Process {
    /// One thread or more is scheduled as SCHED_FIFO.
    pub(crate) real_time: bool,
    /// Memory is locked.
    pub(crate) locked: bool,
    /// CAP_NET_ADMIN.
    pub(crate) net_admin: bool,
}

impl Facts {
    /// Reads all; takes `look` for the processors.
    pub(crate) fn read(state_dir: &Path, node: Option<i32>, look: Duration) -> Self {
        let before = cpu();
        std::thread::sleep(look);
        let free = nix::sys::statvfs::statvfs(state_dir).ok();
        Self {
            clock: clock::discipline().ok(),
            disk_free: free.map(|at| at.blocks_available() * at.fragment_size()),
            buffers: BUFFERS
                .iter()
                .map(|(name, wanted)| (*name, number("/proc/sys/net/core", name), *wanted))
                .collect(),
            node: node.and_then(process),
            cpu: before
                .zip(cpu())
                .and_then(|(before, after)| shares(before, after)),
        }
    }
}

fn number(folder: &str, name: &str) -> Option<u64> {
    let text = std::fs::read_to_string(format!("{folder}/{name}")).ok()?;
    text.trim().parse().ok()
}

fn process(pid: i32) -> Option<Process> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let field = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name))?;
        Some(line.trim().trim_end_matches("kB").trim().to_owned())
    };
    let capabilities = field("CapEff:").and_then(|bits| u64::from_str_radix(&bits, 16).ok());
    let threads = std::fs::read_dir(format!("/proc/{pid}/task")).ok()?;
    let real_time = threads.flatten().any(|thread| {
        let stat = std::fs::read_to_string(thread.path().join("stat")).unwrap_or_default();
        is_fifo(&stat)
    });
    Some(Process {
        real_time,
        locked: field("VmLck:").is_some_and(|kilobytes| kilobytes != "0"),
        net_admin: capabilities.is_some_and(|bits| bits & (1 << NET_ADMIN) != 0),
    })
}

/// Whether field 41 of a thread's stat, its policy, is SCHED_FIFO (proc_pid_stat(5)). The second
/// field is a name in brackets that may hold anything.
fn is_fifo(stat: &str) -> bool {
    let after = stat.rsplit_once(')').map(|(_, after)| after);
    let policy = after.and_then(|after| after.split_whitespace().nth(38));
    policy == Some("1")
}

/// user, nice, system, idle, iowait, irq, softirq, steal (proc_stat(5)).
fn cpu() -> Option<[u64; 8]> {
    let text = std::fs::read_to_string("/proc/stat").ok()?;
    let mut figures = text.lines().next()?.split_whitespace().skip(1);
    let mut all = [0; 8];
    for slot in &mut all {
        *slot = figures.next()?.parse().ok()?;
    }
    Some(all)
}

/// The shares that were idle and stolen.
fn shares(before: [u64; 8], after: [u64; 8]) -> Option<(f64, f64)> {
    let spent: Vec<f64> = before
        .iter()
        .zip(after)
        .map(|(before, after)| after.saturating_sub(*before) as f64)
        .collect();
    let all: f64 = spent.iter().sum();
    let [_, _, _, idle, waiting, _, _, steal] = spent[..] else {
        return None;
    };
    (all > 0.0).then(|| ((idle + waiting) / all, steal / all))
}

/// The lines of the machine.
pub(crate) fn judge(facts: &Facts, state_dir: &Path) -> Vec<Line> {
    let mut lines = vec![clock_line(facts.clock), disk(facts.disk_free, state_dir)];
    lines.extend(
        facts
            .buffers
            .iter()
            .map(|buffer| socket_buffer(*buffer, facts.node)),
    );
    lines.extend(permissions(facts.node));
    lines.push(processors(facts.cpu));
    lines
}

/// The lines of a machine that this is not.
pub(crate) fn elsewhere() -> Line {
    let text = say(
        "the node runs on another machine; clock, disk, buffers, permissions and CPU are seen there",
        "nút chạy trên máy khác; đồng hồ, đĩa, bộ đệm, quyền và CPU xem ở máy đó",
    );
    let fix = say(
        "run `headend preflight` on that machine too",
        "chạy `headend preflight` trên máy đó nữa",
    );
    Line::not_used("machine", PLACE, text).fix(fix)
}

fn unknown(check: &'static str, what: &str) -> Line {
    let text = say(
        format!("the kernel does not say ({what})"),
        format!("nhân hệ điều hành không cho biết ({what})"),
    );
    Line::unknown(check, PLACE, text)
}

fn clock_line(clock: Option<Discipline>) -> Line {
    let Some(Discipline {
        synchronised,
        error,
    }) = clock
    else {
        return unknown("clock", "adjtimex");
    };
    let fix = say(
        "run a time service: apt install chrony, and see `chronyc tracking`",
        "chạy dịch vụ giờ: apt install chrony, rồi xem `chronyc tracking`",
    );
    let off = error.as_secs_f64();
    match (synchronised, error <= CLOCK_ERROR) {
        (true, true) => {
            let text = say(
                format!("synchronised, off by {:.0} ms at most", off * 1e3),
                format!("đã đồng bộ, lệch nhiều nhất {:.0} ms", off * 1e3),
            );
            Line::good("clock", PLACE, text)
        }
        (true, false) => {
            let text = say(
                format!("synchronised, but may be off by {off:.1} s"),
                format!("đã đồng bộ nhưng có thể lệch {off:.1} s"),
            );
            Line::warning("clock", PLACE, text).fix(fix)
        }
        (false, _) => {
            let text = say(
                "no time service holds the clock",
                "không có dịch vụ giờ nào giữ đồng hồ",
            );
            Line::warning("clock", PLACE, text).fix(fix)
        }
    }
}

fn disk(free: Option<u64>, state_dir: &Path) -> Line {
    let folder = state_dir.display();
    let Some(free) = free else {
        return unknown("disk", &folder.to_string());
    };
    let megabytes = free >> 20;
    let text = say(
        format!("{megabytes} MiB free in {folder}"),
        format!("còn {megabytes} MiB trong {folder}"),
    );
    let fix = say(
        format!("free room there, or move [node] state-dir; `du -sh {folder}` says what is in it"),
        format!("dọn bớt, hoặc chuyển [node] state-dir; `du -sh {folder}` cho biết trong đó có gì"),
    );
    match free {
        DISK_GOOD.. => Line::good("disk", PLACE, text),
        DISK_LEAST.. => Line::warning("disk", PLACE, text).fix(fix),
        _ => Line::critical("disk", PLACE, text).fix(fix),
    }
}

fn socket_buffer(
    (name, limit, wanted): (&'static str, Option<u64>, u64),
    node: Option<Process>,
) -> Line {
    let check = "socket-buffer";
    if node.is_some_and(|node| node.net_admin) {
        let text = say(
            format!("the node may exceed net.core.{name} (CAP_NET_ADMIN)"),
            format!("nút được vượt net.core.{name} (CAP_NET_ADMIN)"),
        );
        return Line::good(check, PLACE, text);
    }
    let Some(limit) = limit else {
        return unknown(check, &format!("net.core.{name}"));
    };
    let text = say(
        format!("net.core.{name} is {limit}, wanted {wanted}"),
        format!("net.core.{name} là {limit}, cần {wanted}"),
    );
    if limit >= wanted {
        return Line::good(check, PLACE, text);
    }
    let command = format!("sysctl -w net.core.{name}={wanted}");
    Line::warning(check, PLACE, text).fix(say(
        format!("{command}, and a line of it in /etc/sysctl.d"),
        format!("{command}, và ghi vào /etc/sysctl.d"),
    ))
}

fn permissions(node: Option<Process>) -> Vec<Line> {
    let check = "permissions";
    let Some(node) = node else {
        return vec![unknown(check, "/proc")];
    };
    let judged = |holds: bool, (good, bad): (Text, Text), fix: Text| match holds {
        true => Line::good(check, PLACE, good),
        false => Line::warning(check, PLACE, bad).fix(fix),
    };
    vec![
        judged(
            node.real_time,
            (
                say(
                    "packets leave on a real-time thread",
                    "gói tin phát từ luồng thời gian thực",
                ),
                say(
                    "no real-time scheduling: under load packets leave late",
                    "không có lịch thời gian thực: khi tải nặng gói tin phát trễ",
                ),
            ),
            say(
                "give CAP_SYS_NICE, or LimitRTPRIO=10 in the unit",
                "cấp CAP_SYS_NICE, hoặc LimitRTPRIO=10 trong unit",
            ),
        ),
        judged(
            node.locked,
            (
                say("its memory is locked", "bộ nhớ được khóa"),
                say(
                    "its memory is not locked: a page fault can hold packets up",
                    "bộ nhớ không khóa: lỗi trang có thể làm trễ gói tin",
                ),
            ),
            say(
                "give CAP_IPC_LOCK, or LimitMEMLOCK=infinity in the unit",
                "cấp CAP_IPC_LOCK, hoặc LimitMEMLOCK=infinity trong unit",
            ),
        ),
    ]
}

fn processors(cpu: Option<(f64, f64)>) -> Line {
    let Some((idle, steal)) = cpu else {
        return unknown("cpu", "/proc/stat");
    };
    let (free, stolen) = (idle * 100.0, steal * 100.0);
    let text = say(
        format!("{free:.0} % free, {stolen:.0} % taken by the host"),
        format!("rảnh {free:.0} %, máy chủ lấy {stolen:.0} %"),
    );
    let fix = say(
        "end what else runs here (`top`), or give the machine more processors",
        "tắt bớt việc khác trên máy (`top`), hoặc thêm bộ xử lý",
    );
    match () {
        () if idle < IDLE_LEAST => Line::critical("cpu", PLACE, text).fix(fix),
        () if idle < IDLE_GOOD => Line::warning("cpu", PLACE, text).fix(fix),
        () if steal > STEAL => Line::warning("cpu", PLACE, text).fix(say(
            "ask for processors of its own for this virtual machine",
            "xin bộ xử lý riêng cho máy ảo này",
        )),
        () => Line::good("cpu", PLACE, text),
    }
}

#[cfg(test)]
mod tests {
    use super::super::Grade;
    use super::*;

    fn grade(facts: &Facts, check: &str) -> Grade {
        let lines = judge(facts, Path::new("/x"));
        lines.iter().find(|line| line.check == check).unwrap().grade
    }

    #[test]
    fn each_figure_has_its_limit() {
        let with = |free| Facts {
            disk_free: free,
            ..Facts::default()
        };
        assert_eq!(grade(&with(Some(2 << 30)), "disk"), Grade::Good);
        assert_eq!(grade(&with(Some(100 << 20)), "disk"), Grade::Warning);
        assert_eq!(grade(&with(Some(0)), "disk"), Grade::Critical);
        assert_eq!(grade(&with(None), "disk"), Grade::Unknown);
        let with = |synchronised, millis| Facts {
            clock: Some(Discipline {
                synchronised,
                error: Duration::from_millis(millis),
            }),
            ..Facts::default()
        };
        assert_eq!(grade(&with(true, 20), "clock"), Grade::Good);
        assert_eq!(grade(&with(true, 2_000), "clock"), Grade::Warning);
        assert_eq!(grade(&with(false, 0), "clock"), Grade::Warning);
        let with = |cpu| Facts {
            cpu: Some(cpu),
            ..Facts::default()
        };
        assert_eq!(grade(&with((0.9, 0.0)), "cpu"), Grade::Good);
        assert_eq!(grade(&with((0.9, 0.1)), "cpu"), Grade::Warning);
        assert_eq!(grade(&with((0.3, 0.0)), "cpu"), Grade::Warning);
        assert_eq!(grade(&with((0.1, 0.0)), "cpu"), Grade::Critical);
    }

    #[test]
    fn a_small_buffer_counts_only_where_the_limit_holds() {
        let with = |limit, net_admin| Facts {
            buffers: vec![("rmem_max", limit, 8 << 20)],
            node: Some(Process {
                net_admin,
                ..Process::default()
            }),
            ..Facts::default()
        };
        assert_eq!(
            grade(&with(Some(212_992), true), "socket-buffer"),
            Grade::Good
        );
        assert_eq!(
            grade(&with(Some(212_992), false), "socket-buffer"),
            Grade::Warning
        );
        assert_eq!(
            grade(&with(Some(8 << 20), false), "socket-buffer"),
            Grade::Good
        );
        assert_eq!(grade(&with(None, false), "socket-buffer"), Grade::Unknown);
    }

    #[test]
    fn the_kernels_figures_are_read_as_it_writes_them() {
        assert_eq!(shares([0; 8], [1, 0, 1, 5, 1, 0, 0, 2]), Some((0.6, 0.2)));
        assert_eq!(shares([9; 8], [9; 8]), None, "no time went by");
        let fields = |policy: &str| format!("7 (a) b) S {} {policy} 0 0", ["0"; 37].join(" "));
        assert!(is_fifo(&fields("1")));
        assert!(!is_fifo(&fields("0")) && !is_fifo(""));
        let own = process(i32::try_from(std::process::id()).unwrap()).unwrap();
        assert!(!own.real_time, "a test is an ordinary process");
        assert!(cpu().is_some());
    }
}
