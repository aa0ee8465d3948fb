//! A SAP packet (RFC 2974, 6).

use std::net::Ipv4Addr;

/// Version 1, an IPv4 origin, an announcement, neither encrypted nor compressed.
const ANNOUNCEMENT: u8 = 0x20;
/// The same with the bit T: the session is deleted.
const DELETION: u8 = 0x24;
/// What the payload is.
const PAYLOAD_TYPE: &[u8] = b"application/sdp\0";

/// The packet that announces the SDP `text`; `hash` stands for its content.
pub(super) fn announcement(hash: u16, origin: Ipv4Addr, text: &str) -> Vec<u8> {
    packet(ANNOUNCEMENT, hash, origin, text)
}

/// The packet that takes back the SDP `text`: its origin is all that it repeats.
pub(super) fn deletion(hash: u16, origin: Ipv4Addr, text: &str) -> Vec<u8> {
    let line = text.lines().find(|line| line.starts_with("o="));
    let line = line.map_or_else(String::new, |line| format!("{line}\r\n"));
    packet(DELETION, hash, origin, &line)
}

fn packet(kind: u8, hash: u16, origin: Ipv4Addr, text: &str) -> Vec<u8> {
    let [high, low] = hash.to_be_bytes();
    // No authentication data.
    let mut packet = vec![kind, 0, high, low];
    packet.extend(origin.octets());
    packet.extend(PAYLOAD_TYPE);
    packet.extend(text.as_bytes());
    packet
}
