//! Where a policy's complaint about its parameters belongs in the file.
//!
//! Knows: paths such as `metrics[0].resource`, and places. Must not know: any policy.

use super::super::spot::Spot;

/// The parameter below `policy` that `problem` is about: the path it opens with, and there the first parameter that it
/// names; `None` if it names none that is written down.
pub(super) fn culprit<'t>(policy: &Spot<'t>, problem: &str) -> Option<Spot<'t>> {
    let mut found = None;
    let mut rest = problem;
    while let Some((path, tail)) = rest.split_once(": ") {
        let Some(below) = walk(found.as_ref().unwrap_or(policy), path) else {
            break;
        };
        (found, rest) = (Some(below), tail);
    }
    let from = found.clone().unwrap_or_else(|| policy.clone());
    let named = rest.split_whitespace().find_map(|word| {
        let word = word.trim_matches(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '-' | '[' | ']')));
        walk(&from, word)
    });
    named.or(found)
}

/// What stands at `path` below `spot`, if anything does.
pub(super) fn walk<'t>(spot: &Spot<'t>, path: &str) -> Option<Spot<'t>> {
    let mut at = spot.clone();
    for segment in path.split('.') {
        let (key, index) = match segment.split_once('[') {
            Some((key, index)) => (key, Some(index.strip_suffix(']')?.parse::<usize>().ok()?)),
            None => (segment, None),
        };
        at = at.at(key);
        if let Some(index) = index {
            at = at.items().into_iter().nth(index)?;
        }
        if !at.exists() {
            return None;
        }
    }
    Some(at)
}
