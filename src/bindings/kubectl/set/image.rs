//! `set image deployment/d c=busybox:1.32`.

use serde_json::Value;

use super::template::pod_spec;
use super::{Edit, Wrong};
use crate::client::Failure;

/// Containers and the images that they get.
pub(super) type Images<'a> = Vec<(&'a str, &'a str)>;

/// The resources, and what they get.
pub(super) fn split(args: &[String]) -> Result<(&[String], Images<'_>), Failure> {
    let first = args.iter().position(|arg| arg.contains('=')).unwrap_or(args.len());
    let (resources, images) = args.split_at(first);
    if let Some(late) = images.iter().find(|arg| !arg.contains('=')) {
        return Err(Failure::usage(format!("error: all resources must be specified before image changes: {late}")));
    }
    if images.is_empty() {
        return Err(Failure::usage("error: at least one image update is required"));
    }
    Ok((resources, images.iter().filter_map(|arg| arg.split_once('=')).collect()))
}

pub(super) fn edit(images: Images<'_>) -> Edit<'_> {
    Box::new(move |object| {
        let spec = pod_spec(object)?;
        for (name, image) in &images {
            let mut known = false;
            for list in ["initContainers", "containers"] {
                let containers = spec.get_mut(list).and_then(Value::as_array_mut);
                for container in containers.into_iter().flatten() {
                    if *name == "*" || container["name"] == *name {
                        container["image"] = (*image).into();
                        known = true;
                    }
                }
            }
            if !known {
                return Err(Wrong::Plain(format!("unable to find container named {name:?}")));
            }
        }
        Ok(())
    })
}
