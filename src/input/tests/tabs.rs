//! Tabs: named where they stand, and left alone where YAML takes them.

use super::*;

/// A tab cannot be seen: whoever indents with one must be told of it, and not of what the scanner took it for.
#[test]
fn a_tab_that_indents_is_named_at_its_place() {
    for (text, place) in [
        ("a: 1\nb:\n\t- c\n", "3:1"),
        ("a:\n  b: []\n\tc: {}\n", "3:1"),
        ("a:\n    \tb: 1\n    \tc: 2\n", "2:5"),
        ("a: \"x\n\ty\"\n", "2:1"),
        ("a: [\n\t{b: 1}\n\t]\n", "2:1"),
        // The line before seems to go on.
        ("a: 1\n\tb: 2\n", "2:1"),
        ("- a: x\n  \tb: 2\n", "2:3"),
        ("\ta: 1\n\tb: 2\n", "1:1"),
        ("a: x\n\n# remark\n\tb: 2\n", "4:1"),
        // Blocks of text.
        ("a: |\n\tx\n", "2:1"),
        ("a: |\n  x\n\ty\nb: 1\n", "3:1"),
    ] {
        let expected = format!("{place} a tab is used where only spaces can indent");
        assert_eq!(parsed(text).messages(), [expected], "{text:?}");
    }
}

#[test]
fn a_tab_elsewhere_is_no_indentation() {
    for text in ["a: 1\t# remark\n", "a: \"x\n \ty\"\n", "a: |\n  x\n  \ty\n"] {
        assert!(parsed(text).messages().is_empty(), "{text:?}");
    }
    // The first mistake is the one to tell.
    let read = parsed("a: b: c\n\td: 1\n");
    assert_eq!(read.messages(), ["1:5 a `:` cannot stand here"]);
    let read = parsed("-\t- a\n");
    assert_eq!(
        read.messages(),
        ["1:3 only tabs part this `-` from the one before it"]
    );
    let read = parsed("a:\tb\n");
    assert_eq!(read.messages(), ["1:4 only tabs part this text from its `:`"]);
    let read = parsed("a: \"x\n \ty\" z\n");
    assert_eq!(read.messages(), ["2:6 text follows the closing quote"]);
}
