//! Debian's nginx with the shipped configuration in front of a real node: what the node is asked,
//! and what viewers get when it is gone.

use std::collections::BTreeMap;
use std::fs;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use headend_tests::lab::{Host, Lab, Running, until};
use headend_tests::node::Node;

use crate::machine::Machine;

const PATIENCE: Duration = Duration::from_secs(30);
const VIEWERS: usize = 50;
/// Longer than a playlist may be kept.
const STALE: Duration = Duration::from_millis(2_500);
/// The address in the shipped file.
const ASKED: ([u8; 4], u16) = ([127, 0, 0, 1], 8080);
/// Where the node really is.
const NODE: ([u8; 4], u16) = ([127, 0, 0, 1], 8081);
/// The line to the node is slow, so that viewers meet while an object is on its way.
const DELAY: Duration = Duration::from_millis(300);

const CONFIGURATION: &str = r#"
[http]
listen = ["127.0.0.1:8081"]

[[channel]]
id = "hop"
name = "Họp"

[[channel.input]]
url = "test:?size=320x180"

[channel.hls]
segment = "1s"
window = "20s"
"#;

/// What the node was asked, by path.
type Asked = Arc<Mutex<BTreeMap<String, u32>>>;

/// A relay between the cache and the node that writes down every request.
fn count(lab: &Lab) -> Asked {
    let asked = Asked::default();
    let counted = asked.clone();
    let relay = lab.on(Host::Node, move || {
        let listener = TcpListener::bind(SocketAddr::from(ASKED)).unwrap();
        std::thread::spawn(move || {
            for connection in listener.incoming().flatten() {
                let counted = counted.clone();
                std::thread::spawn(move || relay(connection, &counted));
            }
        });
    });
    relay.join().unwrap();
    asked
}

fn relay(mut cache: TcpStream, counted: &Asked) -> Option<()> {
    let mut node = TcpStream::connect(SocketAddr::from(NODE)).ok()?;
    let (mut from_node, mut to_cache) = (node.try_clone().ok()?, cache.try_clone().ok()?);
    std::thread::spawn(move || {
        let _ = std::io::copy(&mut from_node, &mut to_cache);
        let _ = to_cache.shutdown(std::net::Shutdown::Both);
    });
    let (mut pending, mut buffer) = (Vec::new(), [0; 4096]);
    loop {
        let length = cache.read(&mut buffer).ok().filter(|l| *l > 0)?;
        pending.extend_from_slice(&buffer[..length]);
        while let Some(end) = pending.windows(4).position(|w| w == b"\r\n\r\n") {
            let request: Vec<u8> = pending.drain(..end + 4).collect();
            let line = String::from_utf8_lossy(&request).into_owned();
            let path = line.split(' ').nth(1).unwrap_or_default().to_owned();
            *counted.lock().unwrap().entry(path).or_default() += 1;
            std::thread::sleep(DELAY);
            node.write_all(&request).ok()?;
        }
    }
}

/// An answer of the cache.
#[derive(Clone, Debug)]
struct Answer {
    head: String,
    body: Vec<u8>,
}

