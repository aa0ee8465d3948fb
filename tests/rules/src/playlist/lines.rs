//! Bytes to lines (4.1).

use crate::ledger::Sink;

/// A line without its end.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Line<'a> {
    /// From 1.
    pub(crate) number: usize,
    pub(crate) text: &'a str,
}

/// Lines of a day's playlist of parts; what is longer is no playlist.
const MOST: usize = 500_000;

/// The lines; `None` where the bytes are no text.
pub(crate) fn read<'a>(body: &'a [u8], sink: &mut Sink<'_>) -> Option<Vec<Line<'a>>> {
    let text = std::str::from_utf8(body);
    sink.must(2, text.is_ok(), 0, || format!("{:?}", text.err()));
    let text = text.ok()?;
    sink.must(2, !text.starts_with('\u{feff}'), 1, || "U+FEFF".to_owned());
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    sink.must(3, text.ends_with('\n'), 0, || {
        "the last line has no end".to_owned()
    });
    let mut lines = Vec::new();
    let body = text.strip_suffix('\n').unwrap_or(text);
    for (number, text) in (1..).zip(body.split('\n')).take(MOST) {
        let text = text.strip_suffix('\r').unwrap_or(text);
        characters(number, text, sink);
        lines.push(Line { number, text });
    }
    let first = lines.first().map_or("", |line| line.text);
    sink.must(5, first == "#EXTM3U", 1, || first.to_owned());
    Some(lines)
}

fn characters(number: usize, text: &str, sink: &mut Sink<'_>) {
    let control = text.chars().find(|c| c.is_control() && *c != '\r');
    sink.must(2, control.is_none(), number, || format!("{control:?}"));
    let apart = decomposed(text);
    sink.must(2, apart.is_none(), number, || format!("{apart:?}"));
    sink.must(3, !text.contains('\r'), number, || {
        "CR within the line".to_owned()
    });
    let is_comment = text.starts_with('#') && !text.starts_with("#EXT");
    let edges = text.starts_with(' ') || text.ends_with(' ');
    let in_uri = !text.starts_with('#') && text.contains(' ');
    let before_value = text.split([':', '"']).next().unwrap_or_default();
    let in_name = text.starts_with("#EXT") && before_value.contains(' ');
    sink.must(
        3,
        is_comment || !(edges || in_uri || in_name),
        number,
        || format!("{text:?}"),
    );
}

/// A letter with its mark behind it, where one character has both: not NFC. Of the marks these are
/// the ones that Vietnamese and the other languages of Latin letters have.
fn decomposed(text: &str) -> Option<(char, char)> {
    const MARKS: [char; 11] = [
        '\u{300}', '\u{301}', '\u{302}', '\u{303}', '\u{304}', '\u{306}', '\u{308}', '\u{309}',
        '\u{30c}', '\u{31b}', '\u{323}',
    ];
    const VOWELS: &str = "aeiouyAEIOUYâêôăơưÂÊÔĂƠƯ";
    let pairs = text.chars().zip(text.chars().skip(1));
    let mut apart = pairs.filter(|(letter, mark)| {
        MARKS.contains(mark) && VOWELS.contains(*letter) && composes(*letter, *mark)
    });
    apart.next()
}

/// Whether Unicode has the pair as one character.
fn composes(letter: char, mark: char) -> bool {
    match mark {
        '\u{300}' | '\u{301}' | '\u{303}' | '\u{309}' | '\u{323}' => true,
        '\u{302}' | '\u{304}' => "aeiouyAEIOUY".contains(letter),
        '\u{306}' | '\u{308}' | '\u{30c}' => "aeiouAEIOU".contains(letter),
        _ => "ouOU".contains(letter),
    }
}
