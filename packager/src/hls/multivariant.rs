//! The multivariant playlist: each size of the picture as a variant, each sound track as a
//! rendition, the small sound as a variant without a picture.

use hls_m3u8::MasterPlaylist;
use hls_m3u8::tags::{ExtXMedia, VariantStream};
use hls_m3u8::types::{Channels, ClosedCaptions, InStreamId, MediaType, StreamData, UFloat};

use super::captions::Captions;
use super::codec::{Format, Kind, Shape};
use super::language;
use super::layout::{Role, Subtitles};

const GROUP: &str = "audio";
const CAPTIONS: &str = "captions";
const SUBTITLES: &str = "subtitles";
/// Subtitles that tell of sounds too (4.4.6.1).
const HARD_OF_HEARING: &str =
    "public.accessibility.transcribes-spoken-dialog,public.accessibility.describes-music-and-sound";

/// One rendition as the playlist names it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry<'a> {
    /// Its folder.
    pub(super) dir: &'a str,
    pub(super) format: &'a Format,
    /// ISO 639-2.
    pub(super) language: Option<&'a str>,
    pub(super) role: Role,
    /// Lines of the ladder's largest picture.
    pub(super) top: Option<u32>,
    pub(super) rate: Rate,
    /// Pictures a second; zero for sound.
    pub(super) frame_rate: f32,
    /// In the picture.
    pub(super) captions: Captions,
}

impl Entry<'_> {
    /// Whether it has more lines than the ladder shall have.
    fn is_too_large(&self) -> bool {
        match self.format.shape {
            Shape::Picture { height, .. } => self.top.is_some_and(|top| height > top),
            Shape::Sound { .. } => false,
        }
    }
}

/// Measured rates of a rendition's segments, bit/s.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Rate {
    pub(super) peak: u64,
    pub(super) average: u64,
}

/// Writes the playlist; `None` without a rendition. `independent` says that every listed segment
/// begins where a decoder can begin without a flaw.
pub(super) fn render(
    entries: &[Entry<'_>],
    texts: &[(&str, &Subtitles)],
    independent: bool,
) -> Option<String> {
    let of = |kind: Kind| entries.iter().filter(move |e| e.format.kind() == kind);
    let smaller = of(Kind::Video).any(|e| e.role.is_rung());
    let pictures: Vec<_> = of(Kind::Video)
        .filter(|e| !smaller || !e.is_too_large())
        .collect();
    let own: Vec<_> = of(Kind::Audio).filter(|e| !e.role.is_rung()).collect();
    let alone: Vec<_> = of(Kind::Audio).filter(|e| e.role.is_rung()).collect();
    // Where HLS cannot carry the source's own sound, pictures have the other one.
    let sounds = if own.is_empty() && !pictures.is_empty() {
        &alone
    } else {
        &own
    };
    // A sole sound track without a picture is the variant itself.
    let grouped = if pictures.is_empty() && sounds.len() == 1 {
        &[]
    } else {
        &sounds[..]
    };
    let mains = match pictures.is_empty() {
        true => sounds.first().copied().into_iter().collect(),
        false => pictures,
    };
    let mut variants: Vec<_> = mains.iter().map(|main| variant(main, grouped)).collect();
    variants.extend(alone.iter().map(|sound| variant(sound, &[])));
    let mut variants = variants.into_iter().collect::<Option<Vec<_>>>()?;
    if variants.is_empty() {
        return None;
    }
    let mut media = Vec::new();
    for (index, sound) in grouped.iter().enumerate() {
        media.push(rendition(index, sound, grouped)?);
    }
    media.extend(captions(mains.iter().copied()));
    if !texts.is_empty() {
        for variant in &mut variants {
            if let VariantStream::ExtXStreamInf { subtitles, .. } = variant {
                *subtitles = Some(SUBTITLES.into());
            }
        }
    }
    for (index, text) in texts.iter().enumerate() {
        media.push(subtitle(index, text, texts)?);
    }
    let mut playlist = MasterPlaylist::builder();
    playlist
        .has_independent_segments(independent)
        .variant_streams(variants)
        .media(media);
    Some(playlist.build().ok()?.to_string())
}

/// Writes the list of the one variant that is all `entries` in a transport stream; `None` without
/// one.
pub(super) fn render_muxed(entries: &[Entry<'_>], independent: bool) -> Option<String> {
    let main = entries.first()?;
    let sum = |rate: fn(&Rate) -> u64| entries.iter().map(|e| rate(&e.rate)).sum::<u64>();
    let rate = Rate {
        peak: in_packets(sum(|r| r.peak), entries),
        average: in_packets(sum(|r| r.average), entries),
    };
    let sounds: Vec<_> = entries.iter().skip(1).collect();
    let main = Entry {
        dir: "ts",
        rate,
        ..*main
    };
    let variant = stream(&main, rate, &sounds, None)?;
    let mut playlist = MasterPlaylist::builder();
    playlist
        .has_independent_segments(independent)
        .variant_streams(vec![variant])
        .media(captions(entries.iter()));
    Some(playlist.build().ok()?.to_string())
}

fn rendition<'a>(index: usize, sound: &Entry<'a>, all: &[&Entry<'a>]) -> Option<ExtXMedia<'a>> {
    let mut media = ExtXMedia::builder();
    media
        .media_type(MediaType::Audio)
        .group_id(GROUP)
        .name(name(index, "Audio", all.iter().map(|e| e.language)))
        .is_default(index == 0)
        .is_autoselect(true)
        .uri(format!("{}/index.m3u8", sound.dir));
    if let Some(code) = sound.language {
        media.language(language::tag(code).to_owned());
    }
    if let Shape::Sound { channels } = sound.format.shape {
        let mut count = Channels::default();
        count.set_number(u64::from(channels));
        media.channels(count);
    }
    media.build().ok()
}

/// The channels and services of closed captions that any picture has. A list that names none says nothing of
/// them: NONE would keep those from viewers that come in the middle of a programme, for players read
/// the list once.
fn captions<'a>(pictures: impl Iterator<Item = &'a Entry<'a>>) -> Vec<ExtXMedia<'static>> {
    let all = pictures.fold(Captions::default(), |all, p| all.and(p.captions));
    let channel = |id: String| {
        let instream_id: InStreamId = id.parse().ok()?;
        let mut media = ExtXMedia::builder();
        media
            .media_type(MediaType::ClosedCaptions)
            .group_id(CAPTIONS)
            .name(id)
            .is_autoselect(true)
            .instream_id(instream_id);
        media.build().ok()
    };
    all.ids().filter_map(channel).collect()
}

fn subtitle<'a>(
    index: usize,
    (dir, text): &(&'a str, &'a Subtitles),
    all: &[(&'a str, &'a Subtitles)],
) -> Option<ExtXMedia<'a>> {
    let mut media = ExtXMedia::builder();
    let languages = all.iter().map(|(_, text)| text.language.as_deref());
    media
        .media_type(MediaType::Subtitles)
        .group_id(SUBTITLES)
        .name(name(index, "Teletext", languages))
        .is_autoselect(true)
        .uri(format!("{dir}/index.m3u8"));
    if let Some(code) = &text.language {
        media.language(language::tag(code).to_owned());
    }
    if text.hard_of_hearing {
        media.characteristics(HARD_OF_HEARING);
    }
    media.build().ok()
}

/// NAME is unique in its group (4.4.6.1.1), so a language that comes twice is numbered.
fn name<'a>(
    index: usize,
    unknown: &'a str,
    all: impl Iterator<Item = Option<&'a str>> + Clone,
) -> String {
    let mut names = all.map(|code| code.map_or(unknown, language::name));
    let Some(own) = names.clone().nth(index) else {
        return String::new();
    };
    match names
        .by_ref()
        .take(index)
        .filter(|name| *name == own)
        .count()
    {
        0 => own.to_owned(),
        before => format!("{own} {}", before + 1),
    }
}

