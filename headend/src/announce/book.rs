//! What is announced, and what is due.

use std::hash::{DefaultHasher, Hasher as _};
use std::net::Ipv4Addr;
use std::time::{Duration, Instant};

use super::packet;
use super::session::Session;

/// Whoever comes has all after this.
const EVERY: Duration = Duration::from_secs(5);
/// A programme that is away for so long, its slate too, is announced no more.
const HOLD: Duration = Duration::from_secs(60);
/// A deletion may be lost: it is said so often, each [`EVERY`].
const DELETIONS: u8 = 3;

/// The sessions that were announced.
#[derive(Debug, Default)]
pub(super) struct Book {
    entries: Vec<Entry>,
    /// When all is said again.
    next: Option<Instant>,
}

#[derive(Debug)]
struct Entry {
    session: Session,
    origin: Ipv4Addr,
    /// Of the SDP.
    version: u64,
    /// Stands for what the SDP says.
    hash: u16,
    /// When it was on air last.
    on_air: Instant,
    state: State,
    /// It was not said yet.
    is_new: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Announced,
    /// Taken back, which is to be said so often.
    Gone(u8),
}

impl Book {
    /// The packets to send at `now` as `origin`; `wall` is now in Unix seconds.
    pub(super) fn turn(
        &mut self,
        now: Instant,
        wall: u64,
        origin: Ipv4Addr,
        offers: &[Session],
    ) -> Vec<Vec<u8>> {
        for entry in &mut self.entries {
            let offer = offers.iter().find(|offer| offer.id == entry.session.id);
            if offer.is_some_and(|offer| offer.on) {
                entry.on_air = now;
            }
            let held = offer.is_some() && now.duration_since(entry.on_air) < HOLD;
            if !held && entry.state == State::Announced {
                (entry.state, entry.is_new) = (State::Gone(DELETIONS), true);
            }
        }
        for offer in offers.iter().filter(|offer| offer.on) {
            self.take(now, wall, origin, offer);
        }
        let due = self.next.is_none_or(|next| now >= next);
        if due {
            self.next = Some(now + EVERY);
        }
        let said = self.entries.iter_mut().filter(|e| due || e.is_new);
        let packets = said.map(Entry::say).collect();
        self.entries.retain(|entry| entry.state != State::Gone(0));
        packets
    }

    /// The packets that take all back, once: there is no time for more.
    pub(super) fn take_back(&mut self) -> Vec<Vec<u8>> {
        let all = self.entries.drain(..);
        all.map(|mut entry| {
            entry.state = State::Gone(1);
            entry.say()
        })
        .collect()
    }

    /// Notes a session that is on air.
    fn take(&mut self, now: Instant, wall: u64, origin: Ipv4Addr, offer: &Session) {
        let known = self.entries.iter().position(|e| e.session.id == offer.id);
        let version = match known.map(|at| &self.entries[at]) {
            Some(entry) if entry.says(offer, origin) => return,
            // The machine's clock may have been put back.
            Some(entry) => wall.max(entry.version + 1),
            None => wall,
        };
        let entry = Entry {
            hash: self.hash(offer, &offer.render(origin, version)),
            session: offer.clone(),
            origin,
            version,
            on_air: now,
            state: State::Announced,
            is_new: true,
        };
        match known {
            Some(at) => self.entries[at] = entry,
            None => self.entries.push(entry),
        }
    }

    /// Of what is said, and no other session's: receivers tell packets by it (RFC 2974, 6). 0
    /// would mean that it says nothing.
    fn hash(&self, session: &Session, text: &str) -> u16 {
        let mut hasher = DefaultHasher::new();
        hasher.write(text.as_bytes());
        let mut hash = (hasher.finish() as u16).max(1);
        let others = self.entries.iter().filter(|e| e.session.id != session.id);
        let taken: Vec<u16> = others.map(|entry| entry.hash).collect();
        // There are fewer sessions than hashes.
        while taken.contains(&hash) {
            hash = hash.wrapping_add(1).max(1);
        }
        hash
    }
}

impl Entry {
    fn says(&self, offer: &Session, origin: Ipv4Addr) -> bool {
        self.session == *offer && self.origin == origin && self.state == State::Announced
    }

