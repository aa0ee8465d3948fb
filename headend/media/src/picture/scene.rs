//! Where everything is at a moment.

use std::iter;

use jiff::Timestamp;
use jiff::tz::{Offset, TimeZone};

use super::Plan;
use super::canvas::{Area, Canvas, Colour};
use super::font::{Font, Line};
use crate::report::Reporter;

/// How long the flash and the beep last, milliseconds.
pub(super) const FLASH_MILLIS: u64 = 100;
/// Seconds in which the bar crosses the picture.
const SWEEP_SECONDS: u64 = 4;
/// Seconds in which the square crosses the picture; prime to the bar's, so that they part.
const SQUARE_SECONDS: u64 = 7;
/// Bounces of the square while it crosses.
const BOUNCES: u64 = 7;

/// Asia/Ho_Chi_Minh: no other time has been kept since 1975.
const HERE: Offset = Offset::constant(7);

const FIELD: Colour = Colour(40, 142, 120);
const WHITE: Colour = Colour(235, 128, 128);
const BLACK: Colour = Colour(16, 128, 128);
/// 75 % bars, white to blue (ITU-R BT.709 matrix).
const BARS: [Colour; 7] = [
    Colour(180, 128, 128),
    Colour(168, 44, 136),
    Colour(145, 147, 44),
    Colour(133, 63, 52),
    Colour(63, 193, 204),
    Colour(51, 109, 212),
    Colour(28, 212, 120),
];

/// A frame in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Moment {
    /// Seconds since 1970.
    seconds: u64,
    /// The frame within the second.
    frame: u64,
    /// Frames a second.
    rate: u64,
}

/// Where a slate's text stands, its first and its last line in hundredths of the height.
const TEXT: (usize, usize) = (33, 71);
/// Sizes of its first lines in hundredths of the height.
const SIZES: [usize; 2] = [8, 6];
/// Of those that follow.
const SMALL: usize = 5;
/// From line to line, in parts of the upper one.
const LEADING: f32 = 1.2;

/// The picture without what moves, and what is needed to draw the rest.
pub(super) struct Scene {
    /// Without what a slate says.
    plate: Canvas,
    background: Canvas,
    /// A slate: nothing but the clock moves.
    calm: bool,
    letters: Option<Font>,
    clock: Option<Font>,
    zone: TimeZone,
}

impl Moment {
    /// The frame of that number since 1970.
    pub(super) fn new(frame: u64, rate: u64) -> Self {
        Self {
            seconds: frame / rate,
            frame: frame % rate,
            rate,
        }
    }

    fn flashes(self) -> bool {
        self.frame * 1000 < FLASH_MILLIS * self.rate
    }

    /// How far a movement of so many seconds is, in parts of `length`.
    fn along(self, period: u64, length: usize) -> usize {
        let frames = (self.seconds % period) * self.rate + self.frame;
        (frames * length as u64 / (period * self.rate)) as usize
    }
}

impl Scene {
    /// Draws what stays: the name, what the stream is, the bars.
    pub(super) fn new(plan: &Plan, reporter: &Reporter) -> Self {
        let mut background = Canvas::new(plan.width as usize, plan.height as usize);
        let (width, height) = (background.luma.width, background.luma.height);
        background.fill(area(0, 0, width, height), FIELD);
        if !plan.slate {
            draw_bars(&mut background);
        }
        let clock =
            Font::find("DejaVuSansMono-Bold.ttf").or_else(|| Font::find("DejaVuSansMono.ttf"));
        let letters = Font::find("DejaVuSans-Bold.ttf").or_else(|| Font::find("DejaVuSans.ttf"));
        match &letters {
            Some(font) => {
                for (text, top, size) in said(plan) {
                    let line = font.set(&text, height * size / 100, width * 92 / 100);
                    let left = (width - line.width.min(width)) / 2;
                    font.draw(&mut background, &line, left, height * top / 100);
                }
            }
            None => reporter.warning(
                "the test picture has no text: no DejaVu font was found; install fonts-dejavu-core",
            ),
        }
        Self {
            plate: background.clone(),
            background,
            calm: plan.slate,
            letters,
            clock,
            zone: TimeZone::fixed(HERE),
        }
    }

