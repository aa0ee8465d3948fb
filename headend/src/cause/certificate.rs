//! A certificate that ends soon, has ended, or cannot be renewed.

use super::book::Suspicion;
use super::incident::{Class, Text};
use super::machine::of_machine;
use crate::tls::{self, Facts};

/// What is wrong with the certificate in use at `now`, Unix seconds.
pub(super) fn suspect(facts: &Facts, now: i64) -> Option<Suspicion> {
    let days = facts.days(now);
    if days >= tls::ENDING && facts.trouble.is_none() {
        return None;
    }
    let trouble = facts.trouble.as_ref().map(|trouble| {
        Text::new(
            format!("what the files hold now cannot be used: {}", trouble.en),
            format!("tệp hiện có không dùng được: {}", trouble.vi),
        )
    });
    let mut evidence = vec![shown(facts, days)];
    evidence.extend(trouble);
    Some(Suspicion {
        subject: "http".to_owned(),
        evidence,
        next: Text::new(
            "renew it (`certbot renew`, or ask who signed it) and put chain and key in the place of the old files: the node takes them by itself within 2 s, and nobody is disconnected",
            "hãy gia hạn (`certbot renew`, hoặc xin nơi cấp) và đặt chuỗi cùng khóa vào chỗ tệp cũ: nút tự nhận trong 2 giây, không ai bị ngắt",
        ),
        on_air: days < tls::ENDED,
        ..of_machine(Class::CertificateEnding, verdict(facts, now))
    })
}

fn verdict(facts: &Facts, now: i64) -> Text {
    match facts.days(now) {
        _ if facts.not_after <= now => Text::new(
            "the certificate of HTTPS has ended: browsers refuse the page and the stream",
            "chứng chỉ HTTPS đã hết hạn: trình duyệt từ chối trang và luồng",
        ),
        days if days < tls::ENDING => {
            let hours = (facts.not_after - now) / 3_600;
            match days {
                0 | 1 => Text::new(
                    format!("the certificate of HTTPS ends in {hours} hours"),
                    format!("chứng chỉ HTTPS hết hạn sau {hours} giờ"),
                ),
                days => Text::new(
                    format!("the certificate of HTTPS ends in {days} days"),
                    format!("chứng chỉ HTTPS hết hạn sau {days} ngày"),
                ),
            }
        }
        _ => Text::new(
            "the certificate of HTTPS cannot be renewed: the old one stays in use",
            "không thay được chứng chỉ HTTPS: nút vẫn dùng chứng chỉ cũ",
        ),
    }
}

fn shown(facts: &Facts, days: i64) -> Text {
    let (file, end) = (facts.file.display(), tls::stamp(facts.not_after));
    let names = match facts.names.as_slice() {
        [] => "—".to_owned(),
        names => names.join(", "),
    };
    Text::new(
        format!("in use: {file}, for {names}, ends {end} ({days} days left)"),
        format!("đang dùng: {file}, cho {names}, hết hạn {end} (còn {days} ngày)"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_800_000_000;

    fn facts(days: i64) -> Facts {
        Facts {
            file: "/x/chain.pem".into(),
            names: vec!["phat.example".to_owned()],
            not_after: NOW + days * tls::DAY,
            trouble: None,
        }
    }

    #[test]
    fn it_is_a_warning_from_fourteen_days_and_critical_from_two() {
        assert!(suspect(&facts(14), NOW).is_none());
        let soon = suspect(&facts(14), NOW + 1).unwrap();
        assert_eq!((soon.class, soon.on_air), (Class::CertificateEnding, false));
        assert!(soon.evidence[0].en.contains("phat.example"), "{soon:?}");
        assert!(!suspect(&facts(2), NOW).unwrap().on_air);
        assert!(suspect(&facts(2), NOW + 1).unwrap().on_air);
        let ended = suspect(&facts(0), NOW).unwrap();
        assert!(
            ended.on_air && ended.verdict.en.contains("has ended"),
            "{ended:?}"
        );
    }

    #[test]
    fn files_that_cannot_be_used_are_told_before_the_old_one_ends() {
        let trouble = Text::new("no PEM", "không có PEM");
        let facts = Facts {
            trouble: Some(trouble),
            ..facts(90)
        };
        let suspicion = suspect(&facts, NOW).unwrap();
        assert!(!suspicion.on_air);
        assert!(suspicion.evidence[1].vi.contains("không có PEM"));
    }
}
