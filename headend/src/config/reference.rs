//! The texts made from the schema: the example file, the reference page, and what `explain` says.

use serde_json::Value;

use super::fault::Kind;
use super::near::near;
use super::outside::PREFIX;
use super::shape::{Shape, schema};

/// Columns of a comment in the example.
const WIDTH: usize = 96;

/// One key, for people.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Explained {
    /// `channel.output.dscp`.
    pub key: String,
    /// What it is for.
    pub text: String,
    /// What is written there.
    pub form: String,
    /// Each word of a closed set, with when to choose it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub choices: Vec<(String, String)>,
    /// Whether it has to be there.
    pub required: bool,
    /// What holds where it is left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default: Option<String>,
    /// One that could be written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub example: Option<String>,
    /// The variable that sets it.
    pub variable: String,
}

/// Every key, tables too, in the order of the model.
#[must_use]
pub fn keys() -> Vec<Explained> {
    let schema = schema();
    let mut keys = Vec::new();
    collect(Shape(&schema), &mut Vec::new(), &mut keys);
    keys
}

fn collect(table: Shape<'_>, path: &mut Vec<String>, keys: &mut Vec<Explained>) {
    let table = table.entry();
    let required: Vec<&str> = table.required().collect();
    for (name, shape) in table.keys() {
        path.push(name.to_owned());
        keys.push(explained(path, shape, required.contains(&name)));
        collect(shape, path, keys);
        path.pop();
    }
}

fn explained(path: &[String], shape: Shape<'_>, required: bool) -> Explained {
    // Of a list of tables, the first entry stands for any.
    let schema = schema();
    let mut at = Shape(&schema);
    let mut variable = PREFIX.trim_end_matches('_').to_owned();
    for level in path {
        variable += "__";
        variable += &level.to_uppercase().replace('-', "_");
        if let Some(below) = at.key(level) {
            at = below;
        }
        if at.kind() == Kind::Tables {
            variable += "__0";
        }
    }
    Explained {
        key: path.join("."),
        text: shape.description().replace('\n', " "),
        form: form(shape),
        choices: shape
            .choices()
            .map(|(word, text)| (word.to_owned(), text.replace('\n', " ")))
            .collect(),
        required,
        default: shape.default().filter(|_| !required).map(toml_value),
        example: shape.example().map(toml_value),
        variable,
    }
}

/// What is written for a value of this shape.
fn form(shape: Shape<'_>) -> String {
    let number = |name| {
        shape
            .limit(name)
            .map_or_else(String::new, |n| n.to_string())
    };
    match (shape.kind(), shape.format()) {
        (Kind::Table, _) => "a table".to_owned(),
        (Kind::Tables, _) => "tables".to_owned(),
        (Kind::List, _) => format!("a list: {}", form(shape.entry())),
        (Kind::Boolean, _) => "`true` or `false`".to_owned(),
        (Kind::Integer, _) => format!("{} to {}", number("minimum"), number("maximum")),
        (_, "rate") => "bit/s with its unit: `\"800k\"`, `\"6M\"`".to_owned(),
        (_, "time-span") => {
            "time with its unit: `\"400ms\"`, `\"2s\"`, `\"1m\"`, `\"4h\"`".to_owned()
        }
        (_, "size") => "bytes with their unit: `\"500MiB\"`, `\"50GiB\"`".to_owned(),
        (_, "listen-address") => "address and port".to_owned(),
        (_, "dscp") => "a name or 0 to 63".to_owned(),
        (_, "channel-id") => "an id".to_owned(),
        (_, "host-address") => "an address".to_owned(),
        _ if shape.choices().next().is_some() => {
            let words: Vec<String> = shape
                .choices()
                .map(|(word, _)| format!("`\"{word}\"`"))
                .collect();
            words.join(" or ")
        }
        _ => "text".to_owned(),
    }
}

fn toml_value(value: &Value) -> String {
    match value {
        Value::Array(values) => {
            format!(
                "[{}]",
                values.iter().map(toml_value).collect::<Vec<_>>().join(", ")
            )
        }
        // A JSON string is a TOML string.
        other => other.to_string(),
    }
}

/// The key that `written` names: whole, or its end where that is one key alone.
///
/// # Errors
/// The key that looks most like it, where one does.
pub fn explain(written: &str) -> Result<Explained, Option<String>> {
    let keys = keys();
    let end = format!(".{written}");
    let ends = |key: &&Explained| key.key.ends_with(&end);
    let whole = keys.iter().find(|key| key.key == written);
    let only = whole.or_else(|| {
        keys.iter()
            .find(ends)
            .filter(|_| keys.iter().filter(ends).count() == 1)
    });
    match only {
        Some(key) => Ok(key.clone()),
        None => {
            let several = keys.iter().filter(ends).map(|key| key.key.clone());
            let several = several.collect::<Vec<_>>().join(", ");
            let like = || near(written, keys.iter().map(|key| key.key.as_str()));
            Err(if several.is_empty() {
                like()
            } else {
                Some(several)
            })
        }
    }
}

