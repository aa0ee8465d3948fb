//! A ladder of a real encoder's feed: what ffprobe finds in each variant, and what a viewer sees of
//! the death of the process that makes the pictures, and of the source's own picture with it.

use std::collections::BTreeSet;
use std::time::Duration;

use headend_tests::encoder::encode;
use headend_tests::lab::{Host, Lab, Running};
use headend_tests::node::{Node, headend};
use headend_tests::relay::{Fault, Relay};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::Value;

const PATIENCE: Duration = Duration::from_secs(40);
const INDEX: &str = "http://10.2.0.1:8080/hls/hop/index.m3u8";

const CONFIGURATION: &str = r#"
[http]
listen = ["0.0.0.0:8080"]

[[channel]]
id = "hop"
name = "Họp Chính phủ"

[[channel.input]]
url = "udp://10.1.0.2:6000"

[channel.hls]
segment = "2s"
window = "30s"
ladder = ["360p 1M", "240p 400k", "120p 150k", "audio 32k"]
"#;

fn curl(lab: &Lab, url: &str) -> String {
    let said = lab.start(Host::Receiver, "curl", &["-sf", "--max-time", "5", url]);
    said.unwrap().finish(PATIENCE).unwrap_or_default()
}

/// What ffprobe finds in so many seconds of a variant, from the oldest segment that is listed on.
fn probe(lab: &Lab, dir: &str, seconds: u64) -> Value {
    let url = INDEX.replace("index.m3u8", &format!("{dir}/index.m3u8"));
    let show = "stream=codec_name,height:packet=pts_time,flags";
    let long = format!("%+{seconds}");
    let args = [
        "-v",
        "error",
        "-live_start_index",
        "0",
        "-read_intervals",
        &long,
        "-show_entries",
        show,
        "-of",
        "json",
        &url,
    ];
    let said = lab.start(Host::Receiver, "ffprobe", &args).unwrap();
    serde_json::from_str(&said.finish(PATIENCE).unwrap()).unwrap()
}

/// When the pictures are shown whose flags begin so, in ms.
fn pictures(found: &Value, flags: &str) -> BTreeSet<i64> {
    let packets = found["packets"].as_array().unwrap().iter();
    let wanted = packets.filter(|p| p["flags"].as_str().is_some_and(|f| f.starts_with(flags)));
    let time = |p: &Value| p["pts_time"].as_str().and_then(|t| t.parse::<f64>().ok());
    wanted
        .filter_map(time)
        .map(|t| (t * 1000.0).round() as i64)
        .collect()
}

/// When a decoder can begin.
fn idrs(found: &Value) -> BTreeSet<i64> {
    pictures(found, "K")
}

/// The longest time from one picture to the next, in ms.
fn longest_stand(found: &Value) -> i64 {
    let shown: Vec<i64> = pictures(found, "").into_iter().collect();
    let spans = shown.windows(2).map(|pair| pair[1] - pair[0]);
    spans.max().expect("pictures")
}

fn worker(node: &Node, makes: &str) -> Value {
    let channel = node.channel("hop").unwrap();
    let workers = channel["hls"]["ladder"].as_array().unwrap();
    let found = workers.iter().find(|w| w["makes"] == makes);
    found.unwrap_or_else(|| panic!("{channel:#}"))["worker"].clone()
}

fn kill_worker(node: &Node, makes: &str) {
    let pid = worker(node, makes)["pid"].as_i64().unwrap();
    kill(Pid::from_raw(i32::try_from(pid).unwrap()), Signal::SIGKILL).unwrap();
}

