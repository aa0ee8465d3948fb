//! Cuts the payload of one PID into access units with their decoding times.

use super::super::codec::{Codec, Frame, HEADER};
use super::sizes::Main;
use crate::ts::Pts;
use crate::ts::clock::Ticks;
use crate::ts::pes::PesHeader;

/// One access unit; places are bytes of payload since the start.
#[derive(Clone, Copy, Debug)]
pub(super) struct Unit {
    pub(super) start: u64,
    pub(super) end: u64,
    pub(super) decode: Pts,
    /// Whether it is known to be whole and one, so that its lateness can be judged.
    pub(super) whole: bool,
}

/// Follows the payload of one PID.
#[derive(Debug, Default)]
pub(super) struct Units {
    /// Bytes so far.
    total: u64,
    /// The unit that has begun: its start and decoding time.
    open: Option<(u64, Pts)>,
    /// Whether nothing of it is missing.
    whole: bool,
    sound: Option<Sound>,
}

/// Frames in the payload of sound.
#[derive(Debug)]
struct Sound {
    codec: Codec,
    /// The time stamp of the first frame that begins in the PES packet.
    stamp: Option<Pts>,
    /// When the frame after the last one is due.
    next: Option<Pts>,
    /// When the last one was due that was no dependent substream.
    last: Option<Pts>,
    sync: Sync,
}

#[derive(Clone, Copy, Debug)]
enum Sync {
    /// A header is looked for.
    Lost,
    /// The beginning of a header, and whether one before it led here.
    Header([u8; HEADER], usize, bool),
    /// So many bytes of a frame are to come.
    Frame(usize),
}

impl Units {
    /// Bytes so far.
    pub(super) const fn total(&self) -> u64 {
        self.total
    }

    /// Forgets the unit that has begun.
    pub(super) fn forget(&mut self) {
        self.open = None;
        self.whole = false;
    }

    /// Takes the payload of one packet and hands out the units that end in it or before it; whether
    /// a unit starts in it. `joined` is false where packets before are missing.
    pub(super) fn push(
        &mut self,
        (payload, starts): (&[u8], bool),
        joined: bool,
        main: &Main,
        out: &mut impl FnMut(Unit),
    ) -> bool {
        self.whole &= joined;
        let header = starts.then(|| PesHeader::parse(payload).ok()).flatten();
        match *main {
            Main::Picture { frame, .. } => {
                let began = starts && self.picture(header.as_ref(), frame, out);
                self.total += payload.len() as u64;
                began
            }
            Main::Sound(_, codec) => {
                let before = self.open;
                self.sound((payload, header.as_ref()), codec, joined, out);
                self.open.is_some() && self.open != before
            }
        }
    }

    /// A PES packet of pictures starts: the one before is an access unit. Whether it has a time.
    fn picture(
        &mut self,
        header: Option<&PesHeader>,
        frame: Option<Ticks>,
        out: &mut impl FnMut(Unit),
    ) -> bool {
        let Some(decode) = header.and_then(|header| header.dts.or(header.pts)) else {
            return false;
        };
        if let Some((start, before)) = self.open {
            // Where more than a frame's time passes, it may hold several.
            let step = decode.since(before).get();
            let one = frame.is_none_or(|frame| step * 2 < frame.get() * 3);
            out(Unit {
                start,
                end: self.total,
                decode: before,
                whole: self.whole && one,
            });
        }
        self.open = Some((self.total, decode));
        self.whole = true;
        true
    }

    fn sound(
        &mut self,
        (payload, header): (&[u8], Option<&PesHeader>),
        codec: Codec,
        joined: bool,
        out: &mut impl FnMut(Unit),
    ) {
        let sound = self.sound.get_or_insert(Sound {
            codec,
            stamp: None,
            next: None,
            last: None,
            sync: Sync::Lost,
        });
        if sound.codec != codec || !joined {
            (sound.codec, sound.sync, sound.next) = (codec, Sync::Lost, None);
            self.open = None;
        }
        let begins = header.map_or(0, |header| header.len.min(payload.len()));
        if let Some(header) = header {
            sound.stamp = header.pts.or(sound.stamp);
        }
        self.total += begins as u64;
        let mut data = payload.get(begins..).unwrap_or_default();
        while !data.is_empty() {
            let taken = sound.step(data, (&mut self.open, self.total), out);
            self.total += taken as u64;
            data = data.get(taken..).unwrap_or_default();
        }
    }
}

impl Sound {
    /// Goes one step into `data`, which is not empty; gives the bytes taken, 1 at least.
    fn step(
        &mut self,
        data: &[u8],
        (open, total): (&mut Option<(u64, Pts)>, u64),
        out: &mut impl FnMut(Unit),
    ) -> usize {
        match &mut self.sync {
            Sync::Lost => {
                let mark = if matches!(self.codec, Codec::Ac3 | Codec::Eac3) {
                    0x0b
                } else {
                    0xff
                };
                let at = memchr::memchr(mark, data);
                if at == Some(0) {
                    self.sync = Sync::Header([0; HEADER], 0, false);
                    // Taken again as the first byte of the header.
                    return self.step(data, (open, total), out);
                }
                at.unwrap_or(data.len())
            }
            Sync::Header(bytes, have, led) => {
                if *have == 0 {
                    let decode = self.stamp.take().or(self.next);
                    *open = decode.filter(|_| *led).map(|decode| (total, decode));
                    self.next = decode;
                }
                let (Some(place), Some(byte)) = (bytes.get_mut(*have), data.first()) else {
                    self.sync = Sync::Lost;
                    return 1;
                };
                *place = *byte;
                *have += 1;
                if *have == HEADER {
                    self.sync = match Frame::read(self.codec, bytes) {
                        Some(frame) => {
                            if frame.lasts == Ticks::ZERO {
                                *open = open.zip(self.last).map(|((at, _), last)| (at, last));
                            } else {
                                self.last = self.next;
                            }
                            self.next = self.next.map(|next| next.offset(frame.lasts));
                            Sync::Frame(frame.bytes - HEADER)
                        }
                        None => {
                            *open = None;
                            Sync::Lost
                        }
                    };
                }
                1
            }
            Sync::Frame(left) => {
                let taken = data.len().min(*left);
                *left -= taken;
                if *left == 0 {
                    let end = total + taken as u64;
                    if let Some((start, decode)) = open.take() {
                        out(Unit {
                            start,
                            end,
                            decode,
                            whole: true,
                        });
                    }
                    self.sync = Sync::Header([0; HEADER], 0, true);
                }
                taken
            }
        }
    }
}
