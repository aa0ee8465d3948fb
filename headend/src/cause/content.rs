//! What decoding an input showed.

use super::book::Suspicion;
use super::incident::{Class, Place, Text};
use super::{Look, of_input};

/// What is wrong with the picture and the sound of input `index`.
pub(super) fn suspect(look: &Look<'_>, index: usize) -> Vec<Suspicion> {
    let Some(content) = look.input(index).and_then(|(now, _)| now.content) else {
        return Vec::new();
    };
    let found = [
        (content.black, Class::Black),
        (content.frozen, Class::Frozen),
        (content.mute, Class::DigitalSilence),
    ];
    let found = found.into_iter().filter(|(shows, _)| *shows);
    found.map(|(_, class)| shown(look, index, class)).collect()
}

fn shown(look: &Look<'_>, index: usize, class: Class) -> Suspicion {
    let (en, vi, fact_en, fact_vi, next_en, next_vi) = match class {
        Class::Black => (
            "shows a black picture",
            "có hình đen",
            "each key picture of the last 2 s is black",
            "mọi hình khóa trong 2 giây qua đều đen",
            "look at the camera, its cap and the encoder's video input",
            "xem camera, nắp ống kính và đầu vào hình của bộ mã hóa",
        ),
        Class::Frozen => (
            "shows a picture that stands still",
            "có hình đứng yên",
            "the key pictures of the last 2 s are the same down to their noise",
            "các hình khóa trong 2 giây qua giống hệt nhau",
            "restart the encoder's capture; the conference system may have lost the call",
            "khởi động lại phần thu của bộ mã hóa; hệ thống hội nghị có thể đã mất cuộc gọi",
        ),
        _ => (
            "has digital silence for sound",
            "có tiếng nhưng là im lặng số",
            "sound below -60 dBFS for 5 s: not even the noise of a room",
            "tiếng dưới -60 dBFS trong 5 giây: không có cả tiếng nền của phòng",
            "look for a muted microphone, a mixer's bus or the encoder's audio input",
            "tìm micro bị tắt, kênh của bàn trộn hoặc đầu vào tiếng của bộ mã hóa",
        ),
    };
    Suspicion {
        places: vec![Place::Source],
        verdict: Text::new(
            format!("input {index} {en}"),
            format!("đầu vào {index} {vi}"),
        ),
        evidence: vec![Text::new(fact_en, fact_vi)],
        next: Text::new(next_en, next_vi),
        ..of_input(look, index, class)
    }
}
