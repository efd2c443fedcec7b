//! What is asked of a node's labels, all together (`pkg/scheduling/requirements.go`).

use super::allowed_values::AllowedValues;
use crate::model::labels::{INSTANCE_TYPE_LABEL, Labels};
use crate::model::placement_rules::{NodeSelectorTerm, REGION_LABEL, Requirement, ZONE_LABEL};
use crate::model::pod_template::PodTemplate;
use std::sync::Arc;

/// The label that names a node's NodePool.
pub const NODE_POOL_LABEL: &str = "karpenter.sh/nodepool";
/// The label that says how a node's capacity is bought.
pub const CAPACITY_TYPE_LABEL: &str = "karpenter.sh/capacity-type";
/// Labels that an instance type may leave open and that whoever launches the node fills in.
const WELL_KNOWN: [&str; 8] = [
    NODE_POOL_LABEL,
    CAPACITY_TYPE_LABEL,
    INSTANCE_TYPE_LABEL,
    ZONE_LABEL,
    REGION_LABEL,
    "kubernetes.io/arch",
    "kubernetes.io/os",
    "node.kubernetes.io/windows-build",
];
/// Labels of AWS' instance types, all of which are well known.
const WELL_KNOWN_PREFIX: &str = "karpenter.k8s.aws/instance-";

/// Whether a node may have the label though nothing said so before.
#[must_use]
pub fn is_well_known(key: &str) -> bool {
    WELL_KNOWN.contains(&key) || key.starts_with(WELL_KNOWN_PREFIX)
}

/// Which labels that are nowhere defined count as open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Undefined {
    /// None: the node is there and has the labels it has.
    Denied,
    /// The well-known ones: the node is still to be made.
    WellKnownAllowed,
}

/// What a node's labels may be, by key.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Requirements(Vec<(Arc<str>, Arc<AllowedValues>)>);

impl Requirements {
    /// Exactly these labels.
    #[must_use]
    pub fn of_labels(labels: &Labels) -> Self {
        let pairs = labels.iter();
        Self(
            pairs
                .map(|(key, value)| {
                    (
                        key.as_str().into(),
                        Arc::new(AllowedValues::only([value.as_str()])),
                    )
                })
                .collect(),
        )
    }

