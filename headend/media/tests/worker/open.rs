//! Files: what is copied, what is encoded anew, and what comes of damage.

use std::fs;
use std::path::Path;
use std::time::Duration;

use serde_json::Value;

use crate::harness::{Ended, Worker, make, probe, scan};

const PICTURE: &str = "-f lavfi -i testsrc2=s=320x180:r=25";
const SOUND: &str = "-f lavfi -i sine=f=440:r=48000";
const SOON: Duration = Duration::from_secs(20);

/// Makes a file in a place of its own, opens it, and lets it play for so long.
fn play(name: &str, arguments: &str, words: &[&str], seconds: f64) -> Ended {
    let folder = tempfile::tempdir().expect("a place for files");
    let file = make(arguments, &folder.path().join(name));
    let mut all = vec!["open", &file];
    all.extend(words);
    let ended = Worker::start(&all).stop_after(seconds);
    let figures = scan(&ended.stdout);
    assert_eq!(figures.continuity_errors, 0, "{figures:?}");
    assert!(
        figures.lead.0 >= 300.0 && figures.lead.1 < 1000.0,
        "{figures:?}"
    );
    ended
}

fn stream(stream: &[u8], kind: &str) -> Value {
    let facts = probe(stream, &format!("-select_streams {kind} -show_streams"));
    facts["streams"][0].clone()
}

/// PTS of a stream in the order shown, ticks.
fn shown(stream: &[u8], kind: &str) -> Vec<i64> {
    let what = format!("-select_streams {kind} -show_entries packet=pts");
    let packets = probe(stream, &what)["packets"].clone();
    let packets = packets.as_array().expect("a list");
    let mut times: Vec<_> = packets
        .iter()
        .map(|packet| packet["pts"].as_i64().expect("a PTS"))
        .collect();
    times.sort_unstable();
    times
}

/// What each stream of a kind is, and when it has pictures that a decoder can begin with.
fn ladder(stream: &[u8], kind: &str) -> Vec<(String, String, Vec<i64>)> {
    let what = "-show_entries stream=index,id,codec_name,height:packet=stream_index,pts,flags";
    let facts = probe(stream, &format!("-select_streams {kind} {what}"));
    let list = |name: &str| facts[name].as_array().expect("a list").clone();
    let keys = |index: &Value| {
        let own = |packet: &&Value| packet["stream_index"] == *index;
        let key = |packet: &&Value| packet["flags"].as_str().is_some_and(|f| f.starts_with('K'));
        let packets = list("packets");
        let keys = packets.iter().filter(own).filter(key);
        keys.map(|packet| packet["pts"].as_i64().expect("a PTS"))
            .collect()
    };
    let of = |stream: &Value| {
        let text = |name: &str| stream[name].to_string().replace('"', "");
        let what = format!("{} {}", text("codec_name"), text("height"));
        (text("id"), what, keys(&stream["index"]))
    };
    list("streams").iter().map(of).collect()
}

/// Makes a transport stream and gives it to a ladder on standard input; gives it with what was made
/// of it.
fn make_ladder(arguments: &str, words: &[&str]) -> (Vec<u8>, Ended) {
    let folder = tempfile::tempdir().expect("a place for files");
    let file = make(arguments, &folder.path().join("a.ts"));
    let source = fs::read(&file).expect("just made");
    let ended = Worker::start_on(&[&["open", "-"], words].concat(), &file).wait(SOON);
    (source, ended)
}

#[test]
fn rungs_begin_where_the_source_begins_at_its_own_time() {
    let picture = "-f lavfi -i testsrc2=s=640x360:r=25";
    let arguments = format!(
        "{picture} {SOUND} -t 6 -c:v libx264 -bf 2 -g 40 -sc_threshold 0 -c:a aac \
         -output_ts_offset 95440"
    );
    let words = "--rung 360@800000 --rung 180@300000 --rung 90@100000 --sound 48000";
    let words: Vec<_> = words.split(' ').collect();
    let (source, ended) = make_ladder(&arguments, &words);
    let pictures = ladder(&ended.stdout, "v");
    let what: Vec<_> = pictures
        .iter()
        .map(|(id, what, _)| (&**id, &**what))
        .collect();
    let expected = [("0x1e01", "h264 180"), ("0x1e02", "h264 90")];
    assert_eq!(what, expected, "the source is its own first rung");
    let own = &ladder(&source, "v")[0].2;
    assert!(own.len() >= 3, "{own:?}");
    for (_, what, keys) in &pictures {
        assert_eq!(keys, own, "{what}: IDRs at the same times");
    }
    let sounds = ladder(&ended.stdout, "a");
    let pids: Vec<_> = sounds.iter().map(|(id, ..)| &**id).collect();
    assert_eq!(pids, ["0x1f00"]);
    let apart = shown(&ended.stdout, "a:0")[0] - shown(&source, "a:0")[0];
    assert!(
        apart.abs() <= 3 * 1920,
        "the sound's own time, {apart} ticks off"
    );
}

