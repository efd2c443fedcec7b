//! Runs of fleets against schedules by hand, laws, and queueing theory.

mod conservative;
mod gangs;
mod quotas;

use super::levels::Level;
use super::{DynamicFleet, DynamicPod, Fate, Gang, Queue, Run, Spread};
use crate::engine::{Span, StreamKey, Time};
use crate::model::fleet::{Fleet, FleetNode, PodRequest, Side};
use crate::model::gpu::{GpuRequest, ModelSet};
use crate::model::packing::index::Order;
use crate::policy::placement::on_fleet::{ByOrder, ByRule, FleetChooser};
use crate::policy::placement::{Random, RoundRobin, Rule};
use proptest::prelude::*;
use rand::RngExt;

pub(super) fn secs(seconds: u64) -> Time {
    Time::from_nanos(seconds * 1_000_000_000)
}

pub(super) fn node(cpu: u64, gpus: usize) -> FleetNode {
    FleetNode {
        name: "a".to_owned(),
        cpu_milli: cpu * 1000,
        memory_mib: 1 << 20,
        pods: 1000,
        gpus,
        model: ModelSet::NONE,
        side: Side::UNLIMITED,
    }
}

pub(super) fn pod(arrival: u64, lifetime: u64, cpu: u64) -> DynamicPod {
    DynamicPod {
        name: String::new(),
        arrival: secs(arrival),
        lifetime: Some(Span::from_secs(lifetime)),
        request: PodRequest {
            cpu_milli: cpu * 1000,
            ..PodRequest::default()
        },
        priority: 0,
        spread: None,
        gang: None,
        cluster: None,
    }
}

pub(super) fn choosers(fleet: &DynamicFleet) -> Vec<Box<dyn FleetChooser>> {
    let empty = Fleet::new(fleet.nodes());
    let by_rule = |rule: Box<dyn Rule>| Box::new(ByRule::new(&empty, rule));
    vec![
        Box::new(ByOrder::new(&empty, Order::LeastLeft)),
        Box::new(ByOrder::new(&empty, Order::MostLeft)),
        Box::new(ByOrder::new(&empty, Order::First)),
        by_rule(Box::<Random>::default()),
        by_rule(Box::<RoundRobin>::default()),
    ]
}

pub(super) fn run(fleet: &DynamicFleet, queue: Queue) -> Run {
    let mut chooser = ByOrder::new(&Fleet::new(fleet.nodes()), Order::LeastLeft);
    fleet
        .run(&mut chooser, queue, 1, |_| false)
        .expect("nobody stops it")
}

pub(super) fn starts(run: &Run) -> Vec<Option<f64>> {
    let start = |fate: &Fate| match fate {
        Fate::Started { at, .. } => Some(at.secs_f64()),
        Fate::TooLarge | Fate::OverQuota | Fate::NeverRoom => None,
    };
    run.fates.iter().map(start).collect()
}

#[test]
fn each_queue_lets_go_whom_its_name_says() {
    // Three of four CPUs until 10; then all four are wanted, then one for a short and one for a long time.
    let pods = vec![pod(0, 10, 3), pod(1, 10, 4), pod(2, 5, 1), pod(3, 100, 1)];
    let fleet = DynamicFleet::new(vec![node(4, 0)], pods);
    let of = |queue| {
        starts(&run(&fleet, queue))
            .into_iter()
            .flatten()
            .collect::<Vec<_>>()
    };
    assert_eq!(of(Queue::Fifo), [0.0, 10.0, 20.0, 20.0], "nobody passes");
    assert_eq!(
        of(Queue::Backfill),
        [0.0, 10.0, 2.0, 20.0],
        "the short one is gone by 10, the long one is not"
    );
    assert_eq!(
        of(Queue::Any),
        [0.0, 107.0, 2.0, 7.0],
        "the large one waits until nobody else is left"
    );
}

