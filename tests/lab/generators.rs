//! `create` from flags, against the real kubectl: what would be made, what is made, and what is wrong with the flags.
//! Nothing outlives the test's namespaces: what has none is made by a dry run alone.

use libtest_mimic::{Failed, Trial};

use crate::lab::shared;
use crate::twins::Twins;

/// Namespaces, ConfigMaps, Secrets, Jobs and Deployments.
const OBJECTS: &[&str] = &[
    "create secret tls t --cert=tls.crt --key=tls.key --dry-run=client -o name",
    "create secret tls t --cert=missing --key=missing",
    "create secret tls t",
    "create secret docker-registry d --docker-username=u --docker-password=p --docker-email=e --dry-run=client -o yaml",
    "create secret docker-registry d --docker-username=u --docker-password=p --docker-server=s --dry-run=client -o yaml",
    "create secret docker-registry d",
    "create secret docker-registry d --docker-username=u",
    "create secret generic e --from-literal=a",
    "create secret generic e --from-literal==a",
    "create secret generic e --from-literal=a=1 --from-literal=a=2",
    "create secret generic e --from-literal=a=1 --append-hash --dry-run=client -o name",
    "create secret generic",
    "create secret foo x",
    "create configmap e --from-literal=a",
    "create configmap e --from-literal=a=1 --from-literal=a=2",
    "create configmap e --from-literal=a/b=1",
    "create configmap e --from-literal=a=1 --append-hash --dry-run=client -o name",
    "create configmap e --from-file=missing",
    "create configmap e --from-env-file=missing",
    "create configmap e --from-env-file=x --from-literal=a=b",
    "create configmap f --from-file=/etc/hostname=x",
    "create configmap",
    "create configmap a b",
    "create deployment x",
    "create deployment x --image=",
    "create deployment x --image=a --image=b -- c",
    "create job x",
    "create job x --image=a --from=cronjob/b",
    "create job x --from=b",
    "create job x --from=deployment/b",
    "create job x --from=cronjob/missing",
    "create cronjob x --image=a",
    "create cronjob x --schedule='* * * * *'",
    "create cronjob x --image=a --schedule=foo",
    "create cronjob x --image=a --schedule='* * * * *' --restart=Never --dry-run=client -o yaml",
    "create serviceaccount",
    "create namespace",
    "create namespace A_",
    "create namespace x y",
    "create foo",
    "create foo bar",
];

/// Quotas, priorities and disruption budgets.
const POLICIES: &[&str] = &[
    "create quota q --hard=cpu=1,memory=1G,pods=2 --scopes=BestEffort --dry-run=client -o yaml",
    "create quota q --hard=cpu=1,memory=1G,pods=2 --dry-run=client -o yaml",
    "create quota q --hard=services=20",
    "create quota q --hard=cpu",
    "create quota q --hard=cpu=",
    "create quota q --hard=cpu=x",
    "create quota q --scopes=x",
    "create quota q --dry-run=client -o json",
    "create quota",
    "create priorityclass NS --value=10 --description=x --dry-run=server",
    "create priorityclass NS-b --value=10 --global-default=true --preemption-policy=Never --dry-run=client -o yaml",
    "create priorityclass NS-b --value=10 --dry-run=client -o yaml",
    "create priorityclass NS-c --value=x",
    "create priorityclass NS-d --dry-run=client -o json",
    "create priorityclass NS-d --preemption-policy=foo --dry-run=client",
    "create pc NS-e --value=2000000000",
    "create poddisruptionbudget b --selector=a=b --min-available=50% --dry-run=client -o yaml",
    "create pdb b --selector=a=b,c=d --max-unavailable=1 --dry-run=client -o yaml",
    "create pdb b --selector=a=b --min-available=1",
    "create pdb b --selector=a=b --min-available=1",
    "create pdb b --min-available=1",
    "create pdb b --selector=a=b",
    "create pdb b --selector=a=b --min-available=1 --max-unavailable=1",
    "create pdb b --selector=a --min-available=1 --dry-run=client -o yaml",
    "create pdb b --selector='a in (b,c)' --min-available=1 --dry-run=client -o yaml",
    "create pdb b --selector='a!=c' --min-available=1 --dry-run=client -o yaml",
    "create pdb b --selector='!c' --min-available=1 --dry-run=client -o yaml",
    "create pdb b --selector='a==' --min-available=1 --dry-run=client -o yaml",
    "create pdb b --selector='a=b=c' --min-available=1",
    "create pdb b --selector='a b' --min-available=1",
    "create pdb b2 --selector=a=b --min-available=x",
];

