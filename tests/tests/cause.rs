//! Faults put into a running node: the right class at the right place, within 5 s of the start,
//! over within 10 s of the end, and no other beside it.

use headend_tests::drill::{Field, PATIENCE, configuration, drill, well};
use headend_tests::lab::{Host, Lab, until};
use headend_tests::node::Node;
use headend_tests::relay::Fault;
use headend_tests::stage::{Shown, Stage};
use serde_json::Value;

const VIDEO: u16 = 0x100;
const AUDIO: u16 = 0x101;
const PMT: u16 = 0x1000;

#[test]
fn what_the_line_does_is_told_apart() {
    let field = Field::new(&[]);
    field.spoil("source-silent", &["source", "line"], Fault::Silent);
    field.spoil("line-loss", &["line"], Fault::Lose(50));
    field.spoil("reordering", &["line"], Fault::Swap(40));
    field.spoil("line-congested", &["line"], Fault::Squeeze(1_200));
    field.spoil("second-sender", &["line"], Fault::Twin);
}

#[test]
fn one_path_of_two_that_brings_nothing_is_named() {
    let field = Field::by_two_paths();
    field.spoil("path-lost", &["line"], Fault::PathLost);
}

#[test]
fn what_comes_too_late_is_told_from_what_does_not_fit() {
    // Held up for longer than the lead and the headend's own 0.2 s, for less than what has come to an end.
    // A line that has followed such a delay bears the next.
    let afresh = || Field::with_lead("0.3");
    Field::spoil_afresh(afresh, "input-late", &["source", "line"], Fault::Hold(800));
}

#[test]
fn what_lies_before_the_line_is_told_apart() {
    let field = Field::new(&[]);
    field.spoil("no-video", &["source"], Fault::Without(VIDEO));
    field.spoil("no-sound", &["source"], Fault::Without(AUDIO));
    field.spoil("scrambled", &["source"], Fault::Scramble);
    field.spoil("tables-lost", &["source"], Fault::Without(PMT));
    field.spoil("source-damaged", &["source"], Fault::Damage(100));
}

#[test]
fn a_clock_that_runs_wrong_is_told_from_a_line_that_delays() {
    let field = Field::new(&[]);
    // An encoder that has just started finds its pace.
    let steady = |c: &Value| c["state_seconds"].as_f64() > Some(16.0);
    field.node.until("hop", "steady", PATIENCE, steady).unwrap();
    field.spoil("clock-off", &["source"], Fault::Hasten(10_000));
}

#[test]
fn a_sender_that_begins_anew_is_told_from_another_programme() {
    let other = [
        "-mpegts_start_pid",
        "512",
        "-f",
        "rtp_mpegts",
        "rtp://127.0.0.1:7001?pkt_size=1328",
    ];
    let field = Field::new(&other);
    field.spoil("source-restarted", &["source"], Fault::Restart);
    field.spoil("programme-changed", &["source"], Fault::Other);
}

/// Each incident is in the record, whole, and as a page.
fn the_record_keeps_them(node: &Node) {
    let shown = node.channel("hop").unwrap();
    let ended = shown["incidents"][0]["id"].as_str().unwrap().to_owned();
    let list = || node.cli(&["report", "incidents", "hop"]).unwrap();
    until("the record has it", PATIENCE, || list().contains(&ended)).unwrap();
    let whole = node.cli(&["report", "incident", &ended]).unwrap();
    assert!(
        whole.contains("output 0") && whole.contains("known by"),
        "{whole}"
    );
    let page = node.cli(&["report", "incident", &ended, "--html"]).unwrap();
    assert!(
        page.starts_with("<!doctype html>") && page.contains(&ended),
        "{page}"
    );
    let unknown = node.cli(&["report", "incident", "hop-1-1"]).unwrap_err();
    assert!(unknown.to_string().contains("no incident"), "{unknown}");
}

#[test]
fn what_is_wrong_here_is_never_blamed_on_the_line() {
    let field = Field::new(&[]);
    field.spoil("socket-loss", &["machine"], Fault::Flood(1_200));
    let (lab, node) = (&field.lab, &field.node);
    let link = |up: bool| {
        let state = if up { "up" } else { "down" };
        let mut ip = lab.command(Host::Node, "ip");
        assert!(
            ip.args(["link", "set", "n0", state])
                .status()
                .unwrap()
                .success()
        );
    };
    drill(node, "link-down", &["machine"], |on| link(!on));
    let wall = |on: bool| {
        let add = if on { "-A" } else { "-D" };
        let mut rule = lab.command(Host::Node, "iptables");
        rule.args([add, "OUTPUT", "-d", "239.84.0.1", "-j", "DROP"]);
        assert!(rule.status().unwrap().success());
    };
    drill(node, "output-not-on-the-wire", &["output"], wall);
    the_record_keeps_them(node);
}

#[test]
fn what_picture_and_sound_show_is_told_apart() {
    let lab = Lab::new().unwrap();
    let input = "[[channel.input]]\nurl = \"rtp://10.1.0.2:6002\"";
    let node = Node::start(&lab, &configuration(input, "6M")).unwrap();
    let stage = Stage::start(&lab, "rtp://10.1.0.2:6002?pkt_size=1328");
    well(&node);
    // What FFmpeg does as it starts is told some seconds later.
    let heard = |c: &Value| {
        c["inputs"][0]["content"]["level_dbfs"].is_number()
            && c["state_seconds"].as_f64() > Some(5.0)
    };
    node.until("hop", "the content is seen", PATIENCE, heard)
        .unwrap();
    for (class, shown) in [
        ("black", Shown::Black),
        ("frozen", Shown::Frozen),
        ("digital-silence", Shown::Mute),
        ("sound-apart", Shown::BeepLate(8)),
    ] {
        drill(&node, class, &["source"], |on| {
            stage.set(if on { shown } else { Shown::Moving });
        });
    }
}
