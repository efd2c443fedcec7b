//! Shares of GPUs: what is told before the run that could never work.

use super::messages;

/// A service with a share of a GPU on machines with two.
fn shared(share: &str, requests: &str, extended: &str, policies: &str) -> Vec<String> {
    messages(&format!(
        "name: x\nduration: 1h\n\
         cluster: {{pools: [{{name: a, shape: {{cpu: 16, memory: 64Gi, extended: {{{extended}}}}}, nodes: 1}}]}}\n\
         workloads:\n\
         - name: chat\n  \
           serving:\n    \
             gpu_share: {share}\n    \
             demand: {{constant: 1s}}\n    \
             containers: [{{name: m, slots: 1, resources: {{requests: {{cpu: 1, memory: 1Gi{requests}}}}}}}]\n\
         load: [{{to: chat, arrivals: {{poisson: {{rate: 1/s}}}}}}]\n\
         policies: {{{policies}}}\n"
    ))
}

const TWO: &str = "nvidia.com/gpu: 2";

#[test]
fn a_share_that_nobody_could_give_is_told_where_it_is_asked_for() {
    assert_eq!(shared("500m", "", TWO, "placement: fgd"), [""; 0]);
    let refused = [
        shared("1", "", TWO, "placement: fgd"),
        shared("0", "", TWO, "placement: fgd"),
        shared("500m", ", nvidia.com/gpu: 1", TWO, "placement: fgd"),
        shared("500m", "", "", "placement: fgd"),
        shared("500m", "", "nvidia.com/gpu: 65", "placement: fgd"),
        shared("500m", "", TWO, "placement: kube_scheduler"),
        shared(
            "500m",
            "",
            TWO,
            "placement: fgd, node_scaling: {cluster_autoscaler: {}}",
        ),
    ];
    insta::assert_debug_snapshot!(refused, @r#"
    [
        [
            "7:16 a share of a GPU is from 1m to 999m",
        ],
        [
            "7:16 a share of a GPU is from 1m to 999m",
        ],
        [
            "7:16 a pod has a share of one GPU or whole ones; its container `m` asks for whole ones",
        ],
        [
            "7:16 no node has GPUs that can be shared",
        ],
        [
            "7:16 no node has GPUs that can be shared",
        ],
        [
            "11:12 `kube_scheduler` knows whole GPUs only, as the real one does",
        ],
        [
            "11:28 `cluster_autoscaler` knows whole GPUs only, as the real one does",
        ],
    ]
    "#);
}

/// What is said of a machine with these GPUs, and pods with such a container.
fn with_gpus(gpu: &str, container: &str) -> Vec<String> {
    messages(&format!(
        "name: x\nduration: 1h\n\
         cluster:\n  pools:\n  - name: a\n    nodes: 1\n    shape:\n      cpu: 16\n      memory: 64Gi\n      gpu: {gpu}\n\
         workloads:\n\
         - name: w\n  \
           serving:\n    \
             demand: {{constant: 1s}}\n    \
             containers: [{{name: m, slots: 1, {container}}}]\n\
         load: [{{to: w, arrivals: {{poisson: {{rate: 1/s}}}}}}]\n"
    ))
}

/// Asserts that of each case one thing is said, which has these words and stands on this line.
fn refused(line: u32, cases: &[(String, String, &str)]) {
    for (gpu, container, words) in cases {
        let said = with_gpus(gpu, container);
        let [one] = &said[..] else {
            panic!("{gpu} {container}: {said:#?}");
        };
        assert!(
            one.starts_with(&format!("{line}:")) && one.contains(words),
            "{one}"
        );
    }
}

#[test]
fn gpus_that_cannot_be_so_are_told_where_they_are_said() {
    let ask = "resources: {limits: {nvidia.com/gpu: 1}}";
    assert_eq!(with_gpus("{count: 1, model: nvidia-t4}", ask), [""; 0]);
    let mixed =
        "{count: 2, model: A100-40GB, mig: {strategy: mixed, instances: [1g.5gb, 3g.20gb, 2g.10gb, 1g.5gb]}}";
    assert_eq!(with_gpus(mixed, "resources: {}"), [""; 0]);
    let plain = |gpu: &str, words| (gpu.to_owned(), ask.to_owned(), words);
    let cut = |mig: &str, words| {
        let gpu = format!("{{count: 2, model: A100-40GB, mig: {{strategy: {mig}}}}}");
        (gpu, "resources: {}".to_owned(), words)
    };
    let shared = |sharing: &str, words| {
        let gpu = format!("{{count: 2, model: T4, sharing: {{{sharing}}}}}");
        (gpu, "resources: {}".to_owned(), words)
    };
    let config = |gpu: &str, devices: &str| {
        format!("mixed, config: [{{devices: {gpu}, mig-enabled: true, mig-devices: {{{devices}}}}}]")
    };
    let turns = |more: &str| format!("timeSlicing: {{resources: [{{name: nvidia.com/gpu, {more}}}]}}");
    refused(
        10,
        &[
            plain("{model: T4}", "missing field `count`"),
            plain("{count: 1, model: A100-4GB}", "unknown GPU `A100-4GB`"),
            plain(
                "{count: 1, model: T4, mig: {strategy: mixed, instances: [1g.5gb]}}",
                "the T4 cannot be cut into instances",
            ),
            cut("mixed", "expected either `instances` or `config`"),
            cut("mixed, instances: [1g.4gb]", "this GPU has no profile `1g.4gb`"),
            cut(
                "mixed, instances: [3g.20gb, 3g.20gb, 1g.5gb]",
                "no GPU of this kind has room for all of these instances",
            ),
            cut(
                "single, instances: [4g.20gb, 3g.20gb]",
                "with `single`, all instances are of one profile",
            ),
            cut(
                &config("[1]", "7g.40gb: 1").replace("mixed", "single"),
                "with `single`, all GPUs of a machine are cut or none is",
            ),
            cut(&config("[2]", "7g.40gb: 1"), "there are not so many"),
            cut(
                &config("all", "2g.10gb: 4"),
                "has room for all of these instances",
            ),
            shared(
                &turns("replicas: 4").replace("gpu,", "gqu,"),
                "no GPU here is offered as `nvidia.com/gqu`",
            ),
            shared(&turns("replicas: 1"), "expected at least 2"),
            shared(&turns("replicas: 4, devices: 3"), "there are not so many"),
            shared(
                &format!(
                    "{0}, mps: {{resources: [{{name: nvidia.com/gpu, replicas: 4}}]}}",
                    turns("replicas: 4")
                ),
                "GPUs are shared in one way: `timeSlicing` or `mps`",
            ),
        ],
    );
}

#[test]
fn what_no_gpu_gives_is_told_where_it_is_asked_for() {
    let limits = |limits: &str| format!("resources: {{requests: {{cpu: 1}}, limits: {{{limits}}}}}");
    let turns = |more: &str| {
        format!(
            "{{count: 1, memory: 8Gi, model: x, sharing: {{timeSlicing: {{resources: [{{name: nvidia.com/gpu, replicas: 4}}]{more}}}}}}}"
        )
    };
    let two = limits("nvidia.com/gpu: 2");
    assert_eq!(with_gpus(&turns(""), &two), [""; 0], "allowed, if of no use");
    let one = limits("nvidia.com/gpu: 1");
    refused(
        15,
        &[
            (
                turns(", failRequestsGreaterThanOne: true"),
                two,
                "asks for 2 nvidia.com/gpu, and no more than 1 is given",
            ),
            (
                turns(", renameByDefault: true"),
                one.clone(),
                "reserves nvidia.com/gpu 1, more than any node has",
            ),
            (
                turns(""),
                "resources: {requests: {nvidia.com/gpu: 1}, limits: {nvidia.com/gpu: 2}}".to_owned(),
                "asks for 1 nvidia.com/gpu and may use 2: both must be equal",
            ),
            (
                turns(""),
                "resources: {requests: {nvidia.com/gpumem: 1000}, limits: {nvidia.com/gpu: 1}}".to_owned(),
                "`nvidia.com/gpumem` is a limit only",
            ),
            (
                turns(""),
                "usage: {gpu_memory_idle: 1Gi}".to_owned(),
                "use memory of a GPU and ask for none",
            ),
            (
                turns(""),
                format!("usage: {{gpu_memory_idle: 9Gi}}, {one}"),
                "more than the 8Gi of GPU memory",
            ),
        ],
    );
}