fn variant<'a>(main: &Entry<'a>, sounds: &[&Entry<'a>]) -> Option<VariantStream<'a>> {
    let beside = |rate: fn(&Rate) -> u64| {
        let others = sounds.iter().filter(|s| s.dir != main.dir);
        rate(&main.rate) + others.map(|s| rate(&s.rate)).max().unwrap_or(0)
    };
    let rate = Rate {
        peak: beside(|r| r.peak),
        average: beside(|r| r.average),
    };
    let group = (!sounds.is_empty()).then_some(GROUP);
    stream(main, rate, sounds, group)
}

/// What `entries` need as a transport stream that need `rate` as fragments, a little more rather
/// than less: headers of packets; the clock and the tables; stuffing at the end of each picture's
/// and each sound's packets.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "pictures a second"
)]
fn in_packets(rate: u64, entries: &[Entry<'_>]) -> u64 {
    let stuffing = entries.iter().map(|entry| match entry.format.shape {
        Shape::Picture { .. } => entry.frame_rate.ceil() as u64 * 1_200 + 20_000,
        Shape::Sound { .. } => 30_000,
    });
    rate + rate / 40 + 90_000 + stuffing.sum::<u64>()
}

/// The variant whose playlist is `main`'s.
fn stream<'a>(
    main: &Entry<'a>,
    rate: Rate,
    sounds: &[&Entry<'a>],
    group: Option<&'static str>,
) -> Option<VariantStream<'a>> {
    // Every format of the variant, each once (R56).
    let mut codecs = vec![main.format.codecs.clone()];
    for sound in sounds {
        if !codecs.contains(&sound.format.codecs) {
            codecs.push(sound.format.codecs.clone());
        }
    }
    let has_captions = main.captions.ids().next().is_some();
    let mut data = StreamData::builder();
    data.bandwidth(rate.peak)
        .average_bandwidth(rate.average)
        .codecs(codecs);
    let mut frame_rate = None;
    if let Shape::Picture { width, height } = main.format.shape {
        let size = (usize::try_from(width).ok()?, usize::try_from(height).ok()?);
        data.resolution(size);
        frame_rate = UFloat::try_from(main.frame_rate).ok();
    }
    Some(VariantStream::ExtXStreamInf {
        uri: format!("{}/index.m3u8", main.dir).into(),
        frame_rate,
        audio: group.map(Into::into),
        subtitles: None,
        closed_captions: has_captions.then(|| ClosedCaptions::group_id(CAPTIONS)),
        stream_data: data.build().ok()?,
    })
}
