//! The machines of a fleet.

use super::names::{MachineNames, RoleNames};
use super::sizes::SizeColumns;
use super::table::{Ids, Names, Row, rows};
use crate::input::{Diagnostic, Diagnostics, SourceId, Sources};
use crate::model::fleet::{FleetNode, Role, Side};
use crate::model::gpu::{DEVICES_MAX, MODELS_MAX, ModelSet};
use crate::model::units::quoted;

const NAME: Names = &["sn", "name", "node_name", "node"];
const GPUS: Names = &["gpu", "gpus", "num_gpu", "gpu_capacity_num"];
const MODEL: Names = &["model", "gpu_model"];
/// Local disk, GiB.
const DISK: Names = &["disk_gib"];
/// Network cards for RDMA, percent of one.
const RDMA: Names = &["rdma_percent"];
const ROLE: Names = &["role"];
const PODS: Names = &["pods", "max_pods"];
/// Most pods of a machine whose file does not say: what the openb experiments allow.
const PODS_DEFAULT: u64 = 1001;
/// The columns of Alibaba's file.
const OPENB: &[&str] = &["sn", "cpu_milli", "memory_mib", "gpu", "model"];

/// What a file of machines said.
#[derive(Debug)]
pub(super) struct Nodes {
    pub(super) nodes: Vec<FleetNode>,
    pub(super) names: MachineNames,
    pub(super) is_openb: bool,
    pub(super) memory_known: bool,
    /// Whether nothing was wrong with it.
    pub(super) is_whole: bool,
}

struct Columns {
    name: Option<usize>,
    sizes: SizeColumns,
    gpus: Option<usize>,
    model: Option<usize>,
    pods: Option<usize>,
    disk: Option<usize>,
    rdma: Option<usize>,
    role: Option<usize>,
}

/// Reads them.
pub(super) fn read(id: SourceId, sources: &Sources, diagnostics: &mut Diagnostics) -> Option<Nodes> {
    let before = diagnostics.len();
    let (header, rows) = rows(id, sources, diagnostics)?;
    let columns = Columns {
        name: header.require(NAME, diagnostics),
        sizes: SizeColumns::of(&header, diagnostics),
        gpus: header.find(GPUS),
        model: header.find(MODEL),
        pods: header.find(PODS),
        disk: header.find(DISK),
        rdma: header.find(RDMA),
        role: header.find(ROLE),
    };
    columns.name.and(columns.sizes.cpu)?;
    let (mut ids, mut names) = (Ids::default(), MachineNames::default());
    let nodes = rows
        .iter()
        .filter_map(|row| node(row, &columns, &mut ids, &mut names, diagnostics));
    let nodes: Vec<_> = nodes.collect();
    if rows.is_empty() {
        let place = crate::input::Place::whole(id);
        diagnostics.push(Diagnostic::error(place, "there is no machine below the header"));
    }
    Some(Nodes {
        nodes,
        names,
        is_openb: header.has_all(OPENB),
        memory_known: columns.sizes.memory.is_some(),
        is_whole: diagnostics.len() == before,
    })
}

fn node(
    row: &Row,
    columns: &Columns,
    ids: &mut Ids,
    names: &mut MachineNames,
    diagnostics: &mut Diagnostics,
) -> Option<FleetNode> {
    let name = ids.new_one(row, columns.name, "machine", diagnostics);
    let cpu = columns.sizes.cpu(row, diagnostics);
    let memory = columns.sizes.memory(row, diagnostics);
    let gpus = row.whole(columns.gpus, "GPUs", Some(0), diagnostics);
    let limit = Some(Side::NO_LIMIT);
    let disk = match row.text(columns.disk) {
        "" => limit,
        _ => row
            .number(columns.disk, "disk", None, 1, diagnostics)
            .map(|gib| gib * 1024),
    };
    let rdma = row.whole(columns.rdma, "percent of a network card", limit, diagnostics);
    let pods = row.whole(columns.pods, "pods", Some(PODS_DEFAULT), diagnostics);
    let mut refuse = |column: Option<usize>, message: String| {
        diagnostics.push(Diagnostic::error(row.place_of(column), message));
    };
    if cpu == Some(0) {
        refuse(columns.sizes.cpu, "a machine without CPU takes no pod".to_owned());
    }
    if memory == Some(0) && columns.sizes.memory.is_some() {
        refuse(
            columns.sizes.memory,
            "a machine without memory takes no pod".to_owned(),
        );
    }
    if pods == Some(0) {
        refuse(columns.pods, "a machine for 0 pods takes none".to_owned());
    }
    if let Some(count) = gpus.filter(|&count| count > DEVICES_MAX as u64) {
        refuse(
            columns.gpus,
            format!("found {count} GPUs, expected at most {DEVICES_MAX} a machine"),
        );
    }
    let model = match row.text(columns.model) {
        "" => ModelSet::NONE,
        text => names.models.learn(text).unwrap_or_else(|| {
            refuse(
                columns.model,
                format!(
                    "{} is one model more than the {MODELS_MAX} that a fleet may have",
                    quoted(text)
                ),
            );
            ModelSet::NONE
        }),
    };
    let role = names.roles.learn(row.text(columns.role)).unwrap_or_else(|| {
        let most = RoleNames::MOST;
        refuse(
            columns.role,
            format!("one role more than the {most} that a fleet may have"),
        );
        Role::ANY
    });
    Some(FleetNode {
        name: name?,
        cpu_milli: cpu?,
        memory_mib: memory?,
        pods: u32::try_from(pods?).unwrap_or(u32::MAX),
        gpus: usize::try_from(gpus?).unwrap_or(usize::MAX).min(DEVICES_MAX),
        model,
        side: Side {
            disk_mib: disk?,
            rdma_percent: rdma?,
            role,
        },
    })
}
