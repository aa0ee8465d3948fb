//! "Did you mean": the known word that looks most like a written one.

/// The nearest of `known`; `None` where none is near enough to propose.
#[must_use]
pub(crate) fn near<'a>(written: &str, known: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let written = plain(written);
    // A third of the letters wrong is still the same word; more is another one.
    let limit = (written.chars().count() / 3).max(1);
    known
        .into_iter()
        .filter_map(|word| Some((distance(&written, &plain(word), limit)?, word)))
        .min()
        .map(|(_, word)| word.to_owned())
}

/// Wrong letters; a word that is a part of the other is as far as any may be.
fn distance(written: &str, word: &str, limit: usize) -> Option<usize> {
    let letters = strsim::damerau_levenshtein(written, word);
    let part = written.len() >= 3 && word.len() >= 3;
    let part = part && (word.contains(written) || written.contains(word));
    match letters <= limit {
        true => Some(letters),
        false => part.then_some(limit),
    }
}

/// Hyphens, underscores and capitals are no difference. Cut: a hostile key may be of any length.
fn plain(word: &str) -> String {
    word.chars()
        .take(64)
        .filter(|c| !matches!(c, '-' | '_'))
        .flat_map(char::to_lowercase)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::near;

    #[test]
    fn a_slip_of_the_finger_finds_its_word_and_another_word_does_not() {
        let keys = [
            "name",
            "state-dir",
            "bitrate",
            "interface",
            "passphrase-file",
        ];
        let of = |written| near(written, keys);
        assert_eq!(of("bitrat").as_deref(), Some("bitrate"));
        assert_eq!(of("rate").as_deref(), Some("bitrate"));
        assert_eq!(of("state_dir").as_deref(), Some("state-dir"));
        assert_eq!(of("passphrase").as_deref(), Some("passphrase-file"));
        assert_eq!(of("interfcae").as_deref(), Some("interface"));
        assert_eq!(of("colour"), None);
        assert_eq!(of(""), None);
        assert_eq!(of(&"x".repeat(1 << 20)), None);
    }
}
