//! `--set` and variants.

use super::*;
use serde_json::json;

/// The sound document with arguments applied and checked.
fn set(arguments: &[&str]) -> Read {
    let mut read = parsed(SOUND);
    for argument in arguments {
        let tree = read.tree.as_mut().unwrap();
        set_path::set_argument(
            tree,
            &small_schema(),
            &mut read.sources,
            argument,
            Limits::default(),
            &mut read.diagnostics,
        );
    }
    read.check();
    read
}

fn value(read: &Read, path: &str) -> serde_json::Value {
    read.tree.as_ref().unwrap().get(path).unwrap().to_json()
}

#[test]
fn values_are_replaced_and_added() {
    let read = set(&[
        "policies.pod_scaling.shop.target_tracking.utilization=50%",
        "workloads.shop.serving.replicas=8",
        "workloads.1.serving.cpu=250m",
        "policies.pod_scaling.api={target_tracking: {utilization: 0.3}}",
        "prices.\"m5.large\"=0.096",
        "seed=7",
    ]);
    assert_eq!(read.text(), "");
    assert_eq!(
        value(&read, "policies.pod_scaling.shop.target_tracking.utilization"),
        json!("50%")
    );
    assert_eq!(value(&read, "workloads.0.serving.replicas"), json!(8));
    assert_eq!(value(&read, "workloads.api.serving.cpu"), json!("250m"));
    assert_eq!(value(&read, "prices.\"m5.large\""), json!(0.096));
    assert_eq!(value(&read, "seed"), json!(7));
}