#[test]
fn backfilling_lets_in_who_fits_beside_the_first_in_line() {
    // The machine of the promise has six CPUs: one to spare beside the pod that is promised five.
    let pods = vec![pod(0, 10, 3), pod(1, 10, 5), pod(2, 100, 1), pod(3, 100, 1)];
    let fleet = DynamicFleet::new(vec![node(6, 0)], pods);
    let found = starts(&run(&fleet, Queue::Backfill));
    assert_eq!(found, [Some(0.0), Some(10.0), Some(2.0), Some(20.0)]);
    // With whole GPUs, counted by devices.
    let gpu = |arrival, lifetime, count| DynamicPod {
        request: PodRequest {
            gpus: GpuRequest::whole(count),
            ..PodRequest::default()
        },
        ..pod(arrival, lifetime, 0)
    };
    let pods = vec![gpu(0, 10, 3), gpu(1, 10, 5), gpu(2, 100, 1), gpu(3, 100, 1)];
    let fleet = DynamicFleet::new(vec![node(6, 6)], pods);
    assert_eq!(
        starts(&run(&fleet, Queue::Backfill)),
        [Some(0.0), Some(10.0), Some(2.0), Some(20.0)]
    );
}

#[test]
fn priority_passes_those_that_wait_and_nobody_who_runs() {
    let urgent = DynamicPod {
        priority: 5,
        ..pod(2, 10, 4)
    };
    let fleet = DynamicFleet::new(vec![node(4, 0)], vec![pod(0, 10, 4), pod(1, 10, 4), urgent]);
    assert_eq!(
        starts(&run(&fleet, Queue::Priority)),
        [Some(0.0), Some(20.0), Some(10.0)]
    );
    assert_eq!(
        starts(&run(&fleet, Queue::Backfill)),
        [Some(0.0), Some(20.0), Some(10.0)]
    );
    assert_eq!(
        starts(&run(&fleet, Queue::Fifo)),
        [Some(0.0), Some(10.0), Some(20.0)]
    );
}

#[test]
fn at_one_instant_pods_go_before_pods_come_and_those_come_in_order() {
    let fleet = DynamicFleet::new(
        vec![node(4, 0)],
        vec![pod(0, 10, 4), pod(10, 5, 4), pod(10, 0, 4)],
    );
    let run = run(&fleet, Queue::Fifo);
    assert_eq!(starts(&run), [Some(0.0), Some(10.0), Some(15.0)]);
    assert_eq!(run.outcome.waited, 1);
}

#[test]
fn pods_that_never_find_room_are_told_apart() {
    let for_ever = DynamicPod {
        lifetime: None,
        ..pod(0, 0, 3)
    };
    let pods = vec![for_ever, pod(1, 10, 5), pod(2, 10, 2), pod(3, 10, 1)];
    let fleet = DynamicFleet::new(vec![node(4, 0)], pods);
    for queue in [Queue::Backfill, Queue::Any] {
        let run = run(&fleet, queue);
        assert_eq!(run.fates[1], Fate::TooLarge, "no machine has five CPUs");
        assert_eq!(
            run.fates[2],
            Fate::NeverRoom,
            "three of the four are never given back"
        );
        assert_eq!(starts(&run)[3], Some(3.0), "and nobody has to wait for that one");
        let outcome = run.outcome;
        assert_eq!(
            (outcome.started, outcome.too_large, outcome.never_room),
            (2, 1, 1)
        );
    }
    assert_eq!(
        run(&fleet, Queue::Fifo).fates[3],
        Fate::NeverRoom,
        "behind one who waits for ever"
    );
}

#[test]
fn a_machine_takes_so_many_of_a_group_and_no_more() {
    let of_group = |arrival| DynamicPod {
        spread: Some(Spread { group: 7, most: 2 }),
        ..pod(arrival, 10, 1)
    };
    let fleet = DynamicFleet::new(vec![node(8, 0), node(8, 0)], (0..5).map(of_group).collect());
    for queue in Queue::NAMED.map(|(_, queue)| queue) {
        let run = run(&fleet, queue);
        let on = |machine| {
            run.fates
                .iter()
                .filter(|fate| matches!(fate, Fate::Started { machine: on, .. } if *on == machine))
                .count()
        };
        assert_eq!(starts(&run)[4], Some(10.0), "four fit at a time");
        assert_eq!((on(0), on(1)), (3, 2));
    }
}

