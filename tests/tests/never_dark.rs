//! What stands in when nothing comes, and what is known of a backup before it is needed.

use std::net::Ipv4Addr;
use std::process::Command;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use headend_tests::drill;
use headend_tests::encoder::encode;
use headend_tests::judge::judge;
use headend_tests::lab::{Host, Lab, Running};
use headend_tests::node::Node;
use headend_tests::page;
use headend_tests::picture;
use headend_tests::receiver::receive;
use serde_json::Value;

const PATIENCE: Duration = Duration::from_secs(30);
const RATE: u64 = 6_000_000;

fn configuration(inputs: usize) -> String {
    let input = |port| format!("[[channel.input]]\nurl = \"rtp://10.1.0.2:{port}\"\n");
    let inputs: String = (0..inputs).map(|index| input(6000 + 2 * index)).collect();
    drill::configuration(&inputs, "6M")
}

fn on_air(channel: &Value) -> bool {
    channel["state"] == "on-air"
}

#[test]
fn the_slate_stands_in_while_nothing_comes_and_leaves_by_itself() {
    let lab = Lab::new().unwrap();
    let node = Node::start(&lab, &configuration(1)).unwrap();
    let start = || {
        let to = ["-f", "rtp_mpegts", "rtp://10.1.0.2:6000"];
        encode(&lab, "1280x720", "25", &to)
    };
    let encoder = start();
    node.until("hop", "on air", PATIENCE, on_air).unwrap();
    let receiver = lab.on(Host::Receiver, || {
        let (group, own) = (Ipv4Addr::new(239, 84, 0, 1), Ipv4Addr::new(10, 2, 0, 2));
        receive(group, 5000, own, Duration::from_secs(25), PATIENCE)
    });
    std::thread::sleep(Duration::from_secs(4));
    encoder.signal(nix::sys::signal::Signal::SIGKILL);
    let slate = |c: &Value| c["slate"] == true && c["state"] == "dark";
    let channel = node.until("hop", "the slate", PATIENCE, slate).unwrap();
    assert_eq!(channel["on_air"], Value::Null, "{channel:#}");
    let first = channel["hls"]["media_sequence"].as_u64().unwrap();
    std::thread::sleep(Duration::from_secs(6));
    let channel = node.channel("hop").unwrap();
    assert!(
        channel["hls"]["media_sequence"].as_u64() > Some(first)
            || channel["hls"]["segments"].as_u64() > Some(2),
        "HLS goes on: {:#}",
        channel["hls"]
    );
    let _encoder = start();
    let back = |c: &Value| on_air(c) && c["slate"] == false && c["on_air"] == 0;
    node.until("hop", "on air again", PATIENCE, back).unwrap();
    let capture = receiver.join().unwrap().unwrap();
    let verdict = judge(&capture.packets, RATE);
    println!("{verdict}");
    assert_eq!(verdict.faults(), Vec::<String>::new());
    if let Ok(folder) = std::env::var("HEADEND_SCREENSHOTS") {
        let file = std::path::Path::new(&folder).join("slate.ts");
        let packets: Vec<&[u8]> = capture.packets.iter().map(|(_, p)| &p[..]).collect();
        std::fs::write(file, packets.concat()).unwrap();
    }
}

/// A moment of the clock, in `date`'s words.
fn date(at: u64, form: &str) -> String {
    let mut date = Command::new("date");
    date.env("TZ", "UTC-7")
        .args(["-d", &format!("@{at}"), form]);
    let said = date.output().unwrap().stdout;
    String::from_utf8(said).unwrap().trim().to_owned()
}

