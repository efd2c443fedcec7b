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
    /// By group, then by rack, the fault domain that has it.
    domains: BTreeMap<String, BTreeMap<usize, String>>,
}

/// Where one virtual machine may go.
#[derive(Clone, Copy, Debug)]
pub enum Open<'a> {
    /// Anywhere.
    Anywhere,
    /// Only in this rack.
    InRack(usize),
    /// On any other machine than these.
    NotOn(&'a BTreeSet<usize>),
    /// Not in racks of another domain than this.
    Domain(&'a BTreeMap<usize, String>, &'a str),
}

impl Open<'_> {
    /// Whether it may go to the machine, which stands in `rack`.
    #[must_use]
    pub fn allows(self, machine: usize, rack: usize) -> bool {
        match self {
            Self::Anywhere => true,
            Self::InRack(own) => own == rack,
            Self::NotOn(machines) => !machines.contains(&machine),
            Self::Domain(racks, own) => racks.get(&rack).is_none_or(|domain| domain == own),
        }
    }
}

impl Groups {
    /// Where a virtual machine with this company may go now.
    #[must_use]
    pub fn open<'a>(&'a self, company: &'a Company) -> Open<'a> {
        let found = match company {
            Company::Any => None,
            Company::Affinity(group) => self.racks.get(group).copied().map(Open::InRack),
            Company::AntiAffinity(group) => self.machines.get(group).map(Open::NotOn),
            Company::FaultDomain(group, domain) => {
                let racks = self.domains.get(group);
                racks.map(|racks| Open::Domain(racks, domain))
            }
        };
        found.unwrap_or(Open::Anywhere)
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
                let racks = self.domains.entry(group.clone()).or_default();
                racks.entry(rack).or_insert_with(|| domain.clone());
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
        let allow =
            |groups: &Groups, company: &Company, machine, rack| groups.open(company).allows(machine, rack);
        let near = Company::Affinity("0".to_owned());
        let apart = Company::AntiAffinity("0".to_owned());
        let domain = |name: &str| Company::FaultDomain("0".to_owned(), name.to_owned());
        groups.join(&near, 3, 1);
        assert!(allow(&groups, &near, 4, 1) && !allow(&groups, &near, 4, 2));
        assert!(allow(&groups, &apart, 3, 1), "another group of the same name");
        groups.join(&apart, 3, 1);
        assert!(!allow(&groups, &apart, 3, 1) && allow(&groups, &apart, 4, 1));
        groups.join(&domain("a"), 3, 1);
        assert!(allow(&groups, &domain("a"), 3, 1), "one domain may share a rack");
        assert!(!allow(&groups, &domain("b"), 4, 1) && allow(&groups, &domain("b"), 4, 2));
        assert!(allow(&groups, &Company::Any, 3, 1));
    }
}
