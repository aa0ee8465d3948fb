//! The HLS of a node judged over time by `headend probe --rules`, while all that happens to a
//! channel happens: a switch by hand, other codecs of another input and of the same one, no encoder
//! at all, one that comes back, another size, and a node that is killed or restarted.
//! `HEADEND_SOAK_SECONDS` repeats it for so long.

use std::time::{Duration, Instant};

use headend_tests::certificate;
use headend_tests::encoder::encode;
use headend_tests::lab::{Host, Lab, Running, until};
use headend_tests::node::{Node, headend};
use nix::sys::signal::Signal;
use serde_json::Value;

const PATIENCE: Duration = Duration::from_secs(30);
/// What each event gets before the next: more than two segments.
const SPAN: Duration = Duration::from_secs(6);
/// All events once, and the window sliding past the last.
const ROUND: Duration = Duration::from_secs(95);

/// Other codecs than those of [`encode`], as FFmpeg's options: the last ones count.
/// Half the size, so that it takes no more time than H.264.
const H265: [&str; 8] = [
    "-c:v",
    "libx265",
    "-x265-params",
    "open-gop=0:pools=none:frame-threads=1:log-level=error",
    "-s",
    "320x180",
    "-b:v",
    "500k",
];
const MONO: [&str; 2] = ["-ac", "1"];
/// HLS carries the picture alone then.
const AC3: [&str; 2] = ["-c:a", "ac3"];

const CONFIGURATION: &str = r#"
[http]
listen = ["0.0.0.0:8080"]
tls-listen = ["0.0.0.0:8443"]
certificate = "chain.pem"
key-file = "key.pem"

[[channel]]
id = "hop"
name = "Họp Chính phủ"

[[channel.input]]
url = "udp://10.1.0.2:6000"

[[channel.input]]
url = "udp://10.1.0.2:6001"

[channel.hls]
segment = "2s"
window = "20s"
"#;

/// What is judged of every channel.
const RULES: [&str; 9] = [
    "R10", "R20", "R24", "R31", "R33", "R34", "R35", "R37", "R40",
];
/// What is judged of fragments beside.
const FRAGMENTS: [&str; 4] = ["R22", "R52", "R56", "R57"];
/// What is judged of a transport stream beside.
const TRANSPORT_STREAM: [&str; 1] = ["R21"];
/// What is judged of low latency beside.
const LOW: [&str; 11] = [
    "R60", "R61", "R62", "R63", "R65", "R66", "R69", "R70", "R71", "R72", "R73",
];
/// A request that no part came for was sent so long before the encoder went, in seconds: a part.
const ASKED: f64 = 0.5;
/// And so long after packets of the next one came at most: its first key picture, and the time in
/// which an encoder that has just begun falls into step.
const FIRST: f64 = 4.0;

fn span() -> Duration {
    let written = std::env::var("HEADEND_SOAK_SECONDS");
    Duration::from_secs(written.map_or(0, |s| s.parse().unwrap())).max(ROUND)
}

fn encoder(lab: &Lab, port: u16, size: &str, codecs: &[&[&str]]) -> Running {
    let to = format!("udp://10.1.0.2:{port}?pkt_size=1316");
    let codecs = codecs.concat();
    encode(
        lab,
        size,
        "25",
        &[&codecs[..], &["-f", "mpegts", &to]].concat(),
    )
}

/// Kills an encoder as a power cut does.
fn cut(encoder: Running) {
    encoder.signal(Signal::SIGKILL);
}

/// All that happens to the channel of a node.
struct Story<'a> {
    lab: &'a Lab,
    configuration: &'a str,
    node: Node,
    began: Instant,
    /// From when to when nothing came, or late, in seconds.
    pauses: Vec<(f64, f64)>,
}

