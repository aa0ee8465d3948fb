//! What may be opened, and what each kind of place may reach from there.

use std::fmt;
use std::path::{Path, PathBuf};

use ffmpeg_next::Dictionary;
use ffmpeg_next::format::{self, context::Input};

use crate::outcome::{Exit, Failure};

/// Where a source is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// A file of this machine.
    File(PathBuf),
    /// A network address.
    Net(Scheme, String),
    /// A live transport stream on standard input.
    Pipe,
}

/// The schemes that are opened; every other one is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scheme {
    /// RTMP, from a server or as a listener.
    Rtmp,
    /// RTMP over TLS.
    Rtmps,
    /// RTSP, media over TCP first, from a server or as a listener.
    Rtsp,
    /// RTSP over TLS.
    Rtsps,
    /// A file, a stream or HLS over HTTP.
    Http,
    /// The same over TLS.
    Https,
}

/// Media that FFmpeg reads in this program. Demuxers that open other files by name (concat,
/// playlists, image sequences), devices and scripts are not among them.
const MEDIA: &str = "mov,matroska,mpegts,mpeg,flv,live_flv,avi,asf,mxf,ogg,wav,caf,au,aiff,flac,\
                     mp3,aac,ac3,eac3,h264,hevc,mpegvideo,m4v,ivf";
/// How long FFmpeg studies a source before it starts, microseconds of its stream.
const STUDY_MICROS: &str = "3000000";
/// Streams that a hostile source can make FFmpeg hold.
const MOST_STREAMS: &str = "64";

impl Scheme {
    const ALL: [Self; 6] = [
        Self::Rtmp,
        Self::Rtmps,
        Self::Rtsp,
        Self::Rtsps,
        Self::Http,
        Self::Https,
    ];

    fn word(self) -> &'static str {
        match self {
            Self::Rtmp => "rtmp",
            Self::Rtmps => "rtmps",
            Self::Rtsp => "rtsp",
            Self::Rtsps => "rtsps",
            Self::Http => "http",
            Self::Https => "https",
        }
    }

    /// Protocols that this source may use, whatever it names: never a file, a pipe or data.
    fn protocols(self) -> &'static str {
        match self {
            Self::Rtmp => "rtmp,tcp",
            Self::Rtmps => "rtmps,tls,tcp",
            Self::Rtsp => "rtsp,tcp,rtp,udp",
            Self::Rtsps => "rtsps,tls,tcp,rtp,udp",
            Self::Http => "http,https,tls,tcp",
            Self::Https => "http,https,tls,tcp,crypto",
        }
    }

    fn can_listen(self) -> bool {
        matches!(self, Self::Rtmp | Self::Rtsp)
    }

    /// Whether it may come faster than it plays.
    pub(super) fn fetches(self) -> bool {
        matches!(self, Self::Http | Self::Https)
    }

    fn default_port(self) -> u16 {
        match self {
            Self::Rtmp => 1935,
            Self::Rtmps | Self::Https => 443,
            Self::Rtsp => 554,
            Self::Rtsps => 322,
            Self::Http => 80,
        }
    }
}

