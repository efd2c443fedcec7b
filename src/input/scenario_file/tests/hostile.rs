//! Texts made to do harm: refused soon, in few words, without a panic.

use super::{read, small, sound};
use crate::input::Limits;
use std::path::Path;

#[test]
fn hostile_texts_are_refused_soon_and_without_a_panic() {
    let long = format!("name: {}\n", "x".repeat(50 << 20));
    let deep = format!("name: {}{}\n", "[".repeat(10_000), "]".repeat(10_000));
    let many = format!("{}{}", small(""), "x: 1\n".repeat(100_000));
    let names: String = (0..20_000).map(|i| format!("x{i}: 1\n")).collect();
    for text in [
        &long,
        &deep,
        &many,
        &format!("{}{names}", small("")),
        "",
        "- 1",
        "\u{0}",
        "name: {",
        "workloads: 5",
        "load: {a: 1}",
        "cluster: []",
        "variants: [1]",
        "policies: {pod_scaling: {shop: 1, x: {}, y: [], z: {a: 1, b: 2}}}",
    ] {
        let refused = read(text, Path::new(""), &[]).expect_err("it is hostile");
        assert!(refused.diagnostics.has_errors());
        assert!(refused.render().len() < 100_000);
    }
    assert_eq!(Limits::default().bytes, 8 << 20);
}

/// Whatever is left out, doubled or replaced, the reader must answer with a message or a scenario.
#[test]
fn no_single_change_of_a_line_makes_it_panic() {
    let text = include_str!("everything.yaml");
    let lines: Vec<_> = text.lines().collect();
    for (index, line) in lines.iter().enumerate() {
        let indent = &line[..line.len() - line.trim_start().len()];
        for other in [
            "",
            &format!("{indent}- 1"),
            &format!("{indent}x: ~"),
            &format!("{line}\n{line}"),
            &line.replace(|c: char| c.is_ascii_digit(), "0"),
            &line.replace('1', "99999999999"),
            &line.replace(": ", ": -"),
        ] {
            let mut changed = lines.clone();
            changed[index] = other;
            let _ = read(&changed.join("\n"), Path::new(""), &[]);
        }
    }
    let _ = sound(text);
}
