//! What a pod is made of: containers, what they reserve and use, and how long they take to start and to stop.

mod container;

pub use container::{AsksForNone, Container, ContainerKind, Standing, Usage};

use super::gpu::{GpuRequest, is_gpu};
use super::image::{Image, with_tag};
use super::labels::{Labels, Taint, TaintEffect, Toleration, UNSCHEDULABLE_TAINT};
use super::observed::pods::{ObservedContainer, ObservedRequest};
use super::owner::Owner;
use super::placement_rules::PlacementRules;
use super::pod_resources::PodResources;
use super::probe::ContainerProbes;
use super::resources::Resources;
use super::volume::PodVolumes;
use crate::engine::Span;
use crate::stats::Distribution;
use std::borrow::Cow;

/// What all replicas of a workload share.
#[derive(Clone, Debug, PartialEq)]
pub struct PodTemplate {
    /// The workload's namespace.
    pub namespace: String,
    /// Labels of its pods.
    pub labels: Labels,
    /// Annotations of its pods, which node scalers and controllers read.
    pub annotations: Labels,
    /// What makes its pods.
    pub owner: Owner,
    /// The labels a node must have.
    pub node_selector: Labels,
    /// The taints it may ignore.
    pub tolerations: Vec<Toleration>,
    /// What else it asks of its node.
    pub rules: PlacementRules,
    /// Its volumes.
    pub volumes: PodVolumes,
    /// Its containers, init ones in their order.
    pub containers: Vec<Container>,
    /// From the containers' start to the first request the pod may take, seconds.
    pub readiness: Distribution,
    /// How its containers are asked whether they are well.
    pub probes: Vec<ContainerProbes>,
    /// How long it may finish what it has after it was asked to stop.
    pub termination_grace: Span,
    /// How long it waits at its end before it is asked to stop: a part of that.
    pub pre_stop: Span,
    gpu_share: Option<u16>,
    gpus: GpuRequest,
    pod: PodResources,
    overhead: Resources,
    requests: Resources,
    scored_requests: Resources,
    image_names: Vec<String>,
    observed: Vec<ObservedContainer>,
}

impl PodTemplate {
    /// A template of these containers with no labels, no selector, no tolerations, ready as soon as it has started and
    /// with Kubernetes' grace of 30 s.
    #[must_use]
    pub fn new(containers: Vec<Container>) -> Self {
        let template = Self {
            namespace: "default".to_owned(),
            labels: Labels::new(),
            annotations: Labels::new(),
            owner: Owner::default(),
            node_selector: Labels::new(),
            tolerations: Vec::new(),
            rules: PlacementRules::default(),
            volumes: PodVolumes::default(),
            gpu_share: None,
            gpus: GpuRequest::NONE,
            pod: PodResources::default(),
            overhead: Resources::default(),
            requests: Resources::default(),
            scored_requests: Resources::default(),
            observed: observed(&containers),
            image_names: image_names(&containers),
            containers,
            readiness: Distribution::ZERO,
            probes: Vec::new(),
            termination_grace: Span::from_secs(30),
            pre_stop: Span::ZERO,
        };
        template.counted()
    }

    /// The same with `overhead`, what the pod's sandbox takes beside its containers.
    #[must_use]
    pub fn with_overhead(mut self, overhead: &Resources) -> Self {
        self.overhead.add(overhead);
        self.counted()
    }

    /// The same with what is asked for the pod as a whole, which counts in place of the sum of its containers.
    #[must_use]
    pub fn with_pod_resources(mut self, pod: PodResources) -> Self {
        self.pod = pod;
        self.counted()
    }

    /// The same with a share of one GPU, in thousandths of it, beside what its containers ask for.
    #[must_use]
    pub fn with_gpu_share(mut self, milli: u16) -> Self {
        self.gpu_share = Some(milli);
        self.counted()
    }

