//! What the kernel says of this process.

use std::fs;

use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike;

/// The process now; zeros where the kernel does not say.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct ProcessSnapshot {
    /// Processor time of all threads.
    pub cpu_seconds: f64,
    /// Memory in use.
    pub resident_bytes: u64,
    /// Open descriptors.
    pub descriptors: u64,
}

impl ProcessSnapshot {
    /// Reads `/proc/self`.
    #[must_use]
    pub fn read() -> Self {
        let cpu_seconds = getrusage(UsageWho::RUSAGE_SELF).map_or(0.0, |usage| {
            let micros = (usage.user_time() + usage.system_time()).num_microseconds();
            micros as f64 / 1e6
        });
        Self {
            cpu_seconds,
            resident_bytes: resident_bytes().unwrap_or(0),
            descriptors: fs::read_dir("/proc/self/fd").map_or(0, |list| list.count() as u64),
        }
    }
}

fn resident_bytes() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kilobytes: u64 = line.split_whitespace().next()?.parse().ok()?;
    Some(kilobytes * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_living_process_uses_memory_and_descriptors() {
        let process = ProcessSnapshot::read();
        assert!(process.resident_bytes > 100_000);
        assert!(process.descriptors >= 3);
    }
}
