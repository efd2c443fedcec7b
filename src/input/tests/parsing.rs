//! Text to tree.

use super::*;
use serde_json::json;

fn json_of(text: &str) -> serde_json::Value {
    let read = parsed(text);
    assert_eq!(read.text(), "");
    read.tree.unwrap().to_json()
}

#[test]
fn values_keep_their_kind_and_order() {
    assert_eq!(
        json_of("b: no\na: [1, 0x10, 1.5, '1', ~, true, 012, \"x\\ny\"]\nc:\n  d: |\n    text\n"),
        json!({"b": "no", "a": [1, 16, 1.5, "1", null, true, "012", "x\ny"], "c": {"d": "text\n"}})
    );
    assert_eq!(
        json_of("{\"a\": [1, {\"b\": null}]}"),
        json!({"a": [1, {"b": null}]})
    );
    assert_eq!(json_of("1.10: a\ntrue: b\n"), json!({"1.10": "a", "true": "b"}));
    assert_eq!(json_of("# nothing\n"), json!(null));
    assert_eq!(json_of("\u{feff}a: 1\n---\n"), json!({"a": 1}));
    assert_eq!(json_of("a: !!str 5\nb: !!int '5'\n"), json!({"a": "5", "b": 5}));
}

#[test]
fn aliases_and_merge_keys_take_over_values() {
    let text = "a: &x {p: 1, q: 2}\nb: {<<: *x, q: 3}\nc:\n  <<: [{r: 5, p: 6}, *x]\nd: [*x, '<<']\n";
    assert_eq!(
        json_of(text),
        json!({
            "a": {"p": 1, "q": 2},
            "b": {"q": 3, "p": 1},
            "c": {"r": 5, "p": 6, "q": 2},
            "d": [{"p": 1, "q": 2}, "<<"],
        })
    );
}

#[test]
fn every_node_knows_its_place() {
    let read = parsed("a:\n  - b: [1, 22]\n    c: 'é' # x\nd: 1\n");
    let tree = read.tree.unwrap();
    let at = |cursor: Cursor<'_>| {
        let Place { start, end, .. } = cursor.place();
        (start.line, start.column, end.line, end.column)
    };
    assert_eq!(at(tree.cursor()), (1, 1, 4, 5));
    assert_eq!(at(tree.at("a")), (2, 3, 3, 11));
    assert_eq!(at(tree.at("a").index(0)), (2, 5, 3, 11));
    assert_eq!(at(tree.at("a").index(0).at("b")), (2, 8, 2, 15));
    assert_eq!(at(tree.at("a").index(0).at("b").index(1)), (2, 12, 2, 14));
    assert_eq!(at(tree.at("a").index(0).at("c")), (3, 8, 3, 11));
    assert_eq!(tree.at("a").index(0).at("c").text(), Some("é"));
    let missing = tree.at("a").index(0).at("zzz");
    assert!(!missing.exists());
    assert_eq!(at(missing), (2, 5, 3, 11));
    assert_eq!(tree.get("a.0.b.1").map(|tree| &tree.node), Some(&Node::Int(22)));
    assert_eq!(tree.get("a.1.b"), None);
}

