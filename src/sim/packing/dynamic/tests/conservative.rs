//! Conservative backfilling: schedules by hand, a search through every second, and that nobody who comes later delays
//! anybody.

use super::super::{DynamicFleet, DynamicPod, Fate, Gang, Queue, Run, Spread};
use super::{choosers, node, pod, pods, run, secs, starts};
use crate::engine::Span;
use crate::model::gpu::GpuRequest;
use proptest::prelude::*;

#[test]
fn who_is_second_in_line_is_promised_something_too() {
    // Two of four CPUs until 10. Three are promised to the next from 10 on, all four to the one after it from 20 on. The
    // last wants one for a long time: beside the first in line there is room for it, and only easy backfilling looks no
    // further.
    let pods = vec![pod(0, 10, 2), pod(1, 10, 3), pod(2, 10, 4), pod(3, 100, 1)];
    let fleet = DynamicFleet::new(vec![node(4, 0)], pods);
    let of = |queue| {
        starts(&run(&fleet, queue))
            .into_iter()
            .flatten()
            .collect::<Vec<_>>()
    };
    assert_eq!(of(Queue::Backfill), [0.0, 10.0, 103.0, 3.0]);
    assert_eq!(of(Queue::Conservative), [0.0, 10.0, 20.0, 30.0]);
}

#[test]
fn whoever_is_gone_before_a_promised_time_goes_ahead() {
    let pods = vec![
        pod(0, 10, 3),
        pod(1, 10, 4),
        pod(2, 5, 1),
        pod(3, 100, 1),
        pod(4, 3, 1),
    ];
    let fleet = DynamicFleet::new(vec![node(4, 0)], pods);
    let run = run(&fleet, Queue::Conservative);
    let found: Vec<f64> = starts(&run).into_iter().flatten().collect();
    assert_eq!(
        found,
        [0.0, 10.0, 2.0, 20.0, 7.0],
        "three seconds are free from 7 to 10"
    );
    assert_eq!(
        run.promised,
        [
            (0, secs(0)),
            (1, secs(10)),
            (2, secs(2)),
            (3, secs(20)),
            (4, secs(7))
        ]
    );
}

#[test]
fn a_gang_is_promised_all_its_machines_at_one_time() {
    // One machine is free at 10, the other at 20; a single pod may use the first until then, and no longer.
    let gang = DynamicPod {
        gang: Some(Gang {
            parts: 2,
            apart: true,
        }),
        ..pod(1, 5, 3)
    };
    let pods = vec![pod(0, 10, 4), pod(0, 20, 4), gang, pod(2, 10, 4), pod(3, 11, 4)];
    let fleet = DynamicFleet::new(vec![node(4, 0), node(4, 0)], pods);
    let found: Vec<f64> = starts(&run(&fleet, Queue::Conservative))
        .into_iter()
        .flatten()
        .collect();
    assert_eq!(found, [0.0, 0.0, 20.0, 10.0, 25.0]);
}

#[test]
fn pods_of_no_length_find_room_one_after_another() {
    let pods = vec![pod(0, 10, 4), pod(1, 0, 4), pod(2, 0, 4), pod(3, 5, 4)];
    let fleet = DynamicFleet::new(vec![node(4, 0)], pods);
    let found: Vec<f64> = starts(&run(&fleet, Queue::Conservative))
        .into_iter()
        .flatten()
        .collect();
    assert!(
        found
            .iter()
            .zip([0.0, 10.0, 10.0, 10.0])
            .all(|(a, b)| (a - b).abs() < 1e-6),
        "{found:?}"
    );
}

/// The first second from which some machine has room for the pod as long as it lasts, and whether this one has then.
fn by_search(fleet: &DynamicFleet, run: &Run, number: usize) -> Option<u64> {
    let pods = fleet.pods();
    let wanted = &pods[number];
    let seconds = |pod: &DynamicPod| pod.lifetime.map_or(0, |span| span.nanos() / 1_000_000_000);
    let earlier: Vec<(usize, u64, u64, &DynamicPod)> = (0..number)
        .filter_map(|other| match run.fates[other] {
            Fate::Started { at, machine } => {
                let from = at.nanos() / 1_000_000_000;
                Some((machine, from, from + seconds(&pods[other]), &pods[other]))
            }
            _ => None,
        })
        .collect();
    let has_room = |machine: usize, at: u64| {
        let there = || {
            let on = earlier
                .iter()
                .filter(|(on, from, to, _)| *on == machine && *from <= at && at < *to);
            on.map(|(.., pod)| *pod)
        };
        let node = &fleet.nodes()[machine];
        let cpu: u64 = there().map(|pod| pod.request.cpu_milli).sum();
        let gpus: u64 = there().map(|pod| u64::from(pod.request.gpus.count())).sum();
        let group = |pod: &DynamicPod| pod.spread.map(|spread| spread.group);
        let alike = there().filter(|pod| group(pod) == group(wanted)).count() as u32;
        cpu + wanted.request.cpu_milli <= node.cpu_milli
            && gpus + u64::from(wanted.request.gpus.count()) <= node.gpus as u64
            && wanted.spread.is_none_or(|spread| alike < spread.most)
    };
    let lasts = |machine: usize, from: u64| (from..from + seconds(wanted)).all(|at| has_room(machine, at));
    let machines = 0..fleet.nodes().len();
    let first = wanted.arrival.nanos() / 1_000_000_000;
    // Nobody lasts longer than a minute: after so many nobody is left.
    let found =
        (first..first + 60 * (number as u64 + 2)).find(|&at| machines.clone().any(|on| lasts(on, at)));
    if let (Some(at), Fate::Started { machine, .. }) = (found, run.fates[number]) {
        assert!(lasts(machine, at), "pod {number} is on a machine without room");
    }
    found
}

