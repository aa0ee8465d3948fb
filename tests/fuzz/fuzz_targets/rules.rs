//! A hostile server to the judge of HLS: it ends, and asks for nothing without end.
#![no_main]

use std::hint::black_box;
use std::time::Duration;

use hls_rules::{Fetch, Judge};
use libfuzzer_sys::fuzz_target;

/// More requests than any piece of input is good for.
const REQUESTS: u64 = 200;

fuzz_target!(|data: &[u8]| {
    let mut judge = Judge::new("http://h/a.m3u8");
    // Answers stand between zero bytes, and come again and again.
    let bodies: Vec<&[u8]> = data.split(|byte| *byte == 0).collect();
    let mut now = Duration::ZERO;
    for (count, body) in (0..REQUESTS).zip(bodies.iter().cycle()) {
        let Some(request) = judge.pull() else {
            break;
        };
        now = now.max(request.at) + Duration::from_millis(7);
        if count % 17 == 16 {
            judge.failed(&request, now);
            continue;
        }
        let media = !request.url.contains(".m3u8");
        let fetch = Fetch {
            url: request.url,
            at: now,
            first: Duration::from_millis(1),
            took: Duration::from_millis(2),
            status: if count % 13 == 12 { 404 } else { 200 },
            // What is no playlist holds all of the input.
            body: if media { data } else { body }.to_vec(),
            gzip: request.gzip,
            ..Fetch::default()
        };
        judge.push(&fetch, request.range);
    }
    black_box(judge.report());
});
