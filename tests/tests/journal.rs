//! The log where systemd reads it: with its fields, and as text everywhere else.

use std::collections::BTreeMap;
use std::fs::File;
use std::os::linux::fs::MetadataExt as _;
use std::os::unix::net::UnixDatagram;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use headend_tests::lab::until;
use headend_tests::node::headend;

const PATIENCE: Duration = Duration::from_secs(20);

/// The node sees a journal that listens in `$1`; nobody else does.
const ENTER: &str = r#"
set -e
mount -t tmpfs tmpfs /run
mkdir -p /run/systemd/journal
mount --bind "$1" /run/systemd/journal
exec "$2" run --config "$3"
"#;

/// A node whose only input is not there.
struct Node {
    process: Child,
    folder: tempfile::TempDir,
    journal: UnixDatagram,
}

impl Node {
    fn start(stream: impl FnOnce(&File) -> String) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let place = |name: &str| folder.path().join(name);
        std::fs::create_dir(place("journal")).unwrap();
        let journal = UnixDatagram::bind(place("journal/socket")).unwrap();
        journal.set_read_timeout(Some(PATIENCE)).unwrap();
        let text = format!(
            "[node]\nstate-dir = {:?}\n[http]\nlisten = [\"127.0.0.1:0\"]\n[[channel]]\nid = \"hop\"\n\
            slate = false\n[[channel.input]]\nurl = \"file:{}\"\n",
            place("state"),
            place("none.ts").display()
        );
        std::fs::write(place("headend.toml"), text).unwrap();
        let stderr = File::create(place("stderr")).unwrap();
        let mut command = Command::new("unshare");
        command
            .args(["--mount", "sh", "-c", ENTER, "sh"])
            .arg(place("journal"))
            .arg(headend())
            .arg(place("headend.toml"))
            .env("JOURNAL_STREAM", stream(&stderr))
            .stdin(Stdio::null())
            .stderr(stderr);
        Self {
            process: command.spawn().expect("unshare (package util-linux)"),
            folder,
            journal,
        }
    }

    fn stderr(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("stderr")).unwrap()
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The fields of an entry in the journal's own protocol
/// (<https://systemd.io/JOURNAL_NATIVE_PROTOCOL>).
fn fields(mut entry: &[u8]) -> BTreeMap<String, String> {
    let mut fields = BTreeMap::new();
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    while let Some(end) = entry.iter().position(|byte| *byte == b'\n') {
        let (line, rest) = (&entry[..end], &entry[end + 1..]);
        if let Some(at) = line.iter().position(|byte| *byte == b'=') {
            fields.insert(text(&line[..at]), text(&line[at + 1..]));
            entry = rest;
        } else {
            let (length, rest) = rest.split_at(8);
            let length = u64::from_le_bytes(length.try_into().unwrap());
            let (value, rest) = rest.split_at(usize::try_from(length).unwrap());
            fields.insert(text(line), text(value));
            entry = &rest[1..];
        }
    }
    fields
}

#[test]
fn an_incident_is_in_the_journal_with_its_fields() {
    let stream = |stderr: &File| {
        let stderr = stderr.metadata().unwrap();
        format!("{}:{}", stderr.st_dev(), stderr.st_ino())
    };
    let node = Node::start(stream);
    let mut buffer = vec![0; 1 << 16];
    let incident = loop {
        let taken = node.journal.recv(&mut buffer);
        let taken = taken.unwrap_or_else(|error| panic!("{error}: {}", node.stderr()));
        let fields = fields(&buffer[..taken]);
        if fields.contains_key("HEADEND_INCIDENT_CLASS") {
            break fields;
        }
    };
    let of = |name: &str| incident.get(name).map_or("", String::as_str);
    assert_eq!(of("HEADEND_INCIDENT_CLASS"), "not-open", "{incident:#?}");
    assert_eq!(of("HEADEND_CHANNEL"), "hop");
    assert_eq!(of("HEADEND_INCIDENT_SUBJECT"), "input 0");
    assert_eq!(of("HEADEND_INCIDENT_PLACES"), "machine", "{incident:#?}");
    assert_eq!(of("HEADEND_INCIDENT_SEVERITY"), "critical", "{incident:#?}");
    assert!(of("HEADEND_INCIDENT_ID").starts_with("hop-"));
    assert_eq!(of("PRIORITY"), "4");
    assert_eq!(of("SYSLOG_IDENTIFIER"), "headend");
    assert!(of("MESSAGE").starts_with("incident: "), "{incident:#?}");
    assert_eq!(node.stderr(), "", "nothing is told twice");
}

#[test]
fn a_node_whose_stderr_is_not_the_journals_writes_text() {
    let node = Node::start(|_| "1:1".to_owned());
    let told = until("text", PATIENCE, || {
        node.stderr().contains("incident.class=\"not-open\"")
    });
    assert!(told.is_ok(), "{}", node.stderr());
    assert!(
        Path::new("/proc")
            .join(node.process.id().to_string())
            .exists()
    );
}
