//! The facts: what the node shows, what the machine says, what is heard of each group, what a
//! player gets. All that takes time runs at one time.

use std::net::{IpAddr, SocketAddr, ToSocketAddrs as _};
use std::sync::atomic::AtomicBool;
use std::thread::{self, ScopedJoinHandle};
use std::time::{Duration, Instant};

use hyper::Method;

use super::super::client::{Client, Write};
use super::super::probe::Progress;
use super::super::{Failure, Surroundings};
use super::{Times, no_channels};
use crate::config::Sources;
use crate::plan::{ChannelPlan, OutputPlan, Plan, SourcePlan};
use crate::preflight::certificate::Leads;
use crate::preflight::channel::Loudness;
use crate::preflight::hls::{self, Fetched, Player};
use crate::preflight::listen::{Heard, Querier, listen};
use crate::preflight::output::{self, Hold};
use crate::preflight::{Line, certificate, channel, machine, profile, say};
use crate::snapshot::{CertificateSnapshot, ChannelSnapshot, OutputSnapshot};

/// How long the processors are watched.
const CPU_LOOK: Duration = Duration::from_secs(1);
/// A snapshot is made each second.
const ASK: Duration = Duration::from_secs(1);

/// Names of a certificate that are looked up: a name service that is away takes seconds for each.
const NAMES: usize = 4;

/// A look at a node.
pub(super) struct Look<'a> {
    pub(super) around: &'a Surroundings,
    pub(super) client: &'a Client,
    pub(super) sources: &'a Sources,
    /// Where groups are joined, over what the outputs say.
    pub(super) interface: Option<&'a str>,
    pub(super) times: Times,
    /// Of HTTPS.
    pub(super) certificate: Option<&'a CertificateSnapshot>,
}

/// A group to listen to: which output of which channel.
pub(super) struct Group {
    pub(super) channel: usize,
    pub(super) output: usize,
    pub(super) source: SourcePlan,
}

type Ears<'scope> = Vec<(Group, ScopedJoinHandle<'scope, (Heard, Querier)>)>;

