//! Arrays, which mawk goes through in the order of its hash table.

use std::collections::BTreeMap;

use super::value::Value;

/// Values by their names.
#[derive(Debug, Default)]
pub(super) struct Array {
    items: BTreeMap<String, (Value, u64)>,
    touched: u64,
}

impl Array {
    /// A value that may be changed; to look for it makes it.
    pub(super) fn item(&mut self, key: &str) -> &mut Value {
        self.touched += 1;
        let item = self.items.entry(key.to_owned()).or_insert((Value::None, 0));
        item.1 = self.touched;
        &mut item.0
    }

    pub(super) fn contains(&mut self, key: &str) -> bool {
        self.items.contains_key(key)
    }

    pub(super) fn remove(&mut self, key: &str) {
        self.items.remove(key);
    }

    pub(super) fn len(&self) -> usize {
        self.items.len()
    }

    /// The names by the lists of a table of 64 (array.w: FNV-1a; a list has at its head what was looked at last), which
    /// doubles where lists have more than 12 items.
    pub(super) fn keys(&self) -> Vec<String> {
        let mut size = 64_usize;
        while self.items.len() > size * 12 {
            size *= 2;
        }
        let mut keys: Vec<(usize, std::cmp::Reverse<u64>, &String)> = self
            .items
            .iter()
            .map(|(key, (_, touched))| (hash(key) as usize & (size - 1), std::cmp::Reverse(*touched), key))
            .collect();
        keys.sort();
        keys.into_iter().map(|(.., key)| key.clone()).collect()
    }
}

impl FromIterator<(String, Value)> for Array {
    fn from_iter<T: IntoIterator<Item = (String, Value)>>(pairs: T) -> Self {
        let mut array = Self::default();
        for (key, value) in pairs {
            *array.item(&key) = value;
        }
        array
    }
}

fn hash(key: &str) -> u32 {
    key.bytes().fold(2_166_136_261, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(16_777_619))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_is_that_of_mawk() {
        let keys = ["dirko", "h", "lbj", "mbs", "wvytr", "kwtftdp"].map(|key| (key.to_owned(), Value::None));
        assert_eq!(Array::from_iter(keys).keys(), ["h", "dirko", "mbs", "lbj", "kwtftdp", "wvytr"]);
    }
}
