//! ResourceQuota: what the pods and volumes of a namespace may ask for in all
//! (`plugin/pkg/admission/resourcequota/controller.go`, `pkg/quota/v1/evaluator/core`).

use super::{Refusal, asked, scopes, whole_pod};
use crate::model::namespace::{Amounts, Counted, HardLimit, ResourceQuota};
use crate::model::pod_template::PodTemplate;
use std::collections::BTreeMap;

/// What counts against the quotas of a namespace.
#[derive(Clone, Copy, Debug)]
pub enum Charge<'a> {
    /// A pod.
    Pod(&'a PodTemplate),
    /// A claim of a volume of this storage class, if it has one, and size.
    Claim(Option<&'a str>, u64),
}

/// What `charge` takes of each limit of each of `quotas`; nothing of a quota that does not count it.
#[must_use]
pub fn charges(quotas: &[ResourceQuota], charge: Charge<'_>) -> Vec<Vec<u64>> {
    let pod = match charge {
        Charge::Pod(template) => Some(PodUse::of(template)),
        Charge::Claim(..) => None,
    };
    let of = |limit: &HardLimit| match (&pod, charge) {
        (Some(pod), _) => pod.amount(&limit.counts),
        (None, Charge::Claim(class, bytes)) => of_claim(&limit.counts, class, bytes),
        (None, Charge::Pod(_)) => 0,
    };
    quotas
        .iter()
        .map(|quota| {
            let counts = counts(quota, charge);
            quota
                .hard
                .iter()
                .map(|limit| if counts { of(limit) } else { 0 })
                .collect()
        })
        .collect()
}

/// Whether `charge`, which takes `asked` of each limit, may be created where `used` is in use.
///
/// # Errors
/// What the first quota says that does not allow it: first those that need something said, then those that are full.
pub fn check(
    quotas: &[ResourceQuota],
    used: &[Vec<u64>],
    charge: Charge<'_>,
    asked: &[Vec<u64>],
) -> Result<(), Refusal> {
    if let Charge::Pod(template) = charge {
        for quota in quotas.iter().filter(|quota| counts(quota, charge)) {
            if let Some(missing) = unsaid(quota, template) {
                let why = format!("failed quota: {}: must specify {missing}", quota.name);
                return Err(Refusal::forbidden("failed_quota", why));
            }
        }
    }
    for ((quota, used), asked) in quotas.iter().zip(used).zip(asked) {
        let limits = quota.hard.iter().zip(used.iter().zip(asked));
        let exceeded: Vec<_> = limits
            .filter(|(limit, (used, asked))| **asked > 0 && used.saturating_add(**asked) > limit.most)
            .collect();
        if exceeded.is_empty() {
            continue;
        }
        let said = |amount: &dyn Fn(&HardLimit, u64, u64) -> u64| {
            let parts = exceeded
                .iter()
                .map(|(limit, (used, asked))| limit.said(amount(limit, **used, **asked)));
            parts.collect::<Vec<_>>().join(",")
        };
        let why = format!(
            "exceeded quota: {}, requested: {}, used: {}, limited: {}",
            quota.name,
            said(&|_, _, asked| asked),
            said(&|_, used, _| used),
            said(&|limit, _, _| limit.most)
        );
        return Err(Refusal::forbidden("exceeded_quota", why));
    }
    Ok(())
}

/// Whether `quota` counts it at all. Volumes are of no scope.
fn counts(quota: &ResourceQuota, charge: Charge<'_>) -> bool {
    match charge {
        Charge::Pod(template) => {
            let of_pods = |limit: &HardLimit| {
                matches!(
                    limit.counts,
                    Counted::Requests(_) | Counted::Limits(_) | Counted::Pods
                )
            };
            quota.hard.iter().any(of_pods) && quota.scopes.iter().all(|rule| scopes::meets(rule, template))
        }
        Charge::Claim(..) => quota.scopes.is_empty(),
    }
}

/// What the quota needs every container to say of CPU and memory, and who does not: `requests.cpu for: app,proxy`. Of a
/// pod that says something as a whole nothing is needed.
fn unsaid(quota: &ResourceQuota, template: &PodTemplate) -> Option<String> {
    if template.pod_resources().is_set() {
        return None;
    }
    let mut missing: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for container in &template.containers {
        let (requests, limits) = (asked::requests(container), asked::limits(container));
        for limit in &quota.hard {
            let (list, of) = match &limit.counts {
                Counted::Requests(of) => (&requests, of),
                Counted::Limits(of) => (&limits, of),
                _ => continue,
            };
            if matches!(of.as_str(), "cpu" | "memory") && !list.contains_key(of) {
                missing.entry(&limit.name).or_default().push(&container.name);
            }
        }
    }
    let said = missing.into_iter().map(|(resource, mut containers)| {
        containers.sort_unstable();
        format!("{resource} for: {}", containers.join(","))
    });
    let said: Vec<String> = said.collect();
    (!said.is_empty()).then(|| said.join("; "))
}

/// What a pod uses of quotas.
struct PodUse {
    requests: Amounts,
    limits: Amounts,
}

impl PodUse {
    /// Containers, or the pod as a whole, and overhead; overhead adds to limits only where there are some.
    fn of(template: &PodTemplate) -> Self {
        let (mut requests, mut limits) = (whole_pod::requests(template), whole_pod::limits(template));
        let reserved = template.requests();
        for (name, whole) in [
            ("cpu", reserved.cpu_milli),
            ("memory", reserved.memory_bytes),
            ("ephemeral-storage", reserved.ephemeral_bytes),
        ] {
            let own = requests.get(name).copied().unwrap_or_default();
            let overhead = whole.saturating_sub(own);
            if overhead > 0 {
                requests.insert(name.to_owned(), whole);
                if let Some(limit) = limits.get_mut(name).filter(|limit| **limit > 0) {
                    *limit = limit.saturating_add(overhead);
                }
            }
        }
        Self { requests, limits }
    }

    fn amount(&self, counted: &Counted) -> u64 {
        match counted {
            Counted::Requests(of) => self.requests.get(of).copied().unwrap_or_default(),
            Counted::Limits(of) => self.limits.get(of).copied().unwrap_or_default(),
            Counted::Pods => 1,
            Counted::Claims(_) | Counted::Storage(_) | Counted::Elsewhere => 0,
        }
    }
}

fn of_claim(counted: &Counted, class: Option<&str>, bytes: u64) -> u64 {
    let of_class = |wanted: &Option<String>| wanted.is_none() || wanted.as_deref() == class;
    match counted {
        Counted::Claims(wanted) if of_class(wanted) => 1,
        Counted::Storage(wanted) if of_class(wanted) => bytes,
        _ => 0,
    }
}
