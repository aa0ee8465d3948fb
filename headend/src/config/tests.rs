mod announce;
mod https;
mod ladder;
mod paths;
mod player;

use std::net::IpAddr;
use std::path::Path;
use std::time::Duration;

use super::fault::Language;
use super::machine::Interface;
use super::*;

use crate::plan::{SourcePlan, WorkerPlan};

/// The example of the contract.
const CONTRACT: &str = r#"
[node]
name = "trung-uong"
state-dir = "/var/lib/headend"

[http]
listen = ["[::]:8080"]

[[channel]]
id = "hop-chinh-phu"
name = "Họp Chính phủ"
program = 1
autostart = true

[[channel.input]]
url = "srt://0.0.0.0:9000?mode=listener&latency=200"
passphrase-file = "srt.key"

[[channel.input]]
url = "rtp://239.10.0.1:5000"
interface = "eth1"
source = "10.0.0.1"

[[channel.output]]
url = "rtp://239.84.0.1:5000"
interface = "eth0"
ttl = 16
dscp = "af41"
bitrate = "6M"

[channel.hls]
segment = "2s"
part = "400ms"
window = "30s"
"#;

/// A directory with a configuration, on a machine with `eth0` and `eth1`.
struct Desk {
    dir: tempfile::TempDir,
    sources: Sources,
}

impl Desk {
    fn with(text: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("headend.toml");
        std::fs::write(&path, text).unwrap();
        let interface = |name: &str, address: &str| Interface {
            name: name.into(),
            addresses: vec![address.parse::<IpAddr>().unwrap()],
        };
        let machine = Machine {
            name: "host".into(),
            interfaces: vec![
                interface("lo", "127.0.0.1"),
                interface("eth0", "10.0.0.5"),
                interface("eth1", "10.1.0.5"),
            ],
            working: dir.path().to_owned(),
            state_dir: dir.path().join("state"),
        };
        let sources = Sources {
            file: Some(path),
            machine,
            ..Sources::default()
        };
        Self { dir, sources }
    }

    fn secret(self, text: &str, mode: u32) -> Self {
        use std::os::unix::fs::PermissionsExt as _;
        let path = self.dir.path().join("srt.key");
        std::fs::write(&path, text).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
        self
    }

    fn variable(mut self, name: &str, text: &str) -> Self {
        let setting = Setting::variable(name, text).unwrap();
        self.sources.environment.push(setting);
        self
    }

    /// `LINE:COLUMN text: help` of each problem.
    fn said(&self) -> Vec<String> {
        let report = match self.sources.load() {
            Ok(loaded) => loaded.report,
            Err(report) => report,
        };
        let shown = report.shown(Language::English).into_iter();
        shown
            .map(|s| {
                let place = match (s.line, s.column) {
                    (Some(line), Some(column)) => format!("{line}:{column}"),
                    _ => s.place,
                };
                format!("{place} {}: {}", s.text, s.help)
            })
            .collect()
    }
}

/// A channel with this input and output, the input at line 4, the output at line 6.
fn channel(input: &str, output: &str) -> Desk {
    Desk::with(&format!(
        "[[channel]]\nid = \"a\"\n[[channel.input]]\nurl = \"{input}\"\n[[channel.output]]\nurl = \"{output}\"\n{}",
        if output.contains("//2") {
            "interface = \"eth0\""
        } else {
            ""
        }
    ))
}

fn input(url: &str) -> Vec<String> {
    channel(url, "udp://10.0.0.9:5000").said()
}

fn one(url: &str) -> SourcePlan {
    let desk = channel(url, "udp://10.0.0.9:5000");
    let loaded = desk.sources.load().unwrap_or_else(|report| {
        panic!("{}", report.render(Language::English, false));
    });
    loaded.plan.channels[0].inputs[0].paths[0].clone()
}

#[test]
fn the_example_of_the_contract_means_what_it_says() {
    let desk = Desk::with(CONTRACT).secret("0123456789\n", 0o600);
    let loaded = desk.sources.load().unwrap();
    assert_eq!(loaded.report.problems, []);
    let plan = loaded.plan;
    assert_eq!(plan.name, "trung-uong");
    assert_eq!(plan.state_dir, Path::new("/var/lib/headend"));
    assert_eq!(plan.listen, ["[::]:8080".parse().unwrap()]);
    let channel = &plan.channels[0];
    assert_eq!(&*channel.id, "hop-chinh-phu");
    assert_eq!((channel.program, channel.autostart), (Some(1), true));
    let SourcePlan::Srt(srt) = &channel.inputs[0].paths[0] else {
        panic!("{:?}", channel.inputs[0])
    };
    assert!(srt.listener && srt.key_bytes == 16);
    assert_eq!(srt.latency, Duration::from_millis(200));
    assert_eq!(srt.passphrase.as_ref().unwrap().0, "0123456789");
    let output = &channel.outputs[0];
    assert_eq!((output.ttl, output.dscp, output.rtp), (16, 34, true));
    assert_eq!(output.bitrate.unwrap().bits_per_second(), 6_000_000);
    assert_eq!(
        channel.hls.as_ref().unwrap().part,
        Duration::from_millis(400)
    );
}

