//! Graphs of calls that cannot be: told at their places.

use super::{serving, text};
use crate::written;

const LOAD: &str = "{to: a, arrivals: {constant: {rate: 1/s}}}";

#[test]
fn calls_that_go_round_in_a_circle_are_told_with_their_places() {
    let workloads = [
        serving("a", 1, "1s", ", calls: [{to: b}]"),
        serving("b", 1, "1s", ", forward: [{to: c, probability: 50%}]"),
        serving("c", 1, "1s", ", calls: [{parallel: [{to: a}, {to: d}]}]"),
        serving("d", 1, "1s", ", calls: [{to: d}]"),
    ];
    insta::assert_snapshot!(written::refusal(&text(&workloads, LOAD)));
}

#[test]
fn what_nobody_ever_leaves_is_told() {
    let workloads = [
        serving(
            "a",
            1,
            "1s",
            ", forward: [{to: b, probability: 60%}, {to: c, probability: 40%}]",
        ),
        serving("b", 1, "1s", ", forward: [{to: c}]"),
        serving(
            "c",
            1,
            "1s",
            ", forward: [{to: a, probability: 70%}, {to: b, probability: 30%}]",
        ),
        serving(
            "d",
            1,
            "1s",
            ", forward: [{to: d, probability: 70%}, {to: e, probability: 40%}]",
        ),
        serving("e", 1, "1s", ""),
    ];
    insta::assert_snapshot!(written::refusal(&text(&workloads, LOAD)));
}

#[test]
fn names_that_lead_nowhere_and_steps_that_say_two_things_are_told() {
    let workloads = [
        serving(
            "a",
            1,
            "1s",
            ", hold_slot: no, calls: [{to: userz}, {to: users, class: red, timeout: 0s}, {probability: 40%}, {parallel: [{to: users}], optional: true}, {parallel: [{parallel: [{to: users}]}]}, {to: broker}, {to: rest}]",
        ),
        serving(
            "users",
            1,
            "1s",
            ", hold_slot: true, classes: [{name: read}, {name: write}]",
        ),
        serving(
            "broker",
            1,
            "1s",
            ", queue: {shared: true, redelivery: {connection: {}}}",
        ),
        "  - {name: rest, background: true, serving: {containers: [{name: c}]}}\n".to_owned(),
    ];
    insta::assert_snapshot!(written::refusal(&text(&workloads, LOAD)));
}