    /// The GPUs it asks for: the share, or the whole devices its containers name as an extended resource.
    #[must_use]
    pub const fn gpus(&self) -> GpuRequest {
        self.gpus
    }

    /// What is asked for the pod as a whole.
    #[must_use]
    pub const fn pod_resources(&self) -> PodResources {
        self.pod
    }

    /// The same with its sums made anew: the containers together, or what is said of the pod instead, and overhead.
    fn counted(mut self) -> Self {
        self.requests = reserved_by(&self.containers, |container| Cow::Borrowed(&container.requests));
        self.scored_requests = reserved_by(&self.containers, scored_request);
        for sum in [&mut self.requests, &mut self.scored_requests] {
            self.pod.requests.in_place_of(sum);
            sum.add(&self.overhead);
        }
        let whole = self.requests.extended_iter().filter(|(name, _)| is_gpu(name));
        let whole = whole.fold(0, |sum: u64, (_, count)| sum.saturating_add(count));
        self.gpus = match self.gpu_share {
            Some(milli) => GpuRequest::share(milli),
            None => GpuRequest::whole(u16::try_from(whole).unwrap_or(u16::MAX)),
        };
        self
    }

    /// What a pod reserves on its node, its pod slot included.
    #[must_use]
    pub fn requests(&self) -> &Resources {
        &self.requests
    }

    /// CPU that a pod's containers use on top at first, over the first `age` from their start; thousandths × ns.
    #[must_use]
    pub fn startup_cpu(&self, age: Span) -> u128 {
        self.running()
            .map(|container| container.usage.startup_cpu(age))
            .sum()
    }

    /// Whether any container says how much CPU it uses.
    #[must_use]
    pub fn says_cpu_usage(&self) -> bool {
        self.running().any(|container| container.usage.says_cpu())
    }

    /// Whether any container uses CPU on top at first.
    #[must_use]
    pub fn has_startup_cpu(&self) -> bool {
        self.running()
            .any(|container| !container.usage.cpu_startup_for.is_zero())
    }

    /// Whether any container says how much memory it uses.
    #[must_use]
    pub fn says_memory_usage(&self) -> bool {
        self.running().any(|container| container.usage.says_memory())
    }

    /// Whether the memory that any container uses changes while it runs, with requests or without.
    #[must_use]
    pub fn memory_varies(&self) -> bool {
        self.running()
            .any(|container| container.usage.memory_per_slot_bytes > 0 || container.usage.memory_changes())
    }

    /// Whether the memory that any container uses without requests changes while it runs.
    #[must_use]
    pub fn memory_changes(&self) -> bool {
        self.running().any(|container| container.usage.memory_changes())
    }

    /// The same with other containers.
    #[must_use]
    pub fn with_containers(&self, containers: Vec<Container>) -> Self {
        let template = Self {
            observed: observed(&containers),
            image_names: image_names(&containers),
            containers,
            ..self.clone()
        };
        template.counted()
    }

    /// Its main and sidecar containers as the cluster's API shows them.
    #[must_use]
    pub fn observed(&self) -> &[ObservedContainer] {
        &self.observed
    }

    /// What the cluster's API shows of the pod as a whole, if anything is asked for it so.
    #[must_use]
    pub fn observed_request(&self) -> Option<ObservedRequest> {
        let is_set = self.pod.requests.named().next().is_some();
        is_set.then(|| ObservedRequest {
            cpu_milli: shown(self.requests.cpu_milli),
            memory_milli: shown(self.requests.memory_bytes).map(|bytes| bytes.wrapping_mul(1000)),
        })
    }

    /// The containers that run while the pod does.
    pub fn running(&self) -> impl Iterator<Item = &Container> {
        self.containers
            .iter()
            .filter(|container| container.kind != ContainerKind::Init)
    }

