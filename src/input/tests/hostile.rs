//! Input that means harm, or is no scenario at all.

use super::*;
use proptest::prelude::*;
use std::io::Write;

/// The only message about a text that must not be read.
fn refusal(text: &str) -> String {
    let read = parsed(text);
    assert!(read.tree.is_none());
    assert_eq!(read.diagnostics.len(), 1);
    read.messages().concat()
}

#[test]
fn deep_nesting_is_refused_at_its_place() {
    let deep = "lists and maps are nested too deeply here";
    assert_eq!(refusal(&"{a: ".repeat(100)), format!("1:257 {deep}"));
    assert_eq!(refusal(&"[1, ".repeat(100)), format!("1:257 {deep}"));
    // The scanner looks ahead and gives up first.
    assert_eq!(refusal(&"[".repeat(10_000)), format!("1:256 {deep}"));
    assert_eq!(refusal(&"{a: ".repeat(10_000)), format!("1:1021 {deep}"));
    assert_eq!(refusal(&"- ".repeat(10_000)), format!("1:129 {deep}"));
    assert_eq!(refusal(&"? ".repeat(10_000)), format!("1:129 {deep}"));
    let block: String = (0..3000)
        .map(|depth| format!("{}a:\n", " ".repeat(depth)))
        .collect();
    assert_eq!(refusal(&block), format!("65:65 {deep}"));
    let sixty_four = format!("{}{}", "[".repeat(64), "]".repeat(64));
    assert!(parsed(&sixty_four).tree.is_some());
}

#[test]
fn alias_bombs_are_refused() {
    let mut laughs = "a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol]\n".to_owned();
    for level in 1..30 {
        let uses = vec![format!("*a{}", level - 1); 9].join(", ");
        laughs += &format!("a{level}: &a{level} [{uses}]\n");
    }
    assert!(refusal(&laughs).contains("more than 250000 values"));
    // Few nodes, but much text.
    let long = format!("a: &a {}\nb: [{}]\n", "x".repeat(1 << 20), "*a, ".repeat(100_000));
    assert!(refusal(&long).contains("more than 250000 values"));
    // Depth by aliases.
    let mut tower = "a0: &a0 []\n".to_owned();
    for level in 1..100 {
        tower += &format!("a{level}: &a{level} [*a{}]\n", level - 1);
    }
    assert!(refusal(&tower).contains("nested too deeply"));
    // Anchors in anchors.
    let nested: String = (0..60).map(|level| format!("&a{level} [")).collect();
    let many = format!("{nested}{}", "1, ".repeat(100_000));
    assert!(parsed(&many).tree.is_none());
}

#[test]
fn control_characters_are_refused_at_their_place() {
    let control = "this is a control character, not text";
    assert_eq!(refusal("a: b\nc: \u{1}\n"), format!("2:4 {control}"));
    assert_eq!(refusal("a: \u{1b}[31m\n"), format!("1:4 {control}"));
    assert_eq!(refusal("\0\0\0"), format!("1:1 {control}"));
    assert_eq!(refusal("# \u{9f}\n"), format!("1:3 {control}"));
}

#[test]
fn large_documents_are_refused() {
    assert!(refusal(&"- 1\n".repeat(300_000)).contains("more than 250000 values"));
    assert!(refusal(&"x".repeat(9 << 20)).contains("9.0 MiB long"));
}

/// The message about a file with `bytes`.
fn file(bytes: &[u8]) -> String {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(bytes).unwrap();
    load(file.path())
}

fn load(path: &std::path::Path) -> String {
    let mut sources = Sources::new();
    let mut diagnostics = Diagnostics::new();
    let id = sources.load(path, Limits::default(), &mut diagnostics);
    assert_eq!(id.is_none(), diagnostics.has_errors());
    assert!(diagnostics.render(&sources).contains(&path.display().to_string()) || id.is_some());
    diagnostics
        .sorted()
        .iter()
        .map(|one| {
            format!(
                "{}:{} {}",
                one.place.start.line, one.place.start.column, one.message
            )
        })
        .collect()
}

#[test]
fn files_that_are_no_text_are_refused() {
    assert_eq!(file(b"a: 1\n"), "");
    assert_eq!(
        file(b"a: 1\r\nb: \xc3\xa9\xff\n"),
        "2:5 the file is not text: byte 0xff is not UTF-8"
    );
    assert_eq!(file(b"\x1f\x8b\x08"), "0:0 the file is compressed");
    assert_eq!(file(b"\xff\xfea\0"), "0:0 the file is UTF-16");
    assert!(load(std::path::Path::new("/no/such/file.yaml")).starts_with("0:0 cannot read the file: "));
    assert!(load(std::path::Path::new("/")).starts_with("0:0 cannot read the file: "));
}