impl Place {
    /// Reads a URL or a path. The error is a sentence.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        if text.is_empty() || text.contains('\0') {
            return Err("open needs a URL or the path of a file".into());
        }
        if text == "-" {
            return Ok(Self::Pipe);
        }
        // What begins like a path is one, whatever follows.
        let scheme = text.split_once("://");
        let Some((word, _)) = scheme.filter(|_| !text.starts_with(['/', '.'])) else {
            return Ok(Self::File(PathBuf::from(text)));
        };
        Scheme::ALL
            .into_iter()
            .find(|scheme| scheme.word().eq_ignore_ascii_case(word))
            .map(|scheme| Self::Net(scheme, text.to_owned()))
            .ok_or_else(|| {
                format!(
                    "{word}:// is not opened; use rtmp, rtmps, rtsp, rtsps, http, https or the \
                     path of a file"
                )
            })
    }

    /// Whether a publisher can come to this address.
    pub(crate) fn can_listen(&self) -> bool {
        matches!(self, Self::Net(scheme, _) if scheme.can_listen())
    }

    /// The TCP port of a network address.
    pub(crate) fn port(&self) -> Option<u16> {
        let Self::Net(scheme, url) = self else {
            return None;
        };
        let (_, rest) = url.split_once("://")?;
        let authority = rest.split(['/', '?']).next()?;
        match authority.rsplit_once(':') {
            // The last colon of a bare IPv6 address is inside its brackets.
            Some((_, port)) if !port.contains(']') => port.parse().ok(),
            _ => Some(scheme.default_port()),
        }
    }

    /// Opens the source and studies what is in it.
    pub(crate) fn open(&self, listen: bool) -> Result<Input, Failure> {
        let address = match self {
            Self::File(path) => file_address(path)?,
            Self::Net(_, url) => url.clone(),
            Self::Pipe => "pipe:0".to_owned(),
        };
        let opened = format::input_with_dictionary(&address, self.options(listen));
        opened.map_err(|error| self.failure(error))
    }

    fn options(&self, listen: bool) -> Dictionary<'static> {
        let mut options = Dictionary::from_iter([
            ("analyzeduration", STUDY_MICROS),
            ("max_streams", MOST_STREAMS),
        ]);
        match self {
            Self::File(_) => {
                options.set("protocol_whitelist", "file");
                options.set("format_whitelist", MEDIA);
            }
            Self::Pipe => {
                options.set("protocol_whitelist", "pipe");
                options.set("format_whitelist", "mpegts");
            }
            Self::Net(scheme, _) => {
                options.set("protocol_whitelist", scheme.protocols());
                options.set("format_whitelist", &format!("{MEDIA},hls,rtsp"));
                match scheme {
                    Scheme::Rtmp if listen => options.set("listen", "1"),
                    Scheme::Rtsp if listen => options.set("rtsp_flags", "listen"),
                    Scheme::Rtsp | Scheme::Rtsps => options.set("rtsp_flags", "prefer_tcp"),
                    Scheme::Http | Scheme::Https => options.set("user_agent", "headend"),
                    Scheme::Rtmp | Scheme::Rtmps => {}
                }
            }
        }
        options
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(f, "{}", path.display()),
            Self::Net(_, url) => f.write_str(url),
            Self::Pipe => f.write_str("standard input"),
        }
    }
}

/// The address of a regular file for FFmpeg, so that no name can mean another protocol.
fn file_address(path: &Path) -> Result<String, Failure> {
    let refuse = |text: String| Failure {
        text,
        exit: Exit::Failed,
    };
    let place = || path.display();
    match std::fs::metadata(path) {
        Ok(facts) if facts.is_file() => {}
        Ok(_) => return Err(refuse(format!("{} is not a regular file", place()))),
        Err(error) => {
            return Err(refuse(format!(
                "{} cannot be opened: {error}; check the path and its rights",
                place()
            )));
        }
    }
    match path.to_str() {
        Some(text) => Ok(format!("file:{text}")),
        None => Err(refuse(format!("{} is not UTF-8; rename it", place()))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_named_schemes_are_opened() {
        for refused in [
            "file:///etc/passwd",
            "concat://a|b",
            "udp://239.0.0.1:5000",
            "ftp://host/x",
            "gopher://host",
            "data://text",
            "srt://host:1",
            "",
        ] {
            assert!(Place::parse(refused).is_err(), "{refused}");
        }
        assert_eq!(
            Place::parse("RTSP://host/x"),
            Ok(Place::Net(Scheme::Rtsp, "RTSP://host/x".into()))
        );
        assert_eq!(Place::parse("-"), Ok(Place::Pipe));
        assert_eq!(
            Place::parse("./http://host"),
            Ok(Place::File("./http://host".into()))
        );
        assert_eq!(
            Place::parse("concat:a|b"),
            Ok(Place::File("concat:a|b".into()))
        );
    }

    #[test]
    fn no_source_of_the_network_reaches_a_file() {
        for scheme in Scheme::ALL {
            for word in scheme.protocols().split(',') {
                let network = ["rtmp", "rtmps", "rtsp", "rtsps", "http", "https"];
                let under = ["tcp", "udp", "rtp", "tls", "crypto"];
                assert!(network.contains(&word) || under.contains(&word), "{word}");
            }
        }
    }

    #[test]
    fn the_port_of_a_url_is_found_behind_names_and_brackets() {
        let port = |url: &str| Place::parse(url).expect("known scheme").port();
        assert_eq!(port("rtmp://0.0.0.0:1936/live/x"), Some(1936));
        assert_eq!(port("rtmp://host/live"), Some(1935));
        assert_eq!(port("rtsp://[::1]:8554/x"), Some(8554));
        assert_eq!(port("rtsp://[::1]/x"), Some(554));
        assert_eq!(port("/a/file"), None);
    }
}
