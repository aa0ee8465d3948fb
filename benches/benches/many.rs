//! A thousand viewers of 2 Mbit/s, each of whom plays HLS over connections of its own: the node
//! alone, beside it nginx that serves the same files from memory (tmpfs), and the shipped caches in
//! front of the node. All take their turn in each round; the figures are medians of the rounds,
//! errors, late segments and stalls those of all. The viewers run on one core of the same machine.
//! Needs root. `HEADEND_BENCH_VIEWERS=1000`, `HEADEND_BENCH_SECONDS=20`, `HEADEND_BENCH_ROUNDS=3`,
//! `HEADEND_BENCH_PEERS=alone,files`.

use std::net::{Ipv4Addr, SocketAddrV4, TcpStream};
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use headend_benches::{cpu_of_family, release};
use headend_tests::crowd::{Client, Crowd, Report};
use headend_tests::front::Front;
use headend_tests::lab::{Host, Lab, Running, until};
use headend_tests::machine::Machine;
use headend_tests::origin::Origin;

/// The node itself.
const NODE: SocketAddrV4 = SocketAddrV4::new(Ipv4Addr::LOCALHOST, 8081);
/// Where the caches ask: the line on which their requests are counted.
const LINE: SocketAddrV4 = SocketAddrV4::new(Ipv4Addr::LOCALHOST, 8080);
/// nginx with the files.
const FILES: SocketAddrV4 = SocketAddrV4::new(Ipv4Addr::LOCALHOST, 8090);
const PLAYLIST: &str = "/hls/hop/index.m3u8";
const PATIENCE: Duration = Duration::from_secs(30);

/// Who serves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Peer {
    Alone,
    Files,
    Behind(Front),
}

impl Peer {
    const ALL: [Self; 4] = [
        Self::Alone,
        Self::Files,
        Self::Behind(Front::Nginx),
        Self::Behind(Front::Varnish),
    ];

    const fn name(self) -> &'static str {
        match self {
            Self::Alone => "headend alone",
            Self::Files => "nginx, the same files",
            Self::Behind(Front::Nginx) => "nginx in front",
            Self::Behind(Front::Varnish) => "Varnish in front",
        }
    }

    const fn address(self) -> SocketAddrV4 {
        match self {
            Self::Alone => NODE,
            Self::Files => FILES,
            Self::Behind(front) => front.address(),
        }
    }
}

/// A number from the environment.
fn number(name: &str, default: u64) -> u64 {
    let written = std::env::var(name).ok();
    written.and_then(|n| n.parse().ok()).unwrap_or(default)
}

fn median(mut all: Vec<f64>) -> f64 {
    all.sort_by(f64::total_cmp);
    all.get(all.len() / 2).copied().unwrap_or(f64::NAN)
}

/// Half a minute of a programme of 2 Mbit/s in a file, and a node that loops it.
fn node(lab: &Lab, folder: &Path) -> Result<Running> {
    let encode = "-c:v libx264 -preset ultrafast -g 50 -b:v 1.8M -maxrate 1.8M -bufsize 1M \
        -x264-params nal-hrd=cbr:scenecut=0 -pix_fmt yuv420p -c:a aac -b:a 128k";
    let words: Vec<&str> = encode.split_whitespace().collect();
    let file = folder.join("feed.ts");
    std::fs::write(
        &file,
        headend_tests::sim::generated("bench-2m", 30, &words)?,
    )?;
    let configuration = format!(
        "[node]\nstate-dir = {:?}\n[http]\nlisten = [\"{NODE}\"]\n[[channel]]\nid = \"hop\"\n\
         name = \"Họp\"\n[[channel.input]]\nurl = \"file:{}\"\ncontent = false\n[channel.hls]\n",
        folder.join("state"),
        file.display()
    );
    let written = folder.join("headend.toml");
    std::fs::write(&written, configuration)?;
    let written = written.display().to_string();
    let run = ["run", "--config", &written];
    let mut node = lab.start(Host::Node, &release("headend"), &run)?;
    std::thread::sleep(Duration::from_secs(12));
    anyhow::ensure!(node.is_alive(), "{}", node.said());
    Ok(node)
}

