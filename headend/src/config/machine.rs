//! What a configuration is judged against: the machine it is for.

use std::net::IpAddr;
use std::path::PathBuf;

use super::near::near;

/// This machine, or one made for a test.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Machine {
    /// The host's name.
    pub name: String,
    /// Its network interfaces.
    pub interfaces: Vec<Interface>,
    /// The working directory.
    pub working: PathBuf,
    /// The state directory where the configuration names none.
    pub state_dir: PathBuf,
}

/// A network interface.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Interface {
    /// For example `eth0`.
    pub name: String,
    /// Its addresses now.
    pub addresses: Vec<IpAddr>,
}

impl Machine {
    /// The machine this runs on. Under systemd the state directory is what `StateDirectory=`
    /// names.
    #[must_use]
    pub fn this() -> Self {
        let name = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
        let name = match name.trim() {
            "" => "headend".to_owned(),
            name => name.to_owned(),
        };
        let working = std::env::current_dir().unwrap_or_else(|_| PathBuf::from("/"));
        // systemd parts several directories by colons; the first is ours.
        let state_dir = std::env::var("STATE_DIRECTORY")
            .ok()
            .and_then(|dirs| dirs.split(':').next().map(PathBuf::from))
            .filter(|dir| dir.is_absolute())
            .unwrap_or_else(|| working.join("state"));
        Self {
            name,
            interfaces: interfaces(),
            working,
            state_dir,
        }
    }

    /// The name of the interface that `written` names, itself or by an address.
    #[must_use]
    pub fn interface(&self, written: &str) -> Option<&str> {
        let address: Option<IpAddr> = written.parse().ok();
        let found = self.interfaces.iter().find(|interface| match &address {
            Some(address) => interface.addresses.contains(address),
            None => interface.name == written,
        });
        found.map(|interface| interface.name.as_str())
    }

    /// The interface whose name looks most like `written`.
    #[must_use]
    pub fn interface_like(&self, written: &str) -> Option<String> {
        near(written, self.interfaces.iter().map(|i| i.name.as_str()))
    }

    /// `lo (127.0.0.1), eth0 (10.0.0.5)`
    #[must_use]
    pub fn listing(&self) -> String {
        let described = self.interfaces.iter().map(|interface| {
            let addresses = interface.addresses.iter().map(ToString::to_string);
            match addresses.collect::<Vec<_>>().join(", ") {
                none if none.is_empty() => interface.name.clone(),
                addresses => format!("{} ({addresses})", interface.name),
            }
        });
        described.collect::<Vec<_>>().join(", ")
    }
}

fn interfaces() -> Vec<Interface> {
    let mut found: Vec<Interface> = Vec::new();
    for entry in nix::ifaddrs::getifaddrs().into_iter().flatten() {
        let address = entry.address.and_then(|address| {
            let v4 = address.as_sockaddr_in().map(|a| IpAddr::V4(a.ip()));
            v4.or_else(|| address.as_sockaddr_in6().map(|a| IpAddr::V6(a.ip())))
        });
        match found.iter_mut().find(|i| i.name == entry.interface_name) {
            Some(interface) => interface.addresses.extend(address),
            None => found.push(Interface {
                name: entry.interface_name,
                addresses: address.into_iter().collect(),
            }),
        }
    }
    found
}
