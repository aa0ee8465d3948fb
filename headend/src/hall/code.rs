//! The report code: six letters and digits that a page shows on a fault's screen and that somebody
//! reads out over the telephone.

/// Without 0, 1, I, L and O, which are mistaken for others.
const ALPHABET: &[u8] = b"23456789ABCDEFGHJKMNPQRSTUVWXYZ";
/// Letters of a code.
pub const LENGTH: usize = 6;

/// A code as a page makes it: of the alphabet alone.
#[must_use]
pub fn made(text: &str) -> Option<String> {
    let good = text.len() == LENGTH && text.bytes().all(|b| ALPHABET.contains(&b));
    good.then(|| text.to_owned())
}

/// What somebody meant who typed `text`, as a pattern of SQLite's GLOB: capitals, without spaces and
/// dashes; a letter that no code has stands for those that look like it. `None` for what is no code.
#[must_use]
pub fn meant(text: &str) -> Option<String> {
    let mut pattern = String::new();
    let mut count = 0;
    for letter in text.chars().filter(|c| !c.is_whitespace() && *c != '-') {
        count += 1;
        let letter = letter.to_ascii_uppercase();
        match letter {
            'O' | '0' => pattern += "[DQ]",
            'I' | '1' | 'L' => pattern += "[7JT]",
            known if u8::try_from(known).is_ok_and(|b| ALPHABET.contains(&b)) => {
                pattern.push(known);
            }
            _ => return None,
        }
        if count > LENGTH {
            return None;
        }
    }
    (count == LENGTH).then_some(pattern)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_understood_as_people_type_it() {
        assert_eq!(meant("abc-2 34").as_deref(), Some("ABC234"));
        assert_eq!(meant("AOC2I4").as_deref(), Some("A[DQ]C2[7JT]4"));
        for wrong in [
            "", "ABC23", "ABC2345", "ABC23*", "[AB]CD", "ÄBC234", "ABC23'",
        ] {
            assert_eq!(meant(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_page_makes_codes_of_the_alphabet_alone() {
        assert!(made("ABC234").is_some());
        for wrong in ["abc234", "ABC230", "ABC23", "ABC234 ", "ABC23\u{2013}"] {
            assert!(made(wrong).is_none(), "{wrong}");
        }
    }
}
