//! LimitRanger: defaults for containers, bounds for all (`plugin/pkg/admission/limitranger/admission.go`).

use super::{Refusal, asked, sound_without, together, whole_pod};
use crate::model::namespace::{Amounts, LimitKind, LimitRange, LimitRule, amount_text};
use crate::model::pod_template::{AsksForNone, Container, ContainerKind, PodTemplate};
use crate::model::resources::Resources;

/// Gives a container what it does not say, one range after another: what one has set, the next leaves alone. Within a
/// range, its last rule for a resource counts.
pub fn apply_defaults(ranges: &[LimitRange], container: &mut Container) {
    for range in ranges {
        let (mut limits, mut requests) = (Amounts::new(), Amounts::new());
        for rule in range
            .rules
            .iter()
            .filter(|rule| rule.kind == LimitKind::Container)
        {
            limits.extend(rule.default.clone());
            requests.extend(rule.default_request.clone());
        }
        let has = asked::limits(container);
        for (name, amount) in limits {
            if !has.contains_key(&name) {
                set(&mut container.limits, &name, amount);
            }
        }
        let has = asked::requests(container);
        for (name, amount) in requests {
            if !has.contains_key(&name) {
                set(&mut container.requests, &name, amount);
                let none = &mut container.asks_for_none;
                *none = AsksForNone {
                    cpu: none.cpu || (name == "cpu" && amount == 0),
                    memory: none.memory || (name == "memory" && amount == 0),
                };
            }
        }
    }
}

fn set(resources: &mut Resources, name: &str, amount: u64) {
    match name {
        "cpu" => resources.cpu_milli = amount,
        "memory" => resources.memory_bytes = amount,
        "ephemeral-storage" => resources.ephemeral_bytes = amount,
        _ => *resources = std::mem::take(resources).with_extended(name, amount),
    }
}

/// Whether a pod of `template`, whose containers have their defaults, may be created.
///
/// # Errors
/// Why not: a request above its limit, which a default may have made so, or what the first range says that does not
/// allow it.
pub fn check_pod(ranges: &[LimitRange], template: &PodTemplate) -> Result<(), Refusal> {
    if ranges.is_empty() {
        return Ok(());
    }
    let containers = &template.containers;
    requests_within_limits(containers)?;
    for range in ranges {
        let mut problems = Vec::new();
        for rule in &range.rules {
            match rule.kind {
                LimitKind::Container => {
                    // Main containers first, then those of the start.
                    let of_start = |container: &&Container| container.kind != ContainerKind::Main;
                    let main = containers.iter().filter(|one| !of_start(one));
                    for one in main.chain(containers.iter().filter(of_start)) {
                        check(rule, &asked::requests(one), &asked::limits(one), &mut problems);
                    }
                }
                LimitKind::Pod => {
                    let (requests, limits) = (whole_pod::requests(template), whole_pod::limits(template));
                    check(rule, &requests, &limits, &mut problems);
                }
                LimitKind::Claim => {}
            }
        }
        if !problems.is_empty() {
            return Err(Refusal::forbidden("limit_range", together(problems)));
        }
    }
    Ok(())
}

/// Whether a volume of `storage_bytes` may be asked for.
///
/// # Errors
/// What the first range says that does not allow it.
pub fn check_claim(ranges: &[LimitRange], storage_bytes: u64) -> Result<(), Refusal> {
    let requests = Amounts::from([("storage".to_owned(), storage_bytes)]);
    for range in ranges {
        let mut problems = Vec::new();
        for rule in range.rules.iter().filter(|rule| rule.kind == LimitKind::Claim) {
            let kind = rule.kind.name();
            for (name, &least) in &rule.min {
                problems.extend(below_min(kind, name, least, &requests, &Amounts::new()));
            }
            for (name, &most) in &rule.max {
                let (said, asked) = (amount_text(name, most), requests.get(name));
                match asked {
                    None => problems.push(format!(
                        "maximum {name} usage per {kind} is {said}.  No request is specified"
                    )),
                    Some(&asked) if asked > most => problems.push(format!(
                        "maximum {name} usage per {kind} is {said}, but request is {}",
                        amount_text(name, asked)
                    )),
                    Some(_) => {}
                }
            }
        }
        if !problems.is_empty() {
            return Err(Refusal::forbidden("limit_range", together(problems)));
        }
    }
    Ok(())
}

