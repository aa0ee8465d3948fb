//! The schedule as others read it: XMLTV against its own DTD, iCalendar by another library.

use std::process::Command;

use headend_tests::lab::{Host, Lab};
use headend_tests::node::Node;

const CHANNEL: &str = r#"
[http]
listen = ["127.0.0.1:8080"]

[[channel]]
id = "hop"
name = "Họp <Chính phủ> & địa phương"
logo = "https://tinh.example/logo?a=1&b=2"

[[channel.input]]
url = "udp://127.0.0.1:6000"
"#;
/// Where Debian's xmltv-util has it.
const DTD: &str = "/usr/share/xmltv/xmltv.dtd";
/// Commas, semicolons, quotation marks, tags, and a line longer than 75 bytes.
const TITLE: &str = "Giao ban; \"quý IV\", <Trung ương> & các tỉnh: phòng chống bão lụt, thiên tai và tìm kiếm cứu nạn năm 2026";
const NOTE: &str = "Dòng một\\nvà]]> tiếp; hết,";

/// What a command says, which has to end well.
fn said(command: &mut Command) -> String {
    let output = command.output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {text}{error}");
    text
}

#[test]
fn the_guide_is_valid_by_its_dtd_and_the_calendar_is_read_by_another_library() {
    let lab = Lab::new().unwrap();
    let node = Node::start(&lab, CHANNEL).unwrap();
    for (start, note) in [("2030-01-05 08:00", NOTE), ("2030-01-06 08:00", "")] {
        let add = [
            "meeting",
            "add",
            "--channel",
            "hop",
            "--start",
            start,
            "--for",
            "3h30m",
        ];
        let more = ["--originator", "Văn phòng & Bộ", "--note", note, TITLE];
        node.cli(&[&add[..], &more[..]].concat()).unwrap();
    }
    let folder = tempfile::tempdir().unwrap();
    let get = |address: &str, file: &str| {
        let path = folder.path().join(file);
        let url = format!("http://127.0.0.1:8080{address}");
        said(
            lab.command(Host::Node, "curl")
                .args(["-sf", &url, "-o"])
                .arg(&path),
        );
        path
    };

    let guide = get("/epg.xml", "epg.xml");
    let mut xmllint = Command::new("xmllint");
    said(
        xmllint
            .args(["--noout", "--nonet", "--dtdvalid", DTD])
            .arg(&guide),
    );
    let mut titles = Command::new("xmllint");
    titles.args([
        "--nonet",
        "--xpath",
        "//programme[1]/title/text() | //channel/display-name/text() | //channel/icon/@src",
    ]);
    let read = said(titles.arg(&guide));
    for text in [
        "Họp &lt;Chính phủ&gt; &amp; địa phương",
        "&lt;Trung ương&gt; &amp; các tỉnh",
        "src=\"https://tinh.example/logo?a=1&amp;b=2\"",
    ] {
        assert!(read.contains(text), "{read}");
    }

    let calendar = get("/meetings.ics", "meetings.ics");
    let script = "import icalendar, sys\n\
        c = icalendar.Calendar.from_ical(open(sys.argv[1], 'rb').read())\n\
        assert not c.errors, c.errors\n\
        for e in c.walk('VEVENT'):\n    \
            assert not e.errors, e.errors\n    \
            span = e.get('DTEND').dt - e.get('DTSTART').dt\n    \
            print(e.get('DTSTART').dt.timestamp(), span, e.get('UID') is not None, e.get('SUMMARY'), sep='|')\n";
    let mut python = Command::new("/usr/bin/python3");
    let read = said(
        python
            .args(["-c", script])
            .arg(&calendar)
            .env("PYTHONIOENCODING", "utf-8"),
    );
    // 2030-01-05 01:00 UTC.
    let expected =
        [1_893_805_200.0, 1_893_891_600.0].map(|at| format!("{at:.1}|3:30:00|True|{TITLE}\n"));
    assert_eq!(read, expected.concat());
}
