//! A node that runs, and every command that talks to one.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::UdpSocket;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use nix::sys::signal::Signal;

use super::{Done, headend, run};

/// A debug build starts within this on a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);

/// `headend run` with one channel `a` that waits for datagrams, in a directory of its own.
struct Node {
    dir: tempfile::TempDir,
    child: Child,
}

impl Node {
    fn start() -> Self {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("headend.toml"), configuration("Kênh A", "")).unwrap();
        let child = spawn(dir.path());
        let mut node = Self { dir, child };
        node.wait_until_it_answers();
        node
    }

    fn wait_until_it_answers(&mut self) {
        let deadline = Instant::now() + PATIENCE;
        while self.run(&["status"]).code != 0 {
            assert!(Instant::now() < deadline, "the node did not start");
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    fn run(&self, arguments: &[&str]) -> Done {
        run(self.dir.path(), arguments)
    }

    fn json(&self, arguments: &[&str]) -> serde_json::Value {
        let done = self.run(&[arguments, &["--output", "json"]].concat());
        assert_eq!(done.code, 0, "{done:?}");
        serde_json::from_str(&done.out).unwrap()
    }

    fn configure(&self, text: &str) {
        std::fs::write(self.dir.path().join("headend.toml"), text).unwrap();
    }

    fn state(&self, channel: &str) -> String {
        let shown = self.json(&["channel", "show", channel]);
        shown["state"].as_str().unwrap().to_owned()
    }

    /// The snapshot follows a command within a second.
    fn becomes(&self, channel: &str, state: &str) {
        let deadline = Instant::now() + Duration::from_secs(5);
        while self.state(channel) != state {
            assert!(
                Instant::now() < deadline,
                "{channel}: {}",
                self.state(channel)
            );
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    fn stop(&mut self) {
        self.end(Signal::SIGTERM);
    }

    fn end(&mut self, signal: Signal) {
        let pid = nix::unistd::Pid::from_raw(i32::try_from(self.child.id()).unwrap());
        let _ = nix::sys::signal::kill(pid, signal);
        let _ = self.child.wait();
    }

    fn start_again(&mut self) {
        self.child = spawn(self.dir.path());
        self.wait_until_it_answers();
    }

    /// The first incident of channel `a`, as soon as it is `wanted`.
    fn incident(&self, wanted: impl Fn(&serde_json::Value) -> bool) -> serde_json::Value {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let incident = self.json(&["channel", "show", "a"])["incidents"][0].clone();
            if wanted(&incident) {
                return incident;
            }
            assert!(Instant::now() < deadline, "{incident:#}");
            std::thread::sleep(Duration::from_millis(100));
        }
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        self.stop();
    }
}

fn spawn(dir: &Path) -> Child {
    headend(dir)
        .arg("run")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// A port that nobody has now.
fn port() -> u16 {
    UdpSocket::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port()
}

fn channel(id: &str, name: &str) -> String {
    let port = port();
    format!(
        "[[channel]]\nid = \"{id}\"\nname = \"{name}\"\n[[channel.input]]\nurl = \"udp://127.0.0.1:{port}\"\n"
    )
}

fn configuration(name: &str, more: &str) -> String {
    let channel = channel("a", name);
    format!("[node]\nname = \"trial\"\n[http]\nlisten = [\"127.0.0.1:0\"]\n{channel}{more}")
}

#[test]
fn a_node_is_shown_and_its_channels_are_started_and_stopped() {
    let node = Node::start();
    let status = node.run(&["status"]);
    assert!(
        status.out.contains("trial") && status.out.contains("Kênh A"),
        "{status:?}"
    );
    assert_eq!(node.json(&["status"])["name"], "trial");
    assert_eq!(node.json(&["channel", "list"])[0]["id"], "a");
    let shown = node.run(&["channel", "show", "a"]);
    assert!(shown.out.contains("udp://127.0.0.1:"), "{shown:?}");
    let unknown = node.run(&["channel", "show", "b"]);
    assert!(
        unknown.code == 1 && unknown.err.contains("no channel `b`"),
        "{unknown:?}"
    );

    let asked = node.run(&["channel", "stop", "a"]);
    assert_eq!(asked.code, 2, "nobody can be asked: {asked:?}");
    let tried = node.run(&["channel", "stop", "a", "--dry-run"]);
    assert!(
        tried.code == 0 && tried.out.starts_with("- a:"),
        "{tried:?}"
    );
    assert_ne!(node.state("a"), "stopped");
    let stopped = node.run(&["channel", "stop", "a", "--yes"]);
    assert!(
        stopped.code == 0 && stopped.out.starts_with("- a:"),
        "{stopped:?}"
    );
    node.becomes("a", "stopped");
    let again = node.run(&["channel", "stop", "a"]);
    assert!(
        again.code == 0 && again.err.contains("nothing differs"),
        "{again:?}"
    );
    assert_eq!(node.run(&["channel", "start", "a"]).code, 0);
    node.becomes("a", "waiting");
    assert_eq!(node.run(&["top"]).code, 2, "no terminal");
}

#[test]
fn a_reload_is_shown_before_it_is_done_and_refused_with_every_error() {
    let node = Node::start();
    node.configure(&configuration("Kênh khác", &channel("b", "B")));
    let diff = node.run(&["config", "diff"]);
    assert!(
        diff.out.contains("~ a:") && diff.out.contains("+ b:"),
        "{diff:?}"
    );
    assert_eq!(node.json(&["channel", "list"]).as_array().unwrap().len(), 1);
    let reloaded = node.run(&["config", "reload"]);
    assert_eq!((reloaded.code, &reloaded.out), (0, &diff.out));
    assert_eq!(node.json(&["channel", "list"]).as_array().unwrap().len(), 2);
    node.configure("[node]\nnam = 1\n[htp]\n");
    let refused = node.run(&["config", "reload"]);
    assert_eq!(refused.code, 1, "{refused:?}");
    for part in ["headend.toml:2:1", "`nam`", "headend.toml:3:2", "`http`"] {
        assert!(refused.err.contains(part), "{part}: {refused:?}");
    }
    assert_eq!(node.json(&["channel", "list"]).as_array().unwrap().len(), 2);
}

#[test]
fn an_added_channel_outlives_the_node_and_only_such_a_one_is_removed() {
    let mut node = Node::start();
    let file = node.dir.path().join("more.toml");
    std::fs::write(&file, channel("b", "Họp tỉnh")).unwrap();
    let tried = node.run(&["channel", "add", "more.toml", "--dry-run"]);
    assert!(
        tried.code == 0 && tried.out.starts_with("+ b:"),
        "{tried:?}"
    );
    assert_eq!(node.json(&["channel", "list"]).as_array().unwrap().len(), 1);
    assert_eq!(node.run(&["channel", "add", "more.toml"]).code, 0);
    node.becomes("b", "waiting");
    let again = node.run(&["channel", "add", "more.toml"]);
    assert_eq!(again.code, 4, "{again:?}");

    node.stop();
    node.child = spawn(node.dir.path());
    node.wait_until_it_answers();
    node.becomes("b", "waiting");

    let own = node.run(&["channel", "remove", "a", "--yes"]);
    assert!(own.code == 4 && own.err.contains("headend.toml"), "{own:?}");
    assert!(own.err.contains("headend config reload"), "{own:?}");
    let tried = node.run(&["channel", "remove", "b", "--dry-run"]);
    assert!(
        tried.code == 0 && tried.out.starts_with("- b:"),
        "{tried:?}"
    );
    let removed = node.run(&["channel", "remove", "b", "--yes"]);
    assert!(
        removed.code == 0 && removed.out.starts_with("- b:"),
        "{removed:?}"
    );
    assert_eq!(node.json(&["channel", "list"]).as_array().unwrap().len(), 1);
    assert_eq!(node.run(&["channel", "remove", "b", "--yes"]).code, 1);

    std::fs::write(&file, "[[channel]]\nid = \"B\"\n").unwrap();
    let wrong = node.run(&["channel", "add", "more.toml"]);
    assert_eq!(wrong.code, 1, "{wrong:?}");
    assert!(
        wrong.err.contains("more.toml:2:6") && wrong.err.contains("`input` is missing"),
        "{wrong:?}"
    );
}

/// Sends a report of a page to the node's local socket.
fn report(node: &Node, line: &str) {
    let socket = std::fs::read_dir(node.dir.path()).unwrap();
    let socket = socket
        .flat_map(|entry| walk(&entry.unwrap().path()))
        .find(|path| path.ends_with("headend.sock"));
    let mut stream = UnixStream::connect(socket.unwrap()).unwrap();
    let request = format!(
        "POST /cmcd HTTP/1.1\r\nhost: n\r\nconnection: close\r\ncontent-type: application/cmcd\r\ncontent-length: {}\r\n\r\n{line}",
        line.len()
    );
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 204"), "{answer}");
}

fn walk(path: &Path) -> Vec<std::path::PathBuf> {
    match std::fs::read_dir(path) {
        Ok(entries) => entries.flat_map(|e| walk(&e.unwrap().path())).collect(),
        Err(_) => vec![path.to_owned()],
    }
}

#[test]
fn a_code_that_a_hall_reads_out_is_found_and_says_whose_fault_it_was() {
    let node = Node::start();
    let hall = |sid: &str, name: &str| {
        format!(
            "bl=(400),bs,bsd=(3000),cid=a,e=e,mtp=(600),sid=\"{sid}\",sta=f,vn.headend-code=ABD234,vn.headend-fault=connection-lost,vn.headend-hall=\"{name}\",vn.headend-who=line"
        )
    };
    report(&node, &hall("first-page", "Xã Tân Phú"));
    // Twice is one report.
    report(&node, &hall("first-page", "Xã Tân Phú"));
    let deadline = Instant::now() + Duration::from_secs(10);
    let found = loop {
        let found = node.run(&["report", "code", "ab0", "2 34"]);
        if found.code == 0 {
            break found;
        }
        assert_eq!(found.code, 1, "{found:?}");
        assert!(Instant::now() < deadline, "{found:?}");
        std::thread::sleep(Duration::from_millis(50));
    };
    for part in [
        "ABD234",
        "Xã Tân Phú",
        "connection lost: this hall's line",
        "buffer 0.4 s",
        "line gave 600 kbit/s",
        "1 before, 3 s",
        "the channel is not on air on this machine",
    ] {
        assert!(found.out.contains(part), "{part}: {found:?}");
    }
    let told = node.json(&["report", "code", "ABD234"]);
    assert_eq!(told.as_array().unwrap().len(), 1);
    assert_eq!(told[0]["verdict"]["whose"], "machine");
    assert_eq!(told[0]["hall"]["fault"], "connection-lost");

    report(&node, &hall("other-page", "Xã khác"));
    let deadline = Instant::now() + Duration::from_secs(10);
    while node
        .json(&["report", "code", "ABD234"])
        .as_array()
        .unwrap()
        .len()
        < 2
    {
        assert!(Instant::now() < deadline);
        std::thread::sleep(Duration::from_millis(50));
    }
    let both = node.run(&["report", "code", "ABD234"]);
    assert!(both.err.contains("more than one report"), "{both:?}");
    assert!(
        both.out.contains("Xã khác") && both.out.contains("Xã Tân Phú"),
        "{both:?}"
    );

    let unknown = node.run(&["report", "code", "ZZZZZZ"]);
    assert!(
        unknown.code == 1 && unknown.err.contains("--node"),
        "{unknown:?}"
    );
    let wrong = node.run(&["report", "code", "ABC"]);
    assert_eq!(wrong.code, 2, "{wrong:?}");
    let why = node.run(&["why", "a"]);
    assert!(why.out.contains("halls"), "{why:?}");
    let shown = node.run(&["channel", "show", "a"]);
    assert!(shown.out.contains("HALLS  fault 2"), "{shown:?}");
}

#[test]
fn who_has_an_incident_in_hand_has_it_after_the_node_was_stopped_and_killed() {
    let mut node = Node::start();
    let began = node.incident(|incident| incident["id"].is_string());
    let id = began["id"].as_str().unwrap();
    let taken = node.run(&["incident", "ack", id, "--by", "Lan"]);
    assert_eq!(taken.code, 0, "{taken:?}");
    for signal in [Signal::SIGTERM, Signal::SIGKILL] {
        // The record is written each second at most.
        std::thread::sleep(Duration::from_millis(1_200));
        node.end(signal);
        node.start_again();
        let lasts = node.incident(|incident| incident["id"] == id);
        assert_eq!(lasts["acknowledged"]["by"], "Lan", "{lasts:#}");
        assert_eq!(
            (&lasts["start"], &lasts["end"]),
            (&began["start"], &serde_json::Value::Null)
        );
    }
    // Its channel is gone: nobody watches it any more.
    node.end(Signal::SIGKILL);
    let other = configuration("Kênh B", "").replace("id = \"a\"", "id = \"b\"");
    node.configure(&other);
    node.start_again();
    let deadline = Instant::now() + PATIENCE;
    while node.json(&["report", "incident", id])["end"].is_null() {
        assert!(Instant::now() < deadline, "{id} never ended");
        std::thread::sleep(Duration::from_millis(100));
    }
}

#[test]
fn events_are_printed_as_they_happen() {
    let node = Node::start();
    let mut watch = headend(node.dir.path())
        .args(["channel", "watch", "a"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(watch.stdout.take().unwrap()).lines();
    let (tell, told) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        lines
            .map_while(Result::ok)
            .try_for_each(|line| tell.send(line))
    });
    let deadline = Instant::now() + PATIENCE;
    // The watch follows from when it is connected, which nothing tells: stop and start until then.
    let mut verbs = ["stop", "start"].iter().cycle();
    let line = loop {
        assert!(Instant::now() < deadline, "no event came");
        let verb = verbs.next().unwrap();
        assert_eq!(
            node.run(
                &["channel", verb, "a"]
                    .iter()
                    .chain(&["--yes"])
                    .copied()
                    .collect::<Vec<_>>()
            )
            .code,
            0
        );
        match told.recv_timeout(Duration::from_secs(2)) {
            Ok(line) if line.starts_with("channel") => break line,
            _ => {}
        }
    };
    assert!(
        line.contains(" a ") && (line.contains("stopped") || line.contains("waiting")),
        "{line}"
    );
    watch.kill().unwrap();
    watch.wait().unwrap();
}

#[test]
fn the_network_may_read_and_not_write() {
    let dir = tempfile::tempdir().unwrap();
    let http = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let text = configuration("A", "").replace("127.0.0.1:0", &http.to_string());
    std::fs::write(dir.path().join("headend.toml"), text).unwrap();
    let child = spawn(dir.path());
    let mut node = Node { dir, child };
    node.wait_until_it_answers();
    let url = format!("http://{http}");
    assert_eq!(node.json(&["status", "--node", &url])["name"], "trial");
    let refused = node.run(&["channel", "stop", "a", "--yes", "--node", &url]);
    assert!(
        refused.code == 1 && refused.err.contains("read-only"),
        "{refused:?}"
    );
}

#[test]
fn a_node_answers_by_https_to_who_trusts_it() {
    let dir = tempfile::tempdir().unwrap();
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    std::fs::write(dir.path().join("chain.pem"), made.cert.pem()).unwrap();
    let key = made.signing_key.serialize_pem();
    std::fs::write(dir.path().join("key.pem"), key).unwrap();
    let bound = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = bound.local_addr().unwrap().port();
    drop(bound);
    let secure = format!(
        "listen = [\"127.0.0.1:0\"]\ntls-listen = [\"127.0.0.1:{port}\"]\n\
        certificate = \"chain.pem\"\nkey-file = \"key.pem\"\n"
    );
    let text = configuration("A", "").replace("listen = [\"127.0.0.1:0\"]\n", &secure);
    std::fs::write(dir.path().join("headend.toml"), text).unwrap();
    let child = spawn(dir.path());
    let mut node = Node { dir, child };
    node.wait_until_it_answers();
    let (url, other) = (
        format!("https://localhost:{port}"),
        format!("https://127.0.0.1:{port}"),
    );
    let status = |arguments: &[&str]| node.run(&[&["status", "--node"], arguments].concat());
    let trusted = node.json(&["status", "--node", &url, "--ca", "chain.pem"]);
    assert_eq!(trusted["certificate"]["names"][0], "localhost");
    let stranger = status(&[&url]);
    assert_eq!(stranger.code, 3, "{stranger:?}");
    assert!(stranger.err.contains("UnknownIssuer"), "{stranger:?}");
    let name = status(&[&other, "--ca", "chain.pem"]);
    assert_eq!(name.code, 3, "{name:?}");
    assert!(name.err.contains("not valid for name"), "{name:?}");
    let none = status(&[&url, "--ca", "none.pem"]);
    assert!(none.code == 2 && none.err.contains("none.pem"), "{none:?}");
}

#[test]
fn a_port_that_is_taken_is_named_once_with_what_to_do() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("headend.toml"), configuration("A", "")).unwrap();
    let port = address.port().to_string();
    for (arguments, next) in [
        (["run", "--listen", &address.to_string()], "[http] listen"),
        (["demo", "--port", &port], "leave --port out"),
    ] {
        let done = run(dir.path(), &arguments);
        assert_eq!(done.code, 1, "{done:?}");
        let why = format!("cannot listen on {address}: ");
        assert!(
            done.err.contains(&why) && done.err.contains(next),
            "{done:?}"
        );
        assert_eq!(done.err.matches("os error").count(), 1, "{done:?}");
    }
}

#[test]
fn a_node_with_a_wrong_configuration_does_not_start_and_says_why() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("headend.toml"), "[nod]\n").unwrap();
    let done = run(dir.path(), &["run"]);
    assert_eq!(done.code, 1);
    assert!(done.err.contains("did you mean `node`?"), "{done:?}");
    let flag = run(
        dir.path(),
        &["run", "--config", "none.toml", "--listen", "8080"],
    );
    assert!(
        flag.err.contains("--listen") && flag.err.contains("none.toml"),
        "{flag:?}"
    );
}

