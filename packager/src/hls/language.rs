//! Languages: ISO 639-2 as the PMT writes them, RFC 5646 and a name as playlists need them.

/// Codes of the PMT (both the bibliographic and the terminological), the tag and the own name.
/// RFC 5646 wants the two-letter code where there is one (2.2.1).
const LANGUAGES: [(&[&str], &str, &str); 22] = [
    (&["vie"], "vi", "Tiếng Việt"),
    (&["eng"], "en", "English"),
    (&["fra", "fre"], "fr", "Français"),
    (&["deu", "ger"], "de", "Deutsch"),
    (&["spa"], "es", "Español"),
    (&["por"], "pt", "Português"),
    (&["ita"], "it", "Italiano"),
    (&["nld", "dut"], "nl", "Nederlands"),
    (&["rus"], "ru", "Русский"),
    (&["ukr"], "uk", "Українська"),
    (&["pol"], "pl", "Polski"),
    (&["ces", "cze"], "cs", "Čeština"),
    (&["zho", "chi"], "zh", "中文"),
    (&["jpn"], "ja", "日本語"),
    (&["kor"], "ko", "한국어"),
    (&["tha"], "th", "ไทย"),
    (&["lao"], "lo", "ລາວ"),
    (&["khm"], "km", "ខ្មែរ"),
    (&["mya", "bur"], "my", "မြန်မာ"),
    (&["msa", "may"], "ms", "Bahasa Melayu"),
    (&["ind"], "id", "Bahasa Indonesia"),
    (&["ara"], "ar", "العربية"),
];

fn find(code: &str) -> Option<&'static (&'static [&'static str], &'static str, &'static str)> {
    LANGUAGES.iter().find(|(codes, ..)| codes.contains(&code))
}

/// The tag of RFC 5646.
pub(super) fn tag(code: &str) -> &str {
    find(code).map_or(code, |(_, tag, _)| tag)
}

/// What people call it.
pub(super) fn name(code: &str) -> &str {
    find(code).map_or(code, |(.., name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_codes_of_a_language_give_its_two_letters() {
        assert_eq!((tag("fre"), tag("fra")), ("fr", "fr"));
        assert_eq!((tag("vie"), name("vie")), ("vi", "Tiếng Việt"));
    }

    #[test]
    fn an_unlisted_language_keeps_its_code() {
        assert_eq!((tag("hmn"), name("hmn")), ("hmn", "hmn"));
    }
}
