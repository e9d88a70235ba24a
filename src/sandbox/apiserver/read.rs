//! GET: objects, lists, and the beginning of a watch.

use super::answer::Answer;
use super::components;
use super::page;
use super::present::View;
use super::request::{Request, Target};
use super::select::Selector;
use super::watch::Wanted;
use crate::sandbox::World;
use crate::sandbox::api::{Resource, Status};

/// Answers a GET.
pub(super) fn answer(
    world: &mut World,
    resource: &'static Resource,
    target: &Target,
    request: &Request,
) -> Result<Answer, Status> {
    let namespace = target.namespace.as_deref();
    if resource.plural == "componentstatuses" {
        return components::answer(world, resource, target, request);
    }
    if resource.folder.is_empty() {
        return Err(Status::not_modelled(resource.plural));
    }
    match (&target.name, target.subresource.as_str()) {
        (Some(name), "scale") => {
            let scale = world.api("apiserver").scale(&resource.qualified(), namespace, name)?;
            return Ok(Answer::object(200, &scale, request));
        }
        (Some(_), "" | "status") | (None, _) => {}
        (Some(_), other) => return Err(Status::not_modelled(&format!("{}/{other}", resource.plural))),
    }
    let is_none = target.name.is_none() && world.api("apiserver").list(&resource.qualified(), namespace)?.is_empty();
    let view = match is_none && !target.watch && !request.flag("watch") {
        true => View::of_none(resource, &target.version, request)?,
        false => View::of(resource, &target.version, request)?,
    };
    if target.watch || request.flag("watch") {
        page::check(request)?;
        let mut selector = Selector::of(resource, request)?;
        if let Some(name) = &target.name {
            selector = selector.named(name);
        }
        return Ok(Answer::Watch(Box::new(Wanted::new(world, view, namespace, selector, request)?)));
    }
    if let Some(name) = &target.name {
        page::reached(world, request)?;
        let object = world.api("apiserver").get(&resource.qualified(), namespace, name)?;
        return Ok(Answer::object(200, &view.one(world, &object), request));
    }
    let selector = Selector::of(resource, request)?;
    let page = page::read(world, resource, namespace, &selector, request)?;
    Ok(Answer::object(200, &view.list(world, &page.objects, page.metadata), request))
}
