//! One page of teletext (ETSI EN 300 706) out of PES packets (EN 300 472): the text that it shows.

use std::collections::BTreeMap;

use super::charset::letter;

/// Bytes of a data unit with a line of teletext: field and line, framing code, 42 bytes (EN 300 472,
/// 4.4).
const UNIT_LEN: usize = 44;
/// data_unit_id of teletext, and of teletext subtitles.
const UNITS: [u8; 2] = [0x02, 0x03];
/// data_identifier of EBU data (EN 300 472, table 2).
const EBU: std::ops::RangeInclusive<u8> = 0x10..=0x1f;
const START_BOX: u8 = 0x0b;
const END_BOX: u8 = 0x0a;
/// Rows that show text; the others say how (EN 300 706, 9.1).
const ROWS: std::ops::RangeInclusive<u8> = 1..=24;

/// A page by its magazine, 0 to 7 where 0 is magazine 8, and its number in BCD.
pub(in crate::hls) type Page = (u8, u8);

/// Follows one page.
#[derive(Debug)]
pub(super) struct Decoder {
    page: Page,
    /// Whether the rows that come are of this page.
    open: bool,
    /// National option character subset, from C12 to C14.
    national: u8,
    rows: BTreeMap<u8, [u8; 40]>,
}

impl Decoder {
    pub(super) const fn new(page: Page) -> Self {
        Self {
            page,
            open: false,
            national: 0,
            rows: BTreeMap::new(),
        }
    }

    /// Takes the data of one PES packet. What the page shows now, empty for nothing; `None` where the
    /// packet says nothing of the page.
    pub(super) fn push(&mut self, data: &[u8]) -> Option<String> {
        let (first, mut units) = data.split_first()?;
        let mut touched = false;
        while let Some((&[id, len], rest)) = units.split_first_chunk()
            && EBU.contains(first)
        {
            let Some((unit, after)) = rest.split_at_checked(usize::from(len)) else {
                break;
            };
            units = after;
            if UNITS.contains(&id)
                && let Some(&[_, _, line @ ..]) = unit.first_chunk::<UNIT_LEN>()
            {
                // Teletext sends the lowest bit first.
                touched |= self.line(&line.map(u8::reverse_bits)).is_some();
            }
        }
        touched.then(|| self.text())
    }

    /// One packet of teletext (7.1); `None` where it does not touch the page.
    fn line(&mut self, line: &[u8; 42]) -> Option<()> {
        let (&[a, b], rest) = line.split_first_chunk()?;
        let address = hamming(a)? | hamming(b)? << 4;
        let (magazine, row) = (address & 7, address >> 3);
        if row == 0 {
            return self.header(magazine, rest.first_chunk()?);
        }
        if !self.open || magazine != self.page.0 || !ROWS.contains(&row) {
            return None;
        }
        self.rows.insert(row, *rest.first_chunk()?);
        Some(())
    }

    /// A page begins (9.3.1), and ends the one before it in its magazine, or in all (C11).
    fn header(&mut self, magazine: u8, header: &[u8; 8]) -> Option<()> {
        let mut nibbles = [0; 8];
        for (nibble, byte) in nibbles.iter_mut().zip(header) {
            *nibble = hamming(*byte)?;
        }
        let [units, tens, _, s2_c4, _, _, c7_c10, c11_c14] = nibbles;
        let serial = c11_c14 & 1 != 0;
        let begins = (magazine, tens << 4 | units) == self.page;
        if begins || serial || magazine == self.page.0 {
            self.open = begins;
        }
        if !begins {
            return None;
        }
        // C12 is the highest bit of the option, and comes first.
        self.national = (c11_c14 >> 1).reverse_bits() >> 5;
        // C4 erases; with C10 nothing is shown.
        if s2_c4 & 8 != 0 || c7_c10 & 8 != 0 {
            self.rows.clear();
        }
        Some(())
    }

    fn text(&self) -> String {
        let rows = self.rows.values().map(|row| self.boxed(row));
        let rows: Vec<_> = rows.filter(|row| !row.is_empty()).collect();
        rows.join("\n")
    }

    /// What of a row stands in boxes, which alone are seen over a picture (12.2).
    fn boxed(&self, row: &[u8; 40]) -> String {
        let mut shown = false;
        let mut text = String::new();
        for &byte in row {
            // Odd parity (8.1).
            let code = if byte.count_ones() % 2 == 1 {
                byte & 0x7f
            } else {
                b' '
            };
            match code {
                START_BOX => shown = true,
                END_BOX => shown = false,
                _ => {}
            }
            text.push(if shown {
                letter(code, self.national)
            } else {
                ' '
            });
        }
        let words: Vec<_> = text.split_whitespace().collect();
        words.join(" ")
    }
}

/// The four bits behind Hamming 8/4 (8.2), one wrong bit put right; `None` with two.
fn hamming(byte: u8) -> Option<u8> {
    (0..16).find(|value| (protected(*value) ^ byte).count_ones() <= 1)
}

/// The byte that says `value` (8.2): P1 D1 P2 D2 P3 D3 P4 D4, from the lowest bit on.
pub(super) const fn protected(value: u8) -> u8 {
    let (d1, d2, d3, d4) = (value & 1, value >> 1 & 1, value >> 2 & 1, value >> 3 & 1);
    let (p1, p2, p3) = (1 ^ d1 ^ d3 ^ d4, 1 ^ d1 ^ d2 ^ d4, 1 ^ d1 ^ d2 ^ d3);
    let p4 = 1 ^ p1 ^ d1 ^ p2 ^ d2 ^ p3 ^ d3 ^ d4;
    p1 | d1 << 1 | p2 << 2 | d2 << 3 | p3 << 4 | d3 << 5 | p4 << 6 | d4 << 7
}
