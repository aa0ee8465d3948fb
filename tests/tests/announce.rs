//! Channels announced by SAP, as other people's players read them: without an address.

use std::net::{Ipv4Addr, UdpSocket};
use std::time::{Duration, Instant};

use headend_tests::lab::{Host, Lab};
use headend_tests::node::Node;
use headend_tests::picture::{bars, looped};

const PATIENCE: Duration = Duration::from_secs(30);
const GROUPS: [Ipv4Addr; 2] = [
    Ipv4Addr::new(224, 2, 127, 254),
    Ipv4Addr::new(239, 255, 255, 255),
];

fn channel(id: &str, name: &str, input: &str, output: &str) -> String {
    format!(
        r#"
[[channel]]
id = "{id}"
name = "{name}"

[[channel.input]]
url = "{input}"
content = false

[[channel.output]]
url = "{output}"
interface = "n1"
bitrate = "3M"
"#
    )
}

/// SAP packets that came to `group` within `span`: whether one takes back, and its text.
fn heard(lab: &Lab, group: Ipv4Addr, span: Duration) -> Vec<(bool, String)> {
    let listener = lab.on(Host::Receiver, move || {
        let socket = UdpSocket::bind((group, 9875)).unwrap();
        let own = Ipv4Addr::new(10, 2, 0, 2);
        socket.join_multicast_v4(&group, &own).unwrap();
        let pause = Duration::from_millis(100);
        socket.set_read_timeout(Some(pause)).unwrap();
        let (start, mut packets) = (Instant::now(), Vec::new());
        let mut buffer = [0; 2_048];
        while start.elapsed() < span {
            let Ok(length) = socket.recv(&mut buffer) else {
                continue;
            };
            let packet = &buffer[..length];
            assert_eq!(packet[4..8], [10, 2, 0, 1], "the origin is who sends");
            let text = String::from_utf8(packet[24..].to_vec()).unwrap();
            packets.push((packet[0] & 0x04 != 0, text));
        }
        packets
    });
    listener.join().unwrap()
}

/// What VLC has in its list after some seconds, with a picture of entry `goto` at `scene`.
fn in_vlc(lab: &Lab, folder: &std::path::Path, goto: &str) -> String {
    let script = format!(
        "(sleep 13; echo playlist; sleep 1; echo {goto}; sleep 8; echo quit) | \
         HOME={0} timeout 60 runuser -u nobody -- vlc -I rc --rc-fake-tty --no-audio --vout=dummy \
         --video-filter=scene --scene-path={0} --scene-prefix=sap --scene-ratio=25 \
         --services-discovery sap",
        folder.display()
    );
    let mut command = lab.command(Host::Receiver, "sh");
    command.args(["-c", &script]).env("LC_ALL", "C.UTF-8");
    let output = command.output().unwrap();
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn players_find_the_channels_by_themselves_and_hear_when_one_goes() {
    let lab = Lab::new().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let input = looped(&folder).unwrap();
    let sap = "[announce]\nsap = true\ninterface = \"n1\"\n";
    let rtp = channel("hop", "Họp Chính phủ", &input, "rtp://239.84.0.1:5000");
    let node = Node::start(&lab, &format!("{sap}{rtp}")).unwrap();
    let on_air = |c: &serde_json::Value| c["state"] == "on-air";
    node.until("hop", "on air", PATIENCE, on_air).unwrap();

    // FFmpeg takes the first that it hears.
    for group in GROUPS {
        bars(&lab, &["-i", &format!("sap://{group}")]).unwrap();
    }

    let added = folder.path().join("more.toml");
    let udp = channel("tap-huan", "Tập huấn xã", &input, "udp://239.84.0.2:5002");
    std::fs::write(&added, udp).unwrap();
    node.cli(&["channel", "add", added.to_str().unwrap()])
        .unwrap();
    node.until("tap-huan", "on air", PATIENCE, on_air).unwrap();
    let seen = tempfile::tempdir().unwrap();
    let open = std::os::unix::fs::PermissionsExt::from_mode(0o777);
    std::fs::set_permissions(seen.path(), open).unwrap();
    // 4 is the folder; the two channels follow in the order in which they were heard.
    let list = in_vlc(&lab, seen.path(), "goto 5");
    for name in ["4 - lab", "Họp Chính phủ", "Tập huấn xã"] {
        assert!(list.contains(name), "{name:?}: {list}");
    }
    let picture = seen.path().join("sap00051.png");
    bars(&lab, &["-i", picture.to_str().unwrap()]).unwrap();

    let both = heard(&lab, GROUPS[1], Duration::from_secs(11));
    let of = |name: &str| both.iter().filter(|(_, text)| text.contains(name)).count();
    assert!((2..=3).contains(&of("s=Họp Chính phủ\r\n")), "{both:?}");
    assert!((2..=3).contains(&of("s=Tập huấn xã\r\n")), "{both:?}");
    node.cli(&["channel", "stop", "hop", "--yes"]).unwrap();
    let after = heard(&lab, GROUPS[0], Duration::from_secs(11));
    let (gone, left): (Vec<_>, Vec<_>) = after.into_iter().partition(|(gone, _)| *gone);
    assert!(!gone.is_empty(), "it is taken back");
    for (_, text) in &gone {
        assert!(
            text.starts_with("o=") && text.lines().count() == 1,
            "{text}"
        );
    }
    assert!(
        !left.is_empty() && left.iter().all(|(_, text)| text.contains("Tập huấn xã")),
        "{left:?}"
    );
}
