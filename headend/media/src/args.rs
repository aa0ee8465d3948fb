//! What the command line asks for.

use std::ffi::OsString;

use crate::{open, picture};

/// Shown by `--help`.
pub(crate) const HELP: &str = "\
headend-media: one job, a transport stream on stdout, events as JSON lines on stderr

  headend-media test-picture --name TEXT --width W --height H --rate FPS --bitrate BITS [--seconds N]
              [--slate]
      motion, the name, the wall clock, a flash and a beep each second, in real time
      --slate: no motion but the clock, a hiss for sound, and what standard input says: each line
      is a text that stands in place of the one before, tabs part its lines in the picture
      W and H even, 64 to 4096; FPS a whole number, 1 to 120; BITS of the video in bit/s

  headend-media open URL|PATH|- [--listen] [--transcode] [--rung LINES@BITS]... [--sound BITS]
      - is a live transport stream on standard input, which may be silent for any time;
      rtmp://, rtmps://, rtsp://, rtsps://, http://, https:// or a file, which is played in a loop;
      --listen waits for a publisher at rtmp:// or rtsp://;
      --transcode also encodes MPEG-2 video, MP2 and AC-3 anew, which HLS cannot carry
      --rung makes nothing but a picture of so many lines and bit/s, the largest first, on PID 0x1e00
      and the next ones, at the source's own time; those that are smaller than the source
      --sound makes nothing but a sound of so many bit/s, on PID 0x1f00

  headend-media look -
      decodes the key pictures and the sound of a live transport stream on standard input; one JSON
      object a second on stdout: black, frozen, mute, levels, and each 5 s a small picture

exit codes: 0 ended, 1 failed, 2 wrong usage, 3 source not reached or silent
";

/// Largest side of a picture, pixels: level 5.1 of H.264 and no more memory than the sandbox has.
const SIDE: std::ops::RangeInclusive<u32> = 64..=4096;
/// Frames a second that the encoder and the clock make sense of.
const RATE: std::ops::RangeInclusive<u32> = 1..=120;
/// Video bit/s.
const BITRATE: std::ops::RangeInclusive<u64> = 50_000..=100_000_000;

/// Sound bit/s of AAC-LC in stereo.
const SOUND: std::ops::RangeInclusive<u64> = 16_000..=320_000;

/// What the process is asked to do.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Command {
    /// Print how to use it.
    Help,
    /// Print the version.
    Version,
    /// Do a job.
    Run(Job),
}

/// A job.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Job {
    /// Make the test picture.
    TestPicture(picture::Plan),
    /// Open a source.
    Open(open::Plan),
    /// Look at a stream and say what it shows.
    Look,
}

/// Reads the words after the program's name. The error is a sentence for stderr.
pub(crate) fn parse(words: impl Iterator<Item = OsString>) -> Result<Command, String> {
    let mut words = words.map(|word| {
        word.into_string()
            .map_err(|word| format!("{} is not UTF-8", word.to_string_lossy()))
    });
    let job = words.next().transpose()?;
    match job.as_deref() {
        None => Err("no job; try headend-media --help".into()),
        Some("--help" | "-h" | "help") => Ok(Command::Help),
        Some("--version" | "-V") => Ok(Command::Version),
        Some("test-picture") => test_picture(words),
        Some("open") => open(words),
        Some("look") => look(words),
        Some(other) => Err(format!(
            "no job is called {other}; try headend-media --help"
        )),
    }
}

