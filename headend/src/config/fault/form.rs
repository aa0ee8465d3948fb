//! How a file and its values are written.

use std::path::PathBuf;

/// What is wrong with the form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Form {
    /// The file cannot be read.
    Unreadable {
        /// Which.
        path: PathBuf,
        /// The system's words.
        reason: String,
    },
    /// The file is over this many bytes.
    TooLarge(u64),
    /// The file is not UTF-8.
    NotText,
    /// Not TOML; the parser's words.
    Syntax(String),
    /// No such key here.
    UnknownKey {
        /// As written.
        key: String,
        /// The known key that looks most like it.
        near: Option<String>,
        /// All known keys here.
        known: String,
    },
    /// A key that has to be there is not.
    MissingKey(String),
    /// A list of tables that has to be there is not.
    MissingTables {
        /// Its key.
        key: String,
        /// How it is written.
        tables: Tables,
    },
    /// A value of another type.
    WrongType {
        /// What belongs here.
        want: Kind,
        /// What is here.
        got: Kind,
    },
    /// A value where a list of tables belongs.
    NotTables {
        /// How it is written.
        tables: Tables,
        /// What is here.
        got: Kind,
    },
    /// A list with too few or too many entries.
    ListLength {
        /// At least.
        low: u64,
        /// At most.
        high: u64,
        /// As written.
        got: usize,
    },
}

/// How a list of tables is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tables {
    /// What stands in its brackets: `channel.input`.
    pub path: String,
    /// The first key of each.
    pub first: String,
}

/// What a value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Text in quotes.
    Text,
    /// A whole number.
    Integer,
    /// A number with a fraction.
    Float,
    /// `true` or `false`.
    Boolean,
    /// A date or time.
    Date,
    /// A list.
    List,
    /// A table.
    Table,
    /// A list of tables, `[[…]]`.
    Tables,
}
