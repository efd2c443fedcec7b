//! The pods that come to a fleet.

use super::sizes::SizeColumns;
use super::table::{Ids, Names, Row, rows};
use crate::input::{Diagnostic, Diagnostics, Place, SourceId, Sources, list_names, nearest};
use crate::model::fleet::{FleetPod, PodRequest};
use crate::model::gpu::{DEVICES_MAX, GpuRequest, MILLI, ModelNames, ModelSet};
use crate::model::units::quoted;
use std::collections::BTreeSet;

const NAME: Names = &["name", "pod", "pod_name"];
const GPUS: Names = &["num_gpu", "gpu", "gpus"];
const GPU_MILLI: Names = &["gpu_milli"];
const MODELS: Names = &["gpu_spec", "gpu_model", "model"];
/// The columns of Alibaba's files; some of them have more.
const OPENB: &[&str] = &["name", "cpu_milli", "memory_mib", "num_gpu", "gpu_milli"];

/// What a file of pods said.
#[derive(Debug)]
pub(super) struct Pods {
    pub(super) pods: Vec<FleetPod>,
    /// Where each of them is.
    pub(super) places: Vec<Place>,
    pub(super) is_openb: bool,
}

struct Columns {
    name: Option<usize>,
    sizes: SizeColumns,
    gpus: Option<usize>,
    gpu_milli: Option<usize>,
    models: Option<usize>,
}

/// Reads them; `models` are those of the machines, if these could be read.
pub(super) fn read(
    id: SourceId,
    models: Option<&ModelNames>,
    sources: &Sources,
    diagnostics: &mut Diagnostics,
) -> Option<Pods> {
    let (header, rows) = rows(id, sources, diagnostics)?;
    let columns = Columns {
        name: header.require(NAME, diagnostics),
        sizes: SizeColumns::of(&header, diagnostics),
        gpus: header.find(GPUS),
        gpu_milli: header.find(GPU_MILLI),
        models: header.find(MODELS),
    };
    columns.name.and(columns.sizes.cpu)?;
    let mut pods = Pods {
        pods: Vec::with_capacity(rows.len()),
        places: Vec::with_capacity(rows.len()),
        is_openb: header.has_all(OPENB),
    };
    let (mut ids, mut told) = (Ids::default(), BTreeSet::new());
    for row in &rows {
        let pod = pod(row, &columns, &mut ids, models, &mut told, diagnostics);
        pods.places.extend(pod.is_some().then_some(row.place));
        pods.pods.extend(pod);
    }
    let asks = |pod: &FleetPod| pod.request.cpu_milli > 0 || !pod.request.gpus.is_none();
    if rows.is_empty() {
        let message = "there is no pod below the header";
        diagnostics.push(Diagnostic::error(Place::whole(id), message));
    } else if !diagnostics.has_errors() && !pods.pods.iter().any(asks) {
        let message = "no pod asks for CPU or GPU: there is nothing to place";
        diagnostics.push(Diagnostic::error(Place::whole(id), message));
    }
    Some(pods)
}

fn pod(
    row: &Row,
    columns: &Columns,
    ids: &mut Ids,
    models: Option<&ModelNames>,
    told: &mut BTreeSet<String>,
    diagnostics: &mut Diagnostics,
) -> Option<FleetPod> {
    let name = ids.new_one(row, columns.name, "pod", diagnostics);
    let cpu = columns.sizes.cpu(row, diagnostics);
    let memory = columns.sizes.memory(row, diagnostics);
    let gpus = gpus(row, (columns.gpus, columns.gpu_milli), DEVICES_MAX, diagnostics);
    let models_text = row.text(columns.models).to_owned();
    let models = match models {
        Some(models) => accepted(row, columns.models, models, told, diagnostics),
        None => Some(ModelSet::NONE),
    };
    Some(FleetPod {
        name: name?,
        request: PodRequest {
            cpu_milli: cpu?,
            memory_mib: memory?,
            gpus: gpus?,
            models: models?,
            ..PodRequest::default()
        },
        models_text,
    })
}

/// The devices it asks for, at most so many, from the columns of their number and of thousandths of each.
pub(super) fn gpus(
    row: &Row,
    (gpus, gpu_milli): (Option<usize>, Option<usize>),
    most: usize,
    diagnostics: &mut Diagnostics,
) -> Option<GpuRequest> {
    let count = row.whole(gpus, "GPUs", Some(0), diagnostics);
    let usual = if count == Some(0) { 0 } else { u64::from(MILLI) };
    let milli = row.whole(gpu_milli, "thousandths of a GPU", Some(usual), diagnostics);
    let (count, milli) = (count?, milli?);
    let mut refuse = |column, message: String| {
        diagnostics.push(Diagnostic::error(row.place_of(column), message));
        None
    };
    let whole = u64::from(MILLI);
    match (count, milli) {
        (0, 0) => Some(GpuRequest::NONE),
        (0, milli) => refuse(gpu_milli, format!("asks for {milli} thousandths of no GPU")),
        (_, 0) => refuse(gpu_milli, "asks for a GPU and for nothing of it".to_owned()),
        (_, milli) if milli > whole => refuse(
            gpu_milli,
            format!("found {milli} thousandths of a GPU, expected at most {MILLI}"),
        ),
        (1, milli) => Some(GpuRequest::share(milli as u16)),
        (count, milli) if milli < whole => refuse(
            gpu_milli,
            format!("a share of {milli} thousandths is for one GPU, not for {count}"),
        ),
        (count, _) if count > most as u64 => refuse(
            gpus,
            format!("found {count} GPUs, expected at most {most}: no machine has more"),
        ),
        (count, _) => Some(GpuRequest::whole(count as u16)),
    }
}

/// The models it accepts: alternatives with `|` between them.
pub(super) fn accepted(
    row: &Row,
    column: Option<usize>,
    models: &ModelNames,
    told: &mut BTreeSet<String>,
    diagnostics: &mut Diagnostics,
) -> Option<ModelSet> {
    let text = row.text(column);
    let names = || text.split('|').map(str::trim).filter(|name| !name.is_empty());
    if names().next().is_none() {
        return Some(ModelSet::NONE);
    }
    let mut accepted = ModelSet::NONE;
    let mut unknown = Vec::new();
    for name in names() {
        match models.find(name) {
            Some(model) => accepted = accepted.and(model),
            None => unknown.push(name),
        }
    }
    let meant = |name: &str| nearest(name, models.names());
    if accepted.is_none() {
        let message = format!("no machine has a GPU of the model {}", quoted(text));
        let error = Diagnostic::error(row.place_of(column), message);
        let error = error.suggest(unknown.iter().find_map(|name| meant(name)));
        diagnostics.push(match list_names(models.names()) {
            names if names.is_empty() => error.help("the machines' file names no model"),
            names => error.help(format!("expected one of: {names}")),
        });
        return None;
    }
    for name in unknown {
        if told.insert(name.to_owned()) {
            let message = format!(
                "no machine has a GPU of the model {}, an alternative",
                quoted(name)
            );
            let warning = Diagnostic::warning(row.place_of(column), message).suggest(meant(name));
            diagnostics.push(warning);
        }
    }
    Some(accepted)
}