#[test]
fn meetings_whose_channel_goes_are_told_and_what_cannot_be_is_refused_in_words() {
    let node = Node::start();
    node.configure(&configuration("Kênh A", &channel("b", "B")));
    assert_eq!(node.run(&["config", "reload"]).code, 0);
    let add = |start: &str| {
        let add = ["meeting", "add", "Họp", "--channel", "b", "--start", start];
        node.run(&[&add[..], &["--for", "2h"]].concat())
    };
    assert_eq!(add("2037-01-05 08:00").code, 0);
    let past = add("2025-12-01 08:00");
    assert_eq!(past.code, 1, "{past:?}");
    assert!(past.err.contains("the day and the year"), "{past:?}");
    node.configure(&configuration("Kênh A", ""));
    let diff = node.run(&["config", "diff"]);
    let told = "- b: goes; leaves without a channel: meeting m1\n";
    assert!(diff.out.contains(told), "{diff:?}");
    assert_eq!(node.run(&["config", "reload"]).code, 0);
    let listed = node.run(&["meeting", "list", "--channel", "b"]);
    assert!(listed.out.contains("no such channel"), "{listed:?}");
    let unknown = node.run(&["meeting", "list", "--channel", "nope"]);
    assert_eq!(unknown.code, 1, "{unknown:?}");
    assert!(unknown.err.contains("no channel `nope`"), "{unknown:?}");
}

