//! One POST: connected, sent and answered within a time limit. Plain HTTP: for receivers on this
//! machine and its own network; a proxy beside the node goes further.

use std::time::Duration;

use http_body_util::Full;
use hyper::body::Bytes;
use hyper::{Request, header};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use super::delivery::Message;

/// For all of it: name, connection, request, status.
pub(super) const LIMIT: Duration = Duration::from_secs(10);

/// Where to, as `http://HOST[:PORT][/PATH]` says.
#[derive(Clone, Debug)]
pub(super) struct Target {
    /// For `Host`.
    authority: String,
    /// To connect to.
    address: String,
    path: String,
}

impl Target {
    /// Of a URL that the configuration has judged.
    pub(super) fn of(url: &str) -> Self {
        let rest = url.strip_prefix("http://").unwrap_or(url);
        let (authority, path) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
        let last = authority.rsplit(']').next().unwrap_or(authority);
        let address = match last.contains(':') {
            true => authority.to_owned(),
            false => format!("{authority}:80"),
        };
        let slash = if path.starts_with('/') { "" } else { "/" };
        Self {
            authority: authority.to_owned(),
            address,
            path: format!("{slash}{path}"),
        }
    }

    /// Sends `message`; `Ok` is a status of success.
    ///
    /// # Errors
    /// Why it is not delivered, in a few words.
    pub(super) async fn post(
        &self,
        message: &Message,
        timestamp: i64,
        signature: &str,
    ) -> Result<(), String> {
        let sent = tokio::time::timeout(LIMIT, self.exchange(message, timestamp, signature));
        match sent.await {
            Ok(answer) => answer,
            Err(_) => Err(format!("no answer within {} s", LIMIT.as_secs())),
        }
    }

    async fn exchange(
        &self,
        message: &Message,
        timestamp: i64,
        signature: &str,
    ) -> Result<(), String> {
        let request = Request::post(&self.path)
            .header(header::HOST, &self.authority)
            .header(header::CONTENT_TYPE, "application/json")
            .header(
                header::USER_AGENT,
                concat!("headend/", env!("CARGO_PKG_VERSION")),
            )
            .header("webhook-id", &*message.id)
            .header("webhook-timestamp", timestamp)
            .header("webhook-signature", signature)
            .body(Full::new(Bytes::copy_from_slice(message.body.as_bytes())))
            .map_err(|error| error.to_string())?;
        let stream = TcpStream::connect(&self.address)
            .await
            .map_err(|e| e.to_string())?;
        let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream))
            .await
            .map_err(|error| error.to_string())?;
        // The connection lives as long as this exchange: what hangs is dropped with the set.
        let mut driving = JoinSet::new();
        driving.spawn(connection);
        let answer = sender.send_request(request).await;
        let answer = answer.map_err(|error| error.to_string())?;
        match answer.status() {
            status if status.is_success() => Ok(()),
            status => Err(format!("HTTP {}", status.as_u16())),
        }
    }
}
