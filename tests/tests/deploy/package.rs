//! The Debian package on a machine: installed, upgraded, removed, purged by dpkg itself.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::PathBuf;
use std::process::Command;

use headend_tests::machine::Machine;
use headend_tests::node::programs;

const CONFFILE: &str = "/etc/headend/headend.toml";
const UNIT: &str = "headend.service";

/// Packs the programs as they are built for this test.
fn package() -> PathBuf {
    let programs = programs();
    let mut build = Command::new("deploy/debian/build.sh");
    build
        .current_dir(crate::root())
        .env("HEADEND_PROFILE", programs.file_name().unwrap())
        .env("CARGO_TARGET_DIR", programs.parent().unwrap());
    let (good, said) = crate::outcome(&mut build);
    assert!(good, "{said}");
    PathBuf::from(said.lines().last().unwrap())
}

/// Puts the package on the machine and gives its path there.
fn carried(machine: &Machine) -> &'static str {
    fs::copy(package(), machine.path("/tmp/headend.deb")).unwrap();
    "/tmp/headend.deb"
}

/// The next version, with other words in the shipped configuration.
fn next_version(machine: &Machine) -> &'static str {
    let script = r#"
cd /tmp && dpkg-deb -R headend.deb next
sed -i 's/^Version: .*/&+next/' next/DEBIAN/control
echo '# the next version' >>next/etc/headend/headend.toml
dpkg-deb --root-owner-group -Znone --build next next.deb"#;
    machine.run(&["sh", "-ec", script]).unwrap();
    "/tmp/next.deb"
}

fn enabled(machine: &Machine) -> bool {
    machine.run(&["systemctl", "is-enabled", UNIT]).is_ok()
}

#[test]
fn an_installed_package_is_whole_and_its_service_is_ready_to_start() {
    let machine = Machine::new().unwrap();
    let deb = carried(&machine);
    machine.run(&["dpkg", "--install", deb]).unwrap();

    assert_eq!(machine.run(&["dpkg", "--verify", "headend"]).unwrap(), "");
    let depends = machine.run(&["dpkg-query", "-W", "-f", "${Depends}", "headend"]);
    for library in ["libavcodec", "libavformat", "libavfilter", "libc6"] {
        assert!(depends.as_ref().unwrap().contains(library), "{depends:?}");
    }
    let version = machine.run(&["headend", "--version"]).unwrap();
    assert!(version.starts_with("headend "), "{version}");
    for page in ["headend", "headend-config-check"] {
        machine.run(&["man", "--where", page]).unwrap();
    }
    let complaints = machine.run(&["systemd-analyze", "verify", UNIT]).unwrap();
    assert_eq!(complaints, "");
    assert!(enabled(&machine));

    // The account reads its configuration; nobody else does.
    let check = ["headend", "config", "check", CONFFILE];
    let user = |name| [&["runuser", "-u", name, "--"], &check[..]].concat();
    machine.run(&user("headend")).unwrap();
    machine.run(&user("nobody")).unwrap_err();
    let folder = fs::metadata(machine.path("/etc/headend")).unwrap();
    assert_eq!((folder.uid(), folder.mode() & 0o7777), (0, 0o750));
}

#[test]
fn an_upgrade_keeps_what_the_operator_wrote_and_switched_off() {
    let machine = Machine::new().unwrap();
    let deb = carried(&machine);
    machine.run(&["dpkg", "--install", deb]).unwrap();
    let own = "[http]\nlisten = [\"127.0.0.1:9090\"]\n";
    fs::write(machine.path(CONFFILE), own).unwrap();
    machine.run(&["systemctl", "disable", UNIT]).unwrap();

    let next = next_version(&machine);
    let upgrade = ["dpkg", "--force-confdef", "--install", next];
    machine.run(&upgrade).unwrap();
    let version = machine.run(&["dpkg-query", "-W", "-f", "${Version}", "headend"]);
    assert!(version.as_ref().unwrap().ends_with("+next"), "{version:?}");
    assert_eq!(fs::read_to_string(machine.path(CONFFILE)).unwrap(), own);
    let offered = fs::read_to_string(machine.path("/etc/headend/headend.toml.dpkg-dist"));
    assert!(offered.unwrap().contains("# the next version"));
    assert!(!enabled(&machine));
}

#[test]
fn a_purge_leaves_nothing_and_a_removal_the_configuration() {
    let machine = Machine::new().unwrap();
    let deb = carried(&machine);
    machine.run(&["dpkg", "--install", deb]).unwrap();
    // What a node leaves behind.
    let state = "install -d -o headend -g headend /var/lib/headend/channels.d && touch /etc/headend/srt.key";
    machine.run(&["sh", "-ec", state]).unwrap();

    machine.run(&["dpkg", "--remove", "headend"]).unwrap();
    assert!(machine.path(CONFFILE).exists());
    assert!(machine.path("/var/lib/headend").exists());
    assert!(!machine.path("/usr/bin/headend").exists());
    assert!(!enabled(&machine));

    machine.run(&["dpkg", "--purge", "headend"]).unwrap();
    fs::remove_file(machine.path(deb)).unwrap();
    let mut left = machine.changes().unwrap();
    // dpkg's own records, caches, and the last copies of the account files.
    let passing = [
        "/var/lib/dpkg/",
        "/var/log/",
        "/var/cache/",
        "/etc/ld.so.cache",
    ];
    left.retain(|path| !passing.iter().any(|p| path.starts_with(p)) && !path.ends_with('-'));
    assert!(left.is_empty(), "{left:#?}");
}
