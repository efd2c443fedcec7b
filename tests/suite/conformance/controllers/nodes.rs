//! Silent nodes and what follows.

use super::{list, span, text, time, times};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use tonnage::engine::{Span, Time};
use tonnage::model::labels::{Taint, TaintEffect, Toleration};
use tonnage::platform::kubernetes::node_health::{NodeHealth, ReadyCondition, Written};
use tonnage::platform::kubernetes::taint_eviction::{EvictionTimer, TimedToleration, on_taints};
use tonnage::platform::kubernetes::zone_disruption::{self, ZoneNodes, ZoneRule, ZoneState};

pub(super) fn health(given: &Value) -> Value {
    let (leases, posts) = (
        times(&given["lease_renewed_at_s"]),
        times(&given["status_posted_at_s"]),
    );
    let setting = |field: &str| span(&given[field]).expect("a span");
    let (grace, startup) = (setting("grace_s"), setting("startup_grace_s"));
    let (period, until) = (setting("monitor_period_s"), time(&given["until_s"]));
    let last = |times: &[Time], now| times.iter().copied().filter(|&time| time <= now).max();
    let (mut health, mut now) = (NodeHealth::new(Time::ZERO), Time::ZERO);
    let (mut before, mut changes) = (None, Vec::new());
    while now <= until {
        let written = Written {
            lease: last(&leases, now),
            status: last(&posts, now),
        };
        let ready = health.look(written, now, grace, startup);
        if before != Some(ready) {
            let name = match ready {
                ReadyCondition::Absent => "none",
                ReadyCondition::True => "True",
                ReadyCondition::Unknown => "Unknown",
            };
            changes.push(json!({"ready": name, "t_s": now.secs_f64()}));
        }
        before = Some(ready);
        now += period;
    }
    json!({"ready_changes_seen_at": changes})
}

fn effect(value: &Value) -> Option<TaintEffect> {
    match text(value) {
        "" => None,
        "NoExecute" => Some(TaintEffect::NoExecute),
        "NoSchedule" => Some(TaintEffect::NoSchedule),
        "PreferNoSchedule" => Some(TaintEffect::PreferNoSchedule),
        other => panic!("an unknown effect: {other}"),
    }
}

fn toleration(value: &Value) -> TimedToleration {
    let some = |value: &Value| Some(text(value).to_owned()).filter(|text| !text.is_empty());
    TimedToleration {
        toleration: Toleration {
            key: some(&value["key"]),
            value: (text(&value["operator"]) != "Exists").then(|| text(&value["value"]).to_owned()),
            effect: effect(&value["effect"]),
            lasts: None,
        },
        lasts: value["toleration_seconds"]
            .as_i64()
            .map(|secs| Span::from_secs(u64::try_from(secs).unwrap_or(0))),
    }
}

pub(super) fn taint_eviction(given: &Value) -> Value {
    let tolerations: Vec<_> = list(&given["tolerations"]).iter().map(toleration).collect();
    let mut timer = EvictionTimer::None;
    let steps = list(&given["steps"]).iter().map(|step| {
        let now = time(&step["t_s"]);
        if let EvictionTimer::Running { at, .. } = timer
            && at <= now
        {
            timer = EvictionTimer::Due;
            return json!({"before_this_step": true, "evicted_at_s": at.secs_f64()});
        }
        let taints: Vec<_> = list(&step["no_execute_taints"])
            .iter()
            .map(|taint| Taint {
                key: text(&taint["key"]).to_owned(),
                value: text(&taint["value"]).to_owned(),
                effect: TaintEffect::NoExecute,
            })
            .collect();
        timer = on_taints(timer, &taints, &tolerations, now);
        let (state, at) = match timer {
            EvictionTimer::None => ("none", None),
            EvictionTimer::Running { at, .. } => ("scheduled", Some(at)),
            EvictionTimer::Due => ("evicted_now", Some(now)),
        };
        json!({"state": state, "evict_at_s": at.map(Time::secs_f64)})
    });
    steps.collect()
}

pub(super) fn zones(given: &Value) -> Value {
    let number = |field: &str| given[field].as_f64().expect("a number");
    let rule = ZoneRule {
        eviction_rate: number("eviction_rate") as f32,
        secondary_eviction_rate: number("secondary_eviction_rate") as f32,
        large_zone_nodes: number("large_zone_threshold_nodes") as usize,
        unhealthy_share: number("unhealthy_zone_threshold") as f32,
    };
    let mut zones = BTreeMap::new();
    let steps = list(&given["steps"]).iter().map(|step| {
        let given = step["zones"].as_object().expect("zones");
        let count = |value: &Value| usize::try_from(value.as_u64().expect("a count")).expect("it fits");
        let nodes = given.iter().map(|(name, zone)| {
            let nodes = ZoneNodes {
                nodes: count(&zone["nodes"]),
                not_ready: count(&zone["not_ready"]),
            };
            (name.clone(), nodes)
        });
        zone_disruption::pass(&mut zones, &rule, &nodes.collect());
        let after = zones.iter().map(|(name, zone)| {
            let state = match zone.state {
                ZoneState::Initial => "Initial",
                ZoneState::Normal => "Normal",
                ZoneState::PartialDisruption => "PartialDisruption",
                ZoneState::FullDisruption => "FullDisruption",
            };
            // The shortest decimal of the 32-bit number, as the recorder printed it.
            let rate: f64 = zone.evictions_per_second.to_string().parse().expect("a number");
            (name.clone(), json!({"state": state, "evictions_per_s": rate}))
        });
        json!({"expect": after.collect::<Map<_, _>>()})
    });
    steps.collect()
}
