//! Probes and hooks of containers, and what their kubelet will not bear of them.
//!
//! Knows: what Kubernetes refuses, and what can never go well. Must not know: when a probe is sent, or what comes of it.

use super::super::raw::probes::{Probe as RawProbe, ProbeBy};
use super::super::raw::workload as raw;
use super::super::spot::Spot;
use super::Lowering;
use crate::engine::Span;
use crate::model::pod_template::PodTemplate;
use crate::model::probe::{Asks, ContainerProbes, Probe, ProbeKind};
use crate::model::units::quoted;

/// The fields of a container that hold its probes.
const FIELDS: [(&str, ProbeKind); 3] = [
    ("startupProbe", ProbeKind::Startup),
    ("livenessProbe", ProbeKind::Liveness),
    ("readinessProbe", ProbeKind::Readiness),
];

impl Lowering<'_> {
    /// Gives `template` the probes of its containers, which are at `spot`, and what they do before they stop.
    pub(super) fn probes_and_hooks(
        &mut self,
        spot: &Spot<'_>,
        serving: &raw::Serving,
        template: &mut PodTemplate,
    ) {
        let containers = &serving.containers;
        let server = containers.iter().position(|one| one.slots.is_some());
        let server = server.or_else(|| containers.iter().position(|one| one.kind == raw::Kind::Main));
        for (container, (item, said)) in spot.items().iter().zip(containers).enumerate() {
            let of = |kind| match kind {
                ProbeKind::Startup => said.startup_probe,
                ProbeKind::Liveness => said.liveness_probe,
                ProbeKind::Readiness => said.readiness_probe,
            };
            if !FIELDS.iter().any(|&(_, kind)| of(kind).is_some()) {
                continue;
            }
            if !self.may_be_probed(item, said) {
                continue;
            }
            let mut lowered = |kind| {
                let probe = of(kind)?;
                self.is_allowed(item, kind, &probe);
                Some(lower(&probe, server == Some(container)))
            };
            let probes = ContainerProbes {
                container,
                startup: lowered(ProbeKind::Startup),
                liveness: lowered(ProbeKind::Liveness),
                readiness: lowered(ProbeKind::Readiness),
            };
            self.can_be_passed(item, &probes, template);
            template.probes.push(probes);
        }
        self.hooks(spot, serving, template);
    }

    /// Reports probes of a container that has none in Kubernetes, or none here.
    fn may_be_probed(&mut self, item: &Spot<'_>, said: &raw::Container) -> bool {
        let Some((field, _)) = FIELDS.iter().find(|(field, _)| item.at(field).exists()) else {
            return false;
        };
        match said.kind {
            raw::Kind::Main => return true,
            raw::Kind::Init => {
                let error = item
                    .at(field)
                    .key_error("an init container runs to its end and has no probes");
                self.push(error.help("one that runs on beside the others is a `sidecar`"));
            }
            raw::Kind::Sidecar => {
                let warning = item.at(field).warning("probes of sidecars are not modelled");
                self.push(warning.help("a sidecar counts as started after its `startup`"));
            }
        }
        false
    }

    /// Kubernetes' rules about single probes.
    fn is_allowed(&mut self, item: &Spot<'_>, kind: ProbeKind, probe: &RawProbe) {
        let Some(&(field, _)) = FIELDS.iter().find(|&&(_, of)| of == kind) else {
            return;
        };
        let at = item.at(field);
        if kind != ProbeKind::Readiness && probe.success_threshold != 1 {
            let error = at
                .at("successThreshold")
                .error(format!("a {} must have a `successThreshold` of 1", words(kind)));
            self.push(error.help("only a readiness probe may ask for more answers in a row"));
        }
        if kind == ProbeKind::Readiness && probe.termination_grace_period_seconds.is_some() {
            let error = at
                .at("terminationGracePeriodSeconds")
                .key_error("a readiness probe stops nothing");
            self.push(error.help("give the grace to the liveness or startup probe"));
        }
    }

    /// Warns of a start that takes longer than its probe bears: the container would be stopped and started for ever.
    fn can_be_passed(&mut self, item: &Spot<'_>, probes: &ContainerProbes, template: &PodTemplate) {
        let (kind, probe) = match (&probes.startup, &probes.liveness) {
            (Some(probe), _) => (ProbeKind::Startup, probe),
            (None, Some(probe)) => (ProbeKind::Liveness, probe),
            (None, None) => return,
        };
        let Some(&(field, _)) = FIELDS.iter().find(|&&(_, of)| of == kind) else {
            return;
        };
        // The last look that can still be passed comes at most so long after the start.
        let looks = u64::from(probe.failure_threshold) * probe.period.nanos();
        let borne = probe.initial_delay + Span::from_nanos(looks);
        let startup = &template.containers[probes.container].startup;
        let takes =
            |share: f64| Span::from_secs_f64(startup.quantile(share) + template.readiness.quantile(share));
        let (shortest, median) = (takes(0.0), takes(0.5));
        let what = if shortest > borne {
            format!(
                "this {} is never passed: the container takes {shortest} to start and is stopped after {borne} at the \
                 latest, over and over",
                words(kind)
            )
        } else if median > borne {
            format!(
                "this {} stops every second start or more: the median start takes {median}, and the container is \
                 stopped after {borne} at the latest",
                words(kind)
            )
        } else {
            return;
        };
        let help = match kind {
            ProbeKind::Startup => "raise its `failureThreshold` or `periodSeconds`",
            ProbeKind::Liveness | ProbeKind::Readiness => {
                "give the container a `startupProbe` that waits for longer"
            }
        };
        self.push(item.at(field).warning(what).help(help));
    }

    fn hooks(&mut self, spot: &Spot<'_>, serving: &raw::Serving, template: &mut PodTemplate) {
        for (item, said) in spot.items().iter().zip(&serving.containers) {
            let Some(hook) = said.lifecycle.pre_stop else {
                continue;
            };
            let seconds = Span::from_secs(hook.sleep.seconds.into());
            let at = item.at("lifecycle").at("preStop").at("sleep").at("seconds");
            if seconds > template.termination_grace {
                let grace = template.termination_grace;
                let error = at.error(format!("the pod has only {grace} to stop, this wait included"));
                self.push(error.help("raise `termination_grace`, or wait less"));
            }
            if said.kind != raw::Kind::Init {
                template.pre_stop = template.pre_stop.max(seconds);
            }
        }
    }

    /// Reports a `tolerationSeconds` that Kubernetes refuses.
    pub(super) fn toleration_seconds(&mut self, spot: &Spot<'_>, toleration: &raw::Toleration) {
        let executes = toleration.effect == Some(super::super::raw::cluster::Effect::NoExecute);
        if toleration.toleration_seconds.is_some() && !executes {
            let error = spot
                .at("tolerationSeconds")
                .key_error(format!("only a toleration of {} ends", quoted("NoExecute")));
            self.push(error.help("write `effect: NoExecute` beside it"));
        }
    }
}

const fn words(kind: ProbeKind) -> &'static str {
    match kind {
        ProbeKind::Startup => "startup probe",
        ProbeKind::Liveness => "liveness probe",
        ProbeKind::Readiness => "readiness probe",
    }
}

/// What a probe asks that is sent so, of the container that serves or of another.
pub(super) const fn asks(by: ProbeBy, of_server: bool) -> Asks {
    match by {
        ProbeBy::HttpGet | ProbeBy::Grpc if of_server => Asks::Server,
        ProbeBy::Exec if of_server => Asks::Process,
        _ => Asks::Other,
    }
}

fn lower(probe: &RawProbe, of_server: bool) -> Probe {
    let seconds = |count: u32| Span::from_secs(count.into());
    Probe {
        asks: asks(probe.by, of_server),
        initial_delay: seconds(probe.initial_delay_seconds),
        period: seconds(probe.period_seconds),
        timeout: seconds(probe.timeout_seconds),
        success_threshold: probe.success_threshold,
        failure_threshold: probe.failure_threshold,
        grace: probe.termination_grace_period_seconds.map(seconds),
        from_end: false,
    }
}
