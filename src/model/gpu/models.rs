//! Models of GPUs: their names, and sets of them.

/// Most models of one fleet.
pub const MODELS_MAX: usize = 64;

/// Models of GPUs, as bits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ModelSet(u64);

impl ModelSet {
    /// None: of a node, that it has no GPU of a known model; of a pod, that any will do.
    pub const NONE: Self = Self(0);

    /// Whether there is none.
    #[must_use]
    pub const fn is_none(self) -> bool {
        self.0 == 0
    }

    /// These and those.
    #[must_use]
    pub const fn and(self, others: Self) -> Self {
        Self(self.0 | others.0)
    }

    /// Whether a pod that asks for one of these goes to a node of `model`: it does not care, or names it.
    #[must_use]
    pub const fn accepts(self, model: Self) -> bool {
        self.0 == 0 || self.0 & model.0 != 0
    }
}

/// The names of the models of one fleet.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ModelNames(Vec<String>);

impl ModelNames {
    /// The model called `name`, made known if it is new; `None` if that would be one more than [`MODELS_MAX`].
    pub fn learn(&mut self, name: &str) -> Option<ModelSet> {
        if let Some(known) = self.find(name) {
            return Some(known);
        }
        if self.0.len() == MODELS_MAX {
            return None;
        }
        self.0.push(name.to_owned());
        self.find(name)
    }

    /// The model called `name`, if it is known.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<ModelSet> {
        let index = self.0.iter().position(|known| known == name)?;
        Some(ModelSet(1 << index))
    }

    /// All names, in the order in which they became known.
    pub fn names(&self) -> impl Iterator<Item = &str> + Clone {
        self.0.iter().map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::{MODELS_MAX, ModelNames, ModelSet};

    #[test]
    fn alternatives_are_accepted_and_the_65th_model_is_refused() {
        let mut names = ModelNames::default();
        let a10 = names.learn("A10").expect("there is room");
        let t4 = names.learn("T4").expect("there is room");
        let g2 = names.learn("G2").expect("there is room");
        assert_eq!(names.learn("A10"), Some(a10), "a name means one model");
        assert!(a10.and(t4).accepts(t4));
        assert!(!a10.and(t4).accepts(g2));
        assert!(!a10.accepts(ModelSet::NONE), "a node without that GPU");
        assert!(
            ModelSet::NONE.accepts(ModelSet::NONE),
            "who names none takes any node"
        );
        for index in 3..MODELS_MAX {
            assert!(names.learn(&format!("model {index}")).is_some());
        }
        assert_eq!(names.learn("one more"), None);
    }
}
