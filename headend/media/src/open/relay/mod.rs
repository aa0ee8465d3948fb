//! The loop: read, repair the time, copy or encode anew, put in order, write.

mod arrange;

use std::collections::HashMap;
use std::io::{Write as _, stdout};
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use ffmpeg_next::format::context::Input;
use ffmpeg_next::{Error, Packet, Rational};

use super::interleave::Interleave;
use super::pace::Pace;
use super::picture::Picture;
use super::strain::Strain;
use super::study::Study;
use super::timeline::{Raw, Ticks, Timeline};
use super::track::{Choice, Track};
use super::{Place, Plan};
use crate::ffi;
use crate::mux::{Mux, PCR_DELAY, TICKS};
use crate::outcome::{Exit, Failure};
use crate::report::Reporter;
use crate::watch::{Phase, Watch};

/// How long one stream of a live source may hold back the others: a few sound frames.
const LIVE_SPAN: Ticks = TICKS as Ticks / 4;
/// The same for a transport stream as it was broadcast: multiplexers send a picture up to a second
/// before the sound that belongs to it.
const BROADCAST_SPAN: Ticks = TICKS as Ticks;
/// The same for files, which are often written a second of picture, then a second of sound.
const FILE_SPAN: Ticks = TICKS as Ticks * 3;
/// Reads or writes in a row that give nothing but errors.
const MOST_ERRORS: u32 = 1000;
/// How often something is written where there is nothing to make.
const LIFE: Duration = Duration::from_secs(1);
/// A packet that says nothing (ISO/IEC 13818-1 clause 2.4.3.3, PID 0x1FFF).
const NULL_PACKET: [u8; 188] = {
    let mut packet = [0xff; 188];
    packet[0] = 0x47;
    packet[1] = 0x1f;
    packet[3] = 0x10;
    packet
};
/// Pause after a read that found nothing yet.
const NAP: Duration = Duration::from_millis(5);

/// A source on its way to stdout.
pub(super) struct Relay<'a> {
    plan: &'a Plan,
    watch: &'a Watch,
    reporter: &'a Reporter,
    timeline: Timeline,
    strain: Strain,
    interleave: Interleave,
    /// `None` where the source sends in real time by itself.
    pace: Option<Pace>,
    /// What the source holds, and what was chosen for it.
    layout: Vec<Choice>,
    /// By the source's stream index; `None` is dropped.
    tracks: Vec<Option<Track>>,
    studies: HashMap<usize, Study>,
    mux: Option<Mux>,
    /// When that was done last where there is none.
    shown_life: Option<Instant>,
    /// Of the tables: raised when the streams change.
    version: u8,
    /// The newest DTS that was written.
    newest: Ticks,
    written: u64,
    errors: u32,
}

impl<'a> Relay<'a> {
    /// Opens nothing yet.
    pub(super) fn new(plan: &'a Plan, watch: &'a Watch, reporter: &'a Reporter) -> Self {
        Self {
            plan,
            watch,
            reporter,
            timeline: Timeline::new(0),
            strain: Strain::default(),
            interleave: Interleave::new(LIVE_SPAN),
            pace: None,
            layout: Vec::new(),
            tracks: Vec::new(),
            studies: HashMap::new(),
            mux: None,
            shown_life: None,
            version: 0,
            newest: Ticks::MIN,
            written: 0,
            errors: 0,
        }
    }

    /// Plays the source once, to its end; gives how many packets went out. Played again, its
    /// time goes on.
    pub(super) fn play(&mut self) -> Result<u64, Failure> {
        self.watch
            .enter(match (&self.plan.place, self.plan.place.port()) {
                (_, Some(port)) if self.plan.listen => Phase::Listening { port },
                (Place::Pipe, _) => Phase::Waiting,
                _ => Phase::Opening,
            });
        let mut input = self.plan.place.open(self.plan.listen)?;
        self.watch.enter(Phase::Working);
        self.written = 0;
        self.errors = 0;
        if self.layout.is_empty() {
            self.timeline = match self.plan.ladder.is_wanted() {
                true => Timeline::faithful(),
                false => Timeline::new(now()),
            };
        }
        self.timeline.restart(start_of(&input));
        self.set_pace(&input);
        self.arrange(&mut input)?;
        self.read_all(&mut input)?;
        for index in 0..self.tracks.len() {
            self.drain(index);
        }
        self.write_waiting()?;
        Ok(self.written)
    }

    /// Files, and HTTP that is fetched faster than it plays, leave in real time.
    fn set_pace(&mut self, input: &Input) {
        let paced = match self.plan.place {
            Place::File(_) => true,
            Place::Pipe => false,
            Place::Net(scheme, _) => {
                scheme.fetches() && (input.duration() > 0 || input.format().name() == "hls")
            }
        };
        self.interleave.set_span(match (paced, &self.plan.place) {
            (true, _) => FILE_SPAN,
            (false, Place::Pipe) => BROADCAST_SPAN,
            (false, Place::Net(scheme, _)) if scheme.fetches() => BROADCAST_SPAN,
            (false, _) => LIVE_SPAN,
        });
        if paced && self.pace.is_none() {
            self.pace = Some(Pace::default());
        }
    }

    fn read_all(&mut self, input: &mut Input) -> Result<(), Failure> {
        loop {
            let mut packet = Packet::empty();
            self.watch.enter(match self.plan.place {
                Place::Pipe => Phase::Waiting,
                _ => Phase::Reading,
            });
            let since = Instant::now();
            let read = packet.read(input);
            self.strain.rested(since.elapsed());
            self.watch.enter(Phase::Working);
            match read {
                Ok(()) => self.take(packet, input)?,
                Err(Error::Eof) => return Ok(()),
                Err(Error::Other { errno }) if errno == ffmpeg_next::error::EAGAIN => {
                    thread::sleep(NAP);
                    self.count(Error::Other { errno })?;
                }
                Err(Error::InvalidData) => self.count(Error::InvalidData)?,
                Err(error) => return Err(self.plan.place.broken(error)),
            }
            self.write_ready()?;
        }
    }