impl Story<'_> {
    fn now(&self) -> f64 {
        self.began.elapsed().as_secs_f64()
    }

    fn until(&self, what: &str, holds: impl Fn(&Value) -> bool) {
        self.node.until("hop", what, PATIENCE, holds).unwrap();
    }

    fn on_air(&self) {
        self.until("on air", |c| c["state"] == "on-air");
    }

    /// The encoders are gone, and `then` puts the channel on air again.
    fn pause<T>(&mut self, gone: Vec<Running>, then: impl FnOnce(&Self) -> T) -> T {
        let begin = self.now();
        gone.into_iter().for_each(cut);
        let made = then(self);
        self.pauses.push((begin, self.now()));
        made
    }

    /// Another encoder in the place of `old`.
    fn replace(&mut self, old: Running, size: &str, codecs: &[&[&str]]) -> Running {
        let taken = |c: &Value| c["inputs"][0]["packets_total"].as_u64();
        self.pause(vec![old], |story| {
            let before = taken(&story.node.channel("hop").unwrap());
            let new = encoder(story.lab, 6000, size, codecs);
            story.until("its packets", |c| {
                taken(c) > before && c["state"] == "on-air"
            });
            new
        })
    }

    /// Ends the node in some way, and starts it again after two seconds.
    fn again(mut self, end: impl FnOnce(Node) -> tempfile::TempDir) -> Self {
        let folder = end(self.node);
        std::thread::sleep(Duration::from_secs(2));
        self.node = Node::start_in(self.lab, folder, self.configuration).unwrap();
        self.on_air();
        self
    }

    /// All that happens, once, with `main` at its begin and with what it gives at its end.
    fn told(mut self, main: Running, sizes: [&str; 2]) -> (Self, Running) {
        let wait = || std::thread::sleep(SPAN);
        let lab = self.lab;
        let backup = encoder(lab, 6001, sizes[0], &[]);
        self.on_air();
        wait();
        self.node.cli(&["input", "switch", "hop", "1"]).unwrap();
        wait();
        // The other input comes back with other codecs. H.265 takes so much of this machine when it
        // begins that what is on air comes late.
        let main = self.pause(vec![main], |story| {
            let main = encoder(lab, 6000, sizes[0], &[&H265, &MONO]);
            story.until("it is ready", |c| c["inputs"][0]["fitness"] == "ready");
            main
        });
        self.node.cli(&["input", "switch", "hop", "0"]).unwrap();
        wait();
        self.node
            .cli(&["input", "switch", "hop", "--auto"])
            .unwrap();
        cut(backup);
        let main = self.replace(main, sizes[0], &[&AC3]);
        wait();
        let main = self.replace(main, sizes[0], &[&H265]);
        wait();
        self.pause(vec![main], |story| {
            story.until("the slate", |c| c["slate"] == true);
        });
        wait();
        // An encoder that comes back, with another size.
        let main = encoder(lab, 6000, sizes[1], &[]);
        self.on_air();
        wait();
        self = self.again(Node::kill);
        wait();
        self = self.again(Node::stop);
        wait();
        (self, main)
    }
}

/// What was found while everything happened to a channel.
struct Judged<const N: usize> {
    reports: [Value; N],
    pauses: Vec<(f64, f64)>,
}

