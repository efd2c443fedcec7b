//! The words of a formula: numbers, names and signs.
//!
//! Knows: how each is spelt. Must not know: what a formula means.

use std::fmt;

/// A word.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Word<'a> {
    Number(f64),
    Name(&'a str),
    Sign(&'a str),
}

impl Word<'_> {
    pub(super) fn is_sign(&self, text: &str) -> bool {
        matches!(self, Word::Sign(sign) if *sign == text)
    }

    pub(super) fn is(&self, text: &str) -> bool {
        matches!(self, Word::Sign(word) | Word::Name(word) if *word == text)
    }
}

impl fmt::Display for Word<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Word::Number(number) => write!(f, "{number}"),
            Word::Name(word) | Word::Sign(word) => f.write_str(word),
        }
    }
}

/// Longer signs first.
const SIGNS: [&str; 23] = [
    "**", "??", "==", "!=", "<=", ">=", "&&", "||", "+", "-", "*", "/", "^", "<", ">", "!", "?", ":", "(",
    ")", "[", "]", ",",
];

/// The words of `text`.
pub(super) fn words(text: &str) -> Result<Vec<Word<'_>>, String> {
    let mut words = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let length = if first.is_ascii_digit() {
            let length = number_length(rest);
            let number = rest[..length].parse();
            words.push(Word::Number(
                number.map_err(|_| format!("`{}` is no number", &rest[..length]))?,
            ));
            length
        } else if first.is_ascii_alphabetic() || first == '_' {
            let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
            let length = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
            words.push(Word::Name(&rest[..length]));
            length
        } else {
            let sign = SIGNS.iter().find(|sign| rest.starts_with(**sign));
            let sign = sign.ok_or_else(|| format!("`{first}` is not supported in formulas"))?;
            words.push(Word::Sign(sign));
            sign.len()
        };
        rest = rest[length..].trim_start();
    }
    Ok(words)
}

/// Digits and points, and an exponent with its sign.
fn number_length(text: &str) -> usize {
    let bytes = text.as_bytes();
    let mut length = 0;
    while let Some(&byte) = bytes.get(length) {
        let exponent = |at: usize| matches!(bytes.get(at), Some(b'e' | b'E'));
        let sign = matches!(byte, b'+' | b'-') && length > 0 && exponent(length - 1);
        if !(byte.is_ascii_digit() || byte == b'.' || exponent(length) || sign) {
            break;
        }
        length += 1;
    }
    length
}
