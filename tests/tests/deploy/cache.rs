//! Debian's nginx and Varnish with the shipped configurations in front of a real node: what the
//! node is asked, and what viewers get when it is gone.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use headend_tests::front::Front;
use headend_tests::lab::{Host, Lab, Running, until};
use headend_tests::machine::Machine;
use headend_tests::node::{Node, headend};
use headend_tests::origin::Origin;
use nix::sys::resource::{Resource, getrlimit, setrlimit};

const PATIENCE: Duration = Duration::from_secs(30);
const VIEWERS: usize = 50;
/// So many pages listen to events through a cache.
const PAGES: usize = 512;
/// Longer than a playlist may be kept.
const STALE: Duration = Duration::from_millis(2_500);
/// The address in the shipped file.
const ASKED: ([u8; 4], u16) = ([127, 0, 0, 1], 8080);
/// Where the node really is.
const NODE: ([u8; 4], u16) = ([127, 0, 0, 1], 8081);
/// The line to the node is slow, so that viewers meet while an object is on its way.
const DELAY: Duration = Duration::from_millis(300);
/// So long a request waits for what is not there yet: longer than a playlist's answer may take.
const NEWS: Duration = Duration::from_secs(6);
const MULTIVARIANT: &str = "/hls/hop/index.m3u8";

/// A cache holds a playlist for a second or two, so segments are longer.
const HLS: &str = "segment = \"2s\"\nwindow = \"20s\"\n";

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

/// Sends one request of a viewer, from a thread in the namespace.
fn request(front: Front, path: &str, headers: &str) -> Result<TcpStream> {
    let mut stream = TcpStream::connect(front.address())?;
    stream.set_read_timeout(Some(PATIENCE))?;
    write!(
        stream,
        "GET {path} HTTP/1.0\r\nHost: xem.tinh.vn\r\n{headers}\r\n"
    )?;
    Ok(stream)
}

