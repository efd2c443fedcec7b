//! Each policy's scores, worked out by hand from its definition.

use super::*;
use crate::model::fleet::{FleetPod, NAMES, PodRequest, TypicalPods};
use crate::model::gpu::{GpuRequest, ModelSet, Taken};
use crate::policy::placement::fleet::{FleetPolicy, Machine};
use crate::policy::placement::rule::{Bin, Gpus, Hosts};
use std::sync::Arc;

/// The score on a machine of 96 CPUs with these devices, 48 CPUs free, which hosts these kinds.
fn scored(policy: &dyn FleetPolicy, idle: &[u16], hosts: u32, cpu: u64, gpus: GpuRequest) -> f64 {
    let capacity = [96_000, 0, idle.len() as u64 * 1000];
    let free = [48_000, 0, idle.iter().map(|&idle| u64::from(idle)).sum()];
    let machine = Machine {
        bin: Bin {
            names: &NAMES,
            capacity: &capacity,
            free: &free,
            largest: &capacity,
            pods: 0,
            alike: 0,
            gpus: Gpus {
                idle,
                hosts: Hosts::of_bits(hosts),
            },
        },
        model: ModelSet::NONE,
    };
    let sizes = [cpu, 0, gpus.total_milli()];
    policy.score(&machine, &Need { sizes: &sizes, gpus })
}

fn exactly(found: f64, expected: i64, what: &str) {
    assert_eq!(found as i64, expected, "{what}");
    assert!(found.fract() == 0.0, "{what}: scores are whole numbers");
}

#[test]
fn dot_product_prefers_the_smaller_product() {
    let of = |idle: &[u16]| scored(&PaperDotProduct {}, idle, 0, 64_000, GpuRequest::whole(4));
    // 0.375 × 0.5 + 0.5 × 0.5 = 0.4375; half of it from 1 is 0.78125.
    exactly(of(&[1000; 4]), 78, "four idle devices");
    // 0.375 × 0.5 + 1 × 0.5 = 0.6875.
    exactly(of(&[1000; 8]), 65, "eight idle devices");
}

#[test]
fn gpu_clustering_wants_its_own_kind_alone() {
    let share = GpuRequest::share(300);
    let of = |hosts| scored(&PaperGpuClustering {}, &[700, 1000], hosts, 1000, share);
    // 25 × (8000 − 1700) / 8000 = 19.6…
    exactly(of(0b1), 75 + 19, "only shares");
    exactly(of(0b11), 50 + 19, "shares and whole devices");
    exactly(of(0b0), 25 + 19, "no GPU task");
    exactly(of(0b10), 19, "only others");
    let none = scored(&PaperGpuClustering {}, &[700, 1000], 0b1, 1000, GpuRequest::NONE);
    exactly(none, 0, "a pod without GPU");
}

#[test]
fn gpu_packing_takes_begun_devices_then_begun_machines_then_small_ones() {
    let of = |idle: &[u16], gpus| scored(&PaperGpuPacking {}, idle, 0, 1000, gpus);
    exactly(
        of(&[1000; 2], GpuRequest::share(300)),
        31,
        "two devices, all idle",
    );
    exactly(
        of(&[1000; 8], GpuRequest::share(300)),
        25,
        "eight devices, all idle",
    );
    exactly(
        of(&[200, 1000, 1000], GpuRequest::share(300)),
        49,
        "a fresh device of a begun machine",
    );
    exactly(
        of(&[200, 1000, 1000], GpuRequest::whole(2)),
        48,
        "two fresh devices of it",
    );
    // floor(459 × 100 / 1000) = 45; 45 / 10 = 4.
    exactly(
        of(&[459, 700, 1000], GpuRequest::share(300)),
        96,
        "the begun device with least idle",
    );
    exactly(
        of(&[459, 700], GpuRequest::share(500)),
        93,
        "the next one, if that is too full",
    );
    exactly(of(&[459], GpuRequest::NONE), 0, "a pod without GPU");
}

#[test]
fn best_fit_wants_the_least_left() {
    // CPU (48 − 16) / 128 = 0.25, GPU (2 − 1) / 8 = 0.125: 1 − 0.1875.
    let score = scored(&PaperBestFit {}, &[1000, 1000], 0, 16_000, GpuRequest::whole(1));
    exactly(score, 81, "two devices");
}

#[test]
fn fgd_completes_a_begun_device_rather_than_beginning_another() {
    let share = GpuRequest::share(500);
    let pod = |gpus| FleetPod {
        name: String::new(),
        request: PodRequest {
            cpu_milli: 1000,
            gpus,
            ..PodRequest::default()
        },
        models_text: String::new(),
    };
    let pods: Vec<_> = std::iter::repeat_n(pod(share), 5)
        .chain(std::iter::repeat_n(pod(GpuRequest::whole(1)), 5))
        .collect();
    let mut fgd = PaperFgd::default();
    fgd.learn(&Arc::new(TypicalPods::of(&pods)));
    // Half of the pods cannot use the half device: F is 250, and 0 without it: 100 × sigmoid(0.25) = 56.2.
    exactly(
        scored(&fgd, &[1000, 500], 1, 1000, share),
        56,
        "the half device is used up",
    );
    // Beginning another makes it 250 of them: 100 × sigmoid(−0.25) = 43.8.
    exactly(scored(&fgd, &[1000, 1000], 1, 1000, share), 43, "one is begun");
    let free = [48_000, 0, 1500];
    let machine = Machine {
        bin: Bin {
            names: &NAMES,
            capacity: &[96_000, 0, 2000],
            free: &free,
            largest: &[96_000, 0, 2000],
            pods: 1,
            alike: 0,
            gpus: Gpus {
                idle: &[1000, 500],
                hosts: Hosts::of_bits(1),
            },
        },
        model: ModelSet::NONE,
    };
    let need = Need {
        sizes: &[1000, 0, 500],
        gpus: share,
    };
    assert_eq!(fgd.best(&machine, &need).1, Taken::of([1], 500));
}
