//! A member of a group, for as long as the look takes: what came, whether it came whole, how far
//! key pictures were apart, and who asked for members meanwhile.

use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use packager::monitor::{Check, Clock, Monitor, Settings};
use packager::receive::{Entry, Framing, Receiver};
use packager::time::Mono;
use packager::ts::clock::{Pts, Ticks};
use packager::ts::pes::PesHeader;
use packager::ts::pmt::Kind;
use packager::ts::{Packet, Pid, RawPacket};

use crate::net::igmp::{Queries, Query};
use crate::net::{Batch, Context, Source, clock};
use crate::plan::SourcePlan;

/// How long a socket that has nothing is left alone.
const IDLE: Duration = Duration::from_millis(2);

/// What came.
#[derive(Clone, Debug, Default)]
pub(crate) struct Heard {
    /// How long it was listened for.
    pub(crate) span: Duration,
    pub(crate) datagrams: u64,
    /// The longest time without a datagram, the one before the first too.
    pub(crate) silence: Duration,
    pub(crate) continuity_errors: u64,
    pub(crate) pictures: Pictures,
    /// Why nothing could be heard.
    pub(crate) trouble: Option<String>,
}

/// Who asked for members.
#[derive(Clone, Debug)]
pub(crate) enum Querier {
    /// Queries cannot be heard here.
    Deaf(String),
    /// The group is of IPv6.
    OtherFamily,
    /// The last query, and how many there were.
    Heard(Option<(Query, u64)>),
}

/// The times of a picture.
#[derive(Clone, Debug, Default)]
pub(crate) struct Pictures {
    key: Option<Pts>,
    last: Option<Pts>,
    /// The longest distance of two key pictures.
    pub(crate) keys_apart: Option<Duration>,
    /// The longest distance of two pictures in their order of sending: what a switch costs.
    pub(crate) apart: Duration,
}

impl Pictures {
    fn push(&mut self, pts: Pts, is_key: bool) {
        if let Some(last) = self.last {
            self.apart = self.apart.max(forward(pts.since(last)));
        }
        // Pictures are sent in decoding order: only one that is shown later moves the line on.
        if self.last.is_none_or(|last| pts.since(last) > Ticks::ZERO) {
            self.last = Some(pts);
        }
        if !is_key {
            return;
        }
        if let Some(key) = self.key {
            self.keys_apart = self.keys_apart.max(Some(forward(pts.since(key))));
        }
        self.key = Some(pts);
    }

    /// The longest distance of key pictures, the one that still runs too.
    pub(crate) fn longest(&self) -> Option<Duration> {
        let running = self
            .last
            .zip(self.key)
            .map(|(last, key)| forward(last.since(key)));
        self.keys_apart
            .map(|apart| apart.max(running.unwrap_or_default()))
    }
}

fn forward(span: Ticks) -> Duration {
    Duration::from_nanos(u64::try_from(span.as_nanos()).unwrap_or(0))
}

/// Joins the group of `plan` and listens for `span`, or until `stop`; `each` is told how long it
/// has been. Answers who asked for members too.
pub(crate) fn listen(plan: &SourcePlan, span: Duration, stop: &AtomicBool) -> (Heard, Querier) {
    let SourcePlan::Datagrams {
        rtp,
        address,
        interface,
        ..
    } = plan
    else {
        let why = "no datagrams".to_owned();
        return (failed(why.clone()), Querier::Deaf(why));
    };
    let mut querier = open_queries(address.ip(), interface.as_deref());
    let opened = tokio::runtime::Builder::new_current_thread()
        .build()
        .and_then(|runtime| {
            let context = Context {
                runtime: runtime.handle().clone(),
                media: None,
            };
            Source::open(plan, &context).map_err(std::io::Error::other)
        });
    let mut source = match opened {
        Ok(source) => source,
        Err(error) => return (failed(error.to_string()), Querier::Heard(None)),
    };
    let framing = if *rtp { Framing::Rtp } else { Framing::Ts };
    let mut ear = Ear::new(framing);
    let (began, mut batch) = (clock::now(), Batch::new());
    let mut last = began;
    let mut heard = Heard::default();
    loop {
        let now = clock::now();
        heard.span = now.since(began);
        if heard.span >= span || stop.load(Ordering::Relaxed) {
            break;
        }
        let count = source.receive(now, &mut batch).unwrap_or(0);
        for (at, datagram) in batch.iter() {
            heard.silence = heard.silence.max(at.since(last));
            last = last.max(at);
            ear.push(at, datagram);
        }
        heard.datagrams += count as u64;
        ear.tick(now);
        querier.turn();
        if count == 0 {
            clock::sleep_until(now + IDLE);
        }
    }
    heard.silence = heard.silence.max(clock::now().since(last));
    heard.continuity_errors = ear.monitor.count(Check::Continuity);
    heard.pictures = ear.pictures;
    (heard, querier.done())
}

