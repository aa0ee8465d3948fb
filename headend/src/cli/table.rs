//! Columns of text.

/// Lines of columns, two spaces apart, the first line the headings. The last column is as long as
/// it is.
pub(super) fn columns(headings: &[&str], rows: &[Vec<String>]) -> String {
    let headings: Vec<String> = headings.iter().map(|text| (*text).to_owned()).collect();
    let lines = || std::iter::once(&headings).chain(rows);
    let widths: Vec<usize> = (0..headings.len())
        .map(|column| {
            lines()
                .map(|line| width(line.get(column)))
                .max()
                .unwrap_or(0)
        })
        .collect();
    let mut out = String::new();
    for line in lines() {
        let mut text = String::new();
        for (cell, wide) in line.iter().zip(&widths) {
            text += cell;
            text += &" ".repeat(wide.saturating_sub(width(Some(cell))) + 2);
        }
        out += text.trim_end();
        out.push('\n');
    }
    out
}

fn width(cell: Option<&String>) -> usize {
    cell.map_or(0, |text| text.chars().count())
}

/// A rate as people say it: `6.02 Mbit/s`.
pub(super) fn rate(bits: u64) -> String {
    match bits {
        0 => "–".to_owned(),
        1..1_000_000 => format!("{} kbit/s", bits / 1_000),
        _ => format!("{:.2} Mbit/s", bits as f64 / 1e6),
    }
}

/// A time as people say it: `45s`, `12m`, `3h05m`, `2d4h`.
pub(super) fn span(seconds: f64) -> String {
    // A float that is no number or negative becomes 0.
    let seconds = seconds as u64;
    match seconds {
        0..60 => format!("{seconds}s"),
        60..3_600 => format!("{}m", seconds / 60),
        3_600..86_400 => format!("{}h{:02}m", seconds / 3_600, seconds / 60 % 60),
        _ => format!("{}d{}h", seconds / 86_400, seconds / 3_600 % 24),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_stand_below_each_other_with_vietnamese_names_too() {
        let rows = [
            vec!["a".into(), "Họp Chính phủ".into(), "x".into()],
            vec!["long-id".into(), "b".into(), String::new()],
        ];
        assert_eq!(
            columns(&["ID", "NAME", "S"], &rows),
            "ID       NAME           S\na        Họp Chính phủ  x\nlong-id  b\n"
        );
    }

    #[test]
    fn rates_and_spans_read_as_people_say_them() {
        assert_eq!(rate(6_020_000), "6.02 Mbit/s");
        assert_eq!(rate(800_000), "800 kbit/s");
        assert_eq!(
            [span(5.9), span(3_900.0), span(187_200.0), span(-1.0)],
            ["5s", "1h05m", "2d4h", "0s"]
        );
    }
}
