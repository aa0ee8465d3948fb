//! Lines over time as SVG: no script, readable in black and white, printable.

use std::fmt::Write as _;

use super::page::escaped;
use crate::report::Millis;

const WIDTH: f64 = 720.0;
const HEIGHT: f64 = 150.0;
/// Room for the figures at the left and the hours below.
const LEFT: f64 = 64.0;
const BELOW: f64 = 24.0;
/// Two points further apart than this are not joined: nothing is known between them.
const HOLE: Millis = 2_500;
/// One line is told from another on grey paper too.
const DASHES: [&str; 4] = ["", "6 3", "2 3", "8 3 2 3"];
const COLOURS: [&str; 4] = ["#1d4f91", "#b03a2e", "#2e7d32", "#6a4c93"];

/// One line of a graph.
pub(super) struct Line {
    /// In the legend.
    pub(super) name: String,
    /// Time and value.
    pub(super) points: Vec<(Millis, f64)>,
}

/// What all graphs of a page share.
pub(super) struct Frame {
    /// The first and the last time.
    pub(super) time: (Millis, Millis),
    /// What is marked: the incident.
    pub(super) mark: (Millis, Millis),
    /// The hour of a time.
    pub(super) clock: fn(Millis) -> String,
}

impl Frame {
    /// A graph with its title, which names the unit.
    pub(super) fn draw(&self, title: &str, lines: &[Line]) -> String {
        let values = || {
            lines
                .iter()
                .flat_map(|line| line.points.iter().map(|p| p.1))
        };
        let values = || values().filter(|value| value.is_finite());
        let lowest = values().fold(0.0_f64, f64::min);
        let highest = values().fold(0.0_f64, f64::max);
        let step = step((highest - lowest).max(1.0) / 4.0);
        let low = (lowest / step).floor() * step;
        let high = ((highest / step).ceil() * step).max(low + step);
        let scale = Scale {
            time: self.time,
            value: (low, high),
        };
        let mut svg = format!(
            "<figure><figcaption>{}</figcaption>\n<svg viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" aria-label=\"{}\">\n",
            escaped(title),
            escaped(title),
        );
        let (from, to) = (scale.x(self.mark.0), scale.x(self.mark.1));
        let _ = writeln!(
            svg,
            "<rect x=\"{from:.1}\" y=\"0\" width=\"{:.1}\" height=\"{:.1}\" fill=\"#f3d9a4\"/>",
            (to - from).max(1.5),
            HEIGHT - BELOW
        );
        self.axes(&mut svg, &scale, step);
        for (index, line) in lines.iter().enumerate() {
            draw_line(&mut svg, &scale, index, line);
        }
        svg += "</svg>\n";
        if lines.len() > 1 {
            svg += &legend(lines);
        }
        svg + "</figure>\n"
    }

    fn axes(&self, svg: &mut String, scale: &Scale, step: f64) {
        let (low, high) = scale.value;
        let mut value = low;
        while value <= high + step / 2.0 {
            let y = scale.y(value);
            let _ = writeln!(
                svg,
                "<path d=\"M{LEFT} {y:.1}H{WIDTH}\" stroke=\"#ccc\"/><text x=\"{:.0}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>",
                LEFT - 6.0,
                y.clamp(10.0, HEIGHT) + 1.0,
                figure(value, step)
            );
            value += step;
        }
        let span = self.time.1 - self.time.0;
        for part in 0..=4 {
            let at = self.time.0 + span * part / 4;
            let anchor = ["start", "middle", "middle", "middle", "end"];
            let anchor = anchor
                .get(usize::try_from(part).unwrap_or(0))
                .unwrap_or(&"middle");
            let _ = writeln!(
                svg,
                "<text x=\"{:.1}\" y=\"{:.0}\" text-anchor=\"{anchor}\">{}</text>",
                scale.x(at),
                HEIGHT - 6.0,
                (self.clock)(at)
            );
        }
    }
}

struct Scale {
    time: (Millis, Millis),
    value: (f64, f64),
}

impl Scale {
    #[expect(clippy::cast_precision_loss, reason = "a place on paper")]
    fn x(&self, at: Millis) -> f64 {
        let span = (self.time.1 - self.time.0).max(1) as f64;
        let at = at.clamp(self.time.0, self.time.1.max(self.time.0));
        LEFT + (at - self.time.0) as f64 / span * (WIDTH - LEFT)
    }

    fn y(&self, value: f64) -> f64 {
        let (low, high) = self.value;
        (HEIGHT - BELOW) * (1.0 - (value - low) / (high - low))
    }
}

