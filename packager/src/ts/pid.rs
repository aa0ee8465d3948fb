//! The packet identifier (ISO/IEC 13818-1, table 2-3).

use std::fmt;

/// A 13-bit packet identifier.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Pid(u16);

impl Pid {
    /// How many PIDs there are.
    pub const COUNT: usize = 8192;
    /// Program association table.
    pub const PAT: Self = Self(0x0000);
    /// Conditional access table.
    pub const CAT: Self = Self(0x0001);
    /// Transport stream description table.
    pub const TSDT: Self = Self(0x0002);
    /// Network information table (EN 300 468, table 1).
    pub const NIT: Self = Self(0x0010);
    /// Service description and bouquet association tables.
    pub const SDT: Self = Self(0x0011);
    /// Event information table.
    pub const EIT: Self = Self(0x0012);
    /// Running status table.
    pub const RST: Self = Self(0x0013);
    /// Time and date, and time offset tables.
    pub const TDT: Self = Self(0x0014);
    /// Null packets.
    pub const NULL: Self = Self(0x1fff);

    /// The PID in the low 13 bits of `value`; the bits above are ignored, as on the wire.
    #[must_use]
    pub const fn from_bits(value: u16) -> Self {
        Self(value & 0x1fff)
    }

    /// `value` as a PID; `None` above 0x1fff.
    #[must_use]
    pub const fn new(value: u16) -> Option<Self> {
        if value > 0x1fff {
            None
        } else {
            Some(Self(value))
        }
    }

    /// The 13 bits.
    #[must_use]
    pub const fn value(self) -> u16 {
        self.0
    }

    /// The value as an index into a table of [`Pid::COUNT`] entries.
    #[must_use]
    pub const fn index(self) -> usize {
        self.0 as usize
    }

    /// Whether this is the PID of null packets.
    #[must_use]
    pub const fn is_null(self) -> bool {
        self.0 == Self::NULL.0
    }
}

impl fmt::Display for Pid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "0x{:04x}", self.0)
    }
}

impl fmt::Debug for Pid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Pid({self})")
    }
}
