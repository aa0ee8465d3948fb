//! Where the log goes: to the journal with its fields, where systemd started the node, else to stderr
//! as text, each line with the country's time. HEADEND_LOG chooses more (`HEADEND_LOG=debug`) or less.

use std::os::linux::fs::MetadataExt as _;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::time::FormatTime;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

use crate::channel::wall_now;
use crate::meeting::when;
use crate::report::millis;

/// Fields of ours begin with it in the journal: `HEADEND_INCIDENT_CLASS`.
const PREFIX: &str = "HEADEND";

/// Begins the log of this process.
pub(super) fn start() {
    let filter = EnvFilter::try_from_env("HEADEND_LOG").unwrap_or_else(|_| EnvFilter::new("info"));
    let journal = is_the_journal(std::env::var("JOURNAL_STREAM").ok().as_deref());
    if journal && let Ok(journal) = tracing_journald::layer() {
        let journal = journal.with_field_prefix(Some(PREFIX.to_owned()));
        // A second log of one process is a test's.
        let _ = tracing_subscriber::registry()
            .with(filter)
            .with(journal)
            .try_init();
        return;
    }
    let _ = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_timer(Here)
        .with_target(false)
        .with_ansi(super::colour(&std::io::stderr()))
        .try_init();
}

/// The wall clock of the country, RFC 3339.
struct Here;

impl FormatTime for Here {
    fn format_time(&self, to: &mut Writer<'_>) -> std::fmt::Result {
        let now = millis(wall_now());
        to.write_str(&when::format(now, "%Y-%m-%dT%H:%M:%S%.3f%:z"))
    }
}

/// Whether stderr is the stream that systemd named: device and inode (systemd.exec(5)). A program
/// that an operator starts from a service with its stderr elsewhere inherits the name alone.
fn is_the_journal(stream: Option<&str>) -> bool {
    let named = stream.and_then(|stream| {
        let (device, inode) = stream.split_once(':')?;
        Some((device.parse::<u64>().ok()?, inode.parse::<u64>().ok()?))
    });
    let stderr = std::fs::metadata("/proc/self/fd/2").ok();
    let stderr = stderr.map(|own| (own.st_dev(), own.st_ino()));
    named.is_some() && named == stderr
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_has_the_time_of_the_country() {
        let mut line = String::new();
        Here.format_time(&mut Writer::new(&mut line)).unwrap();
        assert!(line.ends_with("+07:00"), "{line}");
        let told = crate::report::parsed(&line).unwrap();
        assert!((millis(wall_now()) - told).abs() < 60_000, "{line}");
    }
}
