//! What a checked configuration means: the plan, and what is wrong with it on this machine. It
//! goes on after each fault, so that one pass tells all.

use std::net::SocketAddr;
use std::sync::Arc;

use super::conflicts;
use super::fault::{Fault, Meaning};
use super::input_url::whole;
use super::machine::Machine;
use super::model::{Channel, Config};
use super::problem::Problem;
use super::tree::{File, Item, Place};
use super::url::web;
use crate::plan::{ChannelPlan, HelpPlan, HlsPlan, Plan};

mod announce;
mod failover;
mod http;
mod input;
mod output;
mod webhook;

/// How a logo's address is written.
const LOGO: &str = "https://tinh.example/logo.png";

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
    let http = tree.get("http").unwrap_or(&empty);
    let tls = reader.tls(&config.http, http);
    let foreign = reader.foreign(&config.http, http);
    let sap = reader.announce(&config.announce, tree.get("announce").unwrap_or(&empty));
    let items = tree.get("channel").map(Item::items).unwrap_or_default();
    let name = config.node.name.as_ref().unwrap_or(&machine.name).clone();
    let mut channels: Vec<ChannelPlan> = config
        .channel
        .iter()
        .enumerate()
        .map(|(index, channel)| reader.channel(index, channel, items.get(index).unwrap_or(&empty)))
        .collect();
    for channel in channels.iter_mut().filter(|c| c.group.is_empty()) {
        channel.group.clone_from(&name);
    }
    let items = tree.get("webhook").map(Item::items).unwrap_or_default();
    let webhooks = config.webhook.iter().zip(items);
    let webhooks = webhooks
        .filter_map(|(webhook, item)| reader.webhook(webhook, item))
        .collect();
    let items = tree.get("channel").map(Item::items).unwrap_or_default();
    reader.problems.extend(conflicts::ids(items, files));
    reader.problems.extend(conflicts::numbers(items, files));
    reader.problems.extend(conflicts::listen(tree, files));
    let ids: Vec<&str> = channels.iter().map(|channel| &*channel.id).collect();
    let (heard, sent) = (&reader.heard, &reader.sent);
    reader
        .problems
        .extend(conflicts::addresses(heard, sent, files));
    reader.problems.extend(conflicts::loops(heard, sent, &ids));
    let plan = Plan {
        name,
        state_dir,
        listen: config.http.listen.clone(),
        tls,
        help: HelpPlan {
            phone: config.player.help_phone.clone(),
            name: config.player.help_name.clone(),
        },
        foreign,
        channels,
        archive_quota: config.archive.quota.0,
        sap,
        webhooks,
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
            group: channel.group.clone().unwrap_or_default(),
            logo: self.logo(channel.logo.as_deref(), item),
            number: channel.number,
            program: channel.program,
            autostart: channel.autostart,
            inputs: inputs
                .filter_map(|(input, item)| self.input(index, input, item, &name))
                .collect(),
            outputs: outputs
                .filter(|(output, _)| !output.url.is_empty())
                .filter_map(|(output, item)| self.output(index, output, item))
                .collect(),
            slate: channel.slate,
            failover: self.failover(&channel.failover, item.get("failover").unwrap_or(&empty)),
            hls: channel.hls.as_ref().map(|hls| HlsPlan {
                transcode: channel.transcode,
                ..self.hls(hls, item.get("hls").unwrap_or(&empty))
            }),
            name,
        }
    }

    fn logo(&mut self, written: Option<&str>, item: &Item) -> Option<String> {
        let url = written?;
        self.good(&item.place_of("logo"), web(url, LOGO))?;
        Some(url.to_owned())
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
}