#[test]
fn every_fault_of_a_file_is_told_in_one_pass_with_its_place() {
    let desk = Desk::with(
        r#"[node]
nam = "x"
[http]
listen = ["8080"]
[[channel]]
id = "Hop Chinh Phu"
autostart = "yes"
[[channel.input]]
url = "srt://0.0.0.0:9000?passphrase=0123456789"
[[channel.output]]
url = "rtp://239.84.0.1:5000"
bitrate = 6
ttl = 300
dscp = "af14"
overflow = "keep-sond"
[channel.hls]
segment = 2
window = "3s"
[[channel]]
name = "no id, no input"
"#,
    );
    let said = desk.said();
    for (start, text) in said.iter().zip([
        "2:1 unknown key `nam`: did you mean `name`?",
        "4:11 `8080` is not an address and a port:",
    ]) {
        assert!(start.starts_with(text), "{said:#?}");
    }
    for (line, text) in [
        (6, "cannot be an id"),
        (7, "true or false belongs here, this is text"),
        (9, "a passphrase is never in a URL: write it to a file"),
        (
            11,
            "a multicast output needs an interface: write `interface = …`; this machine has lo (127.0.0.1), eth0",
        ),
        (
            12,
            "a number without a unit: write the unit: \"6M\" / \"6k\"",
        ),
        (13, "the number must be 0 to 255"),
        (14, "`af14` is not a DSCP"),
        (
            15,
            "`keep-sond` is not one of keep-sound, drop-all: did you mean `keep-sound`?",
        ),
        (
            17,
            "a number without a unit: write the unit: \"2s\" / \"2ms\"",
        ),
        (18, "the window must hold three segments, 6s"),
        (19, "`id` is missing"),
        (
            19,
            "`input` is missing: write `[[channel.input]]` below, and `url = …` under it",
        ),
    ] {
        let at = |s: &&String| s.starts_with(&format!("{line}:")) && s.contains(text);
        assert!(said.iter().any(|s| at(&s)), "{line} {text}: {said:#?}");
    }
    assert_eq!(said.len(), 14, "{said:#?}");
}

#[test]
fn each_kind_of_input_has_its_meaning() {
    let worker = |url: &str, listen| {
        SourcePlan::Worker(WorkerPlan::Open {
            url: url.into(),
            listen,
        })
    };
    let SourcePlan::Datagrams { rtp, address, .. } = one("udp://@239.1.1.1:1234") else {
        panic!()
    };
    assert_eq!((rtp, address), (false, "239.1.1.1:1234".parse().unwrap()));
    let SourcePlan::Datagrams { address, .. } = one("rtp://[ff3e::4321:1234]:5004") else {
        panic!()
    };
    assert_eq!(address, "[ff3e::4321:1234]:5004".parse().unwrap());
    let SourcePlan::Datagrams { address, .. } = one("udp://:5000") else {
        panic!()
    };
    assert_eq!(address, "0.0.0.0:5000".parse().unwrap());
    let SourcePlan::Srt(srt) = one("srt://10.0.0.1:9000?streamid=%23!::r=live%2Fa&pbkeylen=32")
    else {
        panic!()
    };
    assert_eq!(srt.stream_id.as_deref(), Some("#!::r=live/a"));
    assert_eq!((srt.listener, srt.key_bytes), (false, 32));
    assert_eq!(
        one("file:///srv/a?b%20.ts"),
        SourcePlan::File("/srv/a?b%20.ts".into())
    );
    assert_eq!(one("ffmpeg:/srv/a.mp4"), worker("/srv/a.mp4", false));
    assert_eq!(
        one("rtmp://0.0.0.0:1935/live/a?listen=1"),
        worker("rtmp://0.0.0.0:1935/live/a", true)
    );
    assert_eq!(
        one("https://a.example/b.m3u8?c=%20"),
        worker("https://a.example/b.m3u8?c=%20", false)
    );
    let SourcePlan::Worker(WorkerPlan::TestPicture {
        name,
        width,
        height,
        rate,
        bitrate,
    }) = one("test:?size=1920x1080&rate=50&bitrate=2.5M")
    else {
        panic!()
    };
    assert_eq!((&*name, width, height, rate), ("a", 1920, 1080, 50));
    assert_eq!(bitrate.bits_per_second(), 2_500_000);
}

