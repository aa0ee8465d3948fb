//! What is installed: the unit, the examples, the Debian package, the cache in front of a node.

mod cache;
mod outage;
mod package;
mod set_top;
mod thousand;

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use headend_tests::certificate;
use headend_tests::lab::{Host, Lab};
use headend_tests::node::headend;
use headend_tests::sim::{generated, h264};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// What a command said, both ways, and whether it was well.
fn outcome(command: &mut Command) -> (bool, String) {
    let output = command.output().unwrap();
    let mut said = String::from_utf8_lossy(&output.stdout).into_owned();
    said.push_str(&String::from_utf8_lossy(&output.stderr));
    (output.status.success(), said)
}

/// A channel `hop` of a recorded programme, so that no encoder runs beside the viewers; HLS with
/// this in its table.
fn recorded(folder: &Path, hls: &str) -> String {
    let file = folder.join("feed.ts");
    fs::write(&file, generated("h264-1m", 120, &h264("1M")).unwrap()).unwrap();
    format!(
        "[http]\nlisten = [\"127.0.0.1:8081\"]\n[[channel]]\nid = \"hop\"\nname = \"Họp\"\n\
         [[channel.input]]\nurl = \"file:{}\"\ncontent = false\n[channel.hls]\n{hls}",
        file.display()
    )
}

#[test]
fn the_unit_is_closed_to_1_5_or_better() {
    let mut analyze = Command::new("systemd-analyze");
    // The threshold counts tenths.
    analyze.args([
        "security",
        "--offline=true",
        "--threshold=15",
        "--no-pager",
        "deploy/systemd/headend.service",
    ]);
    let (good, said) = outcome(analyze.current_dir(root()));
    assert!(good, "{said}");
}

#[test]
fn every_shipped_configuration_is_without_errors_and_warnings() {
    let lab = Lab::new().unwrap();
    let host = Host::Receiver;
    let mut ip = lab.command(host, "ip");
    ip.args([
        "link", "add", "eth0", "type", "veth", "peer", "name", "eth1",
    ]);
    assert!(ip.status().unwrap().success());
    let folder = tempfile::tempdir().unwrap();
    let key = folder.path().join("srt.key");
    fs::write(&key, "mat-khau-dai-du\n").unwrap();
    fs::set_permissions(&key, fs::Permissions::from_mode(0o640)).unwrap();
    certificate::put(folder.path(), Duration::from_secs(90 * 86_400));
    let mut shipped = vec![root().join("deploy/debian/headend.toml")];
    let examples = fs::read_dir(root().join("deploy/examples")).unwrap();
    shipped.extend(examples.map(|e| e.unwrap().path()));
    assert!(shipped.len() > 3, "{shipped:?}");
    for file in shipped {
        let copy = folder.path().join(file.file_name().unwrap());
        fs::copy(&file, &copy).unwrap();
        let mut check = lab.command(host, headend().to_str().unwrap());
        check.args(["config", "check"]).arg(&copy);
        let (good, said) = outcome(check.env("LANG", "C.UTF-8"));
        assert!(good, "{}: {said}", file.display());
    }
}