impl Look<'_> {
    /// The lines of all, and the channels as they were at the end.
    pub(super) fn run(
        &self,
        channels: Vec<ChannelSnapshot>,
    ) -> Result<(Vec<Line>, Vec<ChannelSnapshot>), Failure> {
        let local = self.is_local();
        let plan = self.sources.load().ok().map(|loaded| loaded.plan);
        let plan = plan.filter(|_| local);
        let mut lines = match local {
            true => self.machine(),
            false => vec![machine::elsewhere()],
        };
        lines.push(self.certificates(local));
        if channels.is_empty() {
            lines.push(no_channels());
        }
        let stop = AtomicBool::new(false);
        let (channels, loudness, ears, played) = thread::scope(|scope| {
            let groups = self.groups(&channels, plan.as_ref()).into_iter();
            let ears: Ears<'_> = groups
                .map(|group| {
                    let (source, stop) = (group.source.clone(), &stop);
                    let span = self.times.span;
                    (group, scope.spawn(move || listen(&source, span, stop)))
                })
                .collect();
            let players: Vec<_> = channels
                .iter()
                .map(|channel| {
                    let plays = channel.hls.is_some();
                    let plan = plan.as_ref();
                    plays.then(|| scope.spawn(move || self.play(&channel.id, plan)))
                })
                .collect();
            let (channels, loudness) = self.watch(&channels);
            let ears: Vec<_> = ears
                .into_iter()
                .map(|(group, ear)| (group, ear.join().unwrap_or_else(|_| lost())))
                .collect();
            let played: Vec<Option<Line>> = players
                .into_iter()
                .map(|player| player.and_then(|player| player.join().ok()))
                .collect();
            (channels, loudness, ears, played)
        });
        for (index, shown) in channels.iter().enumerate() {
            lines.extend(channel::judge(shown, &loudness[index]));
            for (at, input) in shown.inputs.iter().enumerate() {
                let place = format!("{} input {at}", shown.id);
                lines.extend(profile::judge(input, shown.hls.as_ref(), &place));
            }
            let heard = ears.iter().filter(|(group, _)| group.channel == index);
            let heard: Vec<_> = heard.map(|(group, heard)| (group.output, heard)).collect();
            lines.extend(self.outputs(shown, plan_of(plan.as_ref(), &shown.id), &heard));
            lines.extend(played.get(index).cloned().flatten());
        }
        Ok((lines, channels))
    }

    /// Whether the node runs on this machine.
    pub(super) fn is_local(&self) -> bool {
        let Some(host) = self.client.host() else {
            return true;
        };
        let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
        let address: Result<IpAddr, _> = name.trim_matches(['[', ']']).parse();
        address.map_or(name == "localhost", |address| {
            let mut own = crate::net::links()
                .into_iter()
                .flat_map(|link| link.addresses);
            address.is_loopback() || own.any(|own| own == address)
        })
    }

    fn machine(&self) -> Vec<Line> {
        let state_dir = self.sources.state_dir();
        let facts = machine::Facts::read(&state_dir, self.client.process(), CPU_LOOK);
        let mut lines = machine::judge(&facts, &state_dir);
        lines.push(self.configuration());
        lines
    }

    /// The certificate of HTTPS; on the node's own machine, whether its names lead here too.
    fn certificates(&self, local: bool) -> Line {
        let named = self.certificate.map_or(&[][..], |shown| &shown.names);
        let leads: Vec<Leads> = match local {
            true => named.iter().take(NAMES).map(|name| leads(name)).collect(),
            false => Vec::new(),
        };
        let links = crate::net::links().into_iter();
        let own: Vec<IpAddr> = links.flat_map(|link| link.addresses).collect();
        certificate::judge(self.certificate, local.then_some((&*leads, &*own)))
    }

    /// Whether the node runs what is written.
    fn configuration(&self) -> Line {
        let (check, place) = ("configuration", "node");
        if self.client.host().is_some() {
            let text = say(
                "asked over the local socket alone",
                "chỉ hỏi được qua socket cục bộ",
            );
            return Line::not_used(check, place, text);
        }
        let write = Write {
            dry_run: true,
            ..Write::default()
        };
        let path = "/api/v1/configuration/reloads";
        match self.client.write(Method::POST, path, &write) {
            Ok(outcome) if outcome.differences.is_empty() => {
                let text = say("the node runs what is written", "nút chạy đúng như đã viết");
                Line::good(check, place, text)
            }
            Ok(outcome) => {
                let count = outcome.differences.len();
                let text = say(
                    format!("{count} things are written and not applied"),
                    format!("{count} điều đã viết mà chưa áp dụng"),
                );
                Line::warning(check, place, text).fix(say(
                    "see `headend config diff`, then headend config reload",
                    "xem `headend config diff`, rồi headend config reload",
                ))
            }
            Err(failure) => {
                let why = failure.text(self.around.words);
                let why = why.lines().next().unwrap_or_default().to_owned();
                Line::critical(check, place, say(why.clone(), why)).fix(say(
                    "a restart would fail with it: headend config check",
                    "khởi động lại sẽ lỗi: headend config check",
                ))
            }
        }
    }

    /// The multicast groups that can be heard here.
    pub(super) fn groups(&self, channels: &[ChannelSnapshot], plan: Option<&Plan>) -> Vec<Group> {
        let mut groups = Vec::new();
        for (channel, shown) in channels.iter().enumerate() {
            let plan = plan_of(plan, &shown.id);
            for (output, sent) in shown.outputs.iter().enumerate() {
                let plan = plan.and_then(|plan| plan.outputs.get(output));
                let silent = plan.is_some_and(|plan| !plan.loopback);
                if let Some(source) = self.source(sent, plan).filter(|_| !silent) {
                    groups.push(Group {
                        channel,
                        output,
                        source,
                    });
                }
            }
        }
        groups
    }

    fn source(&self, sent: &OutputSnapshot, plan: Option<&OutputPlan>) -> Option<SourcePlan> {
        let (scheme, address) = sent.url.split_once("://")?;
        let address: SocketAddr = address.parse().ok()?;
        let interface = self
            .interface
            .or(plan.and_then(|plan| plan.interface.as_deref()));
        address.ip().is_multicast().then(|| SourcePlan::Datagrams {
            rtp: scheme == "rtp",
            address,
            interface: interface.map(str::to_owned),
            from: None,
            fec: false,
        })
    }

    /// Asks the node each second; the last snapshots, and how loud each input was.
    fn watch(&self, channels: &[ChannelSnapshot]) -> (Vec<ChannelSnapshot>, Vec<Vec<Loudness>>) {
        let began = Instant::now();
        let mut shown = channels.to_vec();
        let mut loudness: Vec<Vec<Loudness>> = channels
            .iter()
            .map(|channel| vec![Loudness::new(); channel.inputs.len()])
            .collect();
        let mut progress = Progress::new();
        while began.elapsed() < self.times.span {
            thread::sleep(ASK.min(self.times.span.saturating_sub(began.elapsed())));
            for (shown, heard) in shown.iter_mut().zip(&mut loudness) {
                if let Ok((newer, _)) = self.client.get(&format!("/api/v1/channels/{}", shown.id)) {
                    *shown = newer;
                }
                for (input, heard) in shown.inputs.iter().zip(heard) {
                    let content = input.content.as_ref();
                    heard.extend(content.and_then(|content| content.short_term_lufs));
                }
            }
            let share = began.elapsed().as_secs_f64() / self.times.span.as_secs_f64();
            let (done, all) = (began.elapsed().as_secs(), self.times.span.as_secs());
            progress.draw(Some(share), &format!("{done} / {all} s"));
        }
        progress.clear();
        (shown, loudness)
    }

    /// Plays the HLS of a channel over the network, as a viewer does.
    fn play(&self, id: &str, plan: Option<&Plan>) -> Line {
        let listen = plan.map_or(&[][..], |plan| &plan.listen);
        let clients = match self.client.host() {
            Some(_) => vec![self.client.again()],
            None => hosts(listen).into_iter().map(Client::at).collect(),
        };
        let path = format!("/hls/{id}/index.m3u8");
        let Some(client) = clients
            .into_iter()
            .flatten()
            .find(|client| client.fetch("/livez").is_ok())
        else {
            let text = say(
                "no HTTP server answers over the network",
                "không có máy chủ HTTP nào trả lời qua mạng",
            );
            return Line::critical("hls", id, text).fix(say(
                "look at [http] listen, and at a firewall",
                "kiểm tra [http] listen và tường lửa",
            ));
        };
        let began = Instant::now();
        let fetch = |path: &str| {
            let fetched = client.fetch(path).map_err(|f| f.text(self.around.words));
            fetched.map(|(status, body)| Fetched {
                status: status.as_u16(),
                body: body.to_vec(),
            })
        };
        let player = Player {
            fetch: &fetch,
            now: &|| began.elapsed(),
            wait: &thread::sleep,
        };
        hls::judge(&player.play(&path), id)
    }

    fn outputs(
        &self,
        shown: &ChannelSnapshot,
        plan: Option<&ChannelPlan>,
        heard: &[(usize, &(Heard, Querier))],
    ) -> Vec<Line> {
        let mut lines = Vec::new();
        let links = crate::net::links();
        for (index, sent) in shown.outputs.iter().enumerate() {
            let place = format!("{} output {index}", shown.id);
            let plan = plan.and_then(|plan| plan.outputs.get(index));
            lines.extend(plan.and_then(|plan| output::interface(plan, &links, &place)));
            lines.extend(output::judge(sent, plan, &place));
            let Some((_, (heard, querier))) = heard.iter().find(|(at, _)| *at == index) else {
                lines.extend(
                    plan.filter(|plan| !plan.loopback)
                        .map(|_| output::unheard(&place)),
                );
                continue;
            };
            let hold = Hold {
                wanted: self.times.hold,
                here: self.is_local(),
            };
            lines.extend(output::heard(heard, hold, &place));
            if heard.datagrams > 0 {
                let apart = heard.pictures.longest();
                lines.push(profile::key_pictures(apart, heard.span, &place));
            }
            let times = (heard.span, self.times.interval);
            lines.push(output::querier(querier, times, &place));
        }
        lines
    }
}

/// Where a name leads, as this machine's name service has it.
fn leads(name: &str) -> Leads {
    let found = (name, 443).to_socket_addrs();
    let found = found.into_iter().flatten().map(|address| address.ip());
    Leads {
        name: name.to_owned(),
        to: found.collect(),
    }
}

/// An ear whose thread ended in a panic heard nothing.
fn lost() -> (Heard, Querier) {
    (Heard::default(), Querier::Heard(None))
}

fn plan_of<'p>(plan: Option<&'p Plan>, id: &str) -> Option<&'p ChannelPlan> {
    plan?.channels.iter().find(|channel| &*channel.id == id)
}

/// How this machine reaches what listens there.
fn hosts(listen: &[SocketAddr]) -> Vec<String> {
    let mut hosts = Vec::new();
    for address in listen {
        let port = address.port();
        match address {
            SocketAddr::V6(v6) if v6.ip().is_unspecified() => {
                hosts.extend([format!("[::1]:{port}"), format!("127.0.0.1:{port}")]);
            }
            SocketAddr::V4(v4) if v4.ip().is_unspecified() => {
                hosts.push(format!("127.0.0.1:{port}"));
            }
            address => hosts.push(address.to_string()),
        }
    }
    hosts
}
