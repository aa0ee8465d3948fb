//! The guide, typed: every command of its `sh` blocks is run, and every `toml` block is checked,
//! on a host of its own, in the order in which a reader meets them.

use std::fs;
use std::net::{SocketAddr, TcpStream};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use headend_tests::certificate;
use headend_tests::lab::{Host, Lab, Running, until};
use headend_tests::node::programs;

/// For a command that ends by itself.
const PATIENCE: Duration = Duration::from_secs(40);
const FIRST: &str = "docs/guide/first-broadcast.md";
/// What stands before a fragment, to make it a whole file.
const CHANNEL: &str = "[[channel]]\nid = \"doc\"\n";
const INPUT: &str = "[[channel.input]]\nurl = \"udp://127.0.0.1:6000\"\n";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// A fenced block of a document.
#[derive(Debug)]
struct Block {
    /// `FILE:LINE`, for messages.
    place: String,
    language: String,
    body: String,
    /// The file that the sentence before names.
    file: Option<String>,
}

fn blocks(document: &str) -> Vec<Block> {
    let text = fs::read_to_string(root().join(document)).unwrap();
    let (mut blocks, mut open, mut sentence) = (Vec::<Block>::new(), false, "");
    for (number, line) in (1..).zip(text.lines()) {
        match line.strip_prefix("```") {
            Some(_) if open => open = false,
            Some(language) => {
                open = true;
                let named = sentence.split('`').skip(1).step_by(2);
                blocks.push(Block {
                    place: format!("{document}:{number}"),
                    language: language.to_owned(),
                    body: String::new(),
                    file: named
                        .filter(|n| n.ends_with(".toml"))
                        .last()
                        .map(str::to_owned),
                });
            }
            None if open => {
                let block = blocks.last_mut().unwrap();
                block.body += line;
                block.body.push('\n');
            }
            None if line.is_empty() => {}
            None => sentence = line,
        }
    }
    assert!(!open, "{document}: a block without an end");
    blocks
}

/// Where a reader types.
struct Desk {
    lab: Lab,
    folder: tempfile::TempDir,
    node: Option<Running>,
    feeds: Vec<Running>,
}

