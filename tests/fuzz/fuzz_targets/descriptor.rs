//! A descriptor loop: what each means, written and read again, texts included.
#![no_main]

use libfuzzer_sys::fuzz_target;
use packager::ts::descriptor::{BODY_MAX, Descriptor, Descriptors};
use packager::ts::text;

fuzz_target!(|bytes: &[u8]| {
    let descriptors = Descriptors::from_bytes(bytes);
    assert!(bytes.starts_with(descriptors.bytes()));
    for descriptor in descriptors.iter() {
        let body = descriptor.body();
        assert!(body.len() <= BODY_MAX);
        // A text may grow when it is written as UTF-8 and be cut; then it stays as it is.
        let written = Descriptor::parse(descriptor.tag(), &body);
        assert_eq!(written.tag(), descriptor.tag());
        assert_eq!(Descriptor::parse(written.tag(), &written.body()), written);
    }
    let text = text::decode(bytes);
    assert!(text.chars().all(|c| c == '\n' || !c.is_control()));
    assert_eq!(text::decode(&text::encode(&text, usize::MAX)), text);
});
