//! Ports that Docker and Swarm publish on their machines, and who cannot have one twice.
//!
//! Knows: which ports two containers cannot both have. Must not know: where a Swarm's tasks go.

use super::super::raw::platform as raw;
use super::super::spot::Spot;
use super::Lowering;
use super::workload::LoweredWorkload;
use crate::model::placement_rules::{HostPort, Protocol};
use crate::sim::platform::Platform;
use std::sync::Arc;

/// A published port, and where it stands.
struct Said<'t> {
    workload: usize,
    port: HostPort,
    /// Its machine; `None` for every machine of a Swarm.
    host: Option<String>,
    spot: Spot<'t>,
}

impl Lowering<'_> {
    /// Reads the ports that the workloads at `items` publish, and reports those that somebody else has.
    pub(super) fn published_ports(&mut self, items: &[Spot<'_>], workloads: &mut [Option<LoweredWorkload>]) {
        let mut all: Vec<Said<'_>> = Vec::new();
        for (index, (item, workload)) in items.iter().zip(workloads).enumerate() {
            let spot = item.at("ports");
            let (Some(workload), Some(said)) = (workload, self.read::<Vec<raw::Published>>(&spot)) else {
                continue;
            };
            for (spot, said) in spot.items().into_iter().zip(&said) {
                let port = HostPort {
                    ip: said.host_ip.clone().unwrap_or_default(),
                    protocol: match said.protocol {
                        raw::Transport::Tcp => Protocol::Tcp,
                        raw::Transport::Udp => Protocol::Udp,
                        raw::Transport::Sctp => Protocol::Sctp,
                    },
                    port: said.published,
                };
                let is_swarm = self.platform == Platform::Swarm;
                if is_swarm && said.mode == raw::PublishMode::Host {
                    // Its scheduler looks for a node that has it free.
                    workload.template.rules.host_ports.push(port.clone());
                    for rollout in &mut workload.controller.rollouts {
                        Arc::make_mut(&mut rollout.template)
                            .rules
                            .host_ports
                            .push(port.clone());
                    }
                    continue;
                }
                if !is_swarm {
                    workload.template.rules.host_ports.push(port.clone());
                    if workload.replicas > 1 {
                        let error = spot.error(format!(
                            "{} replicas cannot all publish port {} of one host",
                            workload.replicas, port.port
                        ));
                        self.push(error.help(
                            "Docker starts one and refuses the others: `Bind for 0.0.0.0 failed: port is already \
                             allocated`; leave the port out and put a proxy before them",
                        ));
                    }
                }
                all.push(Said {
                    workload: index,
                    port,
                    host: workload.template.rules.node_name.clone().filter(|_| !is_swarm),
                    spot,
                });
            }
        }
        for (place, one) in all.iter().enumerate() {
            let same = |other: &&Said<'_>| {
                let swarm = self.platform == Platform::Swarm;
                other.host == one.host
                    && if swarm {
                        // The routing mesh knows no addresses.
                        (other.port.port, other.port.protocol) == (one.port.port, one.port.protocol)
                    } else {
                        other.port.conflicts(&one.port)
                    }
            };
            let Some(first) = all[..place].iter().find(same) else {
                continue;
            };
            let who = match (&one.host, first.workload == one.workload) {
                (_, true) => "twice".to_owned(),
                (Some(host), _) => format!("by two workloads on {host}"),
                (None, _) => "by two services".to_owned(),
            };
            let error = one
                .spot
                .error(format!("port {} is published {who}", one.port.port));
            self.push(error.related(first.spot.cursor.place(), "it is published here already"));
        }
    }
}
