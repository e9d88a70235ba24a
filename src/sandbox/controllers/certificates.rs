//! CertificateSigningRequests: kubelets' own are approved, and approved ones signed by the cluster's CA. v1.20
//! `pkg/controller/certificates/{approver,signer}`, `pkg/apis/certificates/helpers.go`. A controller manager without
//! `--cluster-signing-cert-file`, as the lab's, signs none.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::MANAGER;
use super::queue::Controller;
use crate::sandbox::api::Status;
use crate::sandbox::informers::Name;
use crate::sandbox::pki::{Authority, SigningRequest, is_client};
use crate::sandbox::{Profile, World, object};

const APPROVER: Controller = Controller::new("csrapproving", approve);
const SIGNER: Controller = Controller::new("csrsigning", sign);
const REQUESTS: &str = "certificatesigningrequests";
/// How long a certificate holds: `--cluster-signing-duration`, a year.
const HOLDS: Duration = Duration::from_secs(8_760 * 3_600);
/// From when on, before it is signed: clocks differ.
const BACKDATED: Duration = Duration::from_secs(5 * 60);
/// Where kubeadm tells the controller manager to find the CA.
const CA: &str = "/etc/kubernetes/pki/ca";
const KUBELET_CLIENT: &str = "kubernetes.io/kube-apiserver-client-kubelet";
const KUBELET_SERVING: &str = "kubernetes.io/kubelet-serving";

/// Starts the controllers.
pub(super) fn start(world: &mut World) {
    world.informers.watch(REQUESTS, |world, heard| {
        if heard.now.is_some() {
            APPROVER.enqueue(world, &heard.name);
            SIGNER.enqueue(world, &heard.name);
        }
    });
}

fn usages(request: &Value) -> Vec<&str> {
    object::items(&request["spec"]["usages"]).iter().filter_map(Value::as_str).collect()
}

/// Approves what a node asks for itself, or someone who may ask for nodes.
fn approve(world: &mut World, name: &Name) -> Result<(), Status> {
    let Some(request) = world.informers.get(REQUESTS, "", &name.name) else { return Ok(()) };
    let decided = ["Approved", "Denied"].iter().any(|kind| object::condition(&request, kind).is_some());
    if decided || request["status"]["certificate"].is_string() || request["spec"]["signerName"] != KUBELET_CLIENT {
        return Ok(());
    }
    let Some(asked) = SigningRequest::of(&request).filter(|asked| asked.is_kubelet_client(&usages(&request)).is_ok())
    else {
        return Ok(());
    };
    let groups = object::items(&request["spec"]["groups"]);
    let of = |group: &str| groups.iter().any(|own| own == group);
    // The access that is reviewed upstream, as kubeadm grants it.
    let own =
        request["spec"]["username"] == asked.common_name().as_str() && (of("system:nodes") || of("system:masters"));
    let for_nodes = of("system:masters") || of("system:bootstrappers:kubeadm:default-node-token");
    let message = match (own, for_nodes) {
        (true, _) => "Auto approving self kubelet client certificate after SubjectAccessReview.",
        (_, true) => "Auto approving kubelet client certificate after SubjectAccessReview.",
        _ => return Ok(()),
    };
    let mut next = Value::clone(&request);
    next["status"]["conditions"] =
        json!([{"type": "Approved", "status": "True", "reason": "AutoApproved", "message": message}]);
    world.api(MANAGER).approve(&next).map(|_| ())
}

/// Signs what was approved, or says why it cannot be.
fn sign(world: &mut World, name: &Name) -> Result<(), Status> {
    if world.hosts.profile() == Profile::Lab {
        return Ok(());
    }
    let Some(request) = world.informers.get(REQUESTS, "", &name.name) else { return Ok(()) };
    let failed = object::holds(&request, "Failed") || object::holds(&request, "Denied");
    if !object::holds(&request, "Approved") || failed || request["status"]["certificate"].is_string() {
        return Ok(());
    }
    let (Some(asked), usages) = (SigningRequest::of(&request), usages(&request)) else { return Ok(()) };
    let checked = match request["spec"]["signerName"].as_str().unwrap_or_default() {
        "kubernetes.io/kube-apiserver-client" => is_client(&usages),
        KUBELET_CLIENT => asked.is_kubelet_client(&usages),
        KUBELET_SERVING => asked.is_kubelet_serving(&usages),
        "kubernetes.io/legacy-unknown" => Ok(()),
        // Somebody else's.
        _ => return Ok(()),
    };
    let mut next = Value::clone(&request);
    match checked {
        Ok(()) => {
            let Some(certificate) = signed(world, asked, &usages) else { return Ok(()) };
            next["status"]["certificate"] = json!(STANDARD.encode(certificate));
        }
        Err(why) => {
            let now = object::time(world.now());
            object::set_condition(
                &mut next,
                json!({"type": "Failed", "status": "True", "reason": "SignerValidationFailure",
                "message": why, "lastUpdateTime": now, "lastTransitionTime": now}),
            );
        }
    }
    world.api(MANAGER).update_status(REQUESTS, None, next).map(|_| ())
}