#[test]
fn what_no_browser_shows_is_no_rung_and_nothing_is_made_larger() {
    let of = |arguments: &str, words: &str| -> Vec<String> {
        let words: Vec<_> = words.split(' ').collect();
        let (_, ended) = make_ladder(arguments, &words);
        let all = ladder(&ended.stdout, "v").into_iter();
        all.map(|(id, what, _)| format!("{id} {what}")).collect()
    };
    let mpeg2 = format!("{PICTURE} -t 4 -c:v mpeg2video -b:v 1M");
    let made = of(
        &mpeg2,
        "--rung 360@800000 --rung 180@300000 --rung 90@100000",
    );
    assert_eq!(made, ["0x1e01 h264 180", "0x1e02 h264 90"]);
    let h264 = format!("{PICTURE} -t 4 -c:v libx264 -g 25");
    assert_eq!(of(&h264, "--rung 720@900000"), ["0x1e00 h264 180"]);
    assert_eq!(of(&h264, "--rung 120@300000 --rung 90@100000").len(), 2);
}

#[test]
fn a_ladder_that_makes_no_sense_is_refused_in_words() {
    for (words, why) in [
        (&["--rung", "720"][..], "LINES@BITS"),
        (&["--rung", "721@1000000"], "even"),
        (&["--rung", "20@1000000"], "64 to 4096"),
        (
            &["--rung", "360@1000000", "--rung", "720@2000000"],
            "fewer lines",
        ),
        (&["--sound", "5"], "16000 to 320000"),
        (&["--sound"], "needs a value"),
    ] {
        let ended = Worker::start(&[&["open", "-"], words].concat()).wait(SOON);
        assert!(ended.error().contains(why), "{words:?}: {}", ended.error());
    }
}

#[test]
fn h264_and_aac_are_copied_and_a_loop_leaves_no_hole() {
    let arguments = format!(
        "{PICTURE} {SOUND} -t 2 -c:v libx264 -bf 2 -g 25 -c:a aac -metadata:s:a:0 language=vie"
    );
    let ended = play("a.mp4", &arguments, &[], 5.0);
    assert_eq!(ended.streams(), ["0 h264 copy", "1 aac copy"]);
    let sound = stream(&ended.stdout, "a");
    assert_eq!(sound["tags"]["language"], "vie");
    let times = shown(&ended.stdout, "v");
    // The last pictures are cut off in the middle of their group.
    let whole = &times[..times.len() - 4];
    assert!(whole.len() > 110);
    assert!(
        whole.windows(2).all(|pair| pair[1] - pair[0] == 3600),
        "{whole:?}"
    );
    let figures = scan(&ended.stdout);
    assert!(figures.pcr_gap < 45.0, "{figures:?}");
}

#[test]
fn every_sound_track_keeps_its_language() {
    let arguments = format!(
        "{PICTURE} {SOUND} {SOUND} -t 2 -map 0 -map 1 -map 2 -c:v libx264 -c:a:0 aac -c:a:1 mp2 \
         -metadata:s:a:0 language=vie -metadata:s:a:1 language=eng"
    );
    let ended = play("a.ts", &arguments, &[], 2.0);
    assert_eq!(ended.streams(), ["0 h264 copy", "1 aac copy", "2 mp2 copy"]);
    let facts = probe(&ended.stdout, "-select_streams a -show_streams");
    let languages = [0, 1].map(|index| facts["streams"][index]["tags"]["language"].clone());
    assert_eq!(languages, ["vie", "eng"]);
}

