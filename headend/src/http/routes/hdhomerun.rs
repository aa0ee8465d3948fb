//! The addresses of an HDHomeRun tuner, by which television applications (Plex, Jellyfin, Emby,
//! Kodi) find the channels: `/discover.json`, `/lineup.json`, `/lineup_status.json` and
//! `/device.xml`.

use std::hash::{DefaultHasher, Hasher};
use std::sync::Arc;

use axum::extract::{Extension, State};
use axum::http::{HeaderMap, Uri, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde_json::json;

use super::super::Via;
use super::super::problem::Problem;
use super::App;
use super::m3u::own;
use crate::snapshot::NodeSnapshot;

/// What applications take for the number of viewers at once.
const TUNERS: u32 = 32;
/// The kind of tuner that every application knows.
const MODEL: &str = "HDHR4-2DT";

pub(super) fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/discover.json", get(discover))
        .route("/lineup.json", get(lineup))
        .route("/lineup_status.json", get(status))
        .route("/device.xml", get(device))
}

/// The number of this tuner: eight digits of base 16 that the applications check.
fn device_id(name: &str) -> String {
    let mut hasher = DefaultHasher::new();
    hasher.write(name.as_bytes());
    let drawn = (hasher.finish() as u32) & !0xf;
    let number = (0..16).map(|last| drawn | last);
    let found = number.into_iter().find(|number| is_valid(*number));
    format!("{:08X}", found.unwrap_or(drawn))
}

/// The check of libhdhomerun: a table for every other digit, and all add up to nothing.
fn is_valid(id: u32) -> bool {
    const TABLE: [u32; 16] = [10, 5, 15, 6, 7, 12, 1, 11, 9, 2, 8, 13, 4, 3, 14, 0];
    let digits = (0..8).rev().map(|place| (id >> (place * 4)) & 0xf);
    let summed = digits.enumerate().fold(0, |sum, (place, digit)| {
        let digit = match place % 2 {
            0 => usize::try_from(digit)
                .ok()
                .and_then(|d| TABLE.get(d).copied()),
            _ => Some(digit),
        };
        sum ^ digit.unwrap_or(0)
    });
    summed == 0
}

fn base(
    uri: &Uri,
    headers: &HeaderMap,
    via: Option<Extension<Via>>,
) -> Result<String, Box<Response>> {
    own(uri, headers, via).ok_or_else(|| {
        let problem = Problem::bad_request("the request names no host", "send a Host header");
        Box::new(problem.into_response())
    })
}

async fn discover(
    State(app): State<Arc<App>>,
    uri: Uri,
    via: Option<Extension<Via>>,
    headers: HeaderMap,
) -> Response {
    let base = match base(&uri, &headers, via) {
        Ok(base) => base,
        Err(problem) => return *problem,
    };
    let node = app.node.snapshot.load();
    Json(json!({
        "FriendlyName": node.name,
        "Manufacturer": "headend",
        "ModelNumber": MODEL,
        "FirmwareName": "headend",
        "FirmwareVersion": env!("CARGO_PKG_VERSION"),
        "DeviceID": device_id(&node.name),
        "DeviceAuth": "headend",
        "BaseURL": base,
        "LineupURL": format!("{base}/lineup.json"),
        "TunerCount": TUNERS,
    }))
    .into_response()
}

async fn lineup(
    State(app): State<Arc<App>>,
    uri: Uri,
    via: Option<Extension<Via>>,
    headers: HeaderMap,
) -> Response {
    match base(&uri, &headers, via) {
        Ok(base) => Json(listed(&app.node.snapshot.load(), &base)).into_response(),
        Err(problem) => *problem,
    }
}

fn listed(node: &NodeSnapshot, base: &str) -> serde_json::Value {
    let channels = node.channels.iter().map(|channel| {
        json!({
            "GuideNumber": channel.number.to_string(),
            "GuideName": channel.name,
            "URL": format!("{base}/ts/{}", channel.id),
        })
    });
    channels.collect()
}

async fn status() -> Response {
    Json(json!({
        "ScanInProgress": 0,
        "ScanPossible": 1,
        "Source": "Antenna",
        "SourceList": ["Antenna"],
    }))
    .into_response()
}

async fn device(
    State(app): State<Arc<App>>,
    uri: Uri,
    via: Option<Extension<Via>>,
    headers: HeaderMap,
) -> Response {
    let base = match base(&uri, &headers, via) {
        Ok(base) => base,
        Err(problem) => return *problem,
    };
    let node = app.node.snapshot.load();
    let (name, id) = (escaped(&node.name), device_id(&node.name));
    let text = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<root xmlns=\"urn:schemas-upnp-org:device-1-0\">\
         <specVersion><major>1</major><minor>0</minor></specVersion><URLBase>{base}</URLBase><device>\
         <deviceType>urn:schemas-upnp-org:device:MediaServer:1</deviceType>\
         <friendlyName>{name}</friendlyName><manufacturer>headend</manufacturer>\
         <modelName>{MODEL}</modelName><modelNumber>{MODEL}</modelNumber><serialNumber>{id}</serialNumber>\
         <UDN>uuid:{id}</UDN></device></root>\n"
    );
    (
        [(header::CONTENT_TYPE, "application/xml; charset=utf-8")],
        text,
    )
        .into_response()
}

fn escaped(text: &str) -> String {
    let text = text.replace('&', "&amp;").replace('<', "&lt;");
    text.chars().filter(|c| !c.is_control()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::snapshot::ChannelSnapshot;

    #[test]
    fn the_number_of_the_tuner_is_one_that_applications_take() {
        for name in ["", "trung-uong", "Hà Nội"] {
            let id = u32::from_str_radix(&device_id(name), 16).unwrap();
            assert!(is_valid(id), "{name}: {id:08X}");
        }
        // As libhdhomerun's hdhomerun_discover_validate_device_id has it.
        let valid = (0x1038_9D50..=0x1038_9D5F).filter(|id| is_valid(*id));
        assert_eq!(valid.collect::<Vec<u32>>(), [0x1038_9D58]);
    }

    #[test]
    fn channels_are_listed_with_their_own_numbers_and_names() {
        let channel = |id: &str, name: &str, number: u16| ChannelSnapshot {
            number,
            id: id.to_owned(),
            name: name.to_owned(),
            ..ChannelSnapshot::default()
        };
        let node = NodeSnapshot {
            channels: vec![
                channel("hop", "Họp, phiên 1", 1),
                channel("tap", "Tập huấn", 27),
            ],
            ..NodeSnapshot::default()
        };
        let listed = listed(&node, "http://tv:8080");
        assert_eq!(listed[0]["GuideName"], "Họp, phiên 1");
        assert_eq!(listed[1]["GuideNumber"], "27");
        assert_eq!(listed[1]["URL"], "http://tv:8080/ts/tap");
    }
}
