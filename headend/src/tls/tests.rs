use std::path::Path;
use std::time::Duration;

use rcgen::{CertificateParams, IsCa, Issuer, KeyPair, date_time_ymd};

use super::*;
use crate::channel::wall_now;
use crate::plan::TlsPlan;

fn params(names: &[&str], days: i64) -> CertificateParams {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let mut params = CertificateParams::new(names).unwrap();
    let seconds = u64::try_from(wall_now().unix_seconds() + days * DAY).unwrap();
    params.not_before = date_time_ymd(2020, 1, 1);
    params.not_after = date_time_ymd(1970, 1, 1) + Duration::from_secs(seconds);
    params
}

/// A self-signed certificate that ends in so many days, and its key.
pub(crate) fn pair(names: &[&str], days: i64) -> (String, String) {
    let key = KeyPair::generate().unwrap();
    let certificate = params(names, days).self_signed(&key).unwrap();
    (certificate.pem(), key.serialize_pem())
}

/// Puts a pair where a node looks for it.
pub(crate) fn put(folder: &Path, (chain, key): &(String, String)) -> TlsPlan {
    let plan = TlsPlan {
        listen: Vec::new(),
        certificate: folder.join("chain.pem"),
        key: folder.join("key.pem"),
    };
    std::fs::write(&plan.certificate, chain).unwrap();
    std::fs::write(&plan.key, key).unwrap();
    plan
}

#[test]
fn a_certificate_says_its_names_and_the_nearest_end_of_its_chain() {
    let folder = tempfile::tempdir().unwrap();
    let (above, key) = (KeyPair::generate().unwrap(), KeyPair::generate().unwrap());
    let mut authority = params(&["An authority"], 30);
    authority.is_ca = IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let signed = authority.self_signed(&above).unwrap().pem();
    let issuer = Issuer::new(authority, above);
    let own = params(
        &["phat.example", "*.tinh.example", "10.0.0.5", "2001:db8::5"],
        90,
    );
    let own = own.signed_by(&key, &issuer).unwrap().pem();
    let plan = put(folder.path(), &(own + &signed, key.serialize_pem()));
    let facts = Held::new(&plan).unwrap().facts();
    assert_eq!(
        facts.names,
        ["phat.example", "*.tinh.example", "10.0.0.5", "2001:db8::5"]
    );
    assert_eq!(facts.days(wall_now().unix_seconds() - 60), 30);
    assert_eq!(facts.trouble, None);
}

#[test]
fn a_renewal_is_taken_and_what_cannot_be_used_leaves_the_old_one() {
    let folder = tempfile::tempdir().unwrap();
    let (old, new) = (pair(&["old.example"], 90), pair(&["new.example"], 90));
    let plan = put(folder.path(), &old);
    let held = Held::new(&plan).unwrap();
    assert!(!held.look(), "nothing is new");

    // A renewal writes one file after the other.
    std::fs::write(&plan.certificate, &new.0).unwrap();
    assert!(!held.look());
    assert_eq!(held.facts().trouble, None, "it may be under way");
    std::fs::write(&plan.key, &new.1).unwrap();
    assert!(held.look());
    assert_eq!(held.facts().names, ["new.example"]);

    for broken in [
        "",
        "no PEM",
        "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
    ] {
        std::fs::write(&plan.certificate, broken).unwrap();
        assert!(!held.look() && !held.look());
        let facts = held.facts();
        assert_eq!(facts.names, ["new.example"]);
        let trouble = facts.trouble.as_ref().unwrap();
        assert!(trouble.en.contains("chain.pem") && trouble.vi.contains("chain.pem"));
        assert_ne!(trouble.en, trouble.vi);
    }
    std::fs::remove_file(&plan.certificate).unwrap();
    assert!(!held.look() && !held.look());
    assert!(held.facts().trouble.is_some());

    put(folder.path(), &new);
    assert!(!held.look(), "it is the one in use");
    assert_eq!(held.facts().trouble, None);
}

#[test]
fn it_may_come_from_other_files_after_a_reload() {
    let (here, there) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let held = Held::new(&put(here.path(), &pair(&["here.example"], 90))).unwrap();
    held.follow(&put(there.path(), &pair(&["there.example"], 90)));
    assert!(held.look());
    assert_eq!(held.facts().names, ["there.example"]);
}

#[test]
fn a_name_is_what_stands_before_the_port() {
    for (authority, host) in [
        ("phat.example:8443", "phat.example"),
        ("10.0.0.5:443", "10.0.0.5"),
        ("[2001:db8::5]:443", "2001:db8::5"),
        ("[::1]", "::1"),
    ] {
        assert_eq!(name(authority).unwrap().to_str(), host);
    }
    assert!(name("a b").is_err());
}

#[test]
fn an_end_without_end_can_be_written() {
    assert_eq!(stamp(1_800_000_000), "2027-01-15T08:00:00Z");
    assert!(stamp(i64::MAX).starts_with("9999-"));
}
