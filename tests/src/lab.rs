//! Hosts of a test: network namespaces joined by veth pairs, gone when the lab is dropped.

use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

static NUMBER: AtomicU32 = AtomicU32::new(0);

/// Three hosts in a row: encoder, node, receiver. The encoder is 10.1.0.1 on `e0`, the node
/// 10.1.0.2 on `n0` and 10.2.0.1 on `n1`, the receiver 10.2.0.2 on `r0`.
pub struct Lab {
    tag: String,
}

/// One host of the lab.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Host {
    /// Sends feeds.
    Encoder,
    /// Runs the node.
    Node,
    /// Plays.
    Receiver,
}

impl Lab {
    /// Makes the hosts.
    ///
    /// # Errors
    /// Making namespaces needs root; the error says which command failed.
    pub fn new() -> Result<Self> {
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let lab = Self {
            tag: format!("hd{}-{number}", std::process::id()),
        };
        let [e, n, r] = [Host::Encoder, Host::Node, Host::Receiver].map(|h| lab.namespace(h));
        for namespace in [&e, &n, &r] {
            ip(&["netns", "add", namespace])?;
            ip(&["-n", namespace, "link", "set", "lo", "up"])?;
        }
        join((&e, "e0", "10.1.0.1/24"), (&n, "n0", "10.1.0.2/24"))?;
        join((&n, "n1", "10.2.0.1/24"), (&r, "r0", "10.2.0.2/24"))?;
        Ok(lab)
    }

    /// The namespace's name.
    #[must_use]
    pub fn namespace(&self, host: Host) -> String {
        let host = match host {
            Host::Encoder => "enc",
            Host::Node => "node",
            Host::Receiver => "recv",
        };
        format!("{}-{host}", self.tag)
    }

    /// A command that will run on `host`, ended when its handle is dropped.
    #[must_use]
    pub fn command(&self, host: Host, program: &str) -> Command {
        let mut command = Command::new("ip");
        command.args(["netns", "exec", &self.namespace(host), program]);
        command.stdin(Stdio::null());
        command
    }

    /// Starts `program` on `host` with what it says in a file of the lab's.
    ///
    /// # Errors
    /// The program cannot be started.
    pub fn start(&self, host: Host, program: &str, args: &[&str]) -> Result<Running> {
        let mut command = self.command(host, program);
        command.args(args);
        Running::start(command, program)
    }

    /// Drops packets that arrive on `interface` of `host` with this probability, both directions.
    ///
    /// # Errors
    /// iptables is missing or refuses.
    pub fn lose(&self, host: Host, interface: &str, probability: f64) -> Result<()> {
        for (chain, flag) in [("INPUT", "-i"), ("OUTPUT", "-o")] {
            let status = self
                .command(host, "iptables")
                .args([
                    "-A",
                    chain,
                    flag,
                    interface,
                    "-m",
                    "statistic",
                    "--mode",
                    "random",
                ])
                .args(["--probability", &probability.to_string(), "-j", "DROP"])
                .status()
                .context("iptables")?;
            if !status.success() {
                bail!("iptables refused a rule on {interface}");
            }
        }
        Ok(())
    }

    /// Runs `work` on a thread of this process that is in the host's network.
    ///
    /// # Panics
    /// When `work` panics.
    pub fn on<T: Send + 'static>(
        &self,
        host: Host,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> std::thread::JoinHandle<T> {
        within(&self.namespace(host), work)
    }
}

impl Drop for Lab {
    fn drop(&mut self) {
        for host in [Host::Encoder, Host::Node, Host::Receiver] {
            let _ = ip(&["netns", "del", &self.namespace(host)]);
        }
    }
}

/// A process of the lab; dropping it ends it.
pub struct Running {
    child: Child,
    log: tempfile::NamedTempFile,
    name: String,
}

