//! Files, folders and archives of instances.

use super::*;
use flate2::Compression;
use flate2::write::GzEncoder;
use std::fs;
use std::io::Write;
use std::path::Path;

const ONE: &str = "1\n9\n1\n1 1\n";

fn tar(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (name, content) in members {
        let mut header = tar::Header::new_ustar();
        header.set_size(content.len() as u64);
        header.set_mode(0o644);
        builder.append_data(&mut header, name, *content).unwrap();
    }
    builder.into_inner().unwrap()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn names(path: &Path) -> Vec<String> {
    let read = read_instances(&[path.to_owned()], &LIMITS).unwrap_or_else(|problems| panic!("{problems}"));
    read.into_iter().map(|read| read.instance.name).collect()
}

fn refusal(path: &Path) -> String {
    read_instances(&[path.to_owned()], &LIMITS)
        .unwrap_err()
        .to_string()
}

#[test]
fn members_come_by_name_with_numbers_by_value_and_other_files_are_passed_over() {
    let dir = tempfile::tempdir().unwrap();
    let members: &[(&str, &[u8])] = &[
        ("set/c_10.vbp", ONE.as_bytes()),
        ("set/README.md", b"no instance"),
        ("set/c_9.vbp", ONE.as_bytes()),
        ("set/._c_9.vbp", b"\0\0"),
    ];
    let archive = dir.path().join("set.tar.gz");
    fs::write(&archive, gzip(&tar(members))).unwrap();
    assert_eq!(names(&archive), ["c_9", "c_10"]);
    fs::write(dir.path().join("a.vbp.gz"), gzip(ONE.as_bytes())).unwrap();
    fs::write(dir.path().join("results.tsv"), "a\tb\n").unwrap();
    assert_eq!(names(dir.path()), ["a", "c_9", "c_10"]);
}

#[test]
fn two_instances_of_one_name_are_told_with_both_places() {
    let dir = tempfile::tempdir().unwrap();
    for folder in ["x", "y"] {
        fs::create_dir(dir.path().join(folder)).unwrap();
        fs::write(dir.path().join(folder).join("a.vbp"), ONE).unwrap();
    }
    let said = refusal(dir.path());
    assert!(
        said.contains("a second instance is named `a`; the first is in"),
        "{said}"
    );
}

#[test]
fn what_cannot_be_read_is_told_by_its_file() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.vbp");
    assert!(refusal(&path).contains("a.vbp: there is no such file"));
    assert!(
        refusal(dir.path()).contains("found no instance"),
        "an empty folder"
    );
    fs::write(&path, b"1\n9\n\xff\n").unwrap();
    assert!(refusal(&path).contains("a.vbp:3: it is no text in UTF-8"));
    fs::write(&path, &gzip(ONE.as_bytes())[..12]).unwrap();
    assert!(refusal(&path).contains("a.vbp: it cannot be read"));
    let archive = tar(&[("a.vbp", ONE.as_bytes())]);
    fs::write(&path, &archive[..600]).unwrap();
    // The header is whole, the content is not.
    let said = refusal(&path);
    assert!(said.contains("a.vbp"), "{said}");
}

/// A small file that unpacks to a large one is refused before it fills the memory.
#[test]
fn a_bomb_is_refused_at_the_bound() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("bomb.vbp.gz");
    fs::write(&path, gzip(&vec![b' '; 50_000_000])).unwrap();
    assert!(refusal(&path).contains("the files are larger than 100000 bytes together"));
    let member = vec![b' '; 90_000];
    let path = dir.path().join("bomb.tar.gz");
    fs::write(&path, gzip(&tar(&[("a.vbp", &member), ("b.vbp", &member)]))).unwrap();
    assert!(refusal(&path).contains("larger than 100000 bytes together"));
    let many: Vec<(String, &[u8])> = (0..60).map(|n| (format!("{n}.vbp"), ONE.as_bytes())).collect();
    let many: Vec<(&str, &[u8])> = many.iter().map(|(name, text)| (name.as_str(), *text)).collect();
    let archive = gzip(&tar(&many));
    let limits = PackingLimits {
        bytes: 10_000_000,
        ..LIMITS
    };
    fs::write(&path, archive).unwrap();
    let said = read_instances(&[path], &limits).unwrap_err().to_string();
    assert!(said.contains("more than 50 files"), "{said}");
}
