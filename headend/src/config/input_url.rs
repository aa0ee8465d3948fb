//! The URL of an input: what it means.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use packager::time::Bitrate;

use super::fault::{Fault, Meaning, Url};
use super::near::near;
use super::url::{Split, split};
use super::value::Rate;
use crate::plan::{SourcePlan, SrtPlan, WorkerPlan};

/// All kinds of input.
pub(super) const SCHEMES: &[&str] = &[
    "udp", "rtp", "srt", "file", "test", "rtmp", "rtmps", "rtsp", "rtsps", "http", "https",
    "ffmpeg",
];

/// SRT's own default is 120 ms; 200 ms holds three retransmissions over a round trip of 60 ms.
const SRT_LATENCY: Duration = Duration::from_millis(200);

/// What the meaning of a URL depends on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Around<'a> {
    /// The channel's name, for the test picture.
    pub(super) name: &'a str,
    /// What a relative path is relative to.
    pub(super) dir: Option<&'a Path>,
}

/// What `url` means. The interface, the sender and the passphrase are keys of their own.
///
/// # Errors
/// What is wrong with it first.
pub(super) fn source(url: &str, around: Around<'_>) -> Result<SourcePlan, Fault> {
    let url_parts = split(url, SCHEMES)?;
    match url_parts.scheme {
        "udp" | "rtp" => datagrams(&url_parts),
        "srt" => srt(&url_parts).map(SourcePlan::Srt),
        "file" => path(url, "file:/srv/clip.ts", around.dir).map(SourcePlan::File),
        "test" => test_picture(&url_parts, around.name).map(SourcePlan::Worker),
        "ffmpeg" => {
            let path = path(url, "ffmpeg:/srv/clip.mp4", around.dir)?;
            Ok(worker(path.to_string_lossy().into_owned(), false))
        }
        _ => network(url, &url_parts),
    }
}

fn worker(url: String, listen: bool) -> SourcePlan {
    SourcePlan::Worker(WorkerPlan::Open { url, listen })
}

fn datagrams(url: &Split<'_>) -> Result<SourcePlan, Fault> {
    url.no_query(|key| match key {
        "localaddr" | "interface" | "iface" => Some("interface"),
        "sources" | "source" => Some("source"),
        _ => None,
    })?;
    let rtp = url.scheme == "rtp";
    let example = if rtp {
        "rtp://239.10.0.1:5000"
    } else {
        "udp://239.10.0.1:5000"
    };
    Ok(SourcePlan::Datagrams {
        rtp,
        address: url.socket(example)?,
        interface: None,
        from: None,
        fec: false,
    })
}

fn srt(url: &Split<'_>) -> Result<SrtPlan, Fault> {
    let mut plan = SrtPlan {
        listener: false,
        address: SocketAddr::from(([0, 0, 0, 0], 0)),
        latency: SRT_LATENCY,
        stream_id: None,
        passphrase: None,
        key_bytes: 16,
    };
    let mut mode = None;
    for (key, value) in &url.query {
        let wrong = |want| Url::QueryValue {
            key: key.clone(),
            written: value.clone(),
            want,
        };
        match key.as_str() {
            "mode" if value == "listener" => mode = Some(true),
            "mode" if value == "caller" => mode = Some(false),
            "mode" => return Err(wrong("listener / caller").into()),
            "latency" => {
                let millis = value.strip_suffix("ms").unwrap_or(value).parse();
                plan.latency = match millis {
                    Ok(millis @ 20..=8000) => Duration::from_millis(millis),
                    _ => return Err(wrong("20 … 8000 (ms)").into()),
                };
            }
            // 512 characters is the most that an SRT handshake carries.
            "streamid" if (1..=512).contains(&value.len()) => plan.stream_id = Some(value.clone()),
            "streamid" => return Err(wrong("1 … 512").into()),
            "pbkeylen" if value == "16" => plan.key_bytes = 16,
            "pbkeylen" if value == "32" => plan.key_bytes = 32,
            "pbkeylen" => return Err(wrong("16 (AES-128) / 32 (AES-256)").into()),
            "passphrase" => return Err(Url::SecretInUrl { file: true }.into()),
            _ => {
                return Err(unknown_query(
                    key,
                    &["mode", "latency", "streamid", "pbkeylen"],
                ));
            }
        }
    }
    plan.address = url.socket("srt://0.0.0.0:9000?mode=listener")?;
    if plan.address.is_ipv6() {
        return Err(Url::SrtIpv6.into());
    }
    let nobody = plan.address.ip().is_unspecified() || plan.address.ip().is_multicast();
    plan.listener = mode.unwrap_or_else(|| plan.address.ip().is_unspecified());
    if !plan.listener && nobody {
        return Err(Url::SrtCallsNobody.into());
    }
    Ok(plan)
}

