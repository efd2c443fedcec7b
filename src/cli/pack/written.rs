//! Files of a packing: tables, the page and pictures, each whole or not at all.

use crate::cli::Failure;
use crate::cli::folder::Folder;
use crate::report::standing::{Plan, plan_page};
use crate::report::{WriteError, write_atomically};
use std::fs;

/// What goes into the folder: tables and the page by name, and the pictures that there are.
pub(super) struct Files {
    pub(super) files: Vec<(&'static str, String)>,
    pub(super) pictures: Vec<(&'static str, Option<String>)>,
}

impl Files {
    /// The files of a plan.
    pub(super) fn of_plan(plan: &Plan) -> Self {
        let after = if plan.steps.is_empty() {
            None
        } else {
            plan.after_bars()
        };
        Self {
            files: vec![
                ("moves.csv", plan.to_csv()),
                ("plan_nodes.csv", plan.nodes_csv()),
                ("report.html", plan_page(plan)),
            ],
            pictures: vec![("before.svg", plan.before_bars()), ("after.svg", after)],
        }
    }

    /// Writes all of them, and removes what an earlier packing of the same kind left beside them.
    pub(super) fn write(&self, folder: &Folder) -> Result<(), Failure> {
        let plots = folder.plots();
        fs::create_dir_all(&plots).map_err(|error| WriteError::new(&plots, error))?;
        let mut written = Vec::new();
        for (name, svg) in &self.pictures {
            if let Some(svg) = svg {
                write_atomically(&plots.join(name), svg.as_bytes())?;
                written.push(*name);
            }
        }
        for (name, text) in &self.files {
            write_atomically(&folder.path().join(name), text.as_bytes())?;
        }
        let kept: Vec<&str> = self.files.iter().map(|(name, _)| *name).collect();
        folder.remove_stale(&kept, &written);
        Ok(())
    }
}
