//! GPUs that are cut or shared: how fast pods go on parts of them, and what comes of too little memory.

use crate::kept_rows::{self, Rows};
use crate::written;
use tonnage::engine::Span;
use tonnage::sim::Outcome;
use tonnage::sim::rows::GpuRow;

fn run(text: &str) -> (Outcome, Rows) {
    kept_rows::run(written::scenario(text), Span::from_secs(7))
}

/// One machine with these GPUs; `pods` are workloads, `load` what arrives.
fn text(gpu: &str, pods: &str, load: &str) -> String {
    format!(
        "name: probe\nduration: 1h\n\
         cluster: {{pools: [{{name: gpus, shape: {{cpu: 32, memory: 128Gi, gpu: {gpu}}}, nodes: 1}}]}}\n\
         workloads:\n{pods}load:\n{load}"
    )
}

/// A workload of `replicas` with one slot, each with one unit of `resource`.
fn pods(name: &str, replicas: u32, resource: &str, more: &str) -> String {
    format!(
        "- {{name: {name}, serving: {{replicas: {replicas}, demand: 1s, \
         containers: [{{name: m, slots: 1, {more} resources: {{requests: {{cpu: 1, memory: 1Gi}}, limits: {{{resource}: 1}}}}}}]}}}}\n"
    )
}

/// So much that it never ends, for each of these.
fn swamp(names: &[&str]) -> String {
    let each = names
        .iter()
        .map(|name| format!("- {{to: {name}, arrivals: {{constant: {{rate: 20/s}}}}}}\n"));
    each.collect()
}

fn served(outcome: &Outcome, name: &str) -> u64 {
    let mut all = outcome.workloads.iter();
    let found = all.find(|workload| workload.name == name).expect("it is there");
    found.requests.succeeded
}

/// Were a slice as fast as the whole, it would be free of charge.
#[test]
fn a_slice_serves_its_part_of_what_a_whole_gpu_does() {
    let gpu = "{count: 2, model: A100-40GB, mig: {strategy: mixed, config: [{devices: [1], mig-enabled: true, \
               mig-devices: {1g.5gb: 2, 2g.10gb: 1, 3g.20gb: 1}}]}}";
    let all = [
        pods("whole", 1, "nvidia.com/gpu", ""),
        pods("one", 1, "nvidia.com/mig-1g.5gb", ""),
        pods("two", 1, "nvidia.com/mig-2g.10gb", ""),
        pods("three", 1, "nvidia.com/mig-3g.20gb", ""),
    ];
    let (outcome, rows) = run(&text(
        gpu,
        &all.concat(),
        &swamp(&["whole", "one", "two", "three"]),
    ));
    assert_eq!(served(&outcome, "whole"), 3599, "the first comes after 50 ms");
    for (name, slices) in [("one", 1), ("two", 2), ("three", 3)] {
        let exact = 3600 * slices / 7;
        assert!(
            served(&outcome, name).abs_diff(exact) <= 1,
            "{name}: {}",
            served(&outcome, name)
        );
    }
    assert_eq!(rows.gpus.len(), 5, "the instance nobody has is told of too");
    let used: f64 = rows
        .gpus
        .iter()
        .filter(|row| row.gpu == 1)
        .map(|row| row.used)
        .sum();
    assert!((used - 6.0 / 7.0).abs() < 0.01, "{used}");
    let memory: Vec<_> = rows.gpus.iter().filter_map(|row| row.memory_bytes).collect();
    assert!(memory.windows(2).all(|pair| pair[0] != 0) && memory.len() == 5);
}