#[test]
fn the_report_of_a_meeting_has_its_name_and_one_to_come_or_unknown_is_told_apart() {
    let node = Node::start();
    let minute = std::time::Duration::from_secs(60);
    let start = std::time::SystemTime::now() - minute;
    let start = start.duration_since(std::time::UNIX_EPOCH).unwrap();
    let start = headend::report::stamp(i64::try_from(start.as_millis()).unwrap());
    let add = |title: &str, start: &str| {
        let add = ["meeting", "add", title, "--channel", "a", "--start", start];
        let more = ["--for", "1h", "--originator", "UBND <tỉnh>"];
        let done = node.run(&[&add[..], &more].concat());
        assert_eq!(done.code, 0, "{done:?}");
    };
    add("Họp & bàn", &start);
    add("Tổng kết", "2037-01-05 08:00");
    let report = node.run(&["report", "meeting", "m1"]);
    let head =
        "Meeting                       Họp & bàn\nOriginator                    UBND <tỉnh>\n";
    assert!(report.out.starts_with(head), "{}", report.out);
    let page = node.dir.path().join("m1.html");
    let page = page.display().to_string();
    assert_eq!(
        node.run(&["report", "meeting", "m1", "--html", &page]).code,
        0
    );
    let page = std::fs::read_to_string(page).unwrap();
    let title = "<h1>Report of the meeting: Họp &amp; bàn</h1>";
    assert!(
        page.contains(title) && page.contains("UBND &lt;tỉnh"),
        "{page}"
    );
    let to_come = node.run(&["report", "meeting", "m2"]);
    assert_eq!(to_come.code, 1, "{to_come:?}");
    let yet = "m2 \"Tổng kết\" 2037-01-05 08:00–09:00 has not begun";
    assert!(to_come.err.contains(yet), "{to_come:?}");
    let unknown = node.run(&["report", "meeting", "m99"]);
    assert_eq!(unknown.code, 1, "{unknown:?}");
    assert!(unknown.err.contains("headend meeting list"), "{unknown:?}");
    let hop = node.run(&["report", "meeting", "m"]);
    assert!(hop.err.contains("no channel `m`"), "{hop:?}");
}

#[test]
fn a_calendar_that_is_too_large_or_not_utf8_is_refused_with_what_to_do() {
    let node = Node::start();
    let import = |bytes: &[u8]| {
        std::fs::write(node.dir.path().join("lich.ics"), bytes).unwrap();
        let done = node.run(&["meeting", "import", "lich.ics", "--channel", "a"]);
        assert_eq!(done.code, 1, "{done:?}");
        done.err
    };
    let large = import(&vec![b'x'; (1 << 20) + 1]);
    assert!(large.contains("1 MiB; split it"), "{large}");
    let latin = import(b"BEGIN:VCALENDAR\r\nX-WR-CALNAME:L\xecch\r\nEND:VCALENDAR\r\n");
    assert!(latin.contains("2: the line is not UTF-8"), "{latin}");
}
