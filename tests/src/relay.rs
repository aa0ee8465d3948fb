//! A line with faults: takes an encoder's RTP on its own host and hands it on as the line would.

use std::collections::VecDeque;
use std::net::{SocketAddr, UdpSocket};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use nix::sys::socket::{setsockopt, sockopt};
use packager::ts::clock::Ticks;
use packager::ts::pes;

use crate::lab::{Host, Lab};

/// What the line, or what lies before it, does to the stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Nothing.
    None,
    /// Nothing passes.
    Silent,
    /// One datagram in so many is lost.
    Lose(u64),
    /// One datagram in so many changes places with the next.
    Swap(u64),
    /// So many kbit/s pass, the rest waits and is lost after 400 ms.
    Squeeze(u64),
    /// Each datagram comes again from another sender, 100 ms later, with another SSRC.
    Twin,
    /// Packets of the PID become null packets.
    Without(u16),
    /// Packets of the PIDs of the programme are marked as scrambled.
    Scramble,
    /// One transport packet in so many becomes a null packet: lost before it was sent.
    Damage(u64),
    /// The sender begins anew: another SSRC, another sequence number.
    Restart,
    /// The other encoder's stream, in the same RTP session.
    Other,
    /// PCR runs faster by so many parts per million.
    Hasten(i64),
    /// Each datagram comes so many times.
    Flood(usize),
    /// Nothing passes for so many ms of each two seconds; then all of it comes at once.
    Hold(u64),
    /// The last of the paths brings nothing.
    PathLost,
}

/// A relay on the encoder's host; it ends with this handle.
#[derive(Debug)]
pub struct Relay {
    fault: Arc<Mutex<Option<Fault>>>,
}

impl Relay {
    /// Takes what comes to `own` and `other` on the loopback interface and hands `own` on to `to`, by
    /// as many paths as there are addresses.
    ///
    /// # Panics
    /// The ports are taken.
    #[must_use]
    pub fn start(lab: &Lab, own: u16, other: u16, to: &[SocketAddr]) -> Self {
        let fault = Arc::new(Mutex::new(Some(Fault::None)));
        let (shared, to) = (fault.clone(), to.to_vec());
        let (ready, started) = std::sync::mpsc::channel();
        lab.on(Host::Encoder, move || {
            let open = |port: u16| {
                let socket = UdpSocket::bind(("127.0.0.1", port)).expect("a free port");
                socket.set_nonblocking(true).expect("a socket can");
                socket
            };
            let sender = |to: &SocketAddr| {
                let socket = UdpSocket::bind(("0.0.0.0", 0)).expect("a free port");
                socket.connect(to).expect("a UDP socket connects");
                socket
            };
            let mut line = Line {
                paths: to.iter().map(sender).collect(),
                twin: sender(&to[0]),
                ssrc: 0x0102_0304,
                sequence: 1,
                count: 0,
                held: None,
                waiting: VecDeque::new(),
                last: Fault::None,
                hastened: 0,
                since: None,
                slows: true,
                credit: (Instant::now(), 0.0),
            };
            let inputs = [open(own), open(other)];
            let _ = ready.send(());
            let now = || *shared.lock().unwrap_or_else(PoisonError::into_inner);
            while let Some(fault) = now() {
                line.turn(fault, &inputs);
                std::thread::sleep(Duration::from_micros(500));
            }
        });
        started.recv().expect("the relay runs");
        Self { fault }
    }