/// Judges these lists of the channel of `configuration` while everything happens to it.
fn judged<const N: usize>(configuration: &str, lists: [&str; N]) -> Judged<N> {
    let lab = Lab::new().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let authority = folder.path().join("chain.pem");
    certificate::put(folder.path(), Duration::from_secs(90 * 86_400));
    let node = Node::start_in(&lab, folder, configuration).unwrap();
    let first = encoder(&lab, 6000, "640x360", &[]);
    node.until("hop", "HLS", PATIENCE, |c| {
        c["hls"]["segments"].as_u64() >= Some(2)
    })
    .unwrap();
    let span = span();
    let seconds = format!("{}s", span.as_secs());
    let began = Instant::now();
    let probes = lists.map(|list| {
        let mut command = lab.command(Host::Receiver, headend().to_str().unwrap());
        command.args(["probe", list, "--rules", "--for", &seconds]);
        command.args(["--output", "json", "--ca"]).arg(&authority);
        Running::start(command, "headend probe").unwrap()
    });
    let mut story = Story {
        lab: &lab,
        configuration,
        node,
        began,
        pauses: Vec::new(),
    };
    let mut main = first;
    let sizes = [["640x360", "848x480"], ["848x480", "640x360"]];
    for sizes in sizes.into_iter().cycle() {
        (story, main) = story.told(main, sizes);
        if began.elapsed() + ROUND > span {
            break;
        }
    }
    println!("all events took {:?}", began.elapsed());
    let left = span.saturating_sub(began.elapsed()) + PATIENCE;
    let reports = probes.map(|mut probe| {
        // It fails where a rule is broken, and the report is the end of what it says.
        until("the end of the probe", left, || !probe.is_alive()).unwrap();
        let said = probe.said();
        serde_json::from_str(&said).unwrap_or_else(|error| {
            panic!("{error}: {said}\nnode said: {}", story.node.process.said())
        })
    });
    cut(main);
    Judged {
        reports,
        pauses: story.pauses,
    }
}

/// Every rule of `wanted` was held, and none was broken, whether it must or should hold.
fn assert_held(report: &Value, wanted: &[&str], pauses: &[(f64, f64)]) {
    let rules = report["rules"].as_array().unwrap();
    let is_held = |rule: &&Value| rule["verdict"] == "held";
    let held: Vec<_> = rules.iter().filter(is_held).map(|r| &r["id"]).collect();
    let broken = rules.iter().filter(|r| r["verdict"] == "broken");
    let broken: Vec<_> = broken.filter(|rule| !is_excused(rule, pauses)).collect();
    assert!(broken.is_empty(), "{broken:#?}\npauses: {pauses:?}");
    for rule in wanted {
        let is = |id: &&Value| *id == rule;
        assert!(held.iter().any(is), "{rule} was not held: {report:#}");
    }
    let failed = report["failed"].as_u64();
    assert!(failed > Some(0), "the node was away: {report:#}");
}

/// While no encoder sends no part can come, until the slate or another encoder is on air (R64).
fn is_excused(rule: &Value, pauses: &[(f64, f64)]) -> bool {
    let findings = rule["findings"].as_array().unwrap();
    let within = |finding: &Value| {
        let at = finding["at_seconds"].as_f64().unwrap();
        let mut pauses = pauses.iter();
        pauses.any(|(begin, end)| (begin - ASKED..end + FIRST).contains(&at))
    };
    let all_are_told = rule["broken"].as_u64() == Some(findings.len() as u64);
    rule["id"] == "R64" && all_are_told && findings.iter().all(within)
}

#[test]
fn whatever_happens_to_a_channel_its_hls_breaks_no_rule() {
    let lists = [
        "http://10.2.0.1:8080/hls/hop/index.m3u8",
        "http://10.2.0.1:8080/hls/hop/ts.m3u8",
    ];
    let [fragments, stream] = judged(CONFIGURATION, lists).reports;
    assert_held(&fragments, &[&RULES[..], &FRAGMENTS].concat(), &[]);
    assert_held(&stream, &[&RULES[..], &TRANSPORT_STREAM].concat(), &[]);
}

#[test]
fn whatever_happens_to_a_channel_with_low_latency_its_hls_breaks_no_rule() {
    let configuration = format!("{CONFIGURATION}low-latency = true\n");
    // Low latency is for HTTP/2.
    let judged = judged(&configuration, ["https://10.2.0.1:8443/hls/hop/index.m3u8"]);
    let wanted = [&RULES[..], &FRAGMENTS, &LOW].concat();
    assert_held(&judged.reports[0], &wanted, &judged.pauses);
}
