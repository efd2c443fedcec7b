//! The fields of nodes, claims of storage, quotas and limits (core/v1 and storage.k8s.io/v1, Kubernetes 1.36).
//!
//! Knows: names. Must not know: what is made of them. The notation is that of [`super`].

pub(super) const TABLE: &str = "
Node: !apiVersion:text !kind:text !metadata:NodeMeta spec:NodeSpec !status:NodeStatus
NodeSpec: taints:[@Taint] unschedulable:bool -configSource -externalID -podCIDR -podCIDRs -providerID
NodeStatus: capacity:@Amounts !allocatable:@Amounts
  -addresses -conditions -config -daemonEndpoints -declaredFeatures -features -images -nodeInfo -phase
  -runtimeHandlers -volumesAttached -volumesInUse

PersistentVolumeClaim: !apiVersion:text !kind:text !metadata:Meta !spec:ClaimSpec -status
ClaimSpec: accessModes:[text] resources:Resources storageClassName:text volumeName:text
  -dataSource -dataSourceRef -selector -volumeAttributesClassName -volumeMode

StorageClass: !apiVersion:text !kind:text !metadata:Meta !provisioner:text volumeBindingMode:text
  allowedTopologies:[TopologyTerm] -allowVolumeExpansion -mountOptions -parameters -reclaimPolicy
TopologyTerm: matchLabelExpressions:[TopologyExpression]
TopologyExpression: !key:text !values:[text]

ResourceQuota: !apiVersion:text !kind:text !metadata:Meta !spec:QuotaSpec -status
QuotaSpec: hard:quantities scopes:[text] -scopeSelector

LimitRange: !apiVersion:text !kind:text !metadata:Meta !spec:LimitRangeSpec
LimitRangeSpec: !limits:[LimitRangeItem]
LimitRangeItem: !type:text default:quantities defaultRequest:quantities max:quantities min:quantities
  maxLimitRequestRatio:quantities
";
