//! Where the log goes: to the journal with its fields, where systemd started the node, else to stderr
//! as text. HEADEND_LOG chooses more (`HEADEND_LOG=debug`) or less.

use std::io::IsTerminal as _;
use std::os::linux::fs::MetadataExt as _;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

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
    let terminal = std::io::stderr().is_terminal();
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_target(false)
        .with_ansi(super::colour(&std::io::stderr()));
    // The journal has the time already.
    let _ = match terminal {
        true => log.try_init(),
        false => log.without_time().try_init(),
    };
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
