//! A page that reports any bytes at all: what is read of them is bounded, and is read the same again.
#![no_main]

use libfuzzer_sys::fuzz_target;

// The module stands alone, so that the whole program need not be built here.
#[path = "../../../headend/src/hall/cmcd.rs"]
mod cmcd;

use cmcd::{REPORT_BYTES, Value};

/// As a page writes it.
fn written(value: &Value) -> String {
    match value {
        Value::Flag(true) => "?1".to_owned(),
        Value::Flag(false) => "?0".to_owned(),
        Value::Number(number) => format!("{number:.3}"),
        Value::Text(text) => {
            let hex: String = text.bytes().map(|byte| format!("%{byte:02x}")).collect();
            format!("%\"{hex}\"")
        }
        Value::Token(token)
            if token.starts_with(|c: char| c.is_ascii_alphabetic() || c == '*')
                && !token.contains('=') =>
        {
            token.clone()
        }
        Value::Token(bytes) => format!(":{bytes}:"),
        Value::List(items) => {
            let items: Vec<String> = items.iter().map(written).collect();
            format!("({})", items.join(" "))
        }
    }
}

fuzz_target!(|data: &[u8]| {
    let text = String::from_utf8_lossy(data);
    let decoded = cmcd::decoded(&text);
    assert!(decoded.len() <= text.len() * 3);
    for text in [&*text, &*decoded] {
        let members = match cmcd::parse(text) {
            Ok(members) => members,
            Err(error) => {
                assert!(error.at <= text.len());
                continue;
            }
        };
        assert!(text.len() <= REPORT_BYTES);
        let again: Vec<String> = members
            .iter()
            .map(|(key, value)| format!("{key}={}", written(value)))
            .collect();
        let again = again.join(",");
        // Percent signs make it longer, and the last digits of a number are not kept.
        if again.len() > REPORT_BYTES {
            continue;
        }
        let read = cmcd::parse(&again).expect("what is written is read");
        assert_eq!(read.len(), members.len());
        for ((key, value), (known, before)) in read.iter().zip(&members) {
            assert_eq!(key, known);
            assert_eq!(written(value), written(before));
        }
    }
});
