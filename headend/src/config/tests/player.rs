//! `[player]`, and under which heading and with which logo a channel is shown.

use super::*;

const TWO: &str = r#"
[node]
name = "tinh-lao-cai"

[player]
help-phone = "024 3943 1234"

[[channel]]
id = "hop"
group = "Trung ương"
[[channel.input]]
url = "test:"

[[channel]]
id = "giao-ban"
[[channel.input]]
url = "test:"
"#;

#[test]
fn a_channel_without_a_heading_stands_under_the_nodes_name() {
    let plan = Desk::with(TWO).sources.load().unwrap().plan;
    let groups: Vec<&str> = plan.channels.iter().map(|c| c.group.as_str()).collect();
    assert_eq!(groups, ["Trung ương", "tinh-lao-cai"]);
    assert_eq!(plan.help.phone.as_deref(), Some("024 3943 1234"));
    assert_eq!(plan.help.name, None);
}

#[test]
fn a_telephone_number_of_nothing_is_refused() {
    let text = TWO.replace("024 3943 1234", "");
    assert!(Desk::with(&text).sources.load().is_err());
}

#[test]
fn a_logo_is_an_address_that_applications_can_ask() {
    let with = |logo: &str| {
        let logo = format!("group = \"Trung ương\"\nlogo = \"{logo}\"");
        Desk::with(&TWO.replace("group = \"Trung ương\"", &logo))
    };
    let good = "http://[2001:db8::1]:8000/logo/h%E1%BB%8Dp.png?v=2";
    let plan = with(good).sources.load().unwrap().plan;
    let logos: Vec<Option<&str>> = plan.channels.iter().map(|c| c.logo.as_deref()).collect();
    assert_eq!(logos, [Some(good), None]);
    for (written, said) in [
        ("logo.png", "`logo.png` is no kind of URL known here"),
        (
            "htps://a/b.png",
            "`htps` is no kind of URL known here: did you mean",
        ),
        ("https:///b.png", "`` is not an address"),
        (
            "https://tinh.example/a b.png",
            "`tinh.example` is not an address",
        ),
        (
            "https://u:p@tinh.example/b.png",
            "a password is never in a URL",
        ),
        (
            "https://tinh.example:99999/",
            "the port is missing or not 1 to 65535",
        ),
        ("", "the text is empty"),
    ] {
        let all = with(written).said();
        let here = all.len() == 1 && all[0].starts_with("11:8 ") && all[0].contains(said);
        assert!(here, "{written}: {all:?}");
    }
}
