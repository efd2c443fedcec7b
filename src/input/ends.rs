//! Where quoted texts and bracketed lists really end.
//!
//! Knows: that the scanner counts the blanks and the comment after a closing quote or bracket to it. Must not know:
//! trees.

use saphyr_parser::{Event, Marker, ScalarStyle, Span};

/// The text, and how far in it the events have come.
pub(super) struct Ends<'t> {
    rest: &'t str,
    index: usize,
}

impl<'t> Ends<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self { rest: text, index: 0 }
    }

    /// The span of `event` without what follows its closing mark. A quoted text of several lines keeps its span.
    pub(super) fn tightened(&mut self, event: &Event<'_>, span: Span) -> Span {
        let len = match event {
            Event::SequenceEnd | Event::MappingEnd if span.start != span.end => Some(1),
            Event::Scalar(_, ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted, ..) => {
                self.from(span.start.index()).and_then(quoted_chars)
            }
            _ => None,
        };
        match len {
            Some(len) => {
                let start = span.start;
                Span::new(
                    start,
                    Marker::new(start.index() + len, start.line(), start.col() + len),
                )
            }
            None => span,
        }
    }

    /// The text from the character `index` on; nothing if that has been passed.
    fn from(&mut self, index: usize) -> Option<&'t str> {
        let skip = index.checked_sub(self.index)?;
        if skip > 0 {
            let (at, c) = self.rest.char_indices().nth(skip - 1)?;
            self.rest = &self.rest[at + c.len_utf8()..];
            self.index = index;
        }
        Some(self.rest)
    }
}

/// How many characters there are up to the quote that closes the first one; nothing if a line ends before.
fn quoted_chars(text: &str) -> Option<usize> {
    let open = text.find(['\'', '"', '\n', '\r'])?;
    let quote = text[open..].chars().next()?;
    let mut chars = text[open..].chars().skip(1).peekable();
    let mut count = text[..open].chars().count() + 1;
    while let Some(c) = chars.next() {
        count += 1;
        match c {
            '\n' | '\r' => return None,
            '\\' if quote == '"' => {
                chars.next();
                count += 1;
            }
            '\'' if quote == '\'' && chars.peek() == Some(&'\'') => {
                chars.next();
                count += 1;
            }
            c if c == quote => return Some(count),
            _ => {}
        }
    }
    None
}
