//! Kodi with pvr.iptvsimple, on a screen without glass, worked by JSON-RPC.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use headend_tests::lab::{Host, Running, until};
use headend_tests::picture::on_screen;
use headend_tests::screen::Screen;
use serde_json::{Value, json};

use super::{Field, LOGO, NAMES, NODE};

/// Kodi draws by the processor here.
const PATIENCE: Duration = Duration::from_secs(90);
const PROGRAM: &str = "/usr/lib/x86_64-linux-gnu/kodi/kodi.bin";

/// The settings that an installer types in.
fn settle(field: &Field) {
    let data = field.folder.path().join(".kodi/userdata");
    let addon = data.join("addon_data/pvr.iptvsimple");
    std::fs::create_dir_all(&addon).unwrap();
    let setting = |(id, value): (&str, &str)| format!("<setting id=\"{id}\">{value}</setting>");
    let list = [
        ("m3uPathType", "1"),
        ("m3uUrl", &format!("{NODE}/playlist.m3u")),
        ("m3uCache", "false"),
        ("epgPathType", "1"),
        ("epgUrl", &format!("{NODE}/epg.xml")),
        ("epgCache", "false"),
        ("catchupEnabled", "true"),
    ]
    .map(setting)
    .concat();
    let text = format!("<settings version=\"2\">{list}</settings>");
    std::fs::write(addon.join("settings.xml"), text).unwrap();
    let own = [
        ("services.esenabled", "true"),
        // Else Kodi counts by itself.
        ("pvrmanager.usebackendchannelnumbers", "true"),
    ];
    let own = own.map(setting).concat();
    let text = format!("<settings version=\"2\">{own}</settings>");
    std::fs::write(data.join("guisettings.xml"), text).unwrap();
}

impl Field {
    /// Asks Kodi; `None` while it does not answer.
    fn ask(&self, method: &'static str, params: Value) -> Option<Value> {
        let request = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params });
        let answer = self.lab.on(Host::Receiver, move || {
            let mut stream = TcpStream::connect("127.0.0.1:9090").ok()?;
            let pause = Some(Duration::from_secs(5));
            stream.set_read_timeout(pause).ok()?;
            stream.write_all(request.to_string().as_bytes()).ok()?;
            let (mut got, mut buffer) = (Vec::new(), [0; 4_096]);
            loop {
                let length = stream.read(&mut buffer).ok().filter(|length| *length > 0)?;
                got.extend_from_slice(&buffer[..length]);
                let all = serde_json::Deserializer::from_slice(&got).into_iter::<Value>();
                // What happens is told between the answers.
                let answer = all.filter_map(Result::ok).find(|said| said["id"] == 1);
                if let Some(answer) = answer {
                    return Some(answer["result"].clone());
                }
            }
        });
        answer.join().unwrap()
    }

    /// Asks again until the answer is good.
    fn until(&self, method: &'static str, params: &Value, good: impl Fn(&Value) -> bool) -> Value {
        let mut last = Value::Null;
        let came = until(method, PATIENCE, || {
            last = self.ask(method, params.clone()).unwrap_or_default();
            good(&last)
        });
        came.unwrap_or_else(|error| panic!("{error}: {last:#}"));
        last
    }
}

#[test]
fn kodi_lists_the_channels_with_their_numbers_and_the_guide_and_plays() {
    let field = Field::new();
    let title = "Giao ban trực tuyến quý IV";
    let now = field.play("TZ=Asia/Ho_Chi_Minh date '+%F %H:%M'");
    let meeting = [
        "meeting",
        "add",
        "--channel",
        "hop",
        "--start",
        now.trim(),
        "--for",
        "3h",
        title,
    ];
    field.node.cli(&meeting).unwrap();
    settle(&field);
    let screen = Screen::new(&field.lab, "640x360").unwrap();
    let mut command = field.lab.command(Host::Receiver, PROGRAM);
    command.arg("--standalone").current_dir(field.folder.path());
    command
        .env("HOME", field.folder.path())
        .env("DISPLAY", &screen.display);
    command
        .env("LIBGL_ALWAYS_SOFTWARE", "1")
        .env("LC_ALL", "C.UTF-8");
    let _kodi = Running::start(command, "kodi").unwrap();

    let enable = json!({ "addonid": "pvr.iptvsimple", "enabled": true });
    field.until("Addons.SetAddonEnabled", &enable, |said| said == "OK");
    let properties = ["channelnumber", "icon", "hasarchive"];
    let all = json!({ "channelgroupid": "alltv", "properties": properties });
    let two = |said: &Value| said["channels"].as_array().is_some_and(|c| c.len() == 2);
    let listed = field.until("PVR.GetChannels", &all, two);
    let seen = listed["channels"].as_array().unwrap().iter();
    let seen: Vec<_> = seen.map(|c| (&c["label"], &c["channelnumber"])).collect();
    assert_eq!(
        seen,
        [
            (&json!(NAMES[0]), &json!(1)),
            (&json!(NAMES[1]), &json!(27))
        ]
    );

    let kept = |at: usize| &listed["channels"][at]["hasarchive"];
    assert_eq!((kept(0), kept(1)), (&json!(true), &json!(false)));
    // As a part of an address, and so is a comma.
    assert_eq!(listed["channels"][0]["icon"], LOGO.replace(',', "%2C"));

    let channel = listed["channels"][0]["channelid"].clone();
    let guide = json!({ "channelid": channel, "properties": ["title"] });
    field.until("PVR.GetBroadcasts", &guide, |said| {
        said["broadcasts"]
            .as_array()
            .is_some_and(|all| all.iter().any(|b| b["title"] == title))
    });
    let open = json!({ "item": { "channelid": channel } });
    field.until("Player.Open", &open, |said| said == "OK");
    let labels = json!({ "labels": ["VideoPlayer.ChannelName", "Player.Process(videowidth)"] });
    field.until("XBMC.GetInfoLabels", &labels, |said| {
        let width = said["Player.Process(videowidth)"].as_str();
        said["VideoPlayer.ChannelName"] == NAMES[0] && width.is_some_and(|w| w.contains("640"))
    });
    on_screen(&field.lab, &screen.display, PATIENCE).unwrap();
}
