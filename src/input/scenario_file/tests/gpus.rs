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
