//! What was written, with its places: the file, the environment, flags and requests become one
//! tree before anything is judged.

use std::ops::Range;
use std::path::{Path, PathBuf};

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::fault::Kind;

/// A text that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// As the operator named it.
    pub name: String,
    /// All of it.
    pub text: String,
    /// What relative paths in it are relative to.
    pub dir: PathBuf,
}

/// Where something is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// In the file of this index, at these bytes.
    Text(usize, Range<usize>),
    /// In an environment variable or a flag of this name.
    Named(String),
    /// In a request to the API, at this key.
    Request(String),
}

/// A value and its place.
#[derive(Clone, Debug, PartialEq)]
pub struct Item {
    /// Where it is.
    pub place: Place,
    /// What it is.
    pub node: Node,
}

/// A value.
#[derive(Clone, Debug, PartialEq)]
pub enum Node {
    /// Text.
    Text(String),
    /// A whole number; one that does not fit stands at the end of the range.
    Integer(i64),
    /// A number with a fraction.
    Float,
    /// `true` or `false`.
    Boolean(bool),
    /// A date or time.
    Date,
    /// A list.
    List(Vec<Item>),
    /// A table, in the order of its file.
    Table(Vec<Entry>),
}

/// A key of a table.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// The key.
    pub key: String,
    /// Where the key is.
    pub place: Place,
    /// Its value.
    pub item: Item,
}

impl Item {
    /// A table without keys.
    #[must_use]
    pub const fn empty(place: Place) -> Self {
        Self {
            place,
            node: Node::Table(Vec::new()),
        }
    }

    /// The tree of a TOML document, file `file` of the load.
    #[must_use]
    pub fn from_toml(file: usize, table: &Spanned<DeTable<'_>>) -> Self {
        Self {
            place: Place::Text(file, table.span()),
            node: table_node(file, table.get_ref()),
        }
    }

    /// The tree of a request's body; `key` is where it stands.
    #[must_use]
    pub fn from_json(key: &str, value: &serde_json::Value) -> Self {
        use serde_json::Value as Json;
        let below = |name: &str| match key {
            "" => name.to_owned(),
            key => format!("{key}.{name}"),
        };
        let node = match value {
            Json::Null => Node::Table(Vec::new()),
            Json::Bool(value) => Node::Boolean(*value),
            Json::Number(number) => match (number.as_i64(), number.is_f64()) {
                (Some(number), _) => Node::Integer(number),
                (None, true) => Node::Float,
                (None, false) => Node::Integer(i64::MAX),
            },
            Json::String(text) => Node::Text(text.clone()),
            Json::Array(values) => Node::List(
                values
                    .iter()
                    .enumerate()
                    .map(|(index, value)| Self::from_json(&below(&index.to_string()), value))
                    .collect(),
            ),
            Json::Object(entries) => Node::Table(
                entries
                    .iter()
                    .filter(|(_, value)| !value.is_null())
                    .map(|(name, value)| Entry {
                        key: name.clone(),
                        place: Place::Request(below(name)),
                        item: Self::from_json(&below(name), value),
                    })
                    .collect(),
            ),
        };
        Self {
            place: Place::Request(key.to_owned()),
            node,
        }
    }

    /// What the value is.
    #[must_use]
    pub fn kind(&self) -> Kind {
        match &self.node {
            Node::Text(_) => Kind::Text,
            Node::Integer(_) => Kind::Integer,
            Node::Float => Kind::Float,
            Node::Boolean(_) => Kind::Boolean,
            Node::Date => Kind::Date,
            Node::List(items) => match items.first().map(|item| &item.node) {
                Some(Node::Table(_)) => Kind::Tables,
                _ => Kind::List,
            },
            Node::Table(_) => Kind::Table,
        }
    }

    /// The entries of a table; of anything else, none.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        match &self.node {
            Node::Table(entries) => entries,
            _ => &[],
        }
    }

    /// The items of a list; of anything else, none.
    #[must_use]
    pub fn items(&self) -> &[Self] {
        match &self.node {
            Node::List(items) => items,
            _ => &[],
        }
    }

    /// The text; `None` for anything else.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        match &self.node {
            Node::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The value of a key.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Self> {
        let entry = self.entries().iter().find(|entry| entry.key == key)?;
        Some(&entry.item)
    }

    /// The value of a key, made by `missing` where it is not there. `None` unless this is a table.
    pub fn get_or_insert(
        &mut self,
        key: &str,
        missing: impl FnOnce() -> Self,
    ) -> Option<&mut Self> {
        let Node::Table(entries) = &mut self.node else {
            return None;
        };
        let index = match entries.iter().position(|entry| entry.key == key) {
            Some(index) => index,
            None => {
                let item = missing();
                entries.push(Entry {
                    key: key.to_owned(),
                    place: item.place.clone(),
                    item,
                });
                entries.len() - 1
            }
        };
        entries.get_mut(index).map(|entry| &mut entry.item)
    }

    /// Where the value of `key` is, or else this value.
    #[must_use]
    pub fn place_of(&self, key: &str) -> Place {
        self.get(key).unwrap_or(self).place.clone()
    }
}

fn table_node(file: usize, table: &DeTable<'_>) -> Node {
    let mut entries: Vec<(usize, Entry)> = table
        .iter()
        .map(|(key, value)| {
            let entry = Entry {
                key: key.get_ref().to_string(),
                place: Place::Text(file, key.span()),
                item: item(file, value),
            };
            (key.span().start, entry)
        })
        .collect();
    entries.sort_by_key(|(start, _)| *start);
    Node::Table(entries.into_iter().map(|(_, entry)| entry).collect())
}

fn item(file: usize, value: &Spanned<DeValue<'_>>) -> Item {
    let node = match value.get_ref() {
        DeValue::String(text) => Node::Text(text.to_string()),
        DeValue::Integer(number) => Node::Integer(
            i64::from_str_radix(number.as_str(), number.radix()).unwrap_or(
                match number.as_str().starts_with('-') {
                    true => i64::MIN,
                    false => i64::MAX,
                },
            ),
        ),
        DeValue::Float(_) => Node::Float,
        DeValue::Boolean(value) => Node::Boolean(*value),
        DeValue::Datetime(_) => Node::Date,
        DeValue::Array(items) => Node::List(items.iter().map(|v| item(file, v)).collect()),
        DeValue::Table(table) => table_node(file, table),
    };
    Item {
        place: Place::Text(file, value.span()),
        node,
    }
}

impl Place {
    /// `FILE:LINE:COLUMN`, the variable, the flag or the key of a request.
    #[must_use]
    pub fn describe(&self, files: &[File]) -> String {
        match self {
            Self::Named(name) | Self::Request(name) => name.clone(),
            Self::Text(index, range) => files.get(*index).map_or_else(String::new, |file| {
                let (line, column) = file.line_column(range.start);
                format!("{}:{line}:{column}", file.name)
            }),
        }
    }

    /// What a relative path written here is relative to.
    #[must_use]
    pub fn dir<'a>(&self, files: &'a [File], working: &'a Path) -> Option<&'a Path> {
        match self {
            Self::Text(index, _) => files.get(*index).map(|file| file.dir.as_path()),
            Self::Named(_) => Some(working),
            Self::Request(_) => None,
        }
    }
}

impl File {
    /// The line and the column of a byte, both from 1; a column is a character.
    #[must_use]
    pub fn line_column(&self, at: usize) -> (usize, usize) {
        let before = self.text.get(..at).unwrap_or(&self.text);
        let line = before.rsplit('\n').next().unwrap_or_default();
        (before.matches('\n').count() + 1, line.chars().count() + 1)
    }
}
