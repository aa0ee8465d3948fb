//! `/metrics` as Prometheus reads it.

use std::collections::BTreeMap;
use std::io::Write;
use std::process::{Command, Stdio};

use headend::cause::{Acknowledgement, Class, Incident, Severity, Text};
use headend::hall::HallsSnapshot;
use headend::http::counters::HttpSnapshot;
use headend::metrics::process::ProcessSnapshot;
use headend::metrics::{CHANNEL_SERIES, NODE_SERIES, render};
use headend::snapshot::{
    Alarm, ChannelSnapshot, ContentSnapshot, FindingSnapshot, HlsSnapshot, InputSnapshot,
    NodeSnapshot, OutputSnapshot, SrtSnapshot,
};

use crate::node::{Node, snapshot};

fn text(node: &NodeSnapshot) -> String {
    render(node, &HttpSnapshot::default(), &ProcessSnapshot::default()).unwrap()
}

fn series(text: &str) -> BTreeMap<&str, f64> {
    text.lines()
        .filter(|line| !line.starts_with('#'))
        .map(|line| line.rsplit_once(' ').unwrap())
        .map(|(name, value)| (name, value.parse().unwrap()))
        .collect()
}

fn inputs(urls: &[&str]) -> Vec<InputSnapshot> {
    let input = |url: &&str| InputSnapshot {
        url: (*url).to_owned(),
        ..InputSnapshot::default()
    };
    urls.iter().map(input).collect()
}

fn channel(id: &str, urls: &[&str], outputs: usize) -> ChannelSnapshot {
    ChannelSnapshot {
        id: id.to_owned(),
        inputs: inputs(urls),
        outputs: vec![OutputSnapshot::default(); outputs],
        hls: Some(HlsSnapshot::default()),
        ..ChannelSnapshot::default()
    }
}

fn with(channel: ChannelSnapshot) -> NodeSnapshot {
    NodeSnapshot {
        channels: vec![channel],
        ..NodeSnapshot::default()
    }
}

