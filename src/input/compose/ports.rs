//! `ports` of a service: those of the host that it takes for itself.
//!
//! Knows: Compose's two notations. Must not know: who else has a port. A port of the host that Docker chooses, by itself or
//! out of a range that is longer than the container's, is nobody's before it is chosen: it is left out.

use crate::input::manifests::make::{Map, list, text};
use crate::input::{Cursor, Diagnostic, Diagnostics, Node, Tree};
use crate::model::units::quoted;
use std::net::IpAddr;

/// More ports than this are a slip.
const PORTS_MAX: u32 = 1000;

/// A published port.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Published {
    ip: Option<String>,
    port: u32,
    protocol: String,
}

/// The ports that the service at `said` publishes at fixed ports of the host, as the scenario has them.
pub(super) fn ports(said: Cursor<'_>, diagnostics: &mut Diagnostics) -> Option<Tree> {
    let mut all = Vec::new();
    for item in said.items() {
        let Some(tree) = item.tree() else { continue };
        let (short, mode) = match &tree.node {
            Node::Map(_) => (long(item), item.at("mode").text()),
            Node::Int(_) => continue,
            _ => (item.text().unwrap_or_default().to_owned(), None),
        };
        match parse(&short) {
            Ok(published) => all.extend(published.into_iter().map(|one| {
                let mut map = Map::new(tree.place);
                map.put(
                    "published",
                    Tree {
                        node: Node::Int(one.port.into()),
                        place: tree.place,
                    },
                );
                if let Some(ip) = &one.ip {
                    map.put("host_ip", text(tree.place, ip));
                }
                map.put("protocol", text(tree.place, &one.protocol));
                if mode == Some("host") {
                    map.put("mode", text(tree.place, "host"));
                }
                map.tree()
            })),
            Err(why) => {
                let what = format!("no port is {}: {why}", quoted(&short));
                diagnostics.push(Diagnostic::error(tree.place, what));
            }
        }
    }
    (!all.is_empty()).then(|| list(said.place(), all))
}

/// The long notation as the short one.
fn long(said: Cursor<'_>) -> String {
    let of = |key: &str| match said.at(key).tree().map(|tree| &tree.node) {
        Some(Node::Int(value)) => value.to_string(),
        Some(Node::String { text, .. }) => text.clone(),
        _ => String::new(),
    };
    let protocol = of("protocol");
    let after = if protocol.is_empty() {
        String::new()
    } else {
        format!("/{protocol}")
    };
    match (of("host_ip"), of("published")) {
        (_, published) if published.is_empty() => format!("{}{after}", of("target")),
        (ip, published) if ip.is_empty() => format!("{published}:{}{after}", of("target")),
        (ip, published) if ip.contains(':') => format!("[{ip}]:{published}:{}{after}", of("target")),
        (ip, published) => format!("{ip}:{published}:{}{after}", of("target")),
    }
}

/// `[[ip:]host:]container[/protocol]`, where both ports may be ranges.
fn parse(short: &str) -> Result<Vec<Published>, String> {
    let wrong =
        || "expected `8080:80`, `127.0.0.1:8080:80/udp` or a range such as `9000-9002:9000-9002`".to_owned();
    let (ports, protocol) = short.split_once('/').unwrap_or((short, "tcp"));
    if !["tcp", "udp", "sctp"].contains(&protocol) {
        return Err(format!("the transport {} is none", quoted(protocol)));
    }
    let (before, container) = ports.rsplit_once(':').unwrap_or(("", ports));
    let container = range(container).ok_or_else(wrong)?;
    let (ip, host) = match before.rsplit_once(':') {
        Some((ip, host)) => (Some(ip.trim_matches(['[', ']'])), host),
        None => (None, before),
    };
    if ip.is_some_and(|ip| !ip.is_empty() && ip.parse::<IpAddr>().is_err()) {
        return Err(wrong());
    }
    if host.is_empty() {
        // Docker chooses.
        return Ok(Vec::new());
    }
    let host = range(host).ok_or_else(wrong)?;
    let length = |(first, last): (u32, u32)| last - first;
    if length(host) > length(container) && length(container) == 0 {
        return Ok(Vec::new());
    }
    if length(host) != length(container) {
        return Err("the two ranges are not of one length".to_owned());
    }
    if length(host) >= PORTS_MAX {
        return Err(format!("more than {PORTS_MAX} ports"));
    }
    let ports = (host.0..=host.1).map(|port| Published {
        ip: ip.filter(|ip| !ip.is_empty()).map(str::to_owned),
        port,
        protocol: protocol.to_owned(),
    });
    Ok(ports.collect())
}

/// A port, or the first and the last of several.
fn range(said: &str) -> Option<(u32, u32)> {
    let port = |text: &str| text.parse().ok().filter(|port| (1..=65_535).contains(port));
    let (first, last) = said.split_once('-').unwrap_or((said, said));
    let range = (port(first)?, port(last)?);
    (range.0 <= range.1).then_some(range)
}

#[cfg(test)]
mod tests {
    use super::parse;

    /// Were a port read that is not fixed, a service that scales well would be refused.
    #[test]
    fn fixed_ports_of_the_host_are_read_and_no_others() {
        let read = |short: &str| -> Vec<String> {
            let published = parse(short).unwrap_or_else(|why| panic!("{short}: {why}"));
            let shown = published.into_iter().map(|one| {
                let ip = one.ip.map_or_else(String::new, |ip| format!("{ip}:"));
                format!("{ip}{}/{}", one.port, one.protocol)
            });
            shown.collect()
        };
        for (short, expected) in [
            ("8080:80", &["8080/tcp"][..]),
            ("80", &[]),
            ("8000-8009:80", &[]),
            ("127.0.0.1::80", &[]),
            ("127.0.0.1:53:53/udp", &["127.0.0.1:53/udp"]),
            ("[::1]:8080:80", &["::1:8080/tcp"]),
            ("90-91:80-81", &["90/tcp", "91/tcp"]),
        ] {
            assert_eq!(read(short), expected, "{short}");
        }
        for wrong in [
            "",
            "a:b",
            "70000:80",
            "1-3:1-2",
            "80:80/ftp",
            "9-8:9-8",
            "1:2:3:x",
            "80:80:80:80",
        ] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }
}
