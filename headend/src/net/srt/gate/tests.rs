use proptest::prelude::*;

use super::*;

const COOKIE: u32 = 0xdead_beef;
const INDUCTION: u32 = 1;
const CONCLUSION: u32 = 0xffff_ffff;

/// A handshake of `kind` for `destination` from the socket `socket`.
fn handshake(kind: u32, destination: u32, socket: u32, cookie: u32) -> Vec<u8> {
    let words = [
        0x8000_0000,
        0,
        0,
        destination,
        5,
        0,
        0,
        1500,
        8192,
        kind,
        socket,
        cookie,
        0,
        0,
        0,
        0,
    ];
    words.into_iter().flat_map(u32::to_be_bytes).collect()
}

fn address(text: &str) -> SocketAddr {
    text.parse().unwrap()
}

fn at(millis: u64) -> Mono {
    Mono::from_nanos(millis * 1_000_000)
}

/// Takes the caller through the induction; gives the cookie it is told.
fn inducted(gate: &mut Gate, now: Mono, from: SocketAddr, socket: u32) -> u32 {
    let mut asked = handshake(INDUCTION, 0, socket, 0);
    assert_eq!(gate.outside(now, from, &mut asked), Verdict::Pass);
    let mut answer = handshake(INDUCTION, socket, socket, COOKIE);
    assert_eq!(gate.inside(&mut answer), Some(from));
    wire::cookie(&answer).unwrap()
}

fn seated(gate: &mut Gate, now: Mono, from: SocketAddr, socket: u32) {
    let cookie = inducted(gate, now, from, socket);
    let mut conclusion = handshake(CONCLUSION, 0, socket, cookie);
    assert_eq!(gate.outside(now, from, &mut conclusion), Verdict::Pass);
    assert_eq!(
        wire::cookie(&conclusion),
        Some(COOKIE),
        "rsrt gets its own cookie back"
    );
    let mut answer = handshake(CONCLUSION, socket, 99, COOKIE);
    assert_eq!(gate.inside(&mut answer), Some(from));
    assert_eq!(wire::cookie(&answer), Some(cookie));
    assert_eq!(gate.guest(), Some(from));
}

#[test]
fn a_cookie_is_good_for_the_address_it_was_sent_to_alone() {
    let mut gate = Gate::new(None);
    let (own, other) = (address("10.0.0.1:4000"), address("10.0.0.2:4000"));
    let cookie = inducted(&mut gate, at(0), own, 7);
    for (from, cookie) in [
        (other, cookie),
        (own, COOKIE),
        (own, 0),
        (address("10.0.0.1:4001"), cookie),
    ] {
        let mut forged = handshake(CONCLUSION, 0, 7, cookie);
        assert_eq!(gate.outside(at(1), from, &mut forged), Verdict::Drop);
        assert_eq!(gate.refused().1, Some((from, Refusal::Cookie)));
    }
    assert_eq!(
        gate.outside(at(2), own, &mut handshake(CONCLUSION, 0, 7, cookie)),
        Verdict::Pass
    );
}

#[test]
fn a_second_caller_is_told_that_the_seat_is_taken_until_it_is_free() {
    let mut gate = Gate::new(None);
    let (first, second) = (address("10.0.0.1:4000"), address("10.0.0.2:4000"));
    seated(&mut gate, at(0), first, 7);
    let cookie = inducted(&mut gate, at(1), second, 8);
    let mut call = handshake(CONCLUSION, 0, 8, cookie);
    call.extend([0xff; 100]);
    assert_eq!(gate.outside(at(1), second, &mut call), Verdict::Answer(64));
    assert_eq!(wire::kind(&call), Some(Kind::Refusal(LOCKED)));
    assert_eq!(wire::destination(&call), Some(8));
    assert_eq!(gate.refused(), (1, Some((second, Refusal::Busy))));
    let mut data = [0; 1332];
    assert_eq!(gate.outside(at(2), first, &mut data), Verdict::Pass);
    data[12] = 1;
    assert_eq!(gate.outside(at(2), second, &mut data), Verdict::Drop);
    assert_eq!(gate.refused().1, Some((second, Refusal::Stray)));
    gate.vacate();
    seated(&mut gate, at(300), second, 8);
}

