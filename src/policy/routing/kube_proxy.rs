//! kube-proxy: a replica for each *connection*, and every request of the connection goes there.
//!
//! A client keeps one connection to the service and sends all its requests over it, as gRPC and HTTP/2 clients do, until
//! it has carried so many, was idle for too long, is too old or its replica has left. Only a new connection is balanced:
//! to an endpoint at random (the `statistic` rules of iptables, the maps of nftables) or to the next in turn (IPVS with
//! its default scheduler `rr`, which is also what Docker Swarm's routing mesh does). That turn is the kernel's, so each
//! node has one for each port of a service. Nobody looks at load, so few clients
//! with long connections leave some replicas busy and others idle.
//!
//! Source: Kubernetes' documentation of virtual IPs and service proxies; `sessionAffinity: ClientIP` sends a client's
//! next connection where its last went, for three hours after it was opened.

use super::asking::Asking;
use super::connections::{Connection, Connections};
use crate::engine::{Stream, Time};
use crate::model::request_queue::ReplicaLoads;
use crate::model::units::Duration;
use crate::policy::parameters::Parameters;
use rand::{Rng, RngExt};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A replica for each connection, as kube-proxy chooses it; connections are kept for many requests.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct KubeProxy {
    /// Which endpoint a new connection goes to.
    pub mode: ProxyMode,
    /// Clients that the requests of open loads come from, each with a connection of its own. Users of a closed load are
    /// clients of their own.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub clients: u32,
    /// Nodes that clients are on. In mode `ipvs` the kernel of each has a turn of its own, and all begin with the same
    /// endpoint; the other modes have none. A client stays on its node.
    #[schemars(range(min = 1, max = 100_000))]
    pub nodes: u32,
    /// Requests that a connection carries before the client opens another; 1 balances every request.
    #[schemars(range(min = 1))]
    pub requests_per_connection: u32,
    /// A connection that was idle for so long has been closed; 90 s is the default of Go's HTTP client. Without it, never.
    pub idle_timeout: Option<Duration>,
    /// A connection older than this is closed after its next request: `MAX_CONNECTION_AGE` of gRPC servers. Without it,
    /// it is as old as it gets.
    pub connection_age_max: Option<Duration>,
    /// Whether a client's next connection goes where its last went (the Service's `sessionAffinity`).
    pub session_affinity: SessionAffinity,
    /// How long a client is remembered after its last connection was opened; three hours is Kubernetes' default.
    pub affinity_timeout: Duration,
    #[serde(skip)]
    connections: Connections,
    /// By node.
    #[serde(skip)]
    turns: Vec<usize>,
}

/// How kube-proxy chooses an endpoint.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ProxyMode {
    /// At random, all equally likely.
    #[default]
    Iptables,
    /// The same.
    Nftables,
    /// Each in turn.
    Ipvs,
}

/// Whether clients come back to where they were.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum SessionAffinity {
    /// Each connection on its own.
    #[default]
    None,
    /// By the client's address.
    #[serde(rename = "ClientIP")]
    ClientIp,
}

impl Default for KubeProxy {
    fn default() -> Self {
        Self {
            mode: ProxyMode::default(),
            clients: 100,
            nodes: 1,
            requests_per_connection: 100,
            idle_timeout: Some(Duration::from_secs(90)),
            connection_age_max: None,
            session_affinity: SessionAffinity::default(),
            affinity_timeout: Duration::from_secs(10_800),
            connections: Connections::default(),
            turns: Vec::new(),
        }
    }
}

impl KubeProxy {
    #[inline(never)]
    pub(super) fn pick(
        &mut self,
        now: Time,
        asking: Asking,
        replicas: &ReplicaLoads,
        stream: &mut Stream,
    ) -> Option<usize> {
        if replicas.is_empty() {
            return None;
        }
        let client = self.client_of(asking, stream);
        let connection = *self.connections.of(client);
        let too_long =
            |span: Option<Duration>, since: Time| span.is_some_and(|most| now.since(since) > most.span());
        let is_open = connection.left > 0
            && !too_long(self.idle_timeout, connection.used)
            && !too_long(self.connection_age_max, connection.opened);
        if is_open && let Some(place) = connection.place_in(replicas) {
            let connection = self.connections.of(client);
            connection.left -= 1;
            connection.used = now;
            return Some(place);
        }
        let remembered = self.session_affinity == SessionAffinity::ClientIp
            && now.since(connection.opened) < self.affinity_timeout.span();
        let back = if remembered {
            connection.place_in(replicas)
        } else {
            None
        };
        let place = back.unwrap_or_else(|| self.endpoint(client, replicas, stream));
        let left = self.requests_per_connection.max(1) - 1;
        *self.connections.of(client) = Connection::open(now, replicas, place, left);
        Some(place)
    }

    /// Users have connections of their own, behind those of the clients of open loads.
    fn client_of(&mut self, asking: Asking, stream: &mut Stream) -> usize {
        match asking.user {
            Some(user) => self.clients as usize + user as usize,
            None => {
                let salt = self.connections.salt(|| stream.next_u64());
                asking.one_of(self.clients.max(1), salt) as usize
            }
        }
    }

