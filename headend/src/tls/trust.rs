//! Whom a client of ours trusts: this machine's list, or one file in its place.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio_rustls::TlsConnector;

use super::provider;

/// Why nobody can be trusted.
#[derive(Debug, thiserror::Error)]
pub enum Untrusting {
    /// The file cannot be read, or holds no certificate.
    #[error("{} holds no certificate to trust: {reason}", .path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The machine trusts nobody.
    #[error("this machine has no list of authorities: apt install ca-certificates, or name one")]
    NoList,
    /// What `rustls` refuses.
    #[error("TLS: {0}")]
    Tls(#[from] rustls::Error),
}

/// Makes connections to servers that `authority` signed, or, without it, whom this machine trusts.
///
/// # Errors
/// Nobody to trust.
pub fn connector(authority: Option<&Path>) -> Result<TlsConnector, Untrusting> {
    let mut roots = RootCertStore::empty();
    match authority {
        Some(path) => {
            for certificate in authorities(path)? {
                roots.add(certificate)?;
            }
        }
        None => {
            let known = rustls_native_certs::load_native_certs().certs;
            roots.add_parsable_certificates(known);
        }
    }
    if roots.is_empty() {
        return Err(Untrusting::NoList);
    }
    let config = ClientConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(TlsConnector::from(Arc::new(config)))
}

/// The name or address in `HOST[:PORT]`, as a certificate has it.
///
/// # Errors
/// It can be in no certificate.
pub fn name(authority: &str) -> Result<ServerName<'static>, String> {
    let host = match authority.strip_prefix('[') {
        Some(rest) => rest.split(']').next(),
        None => authority.split(':').next(),
    };
    let host = host.unwrap_or(authority);
    ServerName::try_from(host.to_owned()).map_err(|_| format!("`{host}` can be in no certificate"))
}

/// The certificates in `path`, one at least.
fn authorities(path: &Path) -> Result<Vec<CertificateDer<'static>>, Untrusting> {
    let wrong = |reason: String| Untrusting::File {
        path: path.to_owned(),
        reason,
    };
    let all = CertificateDer::pem_file_iter(path).map_err(|error| wrong(error.to_string()))?;
    let all: Vec<_> = all
        .collect::<Result<_, _>>()
        .map_err(|error| wrong(error.to_string()))?;
    match all.is_empty() {
        true => Err(wrong("no PEM".to_owned())),
        false => Ok(all),
    }
}
