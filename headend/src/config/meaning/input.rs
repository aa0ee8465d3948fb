//! What an input of a channel means: its paths, and how they become one stream.

use std::net::SocketAddr;
use std::ops::RangeInclusive;

use packager::receive::{self, Framing, RTP_WINDOW};

use super::super::fault::{Form, Meaning, Merge, NoEffect};
use super::super::input_url::{Around, source};
use super::super::model::{Input, InputPath};
use super::super::secret;
use super::super::tree::Item;
use super::super::value::Span;
use super::{Heard, Reader};
use crate::plan::{InputPlan, Secret, SourcePlan};

/// Under 50 ms is no wait for a path; 2 s hold 16,384 packets at 80 Mbit/s, as many as RTP's
/// sequence tells apart.
const WINDOW: RangeInclusive<Span> = Span::from_millis(50)..=Span::from_millis(2_000);

impl Reader<'_> {
    pub(super) fn input(
        &mut self,
        channel: usize,
        input: &Input,
        item: &Item,
        name: &str,
    ) -> Option<InputPlan> {
        self.span(input.merge_window, WINDOW, item.place_of("merge-window"));
        let passphrase = self.passphrase(input, item);
        let several = item.get("paths").map(Item::items).unwrap_or_default();
        if !several.is_empty() && item.get("url").is_some() {
            self.report(item.place_of("url"), Meaning::Merge(Merge::UrlAndPaths));
        }
        if several.is_empty() && item.get("url").is_none() {
            self.report(item.place.clone(), Form::MissingKey("url".into()));
        }
        let only = [InputPath {
            url: input.url.clone(),
            interface: input.interface.clone(),
            source: input.source,
        }];
        let written: Vec<(&InputPath, &Item)> = if several.is_empty() {
            only.iter().map(|path| (path, item)).collect()
        } else {
            input.paths.iter().zip(several).collect()
        };
        let mut paths = Vec::new();
        for (path, item) in written.iter().filter(|(path, _)| !path.url.is_empty()) {
            let mut plan = self.path(channel, (path, item), name, input.fec)?;
            if let SourcePlan::Srt(srt) = &mut plan {
                srt.passphrase.clone_from(&passphrase);
            }
            if !several.is_empty() && !matches!(plan, SourcePlan::Datagrams { rtp: true, .. }) {
                self.report(item.place_of("url"), Meaning::Merge(Merge::PathWithoutRtp));
            }
            paths.push(plan);
        }
        let rtp = matches!(paths.first()?, SourcePlan::Datagrams { rtp: true, .. });
        if input.fec && !rtp {
            self.report(item.place_of("fec"), Meaning::Merge(Merge::FecWithoutRtp));
        }
        let merged = paths.len() > 1 || input.fec;
        let urls: Vec<&str> = written.iter().map(|(path, _)| path.url.as_str()).collect();
        Some(InputPlan {
            url: urls.join(" + "),
            receive: receive::Settings {
                framing: if rtp { Framing::Rtp } else { Framing::Ts },
                paths: u8::try_from(paths.len()).unwrap_or(u8::MAX),
                window: if merged {
                    input.merge_window.0
                } else {
                    RTP_WINDOW
                },
                fec: input.fec && rtp,
            },
            paths,
            content: input.content,
        })
    }

    /// One path, or the only one.
    fn path(
        &mut self,
        channel: usize,
        (path, item): (&InputPath, &Item),
        name: &str,
        with_fec: bool,
    ) -> Option<SourcePlan> {
        let place = item.place_of("url");
        let around = Around {
            name,
            dir: place.dir(self.files, &self.machine.working),
        };
        let read = source(&path.url, around);
        let mut source = self.good(&place, read)?;
        match &mut source {
            SourcePlan::Srt(srt) if srt.listener => self.heard.push(Heard {
                channel,
                place,
                address: srt.address,
                interface: None,
                one_sender: false,
            }),
            SourcePlan::Datagrams {
                rtp,
                address,
                interface,
                from,
                fec,
            } => {
                interface.clone_from(&path.interface);
                *from = path.source;
                *fec = with_fec && *rtp;
                self.join(path, item, *address);
                let ports = self.ports(*address, *fec, item);
                let interface = self.interface_name(path.interface.as_deref());
                self.heard.extend(ports.map(|address| Heard {
                    channel,
                    place: place.clone(),
                    address,
                    interface: interface.clone(),
                    one_sender: path.source.is_some(),
                }));
            }
            SourcePlan::File(path) => {
                if let Err(error) = std::fs::metadata(&*path) {
                    let path = path.clone();
                    let reason = error.to_string();
                    self.report(place, Meaning::FileMissing { path, reason });
                }
            }
            SourcePlan::Srt(_) | SourcePlan::Worker(_) => {}
        }
        self.keys_of_others(path, item, &source);
        Some(source)
    }

    /// The address, and with FEC those of its two FEC ports.
    pub(super) fn ports(
        &mut self,
        address: SocketAddr,
        fec: bool,
        item: &Item,
    ) -> impl Iterator<Item = SocketAddr> + use<> {
        let last = if fec { 4 } else { 0 };
        if address.port().checked_add(last).is_none() {
            self.report(item.place_of("url"), Meaning::Merge(Merge::FecPort));
        }
        (0..=last).step_by(2).filter_map(move |by| {
            let port = address.port().checked_add(by)?;
            Some(SocketAddr::new(address.ip(), port))
        })
    }

    /// Reads the passphrase, whatever the URL says: both can be wrong.
    fn passphrase(&mut self, input: &Input, item: &Item) -> Option<Secret> {
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
    fn join(&mut self, input: &InputPath, item: &Item, address: SocketAddr) {
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
    fn keys_of_others(&mut self, input: &InputPath, item: &Item, source: &SourcePlan) {
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
}
