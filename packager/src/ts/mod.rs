//! The wire of ISO/IEC 13818-1 and ETSI EN 300 468.
//!
//! In: bytes. Out: views of packets, sections, tables, descriptors and PES headers, and the bytes
//! of the same made new. One table is one file: value, parse, emit. Any bytes are accepted; what
//! cannot be read is an error value with its place. It never judges a stream.

pub mod cat;
pub mod clock;
pub mod continuity;
pub mod descriptor;
pub mod eit;
pub mod nit;
pub mod packet;
pub mod pat;
pub mod pes;
pub mod pid;
pub mod pmt;
mod read;
pub mod scan;
pub mod sdt;
pub mod section;
pub mod tdt;
pub mod text;

pub use clock::{Pcr, Pts};
pub use packet::{PACKET_LEN, Packet, RawPacket, SYNC_BYTE};
pub use pid::Pid;
pub use read::TableError;
