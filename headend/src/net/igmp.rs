//! Who asks for members: the IGMP querier of a network (RFC 3376, 4.1), heard on a raw socket.

use std::io;
use std::net::Ipv4Addr;
use std::time::Duration;

use socket2::{Domain, Protocol, Socket, Type};

use super::interface;

/// Type of a membership query.
const QUERY: u8 = 0x11;
/// IPPROTO_IGMP.
const IGMP: i32 = 2;

/// A query that was heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Query {
    /// Who asked; 0.0.0.0 is a switch without an address.
    pub from: Ipv4Addr,
    /// The version by its length (RFC 3376, 7.1).
    pub version: u8,
    /// The querier's query interval, where a version 3 query says.
    pub interval: Option<Duration>,
}

/// Hears queries on one interface.
pub struct Queries {
    socket: Socket,
}

impl Queries {
    /// Listens on `interface`, a name or an address.
    ///
    /// # Errors
    /// No such interface, or no right to a raw socket (CAP_NET_RAW).
    pub fn open(interface: &str) -> io::Result<Self> {
        let interface = interface::find(interface).map_err(io::Error::other)?;
        let socket = Socket::new(Domain::IPV4, Type::RAW, Some(Protocol::from(IGMP)))?;
        socket.bind_device(Some(interface.name.as_bytes()))?;
        socket.set_nonblocking(true)?;
        Ok(Self { socket })
    }

    /// The next query that waits; nothing where none does.
    pub fn heard(&mut self) -> Option<Query> {
        use std::io::Read as _;
        let mut packet = [0; 256];
        loop {
            let length = (&self.socket).read(&mut packet).ok()?;
            if let Some(query) = read(packet.get(..length)?) {
                return Some(query);
            }
        }
    }
}

/// A query out of an IPv4 packet; nothing where it is none.
fn read(packet: &[u8]) -> Option<Query> {
    let header = usize::from(packet.first()? & 0x0f) * 4;
    let from: [u8; 4] = packet.get(12..16)?.try_into().ok()?;
    let message = packet.get(header..)?;
    if header < 20 || message.len() < 8 || *message.first()? != QUERY {
        return None;
    }
    let version = match (message.len(), message.get(1)?) {
        (8, 0) => 1,
        (8, _) => 2,
        _ => 3,
    };
    let interval = message.get(9).filter(|_| version == 3);
    Some(Query {
        from: from.into(),
        version,
        interval: interval.map(|code| Duration::from_secs(seconds(*code))),
    })
}

/// The Querier's Query Interval Code (RFC 3376, 4.1.7).
fn seconds(code: u8) -> u64 {
    let (exponent, mantissa) = (code >> 4 & 0x07, u64::from(code & 0x0f));
    match code {
        0..128 => u64::from(code),
        _ => (mantissa | 0x10) << (exponent + 3),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packet(message: &[u8]) -> Vec<u8> {
        let mut packet = vec![0x46; 24];
        packet[12..16].copy_from_slice(&[10, 0, 0, 1]);
        packet.extend(message);
        packet
    }

    #[test]
    fn the_version_is_told_by_the_length_and_the_interval_by_its_code() {
        let v3 = packet(&[0x11, 100, 0, 0, 0, 0, 0, 0, 2, 125, 0, 0]);
        let query = read(&v3).unwrap();
        assert_eq!(query.from, Ipv4Addr::new(10, 0, 0, 1));
        assert_eq!(
            (query.version, query.interval),
            (3, Some(Duration::from_secs(125)))
        );
        let v2 = read(&packet(&[0x11, 100, 0, 0, 0, 0, 0, 0])).unwrap();
        assert_eq!((v2.version, v2.interval), (2, None));
        assert_eq!(
            read(&packet(&[0x11, 0, 0, 0, 0, 0, 0, 0])).unwrap().version,
            1
        );
        // 1 001 1111: (15 + 16) << 4.
        assert_eq!(seconds(0b1001_1111), 496);
    }

    #[test]
    fn reports_and_cut_packets_are_no_queries() {
        assert_eq!(read(&packet(&[0x22, 0, 0, 0, 0, 0, 0, 0])), None);
        assert_eq!(read(&packet(&[0x11, 0, 0])), None);
        for length in 0..24 {
            assert_eq!(read(&packet(&[0x11; 12])[..length]), None);
        }
        assert_eq!(read(&[0x41; 40]), None, "a header of 4 bytes");
    }
}
