//! What a service may use and reserves, in Kubernetes' quantities.
//!
//! Knows: Compose's numbers of CPUs and bytes, and the two ways to write each. Must not know: what refuses them.

use crate::engine::Span;
use crate::input::manifests::make::{self, Map, text};
use crate::input::{Cursor, Diagnostic, Diagnostics, Node, Tree};
use crate::model::cpu::{CpuError, Quota};

/// The resources of a service's containers, if it says anything of them.
pub(super) fn resources(service: Cursor<'_>, diagnostics: &mut Diagnostics) -> Option<Tree> {
    let deploy = service.at("deploy").at("resources");
    let (most, least) = (deploy.at("limits"), deploy.at("reservations"));
    let mut limits = Map::new(service.place());
    let mut requests = Map::new(service.place());
    let cpu = one_of(
        [
            (service.at("cpus"), "cpus"),
            (most.at("cpus"), "deploy.resources.limits.cpus"),
        ],
        diagnostics,
    );
    match cpu {
        Some(said) => put(&mut limits, "cpu", said, cpus(said), diagnostics),
        None => {
            if let Some((said, milli)) = quota(service, diagnostics) {
                limits.put_at("cpu", said.key_place(), text(said.place(), format!("{milli}m")));
            }
        }
    }
    let memory = one_of(
        [
            (service.at("mem_limit"), "mem_limit"),
            (most.at("memory"), "deploy.resources.limits.memory"),
        ],
        diagnostics,
    );
    if let Some(said) = memory {
        put(&mut limits, "memory", said, bytes(said), diagnostics);
    }
    if least.at("cpus").exists() {
        put(
            &mut requests,
            "cpu",
            least.at("cpus"),
            cpus(least.at("cpus")),
            diagnostics,
        );
    }
    let memory = one_of(
        [
            (service.at("mem_reservation"), "mem_reservation"),
            (least.at("memory"), "deploy.resources.reservations.memory"),
        ],
        diagnostics,
    );
    if let Some(said) = memory {
        put(&mut requests, "memory", said, bytes(said), diagnostics);
    }
    devices(least.at("devices"), &mut requests, &mut limits);
    let mut both = Map::new(service.place());
    if !requests.is_empty() {
        both.put("requests", requests.tree());
    }
    if !limits.is_empty() {
        both.put("limits", limits.tree());
    }
    (!both.is_empty()).then(|| both.tree())
}

/// What is said of two ways to say the same, which must agree.
pub(super) fn one_of<'t>(ways: [(Cursor<'t>, &str); 2], diagnostics: &mut Diagnostics) -> Option<Cursor<'t>> {
    let [(one, one_name), (other, other_name)] = ways;
    match (one.exists(), other.exists()) {
        (true, true) => {
            let same = one.tree().map(Tree::to_json) == other.tree().map(Tree::to_json);
            if !same {
                let what = format!("`{one_name}` and `{other_name}` say different things");
                let error = Diagnostic::error(one.place(), what);
                diagnostics.push(error.related(other.place(), "the other is here"));
            }
            Some(other)
        }
        (true, false) => Some(one),
        (false, true) => Some(other),
        (false, false) => None,
    }
}

fn put(
    map: &mut Map,
    key: &str,
    said: Cursor<'_>,
    amount: Result<String, String>,
    diagnostics: &mut Diagnostics,
) {
    match amount {
        Ok(amount) => map.put_at(key, said.key_place(), text(said.place(), amount)),
        Err(why) => diagnostics.push(Diagnostic::error(said.place(), why)),
    }
}

/// A number, written as one or as text.
pub(super) fn number(said: Cursor<'_>) -> Option<f64> {
    match &said.tree()?.node {
        Node::Int(value) => Some(*value as f64),
        Node::Float(value) => Some(*value),
        Node::String { text, .. } => text.trim().parse().ok(),
        _ => None,
    }
}

/// CPUs as thousandths, rounded up.
fn cpus(said: Cursor<'_>) -> Result<String, String> {
    let found = said.tree().map(Tree::describe).unwrap_or_default();
    match number(said) {
        Some(cpus) if (0.0..1e6).contains(&cpus) => {
            Ok(format!("{}m", (cpus * 1000.0 - 1e-9).ceil().max(0.0)))
        }
        _ => Err(format!("expected a number of CPUs such as `1.5`, found {found}")),
    }
}

