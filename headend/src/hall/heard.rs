//! What one report of a page says, by the keys of CMCD (CTA-5004-B) and three of our own.

use super::cmcd::{self, Unreadable, Value};
use super::code;
use super::word::{HallState, Says, fault};
use crate::cause::Word;
use crate::report::Millis;

/// Letters of a session's id: a UUID has 36.
const SESSION: usize = 64;
/// Letters of a hall's name: they stand in one line.
const NAME: usize = 64;
/// The longest span that a page may tell of itself, ms: a day.
const LONGEST: f64 = 86_400_000.0;
/// The highest rate that a page may tell, kbit/s: 100 Gbit/s.
const FASTEST: f64 = 1e8;

/// One report.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Heard {
    /// `sid`: the run of the page.
    pub session: String,
    /// `cid`: the channel's id; empty where it is not told.
    pub channel: String,
    /// `vn.headend-hall`; empty where it is not told.
    pub hall: String,
    /// `ts`: by the page's clock.
    pub at: Option<Millis>,
    /// `sta`.
    pub state: Option<HallState>,
    /// `vn.headend-fault`.
    pub fault: Option<Word>,
    /// `vn.headend-who`.
    pub says: Option<Says>,
    /// `vn.headend-code`.
    pub code: Option<String>,
    /// `bs`: the buffer ran empty since the last report.
    pub starved: bool,
    /// `bsd`: for so long, ms.
    pub starved_millis: Option<f64>,
    /// The figures of the line.
    pub figures: Figures,
}

/// What a page says of its line; `None` for what it does not.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Figures {
    /// `bl`, ms.
    pub buffer_millis: Option<f64>,
    /// `br`, kbit/s.
    pub rate: Option<f64>,
    /// `tb`, kbit/s.
    pub top_rate: Option<f64>,
    /// `mtp`, kbit/s.
    pub throughput: Option<f64>,
    /// `ltc`, ms.
    pub latency_millis: Option<f64>,
    /// `df`, or `dfa` of the standard's last text.
    pub dropped_frames: Option<f64>,
}

impl Figures {
    /// The newer of each.
    pub(super) fn renew(&mut self, newer: Self) {
        let renew = |known: &mut Option<f64>, newer: Option<f64>| *known = newer.or(*known);
        renew(&mut self.buffer_millis, newer.buffer_millis);
        renew(&mut self.rate, newer.rate);
        renew(&mut self.top_rate, newer.top_rate);
        renew(&mut self.throughput, newer.throughput);
        renew(&mut self.latency_millis, newer.latency_millis);
        renew(&mut self.dropped_frames, newer.dropped_frames);
    }
}

/// Why a report is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Wrong {
    /// It is no CMCD.
    #[error(transparent)]
    Unreadable(#[from] Unreadable),
    /// Nobody is named.
    #[error("`sid` is missing, or has not 1 to 64 letters")]
    NoSession,
}

impl Heard {
    /// Reads one report. A key that is not known, or has another kind of value, is left.
    ///
    /// # Errors
    /// It is no CMCD, or has no `sid`.
    pub fn read(text: &str) -> Result<Self, Wrong> {
        let mut heard = Self::default();
        for (key, value) in cmcd::parse(text)? {
            heard.take(key, &value);
        }
        match heard.session.is_empty() {
            true => Err(Wrong::NoSession),
            false => Ok(heard),
        }
    }

    fn take(&mut self, key: &str, value: &Value) {
        let millis = || number(value, LONGEST);
        let rate = || number(value, FASTEST);
        match key {
            "sid" => self.session = session(value),
            "cid" => self.channel = name(value),
            "vn.headend-hall" => self.hall = name(value),
            "ts" => self.at = stamp(value),
            "sta" => self.state = word(value).and_then(HallState::of_cmcd),
            "vn.headend-fault" => self.fault = word(value).and_then(fault),
            "vn.headend-who" => self.says = word(value).and_then(Says::of_cmcd),
            "vn.headend-code" => self.code = word(value).and_then(code::made),
            "bs" => self.starved = *first(value) == Value::Flag(true),
            "bsd" => self.starved_millis = millis(),
            "bl" => self.figures.buffer_millis = millis(),
            "br" => self.figures.rate = rate(),
            "tb" => self.figures.top_rate = rate(),
            "mtp" => self.figures.throughput = rate(),
            "ltc" => self.figures.latency_millis = millis(),
            "df" | "dfa" => self.figures.dropped_frames = number(value, 1e9),
            _ => {}
        }
    }
}

