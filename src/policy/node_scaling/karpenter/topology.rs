//! All wishes about where other pods are, and what they leave open for the next pod (`scheduling/topology.go`).

use super::allowed_values::AllowedValues;
use super::existing_nodes::ExistingNodes;
use super::pod_class::{ClassId, PodClass, PodClasses};
use super::requirements::{Requirements, Undefined};
use super::topology_group::{NodeFilter, Rule, TopologyGroup, Wish};
use super::universe::Universe;
use crate::model::cluster::ApiObjects;
use crate::model::labels::{Labels, Taint};
use crate::model::placement_rules::{
    AffinityTerm, HOSTNAME_LABEL, NodeInclusion, PodAffinity, SpreadConstraint,
};
use crate::model::pod_template::PodTemplate;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What a class has to do with the groups.
#[derive(Clone, Debug, Default)]
struct ClassGroups {
    /// Groups of its own wishes.
    own: Vec<usize>,
    /// Groups of its own needed distance, seen from the others' side.
    keeps_off: Vec<usize>,
    /// By group: whether its pods count there.
    counted: Vec<Option<bool>>,
    /// The same for groups seen from the others' side.
    kept_off: Vec<Option<bool>>,
    is_ready: bool,
}

/// Which of the two lists a group is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Side {
    Own,
    Others,
}

/// Every wish about other pods, with counts.
#[derive(Debug, Default)]
pub struct Topology {
    groups: Vec<TopologyGroup>,
    /// Needed distance, seen from the side of those who are kept off: counts those who keep others off.
    inverse: Vec<TopologyGroup>,
    /// So many of those know the domains that new nodes may be in.
    registered: usize,
    by_class: Vec<ClassGroups>,
    namespaces: BTreeMap<String, Labels>,
    /// What was recorded, to be undone.
    journal: Vec<(Side, usize, Arc<str>, i64)>,
    /// Nodes that are taken out for the moment.
    out: Vec<usize>,
}

impl Topology {
    /// No wish yet; those of pods on `existing` nodes that keep others off are read at once.
    #[must_use]
    pub fn new(objects: &ApiObjects, existing: &ExistingNodes, classes: &PodClasses) -> Self {
        let mut topology = Self {
            namespaces: objects.namespaces.clone(),
            ..Self::default()
        };
        let keep_off: BTreeSet<ClassId> = existing
            .all()
            .iter()
            .flat_map(|node| node.pods.iter().map(|(class, _)| *class))
            .filter(|&class| {
                let rules = &classes.get(class).template.rules;
                !rules.pod_anti_affinity.required.is_empty()
            })
            .collect();
        for class in keep_off {
            topology.add_keep_off(class, existing, classes);
        }
        topology
    }

    /// Reads the wishes of a class, if that was not done yet.
    pub fn ensure(
        &mut self,
        class: ClassId,
        universe: &Universe,
        existing: &ExistingNodes,
        classes: &PodClasses,
    ) {
        if self.entry(class).is_ready {
            return;
        }
        self.entry(class).is_ready = true;
        let template = classes.get(class).template.clone();
        self.add_keep_off(class, existing, classes);
        while self.registered < self.inverse.len() {
            let group = &mut self.inverse[self.registered];
            for domain in universe.domains(&group.wish.key, None) {
                group.register(&domain);
            }
            self.registered += 1;
        }
        for wish in self.wishes(&template) {
            let known = self.groups.iter().position(|group| group.wish == wish);
            let index = known.unwrap_or_else(|| self.add_group(wish, universe, existing, classes));
            let own = &mut self.by_class[class].own;
            if !own.contains(&index) {
                own.push(index);
            }
        }
    }