#[test]
fn a_relative_file_stands_beside_the_configuration() {
    let desk = channel("file:clip.ts", "udp://10.0.0.9:5000");
    std::fs::write(desk.dir.path().join("clip.ts"), "").unwrap();
    let plan = desk.sources.load().unwrap().plan;
    let SourcePlan::File(path) = &plan.channels[0].inputs[0].paths[0] else {
        panic!()
    };
    assert_eq!(*path, desk.dir.path().join("clip.ts"));
}

#[test]
fn each_wrong_url_says_what_to_write() {
    for (url, text) in [
        ("239.1.1.1:5000", "`239.1.1.1` is no kind of URL known here"),
        ("upd://239.1.1.1:5000", "did you mean `udp`?"),
        ("udp://239.1.1.1", "the port is missing"),
        ("udp://239.1.1.1:0", "the port is missing"),
        ("udp://239.1.1.1:99999", "the port is missing"),
        (
            "udp://239.1.1.256:5000",
            "`239.1.1.256:5000` is not an address",
        ),
        ("udp://ff3e::1:5000", "`ff3e::1:5000` is not an address"),
        ("udp://localhost:5000", "write 127.0.0.1"),
        ("udp://encoder:5000", "`encoder` is a name"),
        ("udp://10.0.0.1:5000/x", "`/x` does not belong"),
        (
            "udp://10.0.0.1:5000?localaddr=1",
            "write the key `interface`",
        ),
        ("srt://0.0.0.0:9000?mode=caller", "nobody can be called"),
        (
            "srt://10.0.0.1:9000?mode=rendezvous",
            "write listener / caller",
        ),
        ("srt://10.0.0.1:9000?latency=2s", "write 20 … 8000 (ms)"),
        ("srt://10.0.0.1:9000?mod=caller", "did you mean `mode`?"),
        ("srt://10.0.0.1:9000?streamid=%zz", "write %25"),
        ("srt://[::1]:9000", "SRT takes IPv4"),
        (
            "rtsp://user:pass@10.0.0.1/a",
            "a password is never in a URL",
        ),
        ("rtmp:///a", "is not an address"),
        ("test:?size=1281x720", "write 1280x720"),
        ("test:?rate=0", "write 1 … 60"),
        ("test:pattern", "`pattern` does not belong"),
        ("file:", "the URL names no path"),
        ("file://host/a", "the URL names no path"),
        ("", "the text is empty"),
    ] {
        let said = input(url);
        assert!(
            said.len() == 1 && said[0].contains(text),
            "{url}: {said:#?}"
        );
        assert!(said[0].starts_with("4:7 "), "{url}: {said:#?}");
    }
}

#[test]
fn the_same_thing_twice_is_told_with_the_place_of_the_first() {
    let desk = Desk::with(
        r#"[[channel]]
id = "a"
[[channel.input]]
url = "srt://0.0.0.0:9000"
[[channel.output]]
url = "udp://239.84.0.1:5000"
interface = "eth0"
[[channel]]
id = "a"
[[channel.input]]
url = "srt://0.0.0.0:9000"
[[channel.output]]
url = "rtp://239.84.0.1:5000"
interface = "10.0.0.5"
[[channel.output]]
url = "rtp://239.84.0.1:5000"
interface = "eth1"
"#,
    );
    let said = desk.said();
    assert_eq!(said.len(), 3, "{said:#?}");
    for (said, (start, first)) in said.iter().zip([
        ("9:6 id `a` is there already", ":2:6"),
        ("11:7 0.0.0.0:9000 is there already", ":4:7"),
        ("13:7 239.84.0.1:5000 is there already", ":6:7"),
    ]) {
        assert!(said.starts_with(start) && said.ends_with(first), "{said}");
    }
}

