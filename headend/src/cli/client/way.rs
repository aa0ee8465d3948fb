//! The ways to a node: its local socket, or the network, where HTTPS brings HTTP/2.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::http::uri::{PathAndQuery, Scheme};
use hyper::{Request, Response, Uri, header};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, UnixStream};
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

use super::ANSWER;
use crate::cli::{Failure, Global};
use crate::config::Sources;
use crate::tls;

/// A node on the other side of a satellite answers in two seconds.
const CONNECT: Duration = Duration::from_secs(5);
/// HTTP/2 as TLS names it (RFC 9113, 3.2).
const HTTP_2: &[u8] = b"h2";

/// A way to a node.
#[derive(Clone)]
pub(super) enum Way {
    Socket(PathBuf),
    /// `host:port`.
    Network(String),
    /// `host:port`, by HTTPS.
    Secure(String, TlsConnector),
}

impl Way {
    /// The node that `--node` or HEADEND_NODE names, or the one whose state directory the
    /// configuration names.
    pub(super) fn find(global: &Global) -> Result<Self, Failure> {
        Ok(match &global.node {
            Some(url) => match url.strip_prefix("https://") {
                None => Self::Network(authority(url, 8080)?),
                Some(rest) => {
                    let connector = tls::connector(global.ca.as_deref());
                    let connector = connector.map_err(|error| Failure::Usage(error.to_string()))?;
                    Self::Secure(authority(rest, 443)?, offering(&connector))
                }
            },
            None => {
                let file = crate::cli::config::file(global.config.clone());
                let state = Sources::of_process(file, Vec::new()).state_dir();
                let installed = PathBuf::from("/var/lib/headend/headend.sock");
                let own = state.join("headend.sock");
                Self::Socket(if !own.exists() && installed.exists() {
                    installed
                } else {
                    own
                })
            }
        })
    }

    /// The `host:port` of a node that is talked to over the network.
    pub(super) fn host(&self) -> Option<&str> {
        match self {
            Self::Socket(_) => None,
            Self::Network(host) | Self::Secure(host, _) => Some(host),
        }
    }

    /// The answer to `request`, whatever its status, as soon as its head is there.
    pub(super) async fn sent(
        &self,
        request: Request<Full<Bytes>>,
    ) -> Result<Response<Incoming>, Failure> {
        match self {
            Self::Socket(path) => {
                let stream = self.connected(UnixStream::connect(path)).await?;
                self.exchange(stream, request).await
            }
            Self::Network(host) => {
                let stream = self.connected(TcpStream::connect(host)).await?;
                self.exchange(stream, request).await
            }
            Self::Secure(host, connector) => {
                let stream = self.connected(secured(host, connector)).await?;
                match stream.get_ref().1.alpn_protocol() {
                    Some(HTTP_2) => self.exchange_2(host, stream, request).await,
                    _ => self.exchange(stream, request).await,
                }
            }
        }
    }

    async fn connected<S>(
        &self,
        connecting: impl Future<Output = std::io::Result<S>>,
    ) -> Result<S, Failure> {
        match timeout(CONNECT, connecting).await {
            Ok(Ok(stream)) => Ok(stream),
            Ok(Err(error)) => Err(self.not_connected(error)),
            Err(_) => Err(self.no_node(format!("{} s", CONNECT.as_secs()))),
        }
    }

    async fn exchange<S: AsyncRead + AsyncWrite + Unpin + Send + 'static>(
        &self,
        stream: S,
        request: Request<Full<Bytes>>,
    ) -> Result<Response<Incoming>, Failure> {
        let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream))
            .await
            .map_err(|error| self.no_node(error))?;
        tokio::spawn(connection);
        self.in_time(sender.send_request(request)).await
    }

    /// The same over HTTP/2, where the URI names the host (RFC 9113, 8.3.1).
    async fn exchange_2(
        &self,
        host: &str,
        stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
        mut request: Request<Full<Bytes>>,
    ) -> Result<Response<Incoming>, Failure> {
        let path = request.uri().path_and_query().map(PathAndQuery::as_str);
        let uri = Uri::builder()
            .scheme(Scheme::HTTPS)
            .authority(host)
            .path_and_query(path.unwrap_or("/"))
            .build();
        *request.uri_mut() = uri.map_err(|error| Failure::Usage(error.to_string()))?;
        request.headers_mut().remove(header::HOST);
        let executor = TokioExecutor::new();
        let shaken = hyper::client::conn::http2::handshake(executor, TokioIo::new(stream)).await;
        let (mut sender, connection) = shaken.map_err(|error| self.no_node(error))?;
        tokio::spawn(connection);
        self.in_time(sender.send_request(request)).await
    }

    async fn in_time(
        &self,
        answering: impl Future<Output = hyper::Result<Response<Incoming>>>,
    ) -> Result<Response<Incoming>, Failure> {
        match timeout(ANSWER, answering).await {
            Ok(Ok(response)) => Ok(response),
            Ok(Err(error)) => Err(self.no_node(error)),
            Err(_) => Err(self.no_node(format!("{} s", ANSWER.as_secs()))),
        }
    }

    fn not_connected(&self, error: std::io::Error) -> Failure {
        match self {
            Self::Socket(path) if error.kind() == std::io::ErrorKind::PermissionDenied => {
                let place = path.display().to_string();
                Failure::NotAllowed { place }
            }
            _ => self.no_node(error),
        }
    }

    pub(super) fn no_node(&self, reason: impl std::fmt::Display) -> Failure {
        Failure::NotReached {
            place: match self {
                Self::Socket(path) => path.display().to_string(),
                Self::Network(host) => format!("http://{host}"),
                Self::Secure(host, _) => format!("https://{host}"),
            },
            reason: reason.to_string(),
        }
    }
}

/// Offers HTTP/2 beside HTTP/1.1.
fn offering(connector: &TlsConnector) -> TlsConnector {
    let mut config = connector.config().as_ref().clone();
    config.alpn_protocols = vec![HTTP_2.to_vec(), b"http/1.1".to_vec()];
    TlsConnector::from(Arc::new(config))
}

async fn secured(
    host: &str,
    connector: &TlsConnector,
) -> std::io::Result<tokio_rustls::client::TlsStream<TcpStream>> {
    let name = tls::name(host).map_err(std::io::Error::other)?;
    let stream = TcpStream::connect(host).await?;
    connector.connect(name, stream).await
}

/// `host:port` of an `http://` URL, or of what follows `https://`.
fn authority(url: &str, port: u16) -> Result<String, Failure> {
    let rest = url.strip_prefix("http://").unwrap_or(url);
    let rest = rest.strip_suffix('/').unwrap_or(rest);
    if rest.is_empty() || rest.contains(['/', '@', ' ', '?']) {
        return Err(Failure::Usage(format!(
            "--node {url}: http://HOST:PORT or https://HOST:PORT"
        )));
    }
    let after = rest.rsplit(']').next().unwrap_or(rest);
    Ok(match after.contains(':') {
        true => rest.to_owned(),
        false => format!("{rest}:{port}"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_is_named_by_host_and_port() {
        assert_eq!(
            authority("http://10.0.0.1:81/", 8080).unwrap(),
            "10.0.0.1:81"
        );
        assert_eq!(authority("[::1]", 8080).unwrap(), "[::1]:8080");
        assert_eq!(authority("node", 443).unwrap(), "node:443");
        for wrong in ["https://a", "http://a/b", "", "http://u@h"] {
            assert!(authority(wrong, 8080).is_err(), "{wrong}");
        }
    }
}