#[tokio::test]
async fn promtool_finds_nothing_to_say() {
    let answer = Node::start().get("/metrics").await;
    assert_eq!(
        answer.header("content-type"),
        "text/plain; version=0.0.4; charset=utf-8"
    );
    let mut promtool = Command::new("promtool")
        .args(["check", "metrics"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("promtool, of Debian's prometheus");
    promtool
        .stdin
        .take()
        .unwrap()
        .write_all(&answer.body)
        .unwrap();
    let said = promtool.wait_with_output().unwrap();
    assert!(said.status.success());
    assert_eq!(
        String::from_utf8_lossy(&[said.stdout, said.stderr].concat()),
        ""
    );
}

#[test]
fn a_node_without_channels_has_forty_series_at_most() {
    let text = text(&NodeSnapshot::default());
    let count = series(&text).len();
    assert!((10..=NODE_SERIES).contains(&count), "{count}");
}

#[test]
fn a_channel_has_eighty_series_at_most_and_says_what_it_left_out() {
    let none = series(&text(&NodeSnapshot::default())).len();
    for (urls, outputs, left_out) in [
        (&["srt://a", "srt://b", "rtp://c"][..], 2, 0.0),
        (&["test:"], 1, 0.0),
        (&["srt://a"; 9], 9, 14.0),
        (&["udp://a"], 30, 24.0),
    ] {
        let text = text(&with(channel("hop", urls, outputs)));
        let all = series(&text);
        let count = all.len() - none;
        assert!(
            count <= CHANNEL_SERIES,
            "{urls:?}, {outputs} outputs: {count}"
        );
        assert_eq!(
            all["headend_channel_left_out{channel=\"hop\"}"], left_out,
            "{urls:?}"
        );
    }
}

#[test]
fn halls_are_counted_by_what_they_do_and_go_before_an_input_or_an_output() {
    let mut hop = channel("hop", &["srt://a", "rtp://b"], 1);
    hop.halls = HallsSnapshot {
        playing: 38,
        stalled: 2,
        lost: 1,
        rebuffer_millis_total: 12_500,
        ..HallsSnapshot::default()
    };
    let shown = text(&with(hop));
    let all = series(&shown);
    for (state, count) in [
        ("playing", 38.0),
        ("stalled", 2.0),
        ("fault", 0.0),
        ("lost", 1.0),
    ] {
        let name = format!("headend_halls{{channel=\"hop\",state=\"{state}\"}}");
        assert_eq!(all[&*name], count, "{state}");
    }
    let stood = all["headend_hall_rebuffer_seconds_total{channel=\"hop\"}"];
    assert_eq!(stood, 12.5);
    let full = text(&with(channel("hop", &["srt://a", "srt://b", "rtp://c"], 2)));
    assert!(!full.contains("headend_halls{"), "{full}");
}

#[test]
fn incidents_count_by_severity_until_somebody_has_them_in_hand_or_they_are_over() {
    let taken = Acknowledgement::new("Lan", String::new());
    let critical = incident(Class::Black, Severity::Critical);
    let mut hop = channel("hop", &["test:", "test:"], 1);
    hop.on_air = Some(1);
    hop.incidents = vec![
        critical.clone(),
        incident(Class::ShortOfCpu, Severity::Warning),
        incident(Class::Frozen, Severity::Warning),
        Incident {
            acknowledged: taken,
            ..critical.clone()
        },
        Incident {
            end: Some(String::new()),
            ..critical
        },
    ];
    hop.alarms = vec![Alarm {
        code: "backup-not-fit".to_owned(),
        ..Alarm::default()
    }];
    hop.inputs[1].content = Some(ContentSnapshot {
        short_term_lufs: Some(-24.5),
        ..ContentSnapshot::default()
    });
    let text = text(&with(hop));
    let all = series(&text);
    let of = |name: &str| all[format!("headend_channel_{name}{{channel=\"hop\"}}").as_str()];
    assert_eq!(of("incidents_critical"), 1.0);
    assert_eq!(of("incidents_warning"), 2.0);
    assert_eq!(of("incidents_acknowledged"), 1.0);
    assert_eq!(of("backups_not_fit"), 1.0);
    assert_eq!(of("loudness_lufs"), -24.5);
    assert_eq!(all["headend_machine_short_of_cpu"], 1.0);
}

fn incident(class: Class, severity: Severity) -> Incident {
    Incident {
        id: "hop-1-1".to_owned(),
        channel: "hop".to_owned(),
        class,
        subject: "input 0".to_owned(),
        places: Vec::new(),
        severity,
        word: class.handbook(),
        start: String::new(),
        end: None,
        verdict: Text::default(),
        evidence: Vec::new(),
        actions: Vec::new(),
        next: Text::default(),
        acknowledged: None,
    }
}

#[test]
fn every_counter_is_there_from_the_start_at_zero() {
    let urls = ["srt://a", "rtp://b", "test:", "file:c"];
    let fresh = with(channel("hop", &urls, 1));
    let mut busy = fresh.clone();
    busy.channels[0].inputs[0].srt = Some(SrtSnapshot {
        lost_total: 5,
        ..SrtSnapshot::default()
    });
    busy.channels[0].inputs[1].findings =
        vec![finding("1.4", 3), finding("2.2", 4), finding("", 5)];
    let (fresh, busy) = (text(&fresh), text(&busy));
    let (fresh, busy) = (series(&fresh), series(&busy));
    assert!(
        fresh.keys().eq(busy.keys()),
        "a series appeared with its first count"
    );
    for (name, value) in &fresh {
        if name.contains("_total") {
            assert_eq!(*value, 0.0, "{name}");
        }
    }
    let of = |name: &str, input: u8| {
        busy[format!("{name}{{channel=\"hop\",input=\"{input}\"}}").as_str()]
    };
    assert_eq!(of("headend_input_srt_lost_packets_total", 0), 5.0);
    assert_eq!(of("headend_input_findings_priority1_total", 1), 3.0);
    assert_eq!(of("headend_input_findings_priority2_total", 1), 4.0);
    assert_eq!(of("headend_input_findings_other_total", 1), 5.0);
}

fn finding(clause: &str, count: u64) -> FindingSnapshot {
    FindingSnapshot {
        clause: clause.to_owned(),
        count,
        ..FindingSnapshot::default()
    }
}

#[test]
fn labels_hold_names_of_the_configuration_alone() {
    let mut node = snapshot();
    let hostile = "\"} 1\nevil{x=\"";
    node.channels[0].name = hostile.to_owned();
    node.channels[0].inputs[0].srt = Some(SrtSnapshot {
        peer: Some("203.0.113.9:4000".to_owned()),
        last_refusal: Some(hostile.to_owned()),
        ..SrtSnapshot::default()
    });
    let text = text(&node);
    assert!(!text.contains("203.0.113.9"));
    assert!(!text.lines().any(|line| line.starts_with("evil")));
    for name in series(&text).keys() {
        let labels = name
            .split_once('{')
            .map_or("", |(_, labels)| labels.trim_end_matches('}'));
        let labels = labels.replace(&hostile.replace('"', "\\\"").replace('\n', "\\n"), "");
        for label in labels.split(',').filter(|l| !l.is_empty()) {
            let key = label.split('=').next().unwrap();
            assert!(
                ["channel", "input", "output", "name", "version", "state"].contains(&key),
                "{name}"
            );
        }
    }
}