    /// Whether there is any wish at all.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.groups.is_empty() && self.inverse.is_empty()
    }

    /// Whether a class has no wish of its own and nobody else's can keep it off.
    #[must_use]
    pub fn is_free(&self, class: ClassId) -> bool {
        self.inverse.is_empty()
            && self
                .by_class
                .get(class)
                .is_none_or(|groups| groups.own.is_empty())
    }

    /// What is left open to a pod of `class` on a node that is asked for as `node` and has `taints`, as further
    /// requirements; `None` if nothing is.
    pub fn open(
        &mut self,
        class: ClassId,
        classes: &PodClasses,
        node: &Requirements,
        taints: &[Taint],
        undefined: Undefined,
    ) -> Option<Requirements> {
        let mut open = Requirements::default();
        if self.is_free(class) {
            return Some(open);
        }
        let asked = classes.get(class);
        let mut narrow = |group: &TopologyGroup, own: bool| {
            let key = &*group.wish.key;
            let any = AllowedValues::any();
            let of_pod = asked.strict.get(key).unwrap_or(&any);
            let of_node = node.get(key).unwrap_or(&any);
            let domains = group.next(own, of_pod, of_node);
            let found = !domains.is_empty();
            open.narrow(key, &domains);
            found
        };
        for place in 0..self.entry(class).own.len() {
            let index = self.by_class[class].own[place];
            let own = self.selects(Side::Own, index, class, asked);
            if !narrow(&self.groups[index], own) {
                return None;
            }
        }
        for index in 0..self.inverse.len() {
            let counts = self.selects(Side::Others, index, class, asked)
                && filter_counts(&self.inverse[index], node, taints, undefined);
            if counts && !narrow(&self.inverse[index], true) {
                return None;
            }
        }
        Some(open)
    }

    /// A pod of `class` goes to a node that is asked for as `node` and has `taints`.
    pub fn record(
        &mut self,
        class: ClassId,
        classes: &PodClasses,
        node: &Requirements,
        taints: &[Taint],
        undefined: Undefined,
    ) {
        let asked = classes.get(class);
        for index in 0..self.groups.len() {
            if !self.selects(Side::Own, index, class, asked)
                || !filter_counts(&self.groups[index], node, taints, undefined)
            {
                continue;
            }
            let wish = &self.groups[index].wish;
            let Some(domains) = node.get(&wish.key).and_then(AllowedValues::listed) else {
                continue;
            };
            // Distance is kept from wherever the pod may come to be; evenness and nearness need to know where that is.
            if wish.rule == Rule::AntiAffinity || domains.len() == 1 {
                for domain in domains {
                    self.count(Side::Own, index, domain, 1);
                }
            }
        }
        for place in 0..self.entry(class).keeps_off.len() {
            let index = self.by_class[class].keeps_off[place];
            let key = &self.inverse[index].wish.key;
            let domains = node.get(key).and_then(AllowedValues::listed);
            for domain in domains.into_iter().flatten() {
                self.count(Side::Others, index, domain, 1);
            }
        }
    }

    /// A node and its pods do not count for the moment.
    pub fn take_out(&mut self, node: usize, existing: &ExistingNodes, classes: &PodClasses) {
        self.out.push(node);
        for index in 0..self.groups.len() {
            self.count_node(Side::Own, index, node, -1, existing, classes);
        }
        for index in 0..self.inverse.len() {
            self.count_node(Side::Others, index, node, -1, existing, classes);
        }
    }

    /// Undoes everything since the last time.
    pub fn restore(&mut self) {
        self.out.clear();
        while let Some((side, index, domain, pods)) = self.journal.pop() {
            self.group_mut(side, index).record(&domain, -pods);
        }
    }

    fn add_keep_off(&mut self, class: ClassId, existing: &ExistingNodes, classes: &PodClasses) {
        let template = classes.get(class).template.clone();
        for term in &template.rules.pod_anti_affinity.required {
            let wish = self.near_wish(term, &template, Rule::AntiAffinity);
            let known = self.inverse.iter().position(|group| group.wish == wish);
            let index = known.unwrap_or_else(|| {
                self.inverse.push(TopologyGroup::new(wish, []));
                self.inverse.len() - 1
            });
            if self.entry(class).keeps_off.contains(&index) {
                continue;
            }
            self.by_class[class].keeps_off.push(index);
            for node in 0..existing.all().len() {
                let pods = existing.all()[node].pods.iter();
                let pods: u32 = pods
                    .filter(|(own, _)| *own == class)
                    .map(|(_, count)| count)
                    .sum();
                self.count_new(Side::Others, index, node, pods.into(), existing);
            }
        }
    }

    fn add_group(
        &mut self,
        wish: Wish,
        universe: &Universe,
        existing: &ExistingNodes,
        classes: &PodClasses,
    ) -> usize {
        let tolerations = wish
            .filter
            .as_ref()
            .and_then(|filter| filter.tolerations.as_deref());
        let domains = universe.domains(&wish.key, tolerations);
        let index = self.groups.len();
        let mut group = TopologyGroup::new(wish, domains);
        for kind in existing.kinds() {
            let domain = kind
                .requirements
                .get(&group.wish.key)
                .and_then(AllowedValues::single);
            let counts = filter_counts(&group, &kind.requirements, &kind.taints, Undefined::Denied);
            if let Some(domain) = domain.filter(|_| counts) {
                group.register(domain);
            }
        }
        self.groups.push(group);
        for node in 0..existing.all().len() {
            let pods = self.counted_pods(Side::Own, index, node, existing, classes);
            self.count_new(Side::Own, index, node, pods, existing);
        }
        index
    }

    /// Counts pods of a node for a group that is new; what is taken out for the moment is taken out of it too.
    fn count_new(&mut self, side: Side, index: usize, node: usize, pods: i64, existing: &ExistingNodes) {
        if pods == 0 {
            return;
        }
        if let Some(domain) = domain_of(&self.group(side, index).wish.key, node, existing) {
            self.group_mut(side, index).record(&domain, pods);
            if self.out.contains(&node) {
                self.count(side, index, &domain, -pods);
            }
        }
    }

    fn count_node(
        &mut self,
        side: Side,
        index: usize,
        node: usize,
        sign: i64,
        existing: &ExistingNodes,
        classes: &PodClasses,
    ) {
        let pods = self.counted_pods(side, index, node, existing, classes);
        if pods == 0 {
            return;
        }
        if let Some(domain) = domain_of(&self.group(side, index).wish.key, node, existing) {
            self.count(side, index, &domain, sign * pods);
        }
    }

    /// How many pods of a node count for a group.
    fn counted_pods(
        &mut self,
        side: Side,
        index: usize,
        node: usize,
        existing: &ExistingNodes,
        classes: &PodClasses,
    ) -> i64 {
        let kind = existing.kind(node);
        if side == Side::Own
            && !filter_counts(
                &self.groups[index],
                &kind.requirements,
                &kind.taints,
                Undefined::Denied,
            )
        {
            return 0;
        }
        let mut sum = 0;
        for &(class, pods) in &existing.all()[node].pods {
            let counts = match side {
                Side::Own => self.selects(side, index, class, classes.get(class)),
                Side::Others => self.entry(class).keeps_off.contains(&index),
            };
            sum += if counts { i64::from(pods) } else { 0 };
        }
        sum
    }

    fn count(&mut self, side: Side, index: usize, domain: &Arc<str>, pods: i64) {
        self.journal.push((side, index, domain.clone(), pods));
        self.group_mut(side, index).record(domain, pods);
    }

    fn selects(&mut self, side: Side, index: usize, class: ClassId, asked: &PodClass) -> bool {
        let entry = self.entry(class);
        let known = match side {
            Side::Own => &mut entry.counted,
            Side::Others => &mut entry.kept_off,
        };
        if let Some(Some(known)) = known.get(index) {
            return *known;
        }
        let selects = self.group(side, index).wish.selects(&asked.template);
        let entry = self.entry(class);
        let known = match side {
            Side::Own => &mut entry.counted,
            Side::Others => &mut entry.kept_off,
        };
        if known.len() <= index {
            known.resize(index + 1, None);
        }
        known[index] = Some(selects);
        selects
    }

    fn entry(&mut self, class: ClassId) -> &mut ClassGroups {
        if self.by_class.len() <= class {
            self.by_class.resize(class + 1, ClassGroups::default());
        }
        &mut self.by_class[class]
    }

    fn group(&self, side: Side, index: usize) -> &TopologyGroup {
        match side {
            Side::Own => &self.groups[index],
            Side::Others => &self.inverse[index],
        }
    }

    fn group_mut(&mut self, side: Side, index: usize) -> &mut TopologyGroup {
        match side {
            Side::Own => &mut self.groups[index],
            Side::Others => &mut self.inverse[index],
        }
    }

    /// Everything that pods of `template` wish of other pods; preferences as if they were needs.
    fn wishes(&self, template: &PodTemplate) -> Vec<Wish> {
        let rules = &template.rules;
        let spread = rules.spread.iter().map(|one| spread_wish(one, template));
        let near = |rule| move |term| self.near_wish(term, template, rule);
        let all = |affinity: &'_ PodAffinity| {
            let preferred = affinity.preferred.iter().map(|one| one.term.clone());
            affinity
                .required
                .iter()
                .cloned()
                .chain(preferred)
                .collect::<Vec<_>>()
        };
        let (close, apart) = (all(&rules.pod_affinity), all(&rules.pod_anti_affinity));
        spread
            .chain(close.iter().map(near(Rule::Affinity)))
            .chain(apart.iter().map(near(Rule::AntiAffinity)))
            .collect()
    }

    fn near_wish(&self, term: &AffinityTerm, template: &PodTemplate, rule: Rule) -> Wish {
        let mut namespaces: BTreeSet<String> = term.namespaces.iter().cloned().collect();
        if let Some(selector) = &term.namespace_selector {
            let named = self.namespaces.iter();
            namespaces.extend(
                named
                    .filter(|(_, labels)| selector.matches(labels))
                    .map(|(name, _)| name.clone()),
            );
        } else if namespaces.is_empty() {
            namespaces.insert(template.namespace.clone());
        }
        Wish {
            key: term.topology_key.as_str().into(),
            rule,
            namespaces,
            selector: term.selector.clone(),
            filter: None,
        }
    }
}

