//! The test picture: motion, the channel's name, the wall clock, and each second a flash and a
//! beep that begin on the same PTS; and the slate that stands in for a programme. In: a plan, and
//! what a slate says, on standard input. Out: a transport stream in real time. It refuses to wait
//! for a slow machine: it leaves out whole seconds and says so.
//!
//! PTS is the wall clock in 90 kHz ticks. So a worker that starts again goes on later in time,
//! never earlier, and a flash always has a PTS that is a whole second of the day.

mod canvas;
mod font;
mod prompt;
mod scene;
mod tone;

use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use ffmpeg_next::codec::Parameters;
use ffmpeg_next::format::Pixel;
use ffmpeg_next::{Error, Packet, Rational, color, encoder, frame, picture};

use crate::encode::{self, Filling};
use crate::mux::{Labels, Lane, Mux, TICKS};
use crate::outcome::Failure;
use crate::report::Reporter;
use crate::watch::{Phase, Watch};
use canvas::Canvas;
use prompt::Prompt;
use scene::{Moment, Scene};
use tone::Tone;

/// What to make.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Plan {
    /// Written in the picture and in the SDT.
    pub(crate) name: String,
    /// Even, pixels.
    pub(crate) width: u32,
    /// Even, pixels.
    pub(crate) height: u32,
    /// Frames a second.
    pub(crate) rate: u32,
    /// Video bit/s.
    pub(crate) bitrate: u64,
    /// `None` is for ever.
    pub(crate) seconds: Option<u64>,
    /// A slate in place of the test picture: standard input says why there is no programme.
    pub(crate) slate: bool,
}

/// Behind by this much, the picture leaves out what it missed.
const LATE: Duration = Duration::from_secs(2);
/// Lanes of the muxer.
const VIDEO: usize = 0;
const AUDIO: usize = 1;

/// Makes the picture until its time is over or stdout is closed.
pub(crate) fn run(
    plan: &Plan,
    watch: &Watch,
    reporter: &Reporter,
) -> Result<&'static str, Failure> {
    let mut studio = Studio::new(plan, reporter)
        .map_err(|error| Failure::failed("the test picture could not be set up", error))?;
    let what = match plan.slate {
        true => "slate",
        false => "test picture",
    };
    reporter.started(&format!(
        "{what} {}x{}, {} fps, {} bit/s",
        plan.width, plan.height, plan.rate, plan.bitrate
    ));
    match studio
        .play(plan, watch, reporter)
        .and_then(|()| studio.close())
    {
        Ok(()) => Ok("the asked time is over"),
        Err(error) if Failure::is_closed(error) => Err(Failure::closed()),
        Err(error) => Err(Failure::failed("the test picture stopped", error)),
    }
}

struct Studio {
    scene: Scene,
    prompt: Option<Prompt>,
    canvas: Canvas,
    video: encoder::video::Encoder,
    tone: Tone,
    mux: Mux,
    /// Frames since 1970 at the plan's rate: the frame that is made next.
    frame: u64,
    rate: u64,
}

impl Studio {
    fn new(plan: &Plan, reporter: &Reporter) -> Result<Self, Error> {
        let video = encode::h264(&encode::Video {
            width: plan.width,
            height: plan.height,
            rate: Rational(plan.rate as i32, 1),
            aspect: Rational(1, 1),
            space: color::Space::BT709,
            bitrate: plan.bitrate,
            filling: Filling::Constant,
        })?;
        let scene = Scene::new(plan, reporter);
        let rate = u64::from(plan.rate);
        let frame = frames_since_1970(rate);
        let tone = Tone::new(samples_at(frame, rate), plan.slate)?;
        let lane = |parameters| Lane {
            parameters,
            language: None,
            pid: None,
        };
        let labels = Labels {
            name: &plan.name,
            version: 0,
        };
        let mux = Mux::new(
            &labels,
            vec![lane(Parameters::from(&video)), lane(tone.parameters())],
        )?;
        Ok(Self {
            canvas: scene.blank(),
            scene,
            prompt: plan.slate.then(Prompt::start),
            video,
            tone,
            mux,
            frame,
            rate,
        })
    }

    fn play(&mut self, plan: &Plan, watch: &Watch, reporter: &Reporter) -> Result<(), Error> {
        let origin = Instant::now();
        let first = self.frame;
        let end = plan.seconds.map(|seconds| first + seconds * self.rate);
        while end.is_none_or(|end| self.frame < end) {
            let due = origin + span(self.frame - first, self.rate);
            let now = Instant::now();
            let late = now.saturating_duration_since(due);
            if late > LATE {
                self.frame += late.as_secs() * self.rate;
                self.tone.skip_to(samples_at(self.frame, self.rate));
                reporter.warning(&format!(
                    "{} s of the test picture left out: this machine is too busy",
                    late.as_secs()
                ));
                continue;
            }
            watch.enter(Phase::Waiting);
            thread::sleep(due.saturating_duration_since(now));
            watch.enter(Phase::Working);
            self.draw()?;
            self.frame += 1;
            let samples = samples_at(self.frame, self.rate);
            let mux = &mut self.mux;
            watch.enter(Phase::Waiting);
            self.tone
                .play_until(samples, |packet| mux.write(AUDIO, packet))?;
        }
        Ok(())
    }

    fn draw(&mut self) -> Result<(), Error> {
        let in_second = self.frame % self.rate;
        if let Some(text) = self.prompt.as_ref().and_then(Prompt::news) {
            self.scene.say(&text);
        }
        self.scene
            .draw(&mut self.canvas, Moment::new(self.frame, self.rate));
        let mut frame = frame::Video::new(
            Pixel::YUV420P,
            self.canvas.luma.width as u32,
            self.canvas.luma.height as u32,
        );
        self.canvas.copy_to(&mut frame);
        frame.set_pts(Some((self.frame * TICKS as u64 / self.rate) as i64));
        if in_second == 0 {
            frame.set_kind(picture::Type::I);
        }
        self.video.send_frame(&frame)?;
        self.write_video()
    }

    fn write_video(&mut self) -> Result<(), Error> {
        let mut packet = Packet::empty();
        while self.video.receive_packet(&mut packet).is_ok() {
            self.mux.write(VIDEO, &mut packet)?;
        }
        Ok(())
    }

    fn close(mut self) -> Result<(), Error> {
        self.video.send_eof()?;
        self.write_video()?;
        self.mux.finish()
    }
}

/// The next whole frame of the wall clock.
fn frames_since_1970(rate: u64) -> u64 {
    let wall = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    (wall.as_nanos() * u128::from(rate)).div_ceil(1_000_000_000) as u64
}

/// The sample on which a frame begins.
fn samples_at(frame: u64, rate: u64) -> u64 {
    frame * u64::from(encode::SAMPLE_RATE) / rate
}

/// How long some frames last.
fn span(frames: u64, rate: u64) -> Duration {
    Duration::from_secs(frames / rate) + Duration::from_secs(frames % rate) / rate as u32
}
