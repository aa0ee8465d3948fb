//! For each rule a presentation that keeps it and one that breaks it, and no other.

use std::time::Duration;

use hls_rules::{Fetch, Line, Protocol, RULES, Verdict};

use crate::server::{Base, Server, watch};

/// Long enough for windows to slide past all that changes.
const SECONDS: f64 = 40.0;
/// When what changes in mid-stream does.
const LATER: f64 = 10.0;

/// A rule, the presentation that keeps it, and what breaks it.
struct Fixture {
    rule: u8,
    good: Server,
    bad: Server,
}

fn broken(report: &[Line]) -> Vec<(u8, String)> {
    let broken = report
        .iter()
        .filter(|line| matches!(line.verdict, Verdict::Broken(_)));
    let first = |line: &Line| {
        let finding = &line.findings[0];
        format!(
            "{:?} {} {:?} {}",
            finding.at, finding.url, finding.line, finding.seen
        )
    };
    broken.map(|line| (line.rule.number, first(line))).collect()
}

#[test]
fn a_server_that_obeys_is_let_go() {
    for base in [
        Base::Ts,
        Base::Single,
        Base::Cmaf,
        Base::Low,
        Base::LowSingle,
        Base::Packed,
        Base::Secret,
    ] {
        let report = watch(&Server::new(base), SECONDS).report();
        assert_eq!(broken(&report), [], "{base:?}");
        let held = report
            .iter()
            .filter(|line| line.verdict == Verdict::Held)
            .count();
        assert!(held > 15, "{base:?}: {held} rules were judged");
    }
}

/// What comes late over a line of long ways and little room came from a server in time.
#[test]
fn a_server_behind_a_slow_line_is_let_go() {
    for base in [Base::Low, Base::LowSingle] {
        let server = but(base, |s| {
            s.tamper = |fetch, _| {
                fetch.first += Duration::from_millis(250);
                fetch.content += Duration::from_millis(250);
                fetch.took += Duration::from_millis(300);
            };
        });
        let report = watch(&server, SECONDS).report();
        let broken = broken(&report);
        let blamed = broken.iter().filter(|(rule, _)| matches!(rule, 64 | 70));
        assert_eq!(blamed.count(), 0, "{base:?}: {broken:#?}");
    }
}

