//! The signature of a report: HMAC-SHA-256 (RFC 2104) with a key that this node's state directory
//! holds. It shows that the file has not been changed since a holder of the key wrote it.

use std::fs::{self, File, OpenOptions};
use std::io::{Read as _, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::{Digest as _, Sha256};

/// Stands before the key's name and the signature in a report of any form.
const MARK: &str = "hmac-sha256:";
/// What stands for the signature while it is made: as many digits as it has.
const BLANK: &str = "0000000000000000000000000000000000000000000000000000000000000000";
/// Digits of the key's name.
const NAME: usize = 16;
/// A block of SHA-256: keys of this length are taken as they are (RFC 2104, 3).
const KEY: usize = 64;
/// No report is longer.
const LONGEST: u64 = 16 << 20;

/// A key.
pub(crate) struct Key {
    secret: [u8; KEY],
    /// The first digits of its SHA-256: tells keys apart and nothing of the key.
    pub(crate) name: String,
}

/// Why there is no key.
#[derive(Debug, thiserror::Error)]
pub(crate) enum KeyError {
    /// The file cannot be read or made.
    #[error("{path}: {error}")]
    File {
        path: PathBuf,
        error: std::io::Error,
    },
    /// Its content is no key.
    #[error("{0} is no key of {KEY} bytes; take it away and a new one is made")]
    Form(PathBuf),
    /// Others can read it.
    #[error(
        "{0} can be read by others and signs nothing: chmod 600 it, or take it away for a new one"
    )]
    Open(PathBuf),
}

/// What a report's signature says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// The file is as it was signed.
    Good,
    /// It is not.
    Changed,
    /// It bears no signature.
    Unsigned,
    /// It is signed with the key of that name, which is not here.
    OtherKey(String),
}

impl Key {
    /// Where it is.
    pub(crate) fn path(state_dir: &Path) -> PathBuf {
        state_dir.join("preflight.key")
    }

    /// The key, made where there is none.
    pub(crate) fn of(state_dir: &Path) -> Result<Self, KeyError> {
        let path = Self::path(state_dir);
        match make(&path) {
            Ok(()) => {}
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(KeyError::File { path, error }),
        }
        Self::read(state_dir)
    }

    /// The key that is there.
    pub(crate) fn read(state_dir: &Path) -> Result<Self, KeyError> {
        let path = Self::path(state_dir);
        let read = || {
            let file = File::open(&path)?;
            let mode = file.metadata()?.mode();
            let mut bytes = Vec::new();
            file.take(KEY as u64 + 1).read_to_end(&mut bytes)?;
            Ok((bytes, mode))
        };
        let (bytes, mode) = read().map_err(|error| KeyError::File {
            path: path.clone(),
            error,
        })?;
        if mode & 0o077 != 0 {
            return Err(KeyError::Open(path));
        }
        let secret: [u8; KEY] = bytes.try_into().map_err(|_| KeyError::Form(path))?;
        let digest = hex(&Sha256::digest(secret));
        let name = digest.chars().take(NAME).collect();
        Ok(Self { secret, name })
    }

    /// What a report bears in the place of its signature until it is signed.
    pub(crate) fn blank(&self) -> String {
        format!("{MARK}{}:{BLANK}", self.name)
    }

    /// Puts the signature into `report`, which bears [`Key::blank`] as its last mark.
    pub(crate) fn sign(&self, report: &str) -> Option<String> {
        let (before, name, digits, after) = parts(report)?;
        if name != self.name || digits != BLANK {
            return None;
        }
        let signature = hex(&self.code(report.as_bytes()).finalize().into_bytes());
        Some(format!("{before}{MARK}{name}:{signature}{after}"))
    }

    /// Whether `report` is as it was signed.
    pub(crate) fn verify(&self, report: &str) -> Verdict {
        let Some((before, name, digits, after)) = parts(report) else {
            return Verdict::Unsigned;
        };
        if name != self.name {
            return Verdict::OtherKey(name.to_owned());
        }
        let blank = format!("{before}{MARK}{name}:{BLANK}{after}");
        let signature = bytes(digits).unwrap_or_default();
        match self.code(blank.as_bytes()).verify_slice(&signature) {
            Ok(()) => Verdict::Good,
            Err(_) => Verdict::Changed,
        }
    }

    fn code(&self, message: &[u8]) -> Hmac<Sha256> {
        let mut code = Hmac::<Sha256>::new(&self.secret.into());
        code.update(message);
        code
    }
}

/// The name of the key that signed `report`; none where it bears no signature.
pub(crate) fn signer(report: &str) -> Option<&str> {
    parts(report).map(|(_, name, _, _)| name)
}