impl Running {
    /// Starts `command` with both outputs in a file.
    ///
    /// # Errors
    /// It cannot be started.
    pub fn start(mut command: Command, name: &str) -> Result<Self> {
        let log = tempfile::NamedTempFile::new()?;
        // Appended: each would write over what the other said.
        let end = std::fs::OpenOptions::new().append(true).open(log.path())?;
        let child = command
            .stdout(end.try_clone()?)
            .stderr(end)
            .spawn()
            .with_context(|| format!("cannot start {name}"))?;
        Ok(Self {
            child,
            log,
            name: name.to_owned(),
        })
    }

    /// All that it said.
    #[must_use]
    pub fn said(&self) -> String {
        std::fs::read(self.log.path()).map_or_else(
            |e| e.to_string(),
            |b| String::from_utf8_lossy(&b).into_owned(),
        )
    }

    /// Waits until it ends.
    ///
    /// # Errors
    /// It did not end in `patience`, or with a failure; the error holds what it said.
    pub fn finish(mut self, patience: Duration) -> Result<String> {
        let deadline = Instant::now() + patience;
        loop {
            if let Some(status) = self.child.try_wait()? {
                if status.success() {
                    return Ok(self.said());
                }
                bail!("{} ended with {status}: {}", self.name, self.said());
            }
            if Instant::now() > deadline {
                bail!("{} did not end in {patience:?}: {}", self.name, self.said());
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Its process id.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Sends it a signal.
    pub fn signal(&self, signal: nix::sys::signal::Signal) {
        let pid = nix::unistd::Pid::from_raw(self.child.id().cast_signed());
        let _ = nix::sys::signal::kill(pid, signal);
    }

    /// Whether it still runs.
    pub fn is_alive(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.signal(nix::sys::signal::Signal::SIGTERM);
        let deadline = Instant::now() + Duration::from_secs(3);
        while Instant::now() < deadline {
            if !matches!(self.child.try_wait(), Ok(None)) {
                return;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Waits until `holds`, asking every 50 ms.
///
/// # Errors
/// It did not in `patience`; the error says `what`.
pub fn until(what: &str, patience: Duration, mut holds: impl FnMut() -> bool) -> Result<()> {
    let deadline = Instant::now() + patience;
    while !holds() {
        if Instant::now() > deadline {
            bail!("not in {patience:?}: {what}");
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    Ok(())
}

/// Runs `work` on a thread that is in this namespace.
pub(crate) fn within<T: Send + 'static>(
    namespace: &str,
    work: impl FnOnce() -> T + Send + 'static,
) -> std::thread::JoinHandle<T> {
    let path = PathBuf::from("/run/netns").join(namespace);
    std::thread::spawn(move || {
        let namespace = std::fs::File::open(&path).expect("the namespace is there");
        nix::sched::setns(namespace, nix::sched::CloneFlags::CLONE_NEWNET)
            .expect("root may enter a namespace");
        work()
    })
}

fn join(a: (&str, &str, &str), b: (&str, &str, &str)) -> Result<()> {
    ip(&[
        "-n", a.0, "link", "add", a.1, "type", "veth", "peer", "name", b.1, "netns", b.0,
    ])?;
    for (namespace, interface, address) in [a, b] {
        ip(&["-n", namespace, "addr", "add", address, "dev", interface])?;
        ip(&["-n", namespace, "link", "set", interface, "up"])?;
        ip(&[
            "-n",
            namespace,
            "route",
            "add",
            "224.0.0.0/4",
            "dev",
            interface,
        ])
        .ok();
    }
    Ok(())
}

pub(crate) fn ip(args: &[&str]) -> Result<()> {
    let output = Command::new("ip")
        .args(args)
        .output()
        .context("ip (package iproute2)")?;
    if !output.status.success() {
        bail!(
            "`ip {}` failed (these tests need root): {}",
            args.join(" "),
            String::from_utf8_lossy(&output.stderr)
        );
    }
    Ok(())
}
