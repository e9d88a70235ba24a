//! How each message is written: as it is read, and what has to be there also where JSON does not have it.

use std::sync::LazyLock;

use super::shape;
use crate::client::etcd::decode::{self, Count, Field, SHAPES, Scalar, Shape};

/// How a message is written.
pub(super) struct Plan {
    pub(super) shape: &'static Shape,
    /// For each field of the shape: whether it is written also where JSON does not have it.
    always: Vec<bool>,
}

/// All plans, each at the place of its message among the shapes.
pub(super) struct Plans(Vec<Plan>);

/// Of the messages that the descriptors have.
pub(super) static PLANS: LazyLock<Plans> = LazyLock::new(|| Plans(SHAPES.iter().map(Plan::of).collect()));

impl Plans {
    pub(super) fn of_kind(&self, api_version: &str, kind: &str) -> Option<&Plan> {
        SHAPES.place_of(&decode::message_name(api_version, kind)).map(|place| self.at(place))
    }

    pub(super) fn at(&self, place: usize) -> &Plan {
        &self.0[place]
    }
}

impl Plan {
    fn of(shape: &'static Shape) -> Self {
        let always = shape.by_number().map(|field| is_always_written(&shape.name, field)).collect();
        Self { shape, always }
    }

    /// Each field, and whether it is written also where JSON does not have it, in the order of their numbers, as generated
    /// code writes them.
    pub(super) fn fields(&self) -> impl Iterator<Item = (&'static Field, bool)> {
        self.shape.by_number().zip(self.always.iter().copied())
    }
}

fn is_always_written(message: &str, field: &Field) -> bool {
    field.count == Count::One
        && match field.kind {
            Scalar::Bytes => false,
            Scalar::Message(_) => field.inlined || shape::is_struct(message, &field.name),
            _ => !shape::is_pointer(message, &field.name),
        }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use prost_reflect::Kind;

    use super::*;

    #[test]
    fn the_fields_with_shapes_of_their_own_are_there() {
        let known = |name: &str, field: &str| {
            SHAPES.iter().any(|shape| shape.name == name && shape.fields.iter().any(|known| known.name == field))
        };
        let unknown: Vec<_> = shape::rules().filter(|(name, field)| !known(name, field)).collect();
        assert!(unknown.is_empty(), "{unknown:?}");
    }

    #[test]
    fn integers_are_of_the_two_widths() {
        for message in decode::descriptors().unwrap().all_messages() {
            for field in message.fields() {
                let known = matches!(
                    field.kind(),
                    Kind::Bool
                        | Kind::Int32
                        | Kind::Int64
                        | Kind::Double
                        | Kind::String
                        | Kind::Bytes
                        | Kind::Message(_)
                );
                assert!(known, "{}", field.full_name());
            }
        }
    }
}
