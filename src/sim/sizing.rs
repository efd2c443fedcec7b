//! Pods with sizes of their own: who decides about them during a run, and what became of what was decided.
//!
//! Knows: a container's size as its template has it, and resizes that wait for room. Must not know: how a size is
//! chosen, or how a node makes room.
//!
//! Only main containers are sized: what runs before or beside them keeps the template's requests, as with Kubernetes'
//! Vertical Pod Autoscaler.

use super::turns::Turns;
use crate::engine::{Span, Time};
use crate::model::pod_template::{Container, ContainerKind, PodTemplate};
use crate::model::units::{ByteQuantity, CpuQuantity};
use crate::policy::pod_scaling::pod_sizer::{
    Amounts, ContainerSize, ContainerTemplate, OomKill, PodSizer, Recommendation, ResizeState,
};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A resize that was asked for and is not done.
#[derive(Clone, Debug)]
pub(super) struct Waiting {
    /// Of the main containers, in the template's order.
    pub(super) sizes: Vec<ContainerSize>,
    /// [`ResizeState::Deferred`] or [`ResizeState::Infeasible`].
    pub(super) state: ResizeState,
}

/// A workload's pod sizer during a run.
#[derive(Clone, Debug)]
pub(super) struct Sizing {
    pub(super) sizer: Box<dyn PodSizer>,
    pub(super) recommend: Turns,
    pub(super) update: Turns,
    /// What it recommended last.
    pub(super) said: Vec<Option<Recommendation>>,
    /// Resizes that wait, by the pod's ordinal.
    pub(super) waiting: BTreeMap<u64, Waiting>,
    /// Kills for memory that it has not been told of.
    pub(super) ooms: Vec<OomKill>,
    /// Of pods whose containers were last stopped by one: which main container it was, and how long it had run.
    pub(super) last_ooms: BTreeMap<u64, (usize, Span)>,
    /// What pods with sizes of their own are made of, each with the template it differs from; those of no living pod are
    /// forgotten.
    classes: Vec<(Arc<PodTemplate>, Arc<PodTemplate>)>,
}

impl Sizing {
    pub(super) fn new(sizer: Box<dyn PodSizer>) -> Self {
        Self {
            sizer,
            recommend: Turns::new(None, Time::NEVER),
            update: Turns::new(None, Time::NEVER),
            said: Vec::new(),
            waiting: BTreeMap::new(),
            ooms: Vec::new(),
            last_ooms: BTreeMap::new(),
            classes: Vec::new(),
        }
    }

    /// `template` with main containers of these sizes. Pods of equal sizes share it.
    pub(super) fn class_of(
        &mut self,
        template: &Arc<PodTemplate>,
        sizes: &[ContainerSize],
    ) -> Arc<PodTemplate> {
        let of_template = self.classes.iter().filter(|(of, _)| Arc::ptr_eq(of, template));
        let known = std::iter::once(template).chain(of_template.map(|(_, class)| class));
        let is_of_sizes = |class: &&Arc<PodTemplate>| mains(class).map(size_of).eq(sizes.iter().copied());
        if let Some(class) = known.into_iter().find(is_of_sizes) {
            return class.clone();
        }
        self.classes.retain(|(_, class)| Arc::strong_count(class) > 1);
        let mut sizes = sizes.iter();
        let resized = template.containers.iter().map(|container| match container.kind {
            ContainerKind::Main => sizes
                .next()
                .map_or_else(|| container.clone(), |size| of_size(container, *size)),
            ContainerKind::Init | ContainerKind::Sidecar => container.clone(),
        });
        let class = Arc::new(template.with_containers(resized.collect()));
        self.classes.push((template.clone(), class.clone()));
        class
    }
}

/// The containers that are sized.
pub(super) fn mains(class: &PodTemplate) -> impl Iterator<Item = &Container> {
    let all = class.containers.iter();
    all.filter(|container| container.kind == ContainerKind::Main)
}

/// The containers that are sized, as a pod sizer sees them.
pub(super) fn templates(class: &PodTemplate) -> Vec<ContainerTemplate<'_>> {
    let all = mains(class).map(|container| ContainerTemplate {
        name: &container.name,
        size: size_of(container),
    });
    all.collect()
}

