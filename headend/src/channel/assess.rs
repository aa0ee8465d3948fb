//! How fit an input is, in a sentence with its reasons.

use crate::cause::{Text, reason};
use crate::snapshot::InputSnapshot;

/// All inputs of a channel.
pub(super) fn assess_all(inputs: &mut [InputSnapshot], on_air: Option<usize>) {
    let said = inputs.iter().enumerate().map(|(index, input)| {
        let other = on_air.filter(|on_air| *on_air != index);
        assess(input, other.and_then(|at| inputs.get(at)))
    });
    let said: Vec<_> = said.collect();
    for (input, said) in inputs.iter_mut().zip(said) {
        input.assessment = said;
    }
}

/// `input`, and what it would replace: the input on air, if that is another one.
pub(super) fn assess(input: &InputSnapshot, on_air: Option<&InputSnapshot>) -> Text {
    let (en, vi) = span(input.fitness_seconds);
    if input.fitness.is_empty() {
        return Text::new("not yet known", "chưa biết");
    }
    if input.fitness != "ready" {
        let fault = reason(&input.fitness);
        return Text::new(
            format!("not fit: {} for {en}", fault.en),
            format!("không dùng được: {} đã {vi}", fault.vi),
        );
    }
    let reasons = on_air.map(|on_air| [codecs(on_air, input), beside(input)]);
    let mut reasons: Vec<Text> = reasons.into_iter().flatten().flatten().collect();
    reasons.push(Text::new(
        format!("no fault for {en}"),
        format!("không lỗi đã {vi}"),
    ));
    let join = |of: fn(&Text) -> &str| reasons.iter().map(of).collect::<Vec<_>>().join(", ");
    Text::new(
        format!("ready: {}", join(|text| &text.en)),
        format!("sẵn sàng: {}", join(|text| &text.vi)),
    )
}

/// What a decoder would have to begin anew for.
fn codecs(before: &InputSnapshot, after: &InputSnapshot) -> Option<Text> {
    let codec = |input: &InputSnapshot, kind: &str| {
        let streams = &input.program.as_ref()?.streams;
        let stream = streams.iter().find(|stream| stream.kind == kind)?;
        Some(stream.codec.clone())
    };
    if before.program.is_none() || after.program.is_none() {
        return None;
    }
    let (mut en, mut vi) = (Vec::new(), Vec::new());
    for (kind, name_en, name_vi) in [("video", "picture", "hình"), ("audio", "sound", "tiếng")] {
        let (before, after) = (codec(before, kind), codec(after, kind));
        if before != after {
            let before = before.unwrap_or_else(|| "–".to_owned());
            let after = after.unwrap_or_else(|| "–".to_owned());
            en.push(format!("{name_en} changes from {before} to {after}"));
            vi.push(format!("{name_vi} đổi từ {before} sang {after}"));
        }
    }
    Some(match en.is_empty() {
        true => Text::new("same codec and size", "cùng mã nén và kích thước"),
        false => Text::new(en.join(", "), vi.join(", ")),
    })
}

fn beside(input: &InputSnapshot) -> Option<Text> {
    let comparison = input.comparison.as_ref()?;
    let with = comparison.with;
    Some(
        match (comparison.programme.as_str(), comparison.behind_seconds) {
            ("same", Some(behind)) => {
                let by = behind.abs();
                let (en, vi) = match behind >= 0.0 {
                    true => ("behind", "chậm hơn"),
                    false => ("ahead", "nhanh hơn"),
                };
                Text::new(
                    format!("the same programme, {by:.2} s {en}"),
                    format!("cùng chương trình, {vi} {by:.2} giây"),
                )
            }
            ("same", None) => Text::new("the same programme", "cùng chương trình"),
            ("other-sound", _) => Text::new(
                format!("the picture of input {with} with another sound"),
                format!("hình của đầu vào {with} nhưng tiếng khác"),
            ),
            ("other", _) => Text::new(
                format!("it shows something else than input {with}"),
                format!("chương trình khác với đầu vào {with}"),
            ),
            _ => return None,
        },
    )
}

fn span(seconds: f64) -> (String, String) {
    match seconds {
        0.0..120.0 => (format!("{seconds:.0} s"), format!("{seconds:.0} giây")),
        120.0..7200.0 => {
            let minutes = seconds / 60.0;
            (format!("{minutes:.0} min"), format!("{minutes:.0} phút"))
        }
        _ => {
            let hours = seconds / 3600.0;
            (format!("{hours:.0} h"), format!("{hours:.0} giờ"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::snapshot::ComparisonSnapshot;

    #[test]
    fn a_backup_is_assessed_with_its_reasons_in_both_languages() {
        let ready = InputSnapshot {
            fitness: "ready".to_owned(),
            fitness_seconds: 10_800.0,
            comparison: Some(ComparisonSnapshot {
                with: 0,
                programme: "same".to_owned(),
                behind_seconds: Some(1.84),
            }),
            ..InputSnapshot::default()
        };
        let said = assess(&ready, Some(&InputSnapshot::default()));
        assert_eq!(
            said.en,
            "ready: the same programme, 1.84 s behind, no fault for 3 h"
        );
        assert_eq!(
            said.vi,
            "sẵn sàng: cùng chương trình, chậm hơn 1.84 giây, không lỗi đã 3 giờ"
        );
        let silent = InputSnapshot {
            fitness: "no-packets".to_owned(),
            fitness_seconds: 40.0,
            ..InputSnapshot::default()
        };
        assert_eq!(assess(&silent, None).en, "not fit: nothing comes for 40 s");
    }
}
