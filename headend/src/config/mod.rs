//! What the operator wrote. In: a TOML file, the channels added by the API, the environment and
//! flags. Out: the [`Plan`](crate::plan::Plan) and everything that is wrong, with its place. It
//! opens no socket and looks up no name; what a plan does is `channel/` and `line/`.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use toml::de::DeTable;

pub mod added;
mod check;
mod conflicts;
pub mod editor;
pub mod fault;
mod input_url;
pub mod machine;
mod meaning;
pub mod model;
pub(crate) mod near;
pub mod outside;
pub mod problem;
pub mod reference;
pub(crate) mod secret;
pub mod shape;
mod tree;
mod url;
pub mod value;

use crate::plan::Plan;
use fault::{Fault, Form, Severity};
use machine::Machine;
use model::Config;
use outside::Setting;
use problem::{Problem, Report};
use shape::Shape;
use tree::{File, Item, Node, Place};

/// The largest file taken: 200 channels with 20 outputs each are a tenth of it.
pub const FILE_BYTES: u64 = 1 << 20;

/// Where a configuration comes from. The same sources are read again by a reload.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    /// The configuration file; `None` is a node of defaults.
    pub file: Option<PathBuf>,
    /// Keys from the environment.
    pub environment: Vec<Setting>,
    /// Keys from flags, over those of the environment.
    pub flags: Vec<Setting>,
    /// What it is judged against.
    pub machine: Machine,
}

/// A configuration without errors.
#[derive(Clone, Debug, PartialEq)]
pub struct Loaded {
    /// What was written, with the defaults.
    pub config: Config,
    /// What it means.
    pub plan: Plan,
    /// Warnings.
    pub report: Report,
}

impl Sources {
    /// `file`, this process' environment and these flags, on this machine.
    #[must_use]
    pub fn of_process(file: Option<PathBuf>, flags: Vec<Setting>) -> Self {
        let environment = std::env::vars_os().filter_map(|(name, value)| {
            Setting::variable(&name.to_string_lossy(), &value.to_string_lossy())
        });
        Self {
            file,
            environment: environment.collect(),
            flags,
            machine: Machine::this(),
        }
    }

    /// Reads everything.
    ///
    /// # Errors
    /// All errors and warnings, when there is an error.
    pub fn load(&self) -> Result<Loaded, Report> {
        self.read(None)
    }

    /// Reads everything and one channel more: a `[[channel]]` as JSON, as the API takes it.
    ///
    /// # Errors
    /// As [`Sources::load`]; a problem of the new channel is placed at its key.
    pub fn load_with(&self, channel: &serde_json::Value) -> Result<Loaded, Report> {
        self.read(Some(channel))
    }

    /// Reads the file and nothing that was added, to judge it by itself.
    ///
    /// # Errors
    /// As [`Sources::load`].
    pub fn load_alone(&self) -> Result<Loaded, Report> {
        let schema = shape::schema();
        let mut reading = Reading::new(Shape(&schema));
        let tree = reading.tree(self);
        reading.judge(&tree, &self.machine)
    }

    /// The state directory, told even where the rest of the configuration is wrong: a client
    /// finds its node by it.
    #[must_use]
    pub fn state_dir(&self) -> PathBuf {
        let schema = shape::schema();
        let mut reading = Reading::new(Shape(&schema));
        let tree = reading.tree(self);
        let found = reading.state_dir(&tree, self);
        found.unwrap_or_else(|| self.machine.state_dir.clone())
    }

    fn read(&self, channel: Option<&serde_json::Value>) -> Result<Loaded, Report> {
        let schema = shape::schema();
        let mut reading = Reading::new(Shape(&schema));
        let mut tree = reading.tree(self);
        reading.added(&mut tree, self);
        if let Some(channel) = channel {
            let channel = Item::from_json("", channel);
            append(&mut tree, vec![channel]);
        }
        reading.judge(&tree, &self.machine)
    }
}

struct Reading<'s> {
    shape: Shape<'s>,
    files: Vec<File>,
    problems: Vec<Problem>,
}

impl<'s> Reading<'s> {
    const fn new(shape: Shape<'s>) -> Self {
        Self {
            shape,
            files: Vec::new(),
            problems: Vec::new(),
        }
    }

    /// The file, and over it the environment, and over it the flags.
    fn tree(&mut self, sources: &Sources) -> Item {
        let mut tree = match &sources.file {
            Some(path) => self.file(path),
            None => Item::empty(Place::Named("defaults".to_owned())),
        };
        for setting in sources.environment.iter().chain(&sources.flags) {
            if let Err(fault) = setting.apply(&mut tree, self.shape) {
                self.report(Place::Named(setting.name.clone()), fault);
            }
        }
        tree
    }

    fn report(&mut self, place: Place, fault: impl Into<Fault>) {
        let fault = fault.into();
        self.problems.push(Problem { place, fault });
    }

