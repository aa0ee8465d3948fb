//! Paths and FEC as an operator writes them.

use super::*;
use packager::receive::{Framing, RTP_WINDOW};

/// A channel with this input and this output.
fn desk(input: &str, output: &str) -> Desk {
    let output = match output {
        "" => String::new(),
        output => format!("[[channel.output]]\n{output}"),
    };
    Desk::with(&format!(
        "[[channel]]\nid = \"a\"\n[[channel.input]]\n{input}\n{output}"
    ))
}

fn plan(input: &str, output: &str) -> crate::plan::ChannelPlan {
    let loaded = desk(input, output).sources.load();
    let loaded = loaded.unwrap_or_else(|report| panic!("{report:?}"));
    loaded.plan.channels[0].clone()
}

#[test]
fn two_paths_are_one_input_that_waits_for_the_window() {
    let input = "paths = [{ url = \"rtp://239.10.0.1:5000\", interface = \"eth0\" }, \
        { url = \"rtp://239.10.0.1:5000\", interface = \"eth1\", source = \"10.0.0.1\" }]\n\
        merge-window = \"1s\"\nfec = true";
    let input = plan(input, "").inputs[0].clone();
    assert_eq!(input.url, "rtp://239.10.0.1:5000 + rtp://239.10.0.1:5000");
    assert_eq!((input.receive.paths, input.receive.fec), (2, true));
    assert_eq!(input.receive.window, Duration::from_secs(1));
    let interfaces: Vec<_> = input
        .paths
        .iter()
        .map(|path| match path {
            SourcePlan::Datagrams {
                interface,
                rtp: true,
                fec: true,
                ..
            } => interface.clone().unwrap(),
            _ => panic!("{path:?}"),
        })
        .collect();
    assert_eq!(interfaces, ["eth0", "eth1"]);
}

#[test]
fn one_path_without_fec_waits_as_little_as_ever() {
    let input = plan("url = \"rtp://10.0.0.9:5000\"", "").inputs[0].clone();
    assert_eq!((input.receive.paths, input.receive.fec), (1, false));
    assert_eq!(input.receive.window, RTP_WINDOW);
    let input = plan("url = \"udp://10.0.0.9:5000\"", "").inputs[0].clone();
    assert_eq!(input.receive.framing, Framing::Ts);
}

#[test]
fn an_output_has_the_matrix_that_is_written_or_ten_by_ten() {
    let output = |fec: &str| {
        let text = format!("url = \"rtp://10.0.0.9:6000\"\nfec = {{ {fec} }}");
        let matrix = plan("url = \"test:\"", &text).outputs[0].fec.unwrap();
        (matrix.columns(), matrix.rows(), matrix.row_fec())
    };
    assert_eq!(output(""), (10, 10, true));
    assert_eq!(
        output("columns = 1, rows = 20, row-fec = false"),
        (1, 20, false)
    );
}

#[test]
fn what_cannot_be_merged_or_protected_is_refused() {
    let rtp = "rtp://10.0.0.9:5000";
    let other = "rtp://10.0.0.9:5100";
    let fec = |fec: &str| format!("url = \"{rtp}\"\nfec = {{ {fec} }}");
    for (input, output, says) in [
        (String::new(), String::new(), "url"),
        (
            format!("url = \"{rtp}\"\npaths = [{{ url = \"{other}\" }}]"),
            String::new(),
            "not both",
        ),
        (
            format!("paths = [{{ url = \"{rtp}\" }}, {{ url = \"udp://10.0.0.9:5100\" }}]"),
            String::new(),
            "only rtp://",
        ),
        (
            "url = \"udp://10.0.0.9:5000\"\nfec = true".to_owned(),
            String::new(),
            "rtp:// alone",
        ),
        (
            "url = \"rtp://10.0.0.9:65532\"\nfec = true".to_owned(),
            String::new(),
            "65531",
        ),
        (
            format!("url = \"{rtp}\"\nmerge-window = \"3s\""),
            String::new(),
            "2s",
        ),
        ("url = \"test:\"".to_owned(), fec("columns = 3"), "4 to 20"),
        (
            "url = \"test:\"".to_owned(),
            fec("rows = 20"),
            "at most 100",
        ),
        (
            "url = \"test:\"".to_owned(),
            "url = \"udp://10.0.0.9:5000\"\nfec = {}".to_owned(),
            "rtp:// alone",
        ),
        // The FEC of one input is another's stream.
        (
            format!(
                "url = \"{rtp}\"\nfec = true\n[[channel.input]]\nurl = \"rtp://10.0.0.9:5002\""
            ),
            String::new(),
            "10.0.0.9:5002",
        ),
    ] {
        let said = desk(&input, &output).said();
        assert!(
            said.iter().any(|line| line.contains(says)),
            "{input}: {said:#?}"
        );
    }
}
