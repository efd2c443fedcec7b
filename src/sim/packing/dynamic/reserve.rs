//! Conservative backfilling: everyone gets its machines and its time when it comes.

use super::machines::Stay;
use super::plan::Booking;
use super::profile;
use super::run::Going;
use super::virtual_cluster::Used;
use crate::engine::Time;
use crate::model::gpu::hand_out;
use std::cmp::Reverse;

impl Going<'_> {
    /// The pod, which is in line, starts at once or is promised when it does.
    pub(super) fn reserve(&mut self, number: u32, now: Time) {
        let of = self.of;
        let pod = &of.pods()[number as usize];
        let kind = of.kind(number);
        let could: Vec<usize> = of.could(kind).collect();
        let Some(plan) = &mut self.plan else { return };
        let Some(found) = plan.soonest(pod, kind, &could, now) else {
            return;
        };
        self.first_promises.push((number, found.at));
        let booked = (found.at, profile::end(found.at, pod.lifetime));
        plan.book_quota(pod, Used::of(kind), booked);
        if found.at == now && self.place(number, now, true) {
            return self.started(number, now);
        }
        if let Some(plan) = &mut self.plan {
            found
                .on
                .iter()
                .for_each(|booking| plan.book(pod, booking, booked));
        }
        self.starts.push(Reverse((found.at, number)));
        self.reserved.insert(number, found);
        self.keep_promises(now);
    }

    /// Those whose promised time has come start.
    pub(super) fn keep_promises(&mut self, now: Time) {
        while let Some(&Reverse((at, number))) = self.starts.peek() {
            if at > now {
                return;
            }
            self.starts.pop();
            let end = self.of.pods()[number as usize].end(now);
            let on = self
                .reserved
                .remove(&number)
                .map_or_else(Vec::new, |found| found.on);
            for Booking {
                machine,
                part,
                devices,
            } in on
            {
                let fleet = &self.machines.fleet;
                debug_assert!(fleet.fits(machine, &part), "a promise was broken");
                let devices = if devices.is_none() {
                    hand_out(fleet.idle(machine), part.gpus)
                } else {
                    devices
                };
                let stay = Stay {
                    machine,
                    request: part,
                    devices,
                    end,
                };
                self.come(number, stay, now);
            }
            self.started(number, now);
            if end == now {
                // Its room is not booked beyond this instant: whoever comes next is to find it.
                self.depart(now);
            }
        }
    }

    /// A part that has come has what it takes booked, where everything is.
    pub(super) fn book(&mut self, number: u32, stay: &Stay, booked: (Time, Time)) {
        let pod = &self.of.pods()[number as usize];
        if let Some(plan) = &mut self.plan {
            plan.book(pod, &booking(stay), booked);
        }
    }

    /// A part that came goes again before anything else has happened.
    pub(super) fn cancel(&mut self, number: u32, stay: &Stay, booked: (Time, Time)) {
        let pod = &self.of.pods()[number as usize];
        if let Some(plan) = &mut self.plan {
            plan.cancel(pod, &booking(stay), booked);
        }
    }
}

fn booking(stay: &Stay) -> Booking {
    Booking {
        machine: stay.machine,
        part: stay.request,
        devices: stay.devices,
    }
}
