//! The fields of metadata, pods and containers (core/v1, Kubernetes 1.36).
//!
//! Knows: names. Must not know: what is made of them. The notation is that of [`super`].

pub(super) const TABLE: &str = "
Meta: !name:text namespace:text ownerReferences:[Owner] -labels -annotations ...OtherMeta
PodMeta: !name:text namespace:text labels:texts annotations:texts ownerReferences:[Owner] ...OtherMeta
NodeMeta: !name:text labels:texts -annotations -namespace -ownerReferences ...OtherMeta
MachineMeta: !name:text labels:texts annotations:texts -namespace -ownerReferences ...OtherMeta
AnnotatedMeta: !name:text namespace:text annotations:texts -ownerReferences -labels ...OtherMeta
TemplateMeta: labels:texts annotations:texts -name -namespace -ownerReferences ...OtherMeta
OtherMeta: -generateName -uid -resourceVersion -generation -selfLink -creationTimestamp -deletionTimestamp
  -deletionGracePeriodSeconds -finalizers -managedFields
Owner: !kind:text !name:text !apiVersion:text uid:text controller:bool -blockOwnerDeletion

Pod: !apiVersion:text !kind:text !metadata:PodMeta !spec:PodSpec status:PodStatus
PodStatus: phase:text -conditions -containerStatuses -ephemeralContainerStatuses -extendedResourceClaimStatus
  -hostIP -hostIPs -initContainerStatuses -message -nominatedNodeName -observedGeneration -podIP -podIPs -qosClass
  -reason -resize -resourceClaimStatuses -resources -allocatedResources -startTime
PodTemplate: metadata:TemplateMeta !spec:PodSpec

PodSpec: !containers:[Container] initContainers:[Container] affinity:@Affinity nodeName:text nodeSelector:texts
  tolerations:[@Toleration] topologySpreadConstraints:[@SpreadConstraint] overhead:@Amounts
  priority:int32 priorityClassName:text preemptionPolicy:@PreemptionPolicy
  terminationGracePeriodSeconds:count hostNetwork:bool
  -activeDeadlineSeconds -automountServiceAccountToken -dnsConfig:DnsConfig -dnsPolicy -enableServiceLinks
  -ephemeralContainers -hostAliases -hostIPC -hostPID -hostUsers -hostname -hostnameOverride -imagePullSecrets -os
  -readinessGates -resourceClaims -restartPolicy -runtimeClassName -schedulerName
  -schedulingGroup -workloadRef -securityContext:PodSecurityContext -serviceAccount -serviceAccountName
  -setHostnameAsFQDN -shareProcessNamespace -subdomain
  resources:Resources volumes:[Volume] schedulingGates:[@SchedulingGate]
Volume: !name:text persistentVolumeClaim:VolumeClaim emptyDir:@EmptyDir hostPath:@HostPath
  -awsElasticBlockStore -azureDisk -azureFile -cephfs -cinder -configMap -csi -downwardAPI -ephemeral -fc
  -flexVolume -flocker -gcePersistentDisk -gitRepo -glusterfs -image -iscsi -nfs -photonPersistentDisk
  -portworxVolume -projected -quobyte -rbd -scaleIO -secret -storageos -vsphereVolume
VolumeClaim: !claimName:text -readOnly
DnsConfig: -nameservers -options -searches
PodSecurityContext: -appArmorProfile -fsGroup -fsGroupChangePolicy -runAsGroup -runAsNonRoot -runAsUser
  -seLinuxChangePolicy -seLinuxOptions -seccompProfile -supplementalGroups -supplementalGroupsPolicy -sysctls
  -windowsOptions

Container: !name:text ...AnyContainer
AnyContainer: name:text image:text ports:[@Port] resources:Resources restartPolicy:text
  lifecycle:Lifecycle livenessProbe:Probe readinessProbe:Probe startupProbe:Probe
  -args -command -env -envFrom -imagePullPolicy -resizePolicy -restartPolicyRules -securityContext:SecurityContext -stdin -stdinOnce
  -terminationMessagePath -terminationMessagePolicy -tty -volumeDevices -volumeMounts -workingDir
Resources: requests:@Amounts limits:@Amounts -claims
Lifecycle: preStop:PreStop -postStart -stopSignal
PreStop: sleep:Sleep -exec -httpGet -tcpSocket
Sleep: !seconds:count
Probe: exec:any grpc:any httpGet:any tcpSocket:any initialDelaySeconds:count periodSeconds:count timeoutSeconds:count
  successThreshold:count failureThreshold:count terminationGracePeriodSeconds:count
SecurityContext: -allowPrivilegeEscalation -appArmorProfile -capabilities -privileged -procMount
  -readOnlyRootFilesystem -runAsGroup -runAsNonRoot -runAsUser -seLinuxOptions -seccompProfile -windowsOptions
";
