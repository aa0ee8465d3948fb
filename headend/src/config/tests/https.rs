//! `[http]` with TLS, and webhooks by `https://`.

use super::*;
use crate::tls::tests::{pair, put};

const HTTP: &str =
    "[http]\ntls-listen = [\"[::]:8443\"]\ncertificate = \"chain.pem\"\nkey-file = \"key.pem\"\n";

fn with(pair: &(String, String)) -> Desk {
    use std::os::unix::fs::PermissionsExt as _;
    let desk = Desk::with(HTTP);
    let plan = put(desk.dir.path(), pair);
    std::fs::set_permissions(plan.key, std::fs::Permissions::from_mode(0o600)).unwrap();
    desk
}

#[test]
fn a_certificate_with_its_key_is_https() {
    let desk = with(&pair(&["phat.example"], 90));
    assert_eq!(desk.said(), [""; 0]);
    let tls = desk.sources.load().unwrap().plan.tls.unwrap();
    assert_eq!(tls.listen, ["[::]:8443".parse().unwrap()]);
    assert_eq!(tls.certificate, desk.dir.path().join("chain.pem"));
}

#[test]
fn what_https_lacks_is_said_with_the_next_step() {
    let (ours, other) = (pair(&["phat.example"], 90), pair(&["phat.example"], 90));
    let none = Desk::with(HTTP).said();
    assert!(
        none[0].starts_with("3:15 cannot read ") && none[1].starts_with("4:12 "),
        "{none:?}"
    );
    let swapped = with(&(ours.0.clone(), other.1)).said();
    assert!(
        swapped[0].starts_with("4:12 the key belongs to another certificate: "),
        "{swapped:?}"
    );
    let keys = with(&(ours.1.clone(), ours.0.clone())).said();
    assert!(
        keys[0].contains("chain.pem holds no PEM certificate: "),
        "{keys:?}"
    );
    assert!(
        keys[1].contains("key.pem holds no PEM private key: "),
        "{keys:?}"
    );
    let mangled = with(&(ours.0[..300].to_owned(), ours.1.clone())).said();
    assert!(mangled[0].starts_with("3:15 "), "{mangled:?}");
    for (written, said) in [
        (
            "tls-listen = [\"[::]:8443\"]",
            "2:14 `tls-listen` is here and `certificate` is not",
        ),
        (
            "key-file = \"key.pem\"",
            "2:12 `key-file` is here and `tls-listen` is not",
        ),
    ] {
        let half = Desk::with(&format!("[http]\n{written}\n")).said();
        assert!(half[0].starts_with(said), "{half:?}");
    }
}

#[test]
fn a_certificate_that_ended_is_a_warning_and_the_node_starts() {
    let desk = with(&pair(&["phat.example"], -1));
    let said = desk.said();
    assert!(said[0].contains("the certificate ended at "), "{said:?}");
    assert!(desk.sources.load().unwrap().plan.tls.is_some());
}

#[test]
fn a_key_that_others_can_read_is_a_warning() {
    use std::os::unix::fs::PermissionsExt as _;
    let desk = with(&pair(&["phat.example"], 90));
    let key = desk.dir.path().join("key.pem");
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o644)).unwrap();
    assert!(
        desk.said()[0].contains("others can read"),
        "{:?}",
        desk.said()
    );
}

#[test]
fn one_address_cannot_be_both() {
    let text = HTTP.replace("[http]\n", "[http]\nlisten = [\"[::]:8443\"]\n");
    let said = Desk::with(&text).said();
    assert!(
        said.iter()
            .any(|s| s.starts_with("3:15 [::]:8443 is there already")),
        "{said:?}"
    );
}

#[test]
fn a_webhook_goes_by_https_to_whom_a_file_or_the_machine_trusts() {
    let text = "[[webhook]]\nurl = \"https://su-co.example/a\"\nsecret-file = \"srt.key\"\n";
    let secret = "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    let desk = Desk::with(text).secret(secret, 0o600);
    assert_eq!(desk.said(), [""; 0]);
    let own = Desk::with(&format!("{text}ca-file = \"chain.pem\"\n")).secret(secret, 0o600);
    assert!(
        own.said()[0].contains("holds no certificate to trust"),
        "{:?}",
        own.said()
    );
    put(own.dir.path(), &pair(&["su-co.example"], 90));
    let webhook = own.sources.load().unwrap().plan.webhooks.remove(0);
    assert_eq!(webhook.authority, Some(own.dir.path().join("chain.pem")));
}
