//! What a checked configuration means: the plan, and what is wrong with it on this machine. It
//! goes on after each fault, so that one pass tells all.

use std::net::SocketAddr;
use std::ops::RangeInclusive;
use std::sync::Arc;

use super::fault::{Fault, Meaning, NoEffect, Url, Value};
use super::input_url::{Around, source, whole};
use super::machine::Machine;
use super::model::{Channel, Config, Hls, Input, Output, Overflow};
use super::problem::Problem;
use super::tree::{File, Item, Place};
use super::url::split;
use super::value::Span;
use super::{conflicts, secret};
use crate::plan::{ChannelPlan, HlsPlan, InputPlan, OutputPlan, Plan, SourcePlan};

/// A segment shorter than 1 s has no whole target duration (EXT-X-TARGETDURATION); one longer
/// than 10 s keeps viewers half a minute behind.
const SEGMENT: RangeInclusive<Span> = Span::from_millis(1_000)..=Span::from_millis(10_000);
/// Two frames of 20 Hz at least; the upper end is the segment.
const PART_LEAST: Span = Span::from_millis(100);
/// The window is held in memory: 10 minutes of 8 Mbit/s are 600 MB.
const WINDOW_MOST: Span = Span::from_millis(600_000);
/// Under 100 kbit/s the tables alone fill the stream; 200 Mbit/s is over any programme.
const OUTPUT_BITS: RangeInclusive<u64> = 100_000..=200_000_000;

/// The plan of `config`, whose places are in `tree`.
#[must_use]
pub(super) fn plan(
    config: &Config,
    tree: &Item,
    files: &[File],
    machine: &Machine,
) -> (Plan, Vec<Problem>) {
    let mut reader = Reader {
        files,
        machine,
        problems: Vec::new(),
        heard: Vec::new(),
        sent: Vec::new(),
    };
    let node = tree.get("node");
    let state_dir = match &config.node.state_dir {
        None => machine.state_dir.clone(),
        Some(dir) => {
            let place = node.unwrap_or(tree).place_of("state-dir");
            reader.whole_path(dir, &place).unwrap_or_default()
        }
    };
    let empty = Item::empty(tree.place.clone());
    let items = tree.get("channel").map(Item::items).unwrap_or_default();
    let channels: Vec<ChannelPlan> = config
        .channel
        .iter()
        .enumerate()
        .map(|(index, channel)| reader.channel(index, channel, items.get(index).unwrap_or(&empty)))
        .collect();
    reader.problems.extend(conflicts::ids(items, files));
    reader.problems.extend(conflicts::listen(tree, files));
    let ids: Vec<&str> = channels.iter().map(|channel| &*channel.id).collect();
    let (heard, sent) = (&reader.heard, &reader.sent);
    reader
        .problems
        .extend(conflicts::addresses(heard, sent, files));
    reader.problems.extend(conflicts::loops(heard, sent, &ids));
    let plan = Plan {
        name: config
            .node
            .name
            .clone()
            .unwrap_or_else(|| machine.name.clone()),
        state_dir,
        listen: config.http.listen.clone(),
        channels,
    };
    (plan, reader.problems)
}

/// Datagrams that a channel takes.
#[derive(Clone, Debug)]
pub(super) struct Heard {
    pub(super) channel: usize,
    pub(super) place: Place,
    pub(super) address: SocketAddr,
    /// The interface's own name, where it is known.
    pub(super) interface: Option<String>,
    /// Whether only one sender is wanted.
    pub(super) one_sender: bool,
}

/// Datagrams that a channel sends.
#[derive(Clone, Debug)]
pub(super) struct Sent {
    pub(super) channel: usize,
    pub(super) place: Place,
    pub(super) address: SocketAddr,
    pub(super) interface: Option<String>,
}

struct Reader<'a> {
    files: &'a [File],
    machine: &'a Machine,
    problems: Vec<Problem>,
    heard: Vec<Heard>,
    sent: Vec<Sent>,
}

