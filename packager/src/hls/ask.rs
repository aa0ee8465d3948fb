//! What is asked for before it is there (draft-pantos-hls-rfc8216bis, 6.2.5): delivery directives,
//! and the part that EXT-X-PRELOAD-HINT names.

use super::window::{Object, ObjectKind, Shown, Window};

/// A client cannot know of more segments to come than these (6.2.5.2).
const SEGMENTS_AHEAD: u64 = 2;
/// Nor of parts that end later than this, in seconds, or than so many parts of a second and more
/// (the Advance Part Limit, 6.2.5.2).
const PARTS_AHEAD: f64 = 3.0;

/// The delivery directives of a request for a media playlist.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Directives {
    /// `_HLS_msn`: answer when the playlist has this media sequence number.
    pub msn: Option<u64>,
    /// `_HLS_part`: answer when it has this part of that segment.
    pub part: Option<u64>,
    /// `_HLS_skip`: a delta update will do.
    pub skip: bool,
}

/// What a request gets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It is there.
    Found(Object),
    /// It comes, as far as one can know; ask the next window.
    Later,
    /// It is farther ahead than any client can know of.
    TooFar {
        /// The media sequence number of the last segment.
        last: u64,
    },
    /// There is nothing of that name.
    Nothing,
}

impl Directives {
    /// Reads the query of a URL; what is no directive is passed over.
    ///
    /// # Errors
    /// What is wrong with a directive, in a sentence.
    pub fn read(query: &str) -> Result<Self, String> {
        let mut read = Self::default();
        for pair in query.split('&') {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            match name {
                "_HLS_msn" => once(&mut read.msn, name, value)?,
                "_HLS_part" => once(&mut read.part, name, value)?,
                "_HLS_skip" if read.skip => return Err(twice(name)),
                "_HLS_skip" if matches!(value, "YES" | "v2") => read.skip = true,
                "_HLS_skip" => return Err("_HLS_skip is YES or v2".to_owned()),
                _ => {}
            }
        }
        if read.part.is_some() && read.msn.is_none() {
            return Err("_HLS_part needs _HLS_msn, the segment that it is a part of".to_owned());
        }
        Ok(read)
    }
}

fn once(slot: &mut Option<u64>, name: &str, value: &str) -> Result<(), String> {
    // `parse` would take a sign.
    let digits = value.bytes().all(|b| b.is_ascii_digit());
    let number = value.parse().ok().filter(|_| digits);
    let number = number.ok_or_else(|| format!("{name} is a number from 0 to {}", u64::MAX))?;
    match slot.replace(number) {
        Some(_) => Err(twice(name)),
        None => Ok(()),
    }
}

fn twice(name: &str) -> String {
    format!("{name} stands twice")
}

impl Window {
    /// Whether parts are listed, and requests may wait.
    #[must_use]
    pub const fn is_low_latency(&self) -> bool {
        self.part_target.is_some()
    }

    /// What a request for `path` gets now. Without low latency nothing is waited for, and the
    /// directives mean nothing.
    #[must_use]
    pub fn ask(&self, path: &str, directives: Directives) -> Answer {
        let found = self.object(path);
        let Some((dir, file)) = path.split_once('/').filter(|_| self.is_low_latency()) else {
            return found.map_or(Answer::Nothing, Answer::Found);
        };
        let Some(rendition) = self.renditions.iter().find(|r| *r.dir == *dir) else {
            return found.map_or(Answer::Nothing, Answer::Found);
        };
        match found {
            Some(playlist) if playlist.kind == ObjectKind::Playlist => {
                self.ask_playlist(rendition, directives, playlist)
            }
            Some(object) => Answer::Found(object),
            None if rendition.hints(file, self.instance) => Answer::Later,
            None => Answer::Nothing,
        }
    }

    fn ask_playlist(&self, rendition: &Shown, asked: Directives, whole: Object) -> Answer {
        if let Some(msn) = asked.msn {
            let last = rendition.next.saturating_sub(1);
            let limit = self.parts_ahead() + rendition.open_parts();
            let far_part = msn >= rendition.next && asked.part.is_some_and(|part| part >= limit);
            if msn > last.saturating_add(SEGMENTS_AHEAD) || far_part {
                return Answer::TooFar { last };
            }
            if !rendition.has(msn, asked.part) {
                return Answer::Later;
            }
        }
        let delta = rendition.delta.clone().filter(|_| asked.skip);
        Answer::Found(Object {
            body: delta.unwrap_or(whole.body),
            ..whole
        })
    }

    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "3 s of parts of 0.1 s and more"
    )]
    fn parts_ahead(&self) -> u64 {
        let target = self.part_target.unwrap_or_default().as_seconds();
        (PARTS_AHEAD / target.clamp(0.01, 1.0)).ceil() as u64
    }
}

impl Shown {
    fn open_parts(&self) -> u64 {
        let parts = self.open.as_ref().map_or(0, |open| open.parts.len());
        u64::try_from(parts).unwrap_or(0)
    }

    /// Whether the playlist has segment `msn`, or `part` of it, or what comes after.
    fn has(&self, msn: u64, part: Option<u64>) -> bool {
        let Some(part) = part else {
            return msn < self.next;
        };
        if msn == self.next {
            return part < self.open_parts();
        }
        let parts = self.segment(msn).map(|s| s.parts.len());
        let parts = parts.and_then(|len| u64::try_from(len).ok());
        // A part past the segment's last is the first of the next one.
        match parts.filter(|_| msn + 1 == self.next) {
            Some(parts) => part < parts || self.open_parts() > 0,
            None => msn < self.next,
        }
    }
}

#[cfg(test)]
mod tests;
