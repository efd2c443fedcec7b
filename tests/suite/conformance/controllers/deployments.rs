//! Rollouts and scaling of Deployments.

use super::{allowed, count, list, text, whole};
use serde_json::{Map, Value, json};
use tonnage::platform::kubernetes::fenceposts::Fenceposts;
use tonnage::platform::kubernetes::proportional::{self, ScaledSet};
use tonnage::platform::kubernetes::rollout::{self, Acted, PodSet, Strategy};

pub(super) fn fenceposts(given: &Value) -> Value {
    let replicas = count(&given["replicas"]);
    let bound = |field: &str| allowed(&given[field]).expect("a bound");
    let found = Fenceposts::resolve(bound("max_surge"), bound("max_unavailable"), replicas);
    json!({
        "surge": found.surge,
        "unavailable_resolved": found.unavailable,
        "unavailable_effective": found.unavailable_of(replicas),
    })
}

fn strategy(given: &Value) -> Strategy {
    Strategy::RollingUpdate {
        max_surge: allowed(&given["max_surge"]).expect("a bound"),
        max_unavailable: allowed(&given["max_unavailable"]).expect("a bound"),
    }
}

fn names(given: &Value) -> Vec<&str> {
    list(&given["replica_sets"])
        .iter()
        .map(|set| text(&set["name"]))
        .collect()
}

fn by_name(names: &[&str], replicas: impl Iterator<Item = i32>) -> Map<String, Value> {
    let names = names.iter().map(|&name| name.to_owned());
    names.zip(replicas.map(Value::from)).collect()
}

pub(super) fn rollout(given: &Value) -> Value {
    let names = names(given);
    let new = names
        .iter()
        .position(|&name| name == "new")
        .expect("a current set");
    let mut sets: Vec<_> = list(&given["replica_sets"])
        .iter()
        .map(|set| PodSet {
            created: whole(&set["created_s"]),
            replicas: count(&set["replicas"]),
            available: 0,
        })
        .collect();
    let steps = list(&given["steps"]).iter().map(|step| {
        for (set, name) in sets.iter_mut().zip(&names) {
            set.available = count(&step["available"][name]);
        }
        let acted = rollout::sync(strategy(given), count(&given["replicas"]), &mut sets, new, true);
        json!({
            "acted_on": match acted {
                Acted::OnNew => "new",
                Acted::OnOld => "old",
                Acted::Nothing => "none",
            },
            "replicas_after": by_name(&names, sets.iter().map(|set| set.replicas)),
        })
    });
    steps.collect()
}

pub(super) fn scale(given: &Value) -> Value {
    let names = names(given);
    let new = names
        .iter()
        .position(|&name| name == "new")
        .expect("a current set");
    let annotation = |value: &Value| value.as_i64().map(|_| count(value));
    let mut sets: Vec<_> = list(&given["replica_sets"])
        .iter()
        .map(|set| ScaledSet {
            created: whole(&set["created_s"]),
            replicas: count(&set["replicas"]),
            available: count(&set["available"]),
            desired: annotation(&set["annotation_desired"]),
            max: annotation(&set["annotation_max"]),
        })
        .collect();
    let reported = count(&given["status_replicas"]);
    proportional::scale(
        strategy(given),
        count(&given["replicas"]),
        reported,
        &mut sets,
        new,
    );
    json!({"replicas": by_name(&names, sets.iter().map(|set| set.replicas))})
}
