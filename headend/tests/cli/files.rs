//! Commands that need no node.

use super::{Done, headend, root, run};

#[test]
fn config_check_tells_good_warnings_errors_and_unreadable_by_its_exit_code() {
    let dir = tempfile::tempdir().unwrap();
    let check = |text: &str| {
        std::fs::write(dir.path().join("headend.toml"), text).unwrap();
        run(dir.path(), &["config", "check"])
    };
    let channel = "[[channel]]\nid = \"a\"\n[[channel.input]]\n";
    let good = check(&format!("{channel}url = \"test:\"\n"));
    assert_eq!((good.code, &*good.out), (0, ""), "{good:?}");
    let warned = check(&format!("{channel}url = \"udp://239.1.1.1:5000\"\n"));
    assert_eq!(warned.code, 1, "{warned:?}");
    let wrong = check(&format!("{channel}ulr = \"test:\"\n[http]\nlisten = 3\n"));
    assert_eq!(wrong.code, 2, "{wrong:?}");
    for part in [
        "[headend.toml:4:1]",
        "did you mean `url`?",
        "[headend.toml:6:10]",
        "[headend.toml:3:1]",
    ] {
        assert!(wrong.out.contains(part), "{part}: {}", wrong.out);
    }
    let missing = run(dir.path(), &["config", "check", "nowhere.toml"]);
    assert_eq!(missing.code, 3, "{missing:?}");
    std::fs::remove_file(dir.path().join("headend.toml")).unwrap();
    assert_eq!(run(dir.path(), &["config", "check"]).code, 3);
}

#[test]
fn errors_are_data_on_request_and_vietnamese_where_the_locale_says_so() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("a.toml"), "[node]\nnam = 1\n").unwrap();
    let json = run(
        dir.path(),
        &["config", "check", "a.toml", "--output", "json"],
    );
    let shown: serde_json::Value = serde_json::from_str(&json.out).unwrap();
    assert_eq!(shown[0]["line"], 2);
    assert_eq!(shown[0]["column"], 1);
    assert_eq!(shown[0]["severity"], "error");
    let mut vietnamese = headend(dir.path());
    vietnamese
        .args(["config", "check", "a.toml"])
        .env("LANG", "vi_VN.UTF-8");
    let vietnamese = Done::from(vietnamese.output().unwrap());
    assert!(
        vietnamese.out.contains("không có khóa `nam`"),
        "{vietnamese:?}"
    );
    assert!(
        vietnamese.out.contains("có phải là `name`?"),
        "{vietnamese:?}"
    );
}

#[test]
fn no_colour_reaches_a_pipe() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("a.toml"), "a = 1\n").unwrap();
    let done = run(dir.path(), &["config", "check", "a.toml"]);
    assert!(
        !done.out.contains('\u{1b}') && !done.err.contains('\u{1b}'),
        "{done:?}"
    );
}

#[test]
fn the_example_file_is_a_configuration_without_errors() {
    let dir = tempfile::tempdir().unwrap();
    let example = run(dir.path(), &["config", "example"]);
    std::fs::write(dir.path().join("headend.toml"), &example.out).unwrap();
    let check = run(dir.path(), &["config", "check"]);
    // An interface that this machine lacks is a warning.
    assert!(check.code <= 1, "{}", check.out);
    // With every comment sign taken away, only what cannot stand together is wrong.
    let all: String = example
        .out
        .lines()
        .map(|line| match line.strip_prefix('#') {
            Some(key) if !key.starts_with(' ') => format!("{key}\n"),
            _ => format!("{line}\n"),
        })
        .collect();
    std::fs::write(dir.path().join("headend.toml"), all).unwrap();
    std::fs::write(dir.path().join("webhook.key"), "sixteen letters and more").unwrap();
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    for name in ["fullchain.pem", "authority.pem"] {
        std::fs::write(dir.path().join(name), made.cert.pem()).unwrap();
    }
    let key = made.signing_key.serialize_pem();
    std::fs::write(dir.path().join("privkey.pem"), key).unwrap();
    let check = run(dir.path(), &["config", "check", "--output", "json"]);
    let shown: Vec<serde_json::Value> = serde_json::from_str(&check.out).unwrap();
    let errors = shown.iter().filter(|s| s["severity"] == "error");
    let texts: Vec<_> = errors.filter_map(|e| e["text"].as_str()).collect();
    // What the example leaves as a comment because it goes with another kind of input.
    let expected = [
        "only an srt:// input has a passphrase",
        "an input has `url` or `paths`, not both",
    ];
    assert!(
        expected.iter().all(|text| texts.contains(text)),
        "{texts:#?}"
    );
    assert_eq!(texts.len(), expected.len(), "{texts:#?}");
}

#[test]
fn the_reference_equals_the_program() {
    let reference = root().join("docs/reference");
    let done = run(
        &root(),
        &["reference", reference.to_str().unwrap(), "--check"],
    );
    assert_eq!(done.code, 0, "{}", done.err);
}

#[test]
fn a_key_is_explained_by_its_whole_name_or_its_end() {
    let dir = tempfile::tempdir().unwrap();
    let explained = run(dir.path(), &["config", "explain", "overflow"]);
    for part in [
        "channel.output.overflow",
        "keep-sound",
        "HEADEND__CHANNEL__0__OUTPUT__0__OVERFLOW",
    ] {
        assert!(explained.out.contains(part), "{explained:?}");
    }
    let unknown = run(dir.path(), &["config", "explain", "channel.output.tll"]);
    assert_eq!(unknown.code, 1);
    assert!(unknown.err.contains("channel.output.ttl"), "{unknown:?}");
}

#[test]
fn exit_codes_tell_usage_and_a_missing_node_apart() {
    let dir = tempfile::tempdir().unwrap();
    assert_eq!(run(dir.path(), &["chanel"]).code, 2);
    assert_eq!(run(dir.path(), &["status", "--node", "ftp://a"]).code, 2);
    assert_eq!(run(dir.path(), &["channel", "show", "../node"]).code, 2);
    let missing = run(dir.path(), &["status"]);
    assert_eq!(missing.code, 3, "{missing:?}");
    assert!(
        missing.err.contains("headend.sock") && missing.err.contains("headend run"),
        "{missing:?}"
    );
    // Port 9 of the loopback interface answers nobody.
    assert_eq!(
        run(dir.path(), &["status", "--node", "http://127.0.0.1:9"]).code,
        3
    );
}

#[test]
fn completions_and_manual_pages_come_for_every_shell_and_command() {
    let dir = tempfile::tempdir().unwrap();
    for shell in ["bash", "zsh", "fish"] {
        let script = run(dir.path(), &["completions", shell]);
        assert!(script.code == 0 && script.out.contains("probe"), "{shell}");
    }
    let man = run(dir.path(), &["man"]);
    assert!(man.out.contains(".TH headend 1"), "{}", man.out);
    assert_eq!(run(dir.path(), &["man", "--dir", "man1"]).code, 0);
    let page = std::fs::read_to_string(dir.path().join("man1/headend-channel-stop.1")).unwrap();
    assert!(
        page.contains(".TH headend-channel-stop 1") && page.contains("dry\\-run"),
        "{page}"
    );
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let dir = tempfile::tempdir().unwrap();
    let mut child = headend(dir.path())
        .args(["config", "schema"])
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let done = Done::from(child.wait_with_output().unwrap());
    assert_eq!((done.code, &*done.err), (0, ""));
}
