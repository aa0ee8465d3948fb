//! What the screen shows, and in which order.

use ratatui::Terminal;
use ratatui::backend::TestBackend;

use super::*;
use crate::cause::{Acknowledgement, Class, Incident, Severity, Text, Word};
use crate::snapshot::{ChannelState, ContentSnapshot, InputSnapshot};

fn channel(id: &str, state: ChannelState) -> ChannelSnapshot {
    ChannelSnapshot {
        id: id.into(),
        name: format!("Kênh {id}"),
        state,
        inputs: vec![InputSnapshot::default()],
        ..ChannelSnapshot::default()
    }
}

fn incident(severity: Severity, start: &str, by: Option<&str>) -> Incident {
    Incident {
        id: format!("x-{start}-1"),
        channel: "x".to_owned(),
        class: Class::SourceSilent,
        subject: "input 0".to_owned(),
        places: Vec::new(),
        severity,
        word: Word::ConnectionLost,
        start: start.to_owned(),
        end: None,
        verdict: Text::new("nothing comes", "không có gì đến"),
        evidence: Vec::new(),
        actions: Vec::new(),
        next: Text::default(),
        acknowledged: by.and_then(|by| Acknowledgement::new(by, start.to_owned())),
    }
}

fn with(id: &str, incidents: Vec<Incident>) -> ChannelSnapshot {
    ChannelSnapshot {
        incidents,
        ..channel(id, ChannelState::OnAir)
    }
}

fn screen(view: &mut View, width: u16, height: u16, language: Language) -> String {
    let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
    terminal.draw(|frame| view.draw(frame, language)).unwrap();
    terminal.backend().to_string()
}

#[test]
fn the_screen_shows_channels_and_the_chosen_one_at_any_size() {
    let node = NodeSnapshot {
        name: "trung-uong".into(),
        channels: vec![
            channel("a", ChannelState::OnAir),
            channel("b", ChannelState::Dark),
        ],
        ..NodeSnapshot::default()
    };
    let mut view = View::new(node, true);
    for (width, height) in [(100, 24), (20, 5), (1, 1)] {
        let text = screen(&mut view, width, height, Language::Vietnamese);
        if width == 100 {
            for part in [
                "trung-uong",
                "Kênh a",
                "đang phát",
                "không có tín hiệu",
                "┌b",
            ] {
                assert!(text.contains(part), "{part} in\n{text}");
            }
        }
    }
}

#[test]
fn the_failing_stand_first_and_those_in_hand_behind_them() {
    let channels = [
        channel("good", ChannelState::OnAir),
        channel("stopped", ChannelState::Stopped),
        with("held", vec![incident(Severity::Critical, "2", Some("Lan"))]),
        with("old", vec![incident(Severity::Warning, "1", None)]),
        with("new", vec![incident(Severity::Warning, "2", None)]),
        with("bad", vec![incident(Severity::Critical, "1", None)]),
        with(
            "again",
            vec![
                incident(Severity::Critical, "1", Some("Lan")),
                incident(Severity::Warning, "3", None),
            ],
        ),
    ];
    let order: Vec<&str> = row::ordered(&channels)
        .iter()
        .map(|channel| channel.id.as_str())
        .collect();
    assert_eq!(
        order,
        ["bad", "again", "new", "old", "held", "good", "stopped"]
    );
}

#[test]
fn a_line_has_the_level_the_backups_and_who_has_it_in_hand() {
    let loud = InputSnapshot {
        content: Some(ContentSnapshot {
            short_term_lufs: Some(-24.2),
            ..ContentSnapshot::default()
        }),
        ..InputSnapshot::default()
    };
    let frozen = InputSnapshot {
        fitness: "frozen".to_owned(),
        ..InputSnapshot::default()
    };
    let node = NodeSnapshot {
        channels: vec![ChannelSnapshot {
            on_air: Some(0),
            inputs: vec![loud, frozen],
            ..with("hop", vec![incident(Severity::Warning, "1", Some("Lan"))])
        }],
        ..NodeSnapshot::default()
    };
    let text = screen(&mut View::new(node, false), 140, 30, Language::English);
    for part in [
        "██████──── -24",
        "1:frozen",
        "✓ Lan has it: nothing comes",
        "connection lost (warning)",
    ] {
        assert!(text.contains(part), "{part} in\n{text}");
    }
}

#[test]
fn a_long_cause_and_its_next_step_are_shown_to_their_ends() {
    let mut long = incident(Severity::Critical, "1", None);
    long.next = Text::new(format!("{} at last", "look ".repeat(40)), "");
    let node = NodeSnapshot {
        channels: vec![with("hop", vec![long])],
        ..NodeSnapshot::default()
    };
    let text = screen(&mut View::new(node, false), 80, 24, Language::English);
    assert!(text.contains("at last"), "{text}");
}

#[test]
fn the_chosen_channel_stays_chosen_when_another_comes_to_the_front() {
    let node = |incidents| NodeSnapshot {
        channels: vec![channel("a", ChannelState::OnAir), with("b", incidents)],
        ..NodeSnapshot::default()
    };
    let mut view = View::new(node(Vec::new()), false);
    assert!(screen(&mut view, 100, 20, Language::English).contains("┌a"));
    view.node = node(vec![incident(Severity::Critical, "1", None)]);
    assert!(screen(&mut view, 100, 20, Language::English).contains("┌a"));
    view.choose(-1);
    assert!(screen(&mut view, 100, 20, Language::English).contains("┌b"));
    view.choose(-1);
    assert!(screen(&mut view, 100, 20, Language::English).contains("┌b"));
}