#[test]
fn a_repeated_conclusion_of_the_seated_caller_is_answered_by_rsrt_again() {
    let mut gate = Gate::new(None);
    let caller = address("10.0.0.1:4000");
    let cookie = inducted(&mut gate, at(0), caller, 7);
    seated(&mut gate, at(1), caller, 7);
    assert_eq!(
        gate.outside(at(251), caller, &mut handshake(CONCLUSION, 0, 7, cookie)),
        Verdict::Pass
    );
    assert_eq!(gate.refused().0, 0);
}

#[test]
fn a_refusal_of_rsrt_is_counted_in_words_and_frees_the_seat() {
    let mut gate = Gate::new(None);
    let (wrong, right) = (address("10.0.0.1:4000"), address("10.0.0.2:4000"));
    let cookie = inducted(&mut gate, at(0), wrong, 7);
    assert_eq!(
        gate.outside(at(0), wrong, &mut handshake(CONCLUSION, 0, 7, cookie)),
        Verdict::Pass
    );
    let cookie = inducted(&mut gate, at(0), right, 8);
    let mut early = handshake(CONCLUSION, 0, 8, cookie);
    assert_eq!(
        gate.outside(at(0), right, &mut early),
        Verdict::Drop,
        "one at a time"
    );
    assert_eq!(gate.refused().0, 0, "which is no refusal: it comes again");
    assert_eq!(gate.inside(&mut handshake(1010, 7, 7, COOKIE)), Some(wrong));
    let (total, last) = gate.refused();
    assert_eq!((total, last), (1, Some((wrong, Refusal::Code(1010)))));
    assert_eq!(
        last.unwrap().1.to_string(),
        "called with a wrong passphrase"
    );
    seated(&mut gate, at(1), right, 8);
}

#[test]
fn a_handshake_that_rsrt_does_not_answer_holds_the_seat_for_a_moment_only() {
    let mut gate = Gate::new(None);
    let (mute, honest) = (address("10.0.0.1:4000"), address("10.0.0.2:4000"));
    let cookie = inducted(&mut gate, at(0), mute, 7);
    gate.outside(at(0), mute, &mut handshake(CONCLUSION, 0, 7, cookie));
    seated(&mut gate, at(50), honest, 8);
}

#[test]
fn only_the_configured_stream_id_is_let_in() {
    let mut gate = Gate::new(Some("họp".into()));
    let caller = address("10.0.0.1:4000");
    let call = |id: &str, cookie| {
        let mut packet = handshake(CONCLUSION, 0, 7, cookie);
        // An extension that comes before, then the stream id with its words reversed.
        packet.extend([0, 1, 0, 1, 9, 9, 9, 9, 0, 5, 0, id.len().div_ceil(4) as u8]);
        let mut bytes = id.as_bytes().to_vec();
        bytes.resize(id.len().next_multiple_of(4), 0);
        packet.extend(bytes.chunks(4).flat_map(|word| word.iter().rev()));
        packet
    };
    let cookie = inducted(&mut gate, at(0), caller, 7);
    for wrong in ["", "hop", "họp2"] {
        let mut packet = call(wrong, cookie);
        assert_eq!(
            gate.outside(at(0), caller, &mut packet),
            Verdict::Answer(64),
            "{wrong}"
        );
        assert_eq!(wire::kind(&packet), Some(Kind::Refusal(FORBIDDEN)));
    }
    assert_eq!(gate.refused(), (3, Some((caller, Refusal::StreamId))));
    assert_eq!(
        gate.outside(at(0), caller, &mut call("họp", cookie)),
        Verdict::Pass
    );
}

