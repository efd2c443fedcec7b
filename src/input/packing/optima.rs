//! Published optima: a table, tab or comma separated, with the columns `instance_name` and `OPT`; -1 is unknown.

use super::number::{told, whole};
use super::{Problems, Read};
use std::collections::BTreeMap;

/// Optima by the names of instances, with the lines they are on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Optima {
    file: String,
    known: BTreeMap<String, (u64, Option<u64>)>,
}

impl Optima {
    /// Reads the text of a file.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn read(file: &str, text: &str) -> Result<Self, Problems> {
        let mut problems = Problems::default();
        let text = text.trim_start_matches('\u{feff}');
        let separator = if text.lines().next().is_some_and(|head| head.contains('\t')) {
            '\t'
        } else {
            ','
        };
        let mut lines = (1..)
            .zip(text.lines())
            .filter(|(_, line)| !line.trim().is_empty());
        let header: Vec<&str> = lines.next().map_or_else(Vec::new, |(_, head)| {
            head.split(separator).map(str::trim).collect()
        });
        let column = |names: &[&str]| header.iter().position(|own| names.contains(own));
        let columns = (
            column(&["instance_name", "instance"]),
            column(&["OPT", "optimum"]),
        );
        let (Some(name), Some(optimum)) = columns else {
            let message = "expected columns `instance_name` and `OPT` in the first line";
            problems.at_line(file, 1, message);
            return Err(problems);
        };
        let mut read = Self {
            file: file.to_owned(),
            ..Self::default()
        };
        for (line, text) in lines {
            let cells: Vec<&str> = text.split(separator).map(str::trim).collect();
            if cells.len() != header.len() {
                let message = format!("found {} columns, expected {}", cells.len(), header.len());
                problems.at_line(file, line, message);
                continue;
            }
            let optimum = match cells[optimum] {
                "-1" | "" => Ok(None),
                word => whole(word, "the optimum").map(Some),
            };
            match optimum {
                Err(message) => problems.at_line(file, line, message),
                Ok(optimum) => {
                    if let Some((first, _)) = read.known.insert(cells[name].to_owned(), (line, optimum)) {
                        let message = format!("{} is already on line {first}", told(cells[name]));
                        problems.at_line(file, line, message);
                    }
                }
            }
        }
        problems.or(read)
    }

    /// Gives each instance its optimum; says how many the file does not name.
    pub fn apply(&self, instances: &mut [Read]) -> usize {
        let mut absent = 0;
        for read in instances {
            match self.known.get(&read.instance.name) {
                Some((_, optimum)) => read.instance.optimum = *optimum,
                None => absent += 1,
            }
        }
        absent
    }

    /// Where the optimum of an instance stands.
    #[must_use]
    pub fn place(&self, instance: &str) -> Option<(&str, u64)> {
        self.known
            .get(instance)
            .map(|(line, _)| (self.file.as_str(), *line))
    }
}
