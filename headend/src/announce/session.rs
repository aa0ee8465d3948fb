//! What is announced of an output: its SDP (RFC 8866).

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::net::{Ipv4Addr, SocketAddr};

use crate::plan::{ChannelPlan, OutputPlan};
use crate::snapshot::{ChannelSnapshot, ChannelState};

/// One multicast output of a channel that runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// Tells it from all others of the node, whatever its name is.
    pub id: u32,
    /// The channel's.
    pub name: String,
    /// The folder that players put it into: who holds the meeting that is on, or the node.
    pub folder: String,
    /// Where the programme goes.
    pub group: SocketAddr,
    /// RTP (RFC 2250) or plain UDP.
    pub rtp: bool,
    /// Hop limit.
    pub ttl: u8,
    /// Whether the programme or its slate goes out now.
    pub on: bool,
}

/// What a channel has to announce; nothing while it is stopped.
#[must_use]
pub fn sessions(node: &str, plan: &ChannelPlan, shown: &ChannelSnapshot) -> Vec<Session> {
    if shown.state == ChannelState::Stopped {
        return Vec::new();
    }
    let holder = shown.meetings.now.as_ref().map(|m| m.originator.as_str());
    let folder = holder.filter(|holder| !holder.is_empty()).unwrap_or(node);
    let groups = plan
        .outputs
        .iter()
        .filter(|o| o.address.ip().is_multicast());
    groups
        .map(|output| Session {
            id: id(&plan.id, output),
            name: plan.name.clone(),
            folder: folder.to_owned(),
            group: output.address,
            rtp: output.rtp,
            ttl: output.ttl,
            on: shown.slate || shown.state == ChannelState::OnAir,
        })
        .collect()
}

/// The same after each start.
fn id(channel: &str, output: &OutputPlan) -> u32 {
    let mut hasher = DefaultHasher::new();
    (channel, &output.url, &output.interface).hash(&mut hasher);
    (hasher.finish() >> 32) as u32
}

impl Session {
    /// The SDP. `version` grows with each change of what it says.
    #[must_use]
    pub fn render(&self, origin: Ipv4Addr, version: u64) -> String {
        let (name, folder) = (line(&self.name), line(&self.folder));
        let (id, port) = (self.id, self.group.port());
        // An IPv6 group has its scope in the address and no TTL (RFC 8866, 5.7).
        let to = match self.group {
            SocketAddr::V4(v4) => format!("IP4 {}/{}", v4.ip(), self.ttl),
            SocketAddr::V6(v6) => format!("IP6 {}", v6.ip()),
        };
        let media = match self.rtp {
            true => format!("m=video {port} RTP/AVP 33\r\na=rtpmap:33 MP2T/90000\r\n"),
            false => format!("m=video {port} udp mpeg\r\n"),
        };
        format!(
            "v=0\r\no=- {id} {version} IN IP4 {origin}\r\ns={name}\r\nc=IN {to}\r\nt=0 0\r\n\
             a=tool:headend\r\na=type:broadcast\r\na=recvonly\r\na=charset:UTF-8\r\n\
             a=x-plgroup:{folder}\r\n{media}"
        )
    }
}

/// Text on one line.
fn line(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn session(group: &str, rtp: bool) -> String {
        let session = Session {
            id: 77,
            name: "Họp\r\na=inactive".to_owned(),
            folder: "Trung ương".to_owned(),
            group: group.parse().unwrap(),
            rtp,
            ttl: 16,
            on: true,
        };
        session.render(Ipv4Addr::new(10, 2, 0, 1), 3)
    }

    #[test]
    fn rtp_and_udp_are_told_as_players_read_them() {
        let rtp = session("239.84.0.1:5000", true);
        assert_eq!(
            rtp,
            "v=0\r\no=- 77 3 IN IP4 10.2.0.1\r\ns=Họpa=inactive\r\nc=IN IP4 239.84.0.1/16\r\nt=0 0\r\n\
             a=tool:headend\r\na=type:broadcast\r\na=recvonly\r\na=charset:UTF-8\r\n\
             a=x-plgroup:Trung ương\r\nm=video 5000 RTP/AVP 33\r\na=rtpmap:33 MP2T/90000\r\n"
        );
        let udp = session("[ff15::84]:5004", false);
        assert!(udp.contains("\r\nc=IN IP6 ff15::84\r\n"), "{udp}");
        assert!(udp.ends_with("m=video 5004 udp mpeg\r\n"), "{udp}");
    }
}