#[test]
fn a_flood_of_one_source_is_held_and_another_caller_comes_through() {
    let mut gate = Gate::new(None);
    let (flood, honest) = (address("10.0.0.1:4000"), address("10.0.0.2:4000"));
    let cookie = inducted(&mut gate, at(0), flood, 7);
    let mut passed = 0;
    for ms in 0..10_000 {
        let mut wrong = handshake(CONCLUSION, 0, 7, cookie);
        if gate.outside(at(ms), flood, &mut wrong) == Verdict::Pass {
            passed += 1;
            gate.inside(&mut handshake(1010, 7, 7, COOKIE));
        }
    }
    assert!(
        (100..=120).contains(&passed),
        "{passed} key derivations in 10 s"
    );
    let (total, last) = gate.refused();
    assert!(total >= 9_999, "{total}");
    assert_eq!(
        last,
        Some((flood, Refusal::Code(1010))),
        "the reason outlives the flood"
    );
    seated(&mut gate, at(10_000), honest, 8);
}

#[test]
fn garbage_is_counted_by_what_it_is() {
    let mut gate = Gate::new(None);
    let from = address("10.0.0.1:4000");
    let mut odd = handshake(CONCLUSION, 0, 7, 0);
    odd[31] = 1;
    odd[30] = 0;
    let cases: [(&[u8], Refusal); 6] = [
        (&[], Refusal::Garbage),
        (&[0x47; 15], Refusal::Garbage),
        (&[0x47; 1316], Refusal::Stray),
        (&handshake(CONCLUSION, 0, 7, 0)[..63], Refusal::Form),
        (&handshake(0, 0, 7, 0), Refusal::Form),
        (&odd, Refusal::Form),
    ];
    for (total, (packet, why)) in (1..).zip(cases) {
        assert_eq!(
            gate.outside(at(0), from, &mut packet.to_vec()),
            Verdict::Drop
        );
        assert_eq!(gate.refused(), (total, Some((from, why))));
    }
}

#[test]
fn a_caller_that_fell_silent_is_followed_by_one_that_rsrt_takes_and_by_no_other() {
    let mut gate = Gate::new(None);
    let (first, wrong, second) = (
        address("10.0.0.1:4000"),
        address("10.0.0.3:4000"),
        address("10.0.0.1:4001"),
    );
    seated(&mut gate, at(0), first, 7);
    let cookie = inducted(&mut gate, at(2_600), wrong, 9);
    assert_eq!(
        gate.outside(at(2_600), wrong, &mut handshake(CONCLUSION, 0, 9, cookie)),
        Verdict::Pass
    );
    assert_eq!(gate.inside(&mut handshake(1010, 9, 9, COOKIE)), Some(wrong));
    let mut data = [0; 1332];
    assert_eq!(
        gate.outside(at(2_700), first, &mut data),
        Verdict::Pass,
        "it still has the seat"
    );
    let cookie = inducted(&mut gate, at(2_800), second, 8);
    assert_eq!(
        gate.outside(at(2_800), second, &mut handshake(CONCLUSION, 0, 8, cookie)),
        Verdict::Answer(64),
        "and is alive"
    );
    seated(&mut gate, at(4_300), second, 8);
    assert_eq!(gate.outside(at(4_400), first, &mut data), Verdict::Drop);
}

proptest! {
    #[test]
    fn any_bytes_are_judged(packets in prop::collection::vec((any::<bool>(), any::<u8>(), prop::collection::vec(any::<u8>(), 0..200)), 0..50)) {
        let mut gate = Gate::new(Some("x".into()));
        for (ms, (handshake, from, mut bytes)) in (0..).zip(packets) {
            if handshake && bytes.len() >= 40 {
                bytes[..4].copy_from_slice(&[0x80, 0, 0, 0]);
                bytes[36..40].copy_from_slice(&if from & 1 == 0 { [0xff; 4] } else { [0, 0, 0, 1] });
            }
            let from = SocketAddr::from(([10, 0, 0, from], 4000));
            let _ = gate.outside(at(ms), from, &mut bytes);
            let _ = gate.inside(&mut bytes);
        }
        prop_assert!(gate.waiting.len() <= WAITING && gate.cookies.len() <= 2);
    }
}
