//! What the command line asks for.

use std::ffi::OsString;

use crate::{open, picture};

/// Shown by `--help`.
pub(crate) const HELP: &str = "\
headend-media: one job, a transport stream on stdout, events as JSON lines on stderr

  headend-media test-picture --name TEXT --width W --height H --rate FPS --bitrate BITS [--seconds N]
              [--slate TEXT]
      motion, the name, the wall clock, a flash and a beep each second, in real time
      --slate: no motion but the clock, TEXT (two lines at most) says why there is no programme, a
      hiss for sound
      W and H even, 64 to 4096; FPS a whole number, 1 to 120; BITS of the video in bit/s

  headend-media open URL|PATH|- [--listen] [--transcode]
      - is a live transport stream on standard input, which may be silent for any time;
      rtmp://, rtmps://, rtsp://, rtsps://, http://, https:// or a file, which is played in a loop;
      --listen waits for a publisher at rtmp:// or rtsp://;
      --transcode also encodes MPEG-2 video, MP2 and AC-3 anew, which HLS cannot carry

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
    let (mut name, mut slate) = (None, None);
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
            "--slate" => slate = Some(value()?),
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

fn open(words: impl Iterator<Item = Result<String, String>>) -> Result<Command, String> {
    let (mut place, mut listen, mut transcode) = (None, false, false);
    for word in words {
        let word = word?;
        match word.as_str() {
            flag if is_help(flag) => return Ok(Command::Help),
            "--listen" => listen = true,
            "--transcode" => transcode = true,
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
    })))
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