#[test]
fn broken_syntax_is_placed_and_explained() {
    let mut all = String::new();
    for text in [
        "a: \"unclosed\n",
        "a:\n\t- b\n",
        "a: b: c\n",
        "- a\nb: c\n",
        "a: [1, 2\n",
        "a: {b: 1\n",
        "a: *nope\n",
        "a: 1\n b: 2\n",
        "a: @x\n",
        "a: 'x' y\n",
        "a: 1\nb\n",
        "a: \u{1}\n",
        "a: 1\na: 2\n",
        "? [1]\n: 2\n",
        "a: !secret x\n",
        "a: 1\n---\nb: 2\n",
        "a: &x [*x]\n",
        "a: {<<: 5}\n",
        "a: \"\\q\"\n",
    ] {
        let read = parsed(text);
        assert!(read.diagnostics.has_errors(), "{text}");
        all += &read.text();
        all.push('\n');
    }
    insta::assert_snapshot!(all, @r#"
    error: this quote is never closed
     --> scenarios/x.yaml:1:4
      |
    1 | a: "unclosed
      |    ^
      = close it with the same quote

    error: a tab is used where only spaces can indent
     --> scenarios/x.yaml:2:1
      |
    2 |  - b
      | ^
      = replace it by spaces

    error: a `:` cannot stand here
     --> scenarios/x.yaml:1:5
      |
    1 | a: b: c
      |     ^
      = put text that contains `: ` in quotes, or indent this line like its neighbours

    error: this line belongs to no list or map
     --> scenarios/x.yaml:2:1
      |
    2 | b: c
      | ^
      = start a list item with `- `, or indent the line like its neighbours

    error: this list is not closed with `]`, or lacks a `,`
     --> scenarios/x.yaml:1:9
      |
    1 | a: [1, 2
      |         ^
     ::: scenarios/x.yaml:1:4
      |
    1 | a: [1, 2
      |    ^ opened here
      = separate items with `,` and end the list with `]`

    error: this map is not closed with `}`, or lacks a `,`
     --> scenarios/x.yaml:1:9
      |
    1 | a: {b: 1
      |         ^
     ::: scenarios/x.yaml:1:4
      |
    1 | a: {b: 1
      |    ^ opened here
      = separate entries with `,` and end the map with `}`

    error: this alias names no anchor
     --> scenarios/x.yaml:1:4
      |
    1 | a: *nope
      |    ^
      = define it above with `&`, or put text that starts with `*` in quotes

    error: a `:` cannot stand here
     --> scenarios/x.yaml:2:3
      |
    2 |  b: 2
      |   ^
      = put text that contains `: ` in quotes, or indent this line like its neighbours

    error: text cannot start with this character
     --> scenarios/x.yaml:1:4
      |
    1 | a: @x
      |    ^
      = put the text in quotes

    error: text follows the closing quote
     --> scenarios/x.yaml:1:8
      |
    1 | a: 'x' y
      |        ^
      = put the whole value in quotes

    error: expected `key: value` here
     --> scenarios/x.yaml:2:2
      |
    2 | b
      |  ^
      = put a `:` and a space after the key

    error: this is a control character, not text
     --> scenarios/x.yaml:1:4
      |
    1 | a: �
      |    ^
      = save the file as plain UTF-8 text

    error: the key `a` is given twice
     --> scenarios/x.yaml:2:1
      |
    2 | a: 2
      | ^ given again
     ::: scenarios/x.yaml:1:1
      |
    1 | a: 1
      | ^ first given here

    error: a key must be text, not a list
     --> scenarios/x.yaml:1:3
      |
    1 | ? [1]
      |   ^^^

    error: the tag `!secret` is not supported here
     --> scenarios/x.yaml:1:4
      |
    1 | a: !secret x
      |    ^^^^^^^^^
      = remove it, or put text that starts with `!` in quotes

    error: a second document starts here, where one is expected
     --> scenarios/x.yaml:3:1
      |
    3 | b: 2
      | ^^^^
      = remove the `---` before it, or move it to a file of its own

    error: this alias names no finished anchor of this document
     --> scenarios/x.yaml:1:8
      |
    1 | a: &x [*x]
      |        ^^
      = an anchor cannot contain itself, nor reach into another document

    error: `<<` cannot merge the number 5
     --> scenarios/x.yaml:1:9
      |
    1 | a: {<<: 5}
      |         ^
      = expected a map, or a list of maps

    error: the quoted text has an unknown escape
     --> scenarios/x.yaml:1:4
      |
    1 | a: "\q"
      |    ^
      = write `\\` for a backslash, or use single quotes
    "#);
}

#[test]
fn what_can_be_read_on_is_read_on() {
    let read = checked("name: a\nname: b\nduration: 5\nx: !y 1\n");
    assert_eq!(
        read.messages(),
        [
            "2:1 the key `name` is given twice",
            "3:11 `5` has no unit",
            "4:1 unknown field `x`",
            "4:4 the tag `!y` is not supported here",
        ]
    );
}

#[test]
fn manifests_may_hold_many_documents() {
    let mut sources = Sources::new();
    let id = sources.add("all.yaml", "kind: A\n---\n---\nkind: B\n...\n# end\n");
    let mut diagnostics = Diagnostics::new();
    let all = parse_documents(&sources, id, Limits::default(), &mut diagnostics).unwrap();
    let kinds: Vec<_> = all.iter().map(|tree| tree.at("kind").text()).collect();
    assert_eq!(kinds, [Some("A"), Some("B")]);
    assert!(diagnostics.is_empty());
}

#[test]
fn a_dangling_reference_can_be_told_at_its_place() {
    let mut read = parsed("workloads: [{name: shop}]\nload: [{to: shpo}]\n");
    let tree = read.tree.as_ref().unwrap();
    let names: Vec<_> = tree
        .at("workloads")
        .items()
        .filter_map(|item| item.at("name").text())
        .collect();
    for load in tree.at("load").items() {
        let to = load.at("to");
        let name = to.text().unwrap();
        if !names.contains(&name) {
            read.diagnostics
                .push(unknown_name(to.place(), "workload", name, names.iter().copied()));
        }
    }
    insta::assert_snapshot!(read.text(), @"
    error: no workload is named `shpo`
     --> scenarios/x.yaml:2:13
      |
    2 | load: [{to: shpo}]
      |             ^^^^ did you mean `shop`?
      = expected one of: `shop`
    ");
}
