//! Which streams of a programme HLS carries.

use super::codec::{Codec, Kind, refusal};
use super::ladder::Ladder;
use super::subtitles::Page;
use crate::monitor;
use crate::ts::Pid;
use crate::ts::descriptor::{Descriptor, tag};
use crate::ts::pmt::{self, Pmt, Stream};

/// Sound tracks of one programme; 64 languages are a hostile PMT.
const TRACKS_CAP: usize = 16;

/// teletext_type of subtitles, and of those for the hard of hearing (EN 300 468, table 100).
const SUBTITLES: u8 = 2;
const HARD_OF_HEARING: u8 = 5;

/// What a stream is to the others.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Role {
    /// The source's own.
    #[default]
    Own,
    /// The picture again, made of it with so many lines.
    Smaller { lines: u32 },
    /// The sound again, for lines that carry nothing else.
    SoundAlone,
}

impl Role {
    /// Whether it is made beside the programme.
    pub(super) fn is_rung(self) -> bool {
        self != Self::Own
    }
}

/// One stream that HLS carries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Carried {
    pub(super) pid: Pid,
    pub(super) codec: Codec,
    pub(super) role: Role,
    /// Announced as MPEG audio, which is refused unless it turns out to be AAC: encoders
    /// mislabel it.
    pub(super) on_probation: bool,
    /// ISO 639-2.
    pub(super) language: Option<String>,
}

/// A page of teletext with subtitles.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Subtitles {
    pub(super) pid: Pid,
    pub(super) page: Page,
    /// ISO 639-2.
    pub(super) language: Option<String>,
    pub(super) hard_of_hearing: bool,
}

/// What HLS makes of a PMT.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Layout {
    /// The picture first, then its rungs, then sound in the PMT's order, then its rung.
    pub(super) carried: Vec<Carried>,
    /// In the PMT's order.
    pub(super) subtitles: Vec<Subtitles>,
    /// What is left out, in a sentence each.
    pub(super) refused: Vec<String>,
    /// Lines of the ladder's largest picture.
    pub(super) top: Option<u32>,
    /// Why nothing can be shown.
    pub(super) unavailable: Option<String>,
}

impl Layout {
    /// What HLS makes of `pmt`, and of what is made beside it.
    pub(super) fn of(pmt: &Pmt, ladder: &Ladder) -> Self {
        let mut layout = Self {
            top: ladder.pictures.first().copied(),
            ..Self::default()
        };
        let mut sounds = Vec::new();
        let mut pictured = false;
        for stream in &pmt.streams {
            let kind = match stream.kind() {
                pmt::Kind::Video => Kind::Video,
                pmt::Kind::Audio => Kind::Audio,
                pmt::Kind::Subtitle => {
                    layout.take_subtitles(stream);
                    continue;
                }
                pmt::Kind::Data => continue,
            };
            match (kind, carried(stream)) {
                (Kind::Video, Some(carried)) if layout.carried.is_empty() => {
                    pictured = true;
                    layout.carried.push(carried);
                }
                (Kind::Video, Some(_)) => layout.refused.push(format!(
                    "video PID {} is a second picture, which is left out",
                    stream.pid
                )),
                (Kind::Audio, Some(carried)) if sounds.len() < TRACKS_CAP => sounds.push(carried),
                (Kind::Audio, Some(_)) => layout.refused.push(format!(
                    "audio PID {} is over the {TRACKS_CAP} sound tracks that are carried",
                    stream.pid
                )),
                // The ladder stands in for it.
                (Kind::Video, None) if layout.top.is_some() => pictured = true,
                (kind, None) => {
                    let refusal = refusal(kind, stream.pid, monitor::Codec::of(stream));
                    if kind == Kind::Video && layout.unavailable.is_none() {
                        layout.unavailable = Some(refusal.clone());
                    }
                    layout.refused.push(refusal);
                }
            }
        }
        if pictured {
            layout.carried.extend(ladder.pictures());
        }
        if layout.carried.is_empty() {
            layout.unavailable =
                layout.unavailable.or_else(|| match sounds.is_empty() {
                    true => Some(layout.refused.first().cloned().unwrap_or_else(|| {
                        "the programme has neither picture nor sound".to_owned()
                    })),
                    false => None,
                });
        } else {
            layout.unavailable = None;
        }
        let has_sound = |s: &Stream| s.kind() == pmt::Kind::Audio;
        let alone = ladder.sound().filter(|_| pmt.streams.iter().any(has_sound));
        layout.carried.append(&mut sounds);
        layout.carried.extend(alone);
        layout
    }

    /// Whether the same is carried: what else the PMT says disturbs no viewer.
    pub(super) fn carries_as(&self, other: &Self) -> bool {
        let same = self.top == other.top && self.unavailable == other.unavailable;
        same && self.carried == other.carried
    }

    fn take_subtitles(&mut self, stream: &Stream) {
        let pages = subtitles(stream);
        if stream.descriptors.find(tag::SUBTITLING).is_some() {
            self.refused.push(format!(
                "subtitle PID {} is pictures (DVB subtitles), which HLS does not carry",
                stream.pid
            ));
        }
        let room = TRACKS_CAP.saturating_sub(self.subtitles.len());
        self.subtitles.extend(pages.take(room));
    }
}

/// The pages of teletext that are subtitles; ordinary teletext is none.
fn subtitles(stream: &Stream) -> impl Iterator<Item = Subtitles> {
    let pages = stream.descriptors.iter().filter_map(|d| match d {
        Descriptor::Teletext(pages) => Some(pages),
        _ => None,
    });
    let kinds = [SUBTITLES, HARD_OF_HEARING];
    let pages = pages
        .flatten()
        .filter(move |page| kinds.contains(&page.kind));
    pages.map(|page| Subtitles {
        pid: stream.pid,
        page: (page.magazine, page.page),
        language: page.language.code().filter(|code| code != "und"),
        hard_of_hearing: page.kind == HARD_OF_HEARING,
    })
}

fn carried(stream: &Stream) -> Option<Carried> {
    let named = monitor::Codec::of(stream);
    let codec = match named {
        monitor::Codec::H264 => Codec::H264,
        monitor::Codec::H265 => Codec::H265,
        monitor::Codec::AacAdts | monitor::Codec::MpegAudio => Codec::AacAdts,
        _ => return None,
    };
    Some(Carried {
        pid: stream.pid,
        codec,
        role: Role::Own,
        on_probation: named == monitor::Codec::MpegAudio,
        language: stream.language().filter(|code| code != "und"),
    })
}
