//! What a unit says about a value that it cannot read.
//!
//! Knows: the three parts of a helpful message. Must not know: where the value stood.

use std::fmt;

/// A value that is not in a unit's notation: the problem, what was expected, and the likely intention.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnitError {
    /// What was found and what is wrong with it, such as "`90` has no unit".
    pub problem: String,
    /// What is expected, with an example, such as "a duration such as `90s`".
    pub expected: &'static str,
    /// The value that was probably meant, such as "90s".
    pub suggestion: Option<String>,
}

impl UnitError {
    /// An error about `problem` where `expected` was wanted.
    pub(super) fn new(problem: impl Into<String>, expected: &'static str) -> Self {
        Self {
            problem: problem.into(),
            expected,
            suggestion: None,
        }
    }

    /// The same error, offering `text` instead.
    pub(super) fn suggest(mut self, text: impl Into<String>) -> Self {
        self.suggestion = Some(text.into());
        self
    }
}

impl fmt::Display for UnitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}; expected {}", self.problem, self.expected)?;
        match &self.suggestion {
            Some(text) => write!(f, "; did you mean {}?", quoted(text)),
            None => Ok(()),
        }
    }
}

impl std::error::Error for UnitError {}

/// The longest user text that a message repeats.
const SHOWN_CHARS: usize = 60;

/// `text` between backticks as a message shows it: on one line, without control characters, cut when long.
#[must_use]
pub fn quoted(text: &str) -> String {
    let mut shown = String::from("`");
    for (count, c) in text.chars().enumerate() {
        if count == SHOWN_CHARS {
            shown.push('…');
            break;
        }
        match c {
            '\n' | '\r' => shown.push('⏎'),
            '\t' => shown.push(' '),
            c if is_hidden(c) => shown.push('\u{fffd}'),
            c => shown.push(c),
        }
    }
    shown.push('`');
    shown
}

/// Whether `c` would change how a terminal shows the text around it.
fn is_hidden(c: char) -> bool {
    c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{2028}' | '\u{2029}')
}