/// Reads a report.
pub(crate) fn read(path: &Path) -> std::io::Result<String> {
    let file = File::open(path)?;
    if file.metadata()?.len() > LONGEST {
        return Err(std::io::Error::other("too long for a report"));
    }
    let mut text = String::new();
    file.take(LONGEST).read_to_string(&mut text)?;
    Ok(text)
}

/// Around the last mark: what stands before, the key's name, the signature, what stands behind.
fn parts(report: &str) -> Option<(&str, &str, &str, &str)> {
    let (before, rest) = report.rsplit_once(MARK)?;
    let (name, rest) = rest.split_once(':')?;
    let (digits, after) = rest.split_at_checked(BLANK.len())?;
    let is_hex = |text: &str| text.bytes().all(|b| b.is_ascii_hexdigit());
    (name.len() == NAME && is_hex(name) && is_hex(digits)).then_some((before, name, digits, after))
}

/// A new key, which only its owner can read. It comes to its name whole or not at all.
fn make(path: &Path) -> std::io::Result<()> {
    if path.exists() {
        return Ok(());
    }
    let mut secret = [0; KEY];
    File::open("/dev/urandom")?.read_exact(&mut secret)?;
    let new = path.with_extension(format!("{}.new", std::process::id()));
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&new)?;
    let written = file.write_all(&secret).and_then(|()| file.sync_all());
    // A link does not replace a key that another run made meanwhile.
    let linked = written.and_then(|()| fs::hard_link(&new, path));
    fs::remove_file(&new)?;
    linked
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn bytes(digits: &str) -> Option<Vec<u8>> {
    let pairs = digits.as_bytes().as_chunks::<2>().0;
    let byte = |pair: &[u8; 2]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
    pairs.iter().map(byte).collect()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;
    use std::process::Command;

    use super::*;

    #[test]
    fn a_report_that_was_changed_anywhere_is_found_out() {
        let dir = tempfile::tempdir().unwrap();
        let key = Key::of(dir.path()).unwrap();
        let report = format!("green  all\nsignature {}\n", key.blank());
        let signed = key.sign(&report).unwrap();
        assert_eq!(key.verify(&signed), Verdict::Good);
        for at in 0..signed.len() {
            let mut bytes = signed.clone().into_bytes();
            bytes[at] ^= 1;
            let Ok(changed) = String::from_utf8(bytes) else {
                continue;
            };
            assert_ne!(key.verify(&changed), Verdict::Good, "{at}");
        }
        assert_eq!(key.verify(&format!("{signed}more")), Verdict::Changed);
        assert_eq!(
            key.verify(&report),
            Verdict::Changed,
            "the blank is no signature"
        );
        assert_eq!(key.verify("green  all"), Verdict::Unsigned);
        let twice = format!("{signed}signature {}\n", key.blank());
        assert_eq!(key.verify(&twice), Verdict::Changed);
    }

    #[test]
    fn the_signature_is_what_another_program_makes_of_it() {
        let dir = tempfile::tempdir().unwrap();
        let key = Key::of(dir.path()).unwrap();
        let report = format!("Họp Chính phủ\n{}\n", key.blank());
        let signed = key.sign(&report).unwrap();
        let file = dir.path().join("report");
        fs::write(&file, &report).unwrap();
        let openssl = Command::new("openssl")
            .args(["dgst", "-sha256", "-mac", "HMAC", "-macopt"])
            .arg(format!("hexkey:{}", hex(&key.secret)))
            .arg(&file)
            .output()
            .unwrap();
        let said = String::from_utf8(openssl.stdout).unwrap();
        let digits = said.trim().rsplit(' ').next().unwrap();
        assert!(digits.len() == 64 && signed.contains(digits), "{said}");
    }

    #[test]
    fn a_key_is_made_once_and_only_its_owner_reads_it() {
        let dir = tempfile::tempdir().unwrap();
        let first = Key::of(dir.path()).unwrap().name;
        assert_eq!(Key::of(dir.path()).unwrap().name, first);
        let path = Key::path(dir.path());
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
        let files = fs::read_dir(dir.path()).unwrap().count();
        assert_eq!(files, 1, "nothing is left behind");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        assert!(matches!(Key::of(dir.path()), Err(KeyError::Open(_))));
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        fs::write(&path, "short").unwrap();
        assert!(matches!(Key::of(dir.path()), Err(KeyError::Form(_))));
        let other = tempfile::tempdir().unwrap();
        let other = Key::of(other.path()).unwrap();
        let signed = other.sign(&other.blank()).unwrap();
        fs::remove_file(&path).unwrap();
        let here = Key::of(dir.path()).unwrap();
        assert_eq!(here.verify(&signed), Verdict::OtherKey(other.name.clone()));
    }
}
