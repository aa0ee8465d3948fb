use super::*;

fn ms(millis: u64) -> Mono {
    Mono::ZERO + Duration::from_millis(millis)
}

/// Feeds 40 ms steps from `from` to `to` with or without picture and sound.
fn feed(watch: &mut Watch, times: std::ops::Range<u64>, picture: bool, sound: bool) {
    for at in times.step_by(40) {
        watch.packet(ms(at));
        watch.update(ms(at));
        if picture {
            watch.picture(ms(at));
        }
        if sound {
            watch.sound(ms(at));
        }
    }
}

fn state_at(watch: &mut Watch, millis: u64) -> (State, Mono) {
    watch.update(ms(millis));
    (watch.state(), watch.since())
}

#[test]
fn nothing_is_waiting_and_has_no_deadline() {
    let mut watch = Watch::default();
    assert_eq!(state_at(&mut watch, 99_000), (State::Waiting, ms(0)));
    assert_eq!(watch.next_deadline(), None);
}

#[test]
fn picture_and_sound_are_receiving_at_once() {
    let mut watch = Watch::default();
    feed(&mut watch, 1000..1040, true, true);
    assert_eq!((watch.state(), watch.since()), (State::Receiving, ms(1000)));
}

#[test]
fn sound_alone_is_no_picture_after_the_time_to_begin() {
    let mut watch = Watch::default();
    feed(&mut watch, 1000..2999, false, true);
    assert_eq!(watch.state(), State::Waiting);
    feed(&mut watch, 3000..3100, false, true);
    assert_eq!((watch.state(), watch.since()), (State::NoPicture, ms(3000)));
}

#[test]
fn a_picture_that_stops_is_named_with_the_time_it_stopped() {
    let mut watch = Watch::default();
    feed(&mut watch, 0..8000, true, true);
    feed(&mut watch, 8000..8640, false, true);
    assert_eq!(watch.state(), State::Receiving);
    feed(&mut watch, 8640..8720, false, true);
    assert_eq!((watch.state(), watch.since()), (State::NoPicture, ms(7960)));
    feed(&mut watch, 10_000..10_040, true, true);
    assert_eq!(watch.state(), State::Receiving);
}

#[test]
fn an_encoder_that_pauses_by_nature_is_given_twice_its_pauses() {
    let mut watch = Watch::default();
    for second in 0..12 {
        feed(&mut watch, second * 1000..second * 1000 + 40, true, true);
        feed(
            &mut watch,
            second * 1000 + 40..(second + 1) * 1000,
            false,
            true,
        );
        assert_eq!(watch.state(), State::Receiving, "second {second}");
    }
    feed(&mut watch, 12_000..12_960, false, true);
    assert_eq!(watch.state(), State::Receiving);
    feed(&mut watch, 12_960..13_080, false, true);
    assert_eq!(
        (watch.state(), watch.since()),
        (State::NoPicture, ms(11_000))
    );
}

#[test]
fn what_comes_with_the_others_is_not_missing_while_none_come() {
    let mut watch = Watch::default();
    feed(&mut watch, 0..8000, true, true);
    assert_eq!(state_at(&mut watch, 8900), (State::Receiving, ms(0)));
    feed(&mut watch, 8900..8940, false, false);
    assert_eq!(
        watch.state(),
        State::NoPicture,
        "others came, and it did not"
    );
}

#[test]
fn a_sound_that_stops_is_no_sound_and_both_are_no_picture() {
    let mut watch = Watch::default();
    feed(&mut watch, 0..8000, true, true);
    feed(&mut watch, 8000..10_000, true, false);
    assert_eq!((watch.state(), watch.since()), (State::NoSound, ms(7960)));
    feed(&mut watch, 10_000..12_040, false, false);
    assert_eq!(watch.state(), State::NoPicture);
}

#[test]
fn no_packet_is_lost_since_the_last_one() {
    let mut watch = Watch::default();
    feed(&mut watch, 0..8000, true, true);
    assert_eq!(state_at(&mut watch, 8959), (State::Receiving, ms(0)));
    assert_eq!(watch.next_deadline(), Some(ms(8960)));
    assert_eq!(state_at(&mut watch, 8960), (State::Lost, ms(7960)));
    assert_eq!(state_at(&mut watch, 60_000), (State::Lost, ms(7960)));
    assert_eq!(watch.next_deadline(), None);
}

#[test]
fn a_loss_that_nobody_looked_at_is_noticed_when_packets_come_again() {
    let mut watch = Watch::default();
    feed(&mut watch, 0..4000, true, true);
    watch.packet(ms(9000));
    assert_eq!((watch.state(), watch.since()), (State::Lost, ms(3960)));
    feed(&mut watch, 9040..9080, true, true);
    assert_eq!((watch.state(), watch.since()), (State::Receiving, ms(9040)));
}

#[test]
fn a_picture_from_before_the_loss_does_not_count_after_it() {
    let mut watch = Watch::default();
    feed(&mut watch, 0..4000, true, true);
    feed(&mut watch, 5000..6980, false, true);
    assert_eq!(watch.state(), State::Lost);
    feed(&mut watch, 7000..7040, false, true);
    assert_eq!(watch.state(), State::NoPicture);
}

#[test]
fn deadlines_lie_ahead_until_all_is_lost() {
    let mut watch = Watch::default();
    feed(&mut watch, 0..3000, true, true);
    let mut now = ms(2960);
    let mut seen = Vec::new();
    while let Some(due) = watch.next_deadline() {
        assert!(due > now, "{due:?} after {now:?}");
        now = due;
        watch.update(now);
        seen.push(watch.state());
        assert!(seen.len() < 10);
    }
    assert_eq!(watch.state(), State::Lost);
}
