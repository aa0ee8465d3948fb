//! Problems with their places, and how they are shown.

use miette::{
    GraphicalReportHandler, GraphicalTheme, LabeledSpan, MietteDiagnostic, MietteSpanContents,
    NamedSource, SourceCode, SourceSpan, SpanContents,
};

use super::fault::{Fault, Language, Severity};
use super::tree::{File, Place};

/// One thing that is wrong, and where.
#[derive(Clone, Debug, PartialEq)]
pub struct Problem {
    /// Where.
    pub place: Place,
    /// What.
    pub fault: Fault,
}

/// All that is wrong with a configuration.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Report {
    /// In the order of the files.
    pub problems: Vec<Problem>,
    /// What the places point into.
    pub files: Vec<File>,
}

/// One problem as data.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Shown {
    /// `error` or `warning`.
    pub severity: Severity,
    /// `FILE:LINE:COLUMN`, the variable, the flag or the key.
    pub place: String,
    /// The file, where it is in one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// The line, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<usize>,
    /// The column in characters, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<usize>,
    /// What is wrong.
    pub text: String,
    /// What to do; empty where the text says it.
    pub help: String,
}

impl Report {
    /// A report in the order of the files.
    #[must_use]
    pub fn new(mut problems: Vec<Problem>, files: Vec<File>) -> Self {
        problems.sort_by_key(|problem| match &problem.place {
            Place::Text(file, range) => (0, *file, range.start),
            Place::Named(_) | Place::Request(_) => (1, 0, 0),
        });
        problems.dedup();
        Self { problems, files }
    }

    /// The worst of them; `None` when nothing is wrong.
    #[must_use]
    pub fn severity(&self) -> Option<Severity> {
        self.problems.iter().map(|p| p.fault.severity()).max()
    }

    /// Each as data.
    #[must_use]
    pub fn shown(&self, language: Language) -> Vec<Shown> {
        self.problems
            .iter()
            .map(|problem| {
                let said = problem.fault.say(language);
                let (file, line, column) = match &problem.place {
                    Place::Text(index, range) => match self.files.get(*index) {
                        Some(file) => {
                            let (line, column) = file.line_column(range.start);
                            (Some(file.name.clone()), Some(line), Some(column))
                        }
                        None => (None, None, None),
                    },
                    Place::Named(_) | Place::Request(_) => (None, None, None),
                };
                Shown {
                    severity: problem.fault.severity(),
                    place: problem.place.describe(&self.files),
                    file,
                    line,
                    column,
                    text: said.text,
                    help: said.help,
                }
            })
            .collect()
    }

    /// All of them for people, with the lines they stand in.
    #[must_use]
    pub fn render(&self, language: Language, colour: bool) -> String {
        let theme = match colour {
            true => GraphicalTheme::unicode(),
            false => GraphicalTheme::unicode_nocolor(),
        };
        let handler = GraphicalReportHandler::new_themed(theme)
            .with_width(120)
            .with_context_lines(0)
            .with_links(false);
        let mut out = String::new();
        for problem in &self.problems {
            // A String takes all that is written to it.
            let _ = handler.render_report(&mut out, self.diagnostic(problem, language).as_ref());
        }
        out
    }

    fn diagnostic(&self, problem: &Problem, language: Language) -> miette::Report {
        let said = problem.fault.say(language);
        let severity = match problem.fault.severity() {
            Severity::Error => miette::Severity::Error,
            Severity::Warning => miette::Severity::Warning,
        };
        let Place::Text(index, range) = &problem.place else {
            let name = problem.place.describe(&self.files);
            let help = match said.help.as_str() {
                "" => String::new(),
                help => format!("\n{help}"),
            };
            let text = format!("{name}: {}{help}", said.text);
            return MietteDiagnostic::new(text).with_severity(severity).into();
        };
        let label = (!said.help.is_empty()).then_some(said.help);
        let diagnostic = MietteDiagnostic::new(said.text)
            .with_severity(severity)
            .with_label(LabeledSpan::new(label, range.start, range.len()));
        let report = miette::Report::from(diagnostic);
        match self.files.get(*index) {
            Some(file) => {
                report.with_source_code(WholeLines(NamedSource::new(&file.name, file.text.clone())))
            }
            None => report,
        }
    }
}

/// A source that shows the whole lines of what it is asked for, and no others.
#[derive(Debug)]
struct WholeLines(NamedSource<String>);

impl SourceCode for WholeLines {
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        before: usize,
        after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, miette::MietteError> {
        let text = self.0.inner();
        let (start, end) = (span.offset(), span.offset() + span.len());
        let above = text.get(..start).unwrap_or_default();
        let first = above.rfind('\n').map_or(0, |at| at + 1);
        let rest = text.get(end..).unwrap_or_default();
        let last = rest.find('\n').map_or(text.len(), |at| end + at);
        let lines = SourceSpan::from(first..last.max(end));
        let read = self.0.read_span(&lines, before, after)?;
        // The place shown is where the fault begins, not its line.
        let column = above.get(first..).unwrap_or_default().chars().count();
        Ok(Box::new(MietteSpanContents::new_named(
            self.0.name().to_owned(),
            read.data(),
            *read.span(),
            read.line(),
            column,
            read.line_count(),
        )))
    }
}

impl From<&Report> for Vec<crate::node_handle::Fault> {
    fn from(report: &Report) -> Self {
        report
            .shown(Language::English)
            .into_iter()
            .filter(|shown| shown.severity == Severity::Error)
            .map(|shown| crate::node_handle::Fault {
                place: shown.place,
                text: shown.text,
                help: (!shown.help.is_empty()).then_some(shown.help),
            })
            .collect()
    }
}
