//! Machines with NUMA cells and virtual machines, as the Huawei set has them (topology-aware VM placement).
//!
//! The set says "affinity", "anti-affinity" and "fault_domain" of groups and leaves racks to a file of its own. Affine
//! groups there are larger than any machine, so they are kept in one rack: that of the column `rack`, or so many machines
//! in the order of the file.

use super::table::{self, Header, Names, Row, rows};
use crate::input::{Diagnostic, Diagnostics, Place, Sources, unknown_name};
use crate::model::numa::{CELLS_MAX, Cell, Company, NumaFleet, NumaMachine, VirtualMachine};
use crate::model::units::quoted;
use std::collections::BTreeMap;
use std::path::Path;

const NAME: Names = &["name", "node", "sn"];
const RACK: Names = &["rack"];
const VM_NAME: Names = &["name", "vm"];
const VM_CPU: Names = &["flavor_vcpus", "vcpus", "cpu"];
const VM_MEMORY: Names = &["flavor_ram", "ram", "memory_gib"];
const VM_CELLS: Names = &["numa", "cells"];
const STRATEGY: Names = &["strategy"];
const GROUP: Names = &["group"];
const DOMAIN: Names = &["domain"];
const STRATEGIES: [&str; 3] = ["affinity", "anti-affinity", "fault_domain"];

/// Whether the machines' file has NUMA cells, judged by its header.
#[must_use]
pub fn has_numa_cells(path: &Path) -> bool {
    let (mut sources, mut diagnostics) = (Sources::new(), Diagnostics::new());
    let id = table::load(path, &mut sources, &mut diagnostics);
    let first = id.and_then(|id| sources.line(id, 1));
    first.is_some_and(|line| {
        let mut names = line.split(',').map(|name| name.trim().trim_matches('"'));
        names.clone().any(|name| name == "CPU1") && names.any(|name| name == "RAM1")
    })
}

/// Reads both files; says in `diagnostics` whatever is wrong with either. Without a column `rack`, so many machines in the
/// order of the file are one.
pub fn read_numa(
    machines: &Path,
    vms: &Path,
    per_rack: usize,
    sources: &mut Sources,
    diagnostics: &mut Diagnostics,
) -> Option<(Vec<NumaMachine>, Vec<VirtualMachine>)> {
    let machine_text = table::load(machines, sources, diagnostics);
    let vm_text = table::load(vms, sources, diagnostics);
    let sources = &*sources;
    let before = diagnostics.len();
    let machines = machine_text.and_then(|id| {
        let (header, rows) = rows(id, sources, diagnostics)?;
        let found = read_machines(&header, &rows, per_rack, diagnostics)?;
        if rows.is_empty() {
            let message = "there is no machine below the header";
            diagnostics.push(Diagnostic::error(Place::whole(id), message));
        }
        Some(found)
    });
    let whole = diagnostics.len() == before;
    let vms = vm_text.and_then(|id| {
        let (header, rows) = rows(id, sources, diagnostics)?;
        if rows.is_empty() {
            let message = "there is no virtual machine below the header";
            diagnostics.push(Diagnostic::error(Place::whole(id), message));
        }
        let fleet = machines.as_deref().filter(|_| whole).map(NumaFleet::new);
        read_vms(&header, &rows, fleet.as_ref(), diagnostics)
    });
    machines.zip(vms)
}

fn read_machines(
    header: &Header,
    rows: &[Row],
    per_rack: usize,
    diagnostics: &mut Diagnostics,
) -> Option<Vec<NumaMachine>> {
    let mut cells = Vec::new();
    for nth in 1..=CELLS_MAX {
        let cpu = header.find_named(&format!("CPU{nth}"));
        let memory = header.find_named(&format!("RAM{nth}"));
        match cpu.zip(memory) {
            Some(cell) => cells.push(cell),
            None => break,
        }
    }
    if cells.is_empty() {
        header.require(&["CPU1"], diagnostics);
        header.require(&["RAM1"], diagnostics);
        return None;
    }
    let (name, rack) = (header.find(NAME), header.find(RACK));
    let (mut ids, mut racks) = (table::Ids::default(), BTreeMap::new());
    let machine = |(index, row): (usize, &Row)| {
        let name = match name {
            Some(_) => ids.new_one(row, name, "machine", diagnostics),
            None => Some(format!("pm-{}", index + 1)),
        };
        let cells: Option<Vec<Cell>> = cells
            .iter()
            .map(|&(cpu, memory)| {
                let cpu = row.whole(Some(cpu), "CPUs", None, diagnostics);
                let memory_gib = row.whole(Some(memory), "memory", None, diagnostics);
                Some(Cell {
                    cpu: cpu?,
                    memory_gib: memory_gib?,
                })
            })
            .collect();
        let cells = cells?;
        if cells.iter().all(|cell| cell.cpu == 0 || cell.memory_gib == 0) {
            let message = "no cell of this machine has both CPU and memory: it takes nothing";
            diagnostics.push(Diagnostic::error(row.place, message));
        }
        let known = racks.len();
        let rack = match row.text(rack) {
            "" => index / per_rack.max(1),
            text => *racks.entry(text.to_owned()).or_insert(known),
        };
        Some(NumaMachine {
            name: name?,
            cells,
            rack,
        })
    };
    Some(rows.iter().enumerate().filter_map(machine).collect())
}

