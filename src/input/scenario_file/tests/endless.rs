//! Runs that would never end: refused before they begin, at the place that is to blame.

use super::{messages, read, small};
use std::path::Path;

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
    insta::assert_snapshot!(one(&text), @r#"9:16 about 3.2e13 requests would arrive: a run that would never end"#);
    let closed = small("")
        .replace("poisson: {rate: 10/s}", "closed_loop: {users: 100, think: 0s}")
        .replace("40ms", "0s");
    insta::assert_snapshot!(one(&closed), @r#"9:16 endlessly many requests would arrive: a run that would never end"#);
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
        "10:16 about 1.7e11 requests would arrive if every attempt failed: a run that would never end",
        "",
        "",
        "",
        "9:16 about 1.7e11 requests would arrive if every attempt failed: a run that would never end",
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

/// States, laps and intervals that follow one another every nanosecond take for ever even without a request.
#[test]
fn a_load_that_would_change_for_ever_is_refused_where_it_says_how_often() {
    let with = |arrivals: &str| {
        let text = small("").replace("poisson: {rate: 10/s}}", arrivals);
        let refused = read(&text, Path::new(""), &[]).expect_err(arrivals);
        refused.render()
    };
    insta::assert_snapshot!([
        with("bursts: {base: 1/s, peak: 10/s, on: 2ns, off: 1ns}}"),
        with("mmpp: {states: [{rate: 0/s, stay: 1us}, {rate: 5/s, stay: 2us}]}}"),
        with("bursts: {base: 1/s, peak: 10/s, on: 0s, off: 1m}}"),
        with("spike: {base: 0/s, peak: 1M/s, at: 1us, hold: 1ns}}, loop: {every: 20us}"),
    ].join("\n"), @r#"
    error: the states would change about 2.4e12 times in a run of 1h: a run that would never end
     --> x.yaml:9:73
      |
    9 |   - {to: shop, arrivals: {bursts: {base: 1/s, peak: 10/s, on: 2ns, off: 1ns}}}
      |                                                                         ^^^
      = expected stays of at least 3us600ns on average; at most 1e9 changes a run

    error: the states would change about 2.4e9 times in a run of 1h: a run that would never end
     --> x.yaml:9:61
      |
    9 |   - {to: shop, arrivals: {mmpp: {states: [{rate: 0/s, stay: 1us}, {rate: 5/s, stay: 2us}]}}}
      |                                                             ^^^
      = expected stays of at least 3us600ns on average; at most 1e9 changes a run

    error: a mean stay must be longer than zero
     --> x.yaml:9:63
      |
    9 |   - {to: shop, arrivals: {bursts: {base: 1/s, peak: 10/s, on: 0s, off: 1m}}}
      |                                                               ^^
      = write a duration such as `30s`; for one rate alone take `poisson`

    error: this load would start again about 1.8e8 times in a run of 1h: a run that would never end
     --> x.yaml:9:94
      |
    9 |   - {to: shop, arrivals: {spike: {base: 0/s, peak: 1M/s, at: 1us, hold: 1ns}}, loop: {every: 20us}}
      |                                                                                              ^^^^
      = expected at least 36us; at most 1e8 times a run
    "#);
    let sound = |arrivals: &str| messages(&small("").replace("poisson: {rate: 10/s}}", arrivals));
    for arrivals in [
        "bursts: {base: 1/s, peak: 10/s, on: 1ns, off: 1m}}",
        "mmpp: {states: [{rate: 0/s, stay: 4us}, {rate: 5/s, stay: 4us}]}}",
        "poisson: {rate: 1/s}}, loop: {every: 36us}",
    ] {
        assert_eq!(sound(arrivals), [""; 0], "{arrivals}");
    }
}

/// A list of nothing, passed through for ever in steps of a nanosecond, would bring no request and no end.
#[test]
fn an_empty_recording_that_starts_again_for_ever_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("nothing.txt"), "0\n".repeat(1000)).unwrap();
    let with = |interval: &str| {
        let arrivals = format!("number_list: {{file: nothing.txt, interval: {interval}}}}}, loop: at_end");
        let text = small("").replace("poisson: {rate: 10/s}}", &arrivals);
        let refused = read(&text, folder.path(), &[]).err();
        refused.map(|refused| refused.render()).unwrap_or_default()
    };
    insta::assert_snapshot!([with("1ns"), with("1us")].join("\n"), @r#"
    error: this load would start again about 3.6e9 times in a run of 1h: a run that would never end
     --> x.yaml:9:83
      |
    9 |   - {to: shop, arrivals: {number_list: {file: nothing.txt, interval: 1ns}}, loop: at_end}
      |                                                                                   ^^^^^^
      = expected at least 36us; at most 1e8 times a run

    error: an interval would begin about 3.6e9 times in a run of 1h: a run that would never end
     --> x.yaml:9:70
      |
    9 |   - {to: shop, arrivals: {number_list: {file: nothing.txt, interval: 1us}}, loop: at_end}
      |                                                                      ^^^
      = expected at least 3us600ns; at most 1e9 times a run
    "#);
    assert_eq!(with("4us"), "");
}
