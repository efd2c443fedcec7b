//! The `restart-backoff` cases of `queueing.json`, through the kubelet's own back-off.
//!
//! Knows: the cases' parameters (seconds) and how a container that always crashes lives. Must not know: how long a
//! restart waits.

use super::{Case, Verdict, tolerance};
use serde_json::{Map, json};
use tonnage::engine::{Span, Time};
use tonnage::platform::kubernetes::back_off::{BackOff, BackOffRule};

/// A container that runs for `crash_after_s` and crashes, again and again until `horizon_s`.
pub(crate) fn check(case: &Case) -> Verdict {
    let params = &case.value["params"];
    if (params["engine"].as_str(), params["policy"].as_str()) != (Some("kubelet"), Some("always")) {
        return Verdict::NotYetSupported;
    }
    let span = |name: &str| params[name].as_f64().map(Span::from_secs_f64);
    let (Some(initial), Some(max), Some(reset_after)) = (
        span("first_delay_s"),
        span("max_delay_s"),
        span("reset_after_run_s"),
    ) else {
        return Verdict::NotYetSupported;
    };
    let (Some(runs), Some(horizon)) = (span("crash_after_s"), span("horizon_s")) else {
        return Verdict::NotYetSupported;
    };
    let rule = BackOffRule {
        initial,
        max,
        reset_after,
    };
    let (mut back_off, mut started, end) = (BackOff::default(), Time::ZERO, Time::ZERO + horizon);
    let (mut restarts, mut up) = (0_u64, Span::ZERO);
    while started < end {
        let ended = (started + runs).min(end);
        up += ended.since(started);
        started = back_off.restart_at(rule, ended);
        back_off.failed(rule, ended, started);
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
