//! Pods that ask for the same: what is asked is read once for all of them.

use super::relaxation::{GivenUp, relaxed};
use super::requirements::Requirements;
use crate::model::labels::Taint;
use crate::model::pod_template::PodTemplate;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Alternatives of what a pod's volumes ask of its node; none for anything.
pub type VolumeNeeds = Arc<[Requirements]>;

/// The index of a class.
pub type ClassId = usize;

/// What pods of one template, with volumes in the same places, ask of a node.
#[derive(Clone, Debug)]
pub struct PodClass {
    /// Their template, less what was given up.
    pub template: Arc<PodTemplate>,
    /// What their volumes ask.
    pub volumes: VolumeNeeds,
    /// What they ask of labels, the heaviest preference included.
    pub requirements: Requirements,
    /// What they ask of labels without preferences: what counts for domains.
    pub strict: Requirements,
    /// The class they are of when they have given up one thing more.
    next: Next,
}

#[derive(Clone, Copy, Debug)]
enum Next {
    NotAsked,
    None,
    Some(ClassId, GivenUp),
}

impl PodClass {
    fn new(template: Arc<PodTemplate>, volumes: VolumeNeeds) -> Self {
        let strict = Requirements::of_pod(&template, false);
        let requirements = if template.rules.node_affinity.preferred.is_empty() {
            strict.clone()
        } else {
            Requirements::of_pod(&template, true)
        };
        Self {
            template,
            volumes,
            requirements,
            strict,
            next: Next::NotAsked,
        }
    }

    /// Whether they may go to a node with these taints; a soft taint keeps them away too until that is given up.
    #[must_use]
    pub fn tolerates(&self, taints: &[Taint]) -> bool {
        taints.iter().all(|taint| self.template.tolerates(taint))
    }
}

/// Every class that was seen.
#[derive(Clone, Debug, Default)]
pub struct PodClasses {
    classes: Vec<PodClass>,
    /// By the address of the template, which lives as long as its class.
    known: BTreeMap<usize, Vec<ClassId>>,
    /// Whether pods may give up keeping away from soft taints: some NodePool has one.
    soft_taints: bool,
}

impl PodClasses {
    /// None yet.
    #[must_use]
    pub fn new(soft_taints: bool) -> Self {
        Self {
            soft_taints,
            ..Self::default()
        }
    }

    /// The class of pods of `template` whose volumes ask for `volumes`.
    pub fn of(&mut self, template: &Arc<PodTemplate>, volumes: &VolumeNeeds) -> ClassId {
        let address = Arc::as_ptr(template) as usize;
        let known = self.known.entry(address).or_default();
        let alike = known
            .iter()
            .find(|&&class| self.classes[class].volumes == *volumes);
        if let Some(&class) = alike {
            return class;
        }
        let class = self.classes.len();
        known.push(class);
        self.classes
            .push(PodClass::new(template.clone(), volumes.clone()));
        class
    }

    /// A class.
    #[must_use]
    pub fn get(&self, class: ClassId) -> &PodClass {
        &self.classes[class]
    }

    /// How many there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.classes.len()
    }

    /// Whether there is none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.classes.is_empty()
    }

    /// The class of the same pods when they have given up one thing more.
    pub fn relaxed(&mut self, class: ClassId) -> Option<(ClassId, GivenUp)> {
        match self.classes[class].next {
            Next::None => None,
            Next::Some(next, given_up) => Some((next, given_up)),
            Next::NotAsked => {
                let own = &self.classes[class];
                let found = relaxed(&own.template, self.soft_taints);
                let found = found.map(|(template, given_up)| {
                    let next = self.classes.len();
                    let volumes = self.classes[class].volumes.clone();
                    self.classes.push(PodClass::new(Arc::new(template), volumes));
                    (next, given_up)
                });
                self.classes[class].next = found.map_or(Next::None, |(next, why)| Next::Some(next, why));
                found
            }
        }
    }
}
