using System.Collections.Immutable;

namespace Emend.Engine.Observing.Alerts;

/// <summary>How soon somebody should look.</summary>
internal enum AlertSeverity : byte
{
    /// <summary>Within the working day.</summary>
    Warning,
    /// <summary>Now.</summary>
    Page,
}

/// <summary>A kind of alert. Each has a page in docs/playbooks: what it means, what to check, what to do, whom to call.</summary>
/// <param name="Code">Stable code.</param>
/// <param name="Severity">How soon somebody should look.</param>
/// <param name="IsOnce">Something that happened rather than something that lasts: over as soon as somebody acknowledges it.</param>
internal sealed record AlertKind(string Code, AlertSeverity Severity, bool IsOnce = false)
{
    /// <summary>An agent is corrected more often than it was. About: the agent.</summary>
    public static AlertKind CorrectionRate { get; } = new("correction-rate", AlertSeverity.Page);

    /// <summary>Corrections or outcomes wait too long for their decision. About: the workspace.</summary>
    public static AlertKind ParkedTooLong { get; } = new("parked-too-long", AlertSeverity.Warning);

    /// <summary>A bundle was taken back. About: the agent and the entry.</summary>
    public static AlertKind ReleaseTakenBack { get; } = new("release-taken-back", AlertSeverity.Page, IsOnce: true);

    /// <summary>A release is under way and no decision reaches its candidate. About: the release.</summary>
    public static AlertKind CanaryWithoutData { get; } = new("canary-without-data", AlertSeverity.Warning);

    /// <summary>An agent's process lost records because its spool was full. About: the client.</summary>
    public static AlertKind SpoolOverflow { get; } = new("spool-overflow", AlertSeverity.Page);

    /// <summary>The journal does not verify. About: the workspace.</summary>
    public static AlertKind VerificationFailed { get; } = new("verification-failed", AlertSeverity.Page);

    /// <summary>The disk of the data directory fills up. About: the workspace.</summary>
    public static AlertKind DiskLow { get; } = new("disk-low", AlertSeverity.Page);

    /// <summary>Messages to a webhook were given up. About: the webhook.</summary>
    public static AlertKind WebhookDead { get; } = new("webhook-dead", AlertSeverity.Warning);

    /// <summary>Somebody turns an action into another far more often than others find reason to. About: their pseudonym.</summary>
    public static AlertKind QuarantineSuggested { get; } = new("quarantine-suggested", AlertSeverity.Page);

    /// <summary>One action is turned into another far more often than before. About: the agent.</summary>
    public static AlertKind CorrectionBurst { get; } = new("correction-burst", AlertSeverity.Warning);

    /// <summary>A release cannot go on before a person has looked. About: the release.</summary>
    public static AlertKind ReleaseHeld { get; } = new("release-held", AlertSeverity.Warning);

    /// <summary>An agent, or a slice of its decisions, is wrong more often than tolerated. About: the agent, and the slice.</summary>
    public static AlertKind ErrorRate { get; } = new("error-rate", AlertSeverity.Page);

    /// <summary>The rate of errors of an agent changed, up or down. About: the agent and the number of the change.</summary>
    public static AlertKind ErrorChanged { get; } = new("error-changed", AlertSeverity.Warning, IsOnce: true);

    /// <summary>A rule, or the corrector, is suspended. About: the agent and the rule.</summary>
    public static AlertKind LogicSuspended { get; } = new("logic-suspended", AlertSeverity.Page);

    /// <summary>A bundle on an agent's board may not act: its bytes or its approval are not what they were. About: the agent and the bundle.</summary>
    public static AlertKind BundleUnusable { get; } = new("bundle-unusable", AlertSeverity.Page);

    /// <summary>Inputs of an agent are not what they were. About: the agent.</summary>
    public static AlertKind InputShift { get; } = new("input-shift", AlertSeverity.Warning);

    /// <summary>All kinds.</summary>
    public static ImmutableArray<AlertKind> All { get; } =
        [CorrectionRate, ParkedTooLong, ReleaseTakenBack, CanaryWithoutData, SpoolOverflow, VerificationFailed, DiskLow, WebhookDead, QuarantineSuggested, CorrectionBurst, ReleaseHeld, ErrorRate, ErrorChanged, LogicSuspended, BundleUnusable, InputShift];

    /// <summary>Page of a kind.</summary>
    public static string PlaybookOf(string code) => $"docs/playbooks/{code}.md";

    /// <summary>The kind of a code; null when this version does not know it.</summary>
    public static AlertKind? Find(string code) => All.FirstOrDefault(kind => string.Equals(kind.Code, code, StringComparison.Ordinal));
}
