//! Whole numbers of instance files.

use crate::model::units::quoted;

/// Longer words are cut where they are told.
const TOLD_CHARS: usize = 40;

/// A word as it is told.
pub(super) fn told(word: &str) -> String {
    match word.char_indices().nth(TOLD_CHARS) {
        Some((at, _)) => quoted(&format!("{}…", &word[..at])),
        None => quoted(word),
    }
}

/// A whole number of 0 or more.
///
/// # Errors
/// What is wrong with it, after `what` it should be.
pub(super) fn whole(word: &str, what: &str) -> Result<u64, String> {
    word.parse().map_err(|_| {
        let digits = word.strip_prefix('-').unwrap_or(word);
        let is_number = digits.parse::<f64>().is_ok();
        let whole = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        let found = told(word);
        match (word.starts_with('-') && is_number, whole) {
            (true, _) => format!("{what} is {found}: it is negative"),
            (false, true) => format!("{what} is {found}: more than {}", u64::MAX),
            (false, false) => format!("{what} is {found}, expected a whole number"),
        }
    })
}
