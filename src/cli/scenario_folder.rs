//! Scenarios in folders: which files of a folder are scenarios, and which one is meant by the folder.
//!
//! Knows: names of files, and how a Compose file or a Kubernetes object begins. Must not know: what a scenario says.

use super::Failure;
use crate::input::list_names;
use std::fs;
use std::path::{Path, PathBuf};

/// So deep folders are looked into.
const DEPTH_MAX: usize = 8;
/// So many files are looked at.
const FILES_MAX: usize = 10_000;
/// So much of a file is looked at to tell what it is.
const LOOKED_AT: usize = 64 * 1024;

/// The scenarios below `folder`, by name: every YAML file that is neither a Compose file nor a Kubernetes object.
///
/// # Errors
/// It cannot be read, or there is none.
pub(super) fn scenarios_below(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    scenarios(folder, DEPTH_MAX)
}

/// The file that is meant: the path itself, or the only scenario of a folder.
///
/// # Errors
/// The folder cannot be read, or holds no scenario or several.
pub(super) fn the_scenario(path: &Path) -> Result<PathBuf, Failure> {
    if !path.is_dir() {
        return Ok(path.to_owned());
    }
    let found = scenarios(path, 0)?;
    match found.as_slice() {
        [only] => Ok(only.clone()),
        several => {
            let what = format!("{} holds {} scenarios", path.display(), several.len());
            let names: Vec<String> = several.iter().map(|file| file.display().to_string()).collect();
            let list = list_names(names.iter().map(String::as_str));
            Err(Failure::usage(what).help(Some(format!("name one of {list}"))))
        }
    }
}

fn scenarios(folder: &Path, depth: usize) -> Result<Vec<PathBuf>, Failure> {
    let (mut found, mut looked_at) = (Vec::new(), 0);
    collect(folder, depth, &mut looked_at, &mut found)?;
    found.sort();
    if found.is_empty() {
        let failure = Failure::usage(format!("no scenario is in {}", folder.display()));
        return Err(failure.help(Some(
            "expected a YAML file with a `name`, a `duration` and `workloads`",
        )));
    }
    Ok(found)
}

fn collect(
    folder: &Path,
    depth: usize,
    looked_at: &mut usize,
    found: &mut Vec<PathBuf>,
) -> Result<(), Failure> {
    let unreadable =
        |error: &std::io::Error| Failure::usage(format!("cannot read {}: {error}", folder.display()));
    for entry in fs::read_dir(folder).map_err(|error| unreadable(&error))? {
        let path = entry.map_err(|error| unreadable(&error))?.path();
        *looked_at += 1;
        if *looked_at > FILES_MAX {
            return Err(Failure::usage(format!(
                "more than {FILES_MAX} files are below {}",
                folder.display()
            )));
        }
        let hidden = path
            .file_name()
            .is_some_and(|name| name.to_string_lossy().starts_with('.'));
        let is_link = path.is_symlink();
        if path.is_dir() {
            if depth > 0 && !hidden && !is_link {
                collect(&path, depth - 1, looked_at, found)?;
            }
        } else if !hidden && is_yaml(&path) && !is_of_another_kind(&path) {
            found.push(path);
        }
    }
    Ok(())
}

fn is_yaml(path: &Path) -> bool {
    let extension = path.extension().and_then(|extension| extension.to_str());
    matches!(extension, Some("yaml" | "yml"))
}

/// Whether a file is a Compose file or a Kubernetes object; one that cannot be read is neither, so that this is told.
fn is_of_another_kind(path: &Path) -> bool {
    use std::io::Read;
    let Ok(file) = fs::File::open(path) else {
        return false;
    };
    let mut bytes = Vec::new();
    if file.take(LOOKED_AT as u64).read_to_end(&mut bytes).is_err() {
        return false;
    }
    let text = String::from_utf8_lossy(&bytes);
    let mut lines = text.lines();
    lines.any(|line| {
        ["services:", "apiVersion:", "kind:"]
            .iter()
            .any(|key| line.starts_with(key))
    })
}

#[cfg(test)]
mod tests {
    use super::{scenarios_below, the_scenario};
    use std::fs;

    /// Were a Compose file or a manifest taken for a scenario, a folder that has one beside it could not be checked.
    #[test]
    fn a_folder_means_its_scenario_and_not_what_that_reads() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path();
        fs::write(path.join("story.yaml"), "name: story\n").unwrap();
        fs::write(path.join("compose.yaml"), "services: {}\n").unwrap();
        fs::write(path.join("README.md"), "name: none\n").unwrap();
        fs::create_dir(path.join("manifests")).unwrap();
        fs::write(path.join("manifests/shop.yaml"), "# a shop\napiVersion: v1\n").unwrap();
        assert_eq!(scenarios_below(path).unwrap(), [path.join("story.yaml")]);
        assert_eq!(the_scenario(path).unwrap(), path.join("story.yaml"));
        fs::write(path.join("other.yml"), "name: other\n").unwrap();
        assert!(the_scenario(path).is_err(), "which of two is not said");
        assert!(scenarios_below(&path.join("manifests")).is_err(), "there is none");
    }
}
