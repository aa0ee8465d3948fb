//! Why an input is not fit, why another one went on air, what a stream lacks: for people.

use packager::monitor::Cause;

use super::Text;

/// Of the word of log, events and API.
#[must_use]
pub fn reason(word: &str) -> Text {
    match word {
        "no-packets" => Text::new("nothing comes", "không nhận được gì"),
        "no-programme" => Text::new("no programme in it", "không có chương trình"),
        "scrambled" => Text::new("scrambled", "bị mã hóa khóa"),
        "no-video" => Text::new("no picture", "không có hình"),
        "black" => Text::new("a black picture", "hình đen"),
        "frozen" => Text::new("a picture that stands still", "hình đứng yên"),
        "no-audio" => Text::new("no sound", "không có tiếng"),
        "mute" => Text::new("digital silence", "im lặng số"),
        "lossy" => Text::new("loss in each second", "mất gói mỗi giây"),
        "no-clock" => Text::new("no PCR any more", "không còn PCR"),
        "no-tables" => Text::new("no PAT or PMT any more", "không còn PAT hoặc PMT"),
        "preferred" => Text::new("it is preferred", "được ưu tiên hơn"),
        "asked" => Text::new("an operator asked", "người trực yêu cầu"),
        other => Text::new(other, other),
    }
}

/// What of the stream shows it.
#[must_use]
pub fn known_by(cause: Cause) -> Text {
    let vi = match cause {
        Cause::NoTables => "chưa đọc được PMT nào".to_owned(),
        Cause::NotListed => "PMT không khai báo luồng này".to_owned(),
        Cause::NoPackets(pid) => format!("PMT khai báo PID {pid} nhưng không có gói nào"),
        Cause::Scrambled(pid) => format!("PID {pid} bị khóa mã"),
        Cause::NoPes(pid) => format!("không có gói PES nào bắt đầu trên PID {pid}"),
    };
    Text::new(cause.to_string(), vi)
}

#[cfg(test)]
mod tests {
    use packager::select::{Fitness, Reason};

    use super::*;

    #[test]
    fn every_fault_and_every_reason_has_its_words() {
        let faults = Fitness::FAULTS.map(Reason::Fault);
        for why in faults.into_iter().chain([Reason::Preferred, Reason::Asked]) {
            assert_ne!(reason(why.word()).vi, why.word(), "{why:?}");
        }
    }
}
