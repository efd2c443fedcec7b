//! A small scanner of Rust source: what a file imports and which macros it calls, with lines.
//!
//! Knows: comments, literals, test-only code, `use` trees and inline paths. Must not know: which import is forbidden.
//! It reads tokens, not types: it sees every path that is written out, and nothing behind a re-export or a glob.

/// A path as written in the code, absolute where it can be: `crate::engine::Time`, `std::fs`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Path {
    pub(super) line: usize,
    /// Its segments; `super` and `self` are resolved against the module it is written in.
    pub(super) segments: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) line: usize,
    pub(super) text: String,
}

/// The file's tokens without comments and without the content of text and character literals.
pub(super) fn tokens(source: &str) -> Vec<Token> {
    let blank = blank_comments_and_literals(source);
    let (mut tokens, mut line) = (Vec::new(), 1);
    let mut rest = blank.as_str();
    while let Some(first) = rest.chars().next() {
        let word = rest
            .chars()
            .take_while(|c| c.is_alphanumeric() || *c == '_')
            .map(char::len_utf8)
            .sum::<usize>();
        let length = match word {
            0 if rest.starts_with("::") => 2,
            0 => first.len_utf8(),
            word => word,
        };
        let (text, after) = rest.split_at(length);
        if first == '\n' {
            line += 1;
        } else if !first.is_whitespace() {
            tokens.push(Token {
                line,
                text: text.to_owned(),
            });
        }
        rest = after;
    }
    tokens
}

/// Replaces comments, and the insides of literals, by blanks; line breaks stay.
fn blank_comments_and_literals(source: &str) -> String {
    let chars: Vec<char> = source.chars().collect();
    let mut out = String::with_capacity(source.len());
    let mut at = 0;
    while at < chars.len() {
        let end = match (chars[at], chars.get(at + 1)) {
            ('/', Some('/')) => (at..chars.len())
                .find(|&i| chars[i] == '\n')
                .unwrap_or(chars.len()),
            ('/', Some('*')) => block_comment_end(&chars, at),
            ('"', _) => quoted_end(&chars, at + 1, '"'),
            ('r', Some('"' | '#')) if !is_word(&chars, at) => raw_text_end(&chars, at).unwrap_or(at),
            ('\'', Some('\\')) => quoted_end(&chars, at + 1, '\''),
            ('\'', Some(_)) if chars.get(at + 2) == Some(&'\'') => at + 3,
            _ => at,
        };
        if end == at {
            out.push(chars[at]);
            at += 1;
        } else {
            out.extend(chars[at..end].iter().map(|&c| if c == '\n' { '\n' } else { ' ' }));
            at = end;
        }
    }
    out
}

/// Whether the character at `at` continues a word, so that an `r` there is a letter; in `br` and `cr` it is a prefix.
fn is_word(chars: &[char], at: usize) -> bool {
    let word = |c: &char| c.is_alphanumeric() || *c == '_';
    let before: Vec<_> = chars[..at].iter().rev().take(2).collect();
    match before[..] {
        [] => false,
        ['b' | 'c'] => false,
        ['b' | 'c', second] => word(second),
        [first, ..] => word(first),
    }
}

