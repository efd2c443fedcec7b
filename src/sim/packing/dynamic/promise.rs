//! What the first in line is promised: the machines on which there is room for it soonest, and when. Lifetimes are known,
//! so the promise is kept to the nanosecond as long as nobody is let in who would be in the way then.

use super::kind::Kind;
use super::machines::{Machines, Stay};
use super::pod::DynamicPod;
use super::room::Room;
use crate::engine::Time;
use crate::model::fleet::PodRequest;

/// Machines, and from when on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Promise {
    /// To whom.
    pub(super) number: u32,
    pub(super) at: Time,
    /// Which part goes where.
    on: Vec<(usize, PodRequest)>,
}

/// When and where all parts of the pod have room soonest, the first machines among equals; `None` if those that are in the
/// way stay for ever. `could` are the machines that take a part of it when they are empty.
pub(super) fn soonest(
    machines: &Machines<'_>,
    number: u32,
    kind: &Kind,
    could: impl Iterator<Item = usize>,
) -> Option<Promise> {
    let could: Vec<usize> = could.collect();
    if kind.is_single() {
        one(machines, number, &kind.parts[0].request, &could)
    } else {
        gang(machines, number, kind, &could)
    }
}

fn one(machines: &Machines<'_>, number: u32, part: &PodRequest, could: &[usize]) -> Option<Promise> {
    let pod = &machines.pods[number as usize];
    let mut best: Option<Promise> = None;
    let mut stays = Vec::new();
    for &machine in could {
        stays.clear();
        stays.extend(
            machines
                .stays_on(machine)
                .filter(|(_, stay)| stay.end < Time::NEVER),
        );
        stays.sort_unstable_by_key(|&(number, stay)| (stay.end, number));
        let mut room = Room::now(machines, machine, pod);
        for (gone, stay) in &stays {
            if best.as_ref().is_some_and(|best| best.at <= stay.end) {
                break;
            }
            room.gain(&machines.pods[*gone as usize], stay, pod);
            if room.takes(pod, part) {
                best = Some(Promise {
                    number,
                    at: stay.end,
                    on: vec![(machine, *part)],
                });
                break;
            }
        }
    }
    best
}

/// How many of the first parts have room on a machine, as far as that matters.
fn copies(room: &Room, pod: &DynamicPod, kind: &Kind) -> u32 {
    let part = &kind.parts[0];
    let most = if kind.apart { 1 } else { part.count };
    let (mut room, mut copies) = (room.clone(), 0);
    while copies < most && room.takes(pod, &part.request) {
        room.lose(&part.request);
        copies += 1;
    }
    copies
}

fn gang(machines: &Machines<'_>, number: u32, kind: &Kind, could: &[usize]) -> Option<Promise> {
    let pod = &machines.pods[number as usize];
    let mut stays: Vec<(Time, u32, usize, Stay)> = Vec::new();
    let mut rooms = Vec::with_capacity(could.len());
    for (place, &machine) in could.iter().enumerate() {
        rooms.push(Room::now(machines, machine, pod));
        let on = machines
            .stays_on(machine)
            .filter(|(_, stay)| stay.end < Time::NEVER);
        stays.extend(on.map(|(gone, stay)| (stay.end, gone, place, stay)));
    }
    stays.sort_unstable_by_key(|&(end, gone, place, _)| (end, gone, place));
    let mut counts: Vec<u32> = rooms.iter().map(|room| copies(room, pod, kind)).collect();
    let mut sum: u64 = counts.iter().map(|&count| u64::from(count)).sum();
    for (at, (end, gone, place, stay)) in stays.iter().enumerate() {
        rooms[*place].gain(&machines.pods[*gone as usize], stay, pod);
        let now = copies(&rooms[*place], pod, kind);
        sum = sum + u64::from(now) - u64::from(counts[*place]);
        counts[*place] = now;
        let is_last_of_its_time = stays.get(at + 1).is_none_or(|next| next.0 > *end);
        if is_last_of_its_time
            && sum >= u64::from(kind.parts[0].count)
            && let Some(on) = assigned(&rooms, pod, kind)
        {
            let on = on.into_iter().map(|(place, part)| (could[place], part));
            return Some(Promise {
                number,
                at: *end,
                on: on.collect(),
            });
        }
    }
    None
}

/// Each part on the first room that takes it; `None` if not all have one.
fn assigned(rooms: &[Room], pod: &DynamicPod, kind: &Kind) -> Option<Vec<(usize, PodRequest)>> {
    let mut rooms = rooms.to_vec();
    let mut on: Vec<(usize, PodRequest)> = Vec::new();
    for part in &kind.parts {
        let mut left = part.count;
        for (place, room) in rooms.iter_mut().enumerate() {
            while left > 0 && room.takes(pod, &part.request) {
                room.lose(&part.request);
                on.push((place, part.request));
                left -= 1;
                if kind.apart {
                    break;
                }
            }
        }
        if left > 0 {
            return None;
        }
    }
    Some(on)
}

impl Promise {
    /// Whether `pod`, a part of which, `asked`, the machine takes now and which would stay until `end`, is not in the way:
    /// it is gone by then, or there is room for both.
    pub(super) fn allows(
        &self,
        machines: &Machines<'_>,
        machine: usize,
        (pod, asked): (&DynamicPod, &PodRequest),
        end: Time,
    ) -> bool {
        if end <= self.at {
            return true;
        }
        let here = self.on.iter().filter(|(on, _)| *on == machine);
        let parts: Vec<PodRequest> = here.map(|(_, part)| *part).collect();
        if parts.is_empty() {
            return true;
        }
        let head = &machines.pods[self.number as usize];
        let room = Room::at(machines, machine, head, self.at);
        room.has_beside((head, &parts), (pod, asked))
    }
}