impl Answer {
    fn is(&self, status: u16) -> bool {
        self.head.starts_with(&format!("HTTP/1.1 {status} "))
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// How the cache came by it.
    fn cache(&self) -> &str {
        let line = self.head.lines().find_map(|l| l.strip_prefix("X-Cache: "));
        line.unwrap_or_default()
    }
}

/// One request of a viewer, from a thread in the namespace.
fn ask(path: &str, headers: &str) -> Result<Answer> {
    let mut stream = TcpStream::connect(SocketAddr::from(([127, 0, 0, 1], 80)))?;
    stream.set_read_timeout(Some(PATIENCE))?;
    write!(
        stream,
        "GET {path} HTTP/1.0\r\nHost: xem.tinh.vn\r\n{headers}\r\n"
    )?;
    let mut all = Vec::new();
    stream.read_to_end(&mut all)?;
    let end = all.windows(4).position(|w| w == b"\r\n\r\n");
    let end = end.with_context(|| format!("{path}: {}", String::from_utf8_lossy(&all)))?;
    let body = all.split_off(end + 4);
    Ok(Answer {
        head: String::from_utf8(all)?,
        body,
    })
}

fn get(lab: &Lab, path: &str) -> Answer {
    let asked = path.to_owned();
    let answer = lab.on(Host::Node, move || ask(&asked, ""));
    answer.join().unwrap().unwrap()
}

/// Viewers with different browsers ask at once; how long that took.
fn crowd(lab: &Lab, path: &str) -> (Vec<Answer>, Duration) {
    let start = Instant::now();
    let viewers: Vec<_> = (0..VIEWERS)
        .map(|number| {
            let path = path.to_owned();
            let headers = [
                "",
                "Accept-Encoding: gzip\r\n",
                "Accept-Encoding: br, gzip\r\n",
            ];
            lab.on(Host::Node, move || ask(&path, headers[number % 3]))
        })
        .collect();
    let answers = viewers.into_iter().map(|v| v.join().unwrap().unwrap());
    (answers.collect(), start.elapsed())
}

/// The last object that a playlist names, as a path.
fn last(path: &str, playlist: &Answer) -> String {
    let text = playlist.text();
    let line = text.lines().rfind(|l| !l.is_empty() && !l.starts_with('#'));
    let (folder, _) = path.rsplit_once('/').unwrap_or_default();
    format!("{folder}/{}", line.unwrap_or_else(|| panic!("{text}")))
}

/// nginx as Debian's package has it, with the shipped file as its only site.
fn nginx(lab: &Lab, machine: &Machine) -> Running {
    let site = machine.path("/etc/nginx/sites-enabled/headend");
    fs::copy(crate::root().join("deploy/nginx/headend.conf"), site).unwrap();
    fs::remove_file(machine.path("/etc/nginx/sites-enabled/default")).unwrap();
    let enter = machine.enter();
    let mut command = lab.command(Host::Node, &enter[0]);
    command
        .args(&enter[1..])
        .args(["nginx", "-g", "daemon off;"]);
    let mut nginx = Running::start(command, "nginx").unwrap();
    let answers = || {
        let connect = lab.on(Host::Node, || {
            TcpStream::connect(SocketAddr::from(([127, 0, 0, 1], 80))).is_ok()
        });
        connect.join().unwrap()
    };
    let up = until("nginx listens", PATIENCE, answers);
    assert!(up.is_ok() && nginx.is_alive(), "{}", nginx.said());
    nginx
}

#[test]
fn a_crowd_costs_the_node_one_request_for_each_object_and_outlives_the_node() {
    let (lab, machine) = (Lab::new().unwrap(), Machine::new().unwrap());
    let node = Node::start(&lab, CONFIGURATION).unwrap();
    let listed = |c: &serde_json::Value| c["hls"]["segments"].as_u64() > Some(5);
    node.until("hop", "segments", PATIENCE, listed).unwrap();
    let asked = count(&lab);
    let times = |path: &str| asked.lock().unwrap().get(path).copied().unwrap_or(0);
    let _nginx = nginx(&lab, &machine);

    // Nothing is there yet.
    let (answers, _) = crowd(&lab, "/hls/hop/index.m3u8");
    assert!(answers.iter().all(|a| a.is(200)), "{:?}", answers[0]);
    assert_eq!(times("/hls/hop/index.m3u8"), 1);
    let media = last("/hls/hop/index.m3u8", &answers[0]);
    let playlist = get(&lab, &media);
    assert!(playlist.is(200), "{playlist:?}");

    // A segment.
    let segment = last(&media, &playlist);
    let (answers, _) = crowd(&lab, &segment);
    for answer in &answers {
        assert!(
            answer.is(200) && answer.body == answers[0].body,
            "{}",
            answer.head
        );
    }
    assert!(answers[0].body.len() > 1_000, "{segment}");
    assert_eq!(times(&segment), 1);

    // A playlist that was there and is old: one request a second at most.
    std::thread::sleep(STALE);
    let before = times(&media);
    let (answers, span) = crowd(&lab, &media);
    assert!(answers.iter().all(|a| a.is(200)), "{:?}", answers[0]);
    let more = u64::from(times(&media) - before);
    assert!(
        (1..=1 + span.as_secs()).contains(&more),
        "{more} in {span:?}"
    );

    // The names in a list are the viewer's, not the cache's.
    let list = get(&lab, "/playlist.m3u").text();
    assert!(
        list.contains("http://xem.tinh.vn/hls/hop/index.m3u8"),
        "{list}"
    );

    // The node is gone.
    let _folder = node.kill();
    std::thread::sleep(STALE);
    for path in ["/hls/hop/index.m3u8", &media] {
        let answer = get(&lab, path);
        assert!(
            answer.is(200) && answer.cache() == "STALE",
            "{}",
            answer.head
        );
    }
    let answer = get(&lab, &segment);
    assert!(answer.is(200) && answer.cache() == "HIT", "{}", answer.head);
}