    fn take(&mut self, mut packet: Packet, input: &mut Input) -> Result<(), Failure> {
        let index = packet.stream();
        if index >= self.layout.len() {
            self.arrange(input)?;
        }
        let Some(Some(track)) = self.tracks.get_mut(index) else {
            self.show_life()?;
            return self.study(&packet, input);
        };
        if packet.size() == 0 {
            return Ok(());
        }
        let stamp = self.timeline.stamp(
            index,
            Raw {
                pts: packet.pts().map(|time| track.ticks(time)),
                dts: packet.dts().map(|time| track.ticks(time)),
                duration: track.ticks(packet.duration()),
            },
        );
        if self.timeline.has_leapt() {
            return Err(anew("time"));
        }
        if let Some(picture) = track.picture().filter(|_| self.plan.ladder.is_wanted())
            && let Some(relief) = self.strain.judge(Instant::now(), stamp.dts)
        {
            picture.relieve(relief, self.reporter);
        }
        packet.set_duration(track.ticks(packet.duration()));
        packet.set_pts(Some(stamp.pts));
        packet.set_dts(Some(stamp.dts));
        let waiting = &mut self.interleave;
        if let Err(error) = track.push(packet, |lane, packet| waiting.push(lane, packet)) {
            self.reporter
                .warning(&format!("stream {index}: a packet is damaged ({error})"));
        }
        let ladder = &self.plan.ladder;
        let outgrown = |picture: &mut Picture| picture.is_outgrown(ladder);
        match self.pace.is_none() && track.picture().is_some_and(outgrown) {
            true => Err(anew("picture's shape or size")),
            false => Ok(()),
        }
    }

    /// A ladder without a stream to make something of waits for one, and says that it lives.
    fn show_life(&mut self) -> Result<(), Failure> {
        let due = self.shown_life.is_none_or(|at| at.elapsed() >= LIFE);
        if self.mux.is_some() || !due {
            return Ok(());
        }
        self.shown_life = Some(Instant::now());
        self.watch.enter(Phase::Waiting);
        let written = stdout()
            .write_all(&NULL_PACKET)
            .and_then(|()| stdout().flush());
        self.watch.enter(Phase::Working);
        written.map_err(|_| Failure::closed())
    }

    fn drain(&mut self, index: usize) {
        if let Some(Some(track)) = self.tracks.get_mut(index) {
            let waiting = &mut self.interleave;
            if let Err(error) = track.drain(|lane, packet| waiting.push(lane, packet)) {
                self.reporter
                    .warning(&format!("stream {index}: its end is damaged ({error})"));
            }
        }
    }

    fn write_ready(&mut self) -> Result<(), Failure> {
        while let Some((lane, packet)) = self.interleave.pop() {
            self.write(lane, packet)?;
        }
        Ok(())
    }

    fn write_waiting(&mut self) -> Result<(), Failure> {
        while let Some((lane, packet)) = self.interleave.drain() {
            self.write(lane, packet)?;
        }
        Ok(())
    }

    fn write(&mut self, lane: usize, mut packet: Packet) -> Result<(), Failure> {
        let dts = packet.dts().unwrap_or(self.newest);
        if dts < self.newest.saturating_sub(PCR_DELAY) {
            self.reporter
                .warning("a packet that comes after its time is left out");
            return Ok(());
        }
        self.newest = self.newest.max(dts);
        self.watch.enter(Phase::Waiting);
        if let Some(pace) = &mut self.pace {
            thread::sleep(pace.wait(Instant::now(), dts));
        }
        let Some(mux) = &mut self.mux else {
            return Ok(());
        };
        let wrote = mux.write(lane, &mut packet);
        self.watch.enter(Phase::Working);
        match wrote {
            Ok(()) => {
                self.written += 1;
                self.errors = 0;
                Ok(())
            }
            Err(error) if Failure::is_closed(error) => Err(Failure::closed()),
            Err(error) => self.count(error),
        }
    }

    /// One more error without a packet written between; too many end the job.
    fn count(&mut self, error: Error) -> Result<(), Failure> {
        self.errors += 1;
        if self.errors > MOST_ERRORS {
            return Err(self.plan.place.broken(error));
        }
        if error
            != (Error::Other {
                errno: ffmpeg_next::error::EAGAIN,
            })
        {
            self.reporter
                .warning(&format!("a packet is damaged ({error})"));
        }
        Ok(())
    }
}

/// What is made of a live source is chosen when it is opened: for another one it is chosen anew.
fn anew(what: &str) -> Failure {
    Failure {
        text: format!("the source's {what} has changed: what is made of it begins anew"),
        exit: Exit::Failed,
    }
}

/// When the first picture or sound of a source is shown, in ticks.
fn start_of(input: &Input) -> Option<Ticks> {
    input
        .streams()
        .filter(|stream| stream.start_time() != ffmpeg_next::ffi::AV_NOPTS_VALUE)
        .map(|stream| ffi::rescale(stream.start_time(), stream.time_base(), Rational(1, TICKS)))
        .min()
}

/// The wall clock in ticks: a worker that starts again goes on later in time.
fn now() -> Ticks {
    let wall = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    (wall.as_micros() * 9 / 100) as Ticks
}
