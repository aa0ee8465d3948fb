//! A certificate with its chain, and the key to it, as they stand in PEM files.

use std::net::IpAddr;
use std::path::Path;
use std::sync::Arc;

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::{FromDer as _, X509Certificate};

use super::provider;
use crate::config::fault::{self, Fault, Form, Meaning};
use crate::config::secret;

/// A chain of five certificates with long names is a tenth of it.
const FILE_BYTES: u64 = 256 * 1024;
/// Names that are shown of one certificate.
const NAMES: usize = 100;

/// A chain, and what its first certificate says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Certificate {
    chain: Vec<CertificateDer<'static>>,
    /// The names that a browser compares: DNS names and addresses of the subjectAltName (RFC 5280,
    /// 4.2.1.6).
    pub(crate) names: Vec<String>,
    /// When the first of the chain ends, Unix seconds.
    pub(crate) not_after: i64,
}

impl Certificate {
    /// Reads the chain in `path`, the node's own first.
    ///
    /// # Errors
    /// The file cannot be read, holds no certificate, or one that cannot be understood.
    pub(crate) fn read(path: &Path) -> Result<Self, Fault> {
        let (text, _) = secret::contents(path, FILE_BYTES).map_err(unreadable(path))?;
        let chain: Vec<_> = CertificateDer::pem_slice_iter(text.as_bytes())
            .collect::<Result<_, _>>()
            .map_err(|error| unfit(path, &error))?;
        let Some((names, not_after)) = facts(&chain).map_err(|error| unfit(path, &error))? else {
            return Err(of(fault::Certificate::None(path.to_owned())));
        };
        Ok(Self {
            chain,
            names,
            not_after,
        })
    }

    /// What a handshake needs.
    ///
    /// # Errors
    /// The key is none of this certificate, or of a kind that is not known.
    pub(crate) fn with(self, key: PrivateKeyDer<'static>) -> Result<Arc<CertifiedKey>, Fault> {
        let made = CertifiedKey::from_der(self.chain, key, &provider());
        made.map(Arc::new).map_err(|error| match error {
            rustls::Error::InconsistentKeys(_) => of(fault::Certificate::OtherKey),
            error => of(fault::Certificate::UnfitKey(error.to_string())),
        })
    }
}

/// The key in `path`. The second value is a warning: others can read the file.
///
/// # Errors
/// The file cannot be read, or holds no private key.
pub(crate) fn key(path: &Path) -> Result<(PrivateKeyDer<'static>, Option<Fault>), Fault> {
    let (text, mode) = secret::contents(path, FILE_BYTES).map_err(unreadable(path))?;
    let key = PrivateKeyDer::from_pem_slice(text.as_bytes())
        .map_err(|_| of(fault::Certificate::NoKey(path.to_owned())))?;
    Ok((key, secret::open(path, mode)))
}

/// The names of the first, and the nearest end of all; `None` where there is none.
fn facts(
    chain: &[CertificateDer<'_>],
) -> Result<Option<(Vec<String>, i64)>, x509_parser::error::X509Error> {
    let mut found: Option<(Vec<String>, i64)> = None;
    for certificate in chain {
        let (_, certificate) = X509Certificate::from_der(certificate).map_err(|e| match e {
            x509_parser::nom::Err::Error(error) | x509_parser::nom::Err::Failure(error) => error,
            x509_parser::nom::Err::Incomplete(_) => {
                x509_parser::error::X509Error::InvalidCertificate
            }
        })?;
        let end = certificate.validity().not_after.timestamp();
        found = Some(match found {
            None => (names(&certificate)?, end),
            Some((names, nearest)) => (names, nearest.min(end)),
        });
    }
    Ok(found)
}

fn names(certificate: &X509Certificate<'_>) -> Result<Vec<String>, x509_parser::error::X509Error> {
    let Some(extension) = certificate.subject_alternative_name()? else {
        return Ok(Vec::new());
    };
    let named = extension
        .value
        .general_names
        .iter()
        .filter_map(|name| match name {
            GeneralName::DNSName(name) => Some((*name).to_owned()),
            GeneralName::IPAddress(bytes) => address(bytes).map(|address| address.to_string()),
            _ => None,
        });
    Ok(named.take(NAMES).collect())
}

fn address(bytes: &[u8]) -> Option<IpAddr> {
    match bytes.len() {
        4 => <[u8; 4]>::try_from(bytes).ok().map(IpAddr::from),
        _ => <[u8; 16]>::try_from(bytes).ok().map(IpAddr::from),
    }
}

fn unreadable(path: &Path) -> impl Fn(std::io::Error) -> Fault {
    move |error| {
        Form::Unreadable {
            path: path.to_owned(),
            reason: error.to_string(),
        }
        .into()
    }
}

fn unfit(path: &Path, error: &impl ToString) -> Fault {
    of(fault::Certificate::Unfit {
        path: path.to_owned(),
        reason: error.to_string(),
    })
}

fn of(fault: fault::Certificate) -> Fault {
    Meaning::Certificate(fault).into()
}
