//! What is wrong between keys: the same thing twice, and streams that run in a circle.

use std::net::SocketAddr;

use super::fault::Meaning;
use super::meaning::{Heard, Sent};
use super::problem::Problem;
use super::tree::{File, Item, Node, Place};

/// Ids that two channels have.
pub(super) fn ids(channels: &[Item], files: &[File]) -> Vec<Problem> {
    let ids = channels.iter().filter_map(|channel| {
        let id = channel.get("id")?;
        Some((id.text()?.to_owned(), id.place.clone()))
    });
    twice(ids, files, |id| format!("id `{id}`"))
}

/// Numbers that two channels have.
pub(super) fn numbers(channels: &[Item], files: &[File]) -> Vec<Problem> {
    let numbers = channels.iter().filter_map(|channel| {
        let number = channel.get("number")?;
        match number.node {
            Node::Integer(written) => Some((written, number.place.clone())),
            _ => None,
        }
    });
    twice(numbers, files, |number| format!("number {number}"))
}

/// Addresses that the HTTP server should listen on twice.
pub(super) fn listen(tree: &Item, files: &[File]) -> Vec<Problem> {
    let http = tree.get("http");
    let listed = ["listen", "tls-listen"]
        .into_iter()
        .filter_map(|key| http?.get(key));
    let addresses = listed.flat_map(Item::items).filter_map(|item| {
        let address: SocketAddr = item.text()?.parse().ok()?;
        Some((address, item.place.clone()))
    });
    twice(addresses, files, ToString::to_string)
}

/// Outputs with one destination, and local ports that two inputs want. A group may be joined by
/// any number of inputs: each takes its own programme.
pub(super) fn addresses(heard: &[Heard], sent: &[Sent], files: &[File]) -> Vec<Problem> {
    let sent = sent.iter().map(|sent| {
        // The same group on two networks is two groups.
        let network = sent
            .interface
            .clone()
            .filter(|_| sent.address.ip().is_multicast());
        ((sent.address, network), sent.place.clone())
    });
    let heard = heard
        .iter()
        .filter(|heard| !heard.address.ip().is_multicast())
        .map(|heard| (heard.address, heard.place.clone()));
    let mut problems = twice(sent, files, |(address, _)| address.to_string());
    problems.extend(twice(heard, files, ToString::to_string));
    problems
}

fn twice<T: PartialEq>(
    all: impl Iterator<Item = (T, Place)>,
    files: &[File],
    name: impl Fn(&T) -> String,
) -> Vec<Problem> {
    let mut seen: Vec<(T, Place)> = Vec::new();
    let mut problems = Vec::new();
    for (value, place) in all {
        match seen.iter().find(|(one, _)| *one == value) {
            None => seen.push((value, place)),
            Some((_, first)) => {
                let what = name(&value);
                let first = first.describe(files);
                problems.push(Problem {
                    place,
                    fault: Meaning::Again { what, first }.into(),
                });
            }
        }
    }
    problems
}

/// Inputs that take, over one channel or more, what their own channel sends.
pub(super) fn loops(heard: &[Heard], sent: &[Sent], ids: &[&str]) -> Vec<Problem> {
    heard
        .iter()
        .filter_map(|input| {
            let way = way_to(input, heard, sent)?;
            let names = way.iter().filter_map(|channel| ids.get(*channel).copied());
            let way = names.collect::<Vec<_>>().join(" → ");
            Some(Problem {
                place: input.place.clone(),
                fault: Meaning::Loop(way).into(),
            })
        })
        .collect()
}

/// The channels from `input`'s own round to itself.
fn way_to(input: &Heard, heard: &[Heard], sent: &[Sent]) -> Option<Vec<usize>> {
    let mut ways = vec![vec![input.channel]];
    let mut been = Vec::new();
    while let Some(way) = ways.pop() {
        let here = *way.last()?;
        for output in sent.iter().filter(|output| output.channel == here) {
            if takes(input, output) {
                return Some([way, vec![input.channel]].concat());
            }
            for next in heard.iter().filter(|next| takes(next, output)) {
                if !been.contains(&next.channel) {
                    been.push(next.channel);
                    ways.push([way.clone(), vec![next.channel]].concat());
                }
            }
        }
    }
    None
}

/// Whether `input` hears `output`: one group on one network. An input that wants one sender is
/// believed to mean another one.
fn takes(input: &Heard, output: &Sent) -> bool {
    input.address == output.address
        && !input.one_sender
        && match (&input.interface, &output.interface) {
            (Some(heard), Some(sent)) => heard == sent,
            _ => true,
        }
}