fn read_vms(
    header: &Header,
    rows: &[Row],
    fleet: Option<&NumaFleet>,
    diagnostics: &mut Diagnostics,
) -> Option<Vec<VirtualMachine>> {
    let cpu = header.require(VM_CPU, diagnostics);
    let memory = header.require(VM_MEMORY, diagnostics);
    cpu.and(memory)?;
    let (name, cells) = (header.find(VM_NAME), header.find(VM_CELLS));
    let mut ids = table::Ids::default();
    let vm = |(index, row): (usize, &Row)| {
        let name = match name {
            Some(_) => ids.new_one(row, name, "virtual machine", diagnostics),
            None => Some(format!("vm-{}", index + 1)),
        };
        let asked_cpu = row.whole(cpu, "CPUs", None, diagnostics);
        let asked_memory = row.whole(memory, "memory", None, diagnostics);
        let span = row.whole(cells, "cells", Some(1), diagnostics);
        if asked_cpu == Some(0) {
            let message = "a virtual machine without CPU is none";
            diagnostics.push(Diagnostic::error(row.place_of(cpu), message));
        }
        if let Some(span) = span.filter(|span| !(1..=CELLS_MAX as u64).contains(span)) {
            let message = format!("found {span} cells, expected 1 to {CELLS_MAX}");
            diagnostics.push(Diagnostic::error(row.place_of(cells), message));
        }
        let company = company(header, row, diagnostics);
        let vm = VirtualMachine {
            name: name?,
            cpu: asked_cpu?,
            memory_gib: asked_memory?,
            cells: usize::try_from(span?).unwrap_or(usize::MAX).max(1),
            company: company?,
        };
        if let Some(fleet) = fleet.filter(|fleet| (0..fleet.len()).all(|machine| !fleet.fits(machine, &vm))) {
            let part = vm.part();
            let [cpu, memory] = fleet.largest();
            let help = format!(
                "it asks for {} CPUs and {} GiB in each of {} cells; the largest machine has {cpu} CPUs and {memory} GiB \
                 over all its cells",
                part.cpu, part.memory_gib, vm.cells
            );
            let message = "no machine takes this virtual machine even when it is empty";
            diagnostics.push(Diagnostic::error(row.place, message).help(help));
        }
        Some(vm)
    };
    Some(rows.iter().enumerate().filter_map(vm).collect())
}

fn company(header: &Header, row: &Row, diagnostics: &mut Diagnostics) -> Option<Company> {
    let strategy = header.find(STRATEGY);
    let mut named = |names: Names, what: &str| {
        let text = row.text(header.find(names));
        if text.is_empty() {
            let message = format!("{} of no {what}", quoted(row.text(strategy)));
            diagnostics.push(Diagnostic::error(row.place, message));
            return None;
        }
        Some(text.to_owned())
    };
    match row.text(strategy) {
        "" => Some(Company::Any),
        "affinity" => named(GROUP, "group").map(Company::Affinity),
        "anti-affinity" => named(GROUP, "group").map(Company::AntiAffinity),
        "fault_domain" => {
            let (group, domain) = (named(GROUP, "group"), named(DOMAIN, "domain"));
            group
                .zip(domain)
                .map(|(group, domain)| Company::FaultDomain(group, domain))
        }
        other => {
            let place = row.place_of(strategy);
            diagnostics.push(unknown_name(place, "strategy", other, STRATEGIES));
            None
        }
    }
}
