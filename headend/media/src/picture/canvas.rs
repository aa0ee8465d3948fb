//! A picture in memory: 8 bit, 4:2:0, studio range.

use ffmpeg_next::frame;

/// Black in studio range (ITU-R BT.709 clause 3).
const BLACK: u8 = 16;
/// No colour.
const GREY: u8 = 128;

/// Y, Cb and Cr.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Colour(pub(super) u8, pub(super) u8, pub(super) u8);

/// One component, row by row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Plane {
    pub(super) width: usize,
    pub(super) height: usize,
    samples: Vec<u8>,
}

/// Where something is, in pixels of the luma plane. Edges at odd pixels are moved to even ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Area {
    pub(super) left: usize,
    pub(super) top: usize,
    pub(super) width: usize,
    pub(super) height: usize,
}

/// The three planes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Canvas {
    pub(super) luma: Plane,
    chroma: [Plane; 2],
}

impl Plane {
    fn new(width: usize, height: usize, value: u8) -> Self {
        Self {
            width,
            height,
            samples: vec![value; width * height],
        }
    }

    fn rows(&mut self, top: usize, count: usize) -> impl Iterator<Item = &mut [u8]> {
        self.samples
            .chunks_exact_mut(self.width)
            .skip(top)
            .take(count)
    }

    fn fill(&mut self, area: Area, value: u8) {
        let left = area.left.min(self.width);
        let right = (area.left + area.width).min(self.width);
        for row in self.rows(area.top, area.height) {
            row[left..right].fill(value);
        }
    }

    fn copy_from(&mut self, other: &Self) {
        self.samples.copy_from_slice(&other.samples);
    }
}

impl Canvas {
    /// A black picture; both sides even.
    pub(super) fn new(width: usize, height: usize) -> Self {
        Self {
            luma: Plane::new(width, height, BLACK),
            chroma: [
                Plane::new(width / 2, height / 2, GREY),
                Plane::new(width / 2, height / 2, GREY),
            ],
        }
    }

    /// Fills what lies inside the picture.
    pub(super) fn fill(&mut self, area: Area, Colour(y, cb, cr): Colour) {
        let half = area.halved();
        self.luma.fill(half.doubled(), y);
        self.chroma[0].fill(half, cb);
        self.chroma[1].fill(half, cr);
    }

    /// Lays white over one pixel; `cover` from 0 to 1. Outside the picture nothing happens.
    pub(super) fn lighten(&mut self, x: usize, y: usize, cover: f32) {
        const WHITE: f32 = 235.0;
        if x >= self.luma.width || y >= self.luma.height {
            return;
        }
        let sample = &mut self.luma.samples[y * self.luma.width + x];
        let under = f32::from(*sample);
        *sample = (under + (WHITE - under) * cover.clamp(0.0, 1.0)) as u8;
    }

    /// Becomes equal to a canvas of the same size.
    pub(super) fn copy_from(&mut self, other: &Self) {
        self.luma.copy_from(&other.luma);
        for (plane, other) in self.chroma.iter_mut().zip(&other.chroma) {
            plane.copy_from(other);
        }
    }

    /// Copies the samples to a frame of the same size, whose rows may be longer.
    pub(super) fn copy_to(&self, frame: &mut frame::Video) {
        let [cb, cr] = &self.chroma;
        for (index, plane) in [&self.luma, cb, cr].into_iter().enumerate() {
            let stride = frame.stride(index);
            let rows = frame.data_mut(index).chunks_mut(stride);
            for (to, from) in rows.zip(plane.samples.chunks_exact(plane.width)) {
                to[..plane.width].copy_from_slice(from);
            }
        }
    }
}

impl Area {
    fn halved(self) -> Self {
        self.map(|side| side / 2)
    }

    fn doubled(self) -> Self {
        self.map(|side| side * 2)
    }

    fn map(self, change: impl Fn(usize) -> usize) -> Self {
        Self {
            left: change(self.left),
            top: change(self.top),
            width: change(self.width),
            height: change(self.height),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_area_that_reaches_outside_is_cut_at_the_edge() {
        let mut canvas = Canvas::new(8, 8);
        let area = Area {
            left: 6,
            top: 6,
            width: 100,
            height: 100,
        };
        canvas.fill(area, Colour(200, 10, 20));
        canvas.lighten(100, 100, 1.0);
        assert_eq!(canvas.luma.samples[6 * 8 + 5..6 * 8 + 8], [16, 200, 200]);
        assert_eq!(canvas.chroma[0].samples[15], 10);
        assert_eq!(canvas.chroma[1].samples[15], 20);
    }

    #[test]
    fn an_area_beyond_the_picture_draws_nothing() {
        let mut canvas = Canvas::new(8, 8);
        let area = Area {
            left: 80,
            top: 0,
            width: 2,
            height: 2,
        };
        canvas.fill(area, Colour(200, 10, 20));
        assert_eq!(canvas, Canvas::new(8, 8));
    }
}
