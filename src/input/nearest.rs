//! What a misspelt name was probably meant to be.
//!
//! Knows: distances between words. Must not know: what the names are names of.

use super::{Diagnostic, Place};
use crate::model::units::quoted;

/// Names in a list of valid ones; the rest is counted.
const LISTED: usize = 24;
/// Longer names are not compared.
const COMPARED_CHARS: usize = 100;

/// The candidate that `name` is most probably a misspelling of, if one is near enough: a third of its length in
/// inserted, lost, changed or swapped letters. Case and the choice of `-`, `_` or no separator do not count.
#[must_use]
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    if name.len() > COMPARED_CHARS {
        return None;
    }
    let name = folded(name);
    let chars = name.chars().count();
    let allowed = (chars / 3).max(1);
    let mut best = None;
    for candidate in candidates {
        if candidate.len() > COMPARED_CHARS {
            continue;
        }
        let folded = folded(candidate);
        let count = folded.chars().count();
        // Two short words share letters by chance.
        let limit = allowed.min(count.max(chars).saturating_sub(1));
        if count.abs_diff(chars) > limit {
            continue;
        }
        let distance = strsim::damerau_levenshtein(&name, &folded);
        if distance <= limit && best.is_none_or(|(least, _)| distance < least) {
            best = Some((distance, candidate));
        }
    }
    best.map(|(_, candidate)| candidate)
}

/// `name` without what does not count.
fn folded(name: &str) -> String {
    let letters = name.chars().filter(|c| !matches!(c, '-' | '_' | ' '));
    letters.flat_map(char::to_lowercase).collect()
}

/// Valid names for a message: "`a`, `b`, `c`"; a long list is cut.
#[must_use]
pub fn list_names<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    let mut names = names.into_iter();
    let mut text = String::new();
    for name in names.by_ref().take(LISTED) {
        if !text.is_empty() {
            text.push_str(", ");
        }
        text.push_str(&quoted(name));
    }
    match names.count() {
        0 => text,
        left => format!("{text} and {left} more"),
    }
}

/// The error about a reference to a `kind` (such as "workload") that has no such name.
#[must_use]
pub fn unknown_name<'a>(
    place: Place,
    kind: &str,
    name: &str,
    candidates: impl IntoIterator<Item = &'a str> + Clone,
) -> Diagnostic {
    let error = Diagnostic::error(place, format!("no {kind} is named {}", quoted(name)));
    let error = error.suggest(nearest(name, candidates.clone()));
    match list_names(candidates) {
        names if names.is_empty() => error.help(format!("there is no {kind}")),
        names => error.help(format!("expected one of: {names}")),
    }
}

#[cfg(test)]
mod tests {
    use super::{list_names, nearest};

    #[test]
    fn a_slip_is_recognised_and_another_word_is_not() {
        let names = ["replicas", "containers", "timeout", "cpu", "rps"];
        for (found, meant) in [
            ("replcas", Some("replicas")),
            ("Replicas", Some("replicas")),
            ("re_plicas", Some("replicas")),
            ("conatiners", Some("containers")),
            ("time-out", Some("timeout")),
            ("cpus", Some("cpu")),
            ("gpu", Some("cpu")),
            ("memory", None),
            ("x", None),
            ("", None),
        ] {
            assert_eq!(nearest(found, names), meant, "{found}");
        }
        assert_eq!(nearest(&"a".repeat(1_000_000), names), None);
    }

    #[test]
    fn a_long_list_is_cut() {
        assert_eq!(list_names(["a", "b"]), "`a`, `b`");
        assert!(list_names(std::iter::repeat_n("a", 30)).ends_with("`a` and 6 more"));
    }
}
