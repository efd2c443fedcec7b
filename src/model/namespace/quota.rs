//! ResourceQuota: what the pods and volumes of a namespace may ask for in all.

use super::amount_text;

/// What a quota counts under one name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Counted {
    /// Requests of a resource: `requests.cpu`, `cpu`, `requests.nvidia.com/gpu`.
    Requests(String),
    /// Limits of a resource: `limits.memory`.
    Limits(String),
    /// Pods: `pods`, `count/pods`.
    Pods,
    /// Claims of volumes, of one storage class or of all: `persistentvolumeclaims`.
    Claims(Option<String>),
    /// Storage that claims ask for, of one storage class or of all: `requests.storage`.
    Storage(Option<String>),
    /// Objects that no run makes more of: `count/secrets`, `services`.
    Elsewhere,
}

impl Counted {
    /// What Kubernetes counts under the name `resource`; `None` for a name that it does not know.
    #[must_use]
    pub fn named(resource: &str) -> Option<Self> {
        const CLASS: &str = ".storageclass.storage.k8s.io/";
        const NATIVE: [&str; 3] = ["cpu", "memory", "ephemeral-storage"];
        if let Some((class, what)) = resource.split_once(CLASS) {
            return match what {
                "persistentvolumeclaims" => Some(Self::Claims(Some(class.to_owned()))),
                "requests.storage" => Some(Self::Storage(Some(class.to_owned()))),
                _ => None,
            };
        }
        match resource {
            "pods" | "count/pods" => return Some(Self::Pods),
            "persistentvolumeclaims" | "count/persistentvolumeclaims" => return Some(Self::Claims(None)),
            "requests.storage" => return Some(Self::Storage(None)),
            "services"
            | "services.loadbalancers"
            | "services.nodeports"
            | "configmaps"
            | "secrets"
            | "replicationcontrollers"
            | "resourcequotas" => return Some(Self::Elsewhere),
            _ => {}
        }
        if resource
            .strip_prefix("count/")
            .is_some_and(|kind| !kind.is_empty())
        {
            return Some(Self::Elsewhere);
        }
        if NATIVE.contains(&resource) {
            return Some(Self::Requests(resource.to_owned()));
        }
        if let Some(of) = resource.strip_prefix("requests.") {
            return (NATIVE.contains(&of) || of.contains('/')).then(|| Self::Requests(of.to_owned()));
        }
        let of = resource.strip_prefix("limits.")?;
        NATIVE.contains(&of).then(|| Self::Limits(of.to_owned()))
    }

    /// The names of resources that are asked for most.
    pub const COMMON_NAMES: [&'static str; 13] = [
        "cpu",
        "memory",
        "pods",
        "requests.cpu",
        "requests.memory",
        "requests.ephemeral-storage",
        "requests.storage",
        "requests.nvidia.com/gpu",
        "limits.cpu",
        "limits.memory",
        "limits.ephemeral-storage",
        "persistentvolumeclaims",
        "count/pods",
    ];

    /// The resource whose unit it is counted in.
    const fn unit(&self) -> &str {
        match self {
            Self::Requests(of) | Self::Limits(of) => of.as_str(),
            Self::Storage(_) => "storage",
            Self::Pods | Self::Claims(_) | Self::Elsewhere => "",
        }
    }

    /// Whether it is counted in thousandths.
    #[must_use]
    pub fn in_thousandths(&self) -> bool {
        self.unit() == "cpu"
    }
}

/// The most of one resource.
#[derive(Clone, Debug, PartialEq)]
pub struct HardLimit {
    /// Its name, as it was given.
    pub name: String,
    /// What it counts.
    pub counts: Counted,
    /// The most: thousandths of a CPU, bytes, or a count.
    pub most: u64,
}

impl HardLimit {
    /// `name=amount`, as Kubernetes says it.
    #[must_use]
    pub fn said(&self, amount: u64) -> String {
        format!("{}={}", self.name, amount_text(self.counts.unit(), amount))
    }
}

/// Which pods a quota counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QuotaScope {
    /// Those with a deadline.
    Terminating,
    /// Those without.
    NotTerminating,
    /// Those that neither reserve CPU or memory nor are limited in it.
    BestEffort,
    /// All others.
    NotBestEffort,
    /// Those with affinity to pods of other namespaces.
    CrossNamespacePodAffinity,
}

/// A condition on the pods that a quota counts.
#[derive(Clone, Debug, PartialEq)]
pub enum ScopeRule {
    /// The pod is of a scope.
    Is(QuotaScope),
    /// It has a priority class.
    HasClass,
    /// It has none.
    HasNoClass,
    /// Its priority class is one of these.
    ClassIn(Vec<String>),
    /// It has none, or another than these.
    ClassNotIn(Vec<String>),
}

/// What the pods and volumes of a namespace may ask for in all.
#[derive(Clone, Debug, PartialEq)]
pub struct ResourceQuota {
    /// Its name.
    pub name: String,
    /// The most of each resource, in order of name.
    pub hard: Vec<HardLimit>,
    /// It counts pods that meet all of these; volumes only if there are none.
    pub scopes: Vec<ScopeRule>,
}

#[cfg(test)]
mod tests {
    use super::Counted;

    #[test]
    fn names_mean_what_they_mean_in_kubernetes() {
        let requests = |of: &str| Some(Counted::Requests(of.to_owned()));
        assert_eq!(Counted::named("cpu"), requests("cpu"));
        assert_eq!(Counted::named("requests.cpu"), requests("cpu"));
        assert_eq!(
            Counted::named("requests.nvidia.com/gpu"),
            requests("nvidia.com/gpu")
        );
        assert_eq!(
            Counted::named("limits.memory"),
            Some(Counted::Limits("memory".to_owned()))
        );
        assert_eq!(
            Counted::named("gold.storageclass.storage.k8s.io/requests.storage"),
            Some(Counted::Storage(Some("gold".to_owned())))
        );
        assert_eq!(Counted::named("count/deployments.apps"), Some(Counted::Elsewhere));
        // Extended resources are never overcommitted, so Kubernetes knows no quota of their limits, nor their bare name.
        for unknown in [
            "limits.nvidia.com/gpu",
            "nvidia.com/gpu",
            "pod",
            "requests.cpus",
            "count/",
        ] {
            assert_eq!(Counted::named(unknown), None, "{unknown}");
        }
    }
}
