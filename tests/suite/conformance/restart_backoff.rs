//! The `restart-backoff` cases of `queueing.json`, through each platform's own rule.
//!
//! Knows: the cases' parameters (seconds) and how a container that ends again and again lives. Must not know: how long a
//! restart waits.

use super::{Case, Verdict, tolerance};
use serde_json::{Map, Value, json};
use tonnage::engine::{Span, Time};
use tonnage::platform::docker::restart as docker;
use tonnage::platform::kubernetes::back_off::{BackOff, BackOffRule};
use tonnage::platform::swarm::restart as swarm;

/// The exit code of a container of which a case says no more than that it crashes.
const CRASHED: i64 = 1;

/// A container that runs for `crash_after_s` and ends, again and again until `horizon_s`.
pub(crate) fn check(case: &Case) -> Verdict {
    let params = &case.value["params"];
    let span = |name: &str| params[name].as_f64().map(Span::from_secs_f64);
    let (Some(runs), Some(horizon)) = (span("crash_after_s"), span("horizon_s")) else {
        return Verdict::NotYetSupported;
    };
    let Some(mut again) = restarts_of(params, runs) else {
        return Verdict::NotYetSupported;
    };
    let (mut started, end) = (Time::ZERO, Time::ZERO + horizon);
    let (mut restarts, mut up) = (0_u64, Span::ZERO);
    while started < end {
        let ended = (started + runs).min(end);
        up += ended.since(started);
        let Some(next) = again(ended) else { break };
        started = next;
        restarts += u64::from(started < end);
    }
    let measured = [
        ("restarts".to_owned(), json!(restarts)),
        (
            "availability".to_owned(),
            json!(up.secs_f64() / horizon.secs_f64()),
        ),
    ];
    tolerance::compare(case.value, &Map::from_iter(measured))
}

/// When a container that ended at some time starts again.
type Again = Box<dyn FnMut(Time) -> Option<Time>>;

/// The rule of a case, whose container runs for `runs`; nothing if it says less, more or something else.
fn restarts_of(params: &Value, runs: Span) -> Option<Again> {
    let known = [
        "engine",
        "policy",
        "first_delay_s",
        "max_delay_s",
        "reset_after_run_s",
        "crash_after_s",
        "horizon_s",
        "exit_code",
        "max_attempts",
        "window_s",
        "note",
    ];
    if !params
        .as_object()?
        .keys()
        .all(|name| known.contains(&name.as_str()))
    {
        return None;
    }
    let span = |name: &str| params[name].as_f64().map(Span::from_secs_f64);
    let code = params["exit_code"].as_i64().unwrap_or(CRASHED);
    let attempts = params["max_attempts"].as_u64().unwrap_or(0);
    let policy = params["policy"].as_str()?.to_ascii_lowercase();
    match params["engine"].as_str()? {
        "kubelet" => {
            let restarts = match policy.as_str() {
                "always" => true,
                "onfailure" | "on-failure" => code != 0,
                "never" => false,
                _ => return None,
            };
            let rule = BackOffRule {
                initial: span("first_delay_s")?,
                max: span("max_delay_s")?,
                reset_after: span("reset_after_run_s")?,
            };
            let mut back_off = BackOff::default();
            Some(Box::new(move |ended| {
                let at = back_off.restart_at(rule, ended);
                back_off.failed(rule, ended, at);
                restarts.then_some(at)
            }))
        }
        "docker" => {
            let rule = docker::RestartRule {
                initial: span("first_delay_s")?,
                max: span("max_delay_s")?,
                reset_after: span("reset_after_run_s")?,
            };
            let policy = match docker::RestartPolicy::parse(&policy).ok()? {
                docker::RestartPolicy::OnFailure { retries_max: 0 } => docker::RestartPolicy::OnFailure {
                    retries_max: u32::try_from(attempts).ok()?,
                },
                policy => policy,
            };
            let exit = docker::Exit {
                ran: runs,
                code: i32::try_from(code).ok()?,
                by_hand: false,
            };
            let mut manager = docker::RestartManager::default();
            Some(Box::new(move |ended| {
                manager.ended(rule, policy, exit).map(|wait| ended + wait)
            }))
        }
        "swarm" => {
            let policy = swarm::RestartPolicy {
                condition: match policy.as_str() {
                    "always" | "any" => swarm::Condition::Any,
                    "on-failure" => swarm::Condition::OnFailure,
                    "none" | "no" => swarm::Condition::None,
                    _ => return None,
                },
                delay: span("first_delay_s")?,
                attempts_max: attempts,
                window: span("window_s").unwrap_or_default(),
            };
            let mut history = swarm::RestartHistory::default();
            Some(Box::new(move |ended| {
                history.ended(&policy, ended, code != 0).map(|wait| ended + wait)
            }))
        }
        _ => None,
    }
}

mod tests {
    use super::{Case, Verdict, check};
    use serde_json::{Value, json};

    fn passes(params: &Value, expect: &Value) -> bool {
        let value = json!({"id": "a", "params": params, "expect": expect, "rel_tol": 0.0});
        let case = Case {
            list: "cases",
            id: "a".to_owned(),
            value: &value,
        };
        matches!(check(&case), Verdict::Pass)
    }

    /// Policies other than `always`, and what each engine does with a crash after a second.
    #[test]
    fn engines_and_policies_restart_as_often_as_they_should() {
        let docker = |policy: &str| {
            json!({"engine": "docker", "first_delay_s": 0.1, "max_delay_s": 60, "reset_after_run_s": 10,
                "crash_after_s": 1, "horizon_s": 60, "policy": policy})
        };
        assert!(passes(
            &docker("no"),
            &json!({"restarts": 0, "availability": 1.0 / 60.0})
        ));
        assert!(passes(
            &docker("on-failure:3"),
            &json!({"restarts": 3, "availability": 4.0 / 60.0})
        ));
        // Ends at 1, 2.1, 3.3, 4.7, 6.5, 9.1, 13.3, 20.7, 34.5; the next start would be at 60.1.
        assert!(passes(
            &docker("unless-stopped"),
            &json!({"restarts": 8, "availability": 9.0 / 60.0})
        ));
        let swarm = json!({"engine": "swarm", "first_delay_s": 5, "max_delay_s": 5, "reset_after_run_s": null,
            "crash_after_s": 20, "horizon_s": 3600, "policy": "any"});
        assert!(passes(&swarm, &json!({"restarts": 143, "availability": 0.8})));
    }
}
