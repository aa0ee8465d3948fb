//! The kit of a hall's box: its files, and its watchdog with a real browser and a real player.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use headend_tests::lab::{Host, Lab, Running, until};
use headend_tests::node::Node;
use headend_tests::picture::{looped, on_screen};
use headend_tests::screen::Screen;

use crate::outcome;

const PATIENCE: Duration = Duration::from_secs(90);

fn kit() -> PathBuf {
    crate::root().join("deploy/set-top")
}

fn install(folder: &Path) -> String {
    let mut install = Command::new(kit().join("install.sh"));
    let (good, said) = outcome(install.arg("--root").arg(folder));
    assert!(good, "{said}");
    said
}

#[test]
fn the_scripts_are_clean_and_the_units_are_whole() {
    let mut check = Command::new("shellcheck");
    for script in [
        "install.sh",
        "headend-box",
        "headend-box-wake",
        "headend-box-cec",
    ] {
        check.arg(kit().join(script));
    }
    let (good, said) = outcome(&mut check);
    assert!(good, "{said}");

    let folder = tempfile::tempdir().unwrap();
    install(folder.path());
    let units = folder.path().join("usr/lib/systemd/system");
    let mut verify = Command::new("systemd-analyze");
    verify.args(["verify", "--man=no", "--recursive-errors=no", "--root"]);
    verify.arg(folder.path());
    for unit in fs::read_dir(&units).unwrap() {
        verify.arg(unit.unwrap().file_name());
    }
    let (good, said) = outcome(&mut verify);
    assert!(good && said.is_empty(), "{said}");
}

#[test]
fn a_second_installation_writes_only_what_differs_and_never_the_settings() {
    let folder = tempfile::tempdir().unwrap();
    let first = install(folder.path());
    let settings = folder.path().join("etc/headend-box.conf");
    assert!(first.contains("writes /etc/headend-box.conf"), "{first}");
    fs::write(&settings, "NODE=http://10.0.0.9:8080\n").unwrap();
    let second = install(folder.path());
    let expected = "install: leaves /etc/headend-box.conf as it is\ninstall: nothing to do\n";
    assert_eq!(second, expected);
    let program = folder.path().join("usr/lib/headend-box/headend-box");
    assert_eq!(
        program.metadata().unwrap().permissions().mode() & 0o777,
        0o755
    );
    fs::write(&program, "broken").unwrap();
    let third = install(folder.path());
    let written = third.lines().filter(|line| line.contains("writes")).count();
    assert!(
        written == 1 && third.contains("headend-box/headend-box"),
        "{third}"
    );
    assert_eq!(
        fs::read_to_string(&settings).unwrap(),
        "NODE=http://10.0.0.9:8080\n"
    );
}

#[test]
fn the_box_wakes_at_the_next_time_of_its_schedule() {
    let wake = |schedule: &str| {
        let mut wake = Command::new(kit().join("headend-box-wake"));
        outcome(
            wake.arg("show")
                .env("WAKE", schedule)
                .env("TZ", "Asia/Ho_Chi_Minh"),
        )
    };
    // 2099-12-01 06:30 in Viet Nam.
    assert_eq!(wake("2099-12-01 06:30"), (true, "4099764600\n".to_owned()));
    let daily = wake("06:30").1.trim().parse::<u64>().unwrap();
    assert_eq!(daily % 86_400, (24 - 7) * 3_600 + (6 * 60 + 30) * 60);
    assert!(!wake("2001-01-01").0 && !wake("every morning").0);
    assert!(wake("").1.contains("no WAKE is set"));
}

/// A node with a channel that waits, as an address.
fn waiting(lab: &Lab) -> (Node, &'static str) {
    let text = "[http]\nlisten = [\"0.0.0.0:8080\"]\n[[channel]]\nid = \"hop\"\n\
                [[channel.input]]\nurl = \"udp://127.0.0.1:6000\"\n[channel.hls]\n";
    (Node::start(lab, text).unwrap(), "http://10.2.0.1:8080")
}

