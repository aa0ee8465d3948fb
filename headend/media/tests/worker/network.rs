//! Sources of the network: publishers, servers, silence and hostility.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use crate::harness::{Worker, make, probe, run, scan};

const MEDIA: &str = "-f lavfi -i testsrc2=s=320x180:r=25 -f lavfi -i sine=f=440:r=48000 -t 4 \
                     -c:v libx264 -g 25 -c:a aac";
const SOON: Duration = Duration::from_secs(20);

/// A port that was free a moment ago.
fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("bound").port()
}

/// Publishes a file in real time as soon as somebody listens.
fn publish(file: &str, output: &[&str]) -> Child {
    Command::new("ffmpeg")
        .args(["-v", "error", "-re", "-i", file, "-c", "copy"])
        .args(output)
        .stdin(Stdio::null())
        .spawn()
        .expect("ffmpeg starts")
}

fn wait_for_listener(port: u16) {
    let deadline = Instant::now() + SOON;
    let local = format!(":{port:04X} ");
    loop {
        let table = fs::read_to_string("/proc/net/tcp").expect("proc is there");
        if table
            .lines()
            .any(|line| line.contains(&local) && line.contains(" 0A "))
        {
            return;
        }
        assert!(Instant::now() < deadline, "nobody listens at {port}");
        thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn a_publisher_is_received_over_rtmp_and_rtsp() {
    let folder = tempfile::tempdir().expect("a place for files");
    let file = make(MEDIA, &folder.path().join("a.mp4"));
    for (scheme, format) in [("rtmp", ["-f", "flv"]), ("rtsp", ["-f", "rtsp"])] {
        let port = free_port();
        let url = format!("{scheme}://127.0.0.1:{port}/live/key");
        let worker = Worker::start(&["open", &url, "--listen"]);
        wait_for_listener(port);
        let mut output = format.to_vec();
        if scheme == "rtsp" {
            output.extend(["-rtsp_transport", "tcp"]);
        }
        output.push(&url);
        let mut publisher = publish(&file, &output);
        let ended = worker.wait(SOON);
        publisher.wait().expect("own child");
        assert_eq!(ended.streams(), ["0 h264 copy", "1 aac copy"], "{scheme}");
        let figures = scan(&ended.stdout);
        assert_eq!(figures.continuity_errors, 0);
        assert!(figures.seconds > 3.0, "{scheme} {figures:?}");
        assert!(
            figures.lead.0 > 300.0 && figures.lead.1 < 800.0,
            "{scheme} {figures:?}"
        );
    }
}

#[test]
fn a_caller_that_says_nothing_does_not_hold_the_listener_for_ever() {
    let port = free_port();
    let url = format!("rtmp://127.0.0.1:{port}/live/key");
    let worker = Worker::start(&["open", &url, "--listen"]);
    wait_for_listener(port);
    let _silent = TcpStream::connect(("127.0.0.1", port)).expect("somebody listens");
    let ended = worker.wait(Duration::from_secs(25));
    assert_eq!(ended.status.code(), Some(3));
    assert!(
        ended.error().contains("no picture or sound"),
        "{}",
        ended.error()
    );
}

#[test]
fn a_telephone_call_over_rtsp_becomes_aac() {
    let server = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = server.local_addr().expect("bound").port();
    thread::spawn(move || {
        let (socket, _) = server.accept().expect("the worker calls");
        serve_call(socket)
    });
    let url = format!("rtsp://127.0.0.1:{port}/call");
    let ended = Worker::start(&["open", &url]).stop_after(2.0);
    assert_eq!(ended.streams(), ["0 pcm_alaw transcode"]);
    let sound = probe(&ended.stdout, "-show_streams")["streams"][0].clone();
    assert_eq!(sound["codec_name"], "aac");
    assert_eq!(sound["sample_rate"], "48000");
}

/// RTSP with G.711 A-law, interleaved on its own connection (RFC 2326 clause 10.12).
fn serve_call(mut socket: TcpStream) -> Option<()> {
    let mut requests = BufReader::new(socket.try_clone().ok()?);
    loop {
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            if requests.read_line(&mut head).ok()? == 0 {
                return None;
            }
        }
        let method = head.split(' ').next()?;
        let sequence = head.lines().find(|line| line.starts_with("CSeq"))?;
        let (headers, body) = match method {
            "OPTIONS" => ("Public: DESCRIBE, SETUP, PLAY\r\n", ""),
            "DESCRIBE" => (
                "Content-Type: application/sdp\r\n",
                "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=call\r\nt=0 0\r\nm=audio 0 RTP/AVP 8\r\n\
                 a=control:track1\r\n",
            ),
            "SETUP" => {
                assert!(head.contains("RTP/AVP/TCP"), "TCP is asked for first");
                (
                    "Session: 1\r\nTransport: RTP/AVP/TCP;unicast;interleaved=0-1\r\n",
                    "",
                )
            }
            _ => ("Session: 1\r\n", ""),
        };
        write!(
            socket,
            "RTSP/1.0 200 OK\r\n{sequence}\r\n{headers}Content-Length: {}\r\n\r\n{body}",
            body.len()
        )
        .ok()?;
        if method == "PLAY" {
            break;
        }
    }
    for number in 0u16.. {
        let mut packet = vec![b'$', 0, 0, 172, 0x80, 8];
        packet.extend(number.to_be_bytes());
        packet.extend((u32::from(number) * 160).to_be_bytes());
        packet.extend(7u32.to_be_bytes());
        packet.extend((0..160u8).map(|n| if n % 16 < 8 { 0x35 } else { 0xb5 }));
        socket.write_all(&packet).ok()?;
        thread::sleep(Duration::from_millis(20));
    }
    None
}

/// Serves a folder over HTTP/1.0; what is named `*.stall` stops in its middle. The list has what was asked for.
fn serve(folder: PathBuf) -> (u16, Arc<Mutex<Vec<String>>>) {
    let server = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = server.local_addr().expect("bound").port();
    let folder = Arc::new(folder);
    let asked = Arc::<Mutex<Vec<String>>>::default();
    let log = Arc::clone(&asked);
    thread::spawn(move || {
        for socket in server.incoming().flatten() {
            let (folder, log) = (Arc::clone(&folder), Arc::clone(&log));
            thread::spawn(move || answer(socket, &folder, &log));
        }
    });
    (port, asked)
}

fn answer(mut socket: TcpStream, folder: &Path, log: &Mutex<Vec<String>>) -> Option<()> {
    let mut head = String::new();
    let mut reader = BufReader::new(socket.try_clone().ok()?);
    while !head.ends_with("\r\n\r\n") {
        if reader.read_line(&mut head).ok()? == 0 {
            return None;
        }
    }
    let path = head.split(' ').nth(1)?.trim_start_matches('/').to_owned();
    log.lock().unwrap().push(path.clone());
    match fs::read(folder.join(&path)) {
        Ok(body) if path.ends_with(".stall") => {
            socket.write_all(b"HTTP/1.0 200 OK\r\n\r\n").ok()?;
            socket.write_all(&body[..body.len() / 2]).ok()?;
            // Until the worker gives up.
            let _ = socket.read(&mut [0]);
            Some(())
        }
        Ok(body) => {
            let length = body.len();
            write!(
                socket,
                "HTTP/1.0 200 OK\r\nContent-Length: {length}\r\n\r\n"
            )
            .ok()?;
            socket.write_all(&body).ok()
        }
        Err(_) => socket.write_all(b"HTTP/1.0 404 Not Found\r\n\r\n").ok(),
    }
}

#[test]
fn hls_is_received_in_real_time() {
    let folder = tempfile::tempdir().expect("a place for files");
    make(
        &format!("{MEDIA} -f hls -hls_time 1 -hls_list_size 0"),
        &folder.path().join("a.m3u8"),
    );
    let (port, _) = serve(folder.path().to_owned());
    let before = Instant::now();
    let ended = Worker::start(&["open", &format!("http://127.0.0.1:{port}/a.m3u8")]).wait(SOON);
    assert_eq!(ended.status.code(), Some(0), "{:?}", ended.events);
    assert_eq!(ended.streams(), ["0 h264 copy", "1 aac copy"]);
    let figures = scan(&ended.stdout);
    assert!(figures.seconds > 3.8, "{figures:?}");
    assert!(
        before.elapsed() > Duration::from_millis(3500),
        "{:?}",
        before.elapsed()
    );
}

#[test]
fn of_many_variants_the_largest_is_received_and_no_other_fetched() {
    let folder = tempfile::tempdir().expect("a place for files");
    let path = folder.path().to_str().expect("a plain path").to_owned();
    let arguments = format!(
        "-f lavfi -i testsrc2=s=320x180:r=25 -f lavfi -i sine=r=48000 -t 4 -map 0:v -map 1:a \
         -map 0:v -map 1:a -c:v libx264 -g 25 -s:v:0 160x90 -c:a aac -f hls -hls_time 1 \
         -hls_list_size 0 -master_pl_name all.m3u8 -hls_segment_filename {path}/%v-%d.ts \
         -var_stream_map v:0,a:0||v:1,a:1"
    );
    let words: Vec<_> = arguments
        .split_whitespace()
        .map(|word| word.replace("||", " "))
        .collect();
    let mut words: Vec<_> = words.iter().map(String::as_str).collect();
    let output = format!("{path}/%v.m3u8");
    words.extend(["-v", "error", &output]);
    run("ffmpeg", &words);
    let (port, asked) = serve(folder.path().to_owned());
    let url = format!("http://127.0.0.1:{port}/all.m3u8");
    let ended = Worker::start(&["open", &url]).wait(SOON);
    assert_eq!(ended.status.code(), Some(0), "{:?}", ended.events);
    assert!(ended.of_kind("warning").is_empty(), "{:?}", ended.events);
    let asked = asked.lock().unwrap().clone();
    assert!(asked.contains(&"1-3.ts".to_owned()), "{asked:?}");
    assert!(!asked.contains(&"0-3.ts".to_owned()), "{asked:?}");
    let facts = probe(&ended.stdout, "-show_streams");
    assert_eq!(facts["streams"].as_array().expect("a list").len(), 2);
    assert_eq!(facts["streams"][0]["width"], 320);
}

#[test]
fn a_hostile_playlist_reads_no_local_file() {
    let folder = tempfile::tempdir().expect("a place for files");
    let secret = make(MEDIA, &folder.path().join("secret.ts"));
    let served = tempfile::tempdir().expect("a place for files");
    fs::copy(&secret, served.path().join("secret.ts")).expect("room for a file");
    let (port, _) = serve(served.path().to_owned());
    let media = |name: &str| {
        format!(
            "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:4\n#EXTINF:4,\n{name}\n\
             #EXT-X-ENDLIST\n"
        )
    };
    let master = format!("#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1000\nfile://{secret}\n");
    let encrypted = media(&format!("{secret}.ts")).replace(
        "#EXTINF",
        &format!("#EXT-X-KEY:METHOD=AES-128,URI=\"file://{secret}\"\n#EXTINF"),
    );
    let mapped = media("http://127.0.0.1:1/x.mp4").replace(
        "#EXTINF",
        &format!("#EXT-X-MAP:URI=\"file://{secret}\"\n#EXTINF"),
    );
    let hostile = [
        media("file:///etc/passwd"),
        media(&format!("file://{secret}")),
        media(&format!("file:{secret}")),
        media(&secret),
        media(&format!("concat:{secret}|{secret}")),
        media(&format!("subfile,,start,0,end,188000,,:{secret}")),
        media(&format!("crypto+file://{secret}")),
        media(&format!("cache:file://{secret}")),
        master,
        encrypted,
        mapped,
    ];
    for playlist in hostile {
        fs::write(served.path().join("a.m3u8"), &playlist).expect("room for a file");
        let url = format!("http://127.0.0.1:{port}/a.m3u8");
        let ended = Worker::start(&["open", &url]).wait(SOON);
        assert_ne!(ended.status.code(), Some(0), "{playlist}");
        assert!(ended.stdout.is_empty(), "{playlist}");
        assert!(ended.streams().is_empty(), "{playlist}");
    }
    // The same file, named as the server has it, plays: nothing else was in the way.
    fs::write(served.path().join("a.m3u8"), media("secret.ts")).expect("room for a file");
    let url = format!("http://127.0.0.1:{port}/a.m3u8");
    let ended = Worker::start(&["open", &url]).wait(SOON);
    assert_eq!(ended.streams(), ["0 h264 copy", "1 aac copy"]);
}

#[test]
fn a_source_that_falls_silent_ends_in_time_with_a_sentence() {
    let folder = tempfile::tempdir().expect("a place for files");
    let file = make(MEDIA, &folder.path().join("a.ts"));
    fs::rename(file, folder.path().join("a.stall")).expect("same folder");
    let (port, _) = serve(folder.path().to_owned());
    let before = Instant::now();
    let ended = Worker::start(&["open", &format!("http://127.0.0.1:{port}/a.stall")]).wait(SOON);
    assert_eq!(ended.status.code(), Some(3));
    assert!(ended.error().contains("sent nothing"), "{}", ended.error());
    assert!(!ended.stdout.is_empty());
    assert!(
        before.elapsed() < Duration::from_secs(15),
        "{:?}",
        before.elapsed()
    );
}

#[test]
fn a_publisher_that_dies_is_told_within_a_second() {
    let folder = tempfile::tempdir().expect("a place for files");
    let file = make(MEDIA, &folder.path().join("a.mp4"));
    let port = free_port();
    let url = format!("rtmp://127.0.0.1:{port}/live/key");
    let worker = Worker::start(&["open", &url, "--listen"]);
    wait_for_listener(port);
    let mut publisher = publish(&file, &["-f", "flv", &url]);
    worker.wait_for("stream", SOON);
    publisher.kill().expect("own child");
    publisher.wait().expect("own child");
    let ended = worker.wait(Duration::from_secs(1));
    assert_eq!(ended.status.code(), Some(3));
    assert!(ended.error().contains("broke off"), "{}", ended.error());
}

#[test]
fn a_source_that_is_not_there_is_told_with_advice_and_without_its_password() {
    let port = free_port();
    for scheme in ["rtmp", "rtsp", "http"] {
        let url = format!("{scheme}://admin:s3cret@127.0.0.1:{port}/x");
        let ended = Worker::start(&["open", &url]).wait(SOON);
        assert_eq!(ended.status.code(), Some(3), "{url}");
        assert!(
            ended.error().contains("nothing listens there"),
            "{}",
            ended.error()
        );
        let said = format!("{:?}", ended.events);
        assert!(!said.contains("s3cret"), "{said}");
    }
}

#[test]
fn other_schemes_and_wrong_words_are_refused_with_code_2() {
    let port = free_port();
    let http = format!("http://127.0.0.1:{port}/x");
    for words in [
        &["open", "file:///etc/passwd"][..],
        &["open", "udp://127.0.0.1:5000"],
        &["open", "concat://a"],
        &["open"],
        &["open", "a", "b"],
        &["open", "a", "--loud"],
        &["open", &http, "--listen"],
        &["fly"],
        &[],
    ] {
        let ended = Worker::start(words).wait(SOON);
        assert_eq!(ended.status.code(), Some(2), "{words:?}");
        assert!(ended.stdout.is_empty());
        ended.error();
    }
}
