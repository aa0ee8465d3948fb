//! Looks at a live transport stream on standard input and says each second what it shows: black,
//! frozen, mute, how loud, by how much the sound of a test picture is late, and what the stream can
//! be compared by. Key pictures and all sound are decoded, nothing goes on. One JSON object a line
//! on stdout; a small picture each five seconds is in it as JPEG (base64).

mod apart;
mod picture;
mod sound;
mod trace;

use std::io::Write;
use std::time::{Duration, Instant};

use ffmpeg_next::format::context::Input;
use ffmpeg_next::{Error, Packet, media};
use serde_json::{Value, json};

use crate::ffi;
use crate::open::Place;
use crate::outcome::Failure;
use crate::report::Reporter;
use crate::watch::{Phase, Watch};
use apart::Apart;
use picture::Pictures;
use sound::Sounds;

/// Between two lines.
const EVERY: Duration = Duration::from_secs(1);
/// Between two small pictures.
const PICTURE_EVERY: Duration = Duration::from_secs(5);
/// Packets come, and for so long none of what is looked at: the programme has other PIDs now.
const GONE: Duration = Duration::from_secs(5);
/// Reads in a row that give nothing but errors.
const MOST_ERRORS: u32 = 1000;

/// Looks until the stream ends.
pub(crate) fn run(watch: &Watch, reporter: &Reporter) -> Result<&'static str, Failure> {
    reporter.started("looking at standard input");
    watch.enter(Phase::Waiting);
    let mut input = Place::Pipe.open(false)?;
    let mut look = Look::new(&mut input, reporter);
    let mut errors = 0;
    loop {
        let mut packet = Packet::empty();
        watch.enter(Phase::Waiting);
        let read = packet.read(&mut input);
        watch.enter(Phase::Working);
        match read {
            Ok(()) => {
                errors = 0;
                look.take(&packet, reporter);
                if look.taken.elapsed() > GONE {
                    return Ok("the programme is another; looking begins anew");
                }
            }
            Err(Error::Eof) => return Ok("the stream ended"),
            Err(error) if errors < MOST_ERRORS => {
                errors += 1;
                reporter.warning(&format!("a packet is damaged ({error})"));
            }
            Err(error) => return Err(Failure::failed("standard input cannot be read", error)),
        }
        look.say()?;
    }
}

struct Look {
    pictures: Option<(usize, Pictures)>,
    sounds: Option<(usize, Sounds)>,
    apart: Apart,
    /// When the last packet of them came.
    taken: Instant,
    said: Instant,
    shown: Option<Instant>,
}

impl Look {
    /// The best picture, and the best sound of its programme.
    fn new(input: &mut Input, reporter: &Reporter) -> Self {
        let best = |kind| input.streams().best(kind).map(|stream| stream.index());
        let picture = best(media::Type::Video);
        let program = picture.and_then(|index| ffi::program_of(input, index));
        let sound = input.streams().find(|stream| {
            let own = program
                .as_ref()
                .is_none_or(|all| all.contains(&stream.index()));
            own && stream.parameters().medium() == media::Type::Audio
        });
        let sound = sound.map(|stream| stream.index());
        let pictures = picture.and_then(|index| {
            let made = Pictures::new(&input.stream(index)?);
            Some((index, told(made, "picture", reporter)?))
        });
        let sounds = sound.and_then(|index| {
            let made = Sounds::new(&input.stream(index)?);
            Some((index, told(made, "sound", reporter)?))
        });
        Self {
            pictures,
            sounds,
            apart: Apart::default(),
            taken: Instant::now(),
            said: Instant::now(),
            shown: None,
        }
    }

    fn take(&mut self, packet: &Packet, reporter: &Reporter) {
        let index = packet.stream();
        let own = [
            self.pictures.as_ref().map(|p| p.0),
            self.sounds.as_ref().map(|s| s.0),
        ];
        if own.contains(&Some(index)) {
            self.taken = Instant::now();
        }
        let apart = &mut self.apart;
        let taken = match (&mut self.pictures, &mut self.sounds) {
            (Some((own, pictures)), _) if *own == index => pictures.push(packet, apart),
            (_, Some((own, sounds))) if *own == index => sounds.push(packet, apart),
            _ => Ok(()),
        };
        if let Err(error) = taken {
            reporter.warning(&format!("stream {index}: a packet is damaged ({error})"));
        }
    }

    /// A line, when its second is over.
    fn say(&mut self) -> Result<(), Failure> {
        if self.said.elapsed() < EVERY {
            return Ok(());
        }
        self.said = Instant::now();
        let mut line = json!({});
        if let Some((_, pictures)) = &mut self.pictures {
            pictures.say(&mut line);
            if self.shown.is_none_or(|at| at.elapsed() >= PICTURE_EVERY)
                && let Some(jpeg) = pictures.jpeg()
            {
                self.shown = Some(Instant::now());
                line["jpeg"] = Value::from(jpeg);
            }
        }
        if let Some((_, sounds)) = &mut self.sounds {
            sounds.say(&mut line);
            line["sound_late_seconds"] = json!(sounds.now().and_then(|at| self.apart.offset(at)));
        }
        let mut out = std::io::stdout().lock();
        let written = writeln!(out, "{line}").and_then(|()| out.flush());
        written.map_err(|_| Failure::closed())
    }
}

/// What cannot be decoded is left out, and told.
fn told<T>(made: Result<T, Error>, what: &str, reporter: &Reporter) -> Option<T> {
    made.inspect_err(|error| reporter.warning(&format!("the {what} is not looked at: {error}")))
        .ok()
}
