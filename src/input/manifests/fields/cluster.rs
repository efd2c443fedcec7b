//! The fields of nodes, namespaces, claims of storage, quotas and limits (core/v1 and storage.k8s.io/v1, Kubernetes 1.36),
//! and of NodePools (karpenter.sh/v1).
//!
//! Knows: names. Must not know: what is made of them. The notation is that of [`super`].

pub(super) const TABLE: &str = "
Node: !apiVersion:text !kind:text !metadata:MachineMeta spec:NodeSpec !status:NodeStatus
NodeSpec: taints:[@Taint] unschedulable:bool -configSource -externalID -podCIDR -podCIDRs -providerID
NodeStatus: capacity:@Amounts !allocatable:@Amounts
  -addresses -conditions -config -daemonEndpoints -declaredFeatures -features -images -nodeInfo -phase
  -runtimeHandlers -volumesAttached -volumesInUse

Namespace: !apiVersion:text !kind:text !metadata:NodeMeta -spec -status

PersistentVolumeClaim: !apiVersion:text !kind:text !metadata:Meta !spec:ClaimSpec -status
ClaimSpec: accessModes:[@AccessMode] resources:ClaimResources storageClassName:text
  -dataSource -dataSourceRef -selector -volumeAttributesClassName -volumeMode -volumeName
ClaimResources: requests:@StorageRequest -limits
ClaimTemplate: !metadata:ClaimTemplateMeta !spec:ClaimSpec -apiVersion -kind -status
ClaimTemplateMeta: !name:text -labels -annotations -namespace -ownerReferences ...OtherMeta

StorageClass: !apiVersion:text !kind:text !metadata:AnnotatedMeta !provisioner:text volumeBindingMode:@BindingMode
  allowedTopologies:[@TopologyTerm] -allowVolumeExpansion -mountOptions -parameters -reclaimPolicy

ResourceQuota: !apiVersion:text !kind:text !metadata:Meta !spec:QuotaSpec -status
QuotaSpec: hard:quantities scopes:[@Scope] scopeSelector:@ScopeSelector

LimitRange: !apiVersion:text !kind:text !metadata:Meta !spec:LimitRangeSpec
LimitRangeSpec: !limits:[@LimitRangeItem]

NodePool: !apiVersion:text !kind:text !metadata:NodeMeta !spec:NodePoolSpec -status
NodePoolSpec: !template:NodePoolTemplate disruption:@Disruption limits:quantities weight:count -replicas
NodePoolTemplate: metadata:NodePoolTemplateMeta !spec:NodePoolTemplateSpec
NodePoolTemplateMeta: labels:texts annotations:texts
NodePoolTemplateSpec: -nodeClassRef requirements:[@NodeRequirement] taints:[@Taint] startupTaints:[@Taint]
  expireAfter:@OrNever terminationGracePeriod:@Duration
";