fn block_comment_end(chars: &[char], start: usize) -> usize {
    let (mut depth, mut at) = (0, start);
    while at < chars.len() {
        match (chars[at], chars.get(at + 1)) {
            ('/', Some('*')) => (depth, at) = (depth + 1, at + 2),
            ('*', Some('/')) => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
        if depth == 0 {
            break;
        }
    }
    at.min(chars.len())
}

fn quoted_end(chars: &[char], mut at: usize, quote: char) -> usize {
    while at < chars.len() && chars[at] != quote {
        at += if chars[at] == '\\' { 2 } else { 1 };
    }
    (at + 1).min(chars.len())
}

fn raw_text_end(chars: &[char], start: usize) -> Option<usize> {
    let hashes = chars[start + 1..].iter().take_while(|&&c| c == '#').count();
    let open = start + 1 + hashes;
    if chars.get(open) != Some(&'"') {
        return None; // a raw identifier
    }
    let closes = |at: usize| {
        chars[at] == '"' && chars[at + 1..].iter().take(hashes).filter(|&&c| c == '#').count() == hashes
    };
    let close = (open + 1..chars.len()).find(|&at| closes(at));
    Some(close.map_or(chars.len(), |at| at + 1 + hashes))
}

/// Parts the tokens of test-only items (`#[cfg(test)]`) from the rest, and names the modules declared among them
/// without a body: their files are test code too.
pub(super) fn without_tests(tokens: &[Token], source: &str) -> (Vec<Token>, Vec<String>) {
    let (mut kept, mut test_files, mut at) = (Vec::new(), Vec::new(), 0);
    while at < tokens.len() {
        if !starts_with(&tokens[at..], &["#", "[", "cfg", "(", "test", ")", "]"]) {
            kept.push(tokens[at].clone());
            at += 1;
            continue;
        }
        let end = item_end(tokens, at + 7);
        let item = &tokens[at..end];
        if let Some(place) = item
            .windows(3)
            .position(|three| three[0].text == "mod" && three[2].text == ";")
        {
            test_files.push(path_attribute(item, source).unwrap_or_else(|| item[place + 1].text.clone()));
        }
        at = end;
    }
    (kept, test_files)
}

/// The file of `#[path = "…"]`, read from the source, as the token of a text is blank.
fn path_attribute(item: &[Token], source: &str) -> Option<String> {
    let at = (0..item.len()).find(|&at| starts_with(&item[at..], &["#", "[", "path"]))?;
    let line = source.lines().nth(item[at].line - 1)?;
    Some(line.split('"').nth(1)?.to_owned())
}

fn starts_with(tokens: &[Token], texts: &[&str]) -> bool {
    tokens.len() >= texts.len() && tokens.iter().zip(texts).all(|(token, text)| token.text == *text)
}

/// One past the item that starts at `at`: past its first braces, or its semicolon.
fn item_end(tokens: &[Token], at: usize) -> usize {
    let mut depth = 0_usize;
    for (index, token) in tokens.iter().enumerate().skip(at) {
        match token.text.as_str() {
            "{" | "(" | "[" => depth += 1,
            "}" | ")" | "]" => {
                depth = depth.saturating_sub(1);
                if depth == 0 && token.text == "}" {
                    return index + 1;
                }
            }
            ";" if depth == 0 => return index + 1,
            _ => {}
        }
    }
    tokens.len()
}

/// Every path that `use` trees and inline paths name; `module` is where the file's code lives, from the crate's root.
pub(super) fn paths(tokens: &[Token], module: &[String]) -> Vec<Path> {
    let mut found = Vec::new();
    let mut module = module.to_vec();
    // Modules written out in the file, with the brace depth at which each ends.
    let (mut depth, mut inner) = (0_usize, Vec::new());
    let mut at = 0;
    while at < tokens.len() {
        let next = tokens.get(at + 1).map(|token| token.text.as_str());
        match (tokens[at].text.as_str(), next) {
            ("use", _) => {
                at = use_tree(tokens, at + 1, &[], &mut |line, segments| {
                    found.push(Path {
                        line,
                        segments: absolute(&segments, &module),
                    });
                });
                continue;
            }
            ("mod", Some(name)) if tokens.get(at + 2).is_some_and(|token| token.text == "{") => {
                module.push(name.to_owned());
                inner.push(depth);
            }
            ("{", _) => depth += 1,
            ("}", _) => {
                depth = depth.saturating_sub(1);
                if inner.last() == Some(&depth) {
                    inner.pop();
                    module.pop();
                }
            }
            (first, Some("::")) if is_name(first) => {
                let line = tokens[at].line;
                let mut segments = vec![first.to_owned()];
                at += 1;
                while at + 1 < tokens.len() && tokens[at].text == "::" && is_name(&tokens[at + 1].text) {
                    segments.push(tokens[at + 1].text.clone());
                    at += 2;
                }
                found.push(Path {
                    line,
                    segments: absolute(&segments, &module),
                });
                continue;
            }
            _ => {}
        }
        at += 1;
    }
    found
}

fn is_name(text: &str) -> bool {
    text.chars().next().is_some_and(|c| c.is_alphabetic() || c == '_')
}

/// Reads one `use` tree at `at` below `prefix`; hands out each leaf; returns where the tree ends.
fn use_tree(
    tokens: &[Token],
    mut at: usize,
    prefix: &[String],
    leaf: &mut impl FnMut(usize, Vec<String>),
) -> usize {
    let mut segments = prefix.to_vec();
    let mut line = tokens.get(at).map_or(0, |token| token.line);
    while let Some(token) = tokens.get(at) {
        match token.text.as_str() {
            "::" => {}
            "{" => {
                at += 1;
                while tokens.get(at).is_some_and(|token| token.text != "}") {
                    at = use_tree(tokens, at, &segments, leaf);
                    if tokens.get(at).is_some_and(|token| token.text == ",") {
                        at += 1;
                    }
                }
                return at + 1;
            }
            "," | "}" | ";" => break,
            "as" => at += 1, // and skip the name it gets here
            text => {
                line = token.line;
                segments.push(text.to_owned());
            }
        }
        at += 1;
    }
    leaf(line, segments);
    at
}

/// Resolves `crate`, `self` and `super` against the module.
fn absolute(segments: &[String], module: &[String]) -> Vec<String> {
    let mut base = match segments[0].as_str() {
        "self" | "super" => [&["crate".to_owned()], module].concat(),
        _ => Vec::new(),
    };
    for segment in segments {
        match segment.as_str() {
            "self" => {}
            "super" => {
                base.pop();
            }
            name => base.push(name.to_owned()),
        }
    }
    base
}

/// Lines and names of the macros called.
pub(super) fn macros(tokens: &[Token]) -> impl Iterator<Item = (usize, &str)> {
    tokens
        .windows(3)
        .filter(|three| is_name(&three[0].text) && three[1].text == "!" && three[2].text != "=")
        .map(|three| (three[0].line, three[0].text.as_str()))
}

mod tests {
    use super::{macros, paths, tokens, without_tests};

    fn names(source: &str, module: &[&str]) -> Vec<(usize, String)> {
        let module: Vec<_> = module.iter().map(|&segment| segment.to_owned()).collect();
        let found = paths(&tokens(source), &module).into_iter();
        found.map(|path| (path.line, path.segments.join("::"))).collect()
    }

    /// An import the scanner misses is a rule nobody keeps.
    #[test]
    fn every_way_to_write_a_path_is_seen_with_its_line() {
        let source = "use crate::engine::{Time, queue::{self, Event},\n    random};\npub(crate) use super::layer::Layer as L;\n\
                      use super::super::price::*;\nfn f(a: crate::sim::Sim) { std::fs::read(\"crate::cli::x\"); }\n\
                      mod inner { use super::Puller; }\nuse self::own::Thing;\n";
        let expected = [
            (1, "crate::engine::Time"),
            (1, "crate::engine::queue"),
            (1, "crate::engine::queue::Event"),
            (2, "crate::engine::random"),
            (3, "crate::model::image::layer::Layer"),
            (4, "crate::model::price::*"),
            (5, "crate::sim::Sim"),
            (5, "std::fs::read"),
            (6, "crate::model::image::pull::Puller"),
            (7, "crate::model::image::pull::own::Thing"),
        ];
        let found = names(source, &["model", "image", "pull"]);
        let found: Vec<_> = found.iter().map(|(line, path)| (*line, path.as_str())).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn comments_and_literals_hold_no_code() {
        let source = "//! use crate::a;\n/* use crate::b; /* nested */ use crate::c; */\nlet s = r#\"use crate::d; \" \"#;\n\
                      let c = '\"'; let l: &'a str = \"\\\" use crate::e;\"; use crate::f;\n";
        assert_eq!(names(source, &[]), [(4, "crate::f".to_owned())]);
        let called = tokens("dbg!(1); // todo!()\nif a != b { x!{} }");
        assert_eq!(macros(&called).collect::<Vec<_>>(), [(1, "dbg"), (2, "x")]);
    }

    #[test]
    fn test_only_items_are_parted_and_their_files_named() {
        let source = "use crate::a;\n#[cfg(test)]\nmod tests { use crate::b; fn f() { if x { } } }\n\
                      #[cfg(test)]\n#[path = \"pull_laws.rs\"]\nmod laws;\n#[cfg(test)]\nuse crate::c;\n#[cfg(test)]\nmod more;\nuse crate::d;";
        let (kept, files) = without_tests(&tokens(source), source);
        let left: Vec<_> = paths(&kept, &[])
            .into_iter()
            .map(|path| path.segments.join("::"))
            .collect();
        assert_eq!(left, ["crate::a", "crate::d"]);
        assert_eq!(files, ["pull_laws.rs", "more"]);
    }
}
