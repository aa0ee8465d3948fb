//! The snapshot as Prometheus text: one table of series for each thing that is counted.
//!
//! Labels hold names of the configuration alone: the channel's id and the index of an input or
//! output. Nothing that a client sends is ever a label.

use std::sync::LazyLock;

use prometheus::proto::{Counter, Gauge, LabelPair, Metric, MetricFamily, MetricType};
use prometheus::{Encoder, TextEncoder};

pub mod process;
mod series;

use crate::http::counters::HttpSnapshot;
use crate::snapshot::{ChannelSnapshot, NodeSnapshot};
use process::ProcessSnapshot;
use series::channel::{CHANNEL, HALL_STATES, HLS, INPUT, OUTPUT, PATH};
use series::{HTTP, Kind, NODE, PROCESS, Series};

/// Series of the node itself, at most (`operations.md`).
pub const NODE_SERIES: usize = 40;
/// Series of one channel, at most. Inputs, then outputs, then halls that would go over it are left out
/// whole, and `headend_channel_left_out` counts them; the API has them all.
pub const CHANNEL_SERIES: usize = 80;

/// The text of `/metrics`.
///
/// # Errors
/// None that a snapshot can cause; the encoder's own, passed on.
pub fn render(
    node: &NodeSnapshot,
    http: &HttpSnapshot,
    process: &ProcessSnapshot,
) -> Result<String, prometheus::Error> {
    let mut page = Page::default();
    page.put(NODE, node, &[]);
    page.put(HTTP, http, &[]);
    page.put(PROCESS, process, &[]);
    page.one(
        &BUILD,
        1.0,
        vec![label("version", env!("CARGO_PKG_VERSION"))],
    );
    for channel in &node.channels {
        page.channel(channel);
    }
    let mut text = Vec::new();
    TextEncoder::new().encode(&page.families, &mut text)?;
    String::from_utf8(text).map_err(|error| prometheus::Error::Msg(error.to_string()))
}

static BUILD: LazyLock<Series<()>> = LazyLock::new(|| Series {
    name: "headend_build_info",
    help: "Which program runs; always 1.",
    kind: Kind::Gauge,
    value: |()| None,
});

static INFO: LazyLock<Series<()>> = LazyLock::new(|| Series {
    name: "headend_channel_info",
    help: "A channel's id with its name; always 1.",
    kind: Kind::Gauge,
    value: |()| None,
});

static LEFT_OUT: LazyLock<Series<()>> = LazyLock::new(|| Series {
    name: "headend_channel_left_out",
    help: "Inputs and outputs of the channel without series here, because it has more than its share.",
    kind: Kind::Gauge,
    value: |()| None,
});

static HALLS: LazyLock<Series<()>> = LazyLock::new(|| Series {
    name: "headend_halls",
    help: "Halls that were heard in the last ten minutes, by what they do; absent where inputs and outputs take the channel's share of series.",
    kind: Kind::Gauge,
    value: |()| None,
});

static REBUFFER: LazyLock<Series<()>> = LazyLock::new(|| Series {
    name: "headend_hall_rebuffer_seconds_total",
    help: "For so long halls stood still with an empty buffer, all together.",
    kind: Kind::Counter,
    value: |()| None,
});

/// Families in the order in which they first appear.
#[derive(Default)]
struct Page {
    families: Vec<MetricFamily>,
}

impl Page {
    fn channel(&mut self, channel: &ChannelSnapshot) {
        let id = ("channel", channel.id.as_str());
        self.one(
            &INFO,
            1.0,
            vec![label(id.0, id.1), label("name", &channel.name)],
        );
        // Two of them are the info and what is left out.
        let mut room = CHANNEL_SERIES - 2;
        room -= self.put(CHANNEL, channel, &[id]);
        if let Some(hls) = &channel.hls {
            room -= self.put(HLS, hls, &[id]);
        }
        let mut left_out = 0_u32;
        for (index, input) in channel.inputs.iter().enumerate() {
            let labels = [id, ("input", &index.to_string())];
            match fits(INPUT, input, room) {
                true => room -= self.put(INPUT, input, &labels),
                false => left_out += 1,
            }
        }
        room -= self.paths(channel, room);
        for (index, output) in channel.outputs.iter().enumerate() {
            let labels = [id, ("output", &index.to_string())];
            match fits(OUTPUT, output, room) {
                true => room -= self.put(OUTPUT, output, &labels),
                false => left_out += 1,
            }
        }
        self.halls(channel, id, room);
        self.one(&LEFT_OUT, left_out.into(), vec![label(id.0, id.1)]);
    }

    /// Puts the halls, where inputs and outputs leave room for all of their series.
    fn halls(&mut self, channel: &ChannelSnapshot, id: (&str, &str), room: usize) {
        if HALL_STATES.len() + 1 > room {
            return;
        }
        for (state, count) in HALL_STATES {
            let labels = vec![label(id.0, id.1), label("state", state)];
            self.one(&HALLS, count(&channel.halls) as f64, labels);
        }
        let seconds = channel.halls.rebuffer_millis_total as f64 / 1e3;
        self.one(&REBUFFER, seconds, vec![label(id.0, id.1)]);
    }

    /// Puts the series of each path for which there is room; answers how many. The API has them all.
    fn paths(&mut self, channel: &ChannelSnapshot, room: usize) -> usize {
        let mut count = 0;
        for (index, input) in channel.inputs.iter().enumerate() {
            for (number, path) in input.paths.iter().enumerate() {
                if fits(PATH, path, room - count) {
                    let labels = [
                        ("channel", channel.id.as_str()),
                        ("input", &index.to_string()),
                        ("path", &number.to_string()),
                    ];
                    count += self.put(PATH, path, &labels);
                }
            }
        }
        count
    }

    /// Puts all series that `of` has; answers how many.
    fn put<T>(&mut self, table: &[Series<T>], of: &T, labels: &[(&str, &str)]) -> usize {
        let mut count = 0;
        for series in table {
            let Some(value) = (series.value)(of) else {
                continue;
            };
            let labels = labels.iter().map(|(name, value)| label(name, value));
            self.one(series, value, labels.collect());
            count += 1;
        }
        count
    }

    fn one<T>(&mut self, series: &Series<T>, value: f64, labels: Vec<LabelPair>) {
        let mut metric = Metric::from_label(labels);
        match series.kind {
            Kind::Counter => {
                let mut counter = Counter::default();
                counter.set_value(value);
                metric.set_counter(counter);
            }
            Kind::Gauge => {
                let mut gauge = Gauge::default();
                gauge.set_value(value);
                metric.set_gauge(gauge);
            }
        }
        let known = self.families.iter_mut().find(|f| f.name() == series.name);
        match known {
            Some(family) => family.mut_metric().push(metric),
            None => self.families.push(family(series, metric)),
        }
    }
}

fn fits<T>(table: &[Series<T>], of: &T, room: usize) -> bool {
    table.iter().filter(|s| (s.value)(of).is_some()).count() <= room
}

fn family<T>(series: &Series<T>, metric: Metric) -> MetricFamily {
    let mut family = MetricFamily::default();
    family.set_name(series.name.to_owned());
    family.set_help(series.help.to_owned());
    family.set_field_type(match series.kind {
        Kind::Counter => MetricType::COUNTER,
        Kind::Gauge => MetricType::GAUGE,
    });
    family.set_metric(vec![metric]);
    family
}

fn label(name: &str, value: &str) -> LabelPair {
    let mut pair = LabelPair::default();
    pair.set_name(name.to_owned());
    pair.set_value(value.to_owned());
    pair
}
