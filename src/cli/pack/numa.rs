//! `pack --nodes --pods` with NUMA cells: virtual machines of a list onto machines.

use super::super::folder::Kind;
use super::super::progress::Progress;
use super::super::{interrupt, load};
use super::shown::{Shown, exit};
use super::written::Files;
use super::{Context, Exit, Failure, PackArgs};
use crate::input::fleet::read_numa;
use crate::input::{Diagnostics, Sources};
use crate::model::numa::{Cell, NumaMachine};
use crate::policy::catalog::Catalog;
use crate::policy::placement::Rule;
use crate::report::fleet::NumaTable;
use crate::sim::packing::NumaPacking;
use serde_json::Value;
use std::path::Path;
use std::sync::atomic::Ordering;

/// How files, the seed and racks are asked for.
pub(super) struct Asked<'a> {
    pub(super) machines: &'a Path,
    pub(super) vms: &'a Path,
    pub(super) title: String,
    pub(super) per_rack: usize,
    pub(super) seed: u64,
    pub(super) command: String,
}

pub(super) fn pack(asked: &Asked<'_>, args: &PackArgs, context: &Context) -> Result<Exit, Failure> {
    let (mut sources, mut diagnostics) = (Sources::new(), Diagnostics::new());
    let read = read_numa(
        asked.machines,
        asked.vms,
        asked.per_rack,
        &mut sources,
        &mut diagnostics,
    );
    let Some((machines, vms)) = read.filter(|_| !diagnostics.has_errors()) else {
        return Err(Failure::Input(diagnostics.render(&sources)));
    };
    let chosen = chosen(&args.policies, context.catalog)?;
    let folder = args.folder(Kind::Numa)?;
    let packing = NumaPacking { machines, vms };
    let cancelled = interrupt::watched();
    let progress = Progress::new(&context.console, "placing");
    let count = chosen.len() as f64;
    let mut outcomes = Vec::new();
    for (index, (name, rule)) in chosen.iter().enumerate() {
        let outcome = packing.run(&**rule, asked.seed, |share| {
            progress.tell((index as f64 + share) / count);
            cancelled.load(Ordering::Relaxed)
        });
        match outcome {
            Some(outcome) => outcomes.push(((*name).to_owned(), outcome)),
            None => break,
        }
    }
    drop(progress);
    let interrupted = outcomes.len() < chosen.len();
    if outcomes.is_empty() {
        let said = "Interrupted before a policy had placed them all: there is nothing to show.";
        context.console.note(said);
        return Ok(Exit::Interrupted);
    }
    let table = NumaTable {
        title: asked.title.clone(),
        vms: packing.vms.len() as u64,
        machines: packing.machines.len() as u64,
        seed: asked.seed,
        outcomes,
        groups: packing.machines.iter().map(group).collect(),
        command: asked.command.clone(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
    };
    if let Some(folder) = &folder {
        let files = Files {
            files: vec![("numa.csv", table.to_csv()), ("report.html", table.page())],
            pictures: vec![
                ("placed.svg", table.placed_chart()),
                ("cells.svg", table.cell_maps()),
            ],
        };
        files.write(folder)?;
    }
    let shown = Shown {
        csv: &|| table.to_csv(),
        json: &|| table.to_json(),
        table: &|width| table.to_terminal(width),
    };
    shown.print(folder.as_ref(), context)?;
    Ok(exit(interrupted))
}

/// Machines that are alike have one name: `2 × 44 CPUs, 175 GiB`, or each of their cells.
fn group(machine: &NumaMachine) -> String {
    let cell = |cell: &Cell| format!("{} CPUs, {} GiB", cell.cpu, cell.memory_gib);
    match machine.cells.as_slice() {
        [first, others @ ..] if others.iter().all(|other| other == first) => {
            format!("{} × {}", machine.cells.len(), cell(first))
        }
        cells => cells.iter().map(cell).collect::<Vec<_>>().join(" + "),
    }
}

type Named = (&'static str, Box<dyn Rule>);

/// The rules of the catalog that were asked for, each once, in the order asked for.
fn chosen(names: &[String], catalog: &Catalog) -> Result<Vec<Named>, Failure> {
    let all: Vec<Named> = catalog
        .placement
        .iter()
        .filter_map(|entry| Some((entry.name, (entry.build)(Value::Null).ok()?.rule()?)))
        .collect();
    let mut chosen: Vec<Named> = Vec::new();
    let everything = ["all".to_owned()];
    for name in if names.is_empty() { &everything } else { names } {
        let found: Vec<&Named> = match name.as_str() {
            "all" => all.iter().collect(),
            name => {
                let unknown = || {
                    load::unknown("rule for machines with NUMA cells", name, || {
                        all.iter().map(|it| it.0)
                    })
                };
                vec![all.iter().find(|(known, _)| *known == name).ok_or_else(unknown)?]
            }
        };
        for (name, rule) in found {
            if chosen.iter().all(|(known, _)| known != name) {
                chosen.push((name, rule.clone_rule()));
            }
        }
    }
    Ok(chosen)
}
