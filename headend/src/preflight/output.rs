//! An output: what the node says of it, and what was heard of it on the interface.

use std::time::Duration;

use super::listen::{Heard, Querier};
use super::{Line, say};
use crate::net::Link;
use crate::plan::OutputPlan;
use crate::snapshot::{OutputSnapshot, OutputState};

/// A datagram of 1 Mbit/s comes each 10 ms; a silence that decoders feel is longer than this.
const SILENCE: Duration = Duration::from_millis(200);
/// Packets leave 100 ms late and more on a machine that is short of processors.
const LATE: f64 = 0.1;
/// Above this share of its constant rate the next busy scene overflows.
const FULL: f64 = 0.9;

/// The lines of what the node says.
pub(crate) fn judge(output: &OutputSnapshot, plan: Option<&OutputPlan>, place: &str) -> Vec<Line> {
    let mut lines = vec![wire(output, place)];
    lines.extend(
        plan.filter(|plan| plan.address.ip().is_multicast())
            .map(|plan| ttl(plan, place)),
    );
    lines.push(rate(output, place));
    lines.push(timely(output, place));
    lines
}

fn wire(output: &OutputSnapshot, place: &str) -> Line {
    let check = "on-the-wire";
    let url = &output.url;
    let reason = output.reason.clone().unwrap_or_default();
    match output.state {
        OutputState::Checking => {
            let text = say("the node has not looked yet", "nút chưa kiểm tra");
            Line::unknown(check, place, text).fix(say("ask again in 30 s", "hỏi lại sau 30 s"))
        }
        OutputState::NotOnTheWire => {
            let text = say(
                format!("{url} does not leave this machine"),
                format!("{url} không ra khỏi máy"),
            );
            Line::critical(check, place, text).fix(say(reason.clone(), reason))
        }
        OutputState::OnTheWire | OutputState::Sending if !reason.is_empty() => {
            let text = say(
                format!("{url} goes out, not alone"),
                format!("{url} được phát, nhưng không chỉ một mình"),
            );
            Line::warning(check, place, text).fix(say(reason.clone(), reason))
        }
        OutputState::OnTheWire => {
            let text = say(
                format!("{url} was heard on its interface"),
                format!("nghe được {url} trên giao diện"),
            );
            Line::good(check, place, text)
        }
        OutputState::Sending => {
            let text = say(
                format!("{url} is sent; look at its receiver"),
                format!("{url} được gửi; hãy xem ở nơi nhận"),
            );
            Line::good(check, place, text)
        }
    }
}

/// The line of the interface that a group leaves by.
pub(crate) fn interface(plan: &OutputPlan, links: &[Link], place: &str) -> Option<Line> {
    let check = "interface";
    let wanted = plan.interface.as_deref()?;
    let link = links.iter().find(|link| {
        let address = wanted.parse().is_ok_and(|ip| link.addresses.contains(&ip));
        link.name == wanted || address
    });
    let names: Vec<&str> = links.iter().map(|link| link.name.as_str()).collect();
    let names = names.join(", ");
    let Some(link) = link else {
        let text = say(
            format!("no interface `{wanted}` here"),
            format!("không có giao diện `{wanted}`"),
        );
        return Some(Line::critical(check, place, text).fix(say(
            format!("set `interface` of the output to one of {names}"),
            format!("đặt `interface` của đầu ra thành một trong {names}"),
        )));
    };
    let name = &link.name;
    let group = plan.address.ip();
    let has_address = link
        .addresses
        .iter()
        .any(|ip| ip.is_ipv4() == group.is_ipv4());
    Some(match (link.up, has_address) {
        (false, _) => Line::critical(
            check,
            place,
            say(format!("{name} is down"), format!("{name} đang tắt")),
        )
        .fix(say(
            format!("look at its cable and the switch port, and `ip link set {name} up`"),
            format!("kiểm tra cáp và cổng switch, rồi `ip link set {name} up`"),
        )),
        (true, false) => Line::warning(
            check,
            place,
            say(
                format!("{name} has no address of the group's IP version"),
                format!("{name} không có địa chỉ cùng phiên bản IP với nhóm"),
            ),
        )
        .fix(say(
            format!("give it one (`ip addr add ADDRESS/BITS dev {name}`)"),
            format!("đặt địa chỉ (`ip addr add ADDRESS/BITS dev {name}`)"),
        )),
        (true, true) => Line::good(
            check,
            place,
            say(format!("{name} is up"), format!("{name} hoạt động")),
        ),
    })
}