#[test]
fn each_rule_is_kept_by_its_good_fixture_and_broken_by_its_bad_one_alone() {
    let fixtures = fixtures();
    let mut rules: Vec<u8> = fixtures.iter().map(|f| f.rule).collect();
    rules.dedup();
    let all: Vec<u8> = RULES.iter().map(|rule| rule.number).collect();
    assert_eq!(rules, all, "each rule has its fixture");
    let mut wrong = Vec::new();
    for fixture in fixtures {
        let good = watch(&fixture.good, SECONDS).report();
        let kept = good
            .iter()
            .any(|line| line.rule.number == fixture.rule && line.verdict == Verdict::Held);
        if !kept || !broken(&good).is_empty() {
            wrong.push(format!(
                "R{:02} good: judged {kept}, {:?}",
                fixture.rule,
                broken(&good)
            ));
        }
        let found = broken(&watch(&fixture.bad, SECONDS).report());
        if found.iter().map(|(rule, _)| *rule).ne([fixture.rule]) {
            wrong.push(format!("R{:02} bad: {found:#?}", fixture.rule));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A server that is turned wrong.
fn but(base: Base, turn: impl FnOnce(&mut Server)) -> Server {
    let mut server = Server::new(base);
    turn(&mut server);
    server
}

/// One whose answers are changed.
fn lying(base: Base, tamper: fn(&mut Fetch, f64)) -> Server {
    but(base, |server| server.tamper = tamper)
}

/// Changes the text of an answer that is a playlist.
fn text(fetch: &mut Fetch, change: impl FnOnce(String) -> String) {
    if fetch.status == 200 && fetch.body.starts_with(b"#EXTM3U") {
        let old = String::from_utf8(std::mem::take(&mut fetch.body)).unwrap();
        fetch.body = change(old).into_bytes();
    }
}

fn swap(fetch: &mut Fetch, from: &str, to: &str) {
    text(fetch, |old| old.replace(from, to));
}

/// Puts a line behind the first.
fn add(fetch: &mut Fetch, line: &str) {
    text(fetch, |old| old.replacen('\n', &format!("\n{line}\n"), 1));
}

fn without(fetch: &mut Fetch, tag: &str) {
    text(fetch, |old| {
        let kept: Vec<&str> = old.lines().filter(|line| !line.starts_with(tag)).collect();
        kept.join("\n") + "\n"
    });
}

/// Raises the number behind a tag.
fn raise(fetch: &mut Fetch, tag: &str, by: u64) {
    text(fetch, |old| {
        let line = |line: &str| match line.strip_prefix(tag) {
            Some(number) => format!("{tag}{}\n", number.parse::<u64>().unwrap() + by),
            None => format!("{line}\n"),
        };
        old.lines().map(line).collect()
    });
}

/// Changes bytes of media.
fn bytes(fetch: &mut Fetch, from: &[u8], to: &[u8]) {
    let places: Vec<usize> = fetch
        .body
        .windows(from.len())
        .enumerate()
        .filter(|(_, w)| *w == from)
        .map(|(at, _)| at)
        .collect();
    for at in places {
        fetch.body[at..at + to.len()].copy_from_slice(to);
    }
}

fn header(fetch: &mut Fetch, name: &str, value: &str) {
    fetch.headers.retain(|(n, _)| n != name);
    if !value.is_empty() {
        fetch.headers.push((name.to_owned(), value.to_owned()));
    }
}

fn is_playlist(fetch: &Fetch) -> bool {
    fetch.url.contains(".m3u8") || fetch.url.contains("/index")
}

fn second(fetch: &Fetch) -> bool {
    fetch.url.contains("/b/")
}

fn fixtures() -> Vec<Fixture> {
    let mut all = syntax();
    all.extend(media());
    all.extend(live());
    all.extend(served());
    all.extend(variants());
    all.extend(low_latency());
    all.extend(directives());
    all
}

fn lies(rule: u8, base: Base, tamper: fn(&mut Fetch, f64)) -> Fixture {
    Fixture {
        rule,
        good: Server::new(base),
        bad: lying(base, tamper),
    }
}

fn turned(rule: u8, base: Base, turn: impl FnOnce(&mut Server)) -> Fixture {
    Fixture {
        rule,
        good: Server::new(base),
        bad: but(base, turn),
    }
}

fn syntax() -> Vec<Fixture> {
    vec![
        Fixture {
            rule: 1,
            good: but(Base::Single, |s| s.nameless = true),
            bad: but(Base::Single, |s| {
                s.nameless = true;
                s.tamper = |fetch, _| {
                    if is_playlist(fetch) {
                        header(fetch, "content-type", "text/plain");
                    }
                };
            }),
        },
        lies(2, Base::Single, |fetch, _| add(fetch, "# \u{1}")),
        lies(3, Base::Single, |fetch, _| {
            swap(fetch, "VERSION:6\n", "VERSION:6 \n");
        }),
        lies(4, Base::Cmaf, |fetch, _| {
            swap(fetch, "BANDWIDTH=900000", "BANDWIDTH=0.9M");
        }),
        lies(5, Base::Single, |fetch, _| {
            swap(fetch, "#EXTM3U\n", "#EXTM3U8\n");
        }),
        lies(6, Base::Single, |fetch, _| without(fetch, "#EXT-X-VERSION")),
        lies(7, Base::Cmaf, |fetch, _| {
            swap(fetch, "VERSION:6", "VERSION:5");
        }),
        lies(8, Base::Cmaf, |fetch, _| {
            swap(
                fetch,
                "#EXT-X-INDEPENDENT-SEGMENTS\n",
                "#EXT-X-INDEPENDENT-SEGMENTS\n#EXT-X-INDEPENDENT-SEGMENTS\n",
            );
        }),
        lies(9, Base::Single, |fetch, _| {
            add(fetch, "#EXT-X-TARGETDURATION:2");
        }),
        lies(10, Base::Cmaf, |fetch, _| {
            for number in ["35", "45"] {
                let uri = format!("{number}.m4s");
                swap(fetch, &format!("2.000,\n{uri}"), &format!("2.600,\n{uri}"));
            }
        }),
        lies(11, Base::Single, |fetch, _| {
            text(fetch, |old| {
                let tag = old
                    .lines()
                    .find(|l| l.starts_with("#EXT-X-MEDIA-SEQUENCE"))
                    .unwrap()
                    .to_owned();
                old.replacen(&format!("{tag}\n"), "", 1).replacen(
                    "#EXTINF:2.000,\n",
                    &format!("#EXTINF:2.000,\n{tag}\n"),
                    1,
                )
            });
        }),
        lies(12, Base::Single, |fetch, _| {
            swap(
                fetch,
                "#EXTINF:2.000,\n",
                "#EXTINF:2.000,\n#EXTINF:2.000,\n",
            );
        }),
    ]
}

fn media() -> Vec<Fixture> {
    vec![
        // The sound is something else in every tenth segment.
        lies(13, Base::Single, |fetch, _| {
            if fetch.url.ends_with("5.ts") {
                bytes(fetch, &[0x0f, 0xe1, 2], &[0x06, 0xe1, 2]);
            }
        }),
        lies(14, Base::Secret, |fetch, _| swap(fetch, "URI=\"key\",", "")),
        lies(15, Base::Single, |fetch, _| {
            swap(fetch, "#EXT-X-BITRATE:", "#EXT-X-BITRATE:1");
        }),
        lies(16, Base::Single, |fetch, _| {
            swap(fetch, "TIME:2026-11-22T", "TIME:2026-11-22 ");
        }),
        lies(20, Base::Single, |fetch, _| {
            if fetch.url.ends_with("5.ts") {
                fetch.body.drain(188 * 30..188 * 31);
            }
        }),
        lies(21, Base::Single, |fetch, _| {
            if fetch.url.ends_with(".ts") {
                let (head, tail) = fetch.body.split_at_mut(188);
                head.swap_with_slice(&mut tail[..188]);
            }
        }),
        lies(22, Base::Cmaf, |fetch, _| {
            bytes(fetch, b"iso6", b"isom");
            bytes(fetch, b"cmfc", b"mp42");
        }),
        lies(23, Base::Packed, |fetch, _| bytes(fetch, b"PRIV", b"TALB")),
        lies(24, Base::Cmaf, |fetch, _| {
            if fetch.url.ends_with("5.m4s") {
                bytes(fetch, &[0, 0, 0, 8, 0x65], &[0, 0, 0, 8, 0x41]);
            }
        }),
    ]
}

fn live() -> Vec<Fixture> {
    vec![
        lies(30, Base::Single, |fetch, now| {
            if is_playlist(fetch) && now > LATER {
                header(fetch, "content-encoding", "");
                header(fetch, "content-length", "90000");
                fetch.gzip = false;
            }
        }),
        lies(31, Base::Cmaf, |fetch, now| {
            if now > LATER {
                swap(fetch, "#EXTINF:2.000,\n45.m4s", "#EXTINF:1.900,\n45.m4s");
                swap(fetch, "#EXTINF:2.000,\n35.m4s", "#EXTINF:1.900,\n35.m4s");
            }
        }),
        lies(32, Base::Single, |fetch, now| {
            if now > LATER {
                swap(fetch, "DURATION:2\n", "DURATION:3\n");
            }
        }),
        turned(33, Base::Single, |s| {
            s.warp = |now| now.min(LATER) + (now - 16.0).max(0.0);
        }),
        lies(34, Base::Single, |fetch, now| {
            if now > LATER {
                raise(fetch, "#EXT-X-MEDIA-SEQUENCE:", 1);
            }
        }),
        lies(35, Base::Single, |fetch, now| {
            if now > LATER {
                raise(fetch, "#EXT-X-DISCONTINUITY-SEQUENCE:", 1);
            }
        }),
        turned(36, Base::Single, |s| {
            s.window = |now| if now < LATER { 10 } else { 2 }
        }),
        turned(37, Base::Single, |s| s.keep = 19.0),
        lies(38, Base::Single, |fetch, _| {
            add(fetch, "#EXT-X-PLAYLIST-TYPE:EVENT");
        }),
        lies(39, Base::Packed, |fetch, _| {
            if fetch.url.ends_with("5.aac") {
                fetch.status = 404;
            }
        }),
        lies(40, Base::Packed, |fetch, now| {
            if fetch.url.ends_with("35.aac") && now > LATER {
                fetch.body.push(0);
            }
        }),
        turned(41, Base::Cmaf, |s| {
            s.skew = |number| -1500 * i64::try_from(number / 7).unwrap();
        }),
        Fixture {
            rule: 42,
            good: Server::new(Base::Secret),
            bad: lying(Base::Secret, |fetch, _| {
                if fetch.url.ends_with("5.ts") {
                    fetch.body[0] = 0x47;
                    fetch.body[188] = 0x47;
                }
            }),
        },
        lies(43, Base::Single, |fetch, now| {
            if now > LATER {
                without(fetch, "#EXT-X-DATERANGE");
            }
        }),
    ]
}

fn served() -> Vec<Fixture> {
    vec![
        Fixture {
            rule: 44,
            good: but(Base::Single, |s| s.gone = 20.0),
            bad: but(Base::Single, |s| {
                s.gone = 20.0;
                s.tamper = |fetch, now| {
                    if now > 20.0 && !is_playlist(fetch) {
                        fetch.status = 410;
                    }
                };
            }),
        },
        lies(45, Base::Single, |fetch, _| {
            if is_playlist(fetch) {
                header(fetch, "content-encoding", "");
            }
        }),
        lies(46, Base::Single, |fetch, _| {
            header(fetch, "cache-control", "");
        }),
    ]
}

fn variants() -> Vec<Fixture> {
    vec![
        lies(50, Base::Ts, |fetch, now| {
            if second(fetch) && now > 20.0 {
                text(fetch, |old| old + "#EXT-X-ENDLIST\n");
            }
        }),
        Fixture {
            rule: 51,
            good: lying(Base::Ts, |fetch, _| without(fetch, "#EXT-X-PROGRAM")),
            bad: lying(Base::Ts, |fetch, _| {
                without(fetch, "#EXT-X-PROGRAM");
                // 2^30 ticks of 90 kHz, 3 hours, in every time stamp.
                if second(fetch) && !is_playlist(fetch) {
                    for packet in fetch.body.chunks_mut(188) {
                        let at = packet
                            .windows(9)
                            .position(|w| w.starts_with(&[0, 0, 1]) && w[6..] == [0x80, 0x80, 5]);
                        if let Some(at) = at {
                            packet[at + 9] ^= 0x02;
                        }
                    }
                }
            }),
        },
        Fixture {
            rule: 52,
            good: but(Base::Ts, |s| s.leap = 0),
            bad: but(Base::Ts, |s| {
                s.leap = 0;
                s.tamper = |fetch, _| {
                    if second(fetch) {
                        raise(fetch, "#EXT-X-DISCONTINUITY-SEQUENCE:", 1);
                    }
                };
            }),
        },
        lies(53, Base::Cmaf, |fetch, _| {
            if second(fetch) {
                swap(fetch, "DURATION:2\n", "DURATION:3\n");
            }
        }),
        lies(54, Base::Low, |fetch, _| {
            if second(fetch) {
                swap(fetch, "HOLD-BACK=6.0", "HOLD-BACK=7.0");
            }
        }),
        lies(55, Base::Ts, |fetch, _| {
            if second(fetch) {
                without(fetch, "#EXT-X-PROGRAM");
            }
        }),
        lies(56, Base::Cmaf, |fetch, _| swap(fetch, ",mp4a.40.2", "")),
        turned(57, Base::Ts, |s| s.lag = 4.0),
    ]
}

fn low_latency() -> Vec<Fixture> {
    vec![
        lies(60, Base::Low, |fetch, _| without(fetch, "#EXT-X-PART-INF")),
        lies(61, Base::Low, |fetch, _| {
            swap(fetch, "PART-HOLD-BACK=1.5", "PART-HOLD-BACK=0.9");
        }),
        lies(62, Base::Low, |fetch, _| {
            if !second(fetch) {
                text(fetch, |old| {
                    let line = |line: &str| match line.contains(".1.part") {
                        true => line.replace("DURATION=0.500", "DURATION=0.300") + "\n",
                        false => format!("{line}\n"),
                    };
                    old.lines().map(line).collect()
                });
            }
        }),
        lies(63, Base::Low, |fetch, _| {
            if fetch.url.ends_with("5.2.part") {
                *fetch.body.last_mut().unwrap() = 99;
            }
        }),
        turned(64, Base::LowSingle, |s| {
            s.warp = |now| {
                if (LATER..LATER + 1.5).contains(&now) {
                    LATER
                } else {
                    now
                }
            }
        }),
        turned(65, Base::Low, |s| s.stale = 0.0),
        turned(66, Base::LowSingle, |s| s.blocks = false),
    ]
}

fn directives() -> Vec<Fixture> {
    vec![
        lies(67, Base::Low, |fetch, _| {
            if fetch.url.contains("?_HLS_part") {
                fetch.status = 404;
            }
        }),
        Fixture {
            rule: 68,
            good: but(Base::Low, |s| s.ends = 20.0),
            bad: but(Base::Low, |s| {
                s.ends = 20.0;
                s.tamper = |fetch, now| {
                    if now > 20.0 && fetch.url.contains("_HLS_msn") {
                        fetch.status = 404;
                    }
                };
            }),
        },
        turned(69, Base::Low, |s| s.skip = 4.0),
        lies(69, Base::Low, |fetch, _| {
            if fetch.url.contains("_HLS_skip=v2") {
                fetch.status = 400;
            }
        }),
        lies(70, Base::Low, |fetch, _| {
            if !second(fetch) {
                swap(fetch, "TYPE=PART,URI=\"", "TYPE=PART,URI=\"x");
            }
        }),
        // A part that is sent while it is made.
        lies(70, Base::LowSingle, |fetch, _| {
            if fetch.first > Duration::from_millis(100) && !is_playlist(fetch) {
                fetch.content = fetch.took.saturating_sub(Duration::from_millis(450));
            }
        }),
        lies(71, Base::Low, |fetch, _| {
            if second(fetch) {
                swap(fetch, "LAST-MSN=", "LAST-MSN=1");
            }
        }),
        lies(71, Base::Low, |fetch, _| {
            if second(fetch) {
                swap(fetch, "LAST-PART=3", "LAST-PART=0");
            }
        }),
        lies(72, Base::Low, |fetch, _| {
            fetch.protocol = Some(Protocol::Http1);
        }),
        turned(72, Base::Low, |s| s.lag = 1.0),
        lies(73, Base::Low, |fetch, _| {
            if !is_playlist(fetch) {
                header(fetch, "cache-control", "max-age=2");
            }
        }),
        Fixture {
            rule: 73,
            good: but(Base::LowSingle, |s| s.gone = 20.0),
            bad: but(Base::LowSingle, |s| {
                s.gone = 20.0;
                s.tamper = |fetch, _| {
                    if is_playlist(fetch) && fetch.status == 404 {
                        header(fetch, "cache-control", "max-age=60");
                    }
                };
            }),
        },
    ]
}
