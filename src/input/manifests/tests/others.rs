//! Kinds of which nothing is made.

use super::{Folder, read, said, sound};

const OTHERS: &str = "apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: data}
spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 10Gi}}, storageClassName: gp3, volumeMode: Filesystem}
---
apiVersion: storage.k8s.io/v1
kind: StorageClass
metadata: {name: gp3}
provisioner: ebs.csi.aws.com
parameters: {type: gp3}
volumeBindingMode: WaitForFirstConsumer
---
apiVersion: v1
kind: ResourceQuota
metadata: {name: team}
spec: {hard: {requests.cpu: 20, pods: \"50\"}}
status: {used: {pods: \"3\"}}
---
apiVersion: v1
kind: LimitRange
metadata: {name: defaults}
spec: {limits: [{type: Container, defaultRequest: {cpu: 100m}, default: {memory: 512Mi}}]}
---
apiVersion: v1
kind: Pod
metadata: {name: one}
spec: {containers: [{name: c, volumeMounts: []}], volumes: []}
";

const TEXT: &str = "name: n\nduration: 1h\nmanifests: [others.yaml]\n";

#[test]
fn kinds_that_are_not_modelled_are_listed_not_passed_over() {
    let folder = Folder::new(&[("others.yaml", OTHERS)]);
    let loaded = sound(TEXT, folder.path(), &[]);
    insta::assert_snapshot!(said(&Ok(loaded), folder.path()));
}

#[test]
fn their_mistakes_are_told_all_the_same() {
    let text = OTHERS
        .replace("storageClassName", "storageClasName")
        .replace("volumeBindingMode", "volumeBindMode")
        .replace("requests.cpu: 20", "requests.cpu: -20")
        .replace("memory: 512Mi", "memory: 512MB");
    let folder = Folder::new(&[("others.yaml", &text)]);
    insta::assert_snapshot!(said(&read(TEXT, folder.path(), &[]), folder.path()));
}