    /// All of these.
    #[must_use]
    pub fn of<'a>(requirements: impl IntoIterator<Item = &'a Requirement>) -> Self {
        let mut all = Self::default();
        for requirement in requirements {
            all.narrow(&requirement.key, &AllowedValues::of(requirement));
        }
        all
    }

    /// What a pod asks: its node selector, the first of its required terms, and with `preferences` the heaviest of its
    /// preferred ones as if it were required.
    #[must_use]
    pub fn of_pod(template: &PodTemplate, preferences: bool) -> Self {
        let mut all = Self::of_labels(&template.node_selector);
        let affinity = &template.rules.node_affinity;
        let heaviest = affinity.preferred.iter().rev().max_by_key(|one| one.weight);
        let heaviest = heaviest.filter(|_| preferences).map(|one| &one.preference);
        let first = affinity.required.as_ref().and_then(|terms| terms.first());
        for term in heaviest.into_iter().chain(first) {
            all.narrow_by_term(term);
        }
        all
    }

    /// What a pod asks, preferences aside, in each of the ways it may be met: one for each of its required terms.
    #[must_use]
    pub fn alternatives_of_pod(template: &PodTemplate) -> Vec<Self> {
        let selected = Self::of_labels(&template.node_selector);
        let Some(terms) = &template.rules.node_affinity.required else {
            return vec![selected];
        };
        let with = |term| {
            let mut all = selected.clone();
            all.narrow_by_term(term);
            all
        };
        terms.iter().map(with).collect()
    }

    fn narrow_by_term(&mut self, term: &NodeSelectorTerm) {
        for requirement in &term.match_expressions {
            self.narrow(&requirement.key, &AllowedValues::of(requirement));
        }
    }

    /// Asks for one more thing.
    pub fn narrow(&mut self, key: &str, allowed: &AllowedValues) {
        match self.place(key) {
            Ok(place) => self.narrow_at(place, allowed),
            Err(place) => self.0.insert(place, (key.into(), Arc::new(allowed.clone()))),
        }
    }

    /// What is left as it was stays shared, so that it is seen at a glance to be the same.
    fn narrow_at(&mut self, place: usize, allowed: &AllowedValues) {
        let own = &mut self.0[place].1;
        let both = own.intersection(allowed);
        if **own != both {
            *own = Arc::new(both);
        }
    }

    /// Asks for all of `others` too.
    pub fn narrow_all(&mut self, others: &Self) {
        for (key, allowed) in &others.0 {
            match self.place(key) {
                Ok(place) if Arc::ptr_eq(&self.0[place].1, allowed) => {}
                Ok(place) => self.narrow_at(place, allowed),
                Err(place) => self.0.insert(place, (key.clone(), allowed.clone())),
            }
        }
    }

    /// Replaces what is asked of one label.
    pub fn set(&mut self, key: &str, allowed: AllowedValues) {
        match self.place(key) {
            Ok(place) => self.0[place].1 = Arc::new(allowed),
            Err(place) => self.0.insert(place, (key.into(), Arc::new(allowed))),
        }
    }

    /// What is asked of one label, if anything is.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&AllowedValues> {
        self.place(key).ok().map(|place| &*self.0[place].1)
    }

    /// Whether a label may have a value.
    #[must_use]
    pub fn allow(&self, key: &str, value: &str) -> bool {
        self.get(key).is_none_or(|allowed| allowed.has(value))
    }

    /// Asks nothing more of one label.
    pub fn remove(&mut self, key: &str) {
        if let Ok(place) = self.place(key) {
            self.0.remove(place);
        }
    }

    /// Every key with what is asked of it, by key.
    pub fn iter(&self) -> impl Iterator<Item = (&Arc<str>, &AllowedValues)> {
        self.0.iter().map(|(key, allowed)| (key, &**allowed))
    }

    /// Whether any of it asks that so many different values stay possible.
    #[must_use]
    pub fn has_min_values(&self) -> bool {
        self.iter().any(|(_, allowed)| allowed.min_values().is_some())
    }

    /// The first key on which a node that `self` describes cannot meet `asked`: a key that `self` does not define is met
    /// by what allows its absence and, if so said, where it is well known.
    #[must_use]
    pub fn conflict<'a>(&self, asked: &'a Self, undefined: Undefined) -> Option<&'a str> {
        let unmet = |(key, allowed): (&'a Arc<str>, &AllowedValues)| {
            let met = match self.get(key) {
                Some(own) => meets(own, allowed),
                None => {
                    allowed.allows_absence()
                        || (undefined == Undefined::WellKnownAllowed && is_well_known(key))
                }
            };
            (!met).then_some(&**key)
        };
        asked.iter().find_map(unmet)
    }

    /// Whether on every key that both have there is a value for both.
    #[must_use]
    pub fn intersect(&self, others: &Self) -> bool {
        others
            .iter()
            .all(|(key, allowed)| self.get(key).is_none_or(|own| meets(own, allowed)))
    }

    fn place(&self, key: &str) -> Result<usize, usize> {
        self.0.binary_search_by(|(known, _)| (**known).cmp(key))
    }
}

/// Two sets meet where they share a value, and where both are met by a label that is not there.
fn meets(own: &AllowedValues, asked: &AllowedValues) -> bool {
    own.intersects(asked) || (own.allows_absence() && asked.allows_absence())
}

#[cfg(test)]
mod tests {
    use super::{AllowedValues, Requirements, Undefined};
    use crate::model::placement_rules::ZONE_LABEL;

    fn only(key: &str, values: &[&str]) -> Requirements {
        let mut requirements = Requirements::default();
        requirements.narrow(key, &AllowedValues::only(values.iter().copied()));
        requirements
    }

    /// A custom label that no NodePool defines must keep a pod off new nodes; a zone must not.
    #[test]
    fn only_well_known_labels_may_be_left_open() {
        let open = Requirements::default();
        let conflict = |asked: &Requirements, undefined| open.conflict(asked, undefined).map(str::to_owned);
        let (zone, team) = (only(ZONE_LABEL, &["a"]), only("team", &["x"]));
        assert_eq!(conflict(&zone, Undefined::WellKnownAllowed), None);
        assert_eq!(conflict(&zone, Undefined::Denied).as_deref(), Some(ZONE_LABEL));
        assert_eq!(
            conflict(&team, Undefined::WellKnownAllowed).as_deref(),
            Some("team")
        );
        let mut without_team = Requirements::default();
        without_team.narrow("team", &AllowedValues::all_but(["x"]));
        assert_eq!(conflict(&without_team, Undefined::Denied), None);
        assert_eq!(
            only("team", &["x"]).conflict(&without_team, Undefined::Denied),
            Some("team")
        );
    }
}
