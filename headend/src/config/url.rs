//! The parts of a URL as an operator writes it. Nothing is looked up.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use super::fault::{Fault, Url};

/// `scheme:` and what follows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Split<'a> {
    /// Before the first colon.
    pub(super) scheme: &'a str,
    /// After `//`; `None` without it.
    pub(super) authority: Option<&'a str>,
    /// From the authority's end (or the colon) to the `?`.
    pub(super) path: &'a str,
    /// After the `?`, decoded, in the order written.
    pub(super) query: Vec<(String, String)>,
}

/// Splits `url`.
///
/// # Errors
/// No scheme, or a percent sign that encodes nothing.
pub(super) fn split<'a>(url: &'a str, known: &[&str]) -> Result<Split<'a>, Fault> {
    let unknown = |written: &str| Url::Scheme {
        written: written.chars().take(64).collect(),
        near: super::near::near(written, known.iter().copied()),
        known: known.join(", "),
    };
    let (scheme, rest) = url.split_once(':').ok_or_else(|| unknown(url))?;
    if !known.contains(&scheme) {
        return Err(unknown(scheme).into());
    }
    let (rest, query) = match rest.split_once('?') {
        Some((rest, query)) => (rest, pairs(query)?),
        None => (rest, Vec::new()),
    };
    let (authority, path) = match rest.strip_prefix("//") {
        Some(rest) => {
            let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
            (Some(authority), path)
        }
        None => (None, rest),
    };
    Ok(Split {
        scheme,
        authority,
        path,
        query,
    })
}

/// Whether this can be asked by HTTP or HTTPS: a host, a port where one is written, no password.
///
/// # Errors
/// It cannot.
pub(super) fn web(url: &str, example: &'static str) -> Result<(), Fault> {
    let parts = split(url, &["http", "https"])?;
    let authority = parts.authority.unwrap_or_default();
    if authority.contains('@') {
        return Err(Url::SecretInUrl { file: false }.into());
    }
    let uri = url.parse::<hyper::Uri>().ok();
    let host = uri.as_ref().and_then(hyper::Uri::host).unwrap_or_default();
    let port = uri.as_ref().and_then(hyper::Uri::port_u16);
    let written = authority.rsplit(']').next().unwrap_or_default();
    if written.contains(':') && port.is_none_or(|port| port == 0) {
        return Err(Url::Port(example).into());
    }
    match host {
        "" => Err(Url::UrlAddress {
            written: authority.chars().take(64).collect(),
            example,
        }
        .into()),
        _ => Ok(()),
    }
}

fn pairs(query: &str) -> Result<Vec<(String, String)>, Fault> {
    query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            let decoded = decode(value).ok_or_else(|| Url::QueryValue {
                key: key.to_owned(),
                written: value.to_owned(),
                want: "%25 for a percent sign",
            })?;
            Ok((key.to_owned(), decoded))
        })
        .collect()
}

/// Percent-decoding (RFC 3986, 2.1); `None` where that is no UTF-8.
fn decode(text: &str) -> Option<String> {
    let mut bytes = text.bytes();
    let mut out = Vec::with_capacity(text.len());
    while let Some(byte) = bytes.next() {
        if byte != b'%' {
            out.push(byte);
            continue;
        }
        let digit = |byte: Option<u8>| char::from(byte?).to_digit(16);
        let (high, low) = (digit(bytes.next())?, digit(bytes.next())?);
        out.push(u8::try_from(high * 16 + low).ok()?);
    }
    String::from_utf8(out).ok()
}

impl Split<'_> {
    /// The address and port of a URL that is nothing more. No host is every address of this
    /// machine; VLC's `@` before a group is taken.
    ///
    /// # Errors
    /// A name, a secret, no port, a path.
    pub(super) fn socket(&self, example: &'static str) -> Result<SocketAddr, Fault> {
        let authority = self.authority.unwrap_or_default();
        let authority = authority.strip_prefix('@').unwrap_or(authority);
        if !matches!(self.path, "" | "/") {
            return Err(Url::UrlPath(self.path.to_owned()).into());
        }
        if authority.contains('@') {
            return Err(Url::SecretInUrl { file: false }.into());
        }
        socket(authority, example)
    }

    /// Refuses a query where none belongs; `own` names the configuration's key for some.
    ///
    /// # Errors
    /// There is a query.
    pub(super) fn no_query(&self, own: impl Fn(&str) -> Option<&'static str>) -> Result<(), Fault> {
        match self.query.first() {
            None => Ok(()),
            Some((key, _)) => Err(Url::QueryKey {
                own: own(key),
                key: key.clone(),
            }
            .into()),
        }
    }

    /// Refuses a password before the host.
    ///
    /// # Errors
    /// There is one.
    pub(super) fn no_password(&self) -> Result<(), Fault> {
        let user = self.authority.and_then(|a| a.rsplit_once('@'));
        match user {
            Some((user, _)) if user.contains(':') => Err(Url::SecretInUrl { file: false }.into()),
            _ => Ok(()),
        }
    }
}

fn socket(authority: &str, example: &'static str) -> Result<SocketAddr, Fault> {
    if let Ok(address) = authority.parse::<SocketAddr>() {
        return match address.port() {
            0 => Err(Url::Port(example).into()),
            _ => Ok(address),
        };
    }
    let wrong = || Url::UrlAddress {
        written: authority.chars().take(64).collect(),
        example,
    };
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
        _ => (authority, None),
    };
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    match bare.parse::<IpAddr>() {
        // Without brackets nobody can tell the port from the address.
        Ok(IpAddr::V6(_)) if !host.starts_with('[') => return Err(wrong().into()),
        Ok(_) => {}
        Err(_) if host.is_empty() => {}
        Err(_)
            if host
                .bytes()
                .all(|b| b.is_ascii_hexdigit() || b".:[]".contains(&b)) =>
        {
            return Err(wrong().into());
        }
        Err(_) => return Err(Url::HostName(host.chars().take(64).collect()).into()),
    }
    match port.and_then(|port| port.parse().ok()) {
        Some(port @ 1..) if host.is_empty() => Ok((Ipv4Addr::UNSPECIFIED, port).into()),
        _ => Err(Url::Port(example).into()),
    }
}
