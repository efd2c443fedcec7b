//! Machines that are alike, as they are said on the command line: `cpu=96,memory=512Gi,gpus=8`.

use crate::input::fleet::MachineNames;
use crate::input::nearest;
use crate::model::fleet::{FleetNode, Side};
use crate::model::gpu::{DEVICES_MAX, ModelSet};
use crate::model::units::{ByteQuantity, CountQuantity, CpuQuantity, quoted as told};
use std::fmt::Display;

const NAMES: [&str; 9] = [
    "cpu",
    "memory",
    "gpus",
    "gpu_model",
    "pods",
    "disk",
    "rdma",
    "role",
    "price",
];

/// A machine as it is said.
#[derive(Clone, Debug)]
pub(super) struct AlikeNode {
    pub(super) text: String,
    node: FleetNode,
    model: String,
    role: String,
    /// US dollars an hour.
    pub(super) price: Option<f64>,
}

impl AlikeNode {
    /// The machine, whose names are known from now on.
    pub(super) fn node(&self, names: &mut MachineNames) -> FleetNode {
        let mut node = self.node.clone();
        if !self.model.is_empty() {
            node.model = names.models.learn(&self.model).unwrap_or_default();
        }
        node.side.role = names.roles.learn(&self.role).unwrap_or_default();
        node
    }
}

/// Bytes of at least a MiB, in MiB.
fn mebibytes(value: &str) -> Result<u64, String> {
    let bytes = value.parse::<ByteQuantity>().map_err(|error| error.to_string())?;
    match bytes.bytes() >> 20 {
        0 => Err(format!("found {}, expected at least 1Mi", told(value))),
        mebibytes => Ok(mebibytes.min(Side::NO_LIMIT)),
    }
}

/// A number from `least` to `most`.
fn count(value: &str, least: u64, most: u64) -> Result<u64, String> {
    let count = value
        .parse::<CountQuantity>()
        .map_err(|error| error.to_string())?;
    if (least..=most).contains(&count.count()) {
        return Ok(count.count());
    }
    Err(format!(
        "found {}, expected a number from {least} to {most}",
        told(value)
    ))
}

fn cpu(value: &str) -> Result<u64, String> {
    let cpu = value.parse::<CpuQuantity>().map_err(|error| error.to_string())?;
    match cpu.millis() {
        0 => Err("a machine without CPU takes no pod".to_owned()),
        millis => Ok(millis.min(FleetNode::CPU_NO_LIMIT)),
    }
}

fn gpus(value: &str) -> Result<u64, String> {
    let gpus = value
        .parse::<CountQuantity>()
        .map_err(|error| error.to_string())?;
    if gpus.count() > DEVICES_MAX as u64 {
        return Err(format!("found {value}, expected at most {DEVICES_MAX} a machine"));
    }
    Ok(gpus.count())
}

fn price(value: &str) -> Result<f64, String> {
    let price = value.parse::<f64>().ok();
    let price = price.filter(|price| price.is_finite() && *price >= 0.0 && *price < 1e6);
    price.ok_or_else(|| format!("found {}, expected US dollars an hour, such as 2.5", told(value)))
}

/// Parses one; everything that is wrong with it is told.
pub(super) fn parse(text: &str) -> Result<AlikeNode, String> {
    let mut found = AlikeNode {
        text: text.to_owned(),
        node: FleetNode {
            name: "node".to_owned(),
            cpu_milli: FleetNode::CPU_NO_LIMIT,
            memory_mib: 0,
            pods: u32::MAX,
            gpus: 0,
            model: ModelSet::NONE,
            side: Side::UNLIMITED,
        },
        model: String::new(),
        role: String::new(),
        price: None,
    };
    let mut wrong = Vec::new();
    let mut given = Vec::new();
    for part in text.split(',').map(str::trim) {
        let Some((name, value)) = part.split_once('=') else {
            wrong.push(format!(
                "found {}, expected NAME=VALUE, such as cpu=96",
                told(part)
            ));
            continue;
        };
        if given.contains(&name) {
            wrong.push(format!("{name} is given twice"));
        }
        given.push(name);
        if let Err(problem) = set(&mut found, name, value) {
            wrong.push(problem);
        }
    }
    if wrong.is_empty() {
        Ok(found)
    } else {
        Err(wrong.join("; "))
    }
}

fn set(found: &mut AlikeNode, name: &str, value: &str) -> Result<(), String> {
    let of = |problem: &dyn Display| format!("{name}: {problem}");
    let node = &mut found.node;
    match name {
        "cpu" => node.cpu_milli = cpu(value).map_err(|problem| of(&problem))?,
        "memory" => node.memory_mib = mebibytes(value).map_err(|problem| of(&problem))?,
        "gpus" => node.gpus = gpus(value).map_err(|problem| of(&problem))? as usize,
        "gpu_model" => value.clone_into(&mut found.model),
        "role" => value.clone_into(&mut found.role),
        "pods" => {
            let pods = count(value, 1, u64::from(u32::MAX)).map_err(|problem| of(&problem))?;
            node.pods = u32::try_from(pods).unwrap_or(u32::MAX);
        }
        "disk" => node.side.disk_mib = mebibytes(value).map_err(|problem| of(&problem))?,
        "rdma" => {
            node.side.rdma_percent = count(value, 0, 1_000_000).map_err(|problem| of(&problem))?;
        }
        "price" => found.price = Some(price(value).map_err(|problem| of(&problem))?),
        other => {
            let near = nearest(other, NAMES).map_or(String::new(), |near| format!(", is {near} meant?"));
            return Err(format!(
                "unknown name {}{near} (expected {})",
                told(other),
                NAMES.join(", ")
            ));
        }
    }
    Ok(())
}
