//! Text by a font of the system, white on what is there.

use std::fs;

use ab_glyph::{Font as _, FontVec, ScaleFont as _, point};
use unicode_normalization::UnicodeNormalization;

use super::canvas::Canvas;

/// DejaVu has every letter of Vietnamese. Debian: fonts-dejavu-core.
const FOLDERS: [&str; 3] = [
    "/usr/share/fonts/truetype/dejavu",
    "/usr/share/fonts/TTF",
    "/usr/share/fonts/dejavu-sans-fonts",
];

/// A line that is smaller than this part of the size it should have becomes two.
const SMALLEST: f32 = 0.75;

/// One font.
pub(super) struct Font {
    font: FontVec,
}

/// A line of text with its size.
pub(super) struct Line {
    text: String,
    /// Height of the font, pixels.
    pub(super) size: f32,
    /// Pixels across.
    pub(super) width: usize,
}

impl Font {
    /// The font of that file name, where systems keep it.
    pub(super) fn find(file: &str) -> Option<Self> {
        FOLDERS.iter().find_map(|folder| {
            let bytes = fs::read(format!("{folder}/{file}")).ok()?;
            let font = FontVec::try_from_vec(bytes).ok()?;
            Some(Self { font })
        })
    }

    /// Sets a line as large as `size` allows within `width`, both pixels. Marks that follow
    /// their letter are joined with it first, since a font draws whole letters best.
    pub(super) fn set(&self, text: &str, size: usize, width: usize) -> Line {
        let text: String = text.nfc().filter(|letter| !letter.is_control()).collect();
        let mut line = Line {
            text,
            size: size as f32,
            width: 0,
        };
        line.width = self.measure(&line);
        if line.width > width {
            line.size *= width as f32 / line.width as f32;
            line.width = self.measure(&line);
        }
        line
    }

    /// Sets a text on one line, or on two where one would be much smaller than `size`.
    pub(super) fn wrap(&self, text: &str, size: usize, width: usize) -> Vec<Line> {
        let line = self.set(text, size, width);
        let middle = text.len() / 2;
        let spaces = text.match_indices(' ').map(|(at, _)| at);
        match spaces.min_by_key(|at| at.abs_diff(middle)) {
            Some(space) if line.size < size as f32 * SMALLEST => [&text[..space], &text[space..]]
                .map(|half| self.set(half.trim(), size, width))
                .into(),
            _ => vec![line],
        }
    }

    /// Draws a line; `top` is the top of its tallest letters, marks included.
    pub(super) fn draw(&self, canvas: &mut Canvas, line: &Line, left: usize, top: usize) {
        let scaled = self.font.as_scaled(line.size);
        let base = top as f32 + scaled.ascent();
        self.walk(line, |id, x| {
            let glyph = id.with_scale_and_position(line.size, point(left as f32 + x, base));
            let Some(outline) = self.font.outline_glyph(glyph) else {
                return;
            };
            let origin = outline.px_bounds().min;
            outline.draw(|x, y, cover| {
                let (x, y) = (origin.x + x as f32, origin.y + y as f32);
                if x >= 0.0 && y >= 0.0 {
                    canvas.lighten(x as usize, y as usize, cover);
                }
            });
        });
    }

    fn measure(&self, line: &Line) -> usize {
        self.walk(line, |_, _| {}).ceil() as usize
    }

    /// Calls `place` with each glyph and its distance from the left; gives the whole width.
    fn walk(&self, line: &Line, mut place: impl FnMut(ab_glyph::GlyphId, f32)) -> f32 {
        let scaled = self.font.as_scaled(line.size);
        let mut x = 0.0;
        let mut before = None;
        for letter in line.text.chars() {
            let id = scaled.glyph_id(letter);
            if let Some(before) = before {
                x += scaled.kern(before, id);
            }
            place(id, x);
            x += scaled.h_advance(id);
            before = Some(id);
        }
        x
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "DejaVuSans-Bold.ttf";

    fn drawn(text: &str) -> Canvas {
        let font = Font::find(FILE).expect("fonts-dejavu-core is installed");
        let mut canvas = Canvas::new(640, 64);
        let line = font.set(text, 40, 640);
        font.draw(&mut canvas, &line, 0, 0);
        canvas
    }

    #[test]
    fn every_vietnamese_letter_has_a_glyph() {
        let font = Font::find(FILE).expect("fonts-dejavu-core is installed");
        let marks = ["", "\u{300}", "\u{301}", "\u{303}", "\u{309}", "\u{323}"];
        for vowel in "aăâeêioôơuưyAĂÂEÊIOÔƠUƯY".chars() {
            for mark in marks {
                let whole: String = format!("{vowel}{mark}").nfc().collect();
                assert_eq!(whole.chars().count(), 1, "{whole} has no whole letter");
                for letter in whole.chars() {
                    assert_ne!(font.font.glyph_id(letter).0, 0, "{letter}");
                }
            }
        }
        for letter in "đĐ–".chars() {
            assert_ne!(font.font.glyph_id(letter).0, 0, "{letter}");
        }
    }

    #[test]
    fn marks_typed_after_their_letter_look_like_whole_letters() {
        let whole = "Họp Chính phủ";
        let parts: String = whole.nfd().collect();
        assert_ne!(whole, parts);
        assert_eq!(drawn(whole), drawn(&parts));
        assert_ne!(drawn(whole), drawn("Hop Chinh phu"));
    }

    #[test]
    fn a_line_that_would_be_small_becomes_two_of_about_one_length() {
        let font = Font::find(FILE).expect("fonts-dejavu-core is installed");
        let text = |words| "Hội nghị ".repeat(words);
        assert_eq!(font.wrap(&text(2), 40, 600).len(), 1);
        let two = font.wrap(&text(6), 40, 600);
        let [first, second] = &two[..] else {
            panic!("{} lines", two.len())
        };
        assert!(first.size > 30.0 && second.size > 30.0, "{}", first.size);
        assert!(first.width.abs_diff(second.width) < 60, "{}", first.width);
        assert_eq!(font.wrap(&"ộ".repeat(90), 40, 600).len(), 1, "no space");
        assert_eq!(font.wrap("", 40, 600).len(), 1);
    }

    #[test]
    fn a_long_line_shrinks_to_its_width() {
        let font = Font::find(FILE).expect("fonts-dejavu-core is installed");
        let line = font.set(&"Trung ương ".repeat(20), 40, 600);
        assert!(line.width <= 600, "{}", line.width);
        assert!(line.width > 580, "{}", line.width);
    }
}
