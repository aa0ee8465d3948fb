//! The certificate that the node shows now. Its files are read again every two seconds, so that a
//! renewal is taken by itself; what cannot be used leaves the old one in its place and is told.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use arc_swap::ArcSwap;
use rustls::ServerConfig;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;

use super::identity::{Certificate, key};
use super::provider;
use crate::cause::Text;
use crate::config::fault::{Fault, Language};
use crate::plan::TlsPlan;

/// How often the files are read.
const EVERY: Duration = Duration::from_secs(2);
/// Looks in a row at which the files must be unusable: a renewal writes one after the other.
const LOOKS: u32 = 2;

/// What the node shows of its certificate.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    /// Where it is.
    pub file: PathBuf,
    /// Whom it is for: DNS names and addresses.
    pub names: Vec<String>,
    /// When it ends, Unix seconds.
    pub not_after: i64,
    /// Why what the files hold now is not what is shown.
    pub trouble: Option<Text>,
}

impl Facts {
    /// Whole days to its end at `now`, Unix seconds; negative after it.
    #[must_use]
    pub const fn days(&self, now: i64) -> i64 {
        (self.not_after - now).div_euclid(super::DAY)
    }
}

/// The certificate in use, for every handshake from now on.
#[derive(Debug)]
pub struct Held {
    shown: ArcSwap<Shown>,
    looking: Mutex<Looking>,
}

#[derive(Debug)]
struct Shown {
    key: Arc<CertifiedKey>,
    facts: Arc<Facts>,
}

#[derive(Debug)]
struct Looking {
    certificate: PathBuf,
    key: PathBuf,
    unusable: u32,
}

impl Held {
    /// Reads the files of `plan`.
    ///
    /// # Errors
    /// They hold no certificate with its key.
    pub fn new(plan: &TlsPlan) -> Result<Arc<Self>, Fault> {
        let looking = Looking {
            certificate: plan.certificate.clone(),
            key: plan.key.clone(),
            unusable: 0,
        };
        let shown = looking.read()?;
        Ok(Arc::new(Self {
            shown: ArcSwap::from_pointee(shown),
            looking: Mutex::new(looking),
        }))
    }

    /// What is known of the certificate in use.
    #[must_use]
    pub fn facts(&self) -> Arc<Facts> {
        self.shown.load().facts.clone()
    }

    /// Takes the certificate from the files of `plan` from now on.
    pub fn follow(&self, plan: &TlsPlan) {
        let mut looking = self.looking();
        looking.certificate.clone_from(&plan.certificate);
        looking.key.clone_from(&plan.key);
    }

    /// Reads the files; whether another certificate is shown from now on.
    pub fn look(&self) -> bool {
        let mut looking = self.looking();
        let before = self.shown.load();
        match looking.read() {
            Ok(shown) => {
                looking.unusable = 0;
                let renewed = shown.key.cert != before.key.cert;
                if renewed || shown.facts != before.facts {
                    self.shown.store(Arc::new(shown));
                }
                renewed
            }
            Err(fault) => {
                looking.unusable += 1;
                if looking.unusable >= LOOKS {
                    self.tell(&before, &fault);
                }
                false
            }
        }
    }

    /// Looks again and again, for as long as it is polled.
    pub async fn watch(self: Arc<Self>) {
        let mut every = tokio::time::interval(EVERY);
        loop {
            every.tick().await;
            let own = self.clone();
            // A disk that hangs holds up nobody but this watch.
            let renewed = tokio::task::spawn_blocking(move || own.look()).await;
            if renewed.is_ok_and(|renewed| renewed) {
                let facts = self.facts();
                tracing::info!(
                    file = %facts.file.display(),
                    "another certificate is in use, until {}",
                    super::stamp(facts.not_after)
                );
            }
        }
    }

    /// What a listener shows and speaks: HTTP/2 and HTTP/1.1.
    ///
    /// # Errors
    /// What `rustls` refuses; nothing that a certificate can cause.
    pub fn server(self: &Arc<Self>) -> Result<Arc<ServerConfig>, rustls::Error> {
        let mut config = ServerConfig::builder_with_provider(provider())
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_cert_resolver(self.clone());
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(Arc::new(config))
    }

    fn tell(&self, before: &Shown, fault: &Fault) {
        let said = |language| {
            let said = fault.say(language);
            match said.help.as_str() {
                "" => said.text,
                help => format!("{}: {help}", said.text),
            }
        };
        let trouble = Text::new(said(Language::English), said(Language::Vietnamese));
        if before.facts.trouble.as_ref() == Some(&trouble) {
            return;
        }
        tracing::warn!(
            "the certificate's files cannot be used, the one in use stays: {}",
            trouble.en
        );
        let facts = Facts {
            trouble: Some(trouble),
            ..(*before.facts).clone()
        };
        self.shown.store(Arc::new(Shown {
            key: before.key.clone(),
            facts: Arc::new(facts),
        }));
    }

    fn looking(&self) -> std::sync::MutexGuard<'_, Looking> {
        // Every change is complete when the lock is let go: poison says nothing.
        self.looking.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Looking {
    fn read(&self) -> Result<Shown, Fault> {
        let certificate = Certificate::read(&self.certificate)?;
        let (key, _) = key(&self.key)?;
        let facts = Facts {
            file: self.certificate.clone(),
            names: certificate.names.clone(),
            not_after: certificate.not_after,
            trouble: None,
        };
        Ok(Shown {
            key: certificate.with(key)?,
            facts: Arc::new(facts),
        })
    }
}

impl ResolvesServerCert for Held {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.shown.load().key.clone())
    }
}
