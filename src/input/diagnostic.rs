//! One thing to tell the user about the input, and the collection of them all.
//!
//! Knows: what a message consists of and in which order messages come. Must not know: how they are drawn, or what is
//! checked.

use super::{Place, Sources, render};
use serde::Serialize;

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Nothing can be run.
    Error,
    /// It can be run, but probably is not what was meant.
    Warning,
    /// It can be run, and this is worth knowing.
    Note,
}

/// A message with its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// How bad it is.
    pub severity: Severity,
    /// Where it is.
    pub place: Place,
    /// Where it is in the document, such as `policies.pod_scaling.shop`; may be empty.
    pub path: String,
    /// What was found and why it is wrong.
    pub message: String,
    /// What is said right under the place; a suggestion takes its room.
    pub label: Option<String>,
    /// What was probably meant: text to put at the place.
    pub suggestion: Option<String>,
    /// What was expected, and other help, a line each.
    pub help: Vec<String>,
    /// Other places that belong to it, and why.
    pub related: Vec<(Place, String)>,
    /// Whether it is about what things cost, and nothing else.
    pub of_costs: bool,
}

impl Diagnostic {
    /// An error at `place`.
    #[must_use]
    pub fn error(place: Place, message: impl Into<String>) -> Self {
        Self {
            severity: Severity::Error,
            place,
            path: String::new(),
            message: message.into(),
            label: None,
            suggestion: None,
            help: Vec::new(),
            related: Vec::new(),
            of_costs: false,
        }
    }

    /// A warning at `place`.
    #[must_use]
    pub fn warning(place: Place, message: impl Into<String>) -> Self {
        Self {
            severity: Severity::Warning,
            ..Self::error(place, message)
        }
    }

    /// A note at `place`.
    #[must_use]
    pub fn note(place: Place, message: impl Into<String>) -> Self {
        Self {
            severity: Severity::Note,
            ..Self::error(place, message)
        }
    }

    /// The same, standing at `path` in the document.
    #[must_use]
    pub fn path(mut self, path: impl Into<String>) -> Self {
        self.path = path.into();
        self
    }

    /// The same with a word under the place.
    #[must_use]
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.label = Some(label.into());
        self
    }

    /// The same, asking whether `text` was meant, if there is any.
    #[must_use]
    pub fn suggest(mut self, text: Option<impl Into<String>>) -> Self {
        self.suggestion = text.map(Into::into);
        self
    }

    /// The same with a line of help.
    #[must_use]
    pub fn help(mut self, line: impl Into<String>) -> Self {
        self.help.push(line.into());
        self
    }

    /// The same, pointing also to another place.
    #[must_use]
    pub fn related(mut self, place: Place, why: impl Into<String>) -> Self {
        self.related.push((place, why.into()));
        self
    }

    /// The same, for those alone who look at costs.
    #[must_use]
    pub const fn of_costs(mut self) -> Self {
        self.of_costs = true;
        self
    }
}

/// More messages than this are counted but not kept.
const KEPT: usize = 1000;

/// All messages about the input of one command.
#[derive(Debug, Default)]
pub struct Diagnostics {
    all: Vec<Diagnostic>,
    errors: usize,
    dropped: usize,
}

/// One message as a line of JSON.
#[derive(Serialize)]
struct Line<'a> {
    severity: Severity,
    file: &'a str,
    line: u32,
    column: u32,
    end_line: u32,
    end_column: u32,
    #[serde(skip_serializing_if = "str::is_empty")]
    path: &'a str,
    message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    label: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    suggestion: Option<&'a str>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    help: &'a [String],
}

impl Diagnostics {
    /// Nothing to report.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a message.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        self.errors += usize::from(diagnostic.severity == Severity::Error);
        if self.is_full() {
            self.dropped += 1;
        } else {
            self.all.push(diagnostic);
        }
    }

    /// Adds all messages of `other`.
    pub fn append(&mut self, other: Self) {
        let errors = self.errors + other.errors;
        other.all.into_iter().for_each(|diagnostic| self.push(diagnostic));
        self.errors = errors;
        self.dropped += other.dropped;
    }

    /// The same without what is about costs alone.
    #[must_use]
    pub fn without_costs(mut self) -> Self {
        self.all.retain(|diagnostic| !diagnostic.of_costs);
        self
    }

    /// Whether anything forbids to go on.
    #[must_use]
    pub fn has_errors(&self) -> bool {
        self.errors > 0
    }

    /// Whether there is nothing to report.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// How many messages there are; when [full](Self::is_full), there may be more.
    #[must_use]
    pub fn len(&self) -> usize {
        self.all.len() + self.dropped
    }

    /// Whether further messages are only counted; a checker may stop then.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.all.len() >= KEPT
    }

    /// The messages in the order of their places.
    #[must_use]
    pub fn sorted(&self) -> Vec<&Diagnostic> {
        let mut sorted: Vec<_> = self.all.iter().collect();
        sorted.sort_by_key(|diagnostic| (diagnostic.place.source, diagnostic.place.start));
        sorted
    }

    /// All messages as a compiler shows them, with the lines they are about; at most 50.
    #[must_use]
    pub fn render(&self, sources: &Sources) -> String {
        render::all(&self.sorted(), self.len(), self.is_full(), sources)
    }

    /// All messages that are kept as JSON, an object a line.
    #[must_use]
    pub fn to_json_lines(&self, sources: &Sources) -> String {
        let mut text = String::new();
        for diagnostic in self.sorted() {
            let place = diagnostic.place;
            let line = Line {
                severity: diagnostic.severity,
                file: sources.name(place.source),
                line: place.start.line,
                column: place.start.column,
                end_line: place.end.line,
                end_column: place.end.column,
                path: &diagnostic.path,
                message: &diagnostic.message,
                label: diagnostic.label.as_deref(),
                suggestion: diagnostic.suggestion.as_deref(),
                help: &diagnostic.help,
            };
            text.push_str(&serde_json::to_string(&line).unwrap_or_default());
            text.push('\n');
        }
        text
    }
}

impl FromIterator<Diagnostic> for Diagnostics {
    fn from_iter<I: IntoIterator<Item = Diagnostic>>(iter: I) -> Self {
        let mut all = Self::new();
        iter.into_iter().for_each(|diagnostic| all.push(diagnostic));
        all
    }
}
