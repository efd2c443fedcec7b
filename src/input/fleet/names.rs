//! What machines are told apart by: models of GPUs and roles.

use crate::model::fleet::Role;
use crate::model::gpu::ModelNames;

/// Names of roles.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RoleNames(Vec<String>);

impl RoleNames {
    /// Most of them.
    pub const MOST: usize = 1000;
    /// A role that no machine has.
    pub(super) const UNKNOWN: Role = Role::nth(u16::MAX - 1);

    /// The role of that name, which is known from now on; none where the name is empty, `None` if there are too many.
    pub fn learn(&mut self, name: &str) -> Option<Role> {
        if name.is_empty() {
            return Some(Role::ANY);
        }
        if let Some(known) = self.find(name) {
            return Some(known);
        }
        if self.0.len() == Self::MOST {
            return None;
        }
        self.0.push(name.to_owned());
        self.find(name)
    }

    /// The role of that name, if it is known.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<Role> {
        let index = self.0.iter().position(|known| known == name)?;
        Some(Role::nth(index as u16))
    }

    /// Whether none is known.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }
}

/// Everything that machines are told apart by.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MachineNames {
    /// Models of their GPUs.
    pub models: ModelNames,
    /// Parts they play.
    pub roles: RoleNames,
}
