//! Reading fields of a table one after the other, and what can be wrong with one.

use super::pid::Pid;
use super::section::Section;

/// Why a section is not the table that was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum TableError {
    /// The section is of another table.
    #[error("table_id 0x{table_id:02x} is another table")]
    Table {
        /// As read.
        table_id: u8,
    },
    /// The body ends inside a field, or inside a loop whose length lies.
    #[error("the table's body ends at byte {at}, inside a field")]
    Cut {
        /// Offset in the body where the field starts.
        at: usize,
    },
}

/// A position in a table's body.
#[derive(Clone)]
pub(crate) struct Reader<'a> {
    rest: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    pub(crate) const fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes, at: 0 }
    }

    /// The body of a section that has one of `table_ids`.
    pub(crate) fn of(section: &Section<'a>, table_ids: &[u8]) -> Result<Self, TableError> {
        let table_id = section.table_id();
        if table_ids.contains(&table_id) {
            Ok(Self::new(section.body()))
        } else {
            Err(TableError::Table { table_id })
        }
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    pub(crate) const fn rest(&self) -> &'a [u8] {
        self.rest
    }

    pub(crate) fn take(&mut self, len: usize) -> Result<&'a [u8], TableError> {
        let cut = TableError::Cut { at: self.at };
        let (taken, rest) = self.rest.split_at_checked(len).ok_or(cut)?;
        self.rest = rest;
        self.at += len;
        Ok(taken)
    }

    pub(crate) fn array<const N: usize>(&mut self) -> Result<[u8; N], TableError> {
        let cut = TableError::Cut { at: self.at };
        self.take(N)?.first_chunk().copied().ok_or(cut)
    }

    pub(crate) fn u8(&mut self) -> Result<u8, TableError> {
        self.array::<1>().map(|[byte]| byte)
    }

    pub(crate) fn u16(&mut self) -> Result<u16, TableError> {
        self.array().map(u16::from_be_bytes)
    }

    pub(crate) fn u32(&mut self) -> Result<u32, TableError> {
        self.array().map(u32::from_be_bytes)
    }

    /// Three reserved bits and a PID.
    pub(crate) fn pid(&mut self) -> Result<Pid, TableError> {
        self.u16().map(Pid::from_bits)
    }

    /// A loop of bytes behind its length of 12 bits, the four bits above ignored.
    pub(crate) fn loop12(&mut self) -> Result<Self, TableError> {
        self.loop12_with_bits().map(|(_, content)| content)
    }

    /// The four bits above a length of 12 bits, and the loop of bytes behind it.
    pub(crate) fn loop12_with_bits(&mut self) -> Result<(u8, Self), TableError> {
        let [high, low] = self.array()?;
        let length = u16::from_be_bytes([high & 0x0f, low]);
        let at = self.at;
        let rest = self.take(length.into())?;
        Ok((high >> 4, Self { rest, at }))
    }

    /// A run of bytes behind its length of 8 bits.
    pub(crate) fn run8(&mut self) -> Result<&'a [u8], TableError> {
        let length = usize::from(self.u8()?);
        self.take(length)
    }
}
