//! Certificates of a node under test.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rcgen::{CertificateParams, KeyPair, date_time_ymd};

/// Puts a self-signed certificate for `localhost`, 127.0.0.1 and the node of a lab that ends after `lasts` to
/// `chain.pem` in `folder`, and its key to `key.pem`, each in one step.
///
/// # Panics
/// The disk refuses.
pub fn put(folder: &Path, lasts: Duration) {
    let names = ["localhost", "127.0.0.1", "10.2.0.1"].map(str::to_owned);
    let mut params = CertificateParams::new(names).expect("names");
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    params.not_before = date_time_ymd(2020, 1, 1);
    params.not_after = date_time_ymd(1970, 1, 1) + since.expect("a clock") + lasts;
    let key = KeyPair::generate().expect("a key");
    let certificate = params.self_signed(&key).expect("a certificate");
    for (name, text) in [
        ("chain.pem", certificate.pem()),
        ("key.pem", key.serialize_pem()),
    ] {
        let new = folder.join("new");
        std::fs::write(&new, text).expect("written");
        let own = std::fs::Permissions::from_mode(0o600);
        std::fs::set_permissions(&new, own).expect("its mode");
        std::fs::rename(&new, folder.join(name)).expect("put in its place");
    }
}