/// With `single`, slices are asked for as GPUs, as by those who know nothing of them.
#[test]
fn with_the_single_strategy_slices_are_gpus() {
    let gpu =
        "{count: 1, model: A30-24GB, mig: {strategy: single, instances: [1g.6gb, 1g.6gb, 1g.6gb, 1g.6gb]}}";
    let (outcome, rows) = run(&text(gpu, &pods("w", 4, "nvidia.com/gpu", ""), &swamp(&["w"])));
    assert!(
        served(&outcome, "w").abs_diff(3600) <= 4,
        "four quarters: {}",
        served(&outcome, "w")
    );
    let starts: Vec<&str> = rows.gpus.iter().map(|row| row.part.as_str()).collect();
    assert_eq!(starts, ["0/1g.6gb@0", "0/1g.6gb@1", "0/1g.6gb@2", "0/1g.6gb@3"]);
    assert!(rows.gpus.iter().all(|row| (row.held - 1.0).abs() < 1e-9));
}

/// Were turns not taken among those at work alone, or not equal, `k` of them would do more or less than one.
#[test]
fn as_many_as_always_have_work_do_what_one_does() {
    for k in [1, 2, 3, 7] {
        let gpu = "{count: 1, model: T4, sharing: {timeSlicing: {resources: [{name: nvidia.com/gpu, replicas: 8}]}}}";
        let names = ["busy", "rests"];
        let all = [
            pods("busy", k, "nvidia.com/gpu", ""),
            pods("rests", 1, "nvidia.com/gpu", ""),
        ];
        let load = swamp(&names[..1]);
        let (outcome, rows) = run(&text(
            gpu,
            &all.concat(),
            &format!("{load}- {{to: rests, arrivals: {{constant: {{rate: 1/h}}}}}}\n"),
        ));
        let done = served(&outcome, "busy");
        assert!(done.abs_diff(3600) <= 15, "{k} do {done}");
        let [gpu] = &rows.gpus[..] else {
            panic!("one GPU: {:?}", rows.gpus)
        };
        assert!(
            gpu.used > 0.995 && (gpu.held - f64::from(k + 1) / 8.0).abs() < 1e-9,
            "{gpu:?}"
        );
    }
}

/// Two pods with Poisson arrivals and exponential demands that share one server equally while both have work are, together,
/// one server: the number in the system is that of M/M/1, and so is the mean time in it (work conservation and memoryless
/// demands). Speeds that are set a few times in a request's time come near to it.
#[test]
fn two_in_turns_are_nearly_one_server() {
    let gpu = "{count: 1, model: T4, sharing: {timeSlicing: {renameByDefault: true, \
               resources: [{name: nvidia.com/gpu, replicas: 2}]}}}";
    let all = ["a", "b"].map(|name| {
        pods(name, 1, "nvidia.com/gpu.shared", "").replace("demand: 1s", "demand: {exponential: {mean: 2s}}")
    });
    let load = ["a", "b"].map(|name| format!("- {{to: {name}, arrivals: {{poisson: {{rate: 630/h}}}}}}\n"));
    let long = text(gpu, &all.concat(), &load.concat()).replace("duration: 1h", "duration: 60h");
    let scenario = written::scenario(&long);
    let outcome = crate::scenarios::run_to_the_end(scenario);
    let mean = outcome
        .workloads
        .iter()
        .map(|workload| workload.latency.mean)
        .sum::<f64>()
        / 2.0;
    let load = 2.0 * 630.0 / 3600.0 * 2.0;
    let exact = 2.0 / (1.0 - load);
    assert!((mean / exact - 1.0).abs() < 0.08, "{mean} s, of M/M/1 {exact} s");
}

/// MPS keeps threads apart whether or not others use theirs.
#[test]
fn with_mps_each_has_its_part_of_threads_and_memory() {
    let gpu = "{count: 1, memory: 16Gi, model: mine, sharing: {mps: {resources: [{name: nvidia.com/gpu, replicas: 4}]}}}";
    let small = "usage: {gpu_memory_idle: 4Gi},";
    let (outcome, _) = run(&text(gpu, &pods("w", 1, "nvidia.com/gpu", small), &swamp(&["w"])));
    assert!(
        served(&outcome, "w").abs_diff(900) <= 1,
        "{}",
        served(&outcome, "w")
    );
    assert_eq!(
        outcome.workloads[0].restarts.total(),
        0,
        "a quarter is just enough"
    );
    let large = "usage: {gpu_memory_idle: 4097Mi},";
    let (outcome, rows) = run(&text(gpu, &pods("w", 1, "nvidia.com/gpu", large), &swamp(&["w"])));
    assert_eq!(served(&outcome, "w"), 0);
    assert!(
        outcome.workloads[0].restarts.gpu_memory > 5,
        "{:?}",
        outcome.workloads[0].restarts
    );
    assert!(rows.gpus[0].out_of_memory > 5);
}

