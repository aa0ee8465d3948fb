//! What HTTPS needs, and which groups of others are handed on.

use std::path::PathBuf;

use super::super::fault::{Certificate, Meaning};
use super::super::model::Http;
use super::super::tree::Item;
use super::Reader;
use crate::plan::{ForeignPlan, TlsPlan};
use crate::tls;

impl Reader<'_> {
    /// `None` where there is none, or it cannot be; what is wrong with it is reported.
    pub(super) fn tls(&mut self, http: &Http, item: &Item) -> Option<TlsPlan> {
        let written = [
            ("tls-listen", !http.tls_listen.is_empty()),
            ("certificate", http.certificate.is_some()),
            ("key-file", http.key_file.is_some()),
        ];
        let (there, away): (Vec<_>, Vec<_>) = written.into_iter().partition(|(_, is)| *is);
        if let (Some((written, _)), Some((missing, _))) = (there.first(), away.first()) {
            let fault = Meaning::Certificate(Certificate::Without { written, missing });
            self.report(item.place_of(written), fault);
        }
        let certificate = self.certificate(http.certificate.as_ref()?, item);
        let key = self.key(http.key_file.as_ref()?, item);
        let ((certificate, chain), (key, secret)) = certificate.zip(key)?;
        self.good(&item.place_of("key-file"), chain.with(secret))?;
        (!http.tls_listen.is_empty()).then(|| TlsPlan {
            listen: http.tls_listen.clone(),
            certificate,
            key,
        })
    }

    /// The groups of others that are handed on.
    pub(super) fn foreign(&mut self, http: &Http, item: &Item) -> ForeignPlan {
        match &http.udp_interface {
            Some(interface) => self.interface(interface, item.place_of("udp-interface")),
            None if !http.udp_allow.is_empty() => {
                let fault = Meaning::AnyInterface(self.machine.listing());
                self.report(item.place_of("udp-allow"), fault);
            }
            None => {}
        }
        ForeignPlan {
            allow: http.udp_allow.iter().map(|group| group.0).collect(),
            interface: http.udp_interface.clone(),
        }
    }

    fn certificate(
        &mut self,
        written: &std::path::Path,
        item: &Item,
    ) -> Option<(PathBuf, tls::Certificate)> {
        let place = item.place_of("certificate");
        let path = self.whole_path(written, &place)?;
        let certificate = self.good(&place, tls::Certificate::read(&path))?;
        // A node that starts without it is worth more than one that does not start.
        if certificate.not_after <= crate::channel::wall_now().unix_seconds() {
            let at = tls::stamp(certificate.not_after);
            self.report(place, Meaning::Certificate(Certificate::Ended(at)));
        }
        Some((path, certificate))
    }

    fn key(
        &mut self,
        written: &std::path::Path,
        item: &Item,
    ) -> Option<(PathBuf, rustls::pki_types::PrivateKeyDer<'static>)> {
        let place = item.place_of("key-file");
        let path = self.whole_path(written, &place)?;
        let (key, warning) = self.good(&place, tls::key(&path))?;
        if let Some(warning) = warning {
            self.report(place, warning);
        }
        Some((path, key))
    }
}
