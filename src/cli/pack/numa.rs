//! `pack --nodes --pods` with NUMA cells: virtual machines of a list onto machines.

use super::super::arguments::Format;
use super::super::progress::Progress;
use super::super::{interrupt, load};
use super::{Context, Exit, Failure, PackArgs};
use crate::input::fleet::read_numa;
use crate::input::{Diagnostics, Sources};
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
    if args.out.is_some() {
        let said = "--out: there are no files for machines with NUMA cells yet; results are printed";
        return Err(Failure::usage(said).help(Some("use --format csv > FILE")));
    }
    let chosen = chosen(&args.policies, context.catalog)?;
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
    let table = NumaTable {
        title: asked.title.clone(),
        vms: packing.vms.len() as u64,
        machines: packing.machines.len() as u64,
        seed: asked.seed,
        outcomes,
    };
    let console = &context.console;
    match console.format() {
        _ if console.silent() => {}
        Format::Csv => console.print(&table.to_csv())?,
        Format::Json => console.print_json(&table.to_json())?,
        Format::Table => console.print(&table.to_terminal(console.sheet().width))?,
    }
    Ok(if interrupted {
        Exit::Interrupted
    } else {
        Exit::Done
    })
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
