//! Which streams go out: chosen when the source is opened and when streams appear later.

use std::mem;

use ffmpeg_next::format::context::Input;
use ffmpeg_next::{Error, Packet, Stream};
use serde_json::json;

use super::Relay;
use crate::ffi;
use crate::mux::{Labels, Mux};
use crate::open::Place;
use crate::open::study::Study;
use crate::open::track::{self, Action, Choice, Track};
use crate::outcome::{Exit, Failure};

/// version_number has 5 bits (ISO/IEC 13818-1 clause 2.4.4.4).
const TABLE_VERSIONS: u8 = 32;

impl Relay<'_> {
    /// Chooses streams when the source is opened and when streams appear later. What is on air
    /// already goes on; the tables get a new version.
    pub(super) fn arrange(&mut self, input: &mut Input) -> Result<(), Failure> {
        let mut layout = track::choose(input, self.plan.transcode, &self.plan.ladder);
        for (choice, before) in layout.iter_mut().zip(&self.layout) {
            // A file that is played again: what was found out the first time still holds.
            if choice.facts.is_none()
                && (choice.codec, choice.action) == (before.codec, before.action)
            {
                choice.facts = before.facts;
            }
        }
        let nothing = layout.iter().all(|choice| choice.action == Action::Drop);
        for (index, choice) in layout.iter().enumerate() {
            // Where nothing is made the packets say at least that the source goes on.
            if choice.action == Action::Drop && !nothing {
                ffi::discard(input, index);
            }
        }
        if layout == self.layout {
            return Ok(());
        }
        let mut changed = false;
        let mut old = mem::take(&mut self.tracks).into_iter();
        for (stream, choice) in input.streams().zip(&layout) {
            let mut track = old.next().flatten();
            if self.layout.get(stream.index()) != Some(choice) {
                let before = track.take();
                track = self.set_up(&stream, *choice);
                changed |= before.is_some() || track.is_some();
            }
            self.tracks.push(track);
        }
        self.layout = layout;
        // What a ladder needs may come later.
        let later = self.plan.place == Place::Pipe && self.plan.ladder.is_wanted();
        let hope = later || self.layout.iter().any(waits);
        if self.tracks.iter().all(Option::is_none) && !hope {
            return Err(self.plan.place.failure(Error::InvalidData));
        }
        // A stream that is dropped anyway disturbs nobody.
        if changed {
            self.write_waiting()?;
            self.open_mux()?;
        }
        Ok(())
    }

    fn set_up(&self, stream: &Stream<'_>, choice: Choice) -> Option<Track> {
        let index = stream.index();
        let mut action = choice.action;
        let mut track = match (action, choice.facts) {
            (Action::Drop, _) | (_, None) => None,
            _ => Track::new(stream, action, &self.plan.ladder)
                .map_err(|error| {
                    action = Action::Drop;
                    self.reporter
                        .warning(&format!("stream {index} is left out: {error}"));
                })
                .ok(),
        };
        if let Some(name) = track.as_mut().and_then(|t| t.picture()?.encoder()) {
            self.reporter.encoder(name);
        }
        self.reporter.stream(json!({
            "index": index,
            "kind": track::kind(stream),
            "codec": choice.codec.name(),
            "language": track::language(stream),
            "action": if waits(&choice) { "wait" } else { action.word() },
        }));
        track
    }

    /// A stream that was announced without its size or rate: once it is known, it goes out.
    pub(super) fn study(&mut self, packet: &Packet, input: &mut Input) -> Result<(), Failure> {
        let index = packet.stream();
        let Some(stream) = input.stream(index) else {
            return Ok(());
        };
        if !self.layout.get(index).is_some_and(waits) {
            return Ok(());
        }
        let study = self
            .studies
            .entry(index)
            .or_insert_with(|| Study::new(&stream));
        let described = match study.push(packet) {
            Some(found) => ffi::describe(input, index, found).is_ok(),
            None => false,
        };
        if described {
            self.studies.remove(&index);
            self.arrange(input)?;
        }
        Ok(())
    }

    fn open_mux(&mut self) -> Result<(), Failure> {
        if let Some(mux) = self.mux.take() {
            // What it could not write is counted where packets are written.
            let _ = mux.finish();
        }
        let mut sparse = Vec::new();
        for track in self.tracks.iter_mut().flatten() {
            track.lane = sparse.len();
            sparse.extend(track.lanes().map(|_| track.sparse));
        }
        self.interleave.set_lanes(&sparse);
        let labels = Labels {
            name: "headend",
            version: self.version,
        };
        self.version = (self.version + 1) % TABLE_VERSIONS;
        let lanes = self
            .tracks
            .iter()
            .flatten()
            .flat_map(Track::lanes)
            .collect();
        let mux = Mux::new(&labels, lanes).map_err(|error| {
            if Failure::is_closed(error) {
                Failure::closed()
            } else {
                Failure {
                    text: format!("the streams do not fit a transport stream: {error}"),
                    exit: Exit::Failed,
                }
            }
        })?;
        self.mux = Some(mux);
        Ok(())
    }
}

/// Whether a stream shall go out and is not known well enough yet.
fn waits(choice: &Choice) -> bool {
    choice.action != Action::Drop && choice.facts.is_none()
}
