//! `kubectl get -o yaml`, `-o json`, `-o name`, `-o jsonpath=…`, `-o custom-columns=…`.

use super::super::super::changes::all_of;
use super::super::Kubectl;
use super::super::output::{Output, list_of};
use super::super::targets::Targets;
use super::Options;
use crate::client::Failure;
use crate::render::align;

/// Prints what is found, then fails for what is not.
pub(super) async fn run(
    kubectl: &Kubectl<'_>,
    targets: Targets,
    output: &Output,
    options: &Options,
) -> Result<i32, Failure> {
    let single = matches!(targets, Targets::Named { single: true, .. });
    let (found, failures) = kubectl.fetch(targets).await;
    let failures = options.forgive(failures);
    let mut objects: Vec<_> = found.into_iter().map(|(_, object)| object).collect();
    if let Some(sort) = &options.sort {
        sort.objects(&mut objects)?;
    }
    // Where the only object named is not there, nothing is printed but the failure; of several, an empty List comes first.
    let nothing = objects.is_empty() && (single || options.ignore_not_found);
    if !nothing {
        let text = match output {
            Output::Name => objects.iter().map(|object| output.print(object)).collect::<Result<String, _>>()?,
            Output::Columns(_) => {
                let headers = if options.bare { Vec::new() } else { vec![output.headers()] };
                let rows = objects.iter().map(|object| output.row(object)).collect::<Result<Vec<_>, _>>()?;
                align(&[headers, rows].concat())
            }
            _ if single => output.print(&objects[0])?,
            _ => output.print(&list_of(objects))?,
        };
        kubectl.out(&text);
    }
    all_of(failures).map_or(Ok(0), Err)
}
