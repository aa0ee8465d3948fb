//! What decoding an input showed.

use super::book::Suspicion;
use super::incident::{Class, Place, Text};
use super::{Look, of_input};
use crate::snapshot::ComparisonSnapshot;

/// Sound that is later, or earlier, is no longer accepted by viewers, seconds (ITU-R BT.1359-1,
/// figure 2).
const LATE: f64 = 0.185;
const EARLY: f64 = 0.09;

/// What is wrong with the picture and the sound of input `index`.
pub(super) fn suspect(look: &Look<'_>, index: usize) -> Vec<Suspicion> {
    let Some(content) = look.contents.get(index).and_then(Option::as_ref) else {
        return Vec::new();
    };
    let found = [
        (content.black, Class::Black),
        (content.frozen, Class::Frozen),
        (content.mute, Class::DigitalSilence),
    ];
    let found = found.into_iter().filter(|(shows, _)| *shows);
    let shown = found.map(|(_, class)| shown(look, index, class));
    let apart = content
        .sound_late_seconds
        .filter(|late| !(-EARLY..=LATE).contains(late));
    let beside = look.beside.get(index).and_then(Option::as_ref);
    let differs = beside.filter(|beside| beside.programme == "other");
    shown
        .chain(apart.map(|late| sound_apart(look, index, late)))
        .chain(differs.map(|beside| inputs_differ(look, index, beside)))
        .collect()
}

fn sound_apart(look: &Look<'_>, index: usize, late: f64) -> Suspicion {
    let (en, vi) = match late > 0.0 {
        true => ("later", "muộn"),
        false => ("earlier", "sớm"),
    };
    let millis = late.abs() * 1e3;
    Suspicion {
        places: vec![Place::Source],
        verdict: Text::new(
            format!("the sound of input {index} is {millis:.0} ms {en} than its picture"),
            format!("tiếng của đầu vào {index} {vi} hơn hình {millis:.0} ms"),
        ),
        evidence: vec![Text::new(
            format!(
                "the beep of the test picture begins {millis:.0} ms {en} than its flash; viewers accept {:.0} ms early to {:.0} ms late (ITU-R BT.1359-1)",
                EARLY * 1e3,
                LATE * 1e3
            ),
            format!(
                "tiếng bíp của hình thử bắt đầu {vi} hơn chớp sáng {millis:.0} ms; người xem chấp nhận từ sớm {:.0} ms đến muộn {:.0} ms (ITU-R BT.1359-1)",
                EARLY * 1e3,
                LATE * 1e3
            ),
        )],
        next: Text::new(
            "set the delay of sound in the mixer or the encoder by this figure",
            "chỉnh độ trễ tiếng ở bàn trộn hoặc bộ mã hóa theo con số này",
        ),
        ..of_input(look, index, Class::SoundApart)
    }
}

fn inputs_differ(look: &Look<'_>, index: usize, beside: &ComparisonSnapshot) -> Suspicion {
    let other = beside.with;
    Suspicion {
        places: vec![Place::Source],
        verdict: Text::new(
            format!("input {index} shows something else than input {other}"),
            format!("đầu vào {index} có chương trình khác với đầu vào {other}"),
        ),
        evidence: vec![Text::new(
            "neither the sound of the last 30 s nor the key pictures are the same at any offset up to 10 s",
            "tiếng trong 30 giây qua và các hình khóa đều không giống nhau ở mọi độ lệch đến 10 giây",
        )],
        next: Text::new(
            "look at what this input's encoder is connected to before it is needed",
            "kiểm tra bộ mã hóa của đầu vào này đang nối với nguồn nào trước khi cần đến",
        ),
        ..of_input(look, index, Class::InputsDiffer)
    }
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
            "sound below -60 dBFS for 2.5 s: not even the noise of a room",
            "tiếng dưới -60 dBFS trong 2,5 giây: không có cả tiếng nền của phòng",
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
