//! Sockets that listen: TCP, one for each configured address, and the local one.

use std::io;
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use nix::sys::resource::{Resource, getrlimit, setrlimit};
use socket2::{Domain, Socket, Type};
use tokio::net::{TcpListener, UnixListener};

/// Connections the kernel holds ready for us.
const BACKLOG: i32 = 1_024;
/// The owner and the group may talk to the node.
const SOCKET_MODE: u32 = 0o660;

/// Descriptors beside those of connections: sockets of 40 channels, their workers' pipes, the record.
const OTHER_DESCRIPTORS: u64 = 2_048;

/// Why the server cannot listen.
#[derive(Debug, thiserror::Error)]
pub enum BindError {
    /// A TCP address.
    #[error("cannot listen on {address}: {source}{}", hint(.source))]
    Tcp {
        /// As configured in `[http] listen` or `tls-listen`.
        address: SocketAddr,
        /// What the kernel says.
        source: io::Error,
    },
    /// The local socket.
    #[error("cannot make the local socket {}: {source}", .path.display())]
    Local {
        /// In the state directory.
        path: PathBuf,
        /// What the kernel says.
        source: io::Error,
    },
    /// TLS cannot be spoken.
    #[error("cannot speak TLS: {0}")]
    Tls(#[from] rustls::Error),
    /// Another node runs on this state directory.
    #[error("another headend answers on {}: stop it, or give this one its own state-dir", .path.display())]
    Taken {
        /// In the state directory.
        path: PathBuf,
    },
}

fn hint(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::AddrInUse => {
            "; another program has this port: choose another in [http] listen"
        }
        io::ErrorKind::AddrNotAvailable => "; this machine has no such address",
        io::ErrorKind::PermissionDenied => "; ports below 1024 need CAP_NET_BIND_SERVICE",
        _ => "",
    }
}

/// Lets the process open as many files as its connections need, up to what it may: a shell gives
/// 1,024, and with the last one of them gone no channel could start.
pub(super) fn make_room(connections: usize) {
    let wanted = connections as u64 + OTHER_DESCRIPTORS;
    let Ok((soft, hard)) = getrlimit(Resource::RLIMIT_NOFILE) else {
        return;
    };
    if soft < wanted && setrlimit(Resource::RLIMIT_NOFILE, wanted.min(hard), hard).is_err()
        || hard < wanted
    {
        tracing::warn!(
            "only {hard} files may be open, and {wanted} are needed for {connections} connections: raise the limit (`ulimit -Hn`, or LimitNOFILE in the unit)"
        );
    }
}

/// Listens on `address`. `[::]` takes IPv4 too unless `all` also names `0.0.0.0` on that port; where
/// the machine has no IPv6 it means `0.0.0.0`.
pub(super) fn tcp(address: SocketAddr, all: &[SocketAddr]) -> Result<TcpListener, BindError> {
    let shared = |other: &SocketAddr| other.is_ipv4() && other.port() == address.port();
    let only_v6 = address.is_ipv6() && address.port() != 0 && all.iter().any(shared);
    let bound = match bind(address, only_v6) {
        Err(error) if no_ipv6(&error) && address.ip().is_unspecified() && !only_v6 => {
            tracing::warn!(%address, "this machine has no IPv6; listening on IPv4 alone");
            bind(SocketAddr::from(([0, 0, 0, 0], address.port())), false)
        }
        bound => bound,
    };
    bound.map_err(|source| BindError::Tcp { address, source })
}

fn no_ipv6(error: &io::Error) -> bool {
    error.raw_os_error() == Some(libc::EAFNOSUPPORT)
}

fn bind(address: SocketAddr, only_v6: bool) -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, None)?;
    if address.is_ipv6() {
        socket.set_only_v6(only_v6)?;
    }
    socket.set_reuse_address(true)?;
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    TcpListener::from_std(socket.into())
}

/// Listens on `path`. A socket that a killed node left behind is replaced; a living one is not.
pub(super) fn local(path: &Path) -> Result<UnixListener, BindError> {
    if std::os::unix::net::UnixStream::connect(path).is_ok() {
        return Err(BindError::Taken {
            path: path.to_owned(),
        });
    }
    bind_local(path).map_err(|source| BindError::Local {
        path: path.to_owned(),
        source,
    })
}

fn bind_local(path: &Path) -> io::Result<UnixListener> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    // Made under another name, so that nobody connects before the mode is right.
    let fresh = path.with_extension("new");
    match std::fs::remove_file(&fresh) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let listener = UnixListener::bind(&fresh)?;
    std::fs::set_permissions(&fresh, std::fs::Permissions::from_mode(SOCKET_MODE))?;
    std::fs::rename(&fresh, path)?;
    Ok(listener)
}
