//! What containers use, and how their memory changes while they run; how much swap Docker lets them have.
//!
//! Knows: which ways to say it stand beside each other, and which make no sense. Must not know: when a container is killed.

use super::super::raw::memory::{MemoryByAge, MemoryTrace};
use super::super::raw::platform::{MemorySwap as RawSwap, Unlimited};
use super::super::raw::workload as raw;
use super::super::spot::Spot;
use super::Lowering;
use super::workload::{LoweredWorkload, pods_of};
use crate::engine::Span;
use crate::input::Diagnostic;
use crate::input::trace::MemoryCsvOptions;
use crate::model::memory_profile::{MemoryProfile, ProfileError};
use crate::model::pod_template::{Container, ContainerKind, Usage};
use crate::model::units::{ByteQuantity, quoted};
use crate::platform::docker::memory::MemorySwap;
use crate::sim::platform::Platform;
use std::sync::Arc;

impl Lowering<'_> {
    /// What the container at `spot` uses.
    pub(super) fn usage(&mut self, spot: &Spot<'_>, container: &raw::Container) -> Option<Usage> {
        let (said, spot) = (&container.usage, &spot.at("usage"));
        let by_age = self.memory_by_age(spot, container)?;
        let (idle, at) = match &by_age {
            Some(profile) => (profile.at(Span::ZERO), "memory_by_age"),
            None => (said.memory_idle.bytes(), "memory_idle"),
        };
        self.fits_its_limit(&spot.at(at), idle, container.resources.limits.memory);
        Some(Usage {
            cpu_idle_milli: said.cpu_idle.millis(),
            cpu_per_slot_milli: said.cpu_per_slot.millis(),
            memory_idle_bytes: idle,
            memory_by_age: by_age,
            memory_per_request_bytes: said.memory_leak.per_request.bytes(),
            memory_per_slot_bytes: said.memory_per_slot.bytes(),
            gpu_memory_idle_bytes: said.gpu_memory_idle.bytes(),
            gpu_memory_per_slot_bytes: said.gpu_memory_per_slot.bytes(),
            cpu_startup_milli: said.cpu_startup.millis(),
            cpu_startup_for: said.cpu_startup_for.span(),
        })
    }

    /// How the memory of a container that says so at `spot` changes with its age.
    fn memory_by_age(
        &mut self,
        spot: &Spot<'_>,
        container: &raw::Container,
    ) -> Option<Option<Arc<MemoryProfile>>> {
        let said = &container.usage;
        let leak = said.memory_leak;
        let (at_age, at_leak) = (spot.at("memory_by_age"), spot.at("memory_leak"));
        let mut errors: Vec<Diagnostic> = Vec::new();
        if container.kind == raw::Kind::Init {
            let stands = [&at_age, &at_leak].into_iter().filter(|at| at.exists());
            let what = "an init container comes to its end: how its memory changes is not modelled";
            errors.extend(stands.map(|at| at.key_error(what).help("remove it")));
        } else if container.kind == raw::Kind::Sidecar && leak.per_request.bytes() > 0 {
            let error = at_leak
                .at("per_request")
                .key_error("a sidecar serves no requests of its own");
            errors.push(error.help("say it of a main container, or what it leaks `per_hour`"));
        }
        let idle = said.memory_idle.bytes();
        let in_place_of_idle = |kind: &str| {
            let error = spot.at("memory_idle").key_error(format!(
                "`memory_by_age` says with its {} what it uses without any request",
                quoted(kind)
            ));
            error.help("remove `memory_idle`")
        };
        let points: Vec<(Span, u64)> = match &said.memory_by_age {
            None => vec![(Span::ZERO, idle)],
            Some(MemoryByAge::Ramp { to, over, after }) => {
                let (after, over) = (after.span(), over.span());
                if over.is_zero() {
                    let error = at_age.at("ramp").at("over").error("a ramp takes some time");
                    errors.push(error.help("for a jump, take a millisecond"));
                }
                let mut points = vec![(after, idle), (after + over, to.bytes())];
                points.dedup_by_key(|point| point.0);
                points
            }
            Some(MemoryByAge::Points(points)) => {
                errors.extend((idle > 0).then(|| in_place_of_idle("points")));
                let points = points.iter();
                points
                    .map(|point| (point.age.span(), point.memory.bytes()))
                    .collect()
            }
            Some(MemoryByAge::Trace(trace)) => {
                errors.extend((idle > 0).then(|| in_place_of_idle("trace")));
                match self.memory_trace(&at_age.at("trace"), trace) {
                    Ok(points) => points.to_vec(),
                    Err(error) => {
                        errors.push(*error);
                        vec![(Span::ZERO, 0)]
                    }
                }
            }
        };
        let profile = match MemoryProfile::new(&points, leak.per_hour.bytes()) {
            Ok(profile) => Some(profile),
            Err(error) => {
                errors.push(not_rising(&at_age.at("points"), error));
                None
            }
        };
        if !errors.is_empty() {
            errors.into_iter().for_each(|error| self.push(error));
            return None;
        }
        let changes = said.memory_by_age.is_some() || leak.per_hour.bytes() > 0;
        Some(profile.filter(|_| changes).map(Arc::new))
    }

    fn memory_trace(
        &mut self,
        spot: &Spot<'_>,
        trace: &MemoryTrace,
    ) -> Result<Arc<[(Span, u64)]>, Box<Diagnostic>> {
        let options = MemoryCsvOptions {
            timestamp: trace.timestamp.clone(),
            memory: trace.memory.clone(),
            from_first_row: trace.from_first_row,
        };
        self.files.memory(spot, trace.origin(), &options)
    }

    /// Warns of a container that is killed for its use of memory whenever it starts: it begins with `idle` bytes, as is said
    /// at `spot`.
    fn fits_its_limit(&mut self, spot: &Spot<'_>, idle: u64, limit: Option<ByteQuantity>) {
        if let Some(limit) = limit.filter(|limit| limit.bytes() > 0 && idle > limit.bytes()) {
            let unless = match self.platform {
                Platform::Kubernetes => "",
                Platform::Docker { .. } | Platform::Swarm => ", unless the rest fits into swap",
            };
            let warning = spot.warning(format!(
                "without any request this is more than the limit of {limit}: the container is killed whenever it \
                 starts{unless}"
            ));
            self.push(warning.help("raise `resources.limits.memory`"));
        }
    }

    /// Reports what requests leave behind in pods that serve none.
    pub(super) fn serve_nothing(&mut self, items: &[Spot<'_>], containers: &[Container]) {
        for (item, container) in items.iter().zip(containers) {
            if container.usage.memory_per_request_bytes > 0 {
                let spot = item.at("usage").at("memory_leak").at("per_request");
                let error = spot.key_error("the pods of a Job serve no requests");
                self.push(error.help("say what they leak `per_hour`"));
            }
        }
    }

    /// Reads how much swap Docker lets the containers of a workload have, and whom the kernel kills first.
    pub(super) fn memory_rules(&mut self, item: &Spot<'_>, workload: &mut LoweredWorkload) {
        workload.rules.oom_score_adj = self.read_or(&item.at("oom_score_adj"), 0).unwrap_or_default();
        if !matches!(self.platform, Platform::Docker { .. }) {
            return;
        }
        let spot = item.at("memswap_limit");
        let Some(said) = self.read::<RawSwap>(&spot) else {
            return;
        };
        let swap = match said {
            RawSwap::Word(Unlimited::Unlimited) => MemorySwap::Unlimited,
            RawSwap::Total(total) => MemorySwap::Total(total.bytes()),
        };
        workload.rules.memory_swap = swap;
        let MemorySwap::Total(total) = swap else { return };
        let containers = workload.template.containers.iter();
        let limited = containers.filter(|one| one.kind != ContainerKind::Init);
        let least = limited.map(|one| one.limits.memory_bytes);
        for limit in least {
            let wrong = match limit {
                0 => "it stands beside a limit of memory, and there is none",
                limit if total < limit => {
                    "memory and swap together cannot be less than the limit of memory alone"
                }
                _ => continue,
            };
            let at = pods_of(item).at("containers");
            let error = spot.error(wrong).help("Docker refuses it");
            self.push(error.related(at.cursor.place(), "the containers are here"));
            return;
        }
    }
}

fn not_rising(spot: &Spot<'_>, error: ProfileError) -> Diagnostic {
    match error {
        ProfileError::NotRising(place) => {
            let item = spot.items().into_iter().nth(place);
            let at = item.map_or_else(|| spot.clone(), |item| item.at("age"));
            at.error("ages must rise from point to point")
        }
        ProfileError::Empty => spot.error("expected one point or more"),
    }
}