/// A configuration with every key: what has a default is commented out.
#[must_use]
pub fn example() -> String {
    let schema = schema();
    let mut out = String::from(
        "# A configuration of headend. Every key is here; one that is commented out shows its default\n\
         # or an example. `headend config check FILE` judges it, `headend config explain KEY` says more.\n",
    );
    example_table(Shape(&schema), &mut Vec::new(), &mut out);
    out
}

fn example_table(table: Shape<'_>, path: &mut Vec<String>, out: &mut String) {
    let table = table.entry();
    let required: Vec<&str> = table.required().collect();
    let is_table = |shape: Shape<'_>| matches!(shape.kind(), Kind::Table | Kind::Tables);
    for (name, shape) in table.keys().filter(|(_, shape)| !is_table(*shape)) {
        comment(shape.description(), out);
        for (word, text) in shape.choices() {
            comment(&format!("{word}: {text}"), out);
        }
        let active = required.contains(&name) || shape.is_shown();
        let value = shape.example().or_else(|| shape.default());
        let value = value.map(toml_value).unwrap_or_default();
        let sign = if active { "" } else { "#" };
        *out += &format!("{sign}{name} = {value}\n");
    }
    for (name, shape) in table.keys().filter(|(_, shape)| is_table(*shape)) {
        path.push(name.to_owned());
        out.push('\n');
        comment(shape.description(), out);
        let header = path.join(".");
        let header = match shape.kind() {
            Kind::Tables => format!("[[{header}]]\n"),
            _ => format!("[{header}]\n"),
        };
        let mut table = header;
        example_table(shape, path, &mut table);
        for line in table.lines() {
            let sign = if shape.is_instead() && !line.starts_with('#') && !line.is_empty() {
                "#"
            } else {
                ""
            };
            *out += &format!("{sign}{line}\n");
        }
        path.pop();
    }
}

fn comment(text: &str, out: &mut String) {
    let mut line = String::from("#");
    for word in text.split_whitespace() {
        if line.chars().count() + word.chars().count() + 1 > WIDTH {
            *out += &line;
            *out += "\n";
            line = String::from("#");
        }
        line.push(' ');
        line += word;
    }
    *out += &line;
    *out += "\n";
}

/// The reference page of the configuration, as Markdown.
#[must_use]
pub fn page() -> String {
    let mut out = String::from(
        "# Configuration\n\n\
         Made by `headend reference` from the program: do not edit.\n\n\
         One TOML file. Unknown keys are refused. Units are always written: `\"6M\"`, `\"800k\"` (bit/s), \
         `\"2s\"`, `\"400ms\"`. A flag goes before the environment, the environment before the file, the \
         file before the default. `headend config example` prints a file with every key, `headend config \
         check` shows every error at once.\n\n\
         A key is set by an environment variable of its name: levels parted by `__`, `-` as `_`, entries \
         counted from 0 (`HEADEND__HTTP__LISTEN`, `HEADEND__CHANNEL__0__NAME`); a list is parted by \
         commas. Channels added by `headend channel add` are kept in `channels.d/` of the state \
         directory, in this form, and read after the file.\n",
    );
    for key in keys() {
        let level = key.key.matches('.').count();
        let is_table = matches!(key.form.as_str(), "a table" | "tables");
        if is_table {
            let (open, close) = match key.form.as_str() {
                "tables" => ("[[", "]]"),
                _ => ("[", "]"),
            };
            out += &format!("\n## `{open}{}{close}`\n\n{}\n", key.key, key.text);
            out += "\n| key | what is written | left out | what it is for |\n|---|---|---|---|\n";
            continue;
        }
        let name = key.key.rsplit('.').next().unwrap_or_default();
        let default = match (&key.default, key.required) {
            (_, true) => "**required**".to_owned(),
            (Some(default), _) => format!("`{default}`"),
            (None, _) => "–".to_owned(),
        };
        let mut text = key.text.clone();
        for (word, meaning) in &key.choices {
            text += &format!("<br>`{word}`: {meaning}");
        }
        debug_assert!(level > 0, "all keys stand in a table");
        out += &format!("| `{name}` | {} | {default} | {text} |\n", key.form);
    }
    out
}