/// None: the control plane has no CA that can sign.
fn signed(world: &mut World, asked: SigningRequest, usages: &[&str]) -> Option<String> {
    let node = super::control_plane(world)?;
    let files = world.hosts.files_mut(&node)?;
    let file = |extension: &str| {
        files.get(&format!("{CA}.{extension}")).map(|entry| String::from_utf8_lossy(&entry.content).into_owned())
    };
    let (certificate, key) = (file("crt")?, file("key")?);
    let mut serial = world.rng.u128(..).to_be_bytes();
    // Positive.
    serial[0] &= 0x7f;
    let now = world.now();
    let authority = Authority { certificate: &certificate, key: &key };
    asked.signed(authority, usages, (now - BACKDATED, now + HOLDS), serial).ok()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use rcgen::{CertificateParams, DistinguishedName, DnType, KeyPair};

    fn request(name: &str, organization: &str) -> String {
        let mut params = CertificateParams::default();
        params.distinguished_name = DistinguishedName::new();
        params.distinguished_name.push(DnType::CommonName, name);
        // Two of the same type, which have different names here.
        let types = [DnType::OrganizationName, DnType::CustomDnType(vec![2, 5, 4, 10])];
        for (kind, organization) in types.into_iter().zip(organization.split(' ')) {
            params.distinguished_name.push(kind, organization);
        }
        let pem = params.serialize_request(&KeyPair::generate().unwrap()).unwrap().pem().unwrap();
        STANDARD.encode(pem)
    }

    fn world(profile: Profile) -> World {
        let mut world = World::new(1, "2026-11-24T15:22:00Z".parse().unwrap());
        let pki = crate::sandbox::pki::Pki::new(&[1; 32], world.now(), crate::sandbox::boot::NODES[0], &[]).unwrap();
        crate::sandbox::boot::boot(&mut world, profile, &pki.ca.certificate).unwrap();
        crate::sandbox::boot::install(&mut world, &pki);
        passes(&mut world);
        world
    }

    fn passes(world: &mut World) {
        world.tell();
        let until = world.now() + Duration::from_secs(3);
        world.run_until(until);
    }

    fn asked(world: &mut World, signer: &str, usages: &Value, request: String) -> Value {
        let mut api = world.api("kubectl");
        api.user = ("kubernetes-admin".to_owned(), vec!["system:masters".to_owned()]);
        let object = json!({"apiVersion": "certificates.k8s.io/v1", "kind": "CertificateSigningRequest",
            "metadata": {"generateName": "r"},
            "spec": {"signerName": format!("kubernetes.io/{signer}"), "request": request, "usages": usages}});
        let made = api.create(REQUESTS, None, object).unwrap();
        passes(world);
        let made = world.api("kubectl").get(REQUESTS, None, object::name(&made)).unwrap();
        if object::condition(&made, "Approved").is_none() {
            let mut approved = Value::clone(&made);
            approved["status"]["conditions"] =
                json!([{"type": "Approved", "status": "True", "reason": "KubectlApprove"}]);
            world.api("kubectl").approve(&approved).unwrap();
            passes(world);
        }
        Value::clone(&*world.api("kubectl").get(REQUESTS, None, object::name(&made)).unwrap())
    }

    #[test]
    fn an_approved_request_becomes_a_certificate_of_its_user() {
        let mut world = world(Profile::Kind);
        let usages = json!(["digital signature", "key encipherment", "client auth"]);
        let signed = asked(&mut world, "kube-apiserver-client", &usages, request("jane", "devs ops"));
        let pem = STANDARD.decode(signed["status"]["certificate"].as_str().unwrap()).unwrap();
        use rustls::pki_types::pem::PemObject as _;
        let der = rustls::pki_types::CertificateDer::from_pem_slice(&pem).unwrap();
        let user = crate::sandbox::apiserver::User::of_certificate(&der);
        assert_eq!((&user.name[..], &user.groups[..2]), ("jane", &["devs".to_owned(), "ops".to_owned()][..]));
        let refused = asked(&mut world, "kube-apiserver-client", &json!(["server auth"]), request("jane", "devs"));
        let failed = object::condition(&refused, "Failed").unwrap();
        assert_eq!(failed["message"], "invalid usage for client certificate: server auth");
        assert!(refused["status"]["certificate"].is_null());
        let node = request("system:node:n", "system:nodes");
        let node = asked(&mut world, "kube-apiserver-client-kubelet", &usages, node);
        assert_eq!(object::condition(&node, "Approved").unwrap()["reason"], "AutoApproved");
        assert!(node["status"]["certificate"].is_string());
        let serving = asked(&mut world, "kubelet-serving", &usages, request("system:node:n", "system:nodes"));
        let why = "usages did not match [digital signature key encipherment server auth]";
        assert_eq!(object::condition(&serving, "Failed").unwrap()["message"], why);
    }

    #[test]
    fn without_a_signer_an_approved_request_stays_as_it_is() {
        let mut world = world(Profile::Lab);
        let left = asked(&mut world, "kube-apiserver-client", &json!(["client auth"]), request("jane", "devs"));
        assert!(object::holds(&left, "Approved") && left["status"]["certificate"].is_null());
    }
}
