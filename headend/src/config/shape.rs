//! The schema of the configuration, read as data: what the checker, the reference and `explain`
//! are made from.

use schemars::JsonSchema as _;
use schemars::generate::SchemaSettings;
use serde_json::Value;

use super::fault::Kind;
use super::model::Config;

/// The JSON schema of the configuration file (draft 2020-12).
#[must_use]
pub fn schema() -> Value {
    let settings = SchemaSettings::draft2020_12().with(|settings| {
        settings.inline_subschemas = true;
    });
    let mut generator = settings.into_generator();
    let mut schema = Config::json_schema(&mut generator).to_value();
    without_null(&mut schema);
    if let Some(object) = schema.as_object_mut() {
        let draft = "https://json-schema.org/draft/2020-12/schema";
        object.insert("$schema".into(), draft.into());
        object.insert("title".into(), "headend configuration".into());
    }
    schema
}

/// TOML has no null: a key is there or it is not. What marks a key as required in the model
/// becomes `required` of its table.
fn without_null(schema: &mut Value) {
    let Some(object) = schema.as_object_mut() else {
        return;
    };
    if let Some(Value::Array(types)) = object.get_mut("type") {
        types.retain(|name| name != "null");
        if let [only] = types.as_slice() {
            let only = only.clone();
            object.insert("type".into(), only);
        }
    }
    if object.get("default").is_some_and(Value::is_null) {
        object.remove("default");
    }
    if let Some(Value::Array(mut any)) = object.remove("anyOf") {
        any.retain(|one| one.get("type").is_none_or(|name| name != "null"));
        if let Some(Value::Object(only)) = any.pop() {
            for (key, value) in only {
                object.entry(key).or_insert(value);
            }
        }
    }
    let mut required = Vec::new();
    if let Some(Value::Object(properties)) = object.get_mut("properties") {
        for (key, property) in properties.iter_mut() {
            without_null(property);
            let Some(property) = property.as_object_mut() else {
                continue;
            };
            if property.remove("x-required").is_some() {
                property.remove("default");
                required.push(Value::from(key.as_str()));
            }
            let tables = property.contains_key("properties")
                || property
                    .get("default")
                    .is_some_and(|d| d == &Value::Array(Vec::new()));
            if tables {
                property.remove("default");
            }
        }
    }
    if !required.is_empty() {
        object.insert("required".into(), required.into());
    }
    if let Some(items) = object.get_mut("items") {
        without_null(items);
    }
}

/// One key or value of the schema.
#[derive(Clone, Copy, Debug)]
pub struct Shape<'a>(pub &'a Value);

impl<'a> Shape<'a> {
    /// The keys of a table with their shapes, in the order of the model.
    pub fn keys(self) -> impl Iterator<Item = (&'a str, Self)> {
        self.0
            .get("properties")
            .and_then(Value::as_object)
            .into_iter()
            .flatten()
            .map(|(key, shape)| (key.as_str(), Self(shape)))
    }

    /// The shape of one key of a table, or of its entries where this is a list of tables.
    #[must_use]
    pub fn key(self, key: &str) -> Option<Self> {
        self.entry()
            .keys()
            .find(|(name, _)| *name == key)
            .map(|(_, shape)| shape)
    }

    /// The shape of the entries of a list; of anything else, itself.
    #[must_use]
    pub fn entry(self) -> Self {
        self.0.get("items").map_or(self, Self)
    }

    /// Keys of this table that have to be there.
    pub fn required(self) -> impl Iterator<Item = &'a str> {
        self.0
            .get("required")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
    }

    /// What belongs here.
    #[must_use]
    pub fn kind(self) -> Kind {
        let of_list = self.0.get("items").map(|items| Self(items).kind());
        match (self.0.get("type").and_then(Value::as_str), of_list) {
            (Some("object"), _) => Kind::Table,
            (Some("array"), Some(Kind::Table)) => Kind::Tables,
            (Some("array"), _) => Kind::List,
            (Some("integer"), _) => Kind::Integer,
            (Some("boolean"), _) => Kind::Boolean,
            _ => Kind::Text,
        }
    }

    /// The `format` of a text.
    #[must_use]
    pub fn format(self) -> &'a str {
        self.word("format").unwrap_or_default()
    }

    /// What the key is for.
    #[must_use]
    pub fn description(self) -> &'a str {
        self.word("description").unwrap_or_default()
    }

    /// The words of a closed set, each with when to choose it; of anything else, none.
    pub fn choices(self) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.0
            .get("oneOf")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .map(Self)
            .filter_map(|choice| Some((choice.word("const")?, choice.description())))
    }

    /// The value where the key is left out.
    #[must_use]
    pub fn default(self) -> Option<&'a Value> {
        self.0.get("default")
    }

    /// A value to show.
    #[must_use]
    pub fn example(self) -> Option<&'a Value> {
        self.0.get("examples")?.get(0)
    }

    /// Whether the example file shows the key as set.
    #[must_use]
    pub fn is_shown(self) -> bool {
        self.0.get("x-shown").is_some()
    }

    /// Whether the table stands in the place of another key, so that the example has it as a
    /// comment.
    #[must_use]
    pub fn is_instead(self) -> bool {
        self.0.get("x-instead").is_some()
    }

    /// A limit of the schema: `minimum`, `maxLength`, `maxItems`, ….
    #[must_use]
    pub fn limit(self, name: &str) -> Option<u64> {
        self.0.get(name)?.as_u64()
    }

    fn word(self, key: &str) -> Option<&'a str> {
        self.0.get(key)?.as_str()
    }
}
