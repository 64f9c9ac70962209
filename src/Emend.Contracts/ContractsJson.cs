using System.Text.Json.Serialization;
using Emend.Contracts.Access;
using Emend.Contracts.Capturing;
using Emend.Contracts.Messaging;
using Emend.Contracts.Observing;
using Emend.Contracts.Evaluating;
using Emend.Contracts.Journal;
using Emend.Contracts.Learning;
using Emend.Contracts.Privacy;
using Emend.Contracts.Releasing;
using Emend.Contracts.Reviewing;
using Emend.Contracts.Serving;
using Emend.Contracts.Trust;

namespace Emend.Contracts;

/// <summary>How wire records are written and read: source-generated, camelCase, nothing where nothing is said.</summary>
/// <remarks>Tolerant of members it does not know, as a client should be; the server adds its own strictness.</remarks>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(Problem))]
[JsonSerializable(typeof(Reason))]
[JsonSerializable(typeof(DecisionBody))]
[JsonSerializable(typeof(CorrectionBody))]
[JsonSerializable(typeof(OutcomeBody))]
[JsonSerializable(typeof(SignalResult))]
[JsonSerializable(typeof(BatchResult))]
[JsonSerializable(typeof(StreamResult))]
[JsonSerializable(typeof(DecidedView))]
[JsonSerializable(typeof(AlertsView))]
[JsonSerializable(typeof(DriftListView))]
[JsonSerializable(typeof(DriftView))]
[JsonSerializable(typeof(AcknowledgeBody))]
[JsonSerializable(typeof(LossBody))]
[JsonSerializable(typeof(WebhooksView))]
[JsonSerializable(typeof(AddWebhookBody))]
[JsonSerializable(typeof(WebhookTestView))]
[JsonSerializable(typeof(DeadMessagesView))]
[JsonSerializable(typeof(ReplayBody))]
[JsonSerializable(typeof(ReplayedView))]
[JsonSerializable(typeof(DecisionDetail))]
[JsonSerializable(typeof(CorrectionView))]
[JsonSerializable(typeof(IReadOnlyList<ParkedView>))]
[JsonSerializable(typeof(Page<DecisionView>))]
[JsonSerializable(typeof(Page<CorrectionView>))]
[JsonSerializable(typeof(Page<ReviewView>))]
[JsonSerializable(typeof(IReadOnlyList<DoubtView>))]
[JsonSerializable(typeof(IReadOnlyList<AuditsView>))]
[JsonSerializable(typeof(RulingBody))]
[JsonSerializable(typeof(RulingView))]
[JsonSerializable(typeof(WithdrawalBody))]
[JsonSerializable(typeof(WithdrawalView))]
[JsonSerializable(typeof(SubmittersView))]
[JsonSerializable(typeof(QuarantineView))]
[JsonSerializable(typeof(GoldView))]
[JsonSerializable(typeof(GoldBody))]
[JsonSerializable(typeof(InfluenceView))]
[JsonSerializable(typeof(BuildBody))]
[JsonSerializable(typeof(EvaluateBody))]
[JsonSerializable(typeof(ApproveBody))]
[JsonSerializable(typeof(CandidateView))]
[JsonSerializable(typeof(IReadOnlyList<CandidateView>))]
[JsonSerializable(typeof(FeatureViewView))]
[JsonSerializable(typeof(IReadOnlyList<FeatureViewView>))]
[JsonSerializable(typeof(FeatureValuesBody))]
[JsonSerializable(typeof(FeatureValuesView))]
[JsonSerializable(typeof(FeatureJoinBody))]
[JsonSerializable(typeof(FeatureJoinView))]
[JsonSerializable(typeof(DataSetBody))]
[JsonSerializable(typeof(DataSetView))]
[JsonSerializable(typeof(IReadOnlyList<DataSetView>))]
[JsonSerializable(typeof(ModelView))]
[JsonSerializable(typeof(IReadOnlyList<ModelView>))]
[JsonSerializable(typeof(RuleBody))]
[JsonSerializable(typeof(RuleView))]
[JsonSerializable(typeof(IReadOnlyList<RuleView>))]
[JsonSerializable(typeof(GoldenBody))]
[JsonSerializable(typeof(GoldenSetView))]
[JsonSerializable(typeof(GuardrailBody))]
[JsonSerializable(typeof(IReadOnlyList<GuardrailView>))]
[JsonSerializable(typeof(BoardView))]
[JsonSerializable(typeof(ReleaseReportView))]
[JsonSerializable(typeof(SuspendBody))]
[JsonSerializable(typeof(StartBody))]
[JsonSerializable(typeof(AdvanceBody))]
[JsonSerializable(typeof(KillSwitchBody))]
[JsonSerializable(typeof(AuditView))]
[JsonSerializable(typeof(ErasureBody))]
[JsonSerializable(typeof(ErasureView))]
[JsonSerializable(typeof(ProposalView))]
[JsonSerializable(typeof(IReadOnlyList<ProposalView>))]
[JsonSerializable(typeof(ConfirmBody))]
[JsonSerializable(typeof(KeyBody))]
[JsonSerializable(typeof(RotationBody))]
[JsonSerializable(typeof(KeyView))]
[JsonSerializable(typeof(IReadOnlyList<KeyView>))]
[JsonSerializable(typeof(GuidanceBody))]
[JsonSerializable(typeof(GuidanceView))]
[JsonSerializable(typeof(TrustView))]
public sealed partial class ContractsJson : JsonSerializerContext;
