//! The HTTP server: HLS, API, events, metrics, health and the player.
//!
//! In: connections on TCP and on the local socket. Out: what the last snapshot and the live
//! windows say. It holds no state of the stream, and nothing in it can make the packet path wait:
//! it reads snapshots, and a wish to change something goes through a bounded queue.

pub mod counters;
mod deadline;
pub mod limits;
mod listen;
mod places;
mod problem;
mod rendered;
mod routes;
mod secure;
mod server;
mod slot;
mod watched;

pub use limits::Limits;
pub use listen::BindError;
pub use problem::Problem;
pub use routes::openapi_json;
pub use server::{Server, Settings, Tls};

/// Who asks: an IPv4 address, or the /64 that a host chooses its IPv6 addresses from. Of the local
/// socket: this machine.
#[derive(Clone, Copy, Debug)]
struct Peer(std::net::IpAddr);

/// Where a request came in. On the network the API is read-only; the local socket is guarded by
/// its file mode.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Via {
    /// TCP.
    Network,
    /// TLS on TCP.
    Secure,
    /// The Unix socket in the state directory.
    Local,
}
