//! The shipped caches, as their Debian packages run them.

use std::fs;
use std::net::{Ipv4Addr, SocketAddrV4, TcpStream};
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result};

use crate::lab::{Host, Lab, Running, until};
use crate::machine::Machine;

const PATIENCE: Duration = Duration::from_secs(30);

/// A program that stands in front of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Front {
    /// `deploy/nginx/headend.conf`, on port 80.
    Nginx,
    /// `deploy/varnish/default.vcl`, on port 6081.
    Varnish,
}

impl Front {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Nginx, Self::Varnish];

    /// Where it answers.
    #[must_use]
    pub const fn address(self) -> SocketAddrV4 {
        let port = match self {
            Self::Nginx => 80,
            Self::Varnish => 6081,
        };
        SocketAddrV4::new(Ipv4Addr::LOCALHOST, port)
    }

    /// Starts it on `machine`, in the network of the lab's node host, with the shipped file as it
    /// is; the node is asked at 127.0.0.1:8080.
    ///
    /// # Errors
    /// Its package is missing, or it does not answer in 30 s; the error holds what it said.
    pub fn start(self, lab: &Lab, machine: &Machine) -> Result<Running> {
        let words: &[&str] = match self {
            Self::Nginx => {
                nginx(machine).context("Debian's nginx-light")?;
                &["nginx", "-g", "daemon off;"]
            }
            Self::Varnish => {
                let to = machine.path("/etc/varnish/default.vcl");
                fs::copy(shipped("varnish/default.vcl"), to).context("Debian's varnish")?;
                // As in varnish.service, in the foreground.
                &[
                    "varnishd",
                    "-F",
                    "-a",
                    ":6081",
                    "-f",
                    "/etc/varnish/default.vcl",
                    "-s",
                    "malloc,256m",
                ]
            }
        };
        let enter = machine.enter();
        let mut command = lab.command(Host::Node, &enter[0]);
        command.args(&enter[1..]).args(words);
        let mut running = Running::start(command, words[0])?;
        let address = self.address();
        let answers = || {
            let connect = lab.on(Host::Node, move || TcpStream::connect(address).is_ok());
            connect.join().unwrap_or(false)
        };
        until("the cache listens", PATIENCE, answers).with_context(|| running.said())?;
        anyhow::ensure!(running.is_alive(), "{}", running.said());
        Ok(running)
    }
}

/// As the head of the shipped file says.
fn nginx(machine: &Machine) -> Result<()> {
    let sites = Path::new("/etc/nginx/sites-enabled");
    let site = machine.path(&sites.join("headend").display().to_string());
    fs::copy(shipped("nginx/headend.conf"), site)?;
    fs::remove_file(machine.path(&sites.join("default").display().to_string()))?;
    let main = machine.path("/etc/nginx/nginx.conf");
    let text = fs::read_to_string(&main)?;
    let text = text.replace("worker_connections 768;", "worker_connections 16384;");
    fs::write(&main, format!("worker_rlimit_nofile 20000;\n{text}"))?;
    machine.run(&["nginx", "-t"])?;
    Ok(())
}

fn shipped(file: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../deploy")
        .join(file)
}