fn failed(why: String) -> Heard {
    Heard {
        trouble: Some(format!("({why})")),
        ..Heard::default()
    }
}

/// Queries as they come in.
enum Asked {
    Deaf(String),
    OtherFamily,
    Open(Queries, Option<(Query, u64)>),
}

fn open_queries(group: IpAddr, interface: Option<&str>) -> Asked {
    if group.is_ipv6() {
        return Asked::OtherFamily;
    }
    let Some(interface) = interface else {
        return Asked::Deaf("no interface is named".to_owned());
    };
    match Queries::open(interface) {
        Ok(queries) => Asked::Open(queries, None),
        Err(error) => Asked::Deaf(error.to_string()),
    }
}

impl Asked {
    fn turn(&mut self) {
        let Self::Open(queries, heard) = self else {
            return;
        };
        while let Some(query) = queries.heard() {
            let count = heard.map_or(0, |(_, count)| count);
            *heard = Some((query, count + 1));
        }
    }

    fn done(self) -> Querier {
        match self {
            Self::Deaf(why) => Querier::Deaf(why),
            Self::OtherFamily => Querier::OtherFamily,
            Self::Open(_, heard) => Querier::Heard(heard),
        }
    }
}

/// Measures a stream as it comes.
struct Ear {
    receiver: Receiver,
    monitor: Monitor,
    pictures: Pictures,
    video: Option<Pid>,
    looked: Mono,
}

impl Ear {
    fn new(framing: Framing) -> Self {
        let settings = Settings {
            clock: Clock::Receive,
            ..Settings::default()
        };
        Self {
            receiver: Receiver::new(framing),
            monitor: Monitor::new(settings),
            pictures: Pictures::default(),
            video: None,
            looked: Mono::ZERO,
        }
    }

    fn push(&mut self, at: Mono, datagram: &[u8]) {
        let Self {
            receiver,
            monitor,
            pictures,
            video,
            ..
        } = self;
        receiver.push(Entry::default(), at, datagram, &mut |at, packet| {
            monitor.push(at, packet);
            see(packet, *video, pictures);
        });
    }

    fn tick(&mut self, now: Mono) {
        let Self {
            receiver,
            monitor,
            pictures,
            video,
            ..
        } = self;
        receiver.flush(now, &mut |at, packet| {
            monitor.push(at, packet);
            see(packet, *video, pictures);
        });
        monitor.received(now, &receiver.counters());
        monitor.tick(now);
        // The inventory allocates: once a second is enough.
        if self.video.is_none() && now.since(self.looked) > Duration::from_secs(1) {
            self.looked = now;
            let inventory = self.monitor.inventory();
            let mut streams = inventory
                .programs
                .iter()
                .flat_map(|program| &program.streams);
            self.video = streams.find(|s| s.kind == Kind::Video).map(|s| s.pid);
        }
    }
}

fn see(packet: &RawPacket, video: Option<Pid>, pictures: &mut Pictures) {
    let packet = Packet::new(packet);
    if Some(packet.pid()) != video || !packet.unit_start() {
        return;
    }
    let payload = packet.payload();
    if let Ok(PesHeader { pts: Some(pts), .. }) = PesHeader::parse(payload) {
        pictures.push(pts, packet.random_access() || begins_anew(payload));
    }
}

/// Whether a parameter set or a sequence header stands at the front: H.264's SPS, H.265's, or
/// MPEG-2's. An encoder that sets no random_access_indicator still sends them with key pictures.
fn begins_anew(payload: &[u8]) -> bool {
    let mut starts = payload.windows(5).skip(6);
    starts.any(|w| {
        matches!(
            w,
            [0, 0, 1, 0xb3 | 0x67 | 0x27 | 0x47, _] | [0, 0, 1, 0x42, 0x01]
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn key_pictures_are_timed_over_the_wrap_and_while_the_last_one_runs() {
        let mut pictures = Pictures::default();
        let start = (1u64 << 33) - 90_000;
        for second in 0..8u64 {
            let pts = Pts::from_ticks((start + second * 90_000) & ((1 << 33) - 1));
            pictures.push(pts, second == 0 || second == 2);
        }
        assert_eq!(pictures.keys_apart, Some(Duration::from_secs(2)));
        assert_eq!(pictures.longest(), Some(Duration::from_secs(5)));
        assert_eq!(pictures.apart, Duration::from_secs(1));
    }

    #[test]
    fn pictures_that_are_shown_out_of_the_order_of_sending_leave_no_gap() {
        let mut pictures = Pictures::default();
        for frame in [0u64, 3, 1, 2, 6, 4, 5] {
            pictures.push(Pts::from_ticks(frame * 3_600), frame == 0);
        }
        assert_eq!(pictures.apart, Duration::from_millis(120));
        assert_eq!(pictures.longest(), None, "one key picture alone");
    }
}