fn test_picture(
    mut words: impl Iterator<Item = Result<String, String>>,
) -> Result<Command, String> {
    let (mut name, mut slate) = (None, false);
    let (mut width, mut height, mut rate, mut bitrate, mut seconds) =
        (None, None, None, None, None);
    while let Some(flag) = words.next().transpose()? {
        if is_help(&flag) {
            return Ok(Command::Help);
        }
        let mut value = || match words.next() {
            Some(value) => value,
            None => Err(format!("{flag} needs a value")),
        };
        match flag.as_str() {
            "--name" => name = Some(value()?),
            "--width" => width = Some(number(&flag, &value()?, SIDE)?),
            "--height" => height = Some(number(&flag, &value()?, SIDE)?),
            "--rate" => rate = Some(number(&flag, &value()?, RATE)?),
            "--bitrate" => bitrate = Some(number(&flag, &value()?, BITRATE)?),
            "--slate" => slate = true,
            "--seconds" => seconds = Some(number(&flag, &value()?, 1..=u64::MAX / 1000)?),
            _ => return Err(unknown("test-picture", &flag)),
        }
    }
    let missing = |flag: &str| format!("test-picture needs {flag}");
    let plan = picture::Plan {
        name: name.ok_or_else(|| missing("--name"))?,
        width: width.ok_or_else(|| missing("--width"))?,
        height: height.ok_or_else(|| missing("--height"))?,
        rate: rate.ok_or_else(|| missing("--rate"))?,
        bitrate: bitrate.ok_or_else(|| missing("--bitrate"))?,
        seconds,
        slate,
    };
    if !(plan.width.is_multiple_of(2) && plan.height.is_multiple_of(2)) {
        return Err("--width and --height have to be even: the chroma has half of each".into());
    }
    Ok(Command::Run(Job::TestPicture(plan)))
}

fn open(mut words: impl Iterator<Item = Result<String, String>>) -> Result<Command, String> {
    let (mut place, mut listen, mut transcode) = (None, false, false);
    let mut ladder = open::Ladder::default();
    while let Some(word) = words.next().transpose()? {
        let mut value = || {
            words
                .next()
                .unwrap_or_else(|| Err(format!("{word} needs a value")))
        };
        match word.as_str() {
            flag if is_help(flag) => return Ok(Command::Help),
            "--listen" => listen = true,
            "--transcode" => transcode = true,
            "--rung" => ladder.rungs.push(rung(&value()?, &ladder)?),
            "--sound" => ladder.sound = Some(number(&word, &value()?, SOUND)?),
            flag if flag.starts_with("--") => return Err(unknown("open", flag)),
            _ if place.is_some() => {
                return Err(format!("open takes one source; {word} is too many"));
            }
            _ => place = Some(open::Place::parse(&word)?),
        }
    }
    let place = place.ok_or("open needs a URL or the path of a file")?;
    if listen && !place.can_listen() {
        return Err("--listen goes with rtmp:// and rtsp:// alone".into());
    }
    Ok(Command::Run(Job::Open(open::Plan {
        place,
        listen,
        transcode,
        ladder,
    })))
}

fn rung(text: &str, above: &open::Ladder) -> Result<open::Rung, String> {
    let (lines, bits) = text
        .split_once('@')
        .ok_or_else(|| format!("--rung {text}: LINES@BITS is needed, for example 720@1500000"))?;
    let rung = open::Rung {
        height: number("--rung", lines, SIDE)?,
        bitrate: number("--rung", bits, BITRATE)?,
    };
    let last = above.rungs.last();
    if !rung.height.is_multiple_of(2) || last.is_some_and(|last| last.height <= rung.height) {
        return Err(format!(
            "--rung {text}: even, and fewer lines than the one before"
        ));
    }
    if above.rungs.len() == open::MOST_RUNGS {
        return Err(format!(
            "--rung {text}: a ladder has {} rungs at most",
            open::MOST_RUNGS
        ));
    }
    Ok(rung)
}

fn look(mut words: impl Iterator<Item = Result<String, String>>) -> Result<Command, String> {
    match (words.next().transpose()?.as_deref(), words.next()) {
        (Some("-"), None) => Ok(Command::Run(Job::Look)),
        (Some(flag), _) if is_help(flag) => Ok(Command::Help),
        _ => Err("look takes - alone: a live transport stream on standard input".into()),
    }
}

fn is_help(flag: &str) -> bool {
    matches!(flag, "--help" | "-h")
}

fn unknown(job: &str, flag: &str) -> String {
    format!("{job} knows no {flag}; try headend-media --help")
}

fn number<T>(flag: &str, text: &str, range: std::ops::RangeInclusive<T>) -> Result<T, String>
where
    T: std::str::FromStr + PartialOrd + std::fmt::Display,
{
    text.parse()
        .ok()
        .filter(|value| range.contains(value))
        .ok_or_else(|| {
            format!(
                "{flag} {text}: a whole number from {} to {} is needed",
                range.start(),
                range.end()
            )
        })
}
