//! The multivariant playlist: the picture as one variant, each sound track as a rendition.

use hls_m3u8::MasterPlaylist;
use hls_m3u8::tags::{ExtXMedia, VariantStream};
use hls_m3u8::types::{Channels, MediaType, StreamData, UFloat};

use super::codec::{Format, Kind, Shape};
use super::language;

const GROUP: &str = "audio";

/// One rendition as the playlist names it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry<'a> {
    /// Its folder.
    pub(super) dir: &'a str,
    pub(super) format: &'a Format,
    /// ISO 639-2.
    pub(super) language: Option<&'a str>,
    pub(super) rate: Rate,
    /// Pictures a second; zero for sound.
    pub(super) frame_rate: f32,
}

/// Measured rates of a rendition's segments, bit/s.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Rate {
    pub(super) peak: u64,
    pub(super) average: u64,
}

/// Writes the playlist; `None` without a rendition. `independent` says that every listed segment
/// begins where a decoder can begin without a flaw.
pub(super) fn render(entries: &[Entry<'_>], independent: bool) -> Option<String> {
    let video = entries.iter().find(|e| e.format.kind() == Kind::Video);
    let sounds: Vec<_> = entries
        .iter()
        .filter(|e| e.format.kind() == Kind::Audio)
        .collect();
    let main = video.or(sounds.first().copied())?;
    // A sole sound track without a picture is the variant itself.
    let grouped = if video.is_none() && sounds.len() == 1 {
        &[]
    } else {
        &sounds[..]
    };
    let mut media = Vec::new();
    for (index, sound) in grouped.iter().enumerate() {
        media.push(rendition(index, sound, grouped)?);
    }
    let mut playlist = MasterPlaylist::builder();
    playlist
        .has_independent_segments(independent)
        .variant_streams(vec![variant(main, grouped)?])
        .media(media);
    Some(playlist.build().ok()?.to_string())
}

fn rendition<'a>(index: usize, sound: &Entry<'a>, all: &[&Entry<'a>]) -> Option<ExtXMedia<'a>> {
    let mut media = ExtXMedia::builder();
    media
        .media_type(MediaType::Audio)
        .group_id(GROUP)
        .name(name(index, all))
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

/// NAME is unique in its group (4.4.6.1.1), so a language that comes twice is numbered.
fn name(index: usize, all: &[&Entry<'_>]) -> String {
    let mut names = all
        .iter()
        .map(|e| e.language.map_or("Audio", language::name));
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
    // Every format of the variant, each once (R56).
    let mut codecs = vec![main.format.codecs.clone()];
    for sound in sounds {
        if !codecs.contains(&sound.format.codecs) {
            codecs.push(sound.format.codecs.clone());
        }
    }
    let mut data = StreamData::builder();
    data.bandwidth(beside(|r| r.peak))
        .average_bandwidth(beside(|r| r.average))
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
        audio: (!sounds.is_empty()).then(|| GROUP.into()),
        subtitles: None,
        closed_captions: None,
        stream_data: data.build().ok()?,
    })
}
