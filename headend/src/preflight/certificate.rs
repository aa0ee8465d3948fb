//! The certificate of HTTPS: how long it lasts, and whether its names lead here.

use std::net::IpAddr;

use super::{Line, say};
use crate::snapshot::CertificateSnapshot;
use crate::tls;

const CHECK: &str = "certificates";
const PLACE: &str = "machine";

/// Where a name of the certificate leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Leads {
    /// A DNS name or an address.
    pub(crate) name: String,
    /// Its addresses; none where the name service knows none.
    pub(crate) to: Vec<IpAddr>,
}

/// The line of `certificate`. `names` is where each name leads and what addresses this machine has;
/// `None` where the node runs elsewhere.
pub(crate) fn judge(
    certificate: Option<&CertificateSnapshot>,
    names: Option<(&[Leads], &[IpAddr])>,
) -> Line {
    let Some(certificate) = certificate else {
        let text = say("HTTPS is not configured", "chưa cấu hình HTTPS");
        return Line::not_used(CHECK, PLACE, text);
    };
    let days = certificate.days_left;
    let (end, all) = (&certificate.not_after, certificate.names.join(", "));
    let text = say(
        format!("for {all}, ends {end}: {days} days left"),
        format!("cho {all}, hết hạn {end}: còn {days} ngày"),
    );
    let renew = say(
        format!(
            "renew it: `certbot renew`, or ask who signed {}",
            certificate.file
        ),
        format!(
            "gia hạn: `certbot renew`, hoặc xin nơi cấp {}",
            certificate.file
        ),
    );
    if certificate.names.is_empty() {
        let text = say(
            "it names no host: browsers take none without subjectAltName",
            "không ghi tên máy nào: trình duyệt không nhận chứng chỉ thiếu subjectAltName",
        );
        return Line::critical(CHECK, PLACE, text).fix(renew);
    }
    if days < tls::ENDED {
        return Line::critical(CHECK, PLACE, text).fix(renew);
    }
    if let Some(trouble) = &certificate.trouble {
        let text = say(
            format!(
                "the files hold what cannot be used, the old one is in use until {end}: {trouble}"
            ),
            format!("tệp hiện có không dùng được, nút vẫn dùng chứng chỉ cũ đến {end}: {trouble}"),
        );
        return Line::warning(CHECK, PLACE, text).fix(say(
            "mend the files; a restart would fail with them: headend config check",
            "sửa các tệp; khởi động lại sẽ lỗi: headend config check",
        ));
    }
    if days < tls::ENDING {
        return Line::warning(CHECK, PLACE, text).fix(renew);
    }
    match names.filter(|(names, own)| !any_here(names, own)) {
        None => Line::good(CHECK, PLACE, text),
        Some((names, _)) => elsewhere(names),
    }
}

fn any_here(names: &[Leads], own: &[IpAddr]) -> bool {
    names
        .iter()
        .flat_map(|name| &name.to)
        .any(|to| own.contains(to))
}

/// None of the names leads here: so it is behind a proxy or address translation, and nowhere else.
fn elsewhere(names: &[Leads]) -> Line {
    let to = |name: &Leads| match name.to.first() {
        Some(to) => format!("{} → {to}", name.name),
        None => format!("{} → ?", name.name),
    };
    let all = names.iter().map(to).collect::<Vec<_>>().join(", ");
    let text = say(
        format!("none of its names leads to this machine: {all}"),
        format!("không tên nào của chứng chỉ dẫn đến máy này: {all}"),
    );
    Line::warning(CHECK, PLACE, text).fix(say(
        "right where a proxy or address translation stands in front; else mend the name service, or take a certificate for this machine's name",
        "đúng nếu phía trước có proxy hoặc NAT; nếu không hãy sửa DNS, hoặc dùng chứng chỉ cho tên của máy này",
    ))
}

#[cfg(test)]
mod tests {
    use super::super::Grade;
    use super::*;

    fn certificate(days_left: i64) -> CertificateSnapshot {
        CertificateSnapshot {
            file: "/x/chain.pem".to_owned(),
            names: vec!["phat.example".to_owned()],
            days_left,
            ..CertificateSnapshot::default()
        }
    }

    fn grade(certificate: &CertificateSnapshot) -> Grade {
        judge(Some(certificate), None).grade
    }

    #[test]
    fn it_is_yellow_under_fourteen_days_and_red_under_two() {
        assert_eq!(judge(None, None).grade, Grade::NotUsed);
        assert_eq!(grade(&certificate(14)), Grade::Good);
        assert_eq!(grade(&certificate(13)), Grade::Warning);
        assert_eq!(grade(&certificate(2)), Grade::Warning);
        assert_eq!(grade(&certificate(1)), Grade::Critical);
        assert_eq!(grade(&certificate(-1)), Grade::Critical);
        let broken = CertificateSnapshot {
            trouble: Some("no PEM".to_owned()),
            ..certificate(90)
        };
        assert_eq!(grade(&broken), Grade::Warning);
        let nameless = CertificateSnapshot {
            names: Vec::new(),
            ..certificate(90)
        };
        assert_eq!(grade(&nameless), Grade::Critical);
    }

    #[test]
    fn a_name_has_to_lead_here() {
        let own: [IpAddr; 1] = [[10, 0, 0, 1].into()];
        let leads = |to: &[[u8; 4]]| {
            let to = to.iter().map(|to| IpAddr::from(*to)).collect();
            [Leads {
                name: "phat.example".to_owned(),
                to,
            }]
        };
        let line = |leads: &[Leads]| judge(Some(&certificate(90)), Some((leads, &own)));
        assert_eq!(
            line(&leads(&[[10, 0, 0, 9], [10, 0, 0, 1]])).grade,
            Grade::Good
        );
        let wrong = line(&leads(&[[10, 0, 0, 9]]));
        assert_eq!(wrong.grade, Grade::Warning);
        assert!(
            wrong.text.en.contains("phat.example → 10.0.0.9"),
            "{wrong:?}"
        );
        assert_eq!(line(&leads(&[])).grade, Grade::Warning);
    }
}