    /// The CPU that pods use in `pod_time` pod-nanoseconds of running and `busy` slot-nanoseconds in use, once they have
    /// started: thousandths × ns, exact.
    #[must_use]
    pub fn cpu_used(&self, pod_time: u128, busy: u128) -> u128 {
        self.running()
            .map(|container| {
                u128::from(container.usage.cpu_idle_milli) * pod_time
                    + u128::from(container.usage.cpu_per_slot_milli) * busy
            })
            .sum()
    }

    /// The same as scores see it, where a container without a request of CPU or memory counts as one with 100m or
    /// 200Mi (kube-scheduler `util/pod_resources.go`).
    #[must_use]
    pub fn scored_requests(&self) -> &Resources {
        &self.scored_requests
    }

    /// The names of its containers' images, each with its tag.
    #[must_use]
    pub fn image_names(&self) -> &[String] {
        &self.image_names
    }

    /// Its containers' images, by name with tag.
    pub fn images(&self) -> impl Iterator<Item = (&str, &Image)> {
        let images = self
            .containers
            .iter()
            .filter_map(|container| container.image.as_ref());
        self.image_names.iter().map(String::as_str).zip(images)
    }

    /// Whether the node called `name` with `labels` is one that the node selector and the needed affinity allow.
    #[must_use]
    pub fn selects(&self, name: &str, labels: &Labels) -> bool {
        self.node_selector
            .iter()
            .all(|(key, value)| labels.get(key) == Some(value))
            && self.rules.node_affinity.allows(name, labels)
    }

    /// Whether it may ignore `taint`.
    #[must_use]
    pub fn tolerates(&self, taint: &Taint) -> bool {
        self.tolerations
            .iter()
            .any(|toleration| toleration.tolerates(taint))
    }

    /// Whether it may go to nodes that are closed to others.
    #[must_use]
    pub fn tolerates_unschedulable(&self) -> bool {
        self.tolerates(&Taint {
            key: UNSCHEDULABLE_TAINT.to_owned(),
            value: String::new(),
            effect: TaintEffect::NoSchedule,
        })
    }

    /// What a pod with `busy` slots in use uses when it has just started: (thousandths of a CPU, bytes of memory).
    #[must_use]
    pub fn usage(&self, busy: f64) -> (f64, f64) {
        self.running().fold((0.0, 0.0), |(cpu, memory), container| {
            let Usage {
                cpu_idle_milli,
                cpu_per_slot_milli,
                memory_idle_bytes,
                memory_per_slot_bytes,
                ..
            } = &container.usage;
            (
                cpu + *cpu_idle_milli as f64 + busy * *cpu_per_slot_milli as f64,
                memory + *memory_idle_bytes as f64 + busy * *memory_per_slot_bytes as f64,
            )
        })
    }
}

/// Kubernetes' rule: main and sidecar containers add up; an init container runs alone beside the sidecars declared
/// before it, so each resource is the larger of the sum and of the greatest such moment.
fn reserved_by<'a>(
    containers: &'a [Container],
    request: impl Fn(&'a Container) -> Cow<'a, Resources>,
) -> Resources {
    let mut together = Resources::default();
    let mut sidecars = Resources::default();
    let mut moment = Resources::default();
    for container in containers {
        let request = request(container);
        match container.kind {
            ContainerKind::Main => together.add(&request),
            ContainerKind::Sidecar => {
                together.add(&request);
                sidecars.add(&request);
                moment.raise_to(&sidecars);
            }
            ContainerKind::Init => {
                let mut alone = sidecars.clone();
                alone.add(&request);
                moment.raise_to(&alone);
            }
        }
    }
    together.raise_to(&moment);
    together.pods = 1;
    together
}

/// The images of containers, by name with tag.
fn image_names(containers: &[Container]) -> Vec<String> {
    let images = containers.iter().filter_map(|container| container.image.as_ref());
    images.map(|image| with_tag(&image.name)).collect()
}

