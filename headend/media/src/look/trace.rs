//! What two inputs are compared by: how loud each 20 ms of sound are, and what each key picture
//! looks like, by their PTS.

use serde_json::{Value, json};

/// Ticks of 90 kHz in a bin of 20 ms.
const BIN: i64 = 1800;
/// Lines are written each second; what was not taken by then is dropped.
const MOST: usize = 250;
/// Neighbours that differ by less are the same: noise is no shape.
const STEP: u64 = 3;

/// The loudness of sound in bins.
#[derive(Debug, Default)]
pub(super) struct Envelope {
    /// The bin of the first level.
    first: i64,
    levels: Vec<i64>,
    /// Energy and samples of the bin that is not over.
    open: Option<(i64, f64, u64)>,
}

impl Envelope {
    /// Takes the energy of some samples from `pts` on, in ticks.
    pub(super) fn take(&mut self, pts: i64, energy: f64, samples: u64) {
        let bin = pts.div_euclid(BIN);
        match &mut self.open {
            Some((open, sum, count)) if *open == bin => {
                *sum += energy;
                *count += samples;
            }
            open => {
                if let Some((bin, energy, samples)) = open.replace((bin, energy, samples)) {
                    self.close(bin, super::sound::level(energy, samples));
                }
            }
        }
    }

    fn close(&mut self, bin: i64, level: f64) {
        if self.first + self.levels.len() as i64 != bin || self.levels.len() >= MOST {
            self.levels.clear();
        }
        if self.levels.is_empty() {
            self.first = bin;
        }
        self.levels.push(level.round() as i64);
    }

    /// What was closed since the last time; null where there was nothing.
    pub(super) fn say(&mut self) -> Value {
        let levels = std::mem::take(&mut self.levels);
        match levels.is_empty() {
            true => Value::Null,
            false => json!({ "pts": self.first * BIN, "dbfs": levels }),
        }
    }
}

/// A picture in 64 bits: whether each of 8 x 8 places is darker than the next one to the right.
pub(super) fn shape(luma: &[u8], width: usize) -> u64 {
    let height = luma.len() / width.max(1);
    let place = |column: usize, row: usize| {
        let (x, y) = (column * width / 9, row * height / 8);
        let (wide, high) = ((width / 9).max(1), (height / 8).max(1));
        let rows = luma.chunks(width.max(1)).skip(y).take(high);
        let sum: u64 = rows
            .flat_map(|r| r.iter().skip(x).take(wide))
            .map(|l| u64::from(*l))
            .sum();
        sum / (wide * high) as u64
    };
    let mut shape = 0;
    for row in 0..8 {
        for column in 0..8 {
            let darker = place(column, row) + STEP < place(column + 1, row);
            shape = shape << 1 | u64::from(darker);
        }
    }
    shape
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_stand_at_their_time_and_a_hole_begins_anew() {
        let mut envelope = Envelope::default();
        for sample in 0..10 {
            envelope.take(90_000 + sample * 900, 2.0, 1);
        }
        let said = json!({ "pts": 90_000, "dbfs": [0, 0, 0, 0] });
        assert_eq!(envelope.say(), said);
        assert_eq!(envelope.say(), Value::Null);
        for pts in [98_100, 630_000, 631_800] {
            envelope.take(pts, 2.0, 1);
        }
        assert_eq!(envelope.say(), json!({ "pts": 630_000, "dbfs": [0] }));
    }

    #[test]
    fn a_picture_is_known_by_its_shape_whatever_its_size_and_noise() {
        let draw = |width: usize, noise: u8, turned: bool| -> Vec<u8> {
            let pixel = |index: usize| {
                let (x, y) = (index % width * 9 / width, index / width * 8 / 36);
                let x = if turned { 8 - x } else { x };
                let field = ((x * 37 + y * 91) % 7) as u8 * 30;
                field + (index as u8 & noise)
            };
            (0..width * 36).map(pixel).collect()
        };
        let picture = shape(&draw(64, 0, false), 64);
        let noisy = shape(&draw(64, 1, false), 64);
        let other = shape(&draw(64, 0, true), 64);
        assert!((picture ^ noisy).count_ones() <= 4);
        assert!((picture ^ other).count_ones() >= 20);
        assert_eq!(shape(&[16; 64 * 36], 64), 0, "nothing to know it by");
        assert_eq!(shape(&[], 0), 0);
    }
}
