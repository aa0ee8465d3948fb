//! What was written against the schema: every fault, not only the first. What is wrong is left
//! out of the result, so that what remains can be judged for its meaning in the same pass.

use serde_json::{Map, Value as Json};

use super::fault::{Fault, Form, Kind, Tables, Value};
use super::near::near;
use super::problem::Problem;
use super::shape::Shape;
use super::tree::{Entry, Item, Node, Place};
use super::value::check_format;

/// Checks `item` and gives its good part as JSON for serde. A wrong entry of a list of tables
/// stays as an empty table, so that places keep their index.
pub(super) fn check(item: &Item, shape: Shape<'_>, problems: &mut Vec<Problem>) -> Json {
    let mut checker = Checker {
        problems,
        path: Vec::new(),
    };
    checker.table(item, shape)
}

struct Checker<'p> {
    problems: &'p mut Vec<Problem>,
    /// The keys that lead here.
    path: Vec<String>,
}

impl Checker<'_> {
    fn report(&mut self, place: &Place, fault: impl Into<Fault>) {
        self.problems.push(Problem {
            place: place.clone(),
            fault: fault.into(),
        });
    }

    fn table(&mut self, item: &Item, shape: Shape<'_>) -> Json {
        let Node::Table(entries) = &item.node else {
            self.wrong(item, shape);
            return Json::Object(Map::new());
        };
        let mut good = Map::new();
        for entry in entries {
            match shape.key(&entry.key) {
                Some(shape) => {
                    self.path.push(entry.key.clone());
                    if let Some(value) = self.value(&entry.item, shape) {
                        good.insert(entry.key.clone(), value);
                    }
                    self.path.pop();
                }
                None => self.unknown(entry, shape),
            }
        }
        for key in shape.required() {
            if item.get(key).is_none() {
                let fault = self.missing(key, shape);
                self.report(&item.place, fault);
            }
        }
        Json::Object(good)
    }

    fn missing(&self, key: &str, table: Shape<'_>) -> Form {
        match table.key(key).filter(|shape| shape.kind() == Kind::Tables) {
            Some(shape) => Form::MissingTables {
                key: key.into(),
                tables: tables([&*self.path, &[key.into()]].concat(), shape),
            },
            None => Form::MissingKey(key.into()),
        }
    }

    fn unknown(&mut self, entry: &Entry, shape: Shape<'_>) {
        let known: Vec<&str> = shape.keys().map(|(key, _)| key).collect();
        let fault = Form::UnknownKey {
            key: shortened(&entry.key),
            near: near(&entry.key, known.iter().copied()),
            known: known.join(", "),
        };
        self.report(&entry.place, fault);
    }

    fn value(&mut self, item: &Item, shape: Shape<'_>) -> Option<Json> {
        match (shape.kind(), &item.node) {
            (Kind::Table, _) => Some(self.table(item, shape)),
            (Kind::List | Kind::Tables, Node::List(items)) => self.list(item, items, shape),
            (Kind::Boolean, Node::Boolean(value)) => Some(Json::Bool(*value)),
            (Kind::Integer, Node::Integer(number)) => self.number(item, *number, shape),
            (Kind::Text, Node::Text(text)) => self.text(item, text, shape),
            (Kind::Text, Node::Integer(number)) => self.bare(item, *number, shape),
            _ => {
                self.wrong(item, shape);
                None
            }
        }
    }

    fn wrong(&mut self, item: &Item, shape: Shape<'_>) {
        let got = item.kind();
        let fault = match shape.kind() {
            Kind::Tables => Form::NotTables {
                tables: tables(self.path.clone(), shape),
                got,
            },
            want => Form::WrongType { want, got },
        };
        self.report(&item.place, fault);
    }

    fn list(&mut self, list: &Item, items: &[Item], shape: Shape<'_>) -> Option<Json> {
        let low = shape.limit("minItems").unwrap_or(0);
        let high = shape.limit("maxItems").unwrap_or(u64::MAX);
        if !(low..=high).contains(&(items.len() as u64)) {
            let got = items.len();
            self.report(&list.place, Form::ListLength { low, high, got });
            return None;
        }
        let good = items
            .iter()
            .filter_map(|item| self.value(item, shape.entry()));
        Some(Json::Array(good.collect()))
    }

    fn number(&mut self, item: &Item, number: i64, shape: Shape<'_>) -> Option<Json> {
        let limit = |name, otherwise| {
            shape
                .limit(name)
                .and_then(|limit| i64::try_from(limit).ok())
                .unwrap_or(otherwise)
        };
        let (low, high) = (limit("minimum", 0), limit("maximum", i64::MAX));
        if (low..=high).contains(&number) {
            return Some(number.into());
        }
        self.report(&item.place, Value::Number { low, high });
        None
    }

    /// A number where a text belongs: a DSCP may be one, a rate or a span lacks its unit.
    fn bare(&mut self, item: &Item, number: i64, shape: Shape<'_>) -> Option<Json> {
        let positive = u64::try_from(number);
        match (shape.format(), positive) {
            ("dscp", _) => return self.text(item, &number.to_string(), shape),
            ("rate", Ok(number)) => self.report(&item.place, Fault::rate_without_unit(number)),
            ("size", Ok(number)) => self.report(&item.place, Fault::size_without_unit(number)),
            ("time-span", Ok(number)) => self.report(&item.place, Fault::span_without_unit(number)),
            _ => self.wrong(item, shape),
        }
        None
    }

    fn text(&mut self, item: &Item, text: &str, shape: Shape<'_>) -> Option<Json> {
        match text_fault(text, shape) {
            None => Some(text.into()),
            Some(fault) => {
                self.report(&item.place, fault);
                None
            }
        }
    }
}

fn tables(path: Vec<String>, shape: Shape<'_>) -> Tables {
    let first = shape.entry().keys().next();
    Tables {
        path: path.join("."),
        first: first.map_or("", |(key, _)| key).to_owned(),
    }
}

fn text_fault(text: &str, shape: Shape<'_>) -> Option<Fault> {
    let longest = shape.limit("maxLength").unwrap_or(LONGEST_TEXT);
    if text.trim().is_empty() {
        return Some(Value::EmptyText.into());
    }
    if text.chars().count() as u64 > longest {
        return Some(Value::LongText(longest).into());
    }
    if text.chars().any(char::is_control) {
        return Some(Value::ControlCharacter.into());
    }
    let choices: Vec<&str> = shape.choices().map(|(word, _)| word).collect();
    if !choices.is_empty() && !choices.contains(&text) {
        return Some(
            Value::Choice {
                written: text.into(),
                near: near(text, choices.iter().copied()),
                known: choices.join(", "),
            }
            .into(),
        );
    }
    check_format(shape.format(), text).err()
}

/// No value of a configuration is longer: the longest path of Linux.
const LONGEST_TEXT: u64 = 4096;

/// A key as an error shows it.
fn shortened(key: &str) -> String {
    match key.char_indices().nth(64) {
        Some((end, _)) => format!("{}…", key.get(..end).unwrap_or_default()),
        None => key.to_owned(),
    }
}