#[test]
fn a_stream_that_comes_back_to_itself_is_refused_and_a_relay_is_not() {
    let chain = |last: &str| {
        Desk::with(&format!(
            r#"[[channel]]
id = "a"
[[channel.input]]
url = "udp://239.1.1.1:5000"
interface = "eth1"
[[channel.output]]
url = "udp://239.2.2.2:5000"
interface = "eth0"
[[channel]]
id = "b"
[[channel.input]]
url = "udp://239.2.2.2:5000"
interface = "eth0"
[[channel.output]]
url = "udp://239.1.1.1:5000"
interface = "{last}"
"#
        ))
        .said()
    };
    let said = chain("eth1");
    assert_eq!(said.len(), 2, "{said:#?}");
    assert!(said[0].contains("comes in again: a → b → a"), "{said:#?}");
    assert_eq!(chain("eth0"), [] as [String; 0]);
}

#[test]
fn the_passphrase_is_judged_and_never_shown() {
    let config = "[[channel]]\nid = \"a\"\n[[channel.input]]\nurl = \"srt://0.0.0.0:9000\"\npassphrase-file = \"srt.key\"\n";
    let said = Desk::with(config).said();
    assert!(
        said[0].contains("cannot read") && said[0].contains("srt.key"),
        "{said:#?}"
    );
    let said = Desk::with(config).secret("short", 0o600).said();
    assert!(
        said[0].contains("has 5 characters, SRT takes 10 to 79"),
        "{said:#?}"
    );
    let open = Desk::with(config).secret("a-good-passphrase", 0o644);
    let loaded = open.sources.load().unwrap();
    assert!(
        open.said()[0].contains("others can read"),
        "{:?}",
        open.said()
    );
    assert!(!format!("{:?}", loaded.plan).contains("a-good-passphrase"));
}

#[test]
fn warnings_do_not_stop_the_node() {
    let desk = Desk::with(
        "[[channel]]\nid = \"a\"\n[[channel.input]]\nurl = \"udp://239.1.1.1:5000\"\n[[channel.input]]\nurl = \"file:/nowhere\"\n\
         [[channel.output]]\nurl = \"udp://239.2.1.1:5000\"\ninterface = \"etho\"\nttl = 0\n",
    );
    assert!(desk.sources.load().is_ok());
    let said = desk.said();
    assert!(said[0].starts_with("4:7 the system chooses"), "{said:#?}");
    assert!(said[1].contains("cannot be read now"), "{said:#?}");
    assert!(
        said[2].contains("no interface `etho`: did you mean `eth0`?"),
        "{said:#?}"
    );
    assert!(said[3].contains("nothing leaves this machine"), "{said:#?}");
}

#[test]
fn flags_go_before_the_environment_and_the_environment_before_the_file() {
    let mut desk = Desk::with(CONTRACT)
        .secret("0123456789", 0o600)
        .variable("HEADEND__NODE__NAME", "from-environment")
        .variable("HEADEND__HTTP__LISTEN", "127.0.0.1:1, 127.0.0.1:2")
        .variable("HEADEND__CHANNEL__0__OUTPUT__0__TTL", "3")
        .variable("HEADEND__CHANNEL__0__OUTPUT__1__URL", "udp://10.0.0.7:5000")
        .variable("HEADEND__CHANNEL__0__AUTOSTART", "false");
    desk.sources
        .flags
        .push(Setting::flag("--name", "node.name", "from-flag"));
    let plan = desk.sources.load().unwrap().plan;
    assert_eq!(plan.name, "from-flag");
    assert_eq!(plan.listen.len(), 2);
    assert_eq!(plan.channels[0].outputs[0].ttl, 3);
    assert_eq!(plan.channels[0].outputs[1].url, "udp://10.0.0.7:5000");
    assert!(!plan.channels[0].autostart);
}

#[test]
fn a_wrong_variable_is_named() {
    let said = Desk::with("")
        .variable("HEADEND__HTTP__LISTN", "127.0.0.1:1")
        .variable("HEADEND__HTTP__LISTEN", "8080")
        .variable("HEADEND__CHANNEL__7__ID", "a")
        .said();
    assert!(
        said[0].starts_with("HEADEND__HTTP__LISTN unknown key `listn`: did you mean `listen`?"),
        "{said:#?}"
    );
    assert!(
        said[1].starts_with("HEADEND__CHANNEL__7__ID unknown key `7`"),
        "{said:#?}"
    );
    assert!(
        said[2].starts_with("HEADEND__HTTP__LISTEN `8080` is not an address"),
        "{said:#?}"
    );
}

