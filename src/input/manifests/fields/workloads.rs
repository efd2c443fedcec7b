//! The fields of what runs pods: apps/v1 and batch/v1 of Kubernetes 1.36 and Knative's Service.
//!
//! Knows: names. Must not know: what is made of them. The notation is that of [`super`].

pub(super) const TABLE: &str = "
Deployment: !apiVersion:text !kind:text !metadata:Meta !spec:DeploymentSpec -status
DeploymentSpec: replicas:count !selector:@LabelSelector !template:PodTemplate
  minReadySeconds:count progressDeadlineSeconds:count strategy:DeploymentStrategy -paused -revisionHistoryLimit
DeploymentStrategy: rollingUpdate:@RollingBounds type:text
RollingUpdate: -maxSurge -maxUnavailable

ReplicaSet: !apiVersion:text !kind:text !metadata:Meta !spec:ReplicaSetSpec -status
ReplicaSetSpec: replicas:count !selector:@LabelSelector !template:PodTemplate -minReadySeconds

StatefulSet: !apiVersion:text !kind:text !metadata:Meta !spec:StatefulSetSpec -status
StatefulSetSpec: replicas:count !selector:@LabelSelector !template:PodTemplate
  minReadySeconds:count -ordinals:Ordinals -persistentVolumeClaimRetentionPolicy:ClaimRetention podManagementPolicy:text
  -revisionHistoryLimit -serviceName updateStrategy:UpdateStrategy
  volumeClaimTemplates:[ClaimTemplate]
Ordinals: -start
ClaimRetention: -whenDeleted -whenScaled
UpdateStrategy: rollingUpdate:@StatefulBounds type:text

DaemonSet: !apiVersion:text !kind:text !metadata:Meta !spec:DaemonSetSpec -status
DaemonSetSpec: !selector:@LabelSelector !template:PodTemplate
  minReadySeconds:count -revisionHistoryLimit updateStrategy:DaemonUpdate
DaemonUpdate: rollingUpdate:@DaemonBounds type:text

Job: !apiVersion:text !kind:text !metadata:Meta !spec:BatchSpec -status
BatchSpec: !template:BatchPodTemplate parallelism:count completions:count completionMode:@CompletionMode
  backoffLimit:count activeDeadlineSeconds:count podReplacementPolicy:@PodReplacementPolicy
  podFailurePolicy:@PodFailurePolicy suspend:bool
  -ttlSecondsAfterFinished -selector -manualSelector -backoffLimitPerIndex -maxFailedIndexes -successPolicy -managedBy
BatchPodTemplate: metadata:TemplateMeta !spec:BatchPodSpec
BatchPodSpec: ...PodSpec !restartPolicy:@RestartPolicy

CronJob: !apiVersion:text !kind:text !metadata:Meta !spec:CronJobSpec -status
CronJobSpec: !schedule:text !jobTemplate:JobTemplate timeZone:text concurrencyPolicy:@ConcurrencyPolicy
  startingDeadlineSeconds:count suspend:bool -successfulJobsHistoryLimit -failedJobsHistoryLimit
JobTemplate: metadata:TemplateMeta !spec:BatchSpec

KnativeService: !apiVersion:text !kind:text !metadata:Meta !spec:KnativeSpec -status
KnativeSpec: !template:KnativeTemplate -traffic
KnativeTemplate: metadata:TemplateMeta !spec:KnativePodSpec
KnativePodSpec: ...PodSpec !containers:[AnyContainer] containerConcurrency:count -timeoutSeconds
  -responseStartTimeoutSeconds -idleTimeoutSeconds
";
