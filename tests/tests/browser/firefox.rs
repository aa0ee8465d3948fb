//! The page in Debian's Firefox: in short by its keys, and, as it takes minutes, every screen and
//! journey that needs nothing of Chromium alone.

use super::subtitles::subtitled;
use super::{CHANNELS, newcomer, shifted, two_sources, walk, walk_in};

#[test]
fn it_plays_by_keys_and_over_a_switch_of_the_source() {
    walk("firefox", &two_sources());
}

#[test]
fn all_screens_are_reached_and_left_by_six_keys_or_a_pointer() {
    walk_in("firefox", "playing,keys,menu", CHANNELS);
}

#[test]
fn all_that_the_schedule_and_faults_show_is_shown() {
    walk_in("firefox", "schedule,faults,kiosk", CHANNELS);
}

#[test]
fn all_of_a_meeting_is_seen_and_seen_again() {
    walk_in("firefox", "meeting", CHANNELS);
    walk_in("firefox", "shift", &shifted());
}

#[test]
fn all_that_lines_and_devices_do_is_mended() {
    walk_in("firefox", "line,devices", CHANNELS);
}

#[test]
fn all_who_choose_subtitles_or_another_application_or_the_demonstration_see_them() {
    subtitled("firefox");
    walk_in("firefox", "applications", CHANNELS);
    newcomer("firefox");
}