/// Debian's nginx with nothing but files, as its documentation has it for large ones.
fn files(lab: &Lab, folder: &Path) -> Result<Running> {
    let root = folder.join("files");
    let text = format!(
        "worker_processes auto;\nworker_rlimit_nofile 20000;\npid {0}/nginx.pid;\nerror_log stderr;\n\
         events {{ worker_connections 16384; }}\nhttp {{\n access_log off; sendfile on;\n\
         tcp_nopush on; keepalive_timeout 75s; keepalive_requests 100000; open_file_cache off;\n\
         types {{ application/vnd.apple.mpegurl m3u8; video/mp4 m4s mp4; }}\n\
         server {{ listen {FILES}; root {1}; }}\n}}\n",
        folder.display(),
        root.display()
    );
    let written = folder.join("nginx.conf");
    std::fs::write(&written, text)?;
    let written = written.display().to_string();
    let nginx = lab.start(Host::Node, "nginx", &["-g", "daemon off;", "-c", &written])?;
    until("nginx listens", PATIENCE, || {
        let open = lab.on(Host::Node, || TcpStream::connect(FILES).is_ok());
        open.join().unwrap_or(false)
    })
    .with_context(|| nginx.said())?;
    Ok(nginx)
}

/// Writes what the node's playlists list into files, again and again until `end`.
fn mirror(root: &Path, end: Instant) -> Result<()> {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = runtime.enable_all().build()?;
    runtime.block_on(async {
        let mut client = Client::new(NODE, Ipv4Addr::LOCALHOST);
        while Instant::now() < end {
            let mut queue = vec![PLAYLIST.to_owned()];
            let mut lists = Vec::new();
            while let Some(path) = queue.pop() {
                let to = root.join(path.trim_start_matches('/'));
                let list = path.ends_with(".m3u8");
                if !list && to.exists() {
                    continue;
                }
                let answer = client.get(&path).await?;
                if list {
                    queue.extend(named(&path, &String::from_utf8_lossy(&answer.body)));
                    lists.push((to, answer.body));
                } else {
                    put(&to, &answer.body)?;
                }
            }
            // Lists come last, so that what they name is there.
            for (to, body) in lists {
                put(&to, &body)?;
            }
            tokio::time::sleep(Duration::from_millis(250)).await;
        }
        Ok(())
    })
}

/// What a playlist names, as paths.
fn named(path: &str, text: &str) -> Vec<String> {
    let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
    let lines = text
        .lines()
        .filter_map(|line| match line.split_once("URI=\"") {
            Some((_, behind)) => behind.split('"').next(),
            None => Some(line).filter(|line| !line.starts_with('#') && !line.is_empty()),
        });
    lines.map(|name| format!("{folder}/{name}")).collect()
}

/// All of a file at once.
fn put(to: &Path, body: &[u8]) -> Result<()> {
    std::fs::create_dir_all(to.parent().context("a folder")?)?;
    let part = to.with_extension("part");
    std::fs::write(&part, body)?;
    Ok(std::fs::rename(part, to)?)
}

struct Figures {
    report: Report,
    /// CPU seconds of the server for a gigabyte.
    cpu: f64,
    /// The most requests for one segment or init section that reached the node through a cache.
    asked: u32,
}