/// Without isolation who asks last fails: its containers, not those of the others.
#[test]
fn in_turns_memory_runs_out_at_the_sum() {
    let gpu = "{count: 1, memory: 10Gi, model: mine, sharing: {timeSlicing: {resources: [{name: nvidia.com/gpu, replicas: 4}]}}}";
    let two = |idle: &str| {
        let usage = format!("usage: {{gpu_memory_idle: {idle}}},");
        let first = pods("first", 1, "nvidia.com/gpu", "usage: {gpu_memory_idle: 6Gi},");
        let last = pods("last", 1, "nvidia.com/gpu", &usage);
        run(&text(gpu, &(first + &last), &swamp(&["first", "last"])))
    };
    let (fits, rows) = two("4Gi");
    assert_eq!(fits.cluster.gpus[0].out_of_memory, 0);
    assert_eq!(rows.gpus[0].memory_max_bytes, 10 << 30, "all of it");
    let (over, rows) = two("4097Mi");
    let [first, last] = &over.workloads[..] else {
        panic!("two")
    };
    assert_eq!((first.restarts.total(), served(&over, "last")), (0, 0));
    assert!(last.restarts.gpu_memory > 5 && last.restarts.gpu_memory == last.restarts.total());
    let end = rows.of("restart", "restart").next().expect("it is started again");
    assert_eq!(
        (end.reason_code, end.reason.as_str()),
        (
            "gpu_out_of_memory",
            "its container ran out of GPU memory: it starts again at once"
        )
    );
    assert_eq!(
        rows.gpus[0].memory_max_bytes,
        6 << 30,
        "what was refused is not held"
    );
}

/// A slot's memory is asked for when it is first used, and kept.
#[test]
fn memory_for_slots_is_taken_as_they_are_used_and_never_given_back() {
    let gpu = "{count: 1, memory: 10Gi, model: mine, sharing: {timeSlicing: {resources: [{name: nvidia.com/gpu, replicas: 4}]}}}";
    let grows = "usage: {gpu_memory_idle: 1Gi, gpu_memory_per_slot: 1Gi},";
    let slots = |text: String, slots: u32| text.replace("slots: 1", &format!("slots: {slots}"));
    let burst = "- {to: a, arrivals: {spike: {base: 1/min, peak: 20/s, at: 10m, rise: 1s, hold: 1m}}}\n";
    let one = slots(pods("a", 1, "nvidia.com/gpu", grows), 8);
    let (outcome, rows) = run(&text(gpu, &one, burst));
    assert_eq!(outcome.workloads[0].restarts.total(), 0);
    assert_eq!(
        rows.gpus[0].memory_max_bytes,
        9 << 30,
        "eight slots and what it needs anyway"
    );
    assert!(
        rows.gpus[0].memory_mean_bytes > 7.5 * f64::from(1 << 30),
        "kept after the burst"
    );
    // A second one holds 4 GiB: the sixth slot of the first finds none.
    let both = one + &pods("b", 1, "nvidia.com/gpu", "usage: {gpu_memory_idle: 4Gi},");
    let load = format!("{burst}- {{to: b, arrivals: {{constant: {{rate: 1/min}}}}}}\n");
    let (outcome, _) = run(&text(gpu, &both, &load));
    let [a, b] = &outcome.workloads[..] else {
        panic!("two")
    };
    assert!(
        a.restarts.gpu_memory > 0 && b.restarts.total() == 0,
        "{:?}",
        a.restarts
    );
    assert_eq!(
        a.requests.lost % 6,
        0,
        "each takes six requests with it: {:?}",
        a.requests
    );
}