#[test]
fn every_rung_plays_and_the_death_of_their_maker_leaves_the_source_and_the_sound_whole() {
    let lab = Lab::new().unwrap();
    let node = Node::start(&lab, CONFIGURATION).unwrap();
    let to = ["-f", "mpegts", "udp://10.1.0.2:6000?pkt_size=1316"];
    let _encoder = encode(&lab, "640x360", "25", &to);
    let listed = |c: &Value| c["hls"]["segments"].as_u64() >= Some(5);
    node.until("hop", "five segments", PATIENCE, listed)
        .unwrap();
    let index = curl(&lab, INDEX);
    let dirs = ["video", "video-240p", "video-120p", "audio-only"];
    let variants: Vec<_> = index
        .lines()
        .filter(|l| l.ends_with("/index.m3u8"))
        .collect();
    let expected: Vec<_> = dirs.iter().map(|dir| format!("{dir}/index.m3u8")).collect();
    assert_eq!(variants, expected, "{index}");
    let found: Vec<_> = dirs.iter().map(|dir| probe(&lab, dir, 8)).collect();
    let heights: Vec<_> = found
        .iter()
        .map(|f| f["streams"][0]["height"].as_i64())
        .collect();
    assert_eq!(heights, [Some(360), Some(240), Some(120), None]);
    assert_eq!(found[3]["streams"][0]["codec_name"], "aac");
    let own = idrs(&found[0]);
    for smaller in &found[1..3] {
        let theirs = idrs(smaller);
        let (first, last) = (theirs.first().unwrap(), theirs.last().unwrap());
        let shared: BTreeSet<_> = own.range(first..=last).copied().collect();
        assert!(shared.len() >= 4, "{own:?} and {theirs:?}");
        let within = theirs.range(..=own.last().unwrap()).copied().collect();
        assert_eq!(shared, within, "IDRs at the same times");
    }
    assert!(worker(&node, "pictures")["encoder"].is_string());

    let mut command = lab.command(Host::Receiver, headend().to_str().unwrap());
    command.args([
        "probe", INDEX, "--rules", "--for", "40s", "--output", "json",
    ]);
    let judge = Running::start(command, "headend probe").unwrap();
    std::thread::sleep(Duration::from_secs(8));
    kill_worker(&node, "pictures");
    let dies = |c: &Value| c["hls"]["ladder"][0]["worker"]["restarts_total"].as_u64() >= Some(1);
    node.until("hop", "it is started again", PATIENCE, dies)
        .unwrap();
    std::thread::sleep(Duration::from_secs(8));
    // What is made stands still until its maker is back; the source's own picture goes on.
    for (dir, stands) in [("video", false), ("video-120p", true)] {
        let longest = longest_stand(&probe(&lab, dir, 24));
        assert_eq!(longest > 300, stands, "{dir} stood for {longest} ms");
    }
    kill_worker(&node, "sound");
    let report: Value = serde_json::from_str(&judge.finish(PATIENCE * 2).unwrap()).unwrap();
    let broken = report["rules"].as_array().unwrap().iter();
    let broken: Vec<_> = broken.filter(|r| r["verdict"] == "broken").collect();
    assert!(broken.is_empty(), "{broken:#?}");
    for dir in ["video", "audio"] {
        let playlist = curl(
            &lab,
            &INDEX.replace("index.m3u8", &format!("{dir}/index.m3u8")),
        );
        assert!(
            !playlist.contains("#EXT-X-DISCONTINUITY\n"),
            "{dir}: {playlist}"
        );
        assert!(!playlist.contains("#EXT-X-GAP"), "{dir}: {playlist}");
    }
    let back = curl(&lab, INDEX);
    assert!(expected.iter().all(|uri| back.contains(uri)), "{back}");
}

/// PID of FFmpeg's first video.
const VIDEO: u16 = 0x100;

fn playlist(lab: &Lab, dir: &str) -> String {
    curl(
        lab,
        &INDEX.replace("index.m3u8", &format!("{dir}/index.m3u8")),
    )
}

#[test]
fn the_sound_alone_plays_on_where_no_picture_is_left() {
    let lab = Lab::new().unwrap();
    let text = CONFIGURATION.replace("udp://10.1.0.2:6000", "rtp://10.1.0.2:6002");
    let node = Node::start(&lab, &text.replace("30s", "8s")).unwrap();
    let relay = Relay::start(&lab, 7000, 7001, &["10.1.0.2:6002".parse().unwrap()]);
    let to = ["-f", "rtp_mpegts", "rtp://127.0.0.1:7000?pkt_size=1328"];
    let _encoder = encode(&lab, "640x360", "25", &to);
    let whole = |c: &Value| c["hls"]["segments"].as_u64() >= Some(4);
    let before = node.until("hop", "four segments", PATIENCE, whole).unwrap();

    relay.set(Fault::Without(VIDEO));
    kill_worker(&node, "pictures");
    // Until nothing is listed of before, and the clock that the picture carried is long gone.
    let last = before["hls"]["media_sequence"].as_u64().unwrap() + 8;
    let rolled = |c: &Value| c["hls"]["media_sequence"].as_u64() > Some(last);
    node.until("hop", "18 s later", PATIENCE, rolled).unwrap();
    for (dir, gone) in [("video", true), ("video-120p", true), ("audio-only", false)] {
        let text = playlist(&lab, dir);
        assert_eq!(text.contains("#EXT-X-GAP"), gone, "{dir}: {text}");
    }
    let url = INDEX.replace("index.m3u8", "audio-only/index.m3u8");
    let words = [
        "-v", "error", "-xerror", "-i", &url, "-t", "6", "-f", "null", "-",
    ];
    let heard = lab.start(Host::Receiver, "ffmpeg", &words).unwrap();
    assert_eq!(heard.finish(PATIENCE).unwrap(), "");
    let longest = longest_stand(&probe(&lab, "audio-only", 8));
    assert!(longest < 30, "no sound for {longest} ms");
}