fn round(peer: Peer, lab: &Lab, node: &Running, root: &Path, seconds: u64) -> Result<Figures> {
    let crowd = Crowd {
        server: peer.address(),
        playlist: PLAYLIST.to_owned(),
        viewers: u16::try_from(number("HEADEND_BENCH_VIEWERS", 1_000))?,
        arrive: Duration::from_secs(4),
        watch: Duration::from_secs(seconds),
    };
    let end = Instant::now() + Duration::from_secs(seconds + 3);
    let folder = tempfile::tempdir()?;
    let (mut server, mut mirroring, mut machine) = (None, None, None);
    let origin = match peer {
        Peer::Alone => None,
        Peer::Files => {
            let to = root.to_owned();
            mirroring = Some(lab.on(Host::Node, move || mirror(&to, end)));
            std::thread::sleep(Duration::from_secs(2));
            server = Some(files(lab, root.parent().context("a folder")?)?);
            None
        }
        Peer::Behind(front) => {
            let origin = Origin::new(lab, LINE.into(), NODE.into());
            let on = machine.insert(Machine::new()?);
            server = Some(front.start(lab, on)?);
            Some(origin)
        }
    };
    let process = server.as_ref().unwrap_or(node).id();
    let before = cpu_of_family(process);
    let report = lab.on(Host::Node, move || crowd.run());
    let report = report.join().expect("viewers")?;
    let used = cpu_of_family(process) - before;
    drop((server, folder));
    if let Some(mirroring) = mirroring {
        mirroring.join().expect("a mirror")?;
    }
    let asked = origin.map_or(0, |origin| {
        let hls = |path: &str| path.starts_with("/hls/") && !path.ends_with(".m3u8");
        let asked = origin.asked().into_iter().filter(|(path, _)| hls(path));
        asked.map(|(_, times)| times).max().unwrap_or(0)
    });
    Ok(Figures {
        cpu: used / (report.bytes as f64 / 1e9),
        report,
        asked,
    })
}

fn main() -> Result<()> {
    let (seconds, rounds) = (
        number("HEADEND_BENCH_SECONDS", 20),
        number("HEADEND_BENCH_ROUNDS", 3),
    );
    let wanted = std::env::var("HEADEND_BENCH_PEERS").unwrap_or_default();
    let asked = |peer: &Peer| wanted.split(',').any(|word| peer.name().contains(word));
    let peers: Vec<Peer> = Peer::ALL.into_iter().filter(asked).collect();
    let mut table: Vec<Vec<Figures>> = peers.iter().map(|_| Vec::new()).collect();
    for _ in 0..rounds {
        for (peer, figures) in peers.iter().zip(&mut table) {
            // A lab of its own for each: nothing of the last one is left.
            let (lab, folder) = (Lab::new()?, tempfile::tempdir_in("/dev/shm")?);
            let node = node(&lab, folder.path())?;
            let root = folder.path().join("files");
            match round(*peer, &lab, &node, &root, seconds) {
                Ok(new) => {
                    println!("{}: {}", peer.name(), new.report);
                    figures.push(new);
                }
                Err(error) => println!("{}: failed: {error:#}", peer.name()),
            }
        }
    }
    println!("medians of {rounds} rounds of {seconds} s");
    println!(
        "{:<22} {:>9} {:>10} {:>11} {:>9} {:>6} {:>6} {:>7} {:>8}",
        "server", "CPU s/GB", "p50 ms", "p99 ms", "Gbit/s", "late", "stalls", "errors", "requests"
    );
    for (peer, figures) in peers.iter().zip(&table) {
        let middle = |of: &dyn Fn(&Figures) -> f64| median(figures.iter().map(of).collect());
        let first = |percent| middle(&|f| f.report.first_byte(percent).as_secs_f64() * 1e3);
        let sum = |of: fn(&Report) -> u64| figures.iter().map(|f| of(&f.report)).sum::<u64>();
        println!(
            "{:<22} {:>9.2} {:>10.2} {:>11.2} {:>9.2} {:>6} {:>6} {:>7} {:>8}",
            peer.name(),
            middle(&|f| f.cpu),
            first(50),
            first(99),
            middle(&|f| f.report.bytes as f64 * 8e-9 / seconds as f64),
            sum(|r| r.late),
            sum(|r| r.stalls),
            sum(|r| r.errors),
            figures.iter().map(|f| f.asked).max().unwrap_or(0),
        );
    }
    Ok(())
}