/// Waits until the multicast shows a slate of these lines.
fn until_it_says(lab: &Lab, lines: &[&str]) {
    let wanted = picture::slate("Họp Chính phủ", lines).unwrap();
    let says = || {
        let span = Duration::from_secs(2);
        let receiver = lab.on(Host::Receiver, move || {
            let (group, own) = (Ipv4Addr::new(239, 84, 0, 1), Ipv4Addr::new(10, 2, 0, 2));
            receive(group, 5000, own, span, PATIENCE)
        });
        let capture = receiver.join().unwrap().unwrap();
        let packets: Vec<&[u8]> = capture.packets.iter().map(|(_, p)| &p[..]).collect();
        let shown = picture::text(&packets.concat()).unwrap();
        let apart = picture::apart(&wanted, &shown);
        println!("{apart} from {lines:?}");
        apart < 3
    };
    headend_tests::lab::until("the slate's words", PATIENCE, says).unwrap();
}

#[test]
fn the_slate_says_what_the_schedule_says_as_soon_as_that_is_said() {
    let lab = Lab::new().unwrap();
    let node = Node::start(&lab, &configuration(1)).unwrap();
    let slate = |c: &Value| c["slate"] == true;
    node.until("hop", "the slate", PATIENCE, slate).unwrap();
    let fault = ["Chương trình chưa bắt đầu", "Not started yet"];
    until_it_says(&lab, &fault);
    // For a minute it is so long.
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let start = now.as_secs() + 13 * 60 - 2;
    let clock = date(start, "+%H:%M");
    let [day, day_en] = match date(start, "+%F") == date(now.as_secs(), "+%F") {
        true => ["", ""],
        false => [" ngày mai", " tomorrow"],
    };
    let [from, lasts] = [date(start, "+%FT%T+07:00"), "1h".to_owned()];
    let add = ["meeting", "add", "Ứng phó bão số 9", "--class", "emergency"];
    let when = ["--channel", "hop", "--start", &from, "--for", &lasts];
    node.cli(&[&add[..], &when].concat()).unwrap();
    let begins = format!("Cuộc họp bắt đầu lúc {clock}{day}, còn 13 phút");
    let english = format!("The meeting begins at {clock}{day_en}, in 13 minutes");
    let title = "Khẩn cấp · Ứng phó bão số 9";
    until_it_says(&lab, &[title, &begins, &english]);
    node.cli(&["meeting", "cancel", "m1", "--yes"]).unwrap();
    until_it_says(&lab, &fault);
}

/// Words and pauses by two rhythms that make no third, and a picture, by a clock that is off by so
/// many seconds.
fn meeting(lab: &Lab, port: u16, picture: &str, rhythm: [f64; 2], clock: f64) -> Running {
    let sound = format!(
        "aevalsrc='0.3*sin(2*PI*330*t)*gt(sin({0}*t)*sin({1}*t)+0.4*sin(7.9*t),0)':s=48000",
        rhythm[0], rhythm[1]
    );
    let to = format!("rtp://10.1.0.2:{port}?pkt_size=1328");
    let clock = clock.to_string();
    let words = [
        "-v", "error", "-re", "-f", "lavfi", "-i", picture, "-re", "-f", "lavfi", "-i",
    ];
    let mut args = words.to_vec();
    args.extend([sound.as_str(), "-c:v", "libx264", "-preset", "ultrafast"]);
    args.extend(["-tune", "zerolatency", "-g", "30", "-b:v", "1M", "-pix_fmt"]);
    args.extend([
        "yuv420p",
        "-c:a",
        "aac",
        "-ac",
        "2",
        "-output_ts_offset",
        &clock,
    ]);
    args.extend(["-f", "rtp_mpegts", &to]);
    lab.start(Host::Encoder, "ffmpeg", &args).unwrap()
}