fn ttl(plan: &OutputPlan, place: &str) -> Line {
    let ttl = plan.ttl;
    let text = say(format!("ttl {ttl}"), format!("ttl {ttl}"));
    let fix = say(
        "set `ttl` to the number of routers on the way and one more",
        "đặt `ttl` bằng số bộ định tuyến trên đường cộng một",
    );
    match ttl {
        0 => Line::critical("ttl", place, text).fix(fix),
        1 => Line::warning("ttl", place, text).fix(fix),
        _ => Line::good("ttl", place, text),
    }
}

fn rate(output: &OutputSnapshot, place: &str) -> Line {
    let check = "rate";
    let needed = output.needed_bits_per_second as f64;
    let Some(given) = output.bitrate_bits_per_second else {
        let text = say("the input's own pace", "theo nhịp của đầu vào");
        return Line::not_used(check, place, text);
    };
    let share = needed / given as f64;
    let text = say(
        format!(
            "the programme needs {:.2} of {:.2} Mbit/s",
            needed / 1e6,
            given as f64 / 1e6
        ),
        format!(
            "chương trình cần {:.2} trong {:.2} Mbit/s",
            needed / 1e6,
            given as f64 / 1e6
        ),
    );
    let fix = say(
        format!(
            "raise `bitrate` above {:.1}M, or lower the encoder's",
            needed / FULL / 1e6
        ),
        format!(
            "tăng `bitrate` trên {:.1}M, hoặc giảm ở bộ mã hóa",
            needed / FULL / 1e6
        ),
    );
    match () {
        () if share > 1.0 => Line::critical(check, place, text).fix(fix),
        () if share > FULL => Line::warning(check, place, text).fix(fix),
        () => Line::good(check, place, text),
    }
}

fn timely(output: &OutputSnapshot, place: &str) -> Line {
    let millis = output.late_seconds * 1e3;
    let text = say(
        format!("packets leave {millis:.0} ms late at most"),
        format!("gói tin phát trễ nhiều nhất {millis:.0} ms"),
    );
    if output.late_seconds < LATE {
        return Line::good("in-time", place, text);
    }
    Line::warning("in-time", place, text).fix(say(
        "give the node real-time scheduling and a processor that is free",
        "cấp cho nút lịch thời gian thực và một bộ xử lý rảnh",
    ))
}

/// How a group was to be held.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Hold {
    /// For how long; `None` in the quick form.
    pub(crate) wanted: Option<Duration>,
    /// On the node's own machine, whose copies pass no switch.
    pub(crate) here: bool,
}

/// The lines of what was heard of a group.
pub(crate) fn heard(heard: &Heard, to_hold: Hold, place: &str) -> Vec<Line> {
    let check = "multicast";
    let held = heard.span.as_secs_f64();
    if heard.datagrams == 0 {
        let why = heard.trouble.clone().unwrap_or_default();
        let text = say(
            format!("nothing was received in {held:.0} s {why}"),
            format!("không nhận được gì trong {held:.0} s {why}"),
        );
        return vec![Line::critical(check, place, text).fix(say(
            "look at `interface`, `ttl` and `loopback` of the output, and at a firewall (`nft list ruleset`)",
            "kiểm tra `interface`, `ttl` và `loopback` của đầu ra, và tường lửa (`nft list ruleset`)",
        ))];
    }
    let silence = heard.silence.as_millis();
    let text = say(
        format!(
            "received for {held:.0} s: {} datagrams, {} continuity errors, longest silence {silence} ms",
            heard.datagrams, heard.continuity_errors
        ),
        format!(
            "đã nhận {held:.0} s: {} gói, {} lỗi liên tục, im lâu nhất {silence} ms",
            heard.datagrams, heard.continuity_errors
        ),
    );
    let stopped = heard.silence > Duration::from_secs(2);
    let line = if stopped {
        Line::critical(check, place, text).fix(say(
            "the group stopped while it was joined: have the switch or the router query (IGMP querier)",
            "nhóm bị ngắt dù đã tham gia: hãy bật IGMP querier trên switch hoặc router",
        ))
    } else if heard.continuity_errors > 0 || heard.silence > SILENCE {
        Line::warning(check, place, text).fix(say(
            "look at the load of this machine and the errors of the interface (`ip -s link`)",
            "kiểm tra tải của máy và lỗi của giao diện (`ip -s link`)",
        ))
    } else {
        Line::good(check, place, text)
    };
    vec![line, hold(heard, to_hold, stopped, place)]
}

