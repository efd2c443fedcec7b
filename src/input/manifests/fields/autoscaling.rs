//! The fields of autoscalers, disruption budgets and priorities.
//!
//! Knows: names. Must not know: what is made of them. The notation is that of [`super`].

pub(super) const TABLE: &str = "
HorizontalPodAutoscaler: !apiVersion:text !kind:text !metadata:Meta !spec:@HpaSpec -status
HorizontalPodAutoscalerV1: !apiVersion:text !kind:text !metadata:Meta !spec:HpaV1Spec -status
HpaV1Spec: !scaleTargetRef:Reference !maxReplicas:count minReplicas:count targetCPUUtilizationPercentage:count
Reference: !kind:text !name:text apiVersion:text

ScaledObject: !apiVersion:text !kind:text !metadata:AnnotatedMeta !spec:@ScaledObject -status

ScaledJob: !apiVersion:text !kind:text !metadata:Meta !spec:ScaledJobManifest -status
ScaledJobManifest: !jobTargetRef:JobSpec -successfulJobsHistoryLimit -failedJobsHistoryLimit
  -envSourceContainerName -rolloutStrategy -rollout
  minReplicaCount:count maxReplicaCount:count pollingInterval:count scalingStrategy:@ScalingStrategy
  !triggers:[@ScaleTrigger]
JobSpec: !template:PodTemplate parallelism:one completions:one -backoffLimit -activeDeadlineSeconds
  -ttlSecondsAfterFinished -completionMode -podReplacementPolicy -podFailurePolicy -suspend -selector -manualSelector
  -backoffLimitPerIndex -maxFailedIndexes -successPolicy -managedBy

VerticalPodAutoscaler: !apiVersion:text !kind:text !metadata:Meta !spec:@VpaSpec -status

PodDisruptionBudget: !apiVersion:text !kind:text !metadata:Meta !spec:BudgetSpec -status
BudgetSpec: minAvailable:@CountOrShare maxUnavailable:@CountOrShare selector:@LabelSelector
  -unhealthyPodEvictionPolicy

PriorityClass: !apiVersion:text !kind:text !metadata:Meta !value:int32 globalDefault:bool
  preemptionPolicy:@PreemptionPolicy -description
";
