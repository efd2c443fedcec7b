//! Back-offs, classes of service and evictions of the kubelet.

use super::{list, secs, span, text, time, times, whole};
use serde_json::{Value, json};
use tonnage::engine::Time;
use tonnage::platform::kubernetes::back_off::{BackOff, BackOffRule};
use tonnage::platform::kubernetes::eviction_rank::{self, MemoryUse};
use tonnage::platform::kubernetes::qos::{self, ContainerResources, QosClass};

fn rule(given: &Value) -> BackOffRule {
    let max = span(&given["max_s"]).expect("a span");
    BackOffRule {
        initial: span(&given["initial_s"]).expect("a span"),
        max,
        reset_after: span(&given["reset_after_s"]).unwrap_or(max + max),
    }
}

pub(super) fn crash_loop(given: &Value) -> Value {
    let rule = rule(given);
    let (mut back_off, mut started) = (BackOff::default(), Time::ZERO);
    let delays = times(&given["run_s"]).into_iter().map(|run| {
        let ended = started + run.since(Time::ZERO);
        started = back_off.restart_at(rule, ended);
        back_off.failed(rule, ended, started);
        secs(started.since(ended).nanos())
    });
    json!({"restart_delay_s": delays.collect::<Vec<_>>()})
}

pub(super) fn image_pull(given: &Value) -> Value {
    let rule = rule(given);
    let period = span(&given["retry_period_s"]).expect("a span");
    let (mut back_off, mut now, mut starts) = (BackOff::default(), Time::ZERO, Vec::new());
    for takes in list(&given["failed_pull_takes_s"]) {
        while back_off.holds(rule, now) {
            now += period;
        }
        starts.push(secs(now.nanos()));
        now += time(takes).since(Time::ZERO);
        back_off.failed(rule, now, now);
        now += period;
    }
    json!({"attempt_started_at_s": starts})
}

pub(super) fn qos(given: &Value) -> Value {
    let containers: Vec<_> = list(&given["containers"])
        .iter()
        .map(|container| ContainerResources {
            cpu_request_milli: container["cpu_request_milli"].as_i64(),
            cpu_limit_milli: container["cpu_limit_milli"].as_i64(),
            memory_request: container["memory_request_bytes"].as_i64(),
            memory_limit: container["memory_limit_bytes"].as_i64(),
        })
        .collect();
    let class = QosClass::of(&containers);
    let priority = i32::try_from(given["priority"].as_i64().unwrap_or(0)).expect("a priority");
    let critical = qos::is_node_critical(priority, text(&given["priority_class"]));
    let node = whole(&given["node_memory_bytes"]);
    let scores = containers
        .iter()
        .map(|container| qos::oom_score(class, critical, container.memory_request.unwrap_or(0), node));
    json!({
        "qos": match class {
            QosClass::Guaranteed => "Guaranteed",
            QosClass::Burstable => "Burstable",
            QosClass::BestEffort => "BestEffort",
        },
        "oom_score_adj": scores.collect::<Vec<_>>(),
        "cpu_shares": containers.iter().map(|&one| qos::cpu_shares(one)).collect::<Vec<_>>(),
        "cpu_quota_us_per_100ms": containers.iter().map(|&one| qos::cpu_quota_micros(one)).collect::<Vec<_>>(),
    })
}

pub(super) fn eviction_rank(given: &Value) -> Value {
    let pods: Vec<_> = list(&given["pods"])
        .iter()
        .map(|pod| MemoryUse {
            working_set: pod["working_set_bytes"].as_u64(),
            request: pod["memory_request_bytes"].as_u64().unwrap_or(0),
            priority: i32::try_from(whole(&pod["priority"])).expect("a priority"),
        })
        .collect();
    let order = eviction_rank::memory(&pods);
    let names = order.into_iter().map(|place| text(&given["pods"][place]["name"]));
    json!({"evict_order": names.collect::<Vec<_>>()})
}