fn hold(heard: &Heard, Hold { wanted, here }: Hold, stopped: bool, place: &str) -> Line {
    let check = "multicast-held";
    let held = heard.span.as_secs_f64();
    match wanted {
        None => {
            let text = say("not held: --quick", "không giữ lâu: --quick");
            Line::not_used(check, place, text)
        }
        Some(wanted) if heard.span >= wanted && !stopped => {
            let (mut en, mut vi) = (
                format!("held for {held:.0} s"),
                format!("giữ được {held:.0} s"),
            );
            if here {
                en += " on this machine; on a receiver (--node) it proves the switches too";
                vi += " trên máy này; chạy ở máy nhận (--node) thì kiểm tra được cả switch";
            }
            Line::good(check, place, say(en, vi))
        }
        Some(wanted) => {
            let wanted = wanted.as_secs_f64();
            let text = say(
                format!("not held for {wanted:.0} s"),
                format!("không giữ được {wanted:.0} s"),
            );
            Line::critical(check, place, text).fix(say(
                "have the switch or the router query (IGMP querier), then hold it again",
                "bật IGMP querier trên switch hoặc router, rồi giữ lại lần nữa",
            ))
        }
    }
}

/// The line of a group that this machine cannot hear.
pub(crate) fn unheard(place: &str) -> Line {
    let text = say(
        "`loopback = false`: this machine does not hear its own group",
        "`loopback = false`: máy này không nghe được nhóm của chính nó",
    );
    Line::unknown("multicast", place, text).fix(say(
        "run it on a receiver: headend preflight --node http://NODE:8080 --interface NAME",
        "chạy ở máy nhận: headend preflight --node http://NÚT:8080 --interface TÊN",
    ))
}

/// The line of a network's querier; `interval` is how often one should ask.
pub(crate) fn querier(
    querier: &Querier,
    (looked, interval): (Duration, Duration),
    place: &str,
) -> Line {
    let check = "querier";
    let query = match querier {
        Querier::Deaf(why) => {
            let text = say(
                format!("queries cannot be heard: {why}"),
                format!("không nghe được truy vấn: {why}"),
            );
            return Line::unknown(check, place, text).fix(say(
                "run it as root, or give it CAP_NET_RAW",
                "chạy bằng root, hoặc cấp CAP_NET_RAW",
            ));
        }
        Querier::OtherFamily => {
            let text = say(
                "an IPv6 group: MLD queries are not listened for",
                "nhóm IPv6: không nghe truy vấn MLD",
            );
            return Line::not_used(check, place, text);
        }
        Querier::Heard(query) => query,
    };
    let seconds = looked.as_secs();
    if let Some((query, count)) = query {
        let (from, version) = (query.from, query.version);
        let text = say(
            format!("{from} asks by IGMPv{version}, {count} times in {seconds} s"),
            format!("{from} truy vấn bằng IGMPv{version}, {count} lần trong {seconds} s"),
        );
        return Line::good(check, place, text);
    }
    // Another Querier Present Interval: two intervals and half a response (RFC 3376, 8.5).
    let enough = interval * 2 + Duration::from_secs(5);
    if looked < enough {
        let text = say(
            format!(
                "none heard in {seconds} s; one asks each {} s",
                interval.as_secs()
            ),
            format!(
                "chưa nghe thấy trong {seconds} s; mỗi {} s mới hỏi một lần",
                interval.as_secs()
            ),
        );
        return Line::not_used(check, place, text)
            .fix(say("run it without --quick", "chạy không có --quick"));
    }
    let text = say(
        format!("nobody asked for members in {seconds} s"),
        format!("không ai truy vấn thành viên trong {seconds} s"),
    );
    Line::warning(check, place, text).fix(say(
        "switch the IGMP querier on in one switch or router of this network: without one a snooping switch forgets the members after some minutes",
        "bật IGMP querier trên một switch hoặc router của mạng này: không có nó, switch có snooping sẽ quên thành viên sau vài phút",
    ))
}