/// The item, or the first of a list: that of the video, where there are several.
fn first(value: &Value) -> &Value {
    const NONE: &Value = &Value::Flag(false);
    match value {
        Value::List(items) => items.first().unwrap_or(NONE),
        item => item,
    }
}

fn number(value: &Value, most: f64) -> Option<f64> {
    match first(value) {
        Value::Number(number) => Some(number.clamp(0.0, most)),
        _ => None,
    }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "15 digits at most: exact, and far from the ends of i64"
)]
fn stamp(value: &Value) -> Option<Millis> {
    match value {
        Value::Number(millis) => Some(*millis as Millis),
        _ => None,
    }
}

fn word(value: &Value) -> Option<&str> {
    match value {
        Value::Text(word) | Value::Token(word) => Some(word),
        _ => None,
    }
}

fn session(value: &Value) -> String {
    let good =
        |id: &&str| (1..=SESSION).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_graphic());
    word(value).filter(good).unwrap_or_default().to_owned()
}

/// A name on one line of somebody else's screen: no control characters, and none that turn the
/// direction of what stands around it.
fn name(value: &Value) -> String {
    let shown = |c: &char| {
        let turns = matches!(*c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}');
        !c.is_control() && !turns
    };
    let text = word(value).unwrap_or_default();
    let text: String = text.chars().filter(shown).take(NAME).collect();
    text.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_on_a_hall_s_screen_is_read() {
        let line = r#"bl=(400;v),br=(2400),bs,bsd=(3100),cid="hop",e=e,ltc=9000,mtp=(800),sid="6e2f",sta=f,ts=1795344386416,v=2,vn.headend-code="ABC234",vn.headend-fault="connection-lost",vn.headend-hall="Xã Tân Phú",vn.headend-who=line,df=7"#;
        let heard = Heard::read(line).unwrap();
        assert_eq!(
            (&*heard.session, &*heard.channel, &*heard.hall),
            ("6e2f", "hop", "Xã Tân Phú")
        );
        assert_eq!(heard.at, Some(1_795_344_386_416));
        assert_eq!(heard.state, Some(HallState::Fault));
        assert_eq!(heard.fault, Some(Word::ConnectionLost));
        assert_eq!(heard.says, Some(Says::Line));
        assert_eq!(heard.code.as_deref(), Some("ABC234"));
        assert_eq!((heard.starved, heard.starved_millis), (true, Some(3_100.0)));
        assert_eq!(heard.figures.buffer_millis, Some(400.0));
        assert_eq!(heard.figures.throughput, Some(800.0));
        assert_eq!(heard.figures.dropped_frames, Some(7.0));
    }

    #[test]
    fn the_first_version_is_read_too() {
        let heard = Heard::read(r#"bl=21300,br=3200,bs,sid="6e2f",mtp=25400"#).unwrap();
        assert_eq!(heard.figures.rate, Some(3_200.0));
        assert_eq!((heard.starved, heard.state), (true, None));
    }

    #[test]
    fn what_is_hostile_is_cut_or_left() {
        let heard = Heard::read("sid=x,bl=-5,br=999999999999999,ltc=\"long\",sta=zz,vn.headend-code=abc234,vn.headend-hall=%\"a%00b%e2%80%aec%0a\",cid=7").unwrap();
        assert_eq!(heard.figures.buffer_millis, Some(0.0));
        assert_eq!(heard.figures.rate, Some(FASTEST));
        assert_eq!(heard.figures.latency_millis, None);
        assert_eq!((heard.state, heard.code), (None, None));
        assert_eq!((&*heard.hall, &*heard.channel), ("abc", ""));
        let long = format!("sid=x,vn.headend-hall=\"{}\"", "ã".repeat(500));
        assert_eq!(Heard::read(&long).unwrap().hall.chars().count(), NAME);
        for nobody in ["", "v=2", "sid=\"\"", "sid", "sid=\"a b\"", "sid=\"ã\""] {
            assert_eq!(Heard::read(nobody), Err(Wrong::NoSession), "{nobody}");
        }
        let long = format!("sid={}", "a".repeat(SESSION + 1));
        assert_eq!(Heard::read(&long), Err(Wrong::NoSession));
        assert!(matches!(Heard::read("sid=\"x"), Err(Wrong::Unreadable(_))));
    }
}
