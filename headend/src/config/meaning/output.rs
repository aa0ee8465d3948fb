//! What an output and the HLS of a channel mean.

use std::net::{IpAddr, SocketAddr};
use std::ops::RangeInclusive;

use packager::protect::Matrix;

use super::super::fault::{Fault, HlsFault, Meaning, Merge, Url, Value};
use super::super::model::{Hls, Output, Overflow};
use super::super::tree::{Item, Place};
use super::super::url::split;
use super::super::value::{Rung, Span};
use super::{Reader, Sent};
use crate::plan::{HlsPlan, LadderPlan, OutputPlan};

/// A segment shorter than 1 s has no whole target duration (EXT-X-TARGETDURATION); one longer
/// than 10 s keeps viewers half a minute behind.
const SEGMENT: RangeInclusive<Span> = Span::from_millis(1_000)..=Span::from_millis(10_000);
/// Two frames of 20 Hz at least; the upper end is the segment.
const PART_LEAST: Span = Span::from_millis(100);
/// Whole pictures of 24 Hz, and whole frames of sound, fill 85 % of it and more (EXT-X-PART).
const LOW_LATENCY_PART_LEAST: Span = Span::from_millis(300);
/// The window is held in memory: 10 minutes of 8 Mbit/s are 600 MB.
const WINDOW_MOST: Span = Span::from_millis(600_000);
/// Time shift of a minute is no more than a window; a week of 4 Mbit/s is 300 GB.
const SHIFT: RangeInclusive<Span> = Span::from_millis(60_000)..=Span::from_millis(168 * 3_600_000);
/// Under 100 kbit/s the tables alone fill the stream; 200 Mbit/s is over any programme.
const OUTPUT_BITS: RangeInclusive<u64> = 100_000..=200_000_000;

impl Reader<'_> {
    pub(super) fn output(
        &mut self,
        channel: usize,
        output: &Output,
        item: &Item,
    ) -> Option<OutputPlan> {
        let place = item.place_of("url");
        let read = destination(&output.url);
        let (rtp, address) = self.good(&place, read)?;
        match &output.interface {
            Some(interface) => {
                self.interface(interface, item.place_of("interface"));
                let numbered: Option<IpAddr> = interface.parse().ok();
                if numbered.is_some_and(|ip| ip.is_ipv4() != address.is_ipv4()) {
                    self.report(item.place_of("interface"), Meaning::OtherFamily);
                }
            }
            None if address.ip().is_multicast() => {
                let fault = Meaning::NoInterface(self.machine.listing());
                self.report(place.clone(), fault);
            }
            None => {}
        }
        if output.ttl == 0 {
            self.report(item.place_of("ttl"), Meaning::TtlZero);
        }
        let bitrate = output.bitrate.map(|rate| rate.0);
        if bitrate.is_some_and(|rate| !OUTPUT_BITS.contains(&rate.bits_per_second())) {
            let (low, high) = ("100k", "200M");
            self.report(item.place_of("bitrate"), Value::RateLimits { low, high });
        }
        let interface = self.interface_name(output.interface.as_deref());
        if output.fec.is_some() && !rtp {
            self.report(item.place_of("fec"), Meaning::Merge(Merge::FecWithoutRtp));
        }
        let fec = output.fec.as_ref().and_then(|fec| {
            let place = item.place_of("fec");
            let matrix = Matrix::new(fec.columns, fec.rows, fec.row_fec);
            self.good(
                &place,
                matrix.map_err(|e| Meaning::Merge(Merge::FecMatrix(e)).into()),
            )
        });
        let ports = self.ports(address, fec.is_some(), item);
        self.sent.extend(ports.map(|address| Sent {
            channel,
            place: place.clone(),
            address,
            interface: interface.clone(),
        }));
        Some(OutputPlan {
            url: output.url.clone(),
            rtp,
            address,
            interface: output.interface.clone(),
            ttl: output.ttl,
            dscp: output.dscp.0,
            loopback: output.loopback,
            bitrate,
            fec,
            overflow: match output.overflow {
                Overflow::KeepSound => packager::shape::Overflow::KeepSound,
                Overflow::DropAll => packager::shape::Overflow::DropAll,
            },
        })
    }

    pub(super) fn hls(&mut self, hls: &Hls, item: &Item) -> HlsPlan {
        self.span(hls.segment, SEGMENT, item.place_of("segment"));
        if hls.part > hls.segment {
            let segment = hls.segment.to_string();
            self.report(
                item.place_of("part"),
                Meaning::Hls(HlsFault::LongPart { segment }),
            );
        } else {
            let least = match hls.low_latency {
                true => LOW_LATENCY_PART_LEAST,
                false => PART_LEAST,
            };
            self.span(hls.part, least..=hls.segment, item.place_of("part"));
        }
        let least = Span(hls.segment.0.saturating_mul(3));
        if hls.window < least {
            let least = least.to_string();
            self.report(
                item.place_of("window"),
                Meaning::Hls(HlsFault::ShortWindow { least }),
            );
        } else {
            self.span(hls.window, least..=WINDOW_MOST, item.place_of("window"));
        }
        if let Some(shift) = hls.shift {
            self.span(shift, SHIFT, item.place_of("shift"));
        }
        HlsPlan {
            segment: hls.segment.0,
            part: hls.part.0,
            low_latency: hls.low_latency,
            window: hls.window.0,
            shift: hls.shift.map(|shift| shift.0),
            transcode: false,
            ladder: self.ladder(&hls.ladder, item.get("ladder")),
        }
    }

    fn ladder(&mut self, rungs: &[Rung], item: Option<&Item>) -> LadderPlan {
        let items = item.map(Item::items).unwrap_or_default();
        for (pair, item) in rungs.windows(2).zip(items.iter().skip(1)) {
            let [above, below] = pair else { continue };
            let bits = |rung: &Rung| rung.rate.0.bits_per_second();
            // Sound has no lines, and `None` is less than any.
            if below.lines >= above.lines || bits(below) >= bits(above) {
                let (above, written) = (above.to_string(), below.to_string());
                let fault = Meaning::Hls(HlsFault::RungOrder { above, written });
                self.report(item.place.clone(), fault);
            }
        }
        let picture = |rung: &Rung| Some((rung.lines?, rung.rate.0));
        let sound = rungs.iter().find(|rung| rung.lines.is_none());
        LadderPlan {
            pictures: rungs.iter().filter_map(picture).collect(),
            sound: sound.map(|rung| rung.rate.0),
        }
    }

    pub(super) fn span(&mut self, span: Span, limits: RangeInclusive<Span>, place: Place) {
        if !limits.contains(&span) {
            let (low, high) = (limits.start().to_string(), limits.end().to_string());
            self.report(place, Value::SpanLimits { low, high });
        }
    }
}

/// RTP or not, and where to.
fn destination(url: &str) -> Result<(bool, SocketAddr), Fault> {
    let parts = split(url, &["udp", "rtp"])?;
    parts.no_query(|key| match key {
        "ttl" => Some("ttl"),
        "localaddr" | "interface" | "iface" => Some("interface"),
        "dscp" | "tos" => Some("dscp"),
        "bitrate" | "muxrate" => Some("bitrate"),
        _ => None,
    })?;
    let rtp = parts.scheme == "rtp";
    let example = if rtp {
        "rtp://239.84.0.1:5000"
    } else {
        "udp://239.84.0.1:5000"
    };
    let address = parts.socket(example)?;
    if address.ip().is_unspecified() {
        let written = address.to_string();
        return Err(Url::UrlAddress { written, example }.into());
    }
    Ok((rtp, address))
}