/// What a container asks for and may use at most.
pub(super) fn size_of(container: &Container) -> ContainerSize {
    let (requests, limits) = (&container.requests, &container.limits);
    let said = |amount: u64, none: bool| (amount > 0 || none).then_some(amount);
    ContainerSize {
        requests: Amounts {
            cpu_milli: said(requests.cpu_milli, container.asks_for_none.cpu),
            memory_bytes: said(requests.memory_bytes, container.asks_for_none.memory),
        },
        limits: Amounts {
            cpu_milli: said(limits.cpu_milli, false),
            memory_bytes: said(limits.memory_bytes, false),
        },
    }
}

fn of_size(container: &Container, size: ContainerSize) -> Container {
    let mut resized = container.clone();
    for (resources, amounts) in [
        (&mut resized.requests, size.requests),
        (&mut resized.limits, size.limits),
    ] {
        resources.cpu_milli = amounts.cpu_milli.unwrap_or(resources.cpu_milli);
        resources.memory_bytes = amounts.memory_bytes.unwrap_or(resources.memory_bytes);
    }
    resized
}

/// To the mebibyte, as people read memory.
pub(super) const fn legible(bytes: u64) -> u64 {
    const MEBIBYTE: u64 = 1 << 20;
    match bytes {
        0..MEBIBYTE => bytes,
        _ => bytes.saturating_add(MEBIBYTE / 2) / MEBIBYTE * MEBIBYTE,
    }
}

/// Requests by container, as people write them: `app 250m and 512Mi`.
pub(super) fn written<'a>(of: impl Iterator<Item = (&'a str, Amounts)>) -> String {
    let each = of.map(|(name, amounts)| {
        let cpu = amounts
            .cpu_milli
            .map(|milli| CpuQuantity::from_millis(milli).to_string());
        let memory = amounts
            .memory_bytes
            .map(|bytes| ByteQuantity::new(legible(bytes)).to_string());
        let amounts: Vec<String> = cpu.into_iter().chain(memory).collect();
        format!("{name} {}", amounts.join(" and "))
    });
    each.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::{Sizing, mains, size_of, written};
    use crate::model::pod_template::{AsksForNone, Container, ContainerKind, PodTemplate, Usage};
    use crate::model::resources::Resources;
    use crate::policy::pod_scaling::pod_sizer::{Amounts, ContainerSize};
    use crate::policy::pod_scaling::vpa::{Vpa, VpaSpec};
    use crate::stats::Distribution;
    use std::sync::Arc;

    fn template() -> Arc<PodTemplate> {
        let container = |name: &str, kind, cpu| Container {
            cpu_weight: None,
            name: name.into(),
            kind,
            image: None,
            requests: Resources::new(cpu, 1 << 30),
            asks_for_none: AsksForNone::default(),
            limits: Resources::default(),
            usage: Usage::default(),
            startup: Distribution::ZERO,
        };
        let containers = vec![
            container("proxy", ContainerKind::Sidecar, 100),
            container("app", ContainerKind::Main, 2000),
        ];
        Arc::new(PodTemplate::new(containers).with_overhead(&Resources::new(10, 0)))
    }

    /// Were each resized pod of a class of its own, ten thousand pods would be ten thousand classes to place.
    #[test]
    fn pods_of_one_size_share_a_class_and_classes_of_no_pod_are_forgotten() {
        let (template, mut sizing) = (template(), Sizing::new(Box::new(Vpa::from(VpaSpec::default()))));
        let of = |cpu| ContainerSize {
            requests: Amounts::of(cpu, 1 << 20),
            limits: Amounts::default(),
        };
        let (first, second) = (
            sizing.class_of(&template, &[of(300)]),
            sizing.class_of(&template, &[of(300)]),
        );
        assert!(Arc::ptr_eq(&first, &second));
        assert_eq!(
            first.requests().cpu_milli,
            100 + 300 + 10,
            "sidecar and overhead stay"
        );
        let same: Vec<_> = mains(&template).map(size_of).collect();
        assert!(Arc::ptr_eq(&sizing.class_of(&template, &same), &template));
        drop((first, second));
        for cpu in 0..100 {
            let _ = sizing.class_of(&template, &[of(cpu + 1)]);
        }
        assert!(sizing.classes.len() <= 2, "{} are kept", sizing.classes.len());
    }

    #[test]
    fn requests_are_written_as_quantities() {
        let amounts = Amounts::of(250, 512 << 20);
        assert_eq!(written([("app", amounts)].into_iter()), "app 250m and 512Mi");
    }
}