    fn endpoint(&mut self, client: usize, replicas: &ReplicaLoads, stream: &mut Stream) -> usize {
        match self.mode {
            ProxyMode::Iptables | ProxyMode::Nftables => stream.random_range(0..replicas.len()),
            ProxyMode::Ipvs => {
                let nodes = self.nodes.max(1) as usize;
                self.turns.resize(nodes, 0);
                let turn = &mut self.turns[client % nodes];
                let place = if *turn < replicas.len() { *turn } else { 0 };
                *turn = place + 1;
                place
            }
        }
    }
}

impl Parameters for KubeProxy {}

#[cfg(test)]
mod tests {
    use super::super::test_replicas::{asks, replicas, stream};
    use super::*;
    use crate::engine::Span;

    fn at(seconds: u64) -> Time {
        Time::ZERO + Span::from_secs(seconds)
    }

    #[test]
    fn a_connection_carries_its_requests_and_the_next_goes_elsewhere_in_turn() {
        let mut proxy = KubeProxy {
            mode: ProxyMode::Ipvs,
            requests_per_connection: 3,
            ..KubeProxy::default()
        };
        let (all, mut stream) = (replicas(4), stream());
        let mut user = |user, proxy: &mut KubeProxy| {
            let asking = Asking {
                request: 0,
                user: Some(user),
            };
            proxy.pick(at(1), asking, &all, &mut stream)
        };
        let first: Vec<_> = (0..3).map(|_| user(7, &mut proxy)).collect();
        assert_eq!(first, [Some(0); 3], "one connection, one replica");
        assert_eq!(
            user(8, &mut proxy),
            Some(1),
            "another client's is the next in turn"
        );
        assert_eq!(
            user(7, &mut proxy),
            Some(2),
            "the fourth request needs a new connection"
        );
    }

    /// Were there one turn for all, eight clients on four nodes would spread over eight replicas.
    #[test]
    fn each_node_has_a_turn_of_its_own() {
        let mut proxy = KubeProxy {
            mode: ProxyMode::Ipvs,
            clients: 0,
            nodes: 4,
            ..KubeProxy::default()
        };
        let (all, mut stream) = (replicas(8), stream());
        let mut user = |user| {
            let asking = Asking {
                request: 0,
                user: Some(user),
            };
            proxy.pick(at(1), asking, &all, &mut stream).unwrap()
        };
        let places: Vec<usize> = (0..8).map(&mut user).collect();
        assert_eq!(places, [0, 0, 0, 0, 1, 1, 1, 1]);
    }

    #[test]
    fn a_connection_ends_when_idle_or_old_or_when_its_replica_has_left() {
        let mut proxy = KubeProxy {
            mode: ProxyMode::Ipvs,
            clients: 1,
            requests_per_connection: 1000,
            connection_age_max: Some(Duration::from_secs(300)),
            ..KubeProxy::default()
        };
        let (mut all, mut stream) = (replicas(3), stream());
        let mut pick = |seconds, all: &ReplicaLoads, proxy: &mut KubeProxy| {
            let place = proxy.pick(at(seconds), asks(seconds), all, &mut stream);
            place.map(|place| all.station(place))
        };
        assert_eq!(pick(1, &all, &mut proxy), Some(0));
        assert_eq!(
            pick(91, &all, &mut proxy),
            Some(0),
            "idle for 90 s is not too long"
        );
        assert_eq!(pick(182, &all, &mut proxy), Some(1), "91 s is");
        for seconds in (200..=480).step_by(40) {
            assert_eq!(pick(seconds, &all, &mut proxy), Some(1));
        }
        assert_eq!(pick(490, &all, &mut proxy), Some(2), "older than 300 s");
        all.leave(2);
        assert_eq!(pick(491, &all, &mut proxy), Some(0), "its replica has left");
    }

    #[test]
    fn affinity_brings_a_client_back_for_three_hours() {
        let mut proxy = KubeProxy {
            mode: ProxyMode::Ipvs,
            clients: 1,
            requests_per_connection: 1,
            session_affinity: SessionAffinity::ClientIp,
            ..KubeProxy::default()
        };
        let (all, mut stream) = (replicas(3), stream());
        let mut pick = |seconds| proxy.pick(at(seconds), asks(seconds), &all, &mut stream);
        assert_eq!(pick(1), Some(0));
        assert_eq!(pick(10_800), Some(0), "10 799 s later it is remembered");
        assert_eq!(pick(21_600), Some(1), "10 800 s after that it is not");
    }

    #[test]
    fn one_request_a_connection_is_balanced_as_well_as_any_random_choice() {
        let mut proxy = KubeProxy {
            requests_per_connection: 1,
            ..KubeProxy::default()
        };
        let (all, mut stream) = (replicas(10), stream());
        let mut counts = [0; 10];
        for request in 0..10_000 {
            counts[proxy.pick(at(1), asks(request), &all, &mut stream).unwrap()] += 1;
        }
        assert!(
            counts.iter().all(|&count| (850..1150).contains(&count)),
            "{counts:?}"
        );
    }
}