#[test]
fn what_a_conference_sends_becomes_h264_and_aac() {
    let arguments = "-f lavfi -i testsrc2=s=321x181:r=15 -f lavfi -i sine=f=440:r=48000 -t 5 \
                     -c:v libvpx -deadline realtime -b:v 300k -c:a libopus";
    let ended = play("a.mkv", arguments, &[], 7.0);
    assert_eq!(ended.streams(), ["0 vp8 transcode", "1 opus transcode"]);
    let video = stream(&ended.stdout, "v");
    assert_eq!(video["codec_name"], "h264");
    assert_eq!(
        (&video["width"], &video["height"]),
        (&320.into(), &180.into())
    );
    assert_eq!(video["has_b_frames"], 0);
    is_aac(&stream(&ended.stdout, "a"));

    let packets = probe(
        &ended.stdout,
        "-select_streams v -show_entries packet=pts,flags",
    );
    let packets = packets["packets"].as_array().expect("a list").clone();
    let idrs: Vec<_> = packets
        .iter()
        .filter(|packet| packet["flags"] == "K_")
        .map(|packet| packet["pts"].as_i64().expect("a PTS"))
        .collect();
    assert!(idrs.len() >= 4, "{idrs:?}");
    assert!(
        idrs.windows(2)
            .all(|pair| pair[1] - pair[0] <= 2 * 90_000 + 6000),
        "{idrs:?}"
    );
}

#[test]
fn telephone_sound_becomes_aac() {
    for (name, codec, rate) in [
        ("a.wav", "pcm_alaw", 8000),
        ("b.wav", "pcm_mulaw", 8000),
        ("c.wav", "adpcm_g722", 16000),
    ] {
        let encoder = codec.trim_start_matches("adpcm_");
        let arguments = format!("-f lavfi -i sine=f=440:r={rate} -t 2 -c:a {encoder}");
        let ended = play(name, &arguments, &[], 3.0);
        assert_eq!(ended.streams(), [format!("0 {codec} transcode")]);
        is_aac(&stream(&ended.stdout, "a"));
        let times = shown(&ended.stdout, "a");
        assert!(
            times
                .windows(2)
                .all(|pair| (pair[1] - pair[0] - 1920).abs() < 200),
            "{times:?}"
        );
    }
}

fn is_aac(sound: &Value) {
    assert_eq!(sound["codec_name"], "aac");
    assert_eq!(sound["profile"], "LC");
    assert_eq!(sound["sample_rate"], "48000");
    assert_eq!(sound["channels"], 2);
}

#[test]
fn mpeg2_goes_as_it_is_and_for_hls_anew() {
    let arguments = format!(
        "{PICTURE} {SOUND} -t 3 -c:v mpeg2video -b:v 2M -flags +ildct+ilme -top 1 -c:a mp2"
    );
    let plain = play("a.ts", &arguments, &[], 2.0);
    assert_eq!(plain.streams(), ["0 mpeg2video copy", "1 mp2 copy"]);
    let anew = play("a.ts", &arguments, &["--transcode"], 2.0);
    assert_eq!(
        anew.streams(),
        ["0 mpeg2video transcode", "1 mp2 transcode"]
    );
    let video = stream(&anew.stdout, "v");
    assert_eq!(video["codec_name"], "h264");
    assert_eq!(video["field_order"], "progressive");
    is_aac(&stream(&anew.stdout, "a"));
}

#[test]
fn sound_that_starts_late_joins_the_picture() {
    let arguments = "-f lavfi -i testsrc2=s=320x180:r=25 -itsoffset 5 -f lavfi \
                     -i sine=f=440:r=48000:d=5 -t 9 -c:v libx264 -g 25 -c:a aac -muxdelay 0";
    let ended = play("a.ts", arguments, &[], 8.0);
    assert_eq!(ended.streams(), ["0 h264 copy", "1 aac wait", "1 aac copy"]);
    let (picture, sound) = (shown(&ended.stdout, "v"), shown(&ended.stdout, "a"));
    let apart = (sound[0] - picture[0]) as f64 / 90_000.0;
    assert!((apart - 5.0).abs() < 0.1, "{apart} s");
}

#[test]
fn a_sound_track_that_is_added_on_air_joins_the_others() {
    let folder = tempfile::tempdir().expect("a place for files");
    let source = format!("{PICTURE} {SOUND} -map 0 -map 1 -c:v libx264 -g 25 -c:a:0 aac");
    let first = make(&format!("{source} -t 6"), &folder.path().join("1.ts"));
    let second = make(
        &format!(
            "{source} -t 4 -map 1 -c:a:1 mp2 -metadata:s:a:1 language=eng -tables_version 1 -output_ts_offset 6"
        ),
        &folder.path().join("2.ts"),
    );
    let both = [first, second]
        .map(|path| fs::read(path).expect("just made"))
        .concat();
    let path = folder.path().join("both.ts");
    fs::write(&path, both).expect("room for a file");
    let ended = Worker::start(&["open", path.to_str().expect("a plain path")]).stop_after(9.0);
    assert!(
        ended.streams().contains(&"2 mp2 copy".to_owned()),
        "{:?}",
        ended.streams()
    );
    let figures = scan(&ended.stdout);
    assert_eq!(figures.continuity_errors, 0);
    assert!(
        figures.lead.0 >= 0.0 && figures.pcr_gap < 200.0,
        "{figures:?}"
    );
    let facts = probe(&ended.stdout, "-show_streams -select_streams a");
    assert_eq!(facts["streams"][1]["tags"]["language"], "eng");
}

