use super::*;
use crate::ts::Packet;
use crate::ts::section::SectionAssembler;

const SERVICE: EitService = EitService {
    id: 7,
    transport_stream_id: 1,
    original_network_id: 1,
};
/// 2026-12-01 00:00 UTC.
const MIDNIGHT: i64 = 1_796_083_200;

fn wall(hours: f64) -> Wall {
    let seconds = MIDNIGHT + (hours * 3_600.0) as i64;
    Wall::from_unix_nanos(seconds * 1_000_000_000)
}

fn event(id: u16, start: f64, hours: f64) -> GuideEvent {
    GuideEvent {
        id,
        start: wall(start),
        duration: Duration::from_secs((hours * 3_600.0) as u64),
        name: format!("Họp {id}"),
        text: "Văn phòng Chính phủ".to_owned(),
    }
}

fn read(packets: &[RawPacket]) -> Vec<Eit> {
    let mut all = Vec::new();
    for packet in packets {
        let view = Packet::new(packet);
        assert_eq!(view.pid(), Pid::EIT);
        SectionAssembler::new().push(view, |section| {
            all.push(Eit::parse(&section.unwrap()).unwrap());
        });
    }
    assert_eq!(all.len(), packets.len(), "each section is one packet");
    all
}

fn made(guide: &mut Guide, at: f64, tables: &mut TableSet) -> (Vec<Eit>, Vec<Eit>) {
    guide.tell(wall(at), SERVICE, tables);
    (read(&tables.eit_present), read(&tables.eit_schedule))
}

fn ids(eit: &Eit) -> Vec<u16> {
    eit.events.iter().map(|event| event.id).collect()
}

#[test]
fn present_and_following_change_with_the_time_and_their_version_with_them() {
    let (mut guide, mut tables) = (Guide::new(31), TableSet::default());
    assert!(guide.set(vec![event(2, 3.0, 1.0), event(1, 1.0, 1.0)]));
    let mut seen = Vec::new();
    for at in [0.5, 0.9, 1.0, 1.9, 2.0, 3.5, 4.0] {
        let (present, _) = made(&mut guide, at, &mut tables);
        seen.push((ids(&present[0]), ids(&present[1]), present[0].version));
        assert_eq!(present[0].version, present[1].version);
        assert_eq!((present[0].number, present[1].number), (0, 1));
    }
    let expected = [
        (vec![], vec![1], 0),
        (vec![], vec![1], 0),
        (vec![1], vec![2], 1),
        (vec![1], vec![2], 1),
        (vec![], vec![2], 2),
        (vec![2], vec![], 3),
        (vec![], vec![], 4),
    ];
    assert_eq!(seen, expected);
    let same = vec![event(1, 1.0, 1.0), event(2, 3.0, 1.0)];
    assert!(!guide.set(same), "the same in another order");
}

#[test]
fn of_two_at_once_the_one_that_began_last_is_present() {
    let (mut guide, mut tables) = (Guide::default(), TableSet::default());
    guide.set(vec![event(1, 1.0, 4.0), event(2, 2.0, 1.0)]);
    let (present, _) = made(&mut guide, 2.5, &mut tables);
    assert_eq!(ids(&present[0]), [2]);
    assert_eq!(present[0].events[0].running, Running::Running);
    let (present, _) = made(&mut guide, 3.5, &mut tables);
    assert_eq!(ids(&present[0]), [1]);
}

#[test]
fn the_schedule_has_every_segment_up_to_its_last_event() {
    let (mut guide, mut tables) = (Guide::default(), TableSet::default());
    let mut events = vec![event(1, 1.0, 1.0), event(2, 2.0, 1.0), event(3, 10.0, 1.0)];
    events.extend([event(4, 97.0, 1.0), event(5, 24.0 * 8.0, 1.0)]);
    guide.set(events);
    let (_, schedule) = made(&mut guide, 0.5, &mut tables);
    let (first, second): (Vec<&Eit>, Vec<&Eit>) =
        schedule.iter().partition(|eit| eit.table_id == 0x50);
    assert_eq!((first.len(), second.len()), (33, 1));
    let head = |eit: &Eit| (eit.number, eit.segment_last, eit.last_number, ids(eit));
    assert_eq!(head(first[0]), (0, 1, 248, vec![1]));
    assert_eq!(head(first[1]), (1, 1, 248, vec![2]));
    assert_eq!(head(first[2]), (8, 8, 248, vec![]));
    assert_eq!(head(first[4]), (24, 24, 248, vec![3]));
    assert_eq!(head(second[0]), (0, 0, 0, vec![4]));
    assert!(schedule.iter().all(|eit| eit.last_table_id == 0x51));
    // It is made new with the day, and not in between.
    let (_, later) = made(&mut guide, 23.9, &mut tables);
    assert_eq!(later[0].version, schedule[0].version);
    let (_, tomorrow) = made(&mut guide, 24.0, &mut tables);
    assert_ne!(tomorrow[0].version, schedule[0].version);
    assert!(tomorrow.iter().any(|eit| ids(eit) == [5]));
}

#[test]
fn a_name_too_long_is_cut_and_more_events_than_a_segment_holds_are_left_out() {
    let (mut guide, mut tables) = (Guide::default(), TableSet::default());
    let long = GuideEvent {
        name: "ộ".repeat(128),
        text: "x".repeat(5_000),
        ..event(1, 1.0, 1.0)
    };
    let many = (2..40).map(|id| event(id, 3.0 + f64::from(id) / 100.0, 0.001));
    guide.set(std::iter::once(long).chain(many).collect());
    let (present, schedule) = made(&mut guide, 1.5, &mut tables);
    let name = present[0].events[0].short().unwrap().name;
    assert!(
        name.starts_with("ộộ") && name.chars().count() > 40,
        "{name}"
    );
    assert_eq!(schedule.len(), 1 + SEGMENT_SECTIONS);
}

#[test]
fn a_guide_that_becomes_empty_says_so() {
    let (mut guide, mut tables) = (Guide::default(), TableSet::default());
    guide.set(vec![event(1, 1.0, 1.0)]);
    made(&mut guide, 0.5, &mut tables);
    assert!(guide.set(Vec::new()) && !guide.is_empty());
    let (present, schedule) = made(&mut guide, 0.6, &mut tables);
    assert_eq!((present.len(), schedule.len()), (2, 1));
    assert!(
        present
            .iter()
            .chain(&schedule)
            .all(|eit| eit.events.is_empty())
    );
}