#[test]
fn a_box_shows_the_page_on_its_own_screen_with_debians_cage() {
    let lab = Lab::new().unwrap();
    let (_node, url) = waiting(&lab);
    // cage never runs as root, and neither does the box.
    let folder = tempfile::tempdir().unwrap();
    let nobody = Some(65_534);
    std::os::unix::fs::chown(folder.path(), nobody, nobody).unwrap();
    install(folder.path());
    let mut command = lab.command(Host::Receiver, "setpriv");
    command
        .args(["--reuid=nobody", "--regid=nogroup", "--clear-groups"])
        .arg(folder.path().join("usr/lib/headend-box/headend-box"));
    for name in ["DISPLAY", "WAYLAND_DISPLAY", "DBUS_SESSION_BUS_ADDRESS"] {
        command.env_remove(name);
    }
    // A screen and keys that are not there.
    command
        .env("WLR_BACKENDS", "headless")
        .env("WLR_RENDERER", "pixman")
        .env("WLR_LIBINPUT_NO_DEVICES", "1");
    for name in ["HOME", "XDG_RUNTIME_DIR", "RUNTIME_DIRECTORY"] {
        command.env(name, folder.path());
    }
    command
        .env("NODE", url)
        .env("CHANNEL", "hop")
        .env("HALL", "Xã Đông")
        .env("BROWSER_FLAGS", "--no-sandbox --disable-gpu");
    let watchdog = Running::start(command, "headend-box").unwrap();
    // The page tells the node whose it is.
    let halls = format!("{url}/api/v1/halls");
    let told = || {
        let mut ask = lab.command(Host::Receiver, "curl");
        let (_, said) = outcome(ask.args(["-s", &halls]));
        said.contains("\"hall\":\"Xã Đông\"")
    };
    let came = until("the page", PATIENCE, told);
    came.unwrap_or_else(|error| panic!("{error}: {}", watchdog.said()));
    let shown = watchdog.said().matches("shows the page").count();
    assert_eq!(shown, 1, "{}", watchdog.said());
}

#[test]
fn a_page_that_was_loaded_before_the_node_answered_is_loaded_anew() {
    let lab = Lab::new().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let browser = folder.path().join("loads");
    fs::write(&browser, "#!/bin/sh\necho loads\nexec sleep 600\n").unwrap();
    fs::set_permissions(&browser, fs::Permissions::from_mode(0o755)).unwrap();
    let mut command = lab.command(Host::Receiver, kit().join("headend-box").to_str().unwrap());
    command
        .env("RUNTIME_DIRECTORY", folder.path())
        .env("DISPLAY", ":0");
    command
        .env("NODE", "http://10.2.0.1:8080")
        .env("BROWSER", &browser);
    let watchdog = Running::start(command, "headend-box").unwrap();
    let loads = |times: usize| {
        let loaded = || watchdog.said().lines().filter(|l| *l == "loads").count() == times;
        let came = until("the browser", PATIENCE, loaded);
        came.unwrap_or_else(|error| panic!("{error}: {}", watchdog.said()));
    };
    loads(1);
    let (_node, _) = waiting(&lab);
    loads(2);
}

/// What the script for the television says on a box with this program, which writes down its
/// calls, and what those were. Whether there is a device as well is in `device`.
fn television(program: &str, device: &Path) -> (bool, String, String) {
    let folder = tempfile::tempdir().unwrap();
    let calls = folder.path().join("calls");
    // Nothing of this machine but what every Debian has.
    for tool in ["sed", "timeout", "cat"] {
        std::os::unix::fs::symlink(format!("/usr/bin/{tool}"), folder.path().join(tool)).unwrap();
    }
    let fake = folder.path().join(program);
    let script = format!(
        "#!/bin/sh\necho \"$*\" >> {0}\n\
         case \"$1\" in --single-command) cat >> {0} ;; esac\n\
         [ $# = 2 ] && printf '\\tPhysical Address           : 2.0.0.0\\n'\nexit 0\n",
        calls.display()
    );
    fs::write(&fake, script).unwrap();
    fs::set_permissions(&fake, fs::Permissions::from_mode(0o755)).unwrap();
    let mut run = Command::new("/bin/sh");
    run.arg(kit().join("headend-box-cec")).env_clear();
    run.env("PATH", folder.path()).env("CEC_DEVICE", device);
    let (good, said) = outcome(run.env("CEC_NAME", "Hội trường"));
    let calls = fs::read_to_string(calls).unwrap_or_default();
    (good, said, calls)
}

#[test]
fn the_television_is_woken_and_its_remote_control_works_the_box_as_far_as_there_is_cec() {
    let device = tempfile::NamedTempFile::new().unwrap();
    let at = device.path().display();
    let (good, said, calls) = television("cec-ctl", device.path());
    assert!(good && said.contains("works this box"), "{said}");
    let expected = format!(
        "--device {at} --playback --osd-name Hội trường\n\
         --device {at} --to 0 --image-view-on\n\
         --device {at}\n\
         --device {at} --to 15 --active-source phys-addr=2.0.0.0\n"
    );
    assert_eq!(calls, expected);

    let (good, said, calls) = television("cec-client", Path::new("/nowhere/cec0"));
    assert!(
        good && said.contains("its remote control does not"),
        "{said}"
    );
    assert_eq!(calls, "--single-command --log-level 1\non 0\nas\n");

    // A driver without a device, as on most machines.
    let (good, said, calls) = television("cec-ctl", Path::new("/nowhere/cec0"));
    assert!(good && said.contains("no HDMI-CEC here"), "{said}");
    assert_eq!(calls, "");
}

