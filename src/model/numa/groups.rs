//! Groups of virtual machines, and where they are.

use std::collections::{BTreeMap, BTreeSet};

/// Whom a virtual machine keeps together with, or apart from.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Company {
    /// Nobody.
    #[default]
    Any,
    /// All of the group are in one rack.
    Affinity(String),
    /// No two of the group are on one machine.
    AntiAffinity(String),
    /// Those of a group that are in different fault domains are in different racks.
    FaultDomain(String, String),
}

/// Where the groups are.
#[derive(Clone, Debug, Default)]
pub struct Groups {
    racks: BTreeMap<String, usize>,
    machines: BTreeMap<String, BTreeSet<usize>>,
    /// By group and rack, the fault domain that has it.
    domains: BTreeMap<(String, usize), String>,
}

impl Groups {
    /// Whether a virtual machine with this company may go to the machine, which stands in `rack`.
    #[must_use]
    pub fn allow(&self, company: &Company, machine: usize, rack: usize) -> bool {
        match company {
            Company::Any => true,
            Company::Affinity(group) => self.racks.get(group).is_none_or(|&other| other == rack),
            Company::AntiAffinity(group) => {
                let there = self.machines.get(group);
                there.is_none_or(|machines| !machines.contains(&machine))
            }
            Company::FaultDomain(group, domain) => {
                let there = self.domains.get(&(group.clone(), rack));
                there.is_none_or(|other| other == domain)
            }
        }
    }

    /// Notes that it went there.
    pub fn join(&mut self, company: &Company, machine: usize, rack: usize) {
        match company {
            Company::Any => {}
            Company::Affinity(group) => {
                self.racks.entry(group.clone()).or_insert(rack);
            }
            Company::AntiAffinity(group) => {
                self.machines.entry(group.clone()).or_default().insert(machine);
            }
            Company::FaultDomain(group, domain) => {
                self.domains
                    .entry((group.clone(), rack))
                    .or_insert_with(|| domain.clone());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Company, Groups};

    #[test]
    fn groups_keep_together_or_apart() {
        let mut groups = Groups::default();
        let near = Company::Affinity("0".to_owned());
        let apart = Company::AntiAffinity("0".to_owned());
        let domain = |name: &str| Company::FaultDomain("0".to_owned(), name.to_owned());
        groups.join(&near, 3, 1);
        assert!(groups.allow(&near, 4, 1) && !groups.allow(&near, 4, 2));
        assert!(groups.allow(&apart, 3, 1), "another group of the same name");
        groups.join(&apart, 3, 1);
        assert!(!groups.allow(&apart, 3, 1) && groups.allow(&apart, 4, 1));
        groups.join(&domain("a"), 3, 1);
        assert!(groups.allow(&domain("a"), 3, 1), "one domain may share a rack");
        assert!(!groups.allow(&domain("b"), 4, 1) && groups.allow(&domain("b"), 4, 2));
        assert!(groups.allow(&Company::Any, 3, 1));
    }
}
