//! Faults put into a running node, and what it is to say of them: the right class at the right
//! place, and no other beside it.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::encoder::encode;
use crate::lab::{Lab, Running};
use crate::node::Node;
use crate::relay::{Fault, Relay};
use crate::rounds;

/// What a node needs at most to come to itself.
pub const PATIENCE: Duration = Duration::from_secs(20);
/// From the start of a fault to its incident.
const SEEN: Duration = Duration::from_secs(5);
/// The same where the fault itself is a matter of some seconds.
const SEEN_SLOWLY: Duration = Duration::from_secs(10);
const SLOW: [&str; 3] = ["black", "frozen", "digital-silence"];
/// From its end to the incident's.
const OVER: Duration = Duration::from_secs(10);
/// A fault lasts so long after it was seen: what follows from it must not become another incident.
const LASTS: Duration = Duration::from_secs(2);
/// A machine that is short of processor time says so and is right: that is not what is tested,
/// unless it is.
const MACHINE: &str = "short-of-cpu";

/// An encoder on a line that can be spoilt, and a node.
pub struct Field {
    /// The hosts.
    pub lab: Lab,
    /// On air.
    pub node: Node,
    /// The line.
    pub relay: Relay,
    _encoders: Vec<Running>,
}

/// A channel `hop` with these inputs, its output at a constant rate on 239.84.0.1:5000.
#[must_use]
pub fn configuration(inputs: &str, rate: &str) -> String {
    format!(
        r#"
[http]
listen = ["0.0.0.0:8080"]

[[channel]]
id = "hop"
name = "Họp Chính phủ"

{inputs}

[[channel.output]]
url = "udp://239.84.0.1:5000"
interface = "n1"
bitrate = "{rate}"

[channel.hls]
"#
    )
}

const ONE: &str = "url = \"rtp://10.1.0.2:6002\"";
const ONE_TO: [&str; 1] = ["10.1.0.2:6002"];

impl Field {
    /// One encoder by RTP, and, where `other` says where to, another one in reserve.
    ///
    /// # Panics
    /// The channel does not come on air.
    #[must_use]
    pub fn new(other: &[&str]) -> Self {
        Self::by(ONE, &ONE_TO, &[], other)
    }

    /// One encoder whose packets leave `seconds` before their time.
    ///
    /// # Panics
    /// The channel does not come on air.
    #[must_use]
    pub fn with_lead(seconds: &str) -> Self {
        Self::by(ONE, &ONE_TO, &["-muxdelay", seconds], &[])
    }

    /// The same by two paths.
    ///
    /// # Panics
    /// The channel does not come on air.
    #[must_use]
    pub fn by_two_paths() -> Self {
        let to = ["10.1.0.2:6002", "10.1.0.2:6004"];
        let paths = to
            .map(|to| format!("{{ url = \"rtp://{to}\" }}"))
            .join(", ");
        Self::by(&format!("paths = [{paths}]"), &to, &[], &[])
    }

    fn by(input: &str, to: &[&str], mux: &[&str], other: &[&str]) -> Self {
        let lab = Lab::new().unwrap();
        let input = format!("[[channel.input]]\n{input}");
        let node = Node::start(&lab, &configuration(&input, "6M")).unwrap();
        let to: Vec<_> = to.iter().map(|to| to.parse().unwrap()).collect();
        let relay = Relay::start(&lab, 7000, 7001, &to);
        let own = ["-f", "rtp_mpegts", "rtp://127.0.0.1:7000?pkt_size=1328"];
        let own = [mux, &own].concat();
        let mut encoders = vec![encode(&lab, "1280x720", "25", &own)];
        if !other.is_empty() {
            encoders.push(encode(&lab, "640x360", "25", other));
        }
        well(&node);
        Self {
            lab,
            node,
            relay,
            _encoders: encoders,
        }
    }

    /// A fault that a channel gets used to: each time a channel that has just come on air.
    ///
    /// # Panics
    /// As [`drill`].
    pub fn spoil_afresh(make: impl Fn() -> Self, class: &str, places: &[&str], fault: Fault) {
        each_round(class, || {
            let field = make();
            let mut act = |on: bool| field.relay.set(if on { fault } else { Fault::None });
            round(&field.node, class, places, &mut act)
        });
    }

    /// A fault of the line or before it.
    pub fn spoil(&self, class: &str, places: &[&str], fault: Fault) {
        let act = |on: bool| self.relay.set(if on { fault } else { Fault::None });
        drill(&self.node, class, places, act);
    }
}

/// Waits until the channel is on air and nothing is wrong with it.
///
/// # Panics
/// It does not come to that.
pub fn well(node: &Node) {
    let on_air = |c: &Value| c["state"] == "on-air";
    node.until("hop", "on air", PATIENCE, on_air).unwrap();
    quiet(node, PATIENCE);
}

/// The incidents that last.
#[must_use]
pub fn lasting(channel: &Value) -> Vec<Value> {
    let mut all = begun(channel, &[]);
    all.retain(|i| i["end"].is_null() && i["class"] != MACHINE);
    all
}

/// The incidents that are none of `before`, whether they last or not.
fn begun(channel: &Value, before: &[Value]) -> Vec<Value> {
    let all = channel["incidents"].as_array().unwrap().iter();
    let new = all.filter(|i| before.iter().all(|known| known["id"] != i["id"]));
    new.cloned().collect()
}

