//! Variables in a Compose file: `${NAME:-default}` becomes its default.
//!
//! Knows: Compose's notation. Must not know: the environment: the same file is the same scenario everywhere.

use crate::input::scalar;
use crate::input::{Diagnostic, Diagnostics, Node, Tree};
use crate::model::units::quoted;

/// Defaults in defaults end here.
const DEEP: usize = 8;

/// Fills in every variable of `tree`; those without a default are reported.
pub(super) fn fill(tree: &mut Tree, diagnostics: &mut Diagnostics) {
    match &mut tree.node {
        Node::Map(entries) => entries
            .iter_mut()
            .for_each(|entry| fill(&mut entry.value, diagnostics)),
        Node::Seq(items) => items.iter_mut().for_each(|item| fill(item, diagnostics)),
        Node::String { text, .. } if text.contains('$') => match filled(text, 0) {
            // What was a number before its variable was written is one again.
            Ok(text) => tree.node = scalar::resolve(&text),
            Err(why) => {
                let error = Diagnostic::error(tree.place, why);
                diagnostics.push(
                    error.help("only defaults are filled in, no environment is read: `${NAME:-default}`"),
                );
            }
        },
        _ => {}
    }
}

/// `text` with its variables filled in.
fn filled(text: &str, depth: usize) -> Result<String, String> {
    let mut done = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        done.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix('$') {
            done.push('$');
            rest = after;
        } else if let Some(after) = rest.strip_prefix('{') {
            let end = closing(after).ok_or_else(|| format!("{} has no closing brace", quoted(text)))?;
            done.push_str(&of_braces(&after[..end], depth)?);
            rest = &after[end + 1..];
        } else {
            let name = name_of(rest);
            if name.is_empty() {
                return Err(format!(
                    "{}: after `$` comes a name, or another `$`",
                    quoted(text)
                ));
            }
            return Err(no_default(name));
        }
    }
    done.push_str(rest);
    Ok(done)
}

/// Where the brace closes that stands open before `text`.
fn closing(text: &str) -> Option<usize> {
    let mut open = 0_u32;
    let mut before = ' ';
    for (at, letter) in text.char_indices() {
        match letter {
            '{' if before == '$' => open += 1,
            '}' if open == 0 => return Some(at),
            '}' => open -= 1,
            _ => {}
        }
        before = letter;
    }
    None
}

/// What `${inner}` becomes.
fn of_braces(inner: &str, depth: usize) -> Result<String, String> {
    let name = name_of(inner);
    let rest = &inner[name.len()..];
    if name.is_empty() || depth >= DEEP {
        return Err(format!("{} names no variable", quoted(&format!("${{{inner}}}"))));
    }
    let default = rest.strip_prefix(":-").or_else(|| rest.strip_prefix('-'));
    match default {
        Some(default) => filled(default, depth + 1),
        None if rest.is_empty() => Err(no_default(name)),
        // What replaces a variable that is set: none is.
        None if rest.starts_with(":+") || rest.starts_with('+') => Ok(String::new()),
        None if rest.starts_with(":?") || rest.starts_with('?') => Err(no_default(name)),
        None => Err(format!(
            "{} is no variable: expected `${{NAME:-default}}`",
            quoted(&format!("${{{inner}}}"))
        )),
    }
}

fn name_of(text: &str) -> &str {
    let letter = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let end = text.find(|c| !letter(c)).unwrap_or(text.len());
    if text.starts_with(|c: char| c.is_ascii_digit()) {
        return "";
    }
    &text[..end]
}

fn no_default(name: &str) -> String {
    format!("the variable {} has no default", quoted(name))
}

#[cfg(test)]
mod tests {
    use super::filled;
    use proptest::prelude::*;

    #[test]
    fn defaults_are_filled_in_and_nothing_else() {
        for (text, expected) in [
            ("plain", "plain"),
            ("${A:-3}", "3"),
            ("shop:${TAG:-2.4}-${OS-alpine}", "shop:2.4-alpine"),
            ("${A:-${B:-x}}y", "xy"),
            ("${A:-}", ""),
            ("${A:+set}b", "b"),
            ("costs $$5", "costs $5"),
            ("${A:-a$$b}", "a$b"),
        ] {
            assert_eq!(filled(text, 0).as_deref(), Ok(expected), "{text}");
        }
        for (text, why) in [
            ("${A}", "the variable `A` has no default"),
            ("$A", "the variable `A` has no default"),
            ("${A:?needed}", "the variable `A` has no default"),
            ("${A:-b", "no closing brace"),
            ("${A:=b}", "expected `${NAME:-default}`"),
            ("${1:-b}", "names no variable"),
            ("5 $ a day", "after `$` comes a name"),
        ] {
            let said = filled(text, 0).unwrap_err();
            assert!(said.contains(why), "{text}: {said}");
        }
    }

    proptest! {
        /// Whatever is written, it is filled in or refused.
        #[test]
        fn nothing_panics(text in "[${}:A1?+\\-ä]{0,30}") {
            let _ = filled(&text, 0);
        }
    }
}
