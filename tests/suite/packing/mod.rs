//! Packing: published tables, laws, and the command as its users meet it.
//!
//! Knows: the public library and the binary. The published instances are other people's data: they are looked for in
//! `TONNAGE_BINPACKING` or beside the repository, and without them their tests say so and pass.

mod command;
mod published;

use std::io::Read;
use std::path::{Path, PathBuf};

/// A file of the published instances, if they are there.
fn binpacking(file: &str) -> Option<PathBuf> {
    let named = std::env::var_os("TONNAGE_BINPACKING").filter(|folder| !folder.is_empty());
    let folder = named.map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/binpacking"),
        PathBuf::from,
    );
    let path = folder.join(file);
    if path.exists() {
        return Some(path);
    }
    eprintln!("skipped: {} is not there; set TONNAGE_BINPACKING", path.display());
    None
}

fn gunzipped(path: &Path) -> String {
    let mut text = String::new();
    let file = std::fs::File::open(path).expect("it can be opened");
    flate2::read::MultiGzDecoder::new(file)
        .read_to_string(&mut text)
        .expect("it is gzipped text");
    text
}
