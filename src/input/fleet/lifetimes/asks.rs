//! What a pod of a trace asks of a machine.

use super::super::names::{MachineNames, RoleNames};
use super::super::pods;
use super::super::table::Row;
use super::columns::Columns;
use crate::input::{Diagnostic, Diagnostics, nearest};
use crate::model::fleet::{PodRequest, Role, Side};
use crate::model::gpu::ModelSet;
use crate::model::units::quoted;
use std::collections::BTreeSet;

/// What a row asks of a machine; `told` are the names that were told before.
pub(super) fn request(
    row: &Row,
    columns: &Columns,
    known: Option<&MachineNames>,
    told: &mut BTreeSet<String>,
    diagnostics: &mut Diagnostics,
) -> Option<PodRequest> {
    let cpu = match (columns.cpu_milli, columns.cpu) {
        (None, None) => Some(0),
        (None, cpu) => row.number(cpu, "CPU", None, 1000, diagnostics),
        (milli, _) => row.number(milli, "CPU", None, 1, diagnostics),
    };
    // Rounded down as a machine's memory is: what fills a machine exactly must not be a hair too large for it.
    let thousandths = |of: u64, unit: u64| (u128::from(of) * u128::from(unit) / (1000 << 20)) as u64;
    let memory = if columns.memory_mib.is_some() {
        row.number(columns.memory_mib, "memory", None, 1, diagnostics)
    } else if columns.memory_gib.is_some() {
        let gib = row.number(columns.memory_gib, "memory", None, 1000, diagnostics);
        gib.map(|thousandth| thousandths(thousandth, 1 << 30))
    } else if columns.memory_mb.is_some() {
        let mb = row.number(columns.memory_mb, "memory", None, 1000, diagnostics);
        mb.map(|thousandth| thousandths(thousandth, 1_000_000))
    } else {
        Some(0)
    };
    // A job for more than a machine has is no mistake in a trace: it is one that no machine takes.
    let gpus = pods::gpus(
        row,
        (columns.gpus, columns.gpu_milli),
        usize::from(u16::MAX),
        diagnostics,
    );
    let (models, role) = match known {
        Some(known) => (
            pods::accepted(row, columns.models, &known.models, told, diagnostics),
            role(row, columns, &known.roles, told, diagnostics),
        ),
        None => (Some(ModelSet::NONE), Role::ANY),
    };
    let disk = row.number(columns.disk, "disk", Some(0), 1000, diagnostics);
    let rdma = row.whole(columns.rdma, "percent of a network card", Some(0), diagnostics);
    Some(PodRequest {
        cpu_milli: cpu?,
        memory_mib: memory?,
        gpus: gpus?,
        models: models?,
        side: Side {
            disk_mib: thousandths(disk?, 1 << 30),
            rdma_percent: rdma?,
            role,
        },
    })
}

/// The role it asks for. Machines of which no role is known play every one.
fn role(
    row: &Row,
    columns: &Columns,
    roles: &RoleNames,
    told: &mut BTreeSet<String>,
    diagnostics: &mut Diagnostics,
) -> Role {
    let name = row.text(columns.role);
    if name.is_empty() || roles.is_empty() {
        return Role::ANY;
    }
    roles.find(name).unwrap_or_else(|| {
        if told.insert(format!("role {name}")) {
            let message = format!("no machine has the role {}: such pods find no room", quoted(name));
            let warning = Diagnostic::warning(row.place_of(columns.role), message);
            diagnostics.push(warning.suggest(nearest(name, roles.names())));
        }
        RoleNames::UNKNOWN
    })
}
