//! `/playlist.m3u`: the channels for television applications and boxes.

use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::{Extension, State};
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use super::super::Via;
use super::super::problem::Problem;
use super::App;
use super::parameters::Parameters;
use crate::snapshot::{ChannelSnapshot, NodeSnapshot};

/// Which addresses the list holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Kind {
    /// HLS on this server. Choose it where there is no multicast.
    #[default]
    Hls,
    /// The groups. Choose it in a network that carries them.
    Multicast,
    /// Transport streams on this server. Choose it for boxes that know nothing else.
    Ts,
}

#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Asked {
    r#type: Kind,
}

pub(super) async fn playlist(
    State(app): State<Arc<App>>,
    Parameters(asked): Parameters<Asked>,
    uri: Uri,
    via: Option<Extension<Via>>,
    headers: HeaderMap,
) -> Response {
    let Some(own) = own(&uri, &headers, via) else {
        return Problem::bad_request("the request names no host", "send a Host header")
            .into_response();
    };
    let headers = [
        (header::CONTENT_TYPE, "audio/x-mpegurl; charset=utf-8"),
        (header::CACHE_CONTROL, "no-cache"),
        (header::VARY, "Host"),
    ];
    (
        StatusCode::OK,
        headers,
        render(&app.node.snapshot.load(), asked.r#type, &own),
    )
        .into_response()
}

/// What the client calls this server: scheme and host.
pub(super) fn own(uri: &Uri, headers: &HeaderMap, via: Option<Extension<Via>>) -> Option<String> {
    let authority = uri.authority().map(|authority| authority.as_str());
    let host = authority.or_else(|| headers.get(header::HOST)?.to_str().ok());
    let host = host.filter(|host| is_host(host))?;
    Some(match via {
        Some(Extension(Via::Secure)) => format!("https://{host}"),
        _ => format!("http://{host}"),
    })
}

fn render(node: &NodeSnapshot, kind: Kind, own: &str) -> String {
    let guide = format!("{own}/epg.xml");
    // Kodi reads the first, TVirl the second.
    let mut text = format!("#EXTM3U x-tvg-url=\"{guide}\" url-tvg=\"{guide}\"\n");
    for channel in &node.channels {
        let address = match kind {
            Kind::Hls => channel
                .hls
                .is_some()
                .then(|| format!("{own}/hls/{}/index.m3u8", channel.id)),
            Kind::Multicast => groups(channel).next(),
            Kind::Ts => Some(format!("{own}/ts/{}", channel.id)),
        };
        let Some(address) = address else { continue };
        let (id, number) = (&channel.id, channel.number);
        let name = quoted(&channel.name);
        // VLC takes what stands before ` - ` for an artist.
        let shown = name.replace(" - ", " – ");
        let folder = match channel.group.is_empty() {
            true => quoted(&node.name),
            false => quoted(&channel.group),
        };
        // Kodi splits groups at `;`.
        let folder = folder.replace(';', " ");
        let logo = channel.logo.as_deref().map(logo).unwrap_or_default();
        let catchup = catchup(channel, own).unwrap_or_default();
        text.push_str(&format!(
            "#EXTINF:-1 tvg-id=\"{id}\" tvg-name=\"{name}\" tvg-chno=\"{number}\"{logo} group-title=\"{folder}\"{catchup},{shown}\n{address}\n",
        ));
    }
    text
}

fn logo(url: &str) -> String {
    // VLC ends it at a comma, within the quotation marks too.
    let url = url.replace('"', "%22").replace(',', "%2C");
    format!(" tvg-logo=\"{url}\"")
}

/// Where an application finds what has passed. It fills in when that began, in Unix seconds; what
/// comes then goes on into live. `None` without time shift.
fn catchup(channel: &ChannelSnapshot, own: &str) -> Option<String> {
    let days = channel.hls.as_ref()?.shift_seconds?.div_ceil(DAY);
    let source = format!("{own}/hls/{}/index.m3u8?from={{utc}}", channel.id);
    Some(format!(
        " catchup=\"default\" catchup-days=\"{days}\" catchup-source=\"{source}\""
    ))
}

/// Seconds: applications ask for whole days, and what is gone begins with the earliest.
const DAY: u64 = 24 * 3_600;

/// The multicast outputs, in the form that players know: `udp://@GROUP:PORT`.
pub(super) fn groups(channel: &ChannelSnapshot) -> impl Iterator<Item = String> {
    channel.outputs.iter().filter_map(|output| {
        let (scheme, rest) = output.url.split_once("://")?;
        let host = rest
            .rsplit_once(':')?
            .0
            .trim_start_matches('[')
            .trim_end_matches(']');
        let is_group = host.parse::<IpAddr>().is_ok_and(|ip| ip.is_multicast());
        is_group.then(|| format!("{scheme}://@{rest}"))
    })
}

/// Text for inside quotation marks, on one line. VLC ends it at a comma, within them too.
fn quoted(text: &str) -> String {
    let plain = text.chars().filter(|c| !c.is_control());
    let plain = plain.map(|c| match c {
        '"' => '\'',
        ',' => ' ',
        c => c,
    });
    plain.collect()
}

/// Whether this can be the host of a URL, with or without a port.
pub(in crate::http) fn is_host(host: &str) -> bool {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b".-_:[]".contains(&b);
    !host.is_empty() && host.len() <= 255 && host.bytes().all(plain)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::snapshot::{HlsSnapshot, OutputSnapshot};

    fn node() -> NodeSnapshot {
        let output = |url: &str| OutputSnapshot {
            url: url.to_owned(),
            ..OutputSnapshot::default()
        };
        let channel = |id: &str, name: &str, outputs: &[&str], hls: bool| ChannelSnapshot {
            id: id.to_owned(),
            name: name.to_owned(),
            number: 7,
            outputs: outputs.iter().map(|url| output(url)).collect(),
            hls: hls.then(HlsSnapshot::default),
            ..ChannelSnapshot::default()
        };
        NodeSnapshot {
            name: "Trung ương; Hà Nội".to_owned(),
            channels: vec![
                channel(
                    "hop",
                    "Họp \"lớn\", phiên 1 - sáng",
                    &["udp://10.0.0.9:5000", "rtp://239.84.0.1:5000"],
                    true,
                ),
                channel("tap", "Tập huấn", &["udp://[ff15::84]:5004"], false),
            ],
            ..NodeSnapshot::default()
        }
    }

    #[test]
    fn names_are_such_that_vlc_and_kodi_show_them_whole() {
        assert_eq!(
            render(&node(), Kind::Hls, "http://tv.example:8080"),
            "#EXTM3U x-tvg-url=\"http://tv.example:8080/epg.xml\" url-tvg=\"http://tv.example:8080/epg.xml\"\n\
             #EXTINF:-1 tvg-id=\"hop\" tvg-name=\"Họp 'lớn'  phiên 1 - sáng\" tvg-chno=\"7\" \
             group-title=\"Trung ương  Hà Nội\",Họp 'lớn'  phiên 1 – sáng\nhttp://tv.example:8080/hls/hop/index.m3u8\n"
        );
    }

    #[test]
    fn a_channel_stands_under_its_own_heading_where_it_has_one() {
        let mut node = node();
        node.channels[0].group = "Trung ương, \"xã\"".to_owned();
        let list = render(&node, Kind::Ts, "http://tv.example");
        let headings: Vec<&str> = list
            .lines()
            .filter_map(|line| line.split_once("group-title=\"")?.1.split('"').next())
            .collect();
        assert_eq!(headings, ["Trung ương  'xã'", "Trung ương  Hà Nội"]);
    }

    #[test]
    fn a_logo_and_what_has_passed_stand_with_a_channel_that_has_them() {
        let mut node = node();
        node.channels[0].logo = Some("https://tinh.example/a,\"b\".png".to_owned());
        let hls = |seconds| HlsSnapshot {
            shift_seconds: Some(seconds),
            ..HlsSnapshot::default()
        };
        for (seconds, days) in [(60, 1), (24 * 3_600, 1), (25 * 3_600, 2), (168 * 3_600, 7)] {
            node.channels[0].hls = Some(hls(seconds));
            let list = render(&node, Kind::Multicast, "http://tv.example");
            let lines: Vec<&str> = list.lines().filter(|l| l.starts_with("#EXTINF")).collect();
            let first = format!(
                "#EXTINF:-1 tvg-id=\"hop\" tvg-name=\"Họp 'lớn'  phiên 1 - sáng\" tvg-chno=\"7\" \
                 tvg-logo=\"https://tinh.example/a%2C%22b%22.png\" group-title=\"Trung ương  Hà Nội\" \
                 catchup=\"default\" catchup-days=\"{days}\" \
                 catchup-source=\"http://tv.example/hls/hop/index.m3u8?from={{utc}}\",\
                 Họp 'lớn'  phiên 1 – sáng"
            );
            assert_eq!(lines[0], first);
            assert!(!lines[1].contains("logo") && !lines[1].contains("catchup"));
        }
    }

    #[test]
    fn only_groups_are_in_the_multicast_list() {
        let text = render(&node(), Kind::Multicast, "x");
        let addresses: Vec<&str> = text.lines().filter(|l| !l.starts_with('#')).collect();
        assert_eq!(
            addresses,
            ["rtp://@239.84.0.1:5000", "udp://@[ff15::84]:5004"]
        );
    }

    #[test]
    fn a_host_that_could_break_the_list_is_refused() {
        assert!(is_host("[2001:db8::1]:8080"));
        for bad in ["", "a\nb", "a b", "a\"b", "a/b", &"a".repeat(256)] {
            assert!(!is_host(bad), "{bad}");
        }
    }
}
