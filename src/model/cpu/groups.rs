//! Control groups in control groups: weights count among siblings only.
//!
//! Knows: groups of claims, one level deep. Must not know: what a group is for.

use super::sharing::{Claim, share_out};

/// Claims that share what their group gets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClaimGroup {
    /// The group's weight among the others.
    pub weight: u64,
    /// Its claims.
    pub claims: Vec<Claim>,
}

impl ClaimGroup {
    /// A claim that stands among the groups on its own.
    #[must_use]
    pub fn alone(claim: Claim) -> Self {
        Self {
            weight: claim.weight,
            claims: vec![claim],
        }
    }

    fn as_claim(&self) -> Claim {
        let most = self.claims.iter().map(|claim| claim.most);
        Claim {
            weight: self.weight,
            most: most.fold(0, u64::saturating_add),
        }
    }
}

/// What each claim of each group gets of `capacity`, in their order.
#[must_use]
pub fn share_among_groups(capacity: u64, groups: &[ClaimGroup]) -> Vec<Vec<u64>> {
    let claims: Vec<Claim> = groups.iter().map(ClaimGroup::as_claim).collect();
    let shares = share_out(capacity, &claims);
    groups
        .iter()
        .zip(shares)
        .map(|(group, share)| share_out(share, &group.claims))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{Claim, ClaimGroup, share_among_groups};

    const fn claim(weight: u64, most: u64) -> Claim {
        Claim { weight, most }
    }

    /// A pod that is alone at work in its group has the whole group's weight: among equals without groups it would have
    /// a half.
    #[test]
    fn an_idle_sibling_leaves_its_weight_to_its_group() {
        let burstable = ClaimGroup {
            weight: 3072,
            claims: vec![claim(1024, 4000), claim(2048, 0)],
        };
        let guaranteed = ClaimGroup::alone(claim(1024, 4000));
        assert_eq!(
            share_among_groups(4000, &[guaranteed, burstable]),
            [vec![1000], vec![3000, 0]]
        );
    }

    #[test]
    fn what_a_group_does_not_want_goes_to_the_others() {
        let effortless = ClaimGroup {
            weight: 2,
            claims: vec![claim(2, 900), claim(2, 900)],
        };
        let busy = ClaimGroup::alone(claim(1024, 500));
        assert_eq!(
            share_among_groups(1000, &[busy.clone(), effortless.clone()]),
            [vec![500], vec![250, 250]]
        );
        let [_, left] = share_among_groups(501, &[busy, effortless]).try_into().unwrap();
        assert_eq!(left, [1, 0], "hardly anything while others want it");
    }
}