fn draw_line(svg: &mut String, scale: &Scale, index: usize, line: &Line) {
    let mut path = String::new();
    let mut last: Option<Millis> = None;
    for (at, value) in line.points.iter().filter(|(_, value)| value.is_finite()) {
        let joined = last.is_some_and(|last| *at - last <= HOLE);
        let letter = if joined { 'L' } else { 'M' };
        let _ = write!(path, "{letter}{:.1} {:.1}", scale.x(*at), scale.y(*value));
        last = Some(*at);
    }
    let (colour, dash) = style(index);
    let _ = writeln!(
        svg,
        "<path d=\"{path}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"1.5\" stroke-dasharray=\"{dash}\"/>"
    );
}

fn legend(lines: &[Line]) -> String {
    let one = |(index, line): (usize, &Line)| {
        let (colour, dash) = style(index);
        format!(
            "<svg class=\"key\" viewBox=\"0 0 30 8\"><path d=\"M0 4H30\" stroke=\"{colour}\" stroke-width=\"2\" stroke-dasharray=\"{dash}\"/></svg> {} ",
            escaped(&line.name)
        )
    };
    format!(
        "<p>{}</p>\n",
        lines.iter().enumerate().map(one).collect::<String>()
    )
}

fn style(index: usize) -> (&'static str, &'static str) {
    let of = |list: &[&'static str]| list.iter().cycle().nth(index).copied().unwrap_or_default();
    (of(&COLOURS), of(&DASHES))
}

/// 1, 2 or 5 times a power of ten that is at least `least`.
fn step(least: f64) -> f64 {
    let power = 10_f64.powf(least.log10().floor());
    let steps = [1.0, 2.0, 5.0, 10.0].map(|n| n * power);
    steps
        .into_iter()
        .find(|step| *step >= least * 0.999)
        .unwrap_or(power * 10.0)
}

fn figure(value: f64, step: f64) -> String {
    let digits = if step >= 1.0 {
        0
    } else {
        (-step.log10().floor()) as usize
    };
    let text = format!("{value:.digits$}");
    if text
        .trim_start_matches('-')
        .chars()
        .all(|c| matches!(c, '0' | '.'))
    {
        return "0".to_owned();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const FRAME: Frame = Frame {
        time: (0, 240_000),
        mark: (120_000, 130_000),
        clock: |at| format!("{} s", at / 1_000),
    };

    fn line(values: &[(Millis, f64)]) -> Line {
        Line {
            name: "input 0 <a>".to_owned(),
            points: values.to_vec(),
        }
    }

    #[test]
    fn what_lies_apart_is_not_joined_and_nothing_is_drawn_outside() {
        let svg = FRAME.draw(
            "t",
            &[line(&[
                (0, 0.0),
                (1_000, 4.0),
                (200_000, 4.0),
                (240_000, 1.0),
            ])],
        );
        let path = svg.split("<path d=\"M64.0 126.0").nth(1).unwrap();
        let path = path.split('"').next().unwrap();
        assert_eq!(
            (path.matches('M').count(), path.matches('L').count()),
            (2, 1),
            "{path}"
        );
        assert!(svg.contains("<rect x=\"392.0\""), "{svg}");
        assert!(svg.contains(">0 s<") && svg.contains(">240 s<"));
    }

    #[test]
    fn a_graph_of_nothing_flat_or_not_finite_is_a_graph() {
        let hostile = [
            vec![],
            vec![(0, 0.0)],
            vec![(0, f64::NAN), (1, f64::INFINITY)],
            vec![(i64::MIN / 2, 1e300), (i64::MAX / 2, -1e300)],
            vec![(0, -23.0), (1_000, -23.0)],
        ];
        for values in hostile {
            let svg = FRAME.draw("<t>", &[line(&values), line(&[])]);
            assert!(!svg.contains("NaN") && !svg.contains("inf"), "{svg}");
            assert!(
                svg.contains("&lt;t&gt;") && svg.contains("&lt;a&gt;"),
                "{svg}"
            );
            assert!(svg.len() < 20_000);
        }
    }

    #[test]
    fn axes_have_round_figures() {
        assert_eq!(
            [step(0.3), step(1.0), step(2.1), step(7.0)],
            [0.5, 1.0, 5.0, 10.0]
        );
        assert_eq!(
            [figure(0.5, 0.5), figure(-0.0, 1.0), figure(20.0, 10.0)],
            ["0.5", "0", "20"]
        );
    }
}
