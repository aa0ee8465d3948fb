use super::*;

/// RTP packets of any shape: lengths, markers and time stamps differ.
fn packet(n: u16) -> Vec<u8> {
    let mut p = vec![0x80, if n.is_multiple_of(7) { 0x80 | 33 } else { 33 }];
    p.extend_from_slice(&n.wrapping_add(65_500).to_be_bytes());
    p.extend_from_slice(&(u32::from(n) * 317).to_be_bytes());
    p.extend_from_slice(&[1, 2, 3, 4]);
    p.extend((0..188 * (1 + usize::from(n % 7))).map(|i| (i as u16 * 31 + n * 7) as u8));
    p
}

fn run(matrix: Matrix, packets: u16) -> Vec<(u16, Port, Vec<u8>)> {
    let mut fec = Fec::new(matrix, 65_535);
    let mut out = Vec::new();
    for n in 0..packets {
        fec.push(&packet(n), &mut |port, d| out.push((n, port, d.to_vec())));
    }
    out
}

/// The exclusive or of `packets` by the words of RFC 2733, 4, written out anew.
fn by_hand(packets: &[Vec<u8>]) -> Vec<u8> {
    let longest = packets.iter().map(|p| p.len() - 12).max().unwrap();
    let mut bits = vec![0; 8 + longest];
    for p in packets {
        let mut string = vec![p[0] & 0x3f, p[1], p[4], p[5], p[6], p[7]];
        string.extend_from_slice(&((p.len() - 12) as u16).to_be_bytes());
        string.extend_from_slice(&p[12..]);
        for (bit, other) in bits.iter_mut().zip(string) {
            *bit ^= other;
        }
    }
    bits
}

#[test]
fn a_row_and_a_column_are_the_sum_of_their_packets() {
    let out = run(Matrix::new(5, 4, true).unwrap(), 60);
    let row = out.iter().find(|(_, port, _)| *port == Port::Row).unwrap();
    assert_eq!(row.0, 4, "right behind the row");
    let sum = by_hand(&(0..5).map(packet).collect::<Vec<_>>());
    let d = &row.2;
    assert_eq!(d[..4], [0x80 | sum[0], 96 | sum[1] & 0x80, 0xff, 0xff]);
    assert_eq!(d[12..14], 65_500u16.to_be_bytes(), "SNBase");
    assert_eq!(d[14..16], sum[6..8], "length recovery");
    assert_eq!(d[16..20], [0x80 | sum[1] & 0x7f, 0, 0, 0], "E, PT, mask");
    assert_eq!(d[20..24], sum[2..6], "TS recovery");
    assert_eq!(d[24..28], [0x40, 1, 5, 0], "D, offset, NA");
    assert_eq!(d[28..], sum[8..]);

    let columns: Vec<_> = out.iter().filter(|o| o.1 == Port::Column).collect();
    let third = &columns[2].2;
    let sum = by_hand(&[packet(2), packet(7), packet(12), packet(17)]);
    assert_eq!(third[12..14], 65_502u16.to_be_bytes(), "SNBase");
    assert_eq!(third[24..28], [0, 5, 4, 0], "D, offset, NA");
    assert_eq!(third[2..4], 1u16.to_be_bytes(), "its own sequence, round");
    assert_eq!(third[28..], sum[8..]);
}

#[test]
fn columns_are_spread_over_the_next_matrix_and_rows_stand_behind_their_row() {
    for (l, d) in legal() {
        let matrix = Matrix::new(l, d, l >= 4).unwrap();
        let size = u16::from(l) * u16::from(d);
        let out = run(matrix, 3 * size);
        let columns: Vec<u16> = out
            .iter()
            .filter(|o| o.1 == Port::Column)
            .map(|o| o.0)
            .collect();
        assert_eq!(columns.len(), usize::from(l) * 2, "{l}x{d}");
        assert!(
            columns.windows(2).all(|w| w[1] - w[0] == u16::from(d)),
            "{l}x{d}: even"
        );
        assert!(
            columns[0] >= size && columns[usize::from(l) - 1] < 2 * size,
            "{l}x{d}"
        );
        let rows = out.iter().filter(|o| o.1 == Port::Row).count();
        assert_eq!(rows, if l >= 4 { usize::from(d) * 3 } else { 0 }, "{l}x{d}");
    }
}

fn legal() -> Vec<(u8, u8)> {
    let all = (1..=20).flat_map(|l| (4..=20).map(move |d| (l, d)));
    all.filter(|(l, d)| u16::from(*l) * u16::from(*d) <= 100)
        .collect()
}

#[test]
fn what_the_standard_does_not_allow_is_refused() {
    use MatrixError::{Columns, Rows, Size};
    for (l, d, rows, error) in [
        (0, 10, false, Columns),
        (3, 10, true, Columns),
        (21, 4, false, Columns),
        (10, 3, true, Rows),
        (5, 21, true, Rows),
        (11, 10, true, Size),
        (20, 20, false, Size),
    ] {
        assert_eq!(Matrix::new(l, d, rows), Err(error), "{l}x{d}");
    }
    assert!(Matrix::new(20, 5, true).is_ok() && Matrix::new(1, 20, false).is_ok());
}