/// What a container may use is its own limit too, and a share of a GPU is that much of its memory.
#[test]
fn limits_of_gpu_memory_are_hard() {
    let gpu = "{count: 1, memory: 10Gi, model: mine}";
    let pod = |usage: &str| pods("w", 1, "nvidia.com/gpu", &format!("usage: {{{usage}}},"));
    let oom = |text: &str| run(text).0.workloads[0].restarts.gpu_memory > 0;
    let load = swamp(&["w"]);
    let limited = |mib: u32| {
        let pod = pod("gpu_memory_idle: 3Gi, gpu_memory_per_slot: 1Gi");
        text(
            gpu,
            &pod.replace(
                "nvidia.com/gpu: 1",
                &format!("nvidia.com/gpu: 1, nvidia.com/gpumem: {mib}"),
            ),
            &load,
        )
    };
    assert!(!oom(&limited(4096)));
    assert!(oom(&limited(4095)));
    assert!(!oom(&text(gpu, &pod("gpu_memory_idle: 10Gi"), &load)));
    assert!(oom(&text(
        gpu,
        &pod("gpu_memory_idle: 9Gi, gpu_memory_per_slot: 1025Mi"),
        &load
    )));
    let share = |idle: &str| {
        let pod =
            pod(&format!("gpu_memory_idle: {idle}")).replace("limits: {nvidia.com/gpu: 1}", "limits: {}");
        let pod = pod.replace("replicas: 1", "gpu_share: 500m, replicas: 1");
        text(gpu, &pod, &load) + "policies: {placement: best_fit}\n"
    };
    assert!(!oom(&share("5Gi")));
    assert!(oom(&share("5121Mi")));
}

/// The device plugin hands out units of the GPU that is shared least.
#[test]
fn shared_units_go_to_the_least_shared_gpu_unless_they_are_packed() {
    let held = |more: &str| {
        let gpu = format!(
            "{{count: 2, model: T4, sharing: {{timeSlicing: {{resources: [{{name: nvidia.com/gpu, replicas: 4}}]}}}}{more}}}"
        );
        let (_, rows) = run(&text(&gpu, &pods("w", 4, "nvidia.com/gpu", ""), &swamp(&["w"])));
        rows.gpus
            .iter()
            .map(|row: &GpuRow| row.held * 4.0)
            .collect::<Vec<f64>>()
    };
    assert_eq!(held(""), [2.0, 2.0]);
    assert_eq!(held(", sharedDevicesAllocationPolicy: packed"), [4.0, 0.0]);
}

/// Pods that come and go, machines that crash: what is handed out comes back, and no speed is left over.
#[test]
fn what_a_pod_had_is_free_when_it_has_gone() {
    let gpu = "{count: 1, memory: 10Gi, model: mine, sharing: {timeSlicing: {resources: [{name: nvidia.com/gpu, replicas: 4}]}}}";
    let usage = "startup: 5s, usage: {gpu_memory_idle: 2Gi},";
    let pod = pods("w", 4, "nvidia.com/gpu", usage);
    let more = "policies: {pod_scaling: {w: {scheduled: {steps: [{cron: \"0 * * * *\", replicas: 4}, {cron: \"10 * * * *\", replicas: 1}, {cron: \"30 * * * *\", replicas: 4}]}}}}\n";
    let (outcome, rows) = run(&(text(gpu, &pod, &swamp(&["w"])) + more));
    assert_eq!(
        outcome.workloads[0].restarts.total(),
        0,
        "the memory of those that went is there again"
    );
    let [gpu] = &rows.gpus[..] else { panic!("one GPU") };
    assert!((gpu.held - (2.0 / 3.0 + 1.0 / 3.0 / 4.0)).abs() < 0.05, "{gpu:?}");
    assert!(
        served(&outcome, "w").abs_diff(3600) < 40,
        "the GPU never rests: {}",
        served(&outcome, "w")
    );
}