#[test]
fn captures_of_the_air_play_without_a_packet_after_its_time() {
    let streams = std::env::var("HEADEND_STREAMS").unwrap_or_else(|_| {
        concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/streams").to_owned()
    });
    for (name, told) in [
        (
            "capture-026.ts",
            &[
                "0 h264 copy",
                "1 eac3 transcode",
                "2 eac3 transcode",
                "3 eac3 transcode",
                "4 dvb_subtitle copy",
                "5 dvb_subtitle copy",
            ][..],
        ),
        ("capture-072.ts", &["0 aac copy", "1 h264 copy"]),
        // Of eight programmes the one with the largest picture.
        ("capture-108.ts", &["18 hevc copy"]),
    ] {
        let path = format!("{streams}/{name}");
        let ended = Worker::start(&["open", &path]).stop_after(4.0);
        let sent: Vec<_> = ended
            .streams()
            .into_iter()
            .filter(|stream| !stream.ends_with("drop"))
            .collect();
        assert_eq!(sent, told, "{name}");
        let figures = scan(&ended.stdout);
        assert_eq!(figures.continuity_errors, 0, "{name}");
        assert!(figures.lead.0 >= 0.0, "{name} {figures:?}");
    }
}

#[test]
fn what_is_no_media_is_refused_with_a_sentence() {
    let folder = tempfile::tempdir().expect("a place for files");
    let noise: Vec<u8> = (0..100_000u32)
        .map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8)
        .collect();
    let playlist = "#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\na.ts\n#EXT-X-ENDLIST\n";
    let files: [(&str, &[u8]); 4] = [
        ("noise", &noise),
        ("empty", b""),
        ("one", b"G"),
        ("local.m3u8", playlist.as_bytes()),
    ];
    make(
        &format!("{PICTURE} -t 1 -c:v libx264"),
        &folder.path().join("a.ts"),
    );
    for (name, bytes) in files {
        let path = folder.path().join(name);
        fs::write(&path, bytes).expect("room for a file");
        refused(&path, "cannot be opened");
    }
    refused(&folder.path().join("missing"), "No such file");
    refused(folder.path(), "not a regular file");
    refused(Path::new("/dev/zero"), "not a regular file");
}

fn refused(path: &Path, part: &str) {
    let path = path.to_str().expect("a plain path");
    let ended = Worker::start(&["open", path]).wait(SOON);
    assert_eq!(ended.status.code(), Some(1), "{path}");
    assert!(ended.error().contains(part), "{}", ended.error());
    assert!(ended.stdout.is_empty(), "{path}");
}

#[test]
fn a_damaged_file_plays_on_or_ends_with_a_sentence() {
    let folder = tempfile::tempdir().expect("a place for files");
    let arguments = "-f lavfi -i testsrc2=s=320x180:r=25 -f lavfi -i sine=r=48000 -t 2 \
                     -c:v libvpx -deadline realtime -c:a libopus";
    let whole = fs::read(make(arguments, &folder.path().join("a.mkv"))).expect("just made");
    for seed in 1..=4usize {
        let mut bytes = whole.clone();
        let mut place = seed;
        for _ in 0..bytes.len() / 400 {
            place = (place * 1_103_515_245 + 12_345) % bytes.len();
            if place > 600 {
                bytes[place] ^= (place >> 3) as u8 | 1;
            }
        }
        let path = folder.path().join(format!("{seed}.mkv"));
        fs::write(&path, &bytes).expect("room for a file");
        let worker = Worker::start(&["open", path.to_str().expect("a plain path")]);
        let ended = worker.run_for(Duration::from_secs(3));
        assert!(
            ended.status.code().is_none_or(|code| code <= 3),
            "{:?}",
            ended.status
        );
        let told = ended.of_kind("warning").len();
        assert!(told <= 6, "{told} warnings in 3 s");
        let all: u64 = ended
            .of_kind("warning")
            .iter()
            .map(|warning| warning["count"].as_u64().expect("a count"))
            .sum();
        println!("seed {seed}: {all} warnings in {told} lines");
    }
}
