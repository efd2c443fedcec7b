//! Namespaces: labels, quotas, limit ranges.
//!
//! Knows: Kubernetes' rules about what may be written in a ResourceQuota and a LimitRange. Must not know: who is refused.

use super::super::raw::cluster::Amounts as RawAmounts;
use super::super::raw::namespaces as raw;
use super::super::raw::placement_rules::LabelOperator;
use super::super::spot::Spot;
use super::Lowering;
use crate::input::nearest;
use crate::model::namespace::{
    Amounts, Counted, HardLimit, LimitKind, LimitRange, LimitRule, Namespace, QuotaScope, ResourceQuota,
    ScopeRule,
};
use crate::model::units::{ByteQuantity, CpuQuantity, MetricQuantity, quoted};
use std::collections::BTreeSet;

impl Lowering<'_> {
    /// Reads the namespaces at `spot`; one with mistakes is left out.
    pub(super) fn namespaces(&mut self, spot: &Spot<'_>) -> Vec<Namespace> {
        self.unique(spot, "namespace");
        let items = spot.items();
        items.iter().filter_map(|item| self.namespace(item)).collect()
    }

    /// Warns of namespaces at `spot` that none of `workloads` and `claims` is in: their rules bind nobody.
    pub(super) fn unused_namespaces(&mut self, spot: &Spot<'_>, workloads: &Spot<'_>, claims: &Spot<'_>) {
        let mut members = workloads.items();
        members.extend(claims.items());
        let used: BTreeSet<&str> = members
            .iter()
            .map(|member| member.text("namespace").unwrap_or("default"))
            .collect();
        for item in spot.items() {
            let Some(name) = item.text("name").filter(|name| !used.contains(name)) else {
                continue;
            };
            let warning = item.warning(format!("nothing is in the namespace {}", quoted(name)));
            self.push(warning.suggest(nearest(name, used.iter().copied())));
        }
    }

    fn namespace(&mut self, spot: &Spot<'_>) -> Option<Namespace> {
        let (quotas, ranges) = (spot.at("resourceQuotas"), spot.at("limitRanges"));
        self.unique(&quotas, "quota of this namespace");
        self.unique(&ranges, "limit range of this namespace");
        let namespace: raw::Namespace = self.read(spot)?;
        let quotas = quotas
            .items()
            .iter()
            .zip(&namespace.resource_quotas)
            .filter_map(|(item, quota)| self.quota(item, quota))
            .collect();
        let limit_ranges = ranges
            .items()
            .iter()
            .zip(&namespace.limit_ranges)
            .map(|(item, range)| self.limit_range(item, range))
            .collect();
        Some(Namespace {
            name: namespace.name,
            labels: namespace.labels,
            quotas,
            limit_ranges,
        })
    }

    fn quota(&mut self, spot: &Spot<'_>, quota: &raw::ResourceQuota) -> Option<ResourceQuota> {
        let hard: Vec<_> = quota
            .hard
            .iter()
            .map(|(name, amount)| self.hard_limit(&spot.at("hard").at(name), name, *amount))
            .collect();
        let scopes = self.scopes(spot, quota);
        self.scopes_fit(spot, quota);
        Some(ResourceQuota {
            name: quota.name.clone(),
            hard: hard.into_iter().collect::<Option<_>>()?,
            scopes,
        })
    }

    fn hard_limit(&mut self, spot: &Spot<'_>, name: &str, amount: MetricQuantity) -> Option<HardLimit> {
        let Some(counts) = Counted::named(name) else {
            let error = spot.key_error(format!("unknown resource {} of a quota", quoted(name)));
            let error = error.suggest(nearest(name, Counted::COMMON_NAMES));
            self.push(error.help(
                "expected `requests.cpu`, `limits.memory`, `pods`, `requests.nvidia.com/gpu`, `requests.storage`, \
                 `count/pods` or another resource of quotas in Kubernetes",
            ));
            return None;
        };
        if counts == Counted::Elsewhere {
            let warning = spot.warning(format!("no run makes more of {}: this never binds", quoted(name)));
            self.push(warning);
        }
        let millis = amount.millis();
        let most = if counts.in_thousandths() {
            millis
        } else {
            if !millis.is_multiple_of(1000) {
                self.push(spot.error(format!("{amount} is not a whole number")));
            }
            millis.div_ceil(1000)
        };
        Some(HardLimit {
            name: name.to_owned(),
            counts,
            most,
        })
    }

    fn scopes(&mut self, spot: &Spot<'_>, quota: &raw::ResourceQuota) -> Vec<ScopeRule> {
        let mut rules: Vec<ScopeRule> = quota
            .scopes
            .iter()
            .map(|&scope| named_scope(scope).map_or(ScopeRule::HasClass, ScopeRule::Is))
            .collect();
        let below = spot.at("scopeSelector").at("matchExpressions");
        for (item, one) in below.items().iter().zip(&quota.scope_selector.match_expressions) {
            let wants_values = matches!(one.operator, LabelOperator::In | LabelOperator::NotIn);
            if wants_values && one.values.is_empty() {
                self.push(item.key_error("this operator needs `values`"));
            } else if !wants_values && !one.values.is_empty() {
                self.push(item.at("values").key_error("this operator takes no values"));
            }
            match (named_scope(one.scope_name), one.operator) {
                (Some(scope), LabelOperator::Exists) => rules.push(ScopeRule::Is(scope)),
                (Some(_), _) => {
                    let error = item
                        .at("operator")
                        .error("this scope only knows the operator `Exists`");
                    self.push(error.help("only `PriorityClass` has values to compare with"));
                }
                (None, LabelOperator::Exists) => rules.push(ScopeRule::HasClass),
                (None, LabelOperator::DoesNotExist) => rules.push(ScopeRule::HasNoClass),
                (None, LabelOperator::In) => rules.push(ScopeRule::ClassIn(one.values.clone())),
                (None, LabelOperator::NotIn) => rules.push(ScopeRule::ClassNotIn(one.values.clone())),
            }
        }
        rules
    }

    /// Kubernetes refuses scopes that exclude each other, and scopes of resources that they do not fit.
    fn scopes_fit(&mut self, spot: &Spot<'_>, quota: &raw::ResourceQuota) {
        let selected = quota.scope_selector.match_expressions.iter();
        let mut all: Vec<raw::Scope> = selected.map(|one| one.scope_name).collect();
        all.extend(&quota.scopes);
        let has = |scope| all.contains(&scope);
        for (one, other) in [
            (raw::Scope::Terminating, raw::Scope::NotTerminating),
            (raw::Scope::BestEffort, raw::Scope::NotBestEffort),
        ] {
            if has(one) && has(other) {
                self.push(spot.key_error(format!("the scopes `{one:?}` and `{other:?}` exclude each other")));
            }
        }
        if all.is_empty() {
            return;
        }
        for name in quota.hard.keys() {
            let compute = matches!(
                name.as_str(),
                "cpu" | "memory" | "requests.cpu" | "requests.memory" | "limits.cpu" | "limits.memory"
            );
            let fits = name == "pods" || (compute && !has(raw::Scope::BestEffort));
            if !fits && Counted::named(name).is_some() {
                let error = spot
                    .at("hard")
                    .at(name)
                    .key_error("a quota with these scopes cannot count this resource");
                self.push(error.help(if has(raw::Scope::BestEffort) {
                    "with the scope `BestEffort` it can count `pods`"
                } else {
                    "with scopes it can count `pods`, and requests and limits of CPU and memory"
                }));
            }
        }
    }

    fn limit_range(&mut self, spot: &Spot<'_>, range: &raw::LimitRange) -> LimitRange {
        let items = spot.at("limits").items();
        let rules = items
            .iter()
            .zip(&range.limits)
            .map(|(item, rule)| self.limit_rule(item, rule));
        LimitRange {
            name: range.name.clone(),
            rules: rules.collect(),
        }
    }

    fn limit_rule(&mut self, spot: &Spot<'_>, rule: &raw::LimitRangeItem) -> LimitRule {
        let kind = match rule.kind {
            raw::LimitType::Container => LimitKind::Container,
            raw::LimitType::Pod => LimitKind::Pod,
            raw::LimitType::PersistentVolumeClaim => LimitKind::Claim,
        };
        let lowered = LimitRule {
            kind,
            default: self.default_amounts(&spot.at("default"), &rule.default),
            default_request: self.default_amounts(&spot.at("defaultRequest"), &rule.default_request),
            min: self.bounds(&spot.at("min"), &rule.min),
            max: self.bounds(&spot.at("max"), &rule.max),
            ratio_milli: rule
                .max_limit_request_ratio
                .iter()
                .map(|(name, ratio)| (name.clone(), ratio.millis()))
                .collect(),
        };
        for (key, amounts) in [
            ("default", &lowered.default),
            ("defaultRequest", &lowered.default_request),
        ] {
            if kind != LimitKind::Container && !amounts.is_empty() {
                let error = spot.at(key).key_error("only containers get defaults");
                self.push(error.help("take it out, or make the rule's type `Container`"));
            }
        }
        for (name, ratio) in &lowered.ratio_milli {
            if *ratio < 1000 {
                let below = spot.at("maxLimitRequestRatio").at(name);
                self.push(below.error("a limit is never below its request: expected at least 1"));
            }
        }
        if kind == LimitKind::Claim && lowered.min.is_empty() && lowered.max.is_empty() {
            self.push(spot.key_error("a rule about volumes needs `min` or `max` of `storage`"));
        }
        self.in_order(spot, &lowered);
        lowered.completed()
    }

    /// Least, default request, default and most rise (`pkg/apis/core/validation`, `ValidateLimitRange`).
    fn in_order(&mut self, spot: &Spot<'_>, rule: &LimitRule) {
        let steps = [
            ("min", &rule.min),
            ("defaultRequest", &rule.default_request),
            ("default", &rule.default),
            ("max", &rule.max),
        ];
        for (place, (low_key, low)) in steps.iter().enumerate() {
            for (high_key, high) in &steps[place + 1..] {
                for (name, amount) in *low {
                    if high.get(name).is_some_and(|most| amount > most) {
                        let error = spot
                            .at(low_key)
                            .at(name)
                            .error(format!("`{low_key}` is above `{high_key}`"));
                        let other = spot.at(high_key).at(name).cursor.place();
                        self.push(error.related(other, format!("`{high_key}` is here")));
                    }
                }
            }
        }
    }

    fn default_amounts(&mut self, spot: &Spot<'_>, amounts: &RawAmounts) -> Amounts {
        let bounds = raw::Bounds {
            cpu: amounts.cpu,
            memory: amounts.memory,
            ephemeral_storage: amounts.ephemeral_storage,
            storage: None,
            extended: amounts.extended.clone(),
        };
        self.bounds(spot, &bounds)
    }

    fn bounds(&mut self, spot: &Spot<'_>, bounds: &raw::Bounds) -> Amounts {
        let mut amounts = Amounts::new();
        let native = [
            ("cpu", bounds.cpu.map(CpuQuantity::millis)),
            ("memory", bounds.memory.map(ByteQuantity::bytes)),
            (
                "ephemeral-storage",
                bounds.ephemeral_storage.map(ByteQuantity::bytes),
            ),
            ("storage", bounds.storage.map(ByteQuantity::bytes)),
        ];
        for (name, amount) in native {
            amounts.extend(amount.map(|amount| (name.to_owned(), amount)));
        }
        for (name, count) in &bounds.extended {
            if !name.contains('/') {
                let known = ["cpu", "memory", "ephemeral-storage", "storage"];
                let error = spot
                    .at(name)
                    .key_error(format!("unknown resource {}", quoted(name)));
                self.push(error.suggest(nearest(name, known)));
            }
            amounts.insert(name.clone(), count.count());
        }
        amounts
    }
}

/// A scope other than a priority class.
const fn named_scope(scope: raw::Scope) -> Option<QuotaScope> {
    match scope {
        raw::Scope::Terminating => Some(QuotaScope::Terminating),
        raw::Scope::NotTerminating => Some(QuotaScope::NotTerminating),
        raw::Scope::BestEffort => Some(QuotaScope::BestEffort),
        raw::Scope::NotBestEffort => Some(QuotaScope::NotBestEffort),
        raw::Scope::PriorityClass => None,
        raw::Scope::CrossNamespacePodAffinity => Some(QuotaScope::CrossNamespacePodAffinity),
    }
}