/// The limit that `cpu_quota` in each `cpu_period` (100 ms) is, thousandths of a CPU.
fn quota<'t>(service: Cursor<'t>, diagnostics: &mut Diagnostics) -> Option<(Cursor<'t>, u64)> {
    let said = service.at("cpu_quota");
    let quota = number(said).filter(|quota| *quota > 0.0)?;
    let period = service.at("cpu_period");
    let micros = if period.exists() {
        number(period)
    } else {
        Some(100_000.0)
    };
    let span = |micros: f64| Span::from_nanos((micros * 1000.0) as u64);
    let micros = micros.unwrap_or_default();
    if let Err(error) = Quota::new(span(quota), span(micros)) {
        let at = match error {
            CpuError::Period(_) if period.exists() => period,
            _ => said,
        };
        diagnostics.push(Diagnostic::error(at.place(), error.to_string()));
        return None;
    }
    Some((said, (quota / micros * 1000.0).ceil() as u64))
}

/// Bytes, whose units are powers of 1024: `512m`, `1.5gb`, `1024k`, `300b`, or a number.
fn bytes(said: Cursor<'_>) -> Result<String, String> {
    let wrong = || {
        let found = said.tree().map(Tree::describe).unwrap_or_default();
        format!("expected bytes such as `512m` or `2gb`, found {found}")
    };
    let text = match said.tree().map(|tree| &tree.node) {
        Some(Node::Int(value)) => value.to_string(),
        Some(Node::String { text, .. }) => text.trim().to_ascii_lowercase(),
        _ => return Err(wrong()),
    };
    let digits = text
        .find(|c: char| !c.is_ascii_digit() && c != '.')
        .unwrap_or(text.len());
    let (amount, unit) = text.split_at(digits);
    let power = match unit.trim() {
        "" | "b" => 0,
        "k" | "kb" | "kib" => 1,
        "m" | "mb" | "mib" => 2,
        "g" | "gb" | "gib" => 3,
        "t" | "tb" | "tib" => 4,
        _ => return Err(wrong()),
    };
    let amount: f64 = amount.parse().map_err(|_| wrong())?;
    let bytes = amount * 1024_f64.powi(power);
    if !(0.0..1e18).contains(&bytes) {
        return Err(wrong());
    }
    Ok(format!("{}", bytes.round()))
}

/// `memswap_limit` in the scenario's words: -1 is no limit, and 0 as if it were not said.
pub(super) fn memory_swap(service: Cursor<'_>, workload: &mut Map, diagnostics: &mut Diagnostics) {
    let said = service.at("memswap_limit");
    match number(said) {
        _ if !said.exists() => {}
        Some(0.0) => {}
        Some(-1.0) => workload.put_at("memswap_limit", said.key_place(), text(said.place(), "unlimited")),
        _ => put(workload, "memswap_limit", said, bytes(said), diagnostics),
    }
}

/// `oom_score_adj`.
pub(super) fn oom_score(service: Cursor<'_>, workload: &mut Map, diagnostics: &mut Diagnostics) {
    let said = service.at("oom_score_adj");
    if !said.exists() {
        return;
    }
    match number(said).filter(|score| (-1000.0..=1000.0).contains(score) && score.fract() == 0.0) {
        Some(score) => {
            let tree = make::number(said.place(), score as i64);
            workload.put_at("oom_score_adj", said.key_place(), tree);
        }
        None => {
            let what = "expected a whole number from -1000 to 1000";
            diagnostics.push(Diagnostic::error(said.place(), what));
        }
    }
}

/// GPUs that are asked for by number.
fn devices(said: Cursor<'_>, requests: &mut Map, limits: &mut Map) {
    let is_gpu = |device: &Cursor<'_>| {
        let mut capabilities = device.at("capabilities").items();
        capabilities.any(|capability| matches!(capability.text(), Some("gpu" | "nvidia")))
    };
    if let Some(gpu) = said.items().find(is_gpu)
        && let Some(count) = number(gpu.at("count")).filter(|count| *count >= 1.0)
    {
        let place = gpu.at("count").place();
        for map in [requests, limits] {
            map.put_at("nvidia.com/gpu", place, text(place, format!("{}", count.round())));
        }
    }
}
