//! `headend probe` on real captures and on a socket.

use std::net::UdpSocket;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::{Duration, Instant};

use super::{Done, headend, root, run};

fn captures() -> PathBuf {
    match std::env::var_os("HEADEND_STREAMS") {
        Some(dir) => dir.into(),
        None => root().join("../shared/streams"),
    }
}

fn json(name: &str) -> serde_json::Value {
    let path = captures().join(name);
    let done = run(
        &root(),
        &["probe", path.to_str().unwrap(), "--output", "json"],
    );
    assert_eq!(done.code, 0, "{done:?}");
    serde_json::from_str(&done.out).unwrap()
}

#[test]
fn a_capture_is_told_with_programmes_codecs_languages_and_findings() {
    let found = json("capture-026.ts");
    let streams = &found["programs"][0]["streams"];
    assert_eq!(streams[0]["codec"], "H.264 High 4.0 1920x1080i 25 fps");
    assert_eq!(streams[1]["language"], "fre");
    assert_eq!(streams[4]["kind"], "subtitle");
    assert_eq!(found["findings"].as_array().unwrap().len(), 0);
    assert_eq!(
        json("capture-108.ts")["programs"].as_array().unwrap().len(),
        8
    );
    let duplicates = json("capture-049.ts");
    assert_eq!(duplicates["findings"][0]["name"], "Continuity_count_error");
    assert_eq!(duplicates["findings"][0]["count"], 344);
}

#[test]
fn a_live_stream_is_looked_at_for_the_time_asked() {
    let port = UdpSocket::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let address = format!("127.0.0.1:{port}");
    let began = Instant::now();
    let probe = headend(&root())
        .args([
            "probe",
            &format!("udp://{address}"),
            "--for",
            "2s",
            "--output",
            "json",
        ])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let sender = UdpSocket::bind("127.0.0.1:0").unwrap();
    let stream = std::fs::read(captures().join("capture-064.ts")).unwrap();
    // 1.7 Mbit/s: a datagram each 6.2 ms, from before the probe listens until after it has ended.
    for (index, datagram) in stream.chunks(1316).enumerate().take(400) {
        let due = began + Duration::from_micros(6_200) * u32::try_from(index).unwrap();
        std::thread::sleep(due.saturating_duration_since(Instant::now()));
        // Nobody listens yet, or no more.
        let _ = sender.send_to(datagram, &address);
    }
    let done = Done::from(probe.wait_with_output().unwrap());
    assert_eq!(done.code, 0, "{done:?}");
    let found: serde_json::Value = serde_json::from_str(&done.out).unwrap();
    assert_eq!(found["state"], "receiving", "{found:#}");
    let rate = found["bitrate_bits_per_second"].as_u64().unwrap();
    assert!((1_500_000..1_900_000).contains(&rate), "{rate}");
}

#[test]
fn silence_an_empty_file_and_a_wrong_url_each_say_what_to_do() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("empty.ts"), "").unwrap();
    for (arguments, code, text) in [
        (
            &["probe", "udp://127.0.0.1:45999", "--for", "200ms"][..],
            1,
            "no transport packet came",
        ),
        (&["probe", "empty.ts"], 1, "no transport packet came"),
        (&["probe", "nowhere.ts"], 1, "nowhere.ts"),
        (&["probe", "."], 1, "a directory"),
        (&["probe", "upd://239.1.1.1:5000"], 2, "did you mean `udp`?"),
        (
            &["probe", "udp://239.1.1.1:5000", "--for", "10"],
            2,
            "write the unit",
        ),
    ] {
        let done = run(dir.path(), arguments);
        assert_eq!(done.code, code, "{arguments:?} {done:?}");
        assert!(done.err.contains(text), "{arguments:?} {done:?}");
    }
}
