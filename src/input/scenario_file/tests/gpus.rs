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

/// A machine with these GPUs, and pods that ask for so much of them and use so much.
fn with_gpus(gpu: &str, container: &str) -> Vec<String> {
    messages(&format!(
        "name: x\nduration: 1h\n\
         cluster:\n  pools:\n  - name: a\n    nodes: 1\n    shape:\n      cpu: 16\n      memory: 64Gi\n      gpu: {gpu}\n\
         workloads:\n\
         - name: w\n  \
           serving:\n    \
             demand: {{constant: 1s}}\n    \
             containers: [{{name: m, slots: 1, {container}}}]\n"
    ))
}

#[test]
fn gpus_that_cannot_be_so_are_told_where_they_are_said() {
    let ask = "resources: {limits: {nvidia.com/gpu: 1}}";
    let cut = |mig: &str| {
        with_gpus(
            &format!("{{count: 2, model: A100-40GB, mig: {mig}}}"),
            "resources: {}",
        )
    };
    let shared = |sharing: &str| {
        with_gpus(
            &format!("{{count: 2, model: T4, sharing: {sharing}}}"),
            "resources: {}",
        )
    };
    assert_eq!(with_gpus("{count: 1, model: nvidia-t4}", ask), [""; 0]);
    assert_eq!(
        cut("{strategy: mixed, instances: [1g.5gb, 3g.20gb, 2g.10gb, 1g.5gb]}"),
        [""; 0]
    );
    let refused = [
        with_gpus("{model: T4}", ask),
        with_gpus("{count: 1, model: A100-4GB}", ask),
        with_gpus(
            "{count: 1, model: T4, mig: {strategy: mixed, instances: [1g.5gb]}}",
            ask,
        ),
        cut("{strategy: mixed}"),
        cut("{strategy: mixed, instances: [1g.4gb]}"),
        cut("{strategy: mixed, instances: [3g.20gb, 3g.20gb, 1g.5gb]}"),
        cut("{strategy: single, instances: [4g.20gb, 3g.20gb]}"),
        cut("{strategy: single, config: [{devices: [1], mig-enabled: true, mig-devices: {7g.40gb: 1}}]}"),
        cut("{strategy: mixed, config: [{devices: [2], mig-enabled: true, mig-devices: {7g.40gb: 1}}]}"),
        cut("{strategy: mixed, config: [{devices: all, mig-enabled: true, mig-devices: {2g.10gb: 4}}]}"),
        shared("{timeSlicing: {resources: [{name: nvidia.com/gqu, replicas: 4}]}}"),
        shared("{timeSlicing: {resources: [{name: nvidia.com/gpu, replicas: 1}]}}"),
        shared("{timeSlicing: {resources: [{name: nvidia.com/gpu, replicas: 4, devices: 3}]}}"),
        shared(
            "{timeSlicing: {resources: [{name: nvidia.com/gpu, replicas: 4}]}, mps: {resources: [{name: nvidia.com/gpu, replicas: 4}]}}",
        ),
    ];
    insta::assert_debug_snapshot!(refused);
}

#[test]
fn what_no_gpu_gives_is_told_where_it_is_asked_for() {
    let limits = |limits: &str| format!("resources: {{requests: {{cpu: 1}}, limits: {{{limits}}}}}");
    let turns = |more: &str| {
        format!(
            "{{count: 1, memory: 8Gi, model: x, sharing: {{timeSlicing: {{resources: [{{name: nvidia.com/gpu, replicas: 4}}]{more}}}}}}}"
        )
    };
    assert_eq!(
        with_gpus(&turns(""), &limits("nvidia.com/gpu: 2")),
        [""; 0],
        "allowed, if of no use"
    );
    let refused = [
        with_gpus(
            &turns(", failRequestsGreaterThanOne: true"),
            &limits("nvidia.com/gpu: 2"),
        ),
        with_gpus(&turns(", renameByDefault: true"), &limits("nvidia.com/gpu: 1")),
        with_gpus(
            &turns(""),
            "resources: {requests: {nvidia.com/gpu: 1}, limits: {nvidia.com/gpu: 2}}",
        ),
        with_gpus(
            &turns(""),
            "resources: {requests: {nvidia.com/gpumem: 1000}, limits: {nvidia.com/gpu: 1}}",
        ),
        with_gpus(&turns(""), "usage: {gpu_memory_idle: 1Gi}"),
        with_gpus(
            &turns(""),
            &format!("usage: {{gpu_memory_idle: 9Gi}}, {}", limits("nvidia.com/gpu: 1")),
        ),
        with_gpus(&turns(""), &limits("nvidia.com/gpu: 5")),
    ];
    insta::assert_debug_snapshot!(refused);
}
