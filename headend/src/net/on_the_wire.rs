//! Whether an output leaves this machine: the node joins its own group and listens.

use std::fs;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use packager::time::Mono;
use socket2::{Domain, Protocol, Socket, Type};

use super::clock;
use super::datagrams::join;
use super::interface::{self, Interface};
use super::sink::Sink;
use crate::plan::OutputPlan;
use crate::snapshot::OutputState;

/// So long after our own first datagram another sender's is waited for.
const OTHERS: Duration = Duration::from_millis(300);

/// What is known of an output's way to the wire.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OnTheWire {
    /// The verdict.
    pub state: OutputState,
    /// Why not and what to try; or what an operator should know although all is well.
    pub reason: Option<String>,
}

/// Looks whether what an output sends now leaves by its interface. Waits for at most `patience`,
/// so it is not for the packet path. The output has to be sending meanwhile.
///
/// Our own datagrams that come back to a member of the group on that interface are the proof. Where
/// loopback is off none come back, and the interface's count of packets sent stands for them.
#[must_use]
pub fn verify(plan: &OutputPlan, patience: Duration) -> OnTheWire {
    let group = plan.address.ip();
    let interface = match plan.interface.as_deref().map(interface::find).transpose() {
        Ok(interface) => interface,
        Err(e) => return not(e.to_string()),
    };
    if let Some(reason) = obstacle(plan, interface.as_ref()) {
        return not(reason);
    }
    // The way there is tried anew: a route may have gone since the output was opened.
    if let Err(e) = Sink::open(plan) {
        return not(e.to_string());
    }
    let Some(interface) = interface.filter(|_| group.is_multicast()) else {
        return OnTheWire {
            state: OutputState::Sending,
            reason: None,
        };
    };
    let member = match Member::join(plan.address, &interface) {
        Ok(member) => member,
        Err(e) => {
            return not(format!(
                "cannot join the own group {group} on {}: {e}",
                interface.name
            ));
        }
    };
    let sent_before = packets_sent(&interface.name);
    let heard = member.listen(clock::now() + patience, plan.loopback);
    let sent = packets_sent(&interface.name)
        .zip(sent_before)
        .map(|(after, before)| after.saturating_sub(before));
    judge(plan, &interface, heard, sent)
}

/// What a member of the group heard.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Heard {
    own: bool,
    stranger: Option<IpAddr>,
}

fn judge(plan: &OutputPlan, interface: &Interface, heard: Heard, sent: Option<u64>) -> OnTheWire {
    let group = plan.address.ip();
    let stranger = heard.stranger.map(|from| {
        format!("{from} sends to {group} as well; receivers get both mixed. Choose another group, or receive source-specific")
    });
    if heard.own || (!plan.loopback && sent.is_some_and(|packets| packets > 0)) {
        return OnTheWire {
            state: OutputState::OnTheWire,
            reason: stranger,
        };
    }
    not(stranger.unwrap_or_else(|| {
        let name = &interface.name;
        if sent == Some(0) {
            format!("{name} sent no packet at all; look whether the channel has an input and what a firewall (`nft list ruleset`) drops")
        } else {
            format!("nothing of {group} was heard on {name}; look whether the channel has an input and what a firewall (`nft list ruleset`) drops")
        }
    }))
}

/// What holds all datagrams back although each is sent without an error.
fn obstacle(plan: &OutputPlan, interface: Option<&Interface>) -> Option<String> {
    if plan.ttl == 0 && plan.address.ip().is_multicast() {
        return Some("ttl 0 never leaves this machine; set `ttl` to the number of routers on the way plus one".into());
    }
    let Interface {
        name, up, carrier, ..
    } = interface?;
    if !up {
        return Some(format!(
            "{name} is down; set it up (`ip link set {name} up`)"
        ));
    }
    if !carrier {
        return Some(format!(
            "{name} has no carrier; look at the cable and the switch port"
        ));
    }
    None
}

fn not(reason: String) -> OnTheWire {
    OnTheWire {
        state: OutputState::NotOnTheWire,
        reason: Some(reason),
    }
}

/// A member of the group on the output's interface, for as long as the look takes.
struct Member {
    socket: std::net::UdpSocket,
    own: Vec<IpAddr>,
}

impl Member {
    fn join(group: SocketAddr, interface: &Interface) -> std::io::Result<Self> {
        let socket = Socket::new(Domain::for_address(group), Type::DGRAM, Some(Protocol::UDP))?;
        socket.set_reuse_address(true)?;
        match group {
            SocketAddr::V4(_) => socket.set_multicast_all_v4(false)?,
            SocketAddr::V6(_) => {
                socket.set_only_v6(true)?;
                socket.set_multicast_all_v6(false)?;
            }
        }
        socket.bind(&interface::scoped(group, interface.index).into())?;
        join(&socket, group.ip(), None, interface.index)?;
        Ok(Self {
            socket: socket.into(),
            own: interface::own_addresses(),
        })
    }

    /// Listens until `deadline`, and no longer than [`OTHERS`] after our own (when `loopback` lets
    /// it be heard).
    fn listen(&self, mut deadline: Mono, loopback: bool) -> Heard {
        let mut heard = Heard::default();
        let mut byte = [0];
        while !(heard.own && heard.stranger.is_some()) {
            let left = deadline.since(clock::now());
            if left.is_zero() || self.socket.set_read_timeout(Some(left)).is_err() {
                break;
            }
            match self.socket.recv_from(&mut byte) {
                // Without an address on the interface the kernel sends from 0.0.0.0; nothing from
                // there comes over a network.
                Ok((_, from)) if self.own.contains(&from.ip()) || from.ip().is_unspecified() => {
                    if loopback && !heard.own {
                        deadline = deadline.min(clock::now() + OTHERS);
                    }
                    heard.own = true;
                }
                Ok((_, from)) => heard.stranger = Some(from.ip()),
                Err(_) => {}
            }
        }
        heard
    }
}

/// The interface's count of packets sent, in the calling thread's network namespace.
fn packets_sent(interface: &str) -> Option<u64> {
    let table = fs::read_to_string("/proc/thread-self/net/dev").ok()?;
    table.lines().find_map(|line| {
        let (name, figures) = line.split_once(':')?;
        // The tenth figure (proc_net_dev(5)).
        (name.trim() == interface).then(|| figures.split_whitespace().nth(9)?.parse().ok())?
    })
}

#[cfg(test)]
mod tests;