/// Closes or opens the way to the node's pages; the multicast goes on.
fn pages(lab: &Lab, action: &str) {
    let mut iptables = lab.command(Host::Receiver, "iptables");
    iptables.args([
        action, "OUTPUT", "-p", "tcp", "--dport", "8080", "-j", "DROP",
    ]);
    assert!(iptables.status().unwrap().success());
}

#[test]
fn the_screen_falls_back_to_the_multicast_and_returns_to_the_page() {
    let lab = Lab::new().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let input = looped(&folder).unwrap();
    let text = format!(
        "[http]\nlisten = [\"0.0.0.0:8080\"]\n[[channel]]\nid = \"hop\"\n\
         [[channel.input]]\nurl = \"{input}\"\ncontent = false\n\
         [[channel.output]]\nurl = \"udp://239.84.0.1:5000\"\ninterface = \"n1\"\nbitrate = \"3M\"\n\
         [channel.hls]\n"
    );
    let node = Node::start(&lab, &text).unwrap();
    let on_air = |c: &serde_json::Value| c["state"] == "on-air";
    node.until("hop", "on air", PATIENCE, on_air).unwrap();
    let screen = Screen::new(&lab, "640x360").unwrap();
    let mut command = lab.command(Host::Receiver, kit().join("headend-box").to_str().unwrap());
    command
        .env("DISPLAY", &screen.display)
        .env("RUNTIME_DIRECTORY", folder.path());
    command
        .env("NODE", "http://10.2.0.1:8080")
        .env("CHANNEL", "hop")
        .env("HALL", "Xã Đông");
    command
        .env("MULTICAST", "udp://@239.84.0.1:5000")
        .env("MPV_FLAGS", "--ao=null");
    // Root has no sandbox; nobody has a card.
    command.env("BROWSER_FLAGS", "--no-sandbox --disable-gpu");
    command.env("PATIENCE", "6").env("BACK", "4");
    let watchdog = Running::start(command, "headend-box").unwrap();
    let shows = |what: &str, times: usize| {
        let line = format!("headend-box: shows the {what}");
        let shown = || watchdog.said().matches(&line).count() == times;
        let came = until(&line, PATIENCE, shown);
        came.unwrap_or_else(|error| panic!("{error}: {}", watchdog.said()));
        // What the page shows is the page's own test.
        if what == "multicast" {
            on_screen(&lab, &screen.display, PATIENCE).unwrap();
        }
    };
    shows("page", 1);
    pages(&lab, "-A");
    shows("multicast", 1);
    pages(&lab, "-D");
    shows("page", 2);
    let page = "?kiosk&hall=%58%c3%a3%20%c4%90%c3%b4%6e%67#hop";
    assert!(watchdog.said().contains(page), "{}", watchdog.said());
    // The whole node goes, and its stream with it, and comes back.
    let state = node.stop();
    shows_nothing_but_waits(&watchdog);
    let _node = Node::start_in(&lab, state, &text).unwrap();
    shows("page", 3);
}

fn shows_nothing_but_waits(watchdog: &Running) {
    let line = "headend-box: shows the multicast";
    let waits = || watchdog.said().matches(line).count() == 2;
    until("the multicast is waited for", PATIENCE, waits).unwrap();
}

#[test]
fn a_browser_that_cannot_run_leaves_the_screen_to_the_multicast() {
    let lab = Lab::new().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let mut command = lab.command(Host::Receiver, kit().join("headend-box").to_str().unwrap());
    command
        .env("RUNTIME_DIRECTORY", folder.path())
        .env("DISPLAY", ":0");
    command
        .env("NODE", "http://10.2.0.1:8080")
        .env("PATIENCE", "3600");
    command
        .env("MULTICAST", "udp://@239.84.0.1:5000")
        .env("BROWSER", "false");
    let watchdog = Running::start(command, "headend-box").unwrap();
    let said = || watchdog.said().contains("headend-box: shows the multicast");
    until("the multicast", PATIENCE, said).unwrap();
    assert!(watchdog.said().contains("the browser does not run"));
}