/// The API server's own validation, after defaults were set (`pkg/apis/core/validation`).
fn requests_within_limits(containers: &[Container]) -> Result<(), Refusal> {
    let mut problems = Vec::new();
    let groups = [
        ("containers", containers_of(containers, true)),
        ("initContainers", containers_of(containers, false)),
    ];
    for (field, group) in groups {
        for (index, container) in group.iter().enumerate() {
            let limits = asked::limits(container);
            for (name, asked) in asked::requests(container) {
                if let Some(&limit) = limits.get(&name)
                    && asked > limit
                {
                    problems.push(format!(
                        "spec.{field}[{index}].resources.requests: Invalid value: \"{}\": must be less than or equal to \
                         {name} limit of {}",
                        amount_text(&name, asked),
                        amount_text(&name, limit)
                    ));
                }
            }
        }
    }
    sound_without(problems)
}

fn containers_of(containers: &[Container], main: bool) -> Vec<&Container> {
    let wanted = |container: &&Container| (container.kind == ContainerKind::Main) == main;
    containers.iter().filter(wanted).collect()
}

fn check(rule: &LimitRule, requests: &Amounts, limits: &Amounts, problems: &mut Vec<String>) {
    let kind = rule.kind.name();
    for (name, &least) in &rule.min {
        problems.extend(below_min(kind, name, least, requests, limits));
    }
    for (name, &most) in &rule.max {
        problems.extend(above_max(kind, name, most, requests, limits));
    }
    for (name, &most) in &rule.ratio_milli {
        problems.extend(above_ratio(kind, name, most, requests, limits));
    }
}

fn below_min(kind: &str, name: &str, least: u64, requests: &Amounts, limits: &Amounts) -> Option<String> {
    let said = |amount| amount_text(name, amount);
    let least_said = said(least);
    match (requests.get(name), limits.get(name)) {
        (None, _) => Some(format!(
            "minimum {name} usage per {kind} is {least_said}.  No request is specified"
        )),
        (Some(&request), _) if request < least => Some(format!(
            "minimum {name} usage per {kind} is {least_said}, but request is {}",
            said(request)
        )),
        (_, Some(&limit)) if limit < least => Some(format!(
            "minimum {name} usage per {kind} is {least_said}, but limit is {}",
            said(limit)
        )),
        _ => None,
    }
}

fn above_max(kind: &str, name: &str, most: u64, requests: &Amounts, limits: &Amounts) -> Option<String> {
    let said = |amount| amount_text(name, amount);
    let most_said = said(most);
    match (limits.get(name), requests.get(name)) {
        (None, _) => Some(format!(
            "maximum {name} usage per {kind} is {most_said}.  No limit is specified"
        )),
        (Some(&limit), _) if limit > most => Some(format!(
            "maximum {name} usage per {kind} is {most_said}, but limit is {}",
            said(limit)
        )),
        (_, Some(&request)) if request > most => Some(format!(
            "maximum {name} usage per {kind} is {most_said}, but request is {}",
            said(request)
        )),
        _ => None,
    }
}

/// `most` is in thousandths.
fn above_ratio(kind: &str, name: &str, most: u64, requests: &Amounts, limits: &Amounts) -> Option<String> {
    // A bare number with a fraction in thousandths, as any quantity.
    let start = format!(
        "{name} max limit to request ratio per {kind} is {}",
        amount_text("cpu", most)
    );
    let amount = |list: &Amounts| list.get(name).copied().filter(|&amount| amount > 0);
    let Some(request) = amount(requests) else {
        return Some(format!("{start}, but no request is specified or request is 0"));
    };
    let Some(limit) = amount(limits) else {
        return Some(format!("{start}, but no limit is specified or limit is 0"));
    };
    let ratio = limit as f64 / request as f64;
    (ratio * 1000.0 > most as f64).then(|| format!("{start}, but provided ratio is {ratio:.6}"))
}
