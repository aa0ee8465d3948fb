//! What can be wrong with a configuration. Each kind holds its figures; what it says to people is
//! in `english.rs` and `vietnamese.rs`, so that a language cannot miss one.

mod english;
mod form;
mod meaning;
mod url;
mod value;
mod vietnamese;

pub use form::{Form, Kind, Tables};
pub use meaning::{Certificate, HlsFault, Meaning, Merge, NoEffect, Webhook};
pub use url::Url;
pub use value::Value;

/// How bad a fault is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// The node runs with it.
    Warning,
    /// The configuration is refused.
    Error,
}

/// The language of what is said to people.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Language {
    /// English.
    #[default]
    English,
    /// Vietnamese.
    Vietnamese,
}

/// What is wrong, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// What is wrong.
    pub text: String,
    /// What to do; empty where the text says it.
    pub help: String,
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// With the form of the file.
    Form(Form),
    /// With a value by itself.
    Value(Value),
    /// With a URL.
    Url(Url),
    /// With what the values mean together.
    Meaning(Meaning),
}

impl From<Form> for Fault {
    fn from(fault: Form) -> Self {
        Self::Form(fault)
    }
}

impl From<Value> for Fault {
    fn from(fault: Value) -> Self {
        Self::Value(fault)
    }
}

impl From<Url> for Fault {
    fn from(fault: Url) -> Self {
        Self::Url(fault)
    }
}

impl From<Meaning> for Fault {
    fn from(fault: Meaning) -> Self {
        Self::Meaning(fault)
    }
}

impl Fault {
    /// Whether the node can run with it.
    #[must_use]
    pub fn severity(&self) -> Severity {
        match self {
            Self::Meaning(
                Meaning::UnknownInterface { .. }
                | Meaning::AnyInterface(_)
                | Meaning::NoEffect(_)
                | Meaning::OpenSecret { .. }
                | Meaning::FileMissing { .. }
                | Meaning::Certificate(Certificate::Ended(_))
                | Meaning::TtlZero,
            ) => Severity::Warning,
            _ => Severity::Error,
        }
    }

    /// What to say.
    #[must_use]
    pub fn say(&self, language: Language) -> Said {
        let (text, help) = match (language, self) {
            (Language::English, Self::Form(fault)) => english::form(fault),
            (Language::English, Self::Value(fault)) => english::value(fault),
            (Language::English, Self::Url(fault)) => english::url(fault),
            (Language::English, Self::Meaning(fault)) => english::meaning(fault),
            (Language::Vietnamese, Self::Form(fault)) => vietnamese::form(fault),
            (Language::Vietnamese, Self::Value(fault)) => vietnamese::value(fault),
            (Language::Vietnamese, Self::Url(fault)) => vietnamese::url(fault),
            (Language::Vietnamese, Self::Meaning(fault)) => vietnamese::meaning(fault),
        };
        Said { text, help }
    }

    /// A bare number where a rate belongs.
    #[must_use]
    pub fn rate_without_unit(number: u64) -> Self {
        Self::Value(Value::NoUnit(match number {
            n if n >= 1_000_000 && n % 1_000_000 == 0 => {
                format!("\"{}M\" / \"{}k\"", n / 1_000_000, n / 1_000)
            }
            n if n >= 10_000 && n % 1_000 == 0 => format!("\"{}k\"", n / 1_000),
            n => format!("\"{n}M\" / \"{n}k\""),
        }))
    }

    /// A bare number where a size belongs.
    #[must_use]
    pub fn size_without_unit(number: u64) -> Self {
        Self::Value(Value::NoUnit(format!("\"{number}GiB\" / \"{number}MiB\"")))
    }

    /// A bare number where a span belongs.
    #[must_use]
    pub fn span_without_unit(number: u64) -> Self {
        Self::Value(Value::NoUnit(format!("\"{number}s\" / \"{number}ms\"")))
    }
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let said = self.say(Language::English);
        match said.help.as_str() {
            "" => f.write_str(&said.text),
            help => write!(f, "{}: {help}", said.text),
        }
    }
}

impl std::error::Error for Fault {}