    fn say(&mut self) -> Vec<u8> {
        self.is_new = false;
        let text = self.session.render(self.origin, self.version);
        match &mut self.state {
            State::Announced => packet::announcement(self.hash, self.origin, &text),
            State::Gone(left) => {
                *left = left.saturating_sub(1);
                packet::deletion(self.hash, self.origin, &text)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OWN: Ipv4Addr = Ipv4Addr::new(10, 2, 0, 1);

    fn session(id: u32, name: &str) -> Session {
        Session {
            id,
            name: name.to_owned(),
            folder: "Trung ương".to_owned(),
            group: "239.84.0.1:5000".parse().unwrap(),
            rtp: true,
            ttl: 16,
            on: true,
        }
    }

    /// A book, a clock in tenths of a second, and what is on.
    struct Desk {
        book: Book,
        start: Instant,
    }

    impl Desk {
        fn new() -> Self {
            let (book, start) = (Book::default(), Instant::now());
            Self { book, start }
        }

        /// What is sent: hash, whether it takes back, and the text.
        fn at(&mut self, tenths: u64, offers: &[Session]) -> Vec<(u16, bool, String)> {
            let now = self.start + Duration::from_millis(tenths * 100);
            let packets = self.book.turn(now, 1_000 + tenths / 10, OWN, offers);
            let read = |packet: Vec<u8>| {
                assert_eq!(packet[0] & !0x04, 0x20);
                assert_eq!(packet[4..8], OWN.octets());
                assert_eq!(packet[8..24], *b"application/sdp\0");
                let hash = u16::from_be_bytes([packet[2], packet[3]]);
                let text = String::from_utf8(packet[24..].to_vec()).unwrap();
                (hash, packet[0] & 0x04 != 0, text)
            };
            packets.into_iter().map(read).collect()
        }
    }

    #[test]
    fn a_session_is_said_at_once_and_each_five_seconds() {
        let mut desk = Desk::new();
        let on = [session(1, "Họp")];
        let times: Vec<u64> = (0..120).filter(|t| !desk.at(*t, &on).is_empty()).collect();
        assert_eq!(times, [0, 50, 100]);
        let two = [on[0].clone(), session(2, "Tập huấn")];
        let said = desk.at(121, &two);
        assert_eq!(said.len(), 1, "the new one at once, the other in its turn");
        assert!(said[0].2.contains("s=Tập huấn\r\n"));
        assert_eq!(desk.at(150, &two).len(), 2);
    }

    #[test]
    fn what_says_something_else_has_another_hash_and_a_higher_version() {
        let mut desk = Desk::new();
        let first = desk.at(0, &[session(1, "Họp")]);
        let again = desk.at(50, &[session(1, "Họp")]);
        assert_eq!(first, again);
        let other = desk.at(51, &[session(1, "Họp khẩn")]);
        assert_ne!(first[0].0, other[0].0);
        let version = |text: &str| -> u64 {
            let line = text.lines().find(|l| l.starts_with("o=")).unwrap();
            line.split(' ').nth(2).unwrap().parse().unwrap()
        };
        assert!(version(&other[0].2) > version(&first[0].2));
        // In the same second, by a clock that was put back.
        let third = desk.at(51, &[session(1, "Họp kín")]);
        assert!(version(&third[0].2) > version(&other[0].2));
    }

    #[test]
    fn no_two_sessions_have_one_hash_and_none_has_zero() {
        let mut desk = Desk::new();
        let many: Vec<Session> = (0..2_000).map(|id| session(id, "Họp")).collect();
        let mut hashes: Vec<u16> = desk.at(0, &many).into_iter().map(|said| said.0).collect();
        hashes.sort_unstable();
        hashes.dedup();
        assert_eq!(hashes.len(), 2_000);
        assert_ne!(hashes[0], 0);
    }

    #[test]
    fn a_channel_that_goes_is_taken_back_three_times_by_its_origin_alone() {
        let mut desk = Desk::new();
        let said = desk.at(0, &[session(1, "Họp")]);
        let (hash, origin) = (said[0].0, said[0].2.lines().nth(1).unwrap().to_owned());
        let mut gone = Vec::new();
        for tenths in 1..300 {
            gone.extend(desk.at(tenths, &[]).into_iter().map(|said| (tenths, said)));
        }
        let times: Vec<u64> = gone.iter().map(|(at, _)| *at).collect();
        assert_eq!(times, [1, 50, 100]);
        for (_, said) in gone {
            assert_eq!(said, (hash, true, format!("{origin}\r\n")));
        }
        assert!(!desk.at(300, &[session(1, "Họp")])[0].1, "back again");
    }

    #[test]
    fn a_programme_that_is_away_for_a_moment_stays_announced() {
        let mut desk = Desk::new();
        let on = session(1, "Họp");
        let off = Session {
            on: false,
            ..on.clone()
        };
        assert_eq!(desk.at(0, std::slice::from_ref(&off)), [], "never on air");
        desk.at(1, std::slice::from_ref(&on));
        for tenths in 2..601 {
            let said = desk.at(tenths, std::slice::from_ref(&off));
            assert!(said.iter().all(|said| !said.1), "{tenths}");
        }
        assert!(desk.at(601, &[off])[0].1);
    }

    #[test]
    fn at_the_end_all_is_taken_back() {
        let mut desk = Desk::new();
        desk.at(0, &[session(1, "Họp"), session(2, "Tập huấn")]);
        let packets = desk.book.take_back();
        assert!(packets.len() == 2 && packets.iter().all(|p| p[0] == 0x24));
        assert!(desk.book.take_back().is_empty());
    }
}