    /// From now on the line does this.
    pub fn set(&self, fault: Fault) {
        *self.fault.lock().unwrap_or_else(PoisonError::into_inner) = Some(fault);
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        *self.fault.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

/// Copies in one call: 64 kB at most.
const AT_ONCE: usize = 40;
/// Datagrams taken in one turn: the line's fault may change between two turns.
const BURST: usize = 8;

struct Line {
    paths: Vec<UdpSocket>,
    twin: UdpSocket,
    ssrc: u32,
    sequence: u16,
    count: u64,
    held: Option<Vec<u8>>,
    /// What leaves later, and whether by the other sender.
    waiting: VecDeque<(Instant, Vec<u8>, bool)>,
    last: Fault,
    /// By how much the clock is ahead, ticks of 27 MHz, since when it is hastened, and whether it is
    /// slowed this time: each time the other way, or it would run away.
    hastened: i64,
    since: Option<Instant>,
    slows: bool,
    /// Bits that may pass.
    credit: (Instant, f64),
}

impl Line {
    fn turn(&mut self, fault: Fault, inputs: &[UdpSocket; 2]) {
        if fault == Fault::Restart && self.last != Fault::Restart {
            self.ssrc = self.ssrc.wrapping_add(0x1111);
            self.sequence = self.sequence.wrapping_add(20_000);
        }
        if fault != self.last {
            self.since = None;
            // What the last one held up comes before what follows.
            self.release(Instant::now() + Duration::from_secs(3600));
        }
        self.last = fault;
        let chosen = usize::from(fault == Fault::Other);
        let mut buffer = [0; 2048];
        for (index, input) in inputs.iter().enumerate() {
            for _ in 0..BURST {
                let Ok(length) = input.recv(&mut buffer) else {
                    break;
                };
                if index == chosen && length > 12 {
                    self.datagram(fault, buffer[..length].to_vec());
                }
            }
        }
        self.release(Instant::now());
    }

    /// Sends what was to wait until `now` at the longest.
    fn release(&mut self, now: Instant) {
        while let Some((_, datagram, twin)) = self.waiting.pop_front_if(|(at, ..)| *at <= now) {
            if twin {
                let _ = self.twin.send(&datagram);
            } else {
                self.send(&datagram);
            }
        }
    }

    fn datagram(&mut self, fault: Fault, mut datagram: Vec<u8>) {
        self.count += 1;
        datagram[2..4].copy_from_slice(&self.sequence.to_be_bytes());
        datagram[8..12].copy_from_slice(&self.ssrc.to_be_bytes());
        self.sequence = self.sequence.wrapping_add(1);
        self.spoil(fault, &mut datagram);
        match fault {
            Fault::Silent => {}
            Fault::Lose(each) if self.count.is_multiple_of(each) => {}
            Fault::Swap(each) if self.count.is_multiple_of(each) => self.held = Some(datagram),
            Fault::Squeeze(kbits) => self.squeeze(kbits, datagram),
            Fault::Hold(millis) => {
                let since = *self.since.get_or_insert_with(Instant::now);
                let into =
                    Duration::from_nanos((since.elapsed().as_nanos() % 2_000_000_000) as u64);
                let wait = Duration::from_millis(millis).saturating_sub(into);
                self.waiting
                    .push_back((Instant::now() + wait, datagram, false));
            }
            Fault::Twin => {
                self.send(&datagram);
                datagram[8..12].copy_from_slice(&[9; 4]);
                let later = Instant::now() + Duration::from_millis(100);
                self.waiting.push_back((later, datagram, true));
            }
            Fault::Flood(times) => self.flood(times, &datagram),
            _ => {
                self.send(&datagram);
                if let Some(held) = self.held.take() {
                    self.send(&held);
                }
            }
        }
    }

    fn send(&self, datagram: &[u8]) {
        let lost = usize::from(self.last == Fault::PathLost);
        for path in &self.paths[..self.paths.len() - lost] {
            let _ = path.send(datagram);
        }
    }

    /// The kernel cuts the copies: one call for many, faster than anybody reads.
    fn flood(&self, times: usize, datagram: &[u8]) {
        let copies = datagram.repeat(AT_ONCE);
        for path in &self.paths {
            let length = datagram.len() as i32;
            let _ = setsockopt(path, sockopt::UdpGsoSegment, &length);
            for _ in 0..times / AT_ONCE {
                let _ = path.send(&copies);
            }
            let _ = setsockopt(path, sockopt::UdpGsoSegment, &0);
        }
    }

    /// A queue of 400 ms before a narrow place.
    fn squeeze(&mut self, kbits: u64, datagram: Vec<u8>) {
        let now = Instant::now();
        let bits = datagram.len() as f64 * 8.0;
        let span = Duration::from_secs_f64(bits / (kbits as f64 * 1e3));
        let free = self.credit.0.max(now);
        if free > now + Duration::from_millis(400) {
            return;
        }
        self.credit.0 = free + span;
        self.waiting.push_back((free + span, datagram, false));
    }

    fn spoil(&mut self, fault: Fault, datagram: &mut [u8]) {
        self.hasten(fault);
        let mut index = self.count;
        for packet in datagram[12..].as_chunks_mut::<188>().0 {
            index += 1;
            let pid = u16::from_be_bytes([packet[1] & 0x1f, packet[2]]);
            match fault {
                Fault::Without(gone) if pid == gone => null(packet),
                Fault::Scramble if (0x100..0x110).contains(&pid) => packet[3] |= 0x80,
                Fault::Damage(each) if pid == 0x100 && index.is_multiple_of(each) => null(packet),
                _ => {}
            }
            if self.hastened != 0 && packet[3] & 0x20 != 0 && packet[4] > 6 && packet[5] & 0x10 != 0
            {
                move_pcr(packet, self.hastened);
            }
            if self.hastened != 0 && packet[1] & 0x40 != 0 {
                let payload = if packet[3] & 0x20 == 0 {
                    4
                } else {
                    5 + usize::from(packet[4])
                };
                // Tables have no stamps to move.
                pes::shift(
                    packet.get_mut(payload..).unwrap_or_default(),
                    Ticks::new(self.hastened),
                );
            }
        }
    }

    fn hasten(&mut self, fault: Fault) {
        let Fault::Hasten(ppm) = fault else {
            self.since = None;
            return;
        };
        let now = Instant::now();
        let since = self.since.replace(now).unwrap_or_else(|| {
            self.slows = !self.slows;
            now
        });
        let nanos = i64::try_from((now - since).as_nanos()).unwrap_or(0);
        let way = nanos * 27 * ppm / 1_000_000_000;
        self.hastened += if self.slows { -way } else { way };
    }
}

fn null(packet: &mut [u8; 188]) {
    packet[1..4].copy_from_slice(&[0x1f, 0xff, 0x10]);
}

/// Moves the PCR of a packet by ticks of 27 MHz.
fn move_pcr(packet: &mut [u8; 188], by: i64) {
    let base = u64::from(u32::from_be_bytes([
        packet[6], packet[7], packet[8], packet[9],
    ])) << 1
        | u64::from(packet[10] >> 7);
    let extension = u64::from(packet[10] & 1) << 8 | u64::from(packet[11]);
    let pcr = (base * 300 + extension).wrapping_add_signed(by) % ((1 << 33) * 300);
    let (base, extension) = (pcr / 300, pcr % 300);
    packet[6..10].copy_from_slice(&((base >> 1) as u32).to_be_bytes());
    packet[10] = ((base & 1) as u8) << 7 | 0x7e | (extension >> 8) as u8;
    packet[11] = extension as u8;
}
