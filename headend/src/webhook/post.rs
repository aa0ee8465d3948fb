//! One POST: connected, sent and answered within a time limit, by HTTP or HTTPS.

use std::time::Duration;

use http_body_util::Full;
use hyper::body::Bytes;
use hyper::{Request, header};
use hyper_util::rt::TokioIo;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio_rustls::TlsConnector;

use super::delivery::Message;
use crate::plan::WebhookPlan;
use crate::tls;

/// For all of it: name, connection, request, status.
pub(super) const LIMIT: Duration = Duration::from_secs(10);

/// Where to, as `http://HOST[:PORT][/PATH]` or `https://` says.
pub(super) struct Target {
    /// For `Host`.
    authority: String,
    /// To connect to.
    address: String,
    path: String,
    /// `None` is plain HTTP; the error is why TLS cannot be.
    tls: Option<Result<(TlsConnector, ServerName<'static>), String>>,
}

impl Target {
    /// Of a webhook that the configuration has judged.
    pub(super) fn of(plan: &WebhookPlan) -> Self {
        let (scheme, rest) = plan.url.split_once("://").unwrap_or(("http", &plan.url));
        let secure = scheme == "https";
        let (authority, path) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
        let last = authority.rsplit(']').next().unwrap_or(authority);
        let address = match last.contains(':') {
            true => authority.to_owned(),
            false => format!("{authority}:{}", if secure { 443 } else { 80 }),
        };
        let slash = if path.starts_with('/') { "" } else { "/" };
        Self {
            authority: authority.to_owned(),
            tls: secure.then(|| {
                let connector = tls::connector(plan.authority.as_deref());
                let connector = connector.map_err(|error| error.to_string())?;
                Ok((connector, tls::name(authority)?))
            }),
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
        match &self.tls {
            None => ask(stream, request).await,
            Some(Err(why)) => Err(why.clone()),
            Some(Ok((connector, name))) => {
                let stream = connector.connect(name.clone(), stream).await;
                ask(stream.map_err(|error| error.to_string())?, request).await
            }
        }
    }
}

async fn ask<S>(stream: S, request: Request<Full<Bytes>>) -> Result<(), String>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
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