/// One request of a viewer and its answer.
fn ask(front: Front, path: &str, headers: &str) -> Result<Answer> {
    let mut stream = request(front, path, headers)?;
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

/// A cache of its own in front of a node of its own.
struct Scene {
    lab: Lab,
    front: Front,
    origin: Origin,
    node: Node,
    _feed: tempfile::TempDir,
    _cache: Running,
    _machine: Machine,
}

impl Scene {
    fn new(front: Front) -> Self {
        let (lab, machine) = (Lab::new().unwrap(), Machine::new().unwrap());
        let feed = tempfile::tempdir().unwrap();
        let node = Node::start(&lab, &crate::recorded(feed.path(), HLS)).unwrap();
        let listed = |c: &serde_json::Value| c["hls"]["segments"].as_u64() > Some(5);
        node.until("hop", "segments", PATIENCE, listed).unwrap();
        let origin = Origin::new(&lab, ASKED.into(), NODE.into());
        let cache = front.start(&lab, &machine).unwrap();
        Self {
            lab,
            front,
            origin,
            node,
            _feed: feed,
            _cache: cache,
            _machine: machine,
        }
    }

    fn get(&self, path: &str) -> Answer {
        let (front, asked) = (self.front, path.to_owned());
        let answer = self.lab.on(Host::Node, move || ask(front, &asked, ""));
        answer.join().unwrap().unwrap()
    }

    /// Viewers with different browsers ask at once; how long that took.
    fn crowd(&self, path: &str) -> (Vec<Answer>, Duration) {
        let start = Instant::now();
        let viewers: Vec<_> = (0..VIEWERS)
            .map(|number| {
                let (front, path) = (self.front, path.to_owned());
                let headers = [
                    "",
                    "Accept-Encoding: gzip\r\n",
                    "Accept-Encoding: br, gzip\r\nCookie: toi=1\r\n",
                ];
                let headers = headers[number % 3];
                self.lab.on(Host::Node, move || ask(front, &path, headers))
            })
            .collect();
        let answers = viewers.into_iter().map(|v| v.join().unwrap().unwrap());
        (answers.collect(), start.elapsed())
    }

    /// What an answer without an end begins with: all that comes until it holds `wanted`.
    fn begins(&self, path: &str, headers: &'static str, wanted: &'static [u8]) -> Result<()> {
        let (front, asked) = (self.front, path.to_owned());
        let reading = self.lab.on(Host::Node, move || {
            let mut stream = request(front, &asked, headers)?;
            let (mut all, mut piece) = (Vec::new(), [0; 4096]);
            while !all.windows(wanted.len()).any(|w| w == wanted) {
                let length = stream.read(&mut piece)?;
                let said = || String::from_utf8_lossy(&all).into_owned();
                ensure!(length > 0 && all.len() < 1 << 20, "{}", said());
                all.extend_from_slice(&piece[..length]);
            }
            Ok(())
        });
        reading.join().unwrap().with_context(|| path.to_owned())
    }
}

/// The last object that a playlist names, as a path.
fn last(path: &str, playlist: &Answer) -> String {
    let text = playlist.text();
    let line = text.lines().rfind(|l| !l.is_empty() && !l.starts_with('#'));
    let (folder, _) = path.rsplit_once('/').unwrap_or_default();
    format!("{folder}/{}", line.unwrap_or_else(|| panic!("{text}")))
}

fn a_crowd_costs_one_request(scene: &Scene) -> (String, String) {
    let times = |path: &str| scene.origin.times(path);
    scene.origin.delay("", DELAY);
    // Nothing is there yet.
    let (answers, _) = scene.crowd(MULTIVARIANT);
    assert!(answers.iter().all(|a| a.is(200)), "{:?}", answers[0]);
    assert_eq!(times(MULTIVARIANT), 1);
    let media = last(MULTIVARIANT, &scene.get(MULTIVARIANT));
    let playlist = scene.get(&media);
    assert!(playlist.is(200), "{playlist:?}");

    // A segment, with and without what players add to an address.
    let segment = last(&media, &playlist);
    let (answers, _) = scene.crowd(&format!("{segment}?CMCD=sid%3D%22a%22&_HLS_msn=1"));
    for answer in &answers {
        assert!(
            answer.is(200) && answer.body == answers[0].body,
            "{}",
            answer.head
        );
        assert!(answer.head.contains("immutable"), "{}", answer.head);
    }
    assert!(answers[0].body.len() > 1_000, "{segment}");
    assert!(scene.get(&segment).is(200));
    assert_eq!(times(&segment), 1);

    // A playlist that was there and is old: one request a second at most.
    std::thread::sleep(STALE);
    let before = times(&media);
    let (answers, span) = scene.crowd(&media);
    assert!(answers.iter().all(|a| a.is(200)), "{:?}", answers[0]);
    let asked = || times(&media) > before;
    until("the new playlist is asked for", PATIENCE, asked).unwrap();
    let more = u64::from(times(&media) - before);
    assert!(more <= 1 + span.as_secs(), "{more} in {span:?}");
    assert_eq!(scene.origin.cookies(), 0);
    (media, segment)
}

/// Directives are a playlist's name in one order; who waits for news holds up nobody.
fn directives_are_told_apart(scene: &Scene, media: &str) {
    let asked = format!("{media}?_HLS_msn=7&_HLS_part=0&_HLS_skip=YES");
    scene.origin.delay("_HLS_msn", NEWS);
    let orders = [
        "CMCD=v%3D2&_HLS_skip=YES&_HLS_part=0&_HLS_msn=7",
        "_HLS_msn=7&_HLS_part=0&_HLS_skip=YES&x=1",
    ];
    let began = Instant::now();
    let waiting = orders.map(|order| {
        let (front, path) = (scene.front, format!("{media}?{order}"));
        scene.lab.on(Host::Node, move || ask(front, &path, ""))
    });
    until("news are asked for", PATIENCE, || {
        scene.origin.times(&asked) > 0
    })
    .unwrap();
    assert!(scene.get(&format!("{media}?CMCD=v%3D2")).is(200));
    assert!(began.elapsed() < NEWS / 2, "{:?}", began.elapsed());
    for waiting in waiting {
        let answer = waiting.join().unwrap().unwrap();
        assert!(answer.is(200), "{}", answer.head);
    }
    assert!(began.elapsed() >= NEWS);
    assert_eq!(scene.origin.times(&asked), 1);
    let asked = scene.origin.asked();
    assert!(!asked.keys().any(|path| path.contains("CMCD")), "{asked:?}");
}

/// A playlist that begins earlier is another one than that of now.
fn a_shifted_playlist_is_one_of_its_own(scene: &Scene, media: &str) {
    let now = scene.get(media).text();
    let asked = |query: &str| scene.get(&format!("{media}?{query}")).text();
    assert_ne!(asked("CMCD=v%3D2&from=1796086800"), now);
    asked("from=1796086800&x=1");
    let paths = scene.origin.asked();
    let shifted: Vec<_> = paths.keys().filter(|p| p.contains("from=")).collect();
    assert_eq!(shifted.len(), 1, "{shifted:?}");
}

fn what_is_not_hls_comes_from_the_node(scene: &Scene) {
    for _ in 0..2 {
        assert!(scene.get("/api/v1/channels").is(200));
    }
    assert_eq!(scene.origin.times("/api/v1/channels"), 2);
    let missed = "Last-Event-ID: 0\r\n";
    scene.begins("/api/v1/events", missed, b"\nid:").unwrap();
    scene.begins("/ts/hop", "", b"\r\n\r\n\x47").unwrap();
    // The names in a list are the viewer's, not the cache's.
    let list = scene.get("/playlist.m3u").text();
    let own = "http://xem.tinh.vn/hls/hop/index.m3u8";
    assert!(list.contains(own), "{list}");
}

/// Pages that listen to events do not take the connections that all wait for.
fn pages_leave_room_for_the_rest(scene: &Scene) {
    let (_, hard) = getrlimit(Resource::RLIMIT_NOFILE).unwrap();
    setrlimit(Resource::RLIMIT_NOFILE, hard, hard).unwrap();
    let front = scene.front;
    let listen = move || -> Result<(TcpStream, [u8; 12])> {
        let mut stream = request(front, "/api/v1/events", "")?;
        let mut status = [0; 12];
        stream.read_exact(&mut status)?;
        Ok((stream, status))
    };
    let pages = move || (0..=PAGES).map(|_| listen()).collect::<Result<Vec<_>>>();
    let mut pages = scene.lab.on(Host::Node, pages).join().unwrap().unwrap();
    let (_, last) = pages.pop().unwrap();
    assert_eq!(&last, b"HTTP/1.1 503");
    // A page that has gone counts until the node says something again.
    let listening = pages.iter().filter(|(_, status)| status == b"HTTP/1.1 200");
    assert!(listening.count() >= PAGES - 1);
    assert!(scene.get("/api/v1/channels").is(200));
}

/// The judge of all rules, as a viewer of the cache.
fn the_rules_hold_through_it(scene: &Scene) {
    // Ten seconds are for the rules, not for the line.
    scene.origin.delay("", Duration::ZERO);
    let url = format!("http://{}{MULTIVARIANT}", scene.front.address());
    let mut probe = scene.lab.command(Host::Node, headend().to_str().unwrap());
    probe.args(["probe", &url, "--rules", "--for", "10s", "--output", "json"]);
    let (good, said) = crate::outcome(&mut probe);
    assert!(good, "{said}");
    let report: serde_json::Value = serde_json::from_str(&said).unwrap();
    let rules = report["rules"].as_array().unwrap();
    let of = |id: &str| rules.iter().find(|r| r["id"] == id).unwrap();
    for held in ["R01", "R10", "R31", "R39", "R40", "R45", "R46"] {
        assert_eq!(of(held)["verdict"], "held", "{held}: {report:#}");
    }
    let broken = rules.iter().filter(|r| r["verdict"] == "broken");
    assert_eq!(broken.count(), 0, "{report:#}");
}

fn it_outlives_the_node(scene: Scene, media: &str, segment: &str) {
    let Scene {
        lab, front, node, ..
    } = &scene;
    for path in [MULTIVARIANT, media] {
        until(path, PATIENCE, || scene.get(path).is(200)).unwrap();
    }
    node.process.signal(nix::sys::signal::Signal::SIGKILL);
    std::thread::sleep(STALE);
    for path in [MULTIVARIANT, media] {
        let answer = scene.get(path);
        assert!(
            answer.is(200) && answer.cache() == "STALE",
            "{}",
            answer.head
        );
    }
    let answer = scene.get(segment);
    assert!(answer.is(200) && answer.cache() == "HIT", "{}", answer.head);
    // What was never here is an error, soon.
    let front = *front;
    let gone = lab.on(Host::Node, move || {
        ask(front, "/hls/hop/video/none.m4s", "")
    });
    let gone = gone.join().unwrap().unwrap();
    assert!(gone.is(502) || gone.is(503), "{}", gone.head);
}

fn in_front(front: Front) {
    let scene = Scene::new(front);
    let (media, segment) = a_crowd_costs_one_request(&scene);
    directives_are_told_apart(&scene, &media);
    a_shifted_playlist_is_one_of_its_own(&scene, &media);
    the_rules_hold_through_it(&scene);
    what_is_not_hls_comes_from_the_node(&scene);
    pages_leave_room_for_the_rest(&scene);
    it_outlives_the_node(scene, &media, &segment);
}

#[test]
fn nginx_asks_once_for_each_object_and_outlives_the_node() {
    in_front(Front::Nginx);
}

#[test]
fn varnish_asks_once_for_each_object_and_outlives_the_node() {
    in_front(Front::Varnish);
}

#[test]
fn the_shipped_vcl_compiles() {
    let mut compile = std::process::Command::new("varnishd");
    compile.arg("-C").arg("-f");
    compile.arg(crate::root().join("deploy/varnish/default.vcl"));
    let (good, said) = crate::outcome(&mut compile);
    assert!(good, "{said}");
}
