//! Latin letters of teletext (ETSI EN 300 706, 15.6.1 and 15.6.2).

/// Codes whose letter a national option changes.
const CHANGED: [u8; 13] = [
    0x23, 0x24, 0x40, 0x5b, 0x5c, 0x5d, 0x5e, 0x5f, 0x60, 0x7b, 0x7c, 0x7d, 0x7e,
];
/// Their letters, by C12 to C14 (table 36).
const OPTIONS: [&str; 7] = [
    "£$@←½→↑#–¼‖¾÷", // English
    "#$§ÄÖÜ^_°äöüß", // German
    "#¤ÉÄÖÅÜ_éäöåü", // Swedish, Finnish, Hungarian
    "£$é°ç→↑#ùàòèì", // Italian
    "éïàëêùî#èâôûç", // French
    "ç$¡áéíóú¿üñèà", // Portuguese, Spanish
    "#ůčťžýířéáěúš", // Czech, Slovak
];

/// The letter of `code` under a national option; a space for what is none.
pub(super) fn letter(code: u8, national: u8) -> char {
    let changed = CHANGED.iter().position(|c| *c == code);
    let option = OPTIONS.get(usize::from(national)).or(OPTIONS.first());
    match changed.zip(option) {
        Some((index, letters)) => letters.chars().nth(index).unwrap_or(' '),
        None if (0x20..0x7f).contains(&code) => char::from(code),
        None => ' ',
    }
}
