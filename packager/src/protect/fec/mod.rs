//! Column and row FEC of an RTP output (SMPTE ST 2022-1:2007).
//!
//! The matrix is block-aligned: `columns` packets to a row, `rows` rows. A row's FEC packet goes
//! right behind the row; the columns' go one for every `rows` packets while the next matrix is
//! sent (level B of the standard), so that a burst that hits a matrix misses its columns, and the
//! rate stays even.

use crate::receive::Port;

/// RTP header, and the FEC header of ST 2022-1, 8.4.
const HEADER_LEN: usize = 12 + 16;
/// The first dynamic payload type (RFC 3551, 6), as the standard asks (8.1).
const PAYLOAD_TYPE: u8 = 96;

/// How many packets are protected together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Matrix {
    columns: u8,
    rows: u8,
    row_fec: bool,
}

/// Why a matrix is not of the standard.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MatrixError {
    /// L.
    #[error("1 to 20 columns, with row FEC 4 to 20")]
    Columns,
    /// D.
    #[error("4 to 20 rows")]
    Rows,
    /// L times D.
    #[error("at most 100 packets in a matrix: columns times rows")]
    Size,
}

impl Matrix {
    /// L columns and D rows, with FEC for the columns, and for the rows too where `row_fec` says.
    ///
    /// # Errors
    /// Where ST 2022-1 does not allow it: L 1 to 20 (4 to 20 with row FEC), D 4 to 20, L times D
    /// up to 100. The limits are those that implementations of the standard publish for it.
    pub const fn new(columns: u8, rows: u8, row_fec: bool) -> Result<Self, MatrixError> {
        let least = if row_fec { 4 } else { 1 };
        if columns < least || columns > 20 {
            Err(MatrixError::Columns)
        } else if rows < 4 || rows > 20 {
            Err(MatrixError::Rows)
        } else if columns as u16 * rows as u16 > 100 {
            Err(MatrixError::Size)
        } else {
            Ok(Self {
                columns,
                rows,
                row_fec,
            })
        }
    }

    /// L: packets in a row.
    #[must_use]
    pub const fn columns(self) -> u8 {
        self.columns
    }

    /// D: packets in a column.
    #[must_use]
    pub const fn rows(self) -> u8 {
        self.rows
    }

    /// Whether rows have FEC too.
    #[must_use]
    pub const fn row_fec(self) -> bool {
        self.row_fec
    }
}

/// The sum of some packets so far, written as the FEC packet that it will be.
#[derive(Debug, Default)]
struct Sum(Vec<u8>);

impl Sum {
    /// Begins with a packet of this sequence number and time stamp.
    fn begin(&mut self, cover: [u8; 3], datagram: &[u8]) {
        let [kind, step, count] = cover;
        self.0.clear();
        self.0.resize(HEADER_LEN, 0);
        if let (Some([_, _, s1, s2, t1, t2, t3, t4]), Some(place)) =
            (datagram.first_chunk(), self.0.first_chunk_mut())
        {
            // SSRC zero: the FEC stream is told by its port. E is set: the header is extended.
            *place = [
                0x80, 0, 0, 0, *t1, *t2, *t3, *t4, 0, 0, 0, 0, *s1, *s2, 0, 0, 0x80, 0, 0, 0, 0, 0,
                0, 0, kind, step, count, 0,
            ];
        }
        self.add(datagram);
    }

    /// Adds a packet (RFC 2733, 4): header fields, length and all behind the header.
    fn add(&mut self, datagram: &[u8]) {
        let Some((header, body)) = datagram.split_first_chunk::<12>() else {
            return;
        };
        if self.0.len() < HEADER_LEN + body.len() {
            self.0.resize(HEADER_LEN + body.len(), 0);
        }
        let [first, second, _, _, t1, t2, t3, t4, ..] = *header;
        let [l1, l2] = u16::try_from(body.len()).unwrap_or(0).to_be_bytes();
        let fields = [
            (0, first & 0x3f),
            (1, second & 0x80),
            (14, l1),
            (15, l2),
            (16, second & 0x7f),
            (20, t1),
            (21, t2),
            (22, t3),
            (23, t4),
        ];
        for (at, value) in fields {
            if let Some(byte) = self.0.get_mut(at) {
                *byte ^= value;
            }
        }
        for (byte, other) in self.0.iter_mut().skip(HEADER_LEN).zip(body) {
            *byte ^= other;
        }
    }

    /// The FEC packet, as the next of its stream.
    fn finish(&mut self, sequence: &mut u16) -> &[u8] {
        if let Some([_, kind, s1, s2]) = self.0.first_chunk_mut() {
            *kind |= PAYLOAD_TYPE;
            [*s1, *s2] = sequence.to_be_bytes();
        }
        *sequence = sequence.wrapping_add(1);
        &self.0
    }
}

/// Makes the FEC packets of an output.
#[derive(Debug)]
pub struct Fec {
    matrix: Matrix,
    /// The packet's place in its matrix.
    place: u8,
    row: Sum,
    /// The columns of this matrix, and those of the last.
    columns: Vec<Sum>,
    ready: Vec<Sum>,
    /// Columns of the last matrix that are sent.
    sent: usize,
    column_sequence: u16,
    row_sequence: u16,
}

impl Fec {
    /// Begins a matrix with the next packet; `sequence` is the first number of both FEC streams
    /// (random, RFC 3550, 5.1).
    #[must_use]
    pub fn new(matrix: Matrix, sequence: u16) -> Self {
        let columns = usize::from(matrix.columns);
        Self {
            matrix,
            place: 0,
            row: Sum::default(),
            columns: (0..columns).map(|_| Sum::default()).collect(),
            ready: (0..columns).map(|_| Sum::default()).collect(),
            sent: columns,
            column_sequence: sequence,
            row_sequence: sequence,
        }
    }

    /// Takes the RTP datagram that has just left and gives the FEC packets that leave behind it,
    /// two at most.
    pub fn push(&mut self, datagram: &[u8], sink: &mut impl FnMut(Port, &[u8])) {
        let Matrix {
            columns,
            rows,
            row_fec,
        } = self.matrix;
        let (row, column) = (self.place / columns, self.place % columns);
        if let Some(sum) = self.columns.get_mut(usize::from(column)) {
            if row == 0 {
                sum.begin([0, columns, rows], datagram);
            } else {
                sum.add(datagram);
            }
        }
        if row_fec {
            if column == 0 {
                self.row.begin([0x40, 1, columns], datagram);
            } else {
                self.row.add(datagram);
            }
            if column + 1 == columns {
                sink(Port::Row, self.row.finish(&mut self.row_sequence));
            }
        }
        // One column's packet for each `rows` packets, in the middle of them.
        if self.place % rows == rows / 2
            && let Some(sum) = self.ready.get_mut(self.sent)
        {
            self.sent += 1;
            sink(Port::Column, sum.finish(&mut self.column_sequence));
        }
        self.place += 1;
        if self.place == columns * rows {
            self.place = 0;
            self.sent = 0;
            std::mem::swap(&mut self.columns, &mut self.ready);
        }
    }
}

#[cfg(test)]
mod tests;
