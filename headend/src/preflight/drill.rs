//! A failover drilled: what the switches did to what goes out.

use std::time::Duration;

use super::listen::Heard;
use super::{Line, say};

/// A switch that is longer is seen by all viewers.
const SEEN: Duration = Duration::from_millis(500);

/// What a drill did.
#[derive(Clone, Debug, Default)]
pub(crate) struct Drill {
    /// Each input that was put on air, and after how long it was; `None` where it never was.
    pub(crate) steps: Vec<(usize, Option<Duration>)>,
    /// What a member of the group heard over all of it; none where nobody listened.
    pub(crate) heard: Option<Heard>,
    /// The input that was on air before is again, and is held as it was before.
    pub(crate) restored: bool,
    /// Ended by the operator.
    pub(crate) interrupted: bool,
    /// What the node refused.
    pub(crate) refused: Option<String>,
}

/// The lines of a drill.
pub(crate) fn judge(drill: &Drill, id: &str) -> Vec<Line> {
    let check = "drill";
    let mut lines = Vec::new();
    if let Some(refused) = &drill.refused {
        let text = say(
            format!("the node refused: {refused}"),
            format!("nút từ chối: {refused}"),
        );
        lines.push(Line::critical(check, id, text));
    }
    for (input, took) in &drill.steps {
        let place = format!("{id} input {input}");
        lines.push(match took {
            Some(took) => {
                let millis = took.as_millis();
                let text = say(
                    format!("went on air {millis} ms after the order"),
                    format!("lên sóng {millis} ms sau lệnh"),
                );
                Line::good(check, &place, text)
            }
            None => Line::critical(
                check,
                &place,
                say("did not go on air", "không lên sóng được"),
            )
            .fix(say(
                format!("ask why: headend input switch {id} {input} --dry-run"),
                format!("hỏi vì sao: headend input switch {id} {input} --dry-run"),
            )),
        });
    }
    lines.push(output(drill, id));
    if drill.interrupted {
        let text = say("ended before its end", "bị ngắt giữa chừng");
        lines.push(Line::unknown(check, id, text));
    }
    if !drill.restored {
        let text = say(
            "the input of before is not on air again",
            "đầu vào cũ chưa lên sóng lại",
        );
        lines.push(Line::critical(check, id, text).fix(say(
            format!("put it back: headend input switch {id} --auto"),
            format!("trả lại: headend input switch {id} --auto"),
        )));
    }
    lines
}

/// What was heard over the switches.
fn output(drill: &Drill, id: &str) -> Line {
    let check = "drill-output";
    let Some(heard) = drill.heard.as_ref().filter(|heard| heard.datagrams > 0) else {
        let text = say(
            "the output was not received meanwhile",
            "không nhận được đầu ra trong lúc đó",
        );
        return Line::unknown(check, id, text);
    };
    let gap = heard.pictures.apart;
    let text = say(
        format!(
            "{} continuity errors, longest step between pictures {} ms, longest silence {} ms",
            heard.continuity_errors,
            gap.as_millis(),
            heard.silence.as_millis()
        ),
        format!(
            "{} lỗi liên tục, hình cách nhau lâu nhất {} ms, im lâu nhất {} ms",
            heard.continuity_errors,
            gap.as_millis(),
            heard.silence.as_millis()
        ),
    );
    if heard.continuity_errors > 0 {
        return Line::critical(check, id, text).fix(say(
            "keep the record of this: headend report incidents; the switch should not break counters",
            "giữ lại sổ: headend report incidents; chuyển mạch không được làm đứt bộ đếm",
        ));
    }
    if gap > SEEN || heard.silence > SEEN {
        return Line::warning(check, id, text).fix(say(
            "viewers see it: give both encoders the same key picture interval, 2 s or less",
            "người xem thấy được: đặt hai bộ mã hóa cùng khoảng cách hình khóa, không quá 2 s",
        ));
    }
    Line::good(check, id, text)
}