#[test]
fn levels_are_what_a_schedule_by_hand_says() {
    let fleet = DynamicFleet::new(
        vec![node(4, 0), node(4, 0)],
        vec![pod(0, 10, 4), pod(0, 5, 4), pod(2, 5, 2), pod(20, 5, 1)],
    );
    let outcome = run(&fleet, Queue::Fifo).outcome;
    // 8 CPUs for 5 s, 6 for 5 s; from 10 on nothing until 20. The mean is over the 20 s in which pods come.
    assert!((outcome.mean(Level::Cpu) - (8.0 * 5.0 + 6.0 * 5.0) * 1000.0 / 20.0).abs() < 1e-6);
    assert!((outcome.mean(Level::Waiting) - 3.0 / 20.0).abs() < 1e-9);
    assert_eq!(
        (outcome.peak(Level::Nodes), outcome.peak(Level::NodesBound)),
        (2, 2)
    );
    assert_eq!(outcome.demand_bound, 3, "ten CPUs are wanted at 2");
    assert_eq!(outcome.span_s, (0.0, 25.0));
}

#[test]
fn who_is_told_to_stop_stops() {
    let fleet = DynamicFleet::new(vec![node(4, 0)], vec![pod(0, 10, 4)]);
    let mut chooser = ByOrder::new(&Fleet::new(fleet.nodes()), Order::First);
    assert_eq!(fleet.run(&mut chooser, Queue::Fifo, 1, |_| true), None);
}

/// Machines for one pod each, Poisson arrivals and exponential lifetimes are the queue M/M/c, whose mean wait is known
/// (Erlang's C).
#[test]
fn machines_for_one_pod_each_are_the_queue_of_erlang() {
    let (servers, load) = (8_usize, 0.8);
    let offered = servers as f64 * load;
    let mut terms = vec![1.0];
    (1..=servers).for_each(|k| terms.push(terms[k - 1] * offered / k as f64));
    let last = terms[servers] / (1.0 - load);
    let waits = last / (terms[..servers].iter().sum::<f64>() + last);
    let right = waits / (servers as f64 * (1.0 - load)) * 1000.0;
    let mean_of = |seed: u64| {
        let mut stream = StreamKey::new(seed, 0).stream("pods");
        let mut exponential = |mean: f64| -(1.0 - stream.random::<f64>()).ln() * mean;
        let mut now = 0.0;
        let pods = (0..20_000).map(|_| {
            now += exponential(1000.0 / offered);
            DynamicPod {
                arrival: Time::from_secs_f64(now),
                lifetime: Some(Span::from_secs_f64(exponential(1000.0))),
                ..pod(0, 0, 1)
            }
        });
        let fleet = DynamicFleet::new(vec![node(1, 0); servers], pods.collect());
        // The order of those that wait does not matter to the mean: they are all alike.
        let queue = Queue::NAMED[seed as usize % Queue::NAMED.len()].1;
        run(&fleet, queue).outcome.waits.mean_s
    };
    let means: Vec<f64> = (0..16).map(mean_of).collect();
    let mean = means.iter().sum::<f64>() / 16.0;
    let variance = means.iter().map(|one| (one - mean).powi(2)).sum::<f64>() / 15.0;
    // Student's t at 99.9 %, 15 degrees of freedom.
    let half = 4.073 * (variance / 16.0).sqrt();
    assert!(
        (mean - right).abs() < half,
        "{mean} ± {half}, theory says {right}"
    );
    assert!(half < right / 5.0, "{half} is too wide to tell anything");
}

