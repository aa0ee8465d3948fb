//! The default table: ISO 6937 with the euro sign (EN 300 468, figure A.1).

/// 0xa0 to 0xbf.
const SIGNS: &str = "\u{a0}¡¢£€¥\u{fffd}§¤‘“«←↑→↓°±²³×µ¶·÷’”»¼½¾¿";
/// 0xd0 to 0xff.
const LETTERS: &str = "―¹®©™♪¬¦\u{fffd}\u{fffd}\u{fffd}\u{fffd}⅛⅜⅝⅞\
                       ΩÆĐªĦ\u{fffd}ĲĿŁØŒºÞŦŊŉĸæđðħıĳŀłøœßþŧŋ\u{ad}";

/// The marks, which stand before their letter: the byte, the combining character, the letters it
/// joins with, and what they become.
const MARKS: [(u8, char, &str, &str); 13] = [
    (0xc1, '\u{300}', "AEIOUaeiou", "ÀÈÌÒÙàèìòù"),
    (
        0xc2,
        '\u{301}',
        "ACEILNORSUYZaceilnorsuyz",
        "ÁĆÉÍĹŃÓŔŚÚÝŹáćéíĺńóŕśúýź",
    ),
    (
        0xc3,
        '\u{302}',
        "ACEGHIJOSUWYaceghijosuwy",
        "ÂĈÊĜĤÎĴÔŜÛŴŶâĉêĝĥîĵôŝûŵŷ",
    ),
    (0xc4, '\u{303}', "AINOUainou", "ÃĨÑÕŨãĩñõũ"),
    (0xc5, '\u{304}', "AEIOUaeiou", "ĀĒĪŌŪāēīōū"),
    (0xc6, '\u{306}', "AGUagu", "ĂĞŬăğŭ"),
    (0xc7, '\u{307}', "CEGIZcegz", "ĊĖĠİŻċėġż"),
    (0xc8, '\u{308}', "AEIOUYaeiouy", "ÄËÏÖÜŸäëïöüÿ"),
    (0xca, '\u{30a}', "AUau", "ÅŮåů"),
    (0xcb, '\u{327}', "CGKLNRSTcgklnrst", "ÇĢĶĻŅŖŞŢçģķļņŗşţ"),
    (0xcd, '\u{30b}', "OUou", "ŐŰőű"),
    (0xce, '\u{328}', "AEIUaeiu", "ĄĘĮŲąęįų"),
    (0xcf, '\u{30c}', "CDELNRSTZcdelnrstz", "ČĎĚĽŇŘŠŤŽčďěľňřšťž"),
];

/// The text of `bytes`, in composed characters.
pub(super) fn decode(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    let mut bytes = bytes.iter();
    while let Some(&byte) = bytes.next() {
        match byte {
            0..0x80 => text.push(byte.into()),
            0xa0..=0xbf => text.extend(SIGNS.chars().nth(usize::from(byte - 0xa0))),
            0xd0.. => text.extend(LETTERS.chars().nth(usize::from(byte - 0xd0))),
            mark => match MARKS.iter().find(|(code, ..)| *code == mark) {
                Some(row) => text.extend(marked(row, bytes.next().copied())),
                None => text.push(char::REPLACEMENT_CHARACTER),
            },
        }
    }
    text
}

/// The letter with its mark, in one character where there is one.
fn marked(
    &(_, combining, letters, composed): &(u8, char, &str, &str),
    letter: Option<u8>,
) -> impl Iterator<Item = char> {
    let letter = letter
        .filter(u8::is_ascii)
        .map_or(char::REPLACEMENT_CHARACTER, char::from);
    let mut pairs = letters.chars().zip(composed.chars());
    match pairs.find(|&(l, _)| l == letter) {
        Some((_, composed)) => [Some(composed), None],
        None => [Some(letter), Some(combining)],
    }
    .into_iter()
    .flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tables_have_a_character_for_each_byte() {
        assert_eq!(SIGNS.chars().count(), 0x20);
        assert_eq!(LETTERS.chars().count(), 0x30);
        for (_, _, letters, composed) in MARKS {
            assert_eq!(letters.chars().count(), composed.chars().count());
        }
    }

    #[test]
    fn a_mark_stands_before_its_letter_and_is_composed() {
        assert_eq!(
            decode(b"Fran\xcbcais \xc8Uber \xcf\x53 \xc1m \xc2"),
            "Français Über Š m\u{300} \u{fffd}\u{301}"
        );
    }
}