fn spread_wish(constraint: &SpreadConstraint, template: &PodTemplate) -> Wish {
    let selector = constraint.selector.as_ref();
    let keys = &constraint.match_label_keys;
    let alternatives = || {
        let selected = Requirements::of_labels(&template.node_selector);
        let required = template
            .rules
            .node_affinity
            .required
            .as_deref()
            .unwrap_or_default();
        let terms = required.iter().map(|term| {
            let mut all = selected.clone();
            all.narrow_all(&Requirements::of(&term.match_expressions));
            all
        });
        let mut terms: Vec<Requirements> = terms.collect();
        if terms.is_empty() {
            terms.push(selected.clone());
        }
        terms
    };
    Wish {
        key: constraint.topology_key.as_str().into(),
        rule: Rule::Spread {
            max_skew: constraint.max_skew.into(),
            min_domains: constraint.min_domains.into(),
        },
        namespaces: BTreeSet::from([template.namespace.clone()]),
        selector: selector.map(|one| one.with_keys_of(keys, &template.labels).into_owned()),
        filter: Some(NodeFilter {
            alternatives: match constraint.node_affinity_policy {
                NodeInclusion::Honor => alternatives(),
                NodeInclusion::Ignore => Vec::new(),
            },
            tolerations: (constraint.node_taints_policy == NodeInclusion::Honor)
                .then(|| template.tolerations.clone()),
        }),
    }
}

fn filter_counts(group: &TopologyGroup, node: &Requirements, taints: &[Taint], undefined: Undefined) -> bool {
    let filter = group.wish.filter.as_ref();
    filter.is_none_or(|filter| filter.counts(node, taints, undefined))
}

fn domain_of(key: &str, node: usize, existing: &ExistingNodes) -> Option<Arc<str>> {
    if key == HOSTNAME_LABEL {
        return Some(existing.all()[node].hostname.clone());
    }
    existing.kind(node).requirements.get(key)?.single().cloned()
}