#[test]
fn a_large_file_is_refused_without_reading_it() {
    let file = tempfile::NamedTempFile::new().unwrap();
    file.as_file().set_len(50 << 20).unwrap();
    assert_eq!(
        load(file.path()),
        "0:0 the text is 50.0 MiB long, more than the 8.0 MiB that are read"
    );
}

#[test]
fn an_endless_file_is_refused() {
    let endless = std::path::Path::new("/dev/zero");
    if endless.exists() {
        assert!(load(endless).contains("more than the 8.0 MiB"));
    }
}

#[test]
fn a_schema_that_refers_to_itself_ends() {
    let read = parsed("a: 1\n");
    let schema = serde_json::json!({"$ref": "#/$defs/a", "$defs": {"a": {"$ref": "#/$defs/a"}}});
    let mut diagnostics = Diagnostics::new();
    check(&read.tree.unwrap(), &schema, &[], &mut diagnostics);
    assert!(diagnostics.is_empty());
}

/// Words and marks that YAML and the schema react to.
fn fragments() -> impl Strategy<Value = String> {
    let fragment = prop_oneof![
        Just("name: "),
        Just("duration: "),
        Just("workloads:\n"),
        Just("- "),
        Just("\n  "),
        Just("\n"),
        Just("serving: "),
        Just("{"),
        Just("}"),
        Just("["),
        Just("]"),
        Just(", "),
        Just(": "),
        Just("\""),
        Just("'"),
        Just("&a "),
        Just("*a"),
        Just("<<: "),
        Just("|\n"),
        Just(">-\n"),
        Just("? "),
        Just("!!str "),
        Just("#"),
        Just("---\n"),
        Just("...\n"),
        Just("%YAML 1.2\n"),
        Just("\t"),
        Just("90s"),
        Just("best_fit"),
        Just("placement: "),
        Just("policies: "),
        Just("1e999"),
        Just("\u{feff}"),
        Just("\r"),
        Just("\\"),
        Just("~"),
        Just("日本"),
        Just("    "),
        Just("target: "),
        Just("\u{85}"),
    ];
    prop::collection::vec(fragment, 0..40).prop_map(|parts| parts.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn no_text_makes_the_reader_panic(text in prop_oneof![fragments(), any::<String>(), ".{0,200}"]) {
        let read = checked(&text);
        prop_assert_eq!(read.diagnostics.is_empty(), read.text().is_empty());
        let lines = read.diagnostics.to_json_lines(&read.sources);
        prop_assert_eq!(lines.lines().count(), read.diagnostics.sorted().len());
        // What has nothing to report is what serde takes.
        if let Some(tree) = read.tree.filter(|_| !read.diagnostics.has_errors()) {
            let result = serde_json::from_value::<Small>(tree.to_json());
            prop_assert!(result.is_ok(), "{}", result.unwrap_err());
        }
    }

    #[test]
    fn one_broken_spot_makes_no_panic_and_what_is_accepted_deserialises(at in 0..SOUND.len(), len in 0..12usize, with in fragments()) {
        let end = (at + len).min(SOUND.len());
        let text = format!("{}{with}{}", &SOUND[..at], &SOUND[end..]);
        let read = checked(&text);
        read.text();
        if let Some(tree) = read.tree.filter(|_| !read.diagnostics.has_errors()) {
            let result = serde_json::from_value::<Small>(tree.to_json());
            prop_assert!(result.is_ok(), "{}", result.unwrap_err());
        }
    }

    #[test]
    fn no_argument_makes_set_panic(path in "[a-z.\"0-9=]{0,20}|.{0,20}", value in fragments()) {
        let mut read = parsed(SOUND);
        let argument = format!("{path}={value}");
        let tree = read.tree.as_mut().unwrap();
        set_path::set_argument(tree, &small_schema(), &mut read.sources, &argument, Limits::default(), &mut read.diagnostics);
        read.check();
        read.text();
    }

    #[test]
    fn json_is_read_as_json(text in "[a-z:{}\\[\\], \"\\\\\n#é\u{1f600}-]{0,20}", n: i64, f in -1e300..1e300f64) {
        let value = serde_json::json!({"text": text, "n": [n, f, null, true, {}], text.clone(): []});
        for json in [serde_json::to_string(&value), serde_json::to_string_pretty(&value)] {
            let read = parsed(&json.unwrap());
            prop_assert_eq!(read.text(), "");
            prop_assert_eq!(read.tree.unwrap().to_json(), value.clone());
        }
    }
}