/// A scenario that leaves `policies` out has policies all the same: their defaults.
#[test]
fn maps_on_the_way_are_made_where_the_schema_knows_them() {
    let bare = "name: x\nduration: 1h\n";
    let changed = |text: &str, arguments: &[&str]| {
        let mut read = parsed(text);
        for argument in arguments {
            let tree = read.tree.as_mut().unwrap();
            let (schema, limits) = (small_schema(), Limits::default());
            set_path::set_argument(
                tree,
                &schema,
                &mut read.sources,
                argument,
                limits,
                &mut read.diagnostics,
            );
        }
        read.check();
        (read.tree.as_ref().unwrap().to_json(), read.messages())
    };
    let (json, messages) = changed(
        bare,
        &[
            "policies.placement=random",
            "policies.pod_scaling.shop.static.replicas=3",
        ],
    );
    assert_eq!(messages, Vec::<String>::new());
    assert_eq!(
        json["policies"],
        json!({"placement": "random", "pod_scaling": {"shop": {"static": {"replicas": 3}}}})
    );
    for written in [
        "policies:\n",
        "policies: {placement: }\n",
        "policies: {placement: best_fit}\n",
    ] {
        let (json, messages) = changed(
            &format!("{bare}{written}"),
            &["policies.placement.best_fit.weight=3"],
        );
        assert_eq!(messages, Vec::<String>::new(), "{written}");
        assert_eq!(
            json["policies"],
            json!({"placement": {"best_fit": {"weight": 3}}}),
            "{written}"
        );
    }
    let (json, messages) = changed(
        bare,
        &["policies.pod_scaling.shop.statik.replicas=3", "workloads.x.y=1"],
    );
    insta::assert_debug_snapshot!(messages, @r#"
    [
        "1:27 `policies.pod_scaling.shop` has no `statik`",
        "1:1 the document has no `workloads`",
    ]
    "#);
    assert_eq!(
        json,
        json!({"name": "x", "duration": "1h"}),
        "nothing is made on a way that leads nowhere"
    );
}

#[test]
fn mistakes_point_into_the_argument() {
    let read = set(&[
        "policies.pod_scaling.shop.target_tracking.utilisation=50%",
        "workloads.shp.serving.replicas=8",
        "workload.shop.serving.replicas=8",
        "policies.pod_scaling.api.target_tracking.utilization=50%",
        "policies.pod_scalling.api.static.replicas=8",
        "target.names.x=1",
        "workloads.7.serving.replicas=8",
        "workloads.shop.serving.replicas=many",
        "name.x.y=1",
        "duration",
        "a..b=1",
        "prices.\"m5=1",
        "workloads.api.serving.memory={a: [}",
        "workloads.api.serving.arrivals=",
        "workloads.api.serving.cpu=",
    ]);
    insta::assert_snapshot!(read.text(), @r#"
    error: unknown field `utilisation`
     --> --set:1:43
      |
    1 | policies.pod_scaling.shop.target_tracking.utilisation=50%
      |                                           ^^^^^^^^^^^ did you mean `utilization`?
      = expected one of: `utilization`

    error: `workloads` has no `shp`
     --> --set:1:11
      |
    1 | workloads.shp.serving.replicas=8
      |           ^^^ did you mean `shop`?
      = expected one of: `shop`, `api`, or an index from 0 to 1

    error: the document has no `workload`
     --> --set:1:1
      |
    1 | workload.shop.serving.replicas=8
      | ^^^^^^^^ did you mean `workloads`?
      = expected one of: `name`, `duration`, `seed`, `workloads`, `policies`, `prices`, `target`

    error: `policies.pod_scaling.api` has no `target_tracking`
     --> --set:1:26
      |
    1 | policies.pod_scaling.api.target_tracking.utilization=50%
      |                          ^^^^^^^^^^^^^^^
      = it holds `static`, and only one at a time: give `policies.pod_scaling.api` as a whole

    error: `policies` has no `pod_scalling`
     --> --set:1:10
      |
    1 | policies.pod_scalling.api.static.replicas=8
      |          ^^^^^^^^^^^^ did you mean `pod_scaling`?
      = expected one of: `placement`, `pod_scaling`

    error: `target` has no `names`
     --> --set:1:8
      |
    1 | target.names.x=1
      |        ^^^^^
      = expected an index from 0 to 1

    error: `workloads` has no `7`
     --> --set:1:11
      |
    1 | workloads.7.serving.replicas=8
      |           ^
      = expected one of: `shop`, `api`, or an index from 0 to 1

    error: expected a whole number, found the text `many`
     --> --set:1:33
      |
    1 | workloads.shop.serving.replicas=many
      |                                 ^^^^

    error: `name` is the text `shop`, which has nothing below it
     --> --set:1:6
      |
    1 | name.x.y=1
      |      ^

    error: expected `path=value`
     --> --set:1:1
      |
    1 | duration
      | ^^^^^^^^
      = for example `--set workloads.shop.serving.replicas=8`

    error: a part of the path is empty
     --> --set:1:3
      |
    1 | a..b=1
      |   ^
      = a path is keys joined by dots; quote a key that contains a dot

    error: expected `path=value`
     --> --set:1:1
      |
    1 | prices."m5=1
      | ^^^^^^^^^^^^
      = for example `--set workloads.shop.serving.replicas=8`

    error: a value is missing here
     --> --set:1:35
      |
    1 | workloads.api.serving.memory={a: [}
      |                                   ^
      = write the value, or `null`

    error: expected CPU such as `500m`, `0.5` or `2`, found nothing
     --> --set:1:26
      |
    1 | workloads.api.serving.cpu=
      |                          ^
    "#);
}

#[test]
fn variants_keep_their_places_in_the_file() {
    let mut read = parsed(SOUND);
    let variant = "eager:\n  policies.pod_scaling.shop.target_tracking.utilization: 70\n  workloads.shop.servng.cpu: 1\n";
    let id = read.sources.add("variants.yaml", variant);
    let variants = parse(&read.sources, id, Limits::default(), &mut read.diagnostics).unwrap();
    let tree = read.tree.as_mut().unwrap();
    let eager = &variants.entry("eager").unwrap().value;
    set_path::set_all(
        tree,
        &small_schema(),
        eager,
        Limits::default(),
        &mut read.diagnostics,
    );
    read.check();
    insta::assert_snapshot!(read.text(), @"
    error: `70` is more than the whole
     --> variants.yaml:2:58
      |
    2 |   policies.pod_scaling.shop.target_tracking.utilization: 70
      |                                                          ^^ did you mean `70%`?
      = expected a ratio such as `70%` or `0.7`

    error: `workloads.shop` has no `servng`
     --> variants.yaml:3:18
      |
    3 |   workloads.shop.servng.cpu: 1
      |                  ^^^^^^ did you mean `serving`?
      = expected one of: `name`, `serving`
    ");
}

#[test]
fn overrides_cannot_nest_without_end() {
    let mut read = parsed("a: {}\n");
    let tree = read.tree.as_mut().unwrap();
    let mut path = "a".to_owned();
    for _ in 0..100 {
        path.push_str(".a");
        let argument = format!("{path}={{}}");
        set_path::set_argument(
            tree,
            &small_schema(),
            &mut read.sources,
            &argument,
            Limits::default(),
            &mut read.diagnostics,
        );
    }
    assert!(tree.height() <= 65);
    assert!(read.diagnostics.has_errors());
}
