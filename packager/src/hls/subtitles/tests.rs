use super::teletext::protected;
use super::*;

const PAGE: Page = (0, 0x88);

fn unit(magazine: u8, row: u8, data: &[u8; 40]) -> Vec<u8> {
    let mut line = vec![protected((magazine | row << 3) & 0x0f), protected(row >> 1)];
    line.extend(data);
    let line = line.into_iter().map(u8::reverse_bits);
    [0x03, 44, 0xe7, 0xe4].into_iter().chain(line).collect()
}

fn header(magazine: u8, number: u8, erase: bool, national: u8) -> Vec<u8> {
    let c4 = if erase { 8 } else { 0 };
    // C12 is the second bit of its nibble, and the highest of the option.
    let options = (national.reverse_bits() >> 5) << 1;
    let nibbles = [number & 15, number >> 4, 0, c4, 0, 0, 0, options];
    let mut data = [0x20; 40];
    for (byte, nibble) in data.iter_mut().zip(nibbles) {
        *byte = protected(nibble);
    }
    unit(magazine, 0, &data)
}

fn odd(byte: u8) -> u8 {
    byte | if byte.count_ones().is_multiple_of(2) {
        0x80
    } else {
        0
    }
}

fn row(magazine: u8, row: u8, text: &str) -> Vec<u8> {
    let mut data = [odd(0x20); 40];
    for (to, byte) in data.iter_mut().zip(text.bytes()) {
        *to = odd(byte);
    }
    unit(magazine, row, &data)
}

fn pes(units: &[Vec<u8>]) -> Vec<u8> {
    [&[0x10][..], &units.concat()].concat()
}

fn caption(text: &str) -> Vec<u8> {
    let boxed = format!("  \x0b\x0b{text}\x0a\x0a out");
    pes(&[
        header(0, 0x88, true, 0),
        row(0, 20, &boxed),
        header(0, 0xff, false, 0),
    ])
}

fn nothing() -> Vec<u8> {
    pes(&[header(0, 0x88, true, 0), header(0, 0xff, false, 0)])
}

fn at(millis: i64) -> Ticks {
    Ticks::from_millis(millis)
}

#[test]
fn a_caption_is_in_each_segment_in_which_it_is_shown() {
    let mut track = Track::new(PAGE);
    track.push(at(10_500), &caption("& two <3"));
    track.push(at(10_700), &caption("& two <3"));
    track.push(at(12_250), &nothing());
    assert_eq!(
        track.cut(at(10_000), at(12_000)),
        "WEBVTT\nX-TIMESTAMP-MAP=LOCAL:00:00:00.000,MPEGTS:900000\n\n\
         00:00:00.500 --> 00:00:02.000\n&amp; two &lt;3\n"
    );
    assert_eq!(
        track.cut(at(12_000), at(14_000)),
        "WEBVTT\nX-TIMESTAMP-MAP=LOCAL:00:00:00.000,MPEGTS:1080000\n\n\
         00:00:00.000 --> 00:00:00.250\n&amp; two &lt;3\n"
    );
    assert!(!track.cut(at(14_000), at(16_000)).contains("-->"));
}

#[test]
fn a_caption_that_nobody_takes_back_goes_by_itself() {
    let mut track = Track::new(PAGE);
    track.push(at(0), &caption("A"));
    assert!(track.cut(at(0), at(10_000)).contains("-->"));
    assert!(track.cut(at(10_000), at(20_000)).contains("-->"));
    assert!(!track.cut(at(20_000), at(30_000)).contains("-->"));
}

#[test]
fn rows_of_other_pages_and_text_outside_boxes_are_not_shown() {
    let mut track = Track::new(PAGE);
    let units = [
        header(0, 0x88, true, 0),
        row(0, 20, "\x0bone"),
        row(1, 21, "\x0bother magazine"),
        header(0, 0x89, true, 0),
        row(0, 22, "\x0bother page"),
    ];
    track.push(at(0), &pes(&units));
    let text = track.cut(at(0), at(1_000));
    assert!(text.ends_with("\none\n"), "{text}");
}

#[test]
fn national_letters_and_one_wrong_bit_are_put_right() {
    let mut track = Track::new(PAGE);
    let mut units = [header(0, 0x88, true, 4), row(0, 20, "\x0b@{|}~#")];
    units[0][5] ^= 0x10;
    track.push(at(0), &pes(&units));
    let text = track.cut(at(0), at(1_000));
    assert!(text.ends_with("\nàâôûçé\n"), "{text}");
}

#[test]
fn any_bytes_are_taken() {
    let whole = caption("A");
    for len in 0..whole.len() {
        Track::new(PAGE).push(at(0), &whole[..len]);
        let mut spoilt = whole.clone();
        spoilt[len] ^= 0xff;
        Track::new(PAGE).push(at(0), &spoilt);
    }
    let mut track = Track::new(PAGE);
    for i in 0..100_000 {
        track.push(at(i), &caption(&i.to_string()));
    }
    assert!(track.cues.len() <= CUES_CAP);
}
