//! `headend demo`: a node with a test picture, and nothing left behind.

use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4, TcpListener};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

use clap::Args;

use super::{Exit, Failure, Surroundings, print};
use crate::config::Sources;
use crate::config::fault::Language;
use crate::config::machine::Machine;

/// The first port tried, and how many after it.
const PORT: u16 = 8080;
const PORTS: u16 = 100;

/// Run a node with a test picture: multicast on this machine, HLS and the player
#[derive(Debug, Args)]
#[command(after_help = super::help::DEMO)]
pub(super) struct Demo {
    /// The port of the player [default: the first free one from 8080]
    #[arg(long, value_name = "PORT")]
    port: Option<u16>,
}

impl Demo {
    pub(super) fn run(self, around: &Surroundings) -> Result<Exit, Failure> {
        super::log::start();
        let failed = |error: std::io::Error| Failure::Failed(error.to_string());
        let listen = free(self.port).map_err(|error| taken(self.port, &error, around))?;
        let state = Passing::new().map_err(failed)?;
        let file = state.0.join("headend.toml");
        std::fs::write(&file, configuration(listen, &state.0)).map_err(failed)?;
        // The environment of a real node on this machine is not the demonstration's.
        let sources = Sources {
            file: Some(file),
            machine: Machine::this(),
            ..Sources::default()
        };
        super::run::start(sources, around, |addresses| {
            let listen = addresses.http.first().copied().unwrap_or(listen);
            // A reader that went away does not end the demonstration.
            let _ = print(&places(listen, &state.0, around));
        })
    }
}

/// What the demonstration is, as anyone would write it.
fn configuration(listen: SocketAddr, state: &Path) -> String {
    let group = group(listen);
    format!(
        r#"[node]
name = "demo"
state-dir = '{}'

[http]
listen = ["{listen}"]

[[channel]]
id = "demo"
name = "Kênh thử"

[[channel.input]]
url = "test:"

[[channel.output]]
url = "udp://{group}"
interface = "lo"
ttl = 1
bitrate = "4M"

[channel.hls]
"#,
        state.display()
    )
}

fn places(listen: SocketAddr, state: &Path, around: &Surroundings) -> String {
    let words = around.words;
    let http = format!("http://{listen}");
    let group = group(listen);
    let (address, port) = (group.ip(), group.port());
    let rows = [
        (words.player, format!("{http}/")),
        ("HLS", format!("{http}/hls/demo/index.m3u8")),
        ("Multicast", format!("vlc --miface lo udp://@{group}")),
        (
            "",
            format!("ffplay 'udp://{address}:{port}?localaddr=127.0.0.1'"),
        ),
        ("API", format!("{http}/api/v1/node")),
        ("Metrics", format!("{http}/metrics")),
        ("CLI", format!("HEADEND_NODE={http} headend status")),
        ("Socket", format!("{}/headend.sock", state.display())),
    ];
    let lines = rows.iter().map(|(name, place)| {
        let space = " ".repeat(12usize.saturating_sub(name.chars().count()));
        format!("  {name}{space}{place}\n")
    });
    format!(
        "{}\n\n{}\n{}\n",
        words.demo_is_up,
        lines.collect::<String>(),
        words.demo_end
    )
}

/// The group of the demonstration at `listen`: demonstrations beside each other do not mix. It never
/// leaves the loopback interface.
fn group(listen: SocketAddr) -> SocketAddrV4 {
    let [.., last] = (1 + listen.port().wrapping_sub(PORT) % 254).to_be_bytes();
    SocketAddrV4::new(Ipv4Addr::new(239, 84, 0, last), 5000)
}

/// Why the demonstration has no port, and what to do.
fn taken(port: Option<u16>, error: &std::io::Error, around: &Surroundings) -> Failure {
    let at = SocketAddr::from(([127, 0, 0, 1], port.unwrap_or(PORT)));
    Failure::Failed(match around.language {
        Language::English => format!(
            "cannot listen on {at}: {error}; choose another with --port, or leave --port out: then the first free one is taken"
        ),
        Language::Vietnamese => format!(
            "không mở được cổng {at}: {error}; chọn cổng khác bằng --port, hoặc bỏ --port để lấy cổng trống đầu tiên"
        ),
    })
}

/// An address of this machine alone, with a port that is free now.
fn free(port: Option<u16>) -> std::io::Result<SocketAddr> {
    let at = |port: u16| SocketAddr::from(([127, 0, 0, 1], port));
    if let Some(port) = port {
        return TcpListener::bind(at(port))?.local_addr();
    }
    let found = (PORT..PORT + PORTS)
        .map(at)
        .find(|address| TcpListener::bind(address).is_ok());
    found.map_or_else(|| TcpListener::bind(at(0))?.local_addr(), Ok)
}

/// A directory of this user alone that goes with its value.
pub(super) struct Passing(PathBuf);

impl Passing {
    pub(super) fn path(&self) -> &Path {
        &self.0
    }

    pub(super) fn new() -> std::io::Result<Self> {
        let stamp = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        let name = format!(
            "headend-demo-{}-{}",
            std::process::id(),
            stamp.map_or(0, |stamp| stamp.subsec_nanos())
        );
        let dir = std::env::temp_dir().join(name);
        // Fails where somebody made it first.
        std::fs::DirBuilder::new().mode(0o700).create(&dir)?;
        Ok(Self(dir))
    }
}

impl Drop for Passing {
    fn drop(&mut self) {
        // Nobody can be told any more, and the system empties this place by itself.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_demonstration_is_a_configuration_without_errors() {
        let state = Passing::new().unwrap();
        let file = state.0.join("headend.toml");
        let listen = free(None).unwrap();
        std::fs::write(&file, configuration(listen, &state.0)).unwrap();
        let sources = Sources {
            file: Some(file.clone()),
            machine: Machine::this(),
            ..Sources::default()
        };
        let loaded = sources.load().unwrap();
        assert_eq!(loaded.report.problems, []);
        assert_eq!(
            (loaded.plan.state_dir.as_path(), &*loaded.plan.listen),
            (&*state.0, &[listen][..])
        );
        drop(state);
        assert!(!file.exists());
    }

    #[test]
    fn demonstrations_beside_each_other_have_a_group_each() {
        let group = |port| group(SocketAddr::from(([127, 0, 0, 1], port))).to_string();
        assert_eq!(group(PORT), "239.84.0.1:5000");
        assert_eq!(group(PORT + 1), "239.84.0.2:5000");
        for port in [0, 80, PORT + 253, u16::MAX] {
            let group: SocketAddrV4 = group(port).parse().unwrap();
            assert!(
                (1..=254).contains(&group.ip().octets()[3]),
                "{port} {group}"
            );
        }
    }
}
