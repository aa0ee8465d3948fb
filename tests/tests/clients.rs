//! Boxes and television applications as they are installed: each lists the channels by their names,
//! or opens an address that it knows, and shows the picture that was sent.

#[path = "clients/kodi.rs"]
mod kodi;

use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::time::Duration;

use headend_tests::lab::{Host, Lab};
use headend_tests::node::Node;
use headend_tests::picture::{bars, looped};

const PATIENCE: Duration = Duration::from_secs(60);
const NAMES: [&str; 2] = ["Họp Chính phủ", "Tập huấn xã"];
/// Nobody answers there: a list is no worse for it.
const LOGO: &str = "http://10.2.0.1:9/hop,1.png";
const NODE: &str = "http://10.2.0.1:8080";
const HLS: &str = "http://10.2.0.1:8080/hls/hop/index.m3u8";
const BOXES: &str = "http://10.2.0.1:8080/hls/hop/ts.m3u8";
const TS: &str = "http://10.2.0.1:8080/ts/hop";
const UDP: &str = "udp://@239.84.0.2:5002";

/// A node with two channels on air, and who watches them.
struct Field {
    lab: Lab,
    node: Node,
    folder: tempfile::TempDir,
}

impl Field {
    fn new() -> Self {
        let lab = Lab::new().unwrap();
        let folder = tempfile::tempdir().unwrap();
        // VLC is nobody.
        let open = std::fs::Permissions::from_mode(0o777);
        std::fs::set_permissions(folder.path(), open).unwrap();
        let input = looped(&folder).unwrap();
        let channel = |id: &str, name: &str, more: &str, output: &str, hls: &str| {
            format!(
                "[[channel]]\nid = \"{id}\"\nname = \"{name}\"\n{more}\n\
                 [[channel.input]]\nurl = \"{input}\"\ncontent = false\n\
                 [[channel.output]]\nurl = \"{output}\"\ninterface = \"n1\"\nbitrate = \"3M\"\n\
                 [channel.hls]\n{hls}\n"
            )
        };
        let logo = format!("logo = \"{LOGO}\"");
        let (rtp, udp) = ("rtp://239.84.0.1:5000", "udp://239.84.0.2:5002");
        let text = [
            "[http]\nlisten = [\"0.0.0.0:8080\"]\n".to_owned(),
            channel("hop", NAMES[0], &logo, rtp, "shift = \"30h\""),
            channel("tap-huan", NAMES[1], "number = 27", udp, ""),
        ];
        let node = Node::start(&lab, &text.concat()).unwrap();
        for id in ["hop", "tap-huan"] {
            let listed = |c: &serde_json::Value| c["hls"]["segments"].as_u64() > Some(3);
            node.until(id, "four segments", PATIENCE, listed).unwrap();
        }
        Self { lab, node, folder }
    }

    /// Runs a player of the receiver's by a shell, until it ends; what it said.
    fn play(&self, script: &str) -> String {
        let mut command = self.lab.command(Host::Receiver, "timeout");
        command.args(["60", "sh", "-c", script]);
        command.current_dir(self.folder.path());
        command
            .env("LC_ALL", "C.UTF-8")
            .env("HOME", self.folder.path());
        let output = command.output().unwrap();
        let said = [output.stdout, output.stderr].concat();
        String::from_utf8_lossy(&said).into_owned()
    }

    /// The picture in this file of the folder is the one that was sent.
    fn shown(&self, file: &str, said: &str) {
        let file: PathBuf = self.folder.path().join(file);
        let seen = bars(&self.lab, &["-i", file.to_str().unwrap()]);
        seen.unwrap_or_else(|error| panic!("{}: {error:#}: {said}", file.display()));
    }
}

#[test]
fn vlc_lists_the_channels_and_plays_hls_and_multicast() {
    let field = Field::new();
    for (number, (address, names)) in [
        (format!("{NODE}/playlist.m3u"), &NAMES[..]),
        (format!("{NODE}/playlist.m3u?type=multicast"), &NAMES[..]),
        (UDP.to_owned(), &[]),
        (BOXES.to_owned(), &[]),
        ("rtp://@239.84.0.1:5000".to_owned(), &[]),
    ]
    .into_iter()
    .enumerate()
    {
        let said = field.play(&format!(
            "(sleep 9; echo playlist; sleep 1; echo quit) | runuser -u nobody -- vlc -I rc \
             --rc-fake-tty --no-audio --vout=dummy --video-filter=scene --scene-path=. \
             --scene-prefix=vlc{number}- --scene-ratio=25 '{address}'"
        ));
        for name in names {
            assert!(said.contains(name), "{name}: {said}");
        }
        field.shown(&format!("vlc{number}-00051.png"), &said);
    }
}

#[test]
fn mpv_plays_hls_multicast_and_the_stream_over_http() {
    let field = Field::new();
    let mpv =
        "mpv --no-config --no-terminal --ao=null --vo=image --vo-image-format=png --frames=20";
    for (folder, address) in [("hls", HLS), ("boxes", BOXES), ("udp", UDP), ("ts", TS)] {
        let said = field.play(&format!("{mpv} --vo-image-outdir={folder} '{address}'"));
        field.shown(&format!("{folder}/00000020.png"), &said);
    }
    let said = field.play(&format!(
        "mpv --no-config --ao=null --vo=null --frames=5 '--term-playing-msg=NAME ${{media-title}}' \
         {NODE}/playlist.m3u"
    ));
    for name in NAMES {
        assert!(said.contains(&format!("NAME {name}")), "{said}");
    }
}

#[test]
fn gstreamer_plays_hls_and_the_stream_over_http() {
    let field = Field::new();
    let png =
        |name: &str| format!("videoconvert ! pngenc snapshot=true ! filesink location={name}.png");
    for (name, list) in [("hls", HLS), ("boxes", BOXES)] {
        let said = field.play(&format!(
            "gst-launch-1.0 -q playbin3 flags=video uri={list} video-sink='{}'",
            png(name)
        ));
        field.shown(&format!("{name}.png"), &said);
    }
    let said = field.play(&format!(
        "gst-launch-1.0 -q souphttpsrc location={TS} ! tsdemux ! h264parse ! avdec_h264 ! {}",
        png("ts")
    ));
    field.shown("ts.png", &said);
}

#[test]
fn ffprobe_reads_the_names_and_ffmpeg_the_picture_by_every_address() {
    let field = Field::new();
    for address in [
        HLS,
        TS,
        "udp://239.84.0.2:5002",
        "http://10.2.0.1:8080/udp/239.84.0.2:5002",
        "http://10.2.0.1:8080/rtp/239.84.0.1:5000",
    ] {
        let seen = bars(&field.lab, &["-i", address]);
        seen.unwrap_or_else(|error| panic!("{address}: {error:#}"));
    }
    let list = field.play(&format!("curl -s '{NODE}/playlist.m3u?type=multicast'"));
    let source = list.split("catchup-source=\"").nth(1).unwrap();
    let began = field.play("echo $(($(date +%s) - 5))");
    let passed = source.split('"').next().unwrap();
    let passed = passed.replace("{utc}", began.trim());
    let seen = bars(&field.lab, &["-i", &passed]);
    seen.unwrap_or_else(|error| panic!("{passed}: {error:#}"));
    for (address, name) in [(TS, NAMES[0]), ("udp://239.84.0.2:5002", NAMES[1])] {
        let entries = "program_tags=service_name";
        let said = field.play(&format!(
            "ffprobe -v error -show_entries {entries} -of csv=p=0 '{address}'"
        ));
        assert!(said.contains(name), "{said}");
    }
}
