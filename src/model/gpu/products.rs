//! GPUs by name: how much memory each has, and how it can be cut.
//!
//! Knows: names and sizes. Must not know: what a cut is called as a resource, or who gets one.

use super::mig::{A30, A100_40, A100_80, Geometry, H100_80};

/// A GPU that can be bought.
#[derive(Clone, Copy, Debug)]
pub struct Product {
    /// Its name here, such as `A100-40GB`.
    pub name: &'static str,
    /// Its memory as the driver tells it, MiB.
    pub memory_mib: u64,
    /// How Multi-Instance GPU cuts it; `None` if it does not.
    pub mig: Option<&'static Geometry>,
}

/// Memory as `nvidia-smi` tells it; from memory of its output, where drivers differ by a few hundred MiB.
const PRODUCTS: [Product; 13] = [
    product("A10", 23_028, None),
    product("A100-40GB", 40_960, Some(&A100_40)),
    product("A100-80GB", 81_920, Some(&A100_80)),
    product("A10G", 23_028, None),
    product("A30-24GB", 24_576, Some(&A30)),
    product("H100-80GB", 81_559, Some(&H100_80)),
    product("L4", 23_034, None),
    product("L40S", 46_068, None),
    product("P100-16GB", 16_384, None),
    product("RTX6000-24GB", 24_576, None),
    product("T4", 15_360, None),
    product("V100-16GB", 16_384, None),
    product("V100-32GB", 32_768, None),
];

const fn product(name: &'static str, memory_mib: u64, mig: Option<&'static Geometry>) -> Product {
    Product {
        name,
        memory_mib,
        mig,
    }
}

impl Product {
    /// The one called `name`, in letters of any case and with or without the vendor: `nvidia-a100-40gb` is `A100-40GB`.
    #[must_use]
    pub fn find(name: &str) -> Option<&'static Self> {
        let plain = plain(name);
        PRODUCTS
            .iter()
            .find(|product| product.name.eq_ignore_ascii_case(plain))
    }

    /// The names of all that are known.
    pub fn names() -> impl Iterator<Item = &'static str> {
        PRODUCTS.iter().map(|product| product.name)
    }

    /// The names of those that can be cut.
    pub fn names_with_mig() -> impl Iterator<Item = &'static str> {
        let cut = PRODUCTS.iter().filter(|product| product.mig.is_some());
        cut.map(|product| product.name)
    }
}

/// A name without its vendor.
fn plain(name: &str) -> &str {
    let vendor = name
        .get(..7)
        .filter(|vendor| vendor.eq_ignore_ascii_case("nvidia-"));
    vendor.map_or(name, |_| &name[7..])
}

#[cfg(test)]
mod tests {
    use super::Product;

    #[test]
    fn a_product_is_found_as_price_lists_write_it() {
        let name = |name| Product::find(name).map(|product| product.name);
        assert_eq!(name("nvidia-a100-40gb"), Some("A100-40GB"));
        assert_eq!(name("NVIDIA-T4"), Some("T4"));
        assert_eq!(name("a10g"), Some("A10G"));
        assert_eq!(name("A100"), None, "there are two");
        assert!(Product::names_with_mig().all(|name| Product::find(name).is_some()));
    }
}