proptest! {
    /// Every pod starts at the very second at which a search through all seconds finds the first room for it.
    #[test]
    fn promises_are_what_a_search_through_every_second_finds(
        pods in prop::collection::vec((0_u64..40, 1_u64..30, 0_u64..5, 0_u16..4, prop::option::weighted(0.3, 0_u32..2)), 1..40),
        nodes in prop::collection::vec((1_u64..6, 0_usize..4), 1..4),
    ) {
        let pods = pods.into_iter().map(|(arrival, lifetime, cpu, gpus, spread)| {
            let mut pod = pod(arrival, lifetime, cpu);
            pod.request.gpus = GpuRequest::whole(gpus);
            pod.spread = spread.map(|group| Spread { group, most: group + 1 });
            pod
        });
        let nodes: Vec<_> = nodes.into_iter().map(|(cpu, gpus)| node(cpu, gpus)).collect();
        let most = nodes.iter().map(|node| node.gpus).max().unwrap_or(0);
        // Others are split, which the search knows nothing of.
        let pods = pods.filter(|pod: &DynamicPod| usize::from(pod.request.gpus.count()) <= most).collect();
        let fleet = DynamicFleet::new(nodes, pods);
        let run = run(&fleet, Queue::Conservative);
        for (number, start) in starts(&run).into_iter().enumerate() {
            if run.fates[number] != Fate::TooLarge {
                prop_assert_eq!(start, by_search(&fleet, &run, number).map(|at| at as f64), "pod {}", number);
            }
        }
    }

    /// Nobody starts later than it was promised first; nor would it start any sooner had nobody come after it.
    #[test]
    fn nobody_is_delayed_by_who_comes_later(
        mut pods in pods(),
        cpus in prop::collection::vec((1_u64..9, 1_usize..5), 1..5),
        kept in 1_usize..80,
    ) {
        // Whether shares of devices are asked for at all decides how machines are booked.
        pods[0].arrival = secs(0);
        pods[0].request.cpu_milli = 0;
        pods[0].request.gpus = GpuRequest::share(10);
        pods[0].gang = None;
        let nodes: Vec<_> = cpus.into_iter().map(|(cpu, gpus)| node(cpu, gpus)).collect();
        let fleet = DynamicFleet::new(nodes.clone(), pods);
        let first: Vec<_> = fleet.pods().iter().take(kept).cloned().collect();
        let fewer = DynamicFleet::new(nodes, first);
        for (mut chooser, mut other) in choosers(&fleet).into_iter().zip(choosers(&fewer)) {
            let all = fleet.run(&mut *chooser, Queue::Conservative, 3, |_| false).expect("nobody stops it");
            for &(number, at) in &all.promised {
                prop_assert!(
                    matches!(all.fates[number as usize], Fate::Started { at: start, .. } if start == at),
                    "pod {} was promised {:?}: {:?}", number, at, all.fates[number as usize]
                );
            }
            let alone = fewer.run(&mut *other, Queue::Conservative, 3, |_| false).expect("nobody stops it");
            prop_assert_eq!(&all.fates[..alone.fates.len()], &alone.fates[..]);
        }
    }
}

#[test]
fn a_span_without_end_leaves_nothing_to_those_behind_it() {
    let stays = DynamicPod {
        lifetime: None,
        ..pod(0, 0, 3)
    };
    let pods = vec![stays, pod(1, 5, 2), pod(2, 5, 1)];
    let fleet = DynamicFleet::new(vec![node(4, 0)], pods);
    let run = run(&fleet, Queue::Conservative);
    assert_eq!(run.fates[1], Fate::NeverRoom);
    assert_eq!(starts(&run)[2], Some(2.0), "and holds up nobody");
    assert_eq!(fleet.pods()[1].lifetime, Some(Span::from_secs(5)));
}