/// Waits until nothing is wrong; gives how long that took.
///
/// # Panics
/// It does not come to that.
pub fn quiet(node: &Node, patience: Duration) -> Duration {
    let start = Instant::now();
    let none = |c: &Value| lasting(c).is_empty();
    node.until("hop", "no incident lasts", patience, none)
        .unwrap();
    start.elapsed()
}

/// Puts a fault in, again and again; each time it is the one incident of `class` at `places`.
/// With `HEADEND_TALLY`, a file, the outcome is a row in it; with `HEADEND_CLASS` only that class is
/// drilled.
///
/// # Panics
/// It is not: after the last round, with what each bad round said.
pub fn drill(node: &Node, class: &str, places: &[&str], mut act: impl FnMut(bool)) {
    let mut is_on = false;
    let mut act = |on: bool| {
        if on != is_on {
            is_on = on;
            act(on);
        }
    };
    each_round(class, || {
        std::thread::sleep(Duration::from_millis(500));
        let outcome = round(node, class, places, &mut act);
        if outcome.is_err() {
            act(false);
            quiet(node, PATIENCE);
        }
        outcome
    });
}

fn each_round(class: &str, mut one: impl FnMut() -> Result<(Duration, Duration), String>) {
    if std::env::var("HEADEND_CLASS").is_ok_and(|only| only != class) {
        return;
    }
    let (mut good, mut bad) = (Vec::new(), Vec::new());
    for number in 0..rounds() {
        match one() {
            Ok(times) => good.push(times),
            Err(error) => {
                println!("{class:<24} round {number}: {error}");
                bad.push(error);
            }
        }
    }
    if let Some(tally) = std::env::var_os("HEADEND_TALLY") {
        return enter(tally.as_ref(), class, &good, bad.len());
    }
    let (all, bad_ones) = (rounds(), bad.len());
    assert!(bad.is_empty(), "{class}: {bad_ones} of {all}: {bad:#?}");
}

/// Adds a row to the table that `tests/soak.sh` judges as a whole: the class, the rounds, the bad
/// ones, and the median and the longest of both times in seconds.
fn enter(tally: &Path, class: &str, good: &[(Duration, Duration)], bad: usize) {
    let of = |time: fn(&(Duration, Duration)) -> Duration| {
        let mut all: Vec<f64> = good.iter().map(|t| time(t).as_secs_f64()).collect();
        all.sort_by(f64::total_cmp);
        let middle = all.get(all.len() / 2).copied().unwrap_or(f64::NAN);
        let longest = all.last().copied().unwrap_or(f64::NAN);
        format!("{middle:.1}\t{longest:.1}")
    };
    let (seen, over) = (of(|t| t.0), of(|t| t.1));
    let row = format!("{class}\t{}\t{bad}\t{seen}\t{over}\n", good.len() + bad);
    let file = OpenOptions::new().create(true).append(true).open(tally);
    file.unwrap().write_all(row.as_bytes()).unwrap();
}

/// The fault put in and taken out once.
fn round(
    node: &Node,
    class: &str,
    places: &[&str],
    act: &mut impl FnMut(bool),
) -> Result<(Duration, Duration), String> {
    let before = begun(&node.channel("hop").unwrap(), &[]);
    act(true);
    let start = Instant::now();
    let is = |incident: &Value| incident["class"] == class;
    let seen_in = if SLOW.contains(&class) {
        SEEN_SLOWLY
    } else {
        SEEN
    };
    let told = |what: String| {
        let all = begun(&node.channel("hop").unwrap(), &before);
        format!("{what}: {all:#?}")
    };
    let shown = node.until("hop", class, seen_in, |c| begun(c, &before).iter().any(is));
    shown.map_err(|error| told(error.to_string()))?;
    let seen = start.elapsed();
    let (why, code) = node.why("hop");
    std::thread::sleep(LASTS);
    let mut all = begun(&node.channel("hop").unwrap(), &before);
    all.retain(|i| class == MACHINE || i["class"] != MACHINE);
    act(false);
    let ended = Instant::now();
    let known = |i: &Value| all.iter().any(|of| of["id"] == i["id"]);
    let over = |c: &Value| {
        begun(c, &[])
            .iter()
            .all(|i| !known(i) || !i["end"].is_null())
    };
    node.until("hop", "it is over", OVER, over)
        .map_err(|error| told(error.to_string()))?;
    let cleared = ended.elapsed();
    println!(
        "{class:<24} seen {:.1} s, over {:.1} s",
        seen.as_secs_f64(),
        cleared.as_secs_f64()
    );
    println!("{why}");
    quiet(node, OVER);
    // What only happens may be over when it is asked about.
    let lasts = all.iter().any(|incident| incident["end"].is_null());
    if lasts && !matches!(code, Some(1 | 2)) {
        return Err(format!("the exit code is the severity: {code:?}"));
    }
    let classes: Vec<&Value> = all.iter().map(|i| &i["class"]).collect();
    if classes != [class] {
        return Err(told("one cause, one incident".to_owned()));
    }
    if all[0]["places"] != serde_json::json!(places) {
        return Err(told(format!("at {places:?}")));
    }
    Ok((seen, cleared))
}