fn unknown_query(key: &str, known: &[&str]) -> Fault {
    Url::UnknownQueryKey {
        key: key.chars().take(64).collect(),
        near: near(key, known.iter().copied()),
        known: known.join(", "),
    }
    .into()
}

fn test_picture(url: &Split<'_>, name: &str) -> Result<WorkerPlan, Fault> {
    if url.authority.is_some() || !url.path.is_empty() {
        let extra = format!("{}{}", url.authority.unwrap_or_default(), url.path);
        return Err(Url::UrlPath(extra).into());
    }
    let (mut size, mut frames) = ((1280, 720), 25);
    let mut bits = Bitrate::from_bits_per_second(3_000_000);
    for (key, value) in &url.query {
        let wrong = |want| Url::QueryValue {
            key: key.clone(),
            written: value.clone(),
            want,
        };
        match key.as_str() {
            "size" => size = picture_size(value).ok_or_else(|| wrong("1280x720"))?,
            "rate" => match value.parse() {
                Ok(rate @ 1..=60) => frames = rate,
                _ => return Err(wrong("1 … 60").into()),
            },
            "bitrate" => match value.parse::<Rate>() {
                Ok(Rate(rate)) if TEST_BITS.contains(&rate.bits_per_second()) => bits = Some(rate),
                _ => return Err(wrong("100k … 50M").into()),
            },
            _ => return Err(unknown_query(key, &["size", "rate", "bitrate"])),
        }
    }
    Ok(WorkerPlan::TestPicture {
        name: name.to_owned(),
        width: size.0,
        height: size.1,
        rate: frames,
        bitrate: bits.ok_or(Url::NoPath("test:"))?,
    })
}

const TEST_BITS: std::ops::RangeInclusive<u64> = 100_000..=50_000_000;

/// Even numbers: 4:2:0 has half the colour samples each way.
fn picture_size(text: &str) -> Option<(u32, u32)> {
    let (width, height) = text.split_once('x')?;
    let size: (u32, u32) = (width.parse().ok()?, height.parse().ok()?);
    let fits = |n: u32, most| (64..=most).contains(&n) && n.is_multiple_of(2);
    (fits(size.0, 3840) && fits(size.1, 2160)).then_some(size)
}

/// The path of `file:` and `ffmpeg:`, made whole. A path may hold `?` and `%`: it is no URL.
fn path(url: &str, example: &'static str, dir: Option<&Path>) -> Result<PathBuf, Fault> {
    let path = url.split_once(':').map_or("", |(_, path)| path);
    let path = match path.strip_prefix("//") {
        Some(path) if path.starts_with('/') => path,
        Some(_) => return Err(Url::NoPath(example).into()),
        None => path,
    };
    if path.is_empty() {
        return Err(Url::NoPath(example).into());
    }
    whole(Path::new(path), dir)
}

/// `path`, relative to `dir`.
///
/// # Errors
/// It is relative and there is no `dir`.
pub(super) fn whole(path: &Path, dir: Option<&Path>) -> Result<PathBuf, Fault> {
    match (path.is_absolute(), dir) {
        (true, _) => Ok(path.to_owned()),
        (false, Some(dir)) => Ok(dir.join(path)),
        (false, None) => Err(Meaning::RelativePath(path.to_owned()).into()),
    }
}

fn network(url: &str, parts: &Split<'_>) -> Result<SourcePlan, Fault> {
    let host = parts.authority.unwrap_or_default();
    if host.is_empty() {
        return Err(Url::UrlAddress {
            written: host.to_owned(),
            example: "rtmp://10.0.0.1/live/stream",
        }
        .into());
    }
    parts.no_password()?;
    let listen = parts.scheme == "rtmp"
        && parts
            .query
            .iter()
            .any(|(key, value)| key == "listen" && value == "1");
    if !listen {
        return Ok(worker(url.to_owned(), false));
    }
    let (before, query) = url.split_once('?').unwrap_or((url, ""));
    let others: Vec<&str> = query
        .split('&')
        .filter(|pair| *pair != "listen=1")
        .collect();
    let url = match others.join("&") {
        rest if rest.is_empty() => before.to_owned(),
        rest => format!("{before}?{rest}"),
    };
    Ok(worker(url, true))
}
