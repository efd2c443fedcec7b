//! Diagnostics as a compiler draws them: message, place, the line with the place underlined, help.
//!
//! Knows: gutters, columns and the width of characters on a terminal. Must not know: colours, or what is checked.

use super::{Diagnostic, Place, Severity, Sources};
use std::fmt::Write;

/// More messages than this are only counted.
const SHOWN: usize = 50;
/// Characters of a line that are shown.
const LINE_CHARS: usize = 100;
/// Characters shown before the place when a line is cut.
const LEAD_CHARS: usize = 40;

/// Draws the first messages of `sorted`, and says how many of `total` are left, or how many at least.
pub(super) fn all(sorted: &[&Diagnostic], total: usize, at_least: bool, sources: &Sources) -> String {
    let mut out = String::new();
    for diagnostic in sorted.iter().take(SHOWN) {
        if !out.is_empty() {
            out.push('\n');
        }
        one(&mut out, diagnostic, sources);
    }
    let left = total - sorted.len().min(SHOWN);
    if left > 0 {
        let hedge = if at_least { "at least " } else { "" };
        let _ = writeln!(out, "\n… and {hedge}{left} more");
    }
    out
}

/// Draws one message.
fn one(out: &mut String, diagnostic: &Diagnostic, sources: &Sources) {
    let severity = match diagnostic.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "note",
    };
    let _ = writeln!(out, "{severity}: {}", diagnostic.message);
    let place = diagnostic.place;
    let digits = |place: &Place| place.start.line.max(1).ilog10() as usize + 1;
    let related = diagnostic.related.iter();
    let pad = related.clone().map(|(place, _)| digits(place)).max();
    let pad = digits(&place).max(pad.unwrap_or(0));
    let label = match &diagnostic.suggestion {
        Some(text) => format!("did you mean {}?", crate::model::units::quoted(text)),
        None => diagnostic.label.clone().unwrap_or_default(),
    };
    snippet(out, "-->", place, &label, pad, sources);
    for (place, why) in related {
        snippet(out, ":::", *place, why, pad, sources);
    }
    for line in &diagnostic.help {
        let _ = writeln!(out, "{:pad$} = {line}", "");
    }
}

/// Draws where `place` is and the line it starts in.
fn snippet(out: &mut String, arrow: &str, place: Place, label: &str, pad: usize, sources: &Sources) {
    let name = clean(sources.name(place.source));
    if place.start.line == 0 {
        let _ = writeln!(out, "{:pad$}{arrow} {name}", "");
        return;
    }
    let _ = writeln!(
        out,
        "{:pad$}{arrow} {name}:{}:{}",
        "", place.start.line, place.start.column
    );
    let Some(line) = sources.line(place.source, place.start.line) else {
        return;
    };
    let (shown, before, under) = window(line, place);
    let _ = writeln!(out, "{:pad$} |", "");
    let _ = writeln!(out, "{:>pad$} | {}", place.start.line, shown.trim_end());
    let carets = "^".repeat(under);
    let underline = format!("{:pad$} | {:before$}{carets} {label}", "", "");
    let _ = writeln!(out, "{}", underline.trim_end());
}

/// The part of `line` to show, the width before the place and the width of the place in it.
fn window(line: &str, place: Place) -> (String, usize, usize) {
    let chars = line.chars().count();
    let start = (place.start.column.max(1) as usize - 1).min(chars);
    let text_end = line.trim_end().chars().count();
    let end = if place.end.line == place.start.line {
        place.end.column.max(1) as usize - 1
    } else {
        text_end
    };
    let from = if chars > LINE_CHARS {
        start.saturating_sub(LEAD_CHARS)
    } else {
        0
    };
    let to = (from + LINE_CHARS).min(chars);
    let mut shown = String::new();
    let (mut before, mut under) = (0, 0);
    if from > 0 {
        shown.push('…');
        before += 1;
    }
    for (at, c) in line.chars().enumerate().take(to).skip(from) {
        let c = visible(c);
        shown.push(c);
        if at < start {
            before += width(c);
        } else if at < end {
            under += width(c);
        }
    }
    if to < chars {
        shown.push('…');
    }
    (shown, before, under.max(1))
}

/// `text` without characters that would disturb a terminal.
fn clean(text: &str) -> String {
    text.chars().map(visible).collect()
}

/// `c`, or what stands for it where it would disturb a terminal.
fn visible(c: char) -> char {
    match c {
        '\t' => ' ',
        c if c.is_control() => '\u{fffd}',
        '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}' => {
            '\u{fffd}'
        }
        c => c,
    }
}

/// Columns that `c` takes on a terminal: none for marks that combine, two for wide scripts and pictures.
fn width(c: char) -> usize {
    match c {
        '\u{300}'..='\u{36f}' | '\u{1ab0}'..='\u{1aff}' | '\u{1dc0}'..='\u{1dff}' => 0,
        '\u{200b}'..='\u{200d}'
        | '\u{20d0}'..='\u{20ff}'
        | '\u{fe00}'..='\u{fe0f}'
        | '\u{fe20}'..='\u{fe2f}' => 0,
        '\u{1100}'..='\u{115f}'
        | '\u{2e80}'..='\u{303e}'
        | '\u{3041}'..='\u{a4cf}'
        | '\u{ac00}'..='\u{d7a3}' => 2,
        '\u{f900}'..='\u{faff}'
        | '\u{fe30}'..='\u{fe6f}'
        | '\u{ff00}'..='\u{ff60}'
        | '\u{ffe0}'..='\u{ffe6}' => 2,
        '\u{1f300}'..='\u{1f64f}' | '\u{1f680}'..='\u{1f6ff}' | '\u{1f900}'..='\u{1f9ff}' => 2,
        '\u{20000}'..='\u{3fffd}' => 2,
        _ => 1,
    }
}
