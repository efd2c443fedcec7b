//! Ports of the node that a pod takes for itself.

/// A transport.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Protocol {
    /// TCP, Kubernetes' default.
    #[default]
    Tcp,
    /// UDP.
    Udp,
    /// SCTP.
    Sctp,
}

/// A port of the node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostPort {
    /// The address it is taken on; empty for all (`0.0.0.0`).
    pub ip: String,
    /// The transport.
    pub protocol: Protocol,
    /// The port, 1 to 65535.
    pub port: u16,
}

impl HostPort {
    /// Whether two pods cannot have both on one node (kube-scheduler `framework/types.go`).
    #[must_use]
    pub fn conflicts(&self, other: &Self) -> bool {
        let everywhere = |ip: &str| ip.is_empty() || ip == "0.0.0.0";
        self.port == other.port
            && self.protocol == other.protocol
            && (everywhere(&self.ip) || everywhere(&other.ip) || self.ip == other.ip)
    }
}