    /// The tree of a file; an empty one where it cannot be read.
    fn file(&mut self, path: &Path) -> Item {
        let name = path.display().to_string();
        let text = match text_of(path) {
            Ok(text) => text,
            Err(fault) => {
                self.report(Place::Named(name.clone()), fault);
                return Item::empty(Place::Named(name));
            }
        };
        let index = self.files.len();
        let (table, errors) = DeTable::parse_recoverable(&text);
        let tree = Item::from_toml(index, &table);
        for error in errors {
            let range = error.span().unwrap_or(0..0);
            let fault = Form::Syntax(error.message().to_owned());
            self.report(Place::Text(index, range), fault);
        }
        let parent = path.parent().filter(|dir| !dir.as_os_str().is_empty());
        let dir = parent.unwrap_or(Path::new("."));
        // A relative path in the plan would mean another file after a change of directory.
        let dir = std::path::absolute(dir).unwrap_or_else(|_| dir.to_owned());
        self.files.push(File { name, text, dir });
        tree
    }

    /// Adds the channels that the API added earlier.
    fn added(&mut self, tree: &mut Item, sources: &Sources) {
        let Some(state_dir) = self.state_dir(tree, sources) else {
            return;
        };
        let files = match added::files(&state_dir) {
            Ok(files) => files,
            Err(error) => {
                let path = added::dir(&state_dir);
                let reason = error.to_string();
                let place = Place::Named(path.display().to_string());
                return self.report(place, Form::Unreadable { path, reason });
            }
        };
        for path in files {
            let added = self.file(&path);
            let Node::Table(entries) = added.node else {
                continue;
            };
            for entry in entries {
                match entry.item.node {
                    Node::List(channels) if entry.key == "channel" => append(tree, channels),
                    _ => self.report(
                        entry.place,
                        Form::UnknownKey {
                            key: entry.key,
                            near: None,
                            known: "channel".to_owned(),
                        },
                    ),
                }
            }
        }
    }

    /// Where the state is; `None` where what is written cannot be a path.
    fn state_dir(&self, tree: &Item, sources: &Sources) -> Option<PathBuf> {
        let Some(written) = tree.get("node").and_then(|node| node.get("state-dir")) else {
            return Some(sources.machine.state_dir.clone());
        };
        let dir = written.place.dir(&self.files, &sources.machine.working);
        Some(dir?.join(written.text()?))
    }

    fn judge(mut self, tree: &Item, machine: &Machine) -> Result<Loaded, Report> {
        let syntax = !self.problems.is_empty();
        let good = check::check(tree, self.shape, &mut self.problems);
        if syntax {
            // What a broken line should have said is not missing.
            self.problems.retain(|problem| {
                !matches!(
                    problem.fault,
                    Fault::Form(Form::MissingKey(_) | Form::MissingTables { .. })
                )
            });
        }
        let config: Config = match serde_json::from_value(good) {
            Ok(config) => config,
            Err(error) => {
                self.report(tree.place.clone(), Form::Syntax(error.to_string()));
                return Err(Report::new(self.problems, self.files));
            }
        };
        let (plan, problems) = meaning::plan(&config, tree, &self.files, machine);
        self.problems.extend(problems);
        let report = Report::new(self.problems, self.files);
        match report.severity() {
            Some(Severity::Error) => Err(report),
            _ => Ok(Loaded {
                config,
                plan,
                report,
            }),
        }
    }
}

/// Tells the log what is not wrong enough to stop the node.
pub fn log_warnings(report: &Report) {
    for shown in report.shown(fault::Language::English) {
        tracing::warn!(place = shown.place, "{}; {}", shown.text, shown.help);
    }
}

/// Appends channels to the list of them.
fn append(tree: &mut Item, channels: Vec<Item>) {
    let list = || Item {
        place: Place::Named("channel".to_owned()),
        node: Node::List(Vec::new()),
    };
    if let Some(Item {
        node: Node::List(items),
        ..
    }) = tree.get_or_insert("channel", list)
    {
        items.extend(channels);
    }
}

fn text_of(path: &Path) -> Result<String, Fault> {
    let unreadable = |error: std::io::Error| Form::Unreadable {
        path: path.to_owned(),
        reason: error.to_string(),
    };
    let file = std::fs::File::open(path).map_err(unreadable)?;
    let mut bytes = Vec::new();
    // One byte more than allowed tells a file that is too large from one that just fits.
    file.take(FILE_BYTES + 1)
        .read_to_end(&mut bytes)
        .map_err(unreadable)?;
    if bytes.len() as u64 > FILE_BYTES {
        return Err(Form::TooLarge(FILE_BYTES).into());
    }
    String::from_utf8(bytes).map_err(|_| Form::NotText.into())
}

#[cfg(test)]
mod tests;