pub(super) fn pods() -> impl Strategy<Value = Vec<DynamicPod>> {
    let gpus = prop_oneof![
        3 => Just(GpuRequest::NONE),
        2 => (1_u16..9).prop_map(GpuRequest::whole),
        2 => (1_u16..1000).prop_map(GpuRequest::share),
    ];
    let spread = prop::option::weighted(0.3, 0_u32..3);
    let gang = prop::option::weighted(0.2, (1_u32..5, any::<bool>()));
    let one = (
        0_u64..100,
        0_u64..40,
        0_u64..6,
        gpus,
        -1_i64..2,
        spread,
        (prop::bool::weighted(0.03), gang),
    );
    let pod =
        |(arrival, lifetime, cpu, gpus, priority, spread, (stays, gang)): (_, _, _, _, _, _, (bool, _))| {
            let mut pod: DynamicPod = pod(arrival, lifetime, cpu);
            pod.request.gpus = gpus;
            pod.priority = priority;
            pod.spread = Option::map(spread, |group| Spread {
                group,
                most: group + 1,
            });
            pod.lifetime = pod.lifetime.filter(|_| !stays);
            pod.gang = Option::map(gang, |(parts, apart)| Gang { parts, apart });
            pod
        };
    prop::collection::vec(one.prop_map(pod), 1..80)
}

/// What must hold of any run. (That no promise is broken, and that no machine gives more to a gang than it has, is asserted
/// inside.)
fn check(fleet: &DynamicFleet, run: &Run) -> Result<(), TestCaseError> {
    let outcome = &run.outcome;
    prop_assert_eq!(
        outcome.pods,
        outcome.started + outcome.too_large + outcome.never_room
    );
    let mut events = Vec::new();
    for (number, (pod, fate)) in fleet.pods().iter().zip(&run.fates).enumerate() {
        if let Fate::Started { at, machine } = *fate {
            prop_assert!(at >= pod.arrival, "nobody starts before it comes");
            let kind = fleet.kind(number as u32);
            prop_assert!(kind.fits, "it started, and the fleet cannot take it");
            if pod.end(at) > at && kind.is_single() {
                events.push((at, true, number, machine));
                events.push((pod.end(at), false, number, machine));
            }
        }
    }
    // Whoever goes makes room for whoever comes at that instant.
    events.sort_by_key(|&(time, comes, number, _)| (time, comes, number));
    let mut cpu = vec![0_u64; fleet.nodes().len()];
    let mut gpu = cpu.clone();
    let mut groups = std::collections::BTreeMap::<_, u32>::new();
    for (_, comes, number, machine) in events {
        let pod = &fleet.pods()[number];
        let (milli, gpus) = (pod.request.cpu_milli, pod.request.gpus.total_milli());
        let count = groups
            .entry((machine, pod.spread.map(|spread| spread.group)))
            .or_default();
        if comes {
            cpu[machine] += milli;
            gpu[machine] += gpus;
            *count += 1;
            prop_assert!(pod.spread.is_none_or(|spread| *count <= spread.most));
        } else {
            cpu[machine] -= milli;
            gpu[machine] -= gpus;
            *count -= 1;
        }
        let node = &fleet.nodes()[machine];
        prop_assert!(
            cpu[machine] <= node.cpu_milli && gpu[machine] <= node.gpus as u64 * 1000,
            "over what it has"
        );
    }
    prop_assert!(
        outcome.peak(Level::Nodes) >= outcome.peak(Level::NodesBound),
        "fewer machines than can be"
    );
    if outcome.queue == Queue::Fifo {
        let started = starts(run);
        let order: Vec<f64> = started.iter().flatten().copied().collect();
        prop_assert!(order.is_sorted(), "somebody passed: {order:?}");
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]
    #[test]
    fn every_run_keeps_the_laws(pods in pods(), cpus in prop::collection::vec((1_u64..9, 0_usize..5), 1..5)) {
        let nodes = cpus.into_iter().map(|(cpu, gpus)| node(cpu, gpus)).collect();
        let fleet = DynamicFleet::new(nodes, pods);
        for (_, queue) in Queue::NAMED {
            let again = choosers(&fleet);
            for (mut chooser, mut other) in choosers(&fleet).into_iter().zip(again) {
                let run = fleet.run(&mut *chooser, queue, 3, |_| false).expect("nobody stops it");
                check(&fleet, &run)?;
                let again = fleet.run(&mut *other, queue, 3, |_| false).expect("nobody stops it");
                prop_assert_eq!(run, again, "the same twice");
            }
        }
    }
}
