//! Mistakes in a document that is sound YAML.

use super::*;

#[test]
fn a_sound_document_has_nothing_to_report_and_deserialises() {
    let mut read = checked(SOUND);
    assert_eq!(read.text(), "");
    let small: Small = lower(read.tree.as_ref().unwrap(), &mut read.diagnostics).unwrap();
    assert_eq!(small.seed, Some(u64::MAX));
    assert_eq!(
        small.workloads[0].serving.memory,
        Some(ByteQuantity::new(2 << 30))
    );
}

#[test]
fn six_mistakes_give_six_placed_errors_at_once() {
    let read = checked(
        "\
name: shop
duration: 90
workloads:
  - name: shop
    serving:
      replcas: 6
      cpu: [1]
      memory: 2GB
policies:
  placement: {bestfit: {}}
  pod_scaling:
    shop: {target_tracking: {}}
",
    );
    insta::assert_snapshot!(read.text(), @"
    error: `90` has no unit
     --> scenarios/x.yaml:2:11
      |
    2 | duration: 90
      |           ^^ did you mean `90s`?
      = expected a duration such as `90s`, `1h30m` or `250ms`

    error: unknown field `replcas`
     --> scenarios/x.yaml:6:7
      |
    6 |       replcas: 6
      |       ^^^^^^^ did you mean `replicas`?
      = expected one of: `replicas`, `cpu`, `memory`, `gpus`, `arrivals`, `success`, `port`

    error: expected CPU such as `500m`, `0.5` or `2`, found a list
     --> scenarios/x.yaml:7:12
      |
    7 |       cpu: [1]
      |            ^^^

    error: `2GB` has the unknown suffix `GB`
     --> scenarios/x.yaml:8:15
      |
    8 |       memory: 2GB
      |               ^^^ did you mean `2G`?
      = expected bytes such as `2G` (10^9 each), `2Gi` (2^30 each) or `128974848`

    error: unknown value `bestfit`
      --> scenarios/x.yaml:10:15
       |
    10 |   placement: {bestfit: {}}
       |               ^^^^^^^ did you mean `best_fit`?
       = expected one of: `first_fit`, `random`, `best_fit`

    error: missing field `utilization`
      --> scenarios/x.yaml:12:12
       |
    12 |     shop: {target_tracking: {}}
       |            ^^^^^^^^^^^^^^^
       = expected a ratio such as `70%` or `0.7`
    ");
}

#[test]
fn enums_say_what_is_wrong_with_a_variant() {
    let policies = |placement: &str| format!("name: a\nduration: 1s\npolicies:\n  placement: {placement}\n");
    for (text, messages) in [
        ("random", vec![]),
        ("first_fit", vec![]),
        ("best_fit: {}", vec!["4:22 a `:` cannot stand here"]),
        ("{best_fit: {}}", vec![]),
        ("best_fit", vec!["4:14 `best_fit` needs settings"]),
        ("{best_fit: }", vec!["4:23 expected a map, found nothing"]),
        ("{random: {}}", vec!["4:15 `random` takes no settings"]),
        ("randon", vec!["4:14 unknown value `randon`"]),
        (
            "{}",
            vec!["4:14 expected one of the names below, found an empty map"],
        ),
        (
            "[random]",
            vec!["4:14 expected one of the names below, found a list"],
        ),
        ("", vec![]),
        (
            "{best_fit: {wait: 1}, random: }",
            vec![
                "4:26 unknown field `wait`",
                "4:36 2 names are given where one value is expected",
                "4:36 `random` takes no settings",
            ],
        ),
    ] {
        let mut found = checked(&policies(text)).messages();
        found.sort();
        assert_eq!(found, messages, "{text}");
    }
}

#[test]
fn values_outside_their_bounds_are_told() {
    let serving = |fields: &str| {
        format!(
            "name: a\nduration: 1s\nworkloads: [{{name: b, serving: {{replicas: 1, cpu: 1, {fields}}}}}]\n"
        )
    };
    for (fields, message) in [
        ("port: 70000", "expected at most 65535, found the number 70000"),
        ("port: -1", "expected at least 0, found the number -1"),
        ("port: 1.5", "expected a whole number, found the number 1.5"),
        ("port: '80'", "expected a whole number, found the text `80`"),
        ("memory: 99999999Ti", "`99999999Ti` is too large"),
        ("gpus: .nan", "`NaN` does not start with a number"),
        ("success: 1e999", "`inf` is not a ratio"),
        ("success: 150%", "`150%` is more than the whole"),
        ("arrivals: 900", "`900` has no unit of time"),
        (
            "memory: {a: 1}",
            "expected bytes such as `2G` (10^9 each), `2Gi` (2^30 each) or `128974848`, found a map",
        ),
    ] {
        let read = checked(&serving(fields));
        let found: Vec<_> = read
            .diagnostics
            .sorted()
            .iter()
            .map(|one| one.message.as_str())
            .collect();
        assert_eq!(found, [message]);
    }
}

#[test]
fn a_value_of_several_shapes_is_checked_against_the_one_it_resembles() {
    let target = |text: &str| checked(&format!("name: a\nduration: 1s\ntarget: {text}\n")).messages();
    assert_eq!(target("shop"), [""; 0]);
    assert_eq!(target("[a, b]"), [""; 0]);
    assert_eq!(
        target("{names: [a], weight: 300}"),
        ["3:30 expected at most 255, found the number 300"]
    );
    assert_eq!(target("[a, 5]"), ["3:13 expected text, found the number 5"]);
    assert_eq!(
        target("5"),
        ["3:9 expected text, a list or a map, found the number 5"]
    );
}

#[test]
fn what_is_missing_is_reported_at_the_key_that_lacks_it() {
    assert_eq!(
        checked("name: a\nworkloads:\n  - name: b\n    serving:\n      replicas: 1\n  - {}\n").messages(),
        [
            "1:1 missing field `duration`",
            "4:5 missing field `cpu`",
            "6:5 missing field `name`",
            "6:5 missing field `serving`",
        ]
    );
    assert_eq!(checked("").messages(), ["1:1 expected a map, found nothing"]);
    assert_eq!(checked("- a\n").messages(), ["1:1 expected a map, found a list"]);
}

#[test]
fn many_mistakes_are_counted_and_the_first_are_shown() {
    let fields: String = (0..5000).map(|i| format!("x{i}: 1\n")).collect();
    let read = checked(&format!("name: a\nduration: 1s\n{fields}"));
    assert!(read.diagnostics.is_full());
    let text = read.text();
    assert_eq!(text.matches("error:").count(), 50);
    assert!(text.contains("\n… and at least 950 more"));
}

#[test]
fn json_lines_hold_what_an_editor_needs() {
    let mut read = checked("name: a\nduratoin: 1s\n");
    insta::assert_snapshot!(read.diagnostics.to_json_lines(&read.sources), @r#"
    {"severity":"error","file":"scenarios/x.yaml","line":2,"column":1,"end_line":2,"end_column":9,"message":"unknown field `duratoin`","suggestion":"duration","help":["expected one of: `name`, `duration`, `seed`, `workloads`, `policies`, `prices`, `target`"]}
    "#);
    read.diagnostics = Diagnostics::new();
    assert_eq!(read.diagnostics.to_json_lines(&read.sources), "");
}

#[test]
fn wide_and_long_lines_are_underlined_where_the_mistake_is() {
    let long = "x".repeat(300);
    let read = checked(&format!(
        "name: a\nduration: 1s\nprices: {{日本語: 1 EUR, \"{long}\": 2 EUR}}\n"
    ));
    insta::assert_snapshot!(read.text(), @r#"
    error: `1 EUR` is not an amount of dollars
     --> scenarios/x.yaml:3:15
      |
    3 | prices: {日本語: 1 EUR, "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…
      |                  ^^^^^
      = expected US dollars such as `0.384` or `$0.384`

    error: `2 EUR` is not an amount of dollars
     --> scenarios/x.yaml:3:326
      |
    3 | …xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx": 2 EUR}
      |                                          ^^^^^
      = expected US dollars such as `0.384` or `$0.384`
    "#);
}

#[test]
fn a_terminal_is_not_disturbed_by_a_file() {
    let read = checked("name: a\nduration: \"\\e[31m\u{202e}\"\n\"\\e]0;title\\a\": 1\n");
    assert!(!read.text().contains(['\u{1b}', '\u{7}', '\u{202e}']));
}