    /// A slate's text, with tabs between its lines, from now on.
    pub(super) fn say(&mut self, text: &str) {
        self.background.copy_from(&self.plate);
        let Some(font) = &self.letters else { return };
        let canvas = &mut self.background;
        let (width, height) = (canvas.luma.width, canvas.luma.height);
        let (top, space) = (height * TEXT.0 / 100, height * (TEXT.1 - TEXT.0) / 100);
        let set = |percent: usize| -> Vec<Line> {
            let sizes = SIZES.into_iter().chain(iter::repeat(SMALL));
            let sized = text.split('\t').zip(sizes);
            let lines = sized.flat_map(|(line, size)| {
                let size = height * size * percent / 10_000;
                font.wrap(line, size, width * 92 / 100)
            });
            lines.collect()
        };
        let leading = |line: &Line| (line.size * LEADING) as usize;
        let tall = |lines: &[Line]| lines.iter().map(leading).sum::<usize>();
        let mut lines = set(100);
        if tall(&lines) > space {
            lines = set(100 * space / tall(&lines));
        }
        let mut top = top + space.saturating_sub(tall(&lines)) / 2;
        for line in lines {
            let left = (width - line.width.min(width)) / 2;
            font.draw(canvas, &line, left, top);
            top += leading(&line);
        }
    }

    /// A canvas of the right size.
    pub(super) fn blank(&self) -> Canvas {
        self.background.clone()
    }

    /// Draws the picture of a moment.
    pub(super) fn draw(&self, canvas: &mut Canvas, moment: Moment) {
        canvas.copy_from(&self.background);
        let (width, height) = (canvas.luma.width, canvas.luma.height);
        if !self.calm {
            move_all(canvas, moment);
        }
        if let Some(font) = &self.clock {
            let (top, size) = if self.calm { (72, 12) } else { (22, 20) };
            let time = font.set(&self.time(moment), height * size / 100, width * 92 / 100);
            let left = (width - time.width.min(width)) / 2;
            font.draw(canvas, &time, left, height * top / 100);
        }
    }

    /// `HH:MM:SS:FF` by the clock of the country.
    fn time(&self, moment: Moment) -> String {
        let Moment { seconds, frame, .. } = moment;
        match Timestamp::from_second(seconds as i64) {
            Ok(stamp) => {
                let local = stamp.to_zoned(self.zone.clone());
                match self.calm {
                    true => local.strftime("%H:%M:%S").to_string(),
                    false => format!("{}:{frame:02}", local.strftime("%H:%M:%S")),
                }
            }
            Err(_) => format!("{seconds}:{frame:02}"),
        }
    }
}

/// What is written, with the top and the size of the letters in hundredths of the height.
fn said(plan: &Plan) -> Vec<(String, usize, usize)> {
    if plan.slate {
        return vec![(plan.name.clone(), 16, 13)];
    }
    let facts = format!(
        "{} × {}   {} fps   {} kbit/s",
        plan.width,
        plan.height,
        plan.rate,
        plan.bitrate / 1000
    );
    vec![(plan.name.clone(), 4, 13), (facts, 44, 5)]
}

/// The bars of the test picture.
fn draw_bars(background: &mut Canvas) {
    let (width, height) = (background.luma.width, background.luma.height);
    for (index, &colour) in BARS.iter().enumerate() {
        let left = width * index / BARS.len();
        let right = width * (index + 1) / BARS.len();
        background.fill(
            area(
                left,
                bars_top(height),
                right - left + 1,
                bars_height(height),
            ),
            colour,
        );
    }
}

/// The bar, the square and the flash.
fn move_all(canvas: &mut Canvas, moment: Moment) {
    let (width, height) = (canvas.luma.width, canvas.luma.height);
    let bar = area(
        moment.along(SWEEP_SECONDS, width),
        bars_top(height),
        (width / 80).max(2),
        bars_height(height),
    );
    canvas.fill(bar, WHITE);
    canvas.fill(square(width, height, moment), BARS[1]);
    let band = area(0, height * 87 / 100, width, height);
    canvas.fill(band, if moment.flashes() { WHITE } else { BLACK });
}

fn area(left: usize, top: usize, width: usize, height: usize) -> Area {
    Area {
        left,
        top,
        width,
        height,
    }
}

fn bars_top(height: usize) -> usize {
    height * 52 / 100
}

fn bars_height(height: usize) -> usize {
    height * 14 / 100
}

/// The square goes to and fro between the bars and the band, bouncing.
fn square(width: usize, height: usize, moment: Moment) -> Area {
    let side = height * 8 / 100;
    let (top, bottom) = (height * 67 / 100, height * 86 / 100);
    let across = to_and_fro(moment.along(SQUARE_SECONDS, 2 * 1000), 1000);
    let down = to_and_fro(
        moment.along(SQUARE_SECONDS, 2 * 1000 * BOUNCES as usize) % 2000,
        1000,
    );
    area(
        (width - side) * across / 1000,
        top + (bottom - top - side) * down / 1000,
        side,
        side,
    )
}

fn to_and_fro(place: usize, length: usize) -> usize {
    if place < length {
        place
    } else {
        2 * length - place
    }
}
