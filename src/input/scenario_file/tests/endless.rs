//! Runs that would never end: refused before they begin, at the place that is to blame.

use super::{messages, small};

/// The message about the one mistake in `text`.
fn one(text: &str) -> String {
    let all = messages(text);
    assert_eq!(all.len(), 1, "{all:#?}");
    all[0].clone()
}

#[test]
fn a_run_that_would_never_end_is_refused() {
    let text = small("")
        .replace("rate: 10/s", "rate: 1M/s")
        .replace("1h", "365d");
    insta::assert_snapshot!(one(&text), @r#"8:1 about 3.2e13 requests would arrive: a run that would never end"#);
    let closed = small("")
        .replace("poisson: {rate: 10/s}", "closed_loop: {users: 100, think: 0s}")
        .replace("40ms", "0s");
    insta::assert_snapshot!(one(&closed), @r#"8:1 endlessly many requests would arrive: a run that would never end"#);
}

#[test]
fn a_run_that_would_never_end_if_it_went_badly_is_refused() {
    let open = |retry: &str| {
        let text = small("")
            .replace("rate: 10/s", "rate: 100k/s")
            .replace("1h", "1d");
        messages(&text.replace("demand: 40ms", &format!("demand: 40ms\n      retry: {{{retry}}}")))
            .join(" | ")
    };
    let closed = |more: &str| {
        let text = small("").replace("poisson: {rate: 10/s}", "closed_loop: {users: 2000, think: 0s}");
        messages(&text.replace("1h", more)).join(" | ")
    };
    insta::assert_debug_snapshot!([
        open("attempts: 2"),
        open("attempts: 20"),
        open("attempts: 20, budget: 20%"),
        open("attempts: 20, on: []"),
        closed("1h"),
        closed("1d"),
    ], @r#"
    [
        "",
        "9:1 about 1.7e11 requests would arrive if every attempt failed: a run that would never end",
        "",
        "",
        "",
        "8:1 about 1.7e11 requests would arrive if every attempt failed: a run that would never end",
    ]
    "#);
}

/// A policy that decides every nanosecond is as endless as a metric scraped every nanosecond.
#[test]
fn a_policy_that_would_decide_for_ever_is_refused_at_its_interval() {
    let with = |scaler: &str| {
        messages(&small(&format!(
            "policies: {{pod_scaling: {{shop: {{{scaler}}}}}}}\n"
        )))
    };
    insta::assert_debug_snapshot!([
        with("target_tracking: {utilization: 50%, every: 1ns}"),
        with("threshold: {above: 80%, below: 20%, every: 2us}"),
        with("target_tracking: {utilization: 50%, every: 4us}"),
    ], @r#"
    [
        [
            "10:76 1ns is too short an interval for a run of 1h",
        ],
        [
            "10:76 2us is too short an interval for a run of 1h",
        ],
        [],
    ]
    "#);
}