/// Main and sidecar containers as the cluster's API shows them.
fn observed(containers: &[Container]) -> Vec<ObservedContainer> {
    let running = containers
        .iter()
        .filter(|container| container.kind != ContainerKind::Init);
    let shown = running.map(|container| ObservedContainer {
        name: container.name.clone(),
        cpu_request_milli: shown(container.requests.cpu_milli),
        memory_request_milli: shown(container.requests.memory_bytes).map(|bytes| bytes.wrapping_mul(1000)),
    });
    shown.collect()
}

fn shown(amount: u64) -> Option<i64> {
    (amount > 0).then_some(amount as i64)
}

/// A container's request with the scheduler's guesses for what it does not say.
fn scored_request(container: &Container) -> Cow<'_, Resources> {
    const CPU_MILLI: u64 = 100;
    const MEMORY_BYTES: u64 = 200 << 20;
    let mut request = container.requests.clone();
    if request.cpu_milli == 0 && !container.asks_for_none.cpu {
        request.cpu_milli = CPU_MILLI;
    }
    if request.memory_bytes == 0 && !container.asks_for_none.memory {
        request.memory_bytes = MEMORY_BYTES;
    }
    Cow::Owned(request)
}

#[cfg(test)]
mod tests {
    use super::{AsksForNone, Container, ContainerKind, Distribution, PodTemplate, Resources, Usage};
    use crate::model::pod_resources::{PodAmounts, PodResources};

    fn container(kind: ContainerKind, cpu: u64, memory: u64) -> Container {
        Container {
            cpu_weight: None,
            name: "c".into(),
            kind,
            image: None,
            requests: Resources::new(cpu, memory),
            asks_for_none: AsksForNone::default(),
            limits: Resources::default(),
            usage: Usage::default(),
            startup: Distribution::ZERO,
        }
    }

    #[test]
    fn a_large_init_container_raises_the_reservation_but_does_not_add_to_it() {
        use ContainerKind::{Init, Main, Sidecar};
        let reserved = |containers: &[(ContainerKind, u64, u64)]| {
            let containers = containers
                .iter()
                .map(|&(kind, cpu, memory)| container(kind, cpu, memory))
                .collect();
            let template = PodTemplate::new(containers);
            (template.requests().cpu_milli, template.requests().memory_bytes)
        };
        assert_eq!(reserved(&[(Main, 100, 10), (Main, 200, 20)]), (300, 30));
        assert_eq!(reserved(&[(Init, 500, 5), (Main, 100, 10)]), (500, 10));
        assert_eq!(
            reserved(&[(Sidecar, 50, 0), (Init, 500, 0), (Main, 100, 0)]),
            (550, 0)
        );
        assert_eq!(
            reserved(&[(Init, 500, 0), (Sidecar, 50, 0), (Main, 100, 0)]),
            (500, 0)
        );
    }

    #[test]
    fn what_is_asked_for_a_pod_counts_in_place_of_its_containers_and_overhead_on_top() {
        use ContainerKind::{Init, Main};
        let containers = vec![
            container(Init, 700, 5),
            container(Main, 100, 10),
            container(Main, 0, 0),
        ];
        let pod = PodResources {
            requests: PodAmounts {
                cpu_milli: Some(1000),
                memory_bytes: None,
            },
            limits: PodAmounts::default(),
        };
        let template = PodTemplate::new(containers)
            .with_pod_resources(pod)
            .with_overhead(&Resources::new(50, 1));
        let sums = |template: &PodTemplate| {
            let requests = template.requests();
            (requests.cpu_milli, requests.memory_bytes, requests.pods)
        };
        assert_eq!(sums(&template), (1050, 11, 1));
        assert_eq!(
            template.scored_requests().cpu_milli,
            1050,
            "nothing is guessed of what is said"
        );
        let larger = template.with_containers(vec![container(Main, 400, 20)]);
        assert_eq!(
            sums(&larger),
            (1050, 21, 1),
            "other containers change only the rest"
        );
    }
}
