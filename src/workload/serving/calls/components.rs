//! Which workloads have to do with each other, however far apart: the connected parts of the graph of calls.

use super::spec::CallsSpec;

/// Workloads, by index, in parts that have nothing to do with each other; those alone are left out. Each part is in
/// order, and so are the parts by their first workload.
pub(super) fn connected(specs: &[&CallsSpec]) -> Vec<Vec<usize>> {
    let mut part: Vec<usize> = (0..specs.len()).collect();
    for (from, spec) in specs.iter().enumerate() {
        let forwards = spec.forward.iter().map(|forward| forward.to);
        for to in spec.callees().chain(forwards) {
            let (kept, joined) = (part[from].min(part[to]), part[from].max(part[to]));
            part.iter_mut()
                .filter(|part| **part == joined)
                .for_each(|part| *part = kept);
        }
    }
    let mut parts = vec![Vec::new(); specs.len()];
    for (index, &part) in part.iter().enumerate() {
        parts[part].push(index);
    }
    let linked = |members: &Vec<usize>| members.iter().any(|&member| !specs[member].is_empty());
    parts.into_iter().filter(linked).collect()
}

#[cfg(test)]
mod tests {
    use super::super::spec::ForwardSpec;
    use super::{CallsSpec, connected};

    #[test]
    fn workloads_are_together_however_long_the_chain_between_them() {
        let to = |to: usize| CallsSpec {
            forward: vec![ForwardSpec { to, probability: 0.5 }],
            ..CallsSpec::default()
        };
        let alone = CallsSpec::default();
        let (three, one, itself) = (to(3), to(1), to(5));
        let specs = [&alone, &three, &alone, &alone, &one, &itself];
        assert_eq!(
            connected(&specs),
            [vec![1, 3, 4], vec![5]],
            "0 and 2 are on their own"
        );
    }
}
