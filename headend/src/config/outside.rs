//! Keys set from outside the file: the environment (`HEADEND__HTTP__LISTEN`) and flags.

use super::fault::{Fault, Form, Kind};
use super::near::near;
use super::shape::Shape;
use super::tree::{Item, Node, Place};

/// What the names of environment variables that set a key begin with.
pub const PREFIX: &str = "HEADEND__";

/// One key set from outside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    /// The variable or the flag.
    pub name: String,
    /// Its key, level by level: `["http", "listen"]`, `["channel", "0", "name"]`.
    pub path: Vec<String>,
    /// As written.
    pub text: String,
}

impl Setting {
    /// A flag that sets the key `path`, levels parted by dots.
    #[must_use]
    pub fn flag(name: &str, path: &str, text: impl Into<String>) -> Self {
        Self {
            name: name.to_owned(),
            path: path.split('.').map(str::to_owned).collect(),
            text: text.into(),
        }
    }

    /// The setting of an environment variable; `None` where its name is of no concern here.
    #[must_use]
    pub fn variable(name: &str, text: &str) -> Option<Self> {
        let path = name.strip_prefix(PREFIX)?;
        Some(Self {
            name: name.to_owned(),
            path: path
                .split("__")
                .map(|level| level.to_ascii_lowercase().replace('_', "-"))
                .collect(),
            text: text.to_owned(),
        })
    }

    /// Sets the key in `tree`.
    ///
    /// # Errors
    /// There is no such key.
    pub fn apply(&self, tree: &mut Item, shape: Shape<'_>) -> Result<(), Fault> {
        set(tree, shape, &self.path, self)
    }

    fn place(&self) -> Place {
        Place::Named(self.name.clone())
    }
}

fn set(item: &mut Item, shape: Shape<'_>, path: &[String], to: &Setting) -> Result<(), Fault> {
    let Some((level, rest)) = path.split_first() else {
        *item = leaf(shape, to);
        return Ok(());
    };
    match shape.kind() {
        Kind::Table => {
            let below = shape.key(level).ok_or_else(|| unknown(level, shape))?;
            let missing = || Item::empty(to.place());
            match item.get_or_insert(level, missing) {
                Some(item) => set(item, below, rest, to),
                // The file has something else where a table belongs; the checker says so.
                None => Ok(()),
            }
        }
        Kind::Tables => set(entry(item, level, to)?, shape.entry(), rest, to),
        _ => Err(unknown(level, shape)),
    }
}

/// The entry of a list of tables: one that is there, or the next.
fn entry<'i>(item: &'i mut Item, level: &str, to: &Setting) -> Result<&'i mut Item, Fault> {
    if item.entries().is_empty() && !matches!(item.node, Node::List(_)) {
        item.node = Node::List(Vec::new());
    }
    let Node::List(items) = &mut item.node else {
        return Err(unknown_entry(level, 0));
    };
    let count = items.len();
    let index = level.parse().ok().filter(|index| *index <= count);
    let index: usize = index.ok_or_else(|| unknown_entry(level, count))?;
    if index == count {
        items.push(Item::empty(to.place()));
    }
    items
        .get_mut(index)
        .ok_or_else(|| unknown_entry(level, count))
}

fn leaf(shape: Shape<'_>, to: &Setting) -> Item {
    let node = match shape.kind() {
        Kind::Integer => to
            .text
            .parse()
            .map_or_else(|_| text(&to.text), Node::Integer),
        Kind::Boolean => to
            .text
            .parse()
            .map_or_else(|_| text(&to.text), Node::Boolean),
        Kind::List => Node::List(
            to.text
                .split(',')
                .map(|one| Item {
                    place: to.place(),
                    node: text(one.trim()),
                })
                .collect(),
        ),
        _ => text(&to.text),
    };
    Item {
        place: to.place(),
        node,
    }
}

fn text(text: &str) -> Node {
    Node::Text(text.to_owned())
}

fn unknown(level: &str, shape: Shape<'_>) -> Fault {
    let known: Vec<&str> = shape.keys().map(|(key, _)| key).collect();
    Form::UnknownKey {
        key: level.to_owned(),
        near: near(level, known.iter().copied()),
        known: known.join(", "),
    }
    .into()
}

fn unknown_entry(level: &str, next: usize) -> Fault {
    Form::UnknownKey {
        key: level.to_owned(),
        near: None,
        known: format!("0 … {next}"),
    }
    .into()
}