#[test]
fn an_added_channel_is_read_after_the_file_and_can_be_forgotten() {
    let desk = channel("test:", "udp://10.0.0.9:5000");
    let written =
        serde_json::json!({ "id": "b", "input": [{ "url": "test:?rate=50" }], "hls": {} });
    let state = desk.sources.machine.state_dir.clone();
    let loaded = desk.sources.load_with(&written).unwrap();
    assert_eq!(loaded.plan.channels.len(), 2);
    added::keep(&state, loaded.config.channel.last().unwrap()).unwrap();
    assert_eq!(desk.sources.load().unwrap().plan, loaded.plan);
    let again = desk.sources.load_with(&written).unwrap_err();
    assert!(
        again.shown(Language::English)[0]
            .text
            .contains("id `b` is there already")
    );
    assert!(added::forget(&state, "b").unwrap());
    assert!(!added::forget(&state, "a").unwrap());
    assert_eq!(desk.sources.load().unwrap().plan.channels.len(), 1);
}

#[test]
fn a_request_is_judged_by_its_keys() {
    let desk = Desk::with("");
    let wrong = serde_json::json!({
        "id": "b", "input": [{ "url": "file:a.ts" }], "output": [{ "ttl": -1 }], "programm": 1, "hls": 3,
    });
    let report = desk.sources.load_with(&wrong).unwrap_err();
    let places: Vec<String> = Vec::<crate::node_handle::Fault>::from(&report)
        .into_iter()
        .map(|fault| format!("{} {}", fault.place, fault.text))
        .collect();
    for start in [
        "input.0.url `a.ts` is relative",
        "output.0.ttl the number must be 0 to 255",
        "output.0 `url` is missing",
        "programm unknown key",
        "hls a table belongs here, this is a whole number",
    ] {
        assert!(
            places.iter().any(|p| p.starts_with(start)),
            "{start}: {places:#?}"
        );
    }
    assert_eq!(places.len(), 5, "{places:#?}");
}

#[test]
fn hostile_files_are_refused_and_never_panic() {
    let desk = Desk::with("");
    let path = desk.sources.file.clone().unwrap();
    std::fs::write(&path, vec![b'#'; (FILE_BYTES + 1) as usize]).unwrap();
    assert!(desk.said()[0].contains("over 1048576 bytes"));
    std::fs::write(&path, [0xff, 0xfe]).unwrap();
    assert!(desk.said()[0].contains("not UTF-8"));
    std::fs::write(&path, "a = ".to_owned() + &"[".repeat(100_000)).unwrap();
    assert!(!desk.said().is_empty());
    std::fs::write(&path, "[[channel]]\n".repeat(50_000)).unwrap();
    assert!(desk.said()[0].contains("0 to 200 entries belong here, there are 50000"));
    std::fs::remove_file(&path).unwrap();
    assert!(desk.said()[0].contains("cannot read"));
    std::fs::create_dir(&path).unwrap();
    assert!(desk.said()[0].contains("cannot read"));
}

#[test]
fn a_broken_line_does_not_hide_the_others() {
    let said = Desk::with("[node]\nname = \n[http]\nlisten = [\"x\"]\n[[channel]]\nid = \n").said();
    assert!(said.iter().any(|s| s.starts_with("2:")), "{said:#?}");
    assert!(said.iter().any(|s| s.starts_with("4:11 `x`")), "{said:#?}");
    assert!(said.iter().any(|s| s.starts_with("6:")), "{said:#?}");
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(64))]

    #[test]
    fn any_change_of_a_file_is_taken_without_a_panic(at in 0..CONTRACT.len(), len in 0..20usize, with in "\\PC{0,8}") {
        let mut bytes = CONTRACT.as_bytes().to_vec();
        let end = (at + len).min(bytes.len());
        bytes.splice(at..end, with.bytes());
        let desk = Desk::with("");
        std::fs::write(desk.sources.file.as_ref().unwrap(), &bytes).unwrap();
        if let Err(report) = desk.sources.load() {
            let _ = report.render(Language::Vietnamese, true);
            let _ = report.shown(Language::English);
        }
    }

    #[test]
    fn any_url_is_taken_without_a_panic(url in "(udp|srt|rtp|test|file|rtmp)?:?(//)?[@\\[\\]:a-f0-9.%?&=/]{0,40}") {
        let _ = input(&url);
    }
}

#[test]
fn a_value_where_tables_belong_is_told_how_they_are_written() {
    let desk = Desk::with("[[channel]]\nid = \"a\"\ninput = \"udp://239.1.1.1:5000\"\n");
    let help = "write `[[channel.input]]` below instead, and `url = …` under it";
    let said = desk.said();
    assert!(
        said[0].starts_with("3:") && said[0].ends_with(help),
        "{said:#?}"
    );
    assert_eq!(said.len(), 1, "{said:#?}");
}
