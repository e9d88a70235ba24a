//! Sets of fields, and their form in `fieldsV1`.
//!
//! Source of the form: sigs.k8s.io/structured-merge-diff v4 `fieldpath/serialize-pe.go`.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

/// One step of a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Element {
    /// `f:spec`: a field, or a key of a map.
    Field(String),
    /// `k:{"name":"a"}`: the element of a list with these keys, which are sorted.
    Key(Map<String, Value>),
    /// `v:"a"`: the element of a set.
    Value(Value),
    /// `i:0`: the element at a place.
    Index(i64),
}

impl Element {
    fn parse(text: &str) -> Option<Self> {
        let (kind, rest) = text.split_once(':')?;
        match kind {
            "f" => Some(Self::Field(rest.to_owned())),
            "k" => serde_json::from_str(rest).ok().map(Self::Key),
            "v" => serde_json::from_str(rest).ok().map(Self::Value),
            "i" => rest.parse().ok().map(Self::Index),
            _ => None,
        }
    }

    fn text(&self) -> String {
        match self {
            Self::Field(name) => format!("f:{name}"),
            Self::Key(keys) => format!("k:{}", Value::Object(keys.clone())),
            Self::Value(value) => format!("v:{value}"),
            Self::Index(index) => format!("i:{index}"),
        }
    }

    /// As errors tell it: `.spec`, `[name="a"]`, `[="a"]`, `[0]`.
    pub(super) fn told(&self) -> String {
        match self {
            Self::Field(name) => format!(".{name}"),
            Self::Key(keys) => {
                let keys: Vec<String> = keys.iter().map(|(key, value)| format!("{key}={value}")).collect();
                format!("[{}]", keys.join(","))
            }
            Self::Value(value) => format!("[={value}]"),
            Self::Index(index) => format!("[{index}]"),
        }
    }

    fn rank(&self) -> u8 {
        match self {
            Self::Field(_) => 0,
            Self::Key(_) => 1,
            Self::Value(_) => 2,
            Self::Index(_) => 3,
        }
    }
}

impl Ord for Element {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Field(a), Self::Field(b)) => a.cmp(b),
            (Self::Key(a), Self::Key(b)) => {
                let pairs = a.iter().zip(b).map(|(a, b)| a.0.cmp(b.0).then_with(|| order(a.1, b.1)));
                pairs.fold(Ordering::Equal, Ordering::then).then(a.len().cmp(&b.len()))
            }
            (Self::Value(a), Self::Value(b)) => order(a, b),
            (Self::Index(a), Self::Index(b)) => a.cmp(b),
            _ => self.rank().cmp(&other.rank()),
        }
    }
}

impl PartialOrd for Element {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// Numbers by their size, all else by its text.
fn order(a: &Value, b: &Value) -> Ordering {
    match (a.as_f64(), b.as_f64()) {
        (Some(a), Some(b)) => a.total_cmp(&b),
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        (None, None) => match (a.as_str(), b.as_str()) {
            (Some(a), Some(b)) => a.cmp(b),
            _ => a.to_string().cmp(&b.to_string()),
        },
    }
}

/// A path from the object's root.
pub(super) type Path = Vec<Element>;

/// A set of fields: a tree, in which a node may be in the set, and have others below it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Set {
    /// Whether this node itself is in the set.
    pub member: bool,
    /// What is below it.
    pub children: BTreeMap<Element, Set>,
}

impl Set {
    /// The set in a `fieldsV1`.
    pub(super) fn parse(fields: &Value) -> Self {
        let mut set = Self::default();
        for (text, below) in fields.as_object().into_iter().flatten() {
            if text == "." {
                set.member = true;
            } else if let Some(element) = Element::parse(text) {
                let mut child = Self::parse(below);
                child.member |= child.children.is_empty();
                set.children.insert(element, child);
            }
        }
        set
    }

    /// Its `fieldsV1`.
    pub(super) fn fields(&self) -> Value {
        let mut fields = Map::new();
        if self.member && !self.children.is_empty() {
            fields.insert(".".to_owned(), json!({}));
        }
        fields.extend(self.children.iter().map(|(element, child)| (element.text(), child.fields())));
        fields.into()
    }

    pub(super) fn is_empty(&self) -> bool {
        !self.member && self.children.is_empty()
    }

    pub(super) fn insert(&mut self, path: &[Element]) {
        match path {
            [] => self.member = true,
            [first, rest @ ..] => self.children.entry(first.clone()).or_default().insert(rest),
        }
    }

    /// Takes out a node and all below it.
    pub(super) fn remove(&mut self, path: &[&str]) {
        let [first, rest @ ..] = path else { return };
        let element = Element::Field((*first).to_owned());
        if rest.is_empty() {
            self.children.remove(&element);
        } else if let Some(child) = self.children.get_mut(&element) {
            child.remove(rest);
            if child.is_empty() {
                self.children.remove(&element);
            }
        }
    }

    pub(super) fn union(&self, other: &Self) -> Self {
        let mut set = self.clone();
        set.member |= other.member;
        for (element, child) in &other.children {
            let there = set.children.entry(element.clone()).or_default();
            *there = there.union(child);
        }
        set
    }

    pub(super) fn difference(&self, other: &Self) -> Self {
        self.combined(other, |a, b| a && !b)
    }

    pub(super) fn intersection(&self, other: &Self) -> Self {
        self.combined(other, |a, b| a && b)
    }

    /// Its nodes for which `keep` says so, of whether this and the other set have them.
    fn combined(&self, other: &Self, keep: fn(bool, bool) -> bool) -> Self {
        let nothing = Self::default();
        let children = self.children.iter().map(|(element, child)| {
            let other = other.children.get(element).unwrap_or(&nothing);
            (element.clone(), child.combined(other, keep))
        });
        let children = children.filter(|(_, child)| !child.is_empty()).collect();
        Self { member: keep(self.member, other.member), children }
    }

    /// All paths of it: at each step first what ends there, as upstream's sets tell them.
    pub(super) fn paths(&self) -> Vec<Path> {
        let mut paths = Vec::new();
        self.add_paths(&mut Vec::new(), &mut paths);
        paths
    }

    fn add_paths(&self, path: &mut Path, paths: &mut Vec<Path>) {
        for (element, child) in self.children.iter().filter(|(_, child)| child.member) {
            let mut whole = path.clone();
            whole.push(element.clone());
            paths.push(whole);
            debug_assert!(child.member);
        }
        for (element, child) in self.children.iter().filter(|(_, child)| !child.children.is_empty()) {
            path.push(element.clone());
            child.add_paths(path, paths);
            path.pop();
        }
    }
}
