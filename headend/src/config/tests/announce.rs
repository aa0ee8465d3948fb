//! `[announce]`, and the numbers of channels.

use super::*;

fn numbered(numbers: &[&str]) -> Desk {
    let channel = |(index, number): (usize, &&str)| {
        format!(
            "[[channel]]\nid = \"c{index}\"\n{number}\n[[channel.input]]\nurl = \"udp://10.0.0.{}:5000\"\n",
            index + 10
        )
    };
    Desk::with(&numbers.iter().enumerate().map(channel).collect::<String>())
}

#[test]
fn announcements_have_an_interface() {
    let desk = Desk::with("[announce]\nsap = true\ninterface = \"eth1\"\nttl = 4\n");
    assert_eq!(desk.said(), [""; 0]);
    let sap = desk.sources.load().unwrap().plan.sap.unwrap();
    assert_eq!((sap.interface.as_str(), sap.ttl), ("eth1", 4));
    let off = Desk::with("[announce]\ninterface = \"eth1\"\n");
    assert_eq!(off.sources.load().unwrap().plan.sap, None);
    for (written, said) in [
        ("sap = true", "2:7 a multicast output needs an interface: "),
        ("sap = true\ninterface = \"eth9\"", "3:13 "),
        ("sap = true\ninterface = \"::1\"", "3:13 "),
        ("ttl = 0", "2:7 "),
    ] {
        let all = Desk::with(&format!("[announce]\n{written}\n")).said();
        assert!(all[0].starts_with(said), "{all:?}");
    }
}

#[test]
fn no_two_channels_have_one_number() {
    let desk = numbered(&["number = 7", "", "number = 999"]);
    assert_eq!(desk.said(), [""; 0]);
    let plan = desk.sources.load().unwrap().plan;
    let numbers: Vec<Option<u16>> = plan.channels.iter().map(|c| c.number).collect();
    assert_eq!(numbers, [Some(7), None, Some(999)]);
    let twice = numbered(&["number = 7", "", "number = 7"]).said();
    assert_eq!(twice.len(), 1, "{twice:?}");
    assert!(
        twice[0].starts_with("13:10 number 7 is there already: the first is at ")
            && twice[0].contains("headend.toml:3:10"),
        "{twice:?}"
    );
    for bad in ["number = 0", "number = 1000", "number = \"7\""] {
        assert_eq!(numbered(&[bad]).said().len(), 1, "{bad}");
    }
}
