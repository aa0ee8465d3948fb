//! The beginning of a connection to a TLS port: a handshake, or a few words to who speaks plain HTTP.

use std::io;
use std::sync::Arc;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use super::routes::is_host;
use crate::tls::Held;

/// The first byte of a handshake record (RFC 8446, 5.1).
const HANDSHAKE: u8 = 22;
/// Of a plain request so much is read, to find its host.
const PLAIN_BYTES: usize = 4 * 1024;

/// Makes TLS of what is accepted on a TLS port.
#[derive(Clone)]
pub(super) struct Secure(TlsAcceptor);

impl Secure {
    /// With this certificate, and what takes its place later.
    ///
    /// # Errors
    /// What `rustls` refuses.
    pub(super) fn new(certificate: &Arc<Held>) -> Result<Self, rustls::Error> {
        Ok(Self(TlsAcceptor::from(certificate.server()?)))
    }

    /// The connection after its handshake.
    ///
    /// # Errors
    /// The peer left, speaks no TLS, or none that both know. Plain HTTP is told where to go.
    pub(super) async fn open(&self, mut stream: TcpStream) -> io::Result<TlsStream<TcpStream>> {
        let mut first = [0];
        if stream.peek(&mut first).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        match first {
            [HANDSHAKE] => self.0.accept(stream).await,
            [b'A'..=b'Z'] => {
                refuse(&mut stream).await?;
                Err(io::Error::other("plain HTTP on a TLS port"))
            }
            _ => Err(io::Error::other("neither TLS nor HTTP")),
        }
    }
}

impl std::fmt::Debug for Secure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secure")
    }
}

/// Answers plain HTTP with the address that it wants.
async fn refuse(stream: &mut TcpStream) -> io::Result<()> {
    let mut head = Vec::with_capacity(PLAIN_BYTES);
    let ends = |head: &[u8]| head.windows(4).any(|end| end == b"\r\n\r\n");
    while !ends(&head) && head.len() < PLAIN_BYTES {
        if stream.read_buf(&mut head).await? == 0 {
            break;
        }
    }
    let head = String::from_utf8_lossy(&head);
    let body = match host(&head) {
        Some(host) => format!("This port speaks HTTPS: https://{host}/\n"),
        None => "This port speaks HTTPS.\n".to_owned(),
    };
    let answer = format!(
        "HTTP/1.1 400 Bad Request\r\ncontent-type: text/plain; charset=utf-8\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(answer.as_bytes()).await?;
    stream.shutdown().await
}

fn host(head: &str) -> Option<&str> {
    let mut fields = head.lines().filter_map(|line| line.split_once(':'));
    let (_, host) = fields.find(|(name, _)| name.eq_ignore_ascii_case("host"))?;
    Some(host.trim()).filter(|host| is_host(host))
}
