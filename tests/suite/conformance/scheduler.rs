//! `scheduler.json`: what the real kube-scheduler said of every node, how it scored those that took the pod, and whom
//! it would have pushed out; against [`KubeScheduler`], which places pods in simulations.
//!
//! Knows: the file's fields and what to compare. Must not know: any plugin. How a case becomes a cluster is in
//! `cluster`.

pub(super) mod cluster;

use super::{Case, Mismatch, Verdict};
use cluster::Given;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use tonnage::engine::{StreamKey, Time};
use tonnage::policy::placement::kube_scheduler::{Evaluation, KubeScheduler, Scores, preemption};
use tonnage::policy::placement::{Incoming, Placement, Placer};

/// How often ties are drawn: enough that every tied node comes up.
const DRAWS: u64 = 60;
/// How far the last place of a total of doubles may be off, relatively.
const REL_TOL: f64 = 1e-12;

/// Evaluates the pod on every node, places it, and asks whom it would push out.
pub(crate) fn check(case: &Case) -> Verdict {
    let given = match Given::read(case.value) {
        Ok(given) => given,
        Err(kind) if kind.is_empty() => return Verdict::NotYetSupported,
        Err(problem) => panic!("{problem}"),
    };
    let pod = Incoming::any_of(&given.pod, Time::ZERO);
    let evaluation = given.scheduler.evaluate(&given.cluster, &pod);
    let mut found = Comparison::default();
    found.nodes(case.value, &given, &evaluation);
    found.best(case.value, &given, &evaluation.scores);
    found.placements(case.value, &given, &pod);
    if let Some(expected) = case.value.get("preemption") {
        found.preemption(expected, &given, &pod);
    }
    if found.0.is_empty() {
        Verdict::Pass
    } else {
        Verdict::Fail(found.0)
    }
}

#[derive(Default)]
struct Comparison(Vec<Mismatch>);

impl Comparison {
    fn equal<T: PartialEq + std::fmt::Debug>(&mut self, what: String, expected: &T, actual: &T) {
        if expected != actual {
            self.0.push(Mismatch {
                what,
                expected: format!("{expected:?}"),
                actual: format!("{actual:?}"),
            });
        }
    }

    /// Every node's verdict, and the scores of those that take the pod.
    fn nodes(&mut self, case: &Value, given: &Given, evaluation: &Evaluation) {
        for (place, expected) in list(&case["result"]).iter().enumerate() {
            let name = given.name(place);
            let refused = evaluation.diagnosis.refused.iter();
            let mut status = refused
                .filter(|(known, _)| *known == place)
                .map(|(_, status)| status);
            let actual = match (place_in(&evaluation.scores, place), status.next()) {
                (Some(_), _) => ("feasible".to_owned(), String::new(), Vec::new()),
                (None, Some(status)) => (
                    status.plugin.name().to_owned(),
                    status.code.name().to_owned(),
                    status.reasons.iter().map(ToString::to_string).collect(),
                ),
                (None, None) => (String::new(), "prefilter_node_names".to_owned(), Vec::new()),
            };
            let expected_verdict = if expected["feasible"] == true {
                ("feasible".to_owned(), String::new(), Vec::new())
            } else {
                (
                    text(&expected["failed_plugin"]),
                    text(&expected["code"]),
                    texts(&expected["reasons"]),
                )
            };
            self.equal(name.clone(), &expected_verdict, &actual);
            let Some(column) = place_in(&evaluation.scores, place) else {
                continue;
            };
            let scores: BTreeMap<String, i64> = evaluation
                .scores
                .plugins
                .iter()
                .map(|(plugin, scores)| (plugin.name().to_owned(), scores[column]))
                .collect();
            let expected_scores: BTreeMap<String, i64> = expected["scores"]
                .as_object()
                .into_iter()
                .flatten()
                .map(|(plugin, score)| (plugin.clone(), score.as_i64().expect("a score")))
                .collect();
            self.equal(format!("{name}.scores"), &expected_scores, &scores);
            let (total, expected) = (
                evaluation.scores.totals[column] as f64,
                expected["total"].as_f64().expect("a total"),
            );
            if (total - expected).abs() > REL_TOL * expected.abs() {
                self.equal(format!("{name}.total"), &expected, &total);
            }
        }
    }

    fn best(&mut self, case: &Value, given: &Given, scores: &Scores) {
        let best: BTreeSet<String> = scores.best().into_iter().map(|place| given.name(place)).collect();
        let expected: BTreeSet<String> = texts(&case["best_nodes"]).into_iter().collect();
        self.equal("best_nodes".to_owned(), &expected, &best);
    }

    /// What the placer does: it binds the pod to one of the best nodes, whichever draw, or to none.
    fn placements(&mut self, case: &Value, given: &Given, pod: &Incoming<'_>) {
        let expected: BTreeSet<String> = texts(&case["best_nodes"]).into_iter().collect();
        let mut bound = BTreeSet::new();
        for draw in 0..DRAWS {
            let mut stream = StreamKey::new(draw, 0).stream("placement");
            match given.scheduler.clone().place(&given.cluster, pod, &mut stream) {
                Placement::Bind { place, .. } => drop(bound.insert(given.name(place))),
                Placement::Wait(_) => {}
            }
        }
        self.equal("placements".to_owned(), &expected, &bound);
    }

    fn preemption(&mut self, expected: &Value, given: &Given, pod: &Incoming<'_>) {
        let (eligible, candidates) = given.scheduler.preemption_candidates(&given.cluster, pod);
        self.equal(
            "eligible".to_owned(),
            &expected["eligible"].as_bool().expect("yes or no"),
            &eligible,
        );
        let said: BTreeMap<String, (Vec<String>, u64)> = candidates
            .iter()
            .map(|candidate| {
                let victims = candidate.victims.iter().map(|(_, pod)| given.pod_name(pod));
                (
                    given.name(candidate.place),
                    (victims.collect(), candidate.violations as u64),
                )
            })
            .collect();
        let recorded: BTreeMap<String, (Vec<String>, u64)> = list(&expected["candidates"])
            .iter()
            .map(|candidate| {
                let violations = candidate["pdb_violations"].as_u64().expect("a number");
                (
                    text(&candidate["node"]),
                    (texts(&candidate["victims"]), violations),
                )
            })
            .collect();
        self.equal("candidates".to_owned(), &recorded, &said);
        let chosen: BTreeSet<String> = texts(&expected["chosen_nodes"]).into_iter().collect();
        let best: BTreeSet<String> = preemption::best(&candidates)
            .into_iter()
            .map(|index| given.name(candidates[index].place))
            .collect();
        self.equal("chosen_nodes".to_owned(), &chosen, &best);
        let mut drawn = BTreeSet::new();
        for draw in 0..DRAWS {
            let mut stream = StreamKey::new(draw, 0).stream("placement");
            let mut scheduler: KubeScheduler = given.scheduler.clone();
            if let Ok(preemption) = scheduler.preempt(&given.cluster, pod, &mut stream) {
                drawn.insert(given.name(preemption.place));
            }
        }
        self.equal("preemptions".to_owned(), &chosen, &drawn);
    }
}

fn place_in(scores: &Scores, place: usize) -> Option<usize> {
    scores.places.iter().position(|&known| known == place)
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn texts(value: &Value) -> Vec<String> {
    list(value).iter().map(text).collect()
}