impl Reader<'_> {
    fn report(&mut self, place: Place, fault: impl Into<Fault>) {
        let fault = fault.into();
        self.problems.push(Problem { place, fault });
    }

    /// The value, or `None` and a problem at `place`.
    fn good<T>(&mut self, place: &Place, result: Result<T, Fault>) -> Option<T> {
        result
            .map_err(|fault| self.report(place.clone(), fault))
            .ok()
    }

    fn whole_path(&mut self, path: &std::path::Path, place: &Place) -> Option<std::path::PathBuf> {
        let dir = place.dir(self.files, &self.machine.working);
        self.good(place, whole(path, dir))
    }

    fn channel(&mut self, index: usize, channel: &Channel, item: &Item) -> ChannelPlan {
        let empty = Item::empty(item.place.clone());
        let name = channel.name.clone().unwrap_or_else(|| channel.id.clone());
        let entries = |key| item.get(key).map(Item::items).unwrap_or_default();
        let inputs = channel.input.iter().zip(entries("input"));
        let outputs = channel.output.iter().zip(entries("output"));
        ChannelPlan {
            id: Arc::from(channel.id.as_str()),
            program: channel.program,
            autostart: channel.autostart,
            transcode: channel.transcode,
            inputs: inputs
                .filter(|(input, _)| !input.url.is_empty())
                .filter_map(|(input, item)| {
                    self.input(index, input, item, (&name, channel.transcode))
                })
                .collect(),
            outputs: outputs
                .filter(|(output, _)| !output.url.is_empty())
                .filter_map(|(output, item)| self.output(index, output, item))
                .collect(),
            hls: channel
                .hls
                .as_ref()
                .map(|hls| self.hls(hls, item.get("hls").unwrap_or(&empty))),
            name,
        }
    }

    fn input(
        &mut self,
        channel: usize,
        input: &Input,
        item: &Item,
        (name, transcode): (&str, bool),
    ) -> Option<InputPlan> {
        let place = item.place_of("url");
        let around = Around {
            name,
            transcode,
            dir: place.dir(self.files, &self.machine.working),
        };
        let passphrase = self.passphrase(input, item);
        let read = source(&input.url, around);
        let mut source = self.good(&place, read)?;
        match &mut source {
            SourcePlan::Srt(srt) => {
                srt.passphrase = passphrase;
                if srt.listener {
                    self.hear(channel, place, srt.address, None, false);
                }
            }
            SourcePlan::Datagrams {
                address,
                interface,
                from,
                ..
            } => {
                interface.clone_from(&input.interface);
                *from = input.source;
                let one_sender = from.is_some();
                self.join(input, item, *address);
                let interface = self.interface_name(input.interface.as_deref());
                self.hear(channel, place, *address, interface, one_sender);
            }
            SourcePlan::File(path) => {
                if let Err(error) = std::fs::metadata(&*path) {
                    let path = path.clone();
                    let reason = error.to_string();
                    self.report(place, Meaning::FileMissing { path, reason });
                }
            }
            SourcePlan::Worker(_) => {}
        }
        self.keys_of_others(input, item, &source);
        Some(InputPlan {
            url: input.url.clone(),
            source,
        })
    }

    /// Reads the passphrase, whatever the URL says: both can be wrong.
    fn passphrase(&mut self, input: &Input, item: &Item) -> Option<crate::plan::Secret> {
        let path = input.passphrase_file.as_ref()?;
        let place = item.place_of("passphrase-file");
        if !input.url.starts_with("srt:") {
            self.report(place, Meaning::PassphraseWithoutSrt);
            return None;
        }
        let path = self.whole_path(path, &place)?;
        let (secret, warning) = self.good(&place, secret::read(&path))?;
        if let Some(warning) = warning {
            self.report(place, warning);
        }
        Some(secret)
    }

    /// Whether the interface and the sender fit the group.
    fn join(&mut self, input: &Input, item: &Item, address: SocketAddr) {
        let group = address.ip().is_multicast();
        match &input.interface {
            Some(interface) if group => self.interface(interface, item.place_of("interface")),
            Some(_) => {
                let fault = Meaning::NoEffect(NoEffect::InterfaceWithoutGroup);
                self.report(item.place_of("interface"), fault);
            }
            None if group => {
                let fault = Meaning::AnyInterface(self.machine.listing());
                self.report(item.place_of("url"), fault);
            }
            None => {}
        }
        let Some(sender) = input.source else {
            return;
        };
        let place = item.place_of("source");
        if !group {
            self.report(place, Meaning::SourceWithoutGroup);
        } else if sender.is_multicast() {
            self.report(place, Meaning::SourceIsGroup);
        } else if sender.is_ipv4() != address.is_ipv4() {
            self.report(place, Meaning::OtherFamily);
        }
    }

    /// `source` and `interface` where nothing is joined.
    fn keys_of_others(&mut self, input: &Input, item: &Item, source: &SourcePlan) {
        if matches!(source, SourcePlan::Datagrams { .. }) {
            return;
        }
        if input.source.is_some() {
            self.report(item.place_of("source"), Meaning::SourceWithoutGroup);
        }
        if input.interface.is_some() {
            let fault = Meaning::NoEffect(NoEffect::InterfaceWithoutGroup);
            self.report(item.place_of("interface"), fault);
        }
    }

    #[expect(clippy::too_many_arguments, reason = "what one input says and where")]
    fn hear(
        &mut self,
        channel: usize,
        place: Place,
        address: SocketAddr,
        interface: Option<String>,
        one_sender: bool,
    ) {
        self.heard.push(Heard {
            channel,
            place,
            address,
            interface,
            one_sender,
        });
    }

    fn interface(&mut self, written: &str, place: Place) {
        if self.machine.interface(written).is_none() {
            let fault = Meaning::UnknownInterface {
                written: written.to_owned(),
                near: self.machine.interface_like(written),
                known: self.machine.listing(),
            };
            self.report(place, fault);
        }
    }

    fn interface_name(&self, written: Option<&str>) -> Option<String> {
        let written = written?;
        let known = self.machine.interface(written);
        Some(known.unwrap_or(written).to_owned())
    }

    fn output(&mut self, channel: usize, output: &Output, item: &Item) -> Option<OutputPlan> {
        let place = item.place_of("url");
        let read = destination(&output.url);
        let (rtp, address) = self.good(&place, read)?;
        match &output.interface {
            Some(interface) => {
                self.interface(interface, item.place_of("interface"));
                let numbered: Option<std::net::IpAddr> = interface.parse().ok();
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
        self.sent.push(Sent {
            channel,
            place,
            address,
            interface,
        });
        Some(OutputPlan {
            url: output.url.clone(),
            rtp,
            address,
            interface: output.interface.clone(),
            ttl: output.ttl,
            dscp: output.dscp.0,
            loopback: output.loopback,
            bitrate,
            overflow: match output.overflow {
                Overflow::KeepSound => packager::shape::Overflow::KeepSound,
                Overflow::DropAll => packager::shape::Overflow::DropAll,
            },
        })
    }

    fn hls(&mut self, hls: &Hls, item: &Item) -> HlsPlan {
        self.span(hls.segment, SEGMENT, item.place_of("segment"));
        if hls.part > hls.segment {
            let segment = hls.segment.to_string();
            self.report(item.place_of("part"), Meaning::LongPart { segment });
        } else {
            self.span(hls.part, PART_LEAST..=hls.segment, item.place_of("part"));
        }
        let least = Span(hls.segment.0.saturating_mul(3));
        if hls.window < least {
            let least = least.to_string();
            self.report(item.place_of("window"), Meaning::ShortWindow { least });
        } else {
            self.span(hls.window, least..=WINDOW_MOST, item.place_of("window"));
        }
        HlsPlan {
            segment: hls.segment.0,
            part: hls.part.0,
            window: hls.window.0,
        }
    }

    fn span(&mut self, span: Span, limits: RangeInclusive<Span>, place: Place) {
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