impl Desk {
    fn new() -> Self {
        let lab = Lab::new().unwrap();
        let folder = tempfile::tempdir().unwrap();
        // VLC, which is nobody, writes here.
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o777)).unwrap();
        let key = folder.path().join("srt.key");
        fs::write(&key, "mat-khau-dai-du\n").unwrap();
        fs::set_permissions(&key, fs::Permissions::from_mode(0o600)).unwrap();
        let key = folder.path().join("webhook.key");
        fs::write(&key, "khoa-ky-du-dai-cho-webhook\n").unwrap();
        fs::set_permissions(&key, fs::Permissions::from_mode(0o600)).unwrap();
        certificate::put(folder.path(), Duration::from_secs(90 * 86_400));
        let desk = Self {
            lab,
            folder,
            node: None,
            feeds: Vec::new(),
        };
        desk.ends(
            "ip link add eth0 type veth peer name eth1",
            "a network card",
        );
        desk
    }

    fn shell(&self, line: &str) -> Command {
        let mut command = self.lab.command(Host::Node, "sh");
        let path = std::env::var("PATH").unwrap();
        command
            .args(["-c", &format!("exec {line}")])
            .current_dir(self.folder.path())
            .env("PATH", format!("{}:{path}", programs().display()))
            .env("LANG", "C.UTF-8");
        command
    }

    fn starts(&self, line: &str, place: &str) -> Running {
        Running::start(self.shell(line), line).unwrap_or_else(|e| panic!("{place}: {e:#}"))
    }

    /// Runs what ends by itself.
    fn ends(&self, line: &str, place: &str) -> String {
        let said = self.starts(line, place).finish(PATIENCE);
        said.unwrap_or_else(|e| panic!("{place}: {e:#}"))
    }

    /// Types one line.
    fn type_in(&mut self, line: &str, place: &str) {
        let words: Vec<&str> = line.split_whitespace().collect();
        match words[..] {
            ["make", target] => {
                let makefile = fs::read_to_string(root().join("Makefile")).unwrap();
                let rule = format!("\n{target}:");
                assert!(makefile.contains(&rule), "{place}: no such target: {line}");
            }
            ["headend", "demo" | "run", ..] => self.run_node(line, place),
            ["headend", ..] => {
                self.ends(line, place);
            }
            ["ffmpeg", ..] => self.feeds.push(self.starts(line, place)),
            ["vlc", ..] => self.watch(line, place),
            _ => panic!("{place}: nobody tests `{line}`"),
        }
    }

    /// The node that ran before gets its Ctrl-C, as the guide says.
    fn run_node(&mut self, line: &str, place: &str) {
        drop(self.node.take());
        let node = self.starts(line, place);
        let answers = || {
            let port = SocketAddr::from(([127, 0, 0, 1], 8080));
            let connect = self
                .lab
                .on(Host::Node, move || TcpStream::connect(port).is_ok());
            connect.join().unwrap()
        };
        let up = until("the node answers", PATIENCE, answers);
        assert!(up.is_ok(), "{place}: {}", node.said());
        self.node = Some(node);
    }

    /// VLC without a screen; it refuses to run as root, as it should.
    fn watch(&self, line: &str, place: &str) {
        let out = self.folder.path().join("seen.ts");
        let rest = line.strip_prefix("vlc ").unwrap();
        let vlc = format!(
            "runuser -u nobody -- cvlc -I dummy --run-time=6 '--sout=#std{{access=file,mux=ts,dst={}}}' {rest} vlc://quit",
            out.display()
        );
        let said = self.ends(&vlc, place);
        let size = fs::metadata(&out).map_or(0, |m| m.len());
        assert!(size > 300_000, "{place}: VLC saw {size} bytes: {said}");
        fs::remove_file(&out).unwrap();
    }

    fn check(&self, block: &Block) {
        let text = match block.body.lines().next() {
            Some("[[channel.input]]") => format!("{CHANNEL}{}", block.body),
            Some("[[channel.output]]" | "[channel.failover]") => {
                format!("{CHANNEL}{INPUT}{}", block.body)
            }
            _ => block.body.clone(),
        };
        let file = block.file.as_deref().unwrap_or("block.toml");
        fs::write(self.folder.path().join(file), text).unwrap();
        self.ends(&format!("headend config check {file}"), &block.place);
    }

    /// Follows a whole document.
    fn follow(&mut self, blocks: &[Block]) {
        for block in blocks {
            match &*block.language {
                "sh" => {
                    for line in block.body.lines().filter(|l| !l.is_empty()) {
                        self.type_in(line, &block.place);
                    }
                }
                "toml" => self.check(block),
                "text" | "console" => {}
                other => panic!("{}: what is `{other}`?", block.place),
            }
        }
        for running in self.node.iter_mut().chain(&mut self.feeds) {
            assert!(running.is_alive(), "ended: {}", running.said());
        }
    }
}

#[test]
fn the_first_broadcast_goes_as_written() {
    let blocks = blocks(FIRST);
    let lines: usize = blocks.iter().map(|b| b.body.lines().count()).sum();
    assert!(lines > 10, "{FIRST} has lost its commands");
    Desk::new().follow(&blocks);
}

#[test]
fn every_other_command_and_configuration_of_the_documents_works() {
    let mut desk = Desk::new();
    // The node of the first broadcast, with its feed, is what the reader has by now.
    for block in blocks(FIRST).iter().filter(|b| b.file.is_some()) {
        desk.check(block);
        // Found by itself, as the one in /etc/headend is on a machine with the package.
        fs::write(desk.folder.path().join("headend.toml"), &block.body).unwrap();
    }
    for block in blocks(FIRST).iter().filter(|b| b.language == "sh") {
        for line in block.body.lines() {
            if line.starts_with("headend run ") || line.starts_with("ffmpeg ") {
                desk.type_in(line, &block.place);
            }
        }
    }
    let mut documents = vec!["README.md".to_owned()];
    for entry in fs::read_dir(root().join("docs/guide")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        documents.push(format!("docs/guide/{name}"));
    }
    documents.retain(|d| d != FIRST && d.ends_with(".md"));
    documents.sort();
    for document in documents {
        desk.follow(&blocks(&document));
    }
}
