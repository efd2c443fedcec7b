//! What must have happened to other services before `docker compose up` starts a service's containers.
//!
//! Knows: who waits for whom. Must not know: what has happened.

/// What is waited for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Condition {
    /// Its containers run.
    #[default]
    Started,
    /// Its containers are healthy.
    Healthy,
    /// Its containers have done their work and exited with 0.
    Completed,
}

/// One service that another waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dependency {
    /// Its place among the services.
    pub on: usize,
    /// What is waited for.
    pub condition: Condition,
}

/// The first cycle among services of which each waits for those listed at its place: each service of it once, in the
/// order in which they wait for each other.
#[must_use]
pub fn cycle(waits_for: &[Vec<usize>]) -> Option<Vec<usize>> {
    // 0: not seen; 1: on the way; 2: known to be on no cycle.
    let mut state = vec![0_u8; waits_for.len()];
    for start in 0..waits_for.len() {
        // The way from `start`, each with the place of its next dependency.
        let mut way: Vec<(usize, usize)> = Vec::new();
        if state[start] == 0 {
            state[start] = 1;
            way.push((start, 0));
        }
        while let Some((service, next)) = way.last_mut() {
            let Some(&on) = waits_for[*service].get(*next) else {
                state[*service] = 2;
                way.pop();
                continue;
            };
            *next += 1;
            match state.get(on) {
                Some(0) => {
                    state[on] = 1;
                    way.push((on, 0));
                }
                Some(1) => {
                    let way = way.iter().map(|&(service, _)| service);
                    return Some(way.skip_while(|&service| service != on).collect());
                }
                _ => {}
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::cycle;

    /// Were a cycle missed, every service on it would wait for ever.
    #[test]
    fn the_first_cycle_is_found_and_nothing_else() {
        assert_eq!(cycle(&[vec![1, 2], vec![2], vec![]]), None);
        assert_eq!(cycle(&[vec![1], vec![2], vec![3], vec![1]]), Some(vec![1, 2, 3]));
        assert_eq!(cycle(&[vec![], vec![1]]), Some(vec![1]), "on itself");
        assert_eq!(cycle(&[vec![3], vec![0], vec![0, 1], vec![]]), None);
    }
}