/// Services and Ingresses.
const SERVICES: &[&str] = &[
    "create service clusterip s --tcp=80:8080 --tcp=443 --dry-run=client -o yaml",
    "create service clusterip s --tcp=80:8080 --tcp=443",
    "create service clusterip h --clusterip=None --dry-run=client -o yaml",
    "create service clusterip h --clusterip=None",
    "create service clusterip h --clusterip=None --tcp=1",
    "create service clusterip n",
    "create service clusterip n --tcp=a",
    "create service clusterip n --tcp=80:http --dry-run=client -o json",
    "create service clusterip n --tcp=80:99999",
    "create service clusterip n --tcp=0",
    "create service clusterip n --tcp=80:8080:1",
    "create service clusterip n --tcp=80 --clusterip=1.2.3",
    "create service nodeport np --tcp=80:8080 --node-port=31234 --dry-run=client -o yaml",
    "create service nodeport np --tcp=80:8080 --node-port=99999",
    "create service nodeport np --tcp=80 --dry-run=server",
    "create service nodeport np --node-port=31234",
    "create service loadbalancer lb --tcp=80 --dry-run=client -o yaml",
    "create service loadbalancer lb --tcp=80 --dry-run=server",
    "create service loadbalancer lb",
    "create service externalname e --external-name=a.example.com --dry-run=client -o yaml",
    "create service externalname e --external-name=a.example.com --tcp=80:90 --dry-run=client -o yaml",
    "create service externalname e --external-name=a.example.com",
    "create service externalname e",
    "create service externalname",
    "create service clusterip",
    "create service foo a",
    "create ingress i --rule=a.example.com/=s:80 --dry-run=client -o yaml",
    "create ingress i --class=c --rule=a.example.com/*=s:http,tls=t --annotation=a=b --default-backend=d:80 --dry-run=client -o yaml",
    "create ingress i --rule=/x=s:80 --rule=b.com/y*=t:90,tls --dry-run=client -o json",
    "create ingress i --rule=a.example.com/=s:80",
    "create ingress i",
    "create ingress i --rule=foo",
    "create ingress i --default-backend=x",
    "create ingress i --default-backend=x:80 --dry-run=client -o yaml",
];

/// Roles and their bindings.
const ACCESS: &[&str] = &[
    "create role r",
    "create role r --verb=get",
    "create role r --verb=foo --resource=pods --dry-run=client -o yaml",
    "create role r --verb=get --resource=nope",
    "create role r --verb=get --resource=pods,deployments,services --dry-run=client -o yaml",
    "create role r --verb=get --resource=pods/",
    "create role r --verb=get --resource=pods --resource-name=a --resource-name=b --dry-run=client -o json",
    "create role r --verb=* --resource=*.* --dry-run=client -o yaml",
    "create clusterrole NS --verb=get --non-resource-url=/foo --dry-run=client -o yaml",
    "create clusterrole NS --verb=foo --non-resource-url=/foo",
    "create clusterrole NS --verb=get --resource=nodes --dry-run=server",
    "create clusterrole NS --aggregation-rule=a=b --dry-run=client -o yaml",
    "create clusterrole NS --verb=get",
    "create rolebinding b",
    "create rolebinding b --role=a --clusterrole=b",
    "create rolebinding b --role=r --serviceaccount=x",
    "create rolebinding b --role=r --dry-run=client -o yaml",
    "create clusterrolebinding NS",
    "create clusterrolebinding NS --clusterrole=x --group=a --group=b --dry-run=client -o json",
];

fn compare(name: &'static str, lines: &[&str]) -> Result<(), Failed> {
    let twins = Twins::new(name);
    lines.iter().try_for_each(|line| twins.same(line, ""))
}

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        shared("generators::objects_as_the_real_kubectl", || compare("objects", OBJECTS)),
        shared("generators::policies_as_the_real_kubectl", || compare("policies", POLICIES)),
        shared("generators::services_as_the_real_kubectl", || compare("services", SERVICES)),
        shared("generators::access_as_the_real_kubectl", || compare("access", ACCESS)),
    ]
}
