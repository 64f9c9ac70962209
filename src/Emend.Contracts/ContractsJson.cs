using System.Text.Json.Serialization;
using Emend.Contracts.Capturing;
using Emend.Contracts.Messaging;
using Emend.Contracts.Observing;
using Emend.Contracts.Serving;

namespace Emend.Contracts;

/// <summary>How wire records are written and read: source-generated, camelCase, nothing where nothing is said.</summary>
/// <remarks>Tolerant of members it does not know, as a client should be; the server adds its own strictness.</remarks>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(Problem))]
[JsonSerializable(typeof(SignalResult))]
[JsonSerializable(typeof(BatchResult))]
[JsonSerializable(typeof(StreamResult))]
[JsonSerializable(typeof(DecidedView))]
[JsonSerializable(typeof(AlertsView))]
[JsonSerializable(typeof(AcknowledgeBody))]
[JsonSerializable(typeof(LossBody))]
[JsonSerializable(typeof(WebhooksView))]
[JsonSerializable(typeof(AddWebhookBody))]
[JsonSerializable(typeof(WebhookTestView))]
[JsonSerializable(typeof(DeadMessagesView))]
[JsonSerializable(typeof(ReplayBody))]
[JsonSerializable(typeof(ReplayedView))]
[JsonSerializable(typeof(TrustView))]
public sealed partial class ContractsJson : JsonSerializerContext;
