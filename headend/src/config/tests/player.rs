//! `[player]`, and under which heading a channel is shown.

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
