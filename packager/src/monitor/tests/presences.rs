use super::generated::{AUDIO, VIDEO, picture, pid};
use super::*;
use crate::ts::RawPacket;

fn ms(millis: u64) -> Mono {
    Mono::ZERO + Duration::from_millis(millis)
}

fn state(mut mutation: impl FnMut(u64, &mut RawPacket) -> bool) -> (State, Option<Cause>) {
    let presence = watch(Settings::default(), 4, &mut mutation).presence();
    (presence.state, presence.cause)
}

#[test]
fn picture_and_sound_are_receiving() {
    assert_eq!(state(|_, _| true), (State::Receiving, None));
}

#[test]
fn a_video_pid_that_is_listed_and_carries_nothing_is_no_picture() {
    let cause = Some(Cause::NoPackets(VIDEO));
    assert_eq!(state(|_, p| pid(p) != VIDEO), (State::NoPicture, cause));
    // And since when, where there was one.
    let mut stops = |n, p: &mut RawPacket| pid(p) != VIDEO || picture(n) < 30;
    let presence = watch(Settings::default(), 4, &mut stops).presence();
    assert_eq!(presence.since, ms(1000 + 29 * 40));
}

#[test]
fn a_conference_recorded_as_sound_only_is_no_picture() {
    let mut monitor = Monitor::new(Settings::default());
    let mut generator = Generator::default();
    generator.pmt.streams.retain(|stream| stream.pid == AUDIO);
    generator.run(4, &mut |_, p| pid(p) != VIDEO, &mut |at, p| {
        monitor.push(at, p);
    });
    let presence = monitor.presence();
    assert_eq!(presence.state, State::NoPicture);
    assert_eq!(presence.cause, Some(Cause::NotListed));
    assert_eq!(
        presence.cause.unwrap().to_string(),
        "the PMT lists no such stream"
    );
}

#[test]
fn scrambled_pictures_and_pictures_without_pes_headers_are_no_picture() {
    let scrambled = state(|_, p| {
        if pid(p) == VIDEO {
            p[3] |= 0xc0;
        }
        true
    });
    assert_eq!(scrambled, (State::NoPicture, Some(Cause::Scrambled(VIDEO))));
    let headless = state(|_, p| {
        if pid(p) == VIDEO {
            p[1] &= !0x40;
        }
        true
    });
    assert_eq!(headless, (State::NoPicture, Some(Cause::NoPes(VIDEO))));
}

#[test]
fn a_sound_that_is_missing_is_no_sound() {
    let silent = state(|_, p| pid(p) != AUDIO);
    assert_eq!(silent, (State::NoSound, Some(Cause::NoPackets(AUDIO))));
}

#[test]
fn packets_without_tables_are_no_picture_after_two_seconds() {
    let bare = state(|_, p| pid(p) == VIDEO);
    assert_eq!(bare, (State::NoPicture, Some(Cause::NoTables)));
}

#[test]
fn the_end_of_the_packets_is_lost_by_the_clock_alone() {
    let mut monitor = watch(Settings::default(), 3, &mut |_, _| true);
    let last = Mono::from_nanos(4_000_000_000 - 800_000);
    assert!(monitor.next_deadline().unwrap() <= last + LOST_AFTER);
    monitor.tick(last + LOST_AFTER - Duration::from_millis(1));
    assert_eq!(monitor.presence().state, State::Receiving);
    monitor.tick(last + LOST_AFTER);
    assert_eq!(monitor.presence().state, State::Lost);
    assert_eq!(monitor.presence().since, last);
}

#[test]
fn nothing_at_all_is_waiting() {
    let mut monitor = Monitor::new(Settings::default());
    monitor.tick(ms(60_000));
    assert_eq!(monitor.presence(), Presence::default());
    assert_eq!(monitor.next_deadline(), None);
}

#[test]
fn the_programme_asked_for_is_the_one_told_of() {
    let settings = Settings {
        program: Some(99),
        ..Settings::default()
    };
    let monitor = watch(settings, 4, &mut |_, _| true);
    assert_eq!(monitor.program(), None);
    assert_eq!(monitor.presence().cause, Some(Cause::NoTables));
}