#[test]
fn a_backup_is_known_as_the_same_programme_with_its_offset_or_as_another_one() {
    let lab = Lab::new().unwrap();
    let node = Node::start(&lab, &configuration(2)).unwrap();
    let _main = meeting(&lab, 6000, "testsrc2=size=640x360:rate=25", [3.1, 1.7], 0.0);
    std::thread::sleep(Duration::from_secs(3));
    // The same from its start, three seconds later, by another clock.
    let backup = meeting(
        &lab,
        6002,
        "testsrc2=size=480x270:rate=25",
        [3.1, 1.7],
        50_000.0,
    );
    let patience = Duration::from_secs(60);
    let beside = |c: &Value| c["inputs"][1]["comparison"].clone();
    let same = |c: &Value| beside(c)["behind_seconds"].is_number();
    let channel = node.until("hop", "the same", patience, same).unwrap();
    let found = beside(&channel);
    assert_eq!(found["programme"], "same", "{found}");
    let behind = found["behind_seconds"].as_f64().unwrap();
    assert!((2.5..3.6).contains(&behind), "{found}");
    let said = channel["inputs"][1]["assessment"]["en"].as_str().unwrap();
    assert!(said.contains("the same programme"), "{said}");
    let shown = node.cli(&["channel", "show", "hop"]).unwrap();
    assert!(
        shown.contains(said.split(", no fault").next().unwrap()),
        "{shown}"
    );
    drop(backup);
    let _other = meeting(
        &lab,
        6002,
        "mandelbrot=size=480x270:rate=25",
        [4.7, 0.9],
        0.0,
    );
    let other = |c: &Value| beside(c)["programme"] == "other";
    node.until("hop", "something else", patience, other)
        .unwrap();
    let told = |c: &Value| {
        let mut all = c["incidents"].as_array().unwrap().iter();
        all.any(|i| i["class"] == "inputs-differ" && i["subject"] == "input 1")
    };
    node.until("hop", "the incident", PATIENCE, told).unwrap();
}

#[test]
fn a_browser_plays_on_over_a_switch_and_over_the_slate() {
    let lab = Lab::new().unwrap();
    let node = Node::start(&lab, &configuration(2)).unwrap();
    let encoder = |size: &str, port: u16| {
        let to = format!("rtp://10.1.0.2:{port}?pkt_size=1328");
        encode(&lab, size, "25", &["-f", "rtp_mpegts", &to])
    };
    let main = encoder("640x360", 6000);
    node.until("hop", "on air", PATIENCE, on_air).unwrap();
    let backup = encoder("480x270", 6002);
    let ready = |c: &Value| {
        let backup = c["inputs"][1]["fitness"] == "ready";
        on_air(c) && backup && c["hls"]["segments"].as_u64() > Some(3)
    };
    node.until("hop", "a backup", PATIENCE, ready).unwrap();
    let mut command = page::script(&lab, Host::Node, &["watch.mjs"]);
    command
        .env("HEADEND_URL", "http://127.0.0.1:8080")
        .env("HEADEND_PLAY_SECONDS", "45");
    let player = Running::start(command, "the player").unwrap();
    let playing = || player.said().contains("playing");
    headend_tests::lab::until("the picture moves", PATIENCE, playing).unwrap();
    std::thread::sleep(Duration::from_secs(5));
    drop(main);
    let other = |c: &Value| c["on_air"] == 1;
    node.until("hop", "the backup", PATIENCE, other).unwrap();
    std::thread::sleep(Duration::from_secs(10));
    drop(backup);
    let slate = |c: &Value| c["slate"] == true;
    node.until("hop", "the slate", PATIENCE, slate).unwrap();
    std::thread::sleep(Duration::from_secs(8));
    let _main = encoder("640x360", 6000);
    let back = |c: &Value| on_air(c) && c["on_air"] == 0;
    node.until("hop", "the programme again", PATIENCE, back)
        .unwrap();
    let seen = page::report(&player.finish(Duration::from_secs(60)).unwrap());
    println!("{seen}");
    assert!(seen["longest"].as_u64() <= Some(2000), "{seen}");
    assert_eq!(seen["corrupted"], 0, "{seen}");
    assert_eq!(seen["errors"].as_array().map(Vec::len), Some(0), "{seen}");
}
