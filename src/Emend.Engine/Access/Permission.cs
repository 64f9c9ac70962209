namespace Emend.Engine.Access;

/// <summary>One thing that may be allowed. Every route and every use case that changes something names the one it needs.</summary>
internal enum Permission : byte
{
    /// <summary>Send decisions, ask what to do.</summary>
    DecisionRecord,
    /// <summary>Send what became of decisions.</summary>
    OutcomeRecord,
    /// <summary>Fetch released bundles.</summary>
    BundlePull,
    /// <summary>Send corrections.</summary>
    CorrectionSubmit,
    /// <summary>Take back any correction.</summary>
    CorrectionWithdraw,
    /// <summary>Take back one's own corrections.</summary>
    CorrectionWithdrawOwn,
    /// <summary>Read decisions and corrections, personal content masked.</summary>
    CorrectionRead,
    /// <summary>Read one's own corrections.</summary>
    CorrectionReadOwn,
    /// <summary>Read personal content in clear, with a reason; every such read is journaled.</summary>
    CorrectionUnmask,
    /// <summary>Rule on corrections of others.</summary>
    ReviewDecide,
    /// <summary>Settle disputes, assign reviews.</summary>
    ReviewAdjudicate,
    /// <summary>Read agents, candidates, rules, releases and reports.</summary>
    LogicRead,
    /// <summary>Read values of features.</summary>
    FeatureRead,
    /// <summary>Register and change agents: catalogue, reasons, context schema.</summary>
    TaxonomyEdit,
    /// <summary>Fix data sets.</summary>
    DatasetBuild,
    /// <summary>Build candidates.</summary>
    BundleAuthor,
    /// <summary>Put candidates through the gates.</summary>
    EvalRun,
    /// <summary>Protect cases.</summary>
    GoldensetEdit,
    /// <summary>Approve and reject candidates. Never as a service, never one's own.</summary>
    BundleApprove,
    /// <summary>Start, advance, pause and resume releases.</summary>
    BundlePromote,
    /// <summary>Take a release back, turn the kill switch.</summary>
    BundleRollback,
    /// <summary>Set thresholds, change envelopes, risk classes and guardrails.</summary>
    GatePolicyEdit,
    /// <summary>Pause, replay, re-drive dead letters.</summary>
    OpsPause,
    /// <summary>Restore a backup.</summary>
    BackupRestore,
    /// <summary>Rotate keys of the installation.</summary>
    KeyRotate,
    /// <summary>Destroy keys of the installation.</summary>
    KeyDestroy,
    /// <summary>Set up outbound webhooks.</summary>
    WebhookManage,
    /// <summary>Export logs, personal content masked.</summary>
    ExportMasked,
    /// <summary>Export a data subject's records in clear.</summary>
    DsarExport,
    /// <summary>Erase a data subject.</summary>
    ErasureExecute,
    /// <summary>Edit consent, retention and legal holds.</summary>
    ConsentEdit,
    /// <summary>Read and verify the journal, take receipts and checkpoints.</summary>
    AuditRead,
    /// <summary>Issue, rotate and revoke API keys.</summary>
    ApikeyIssue,
    /// <summary>Break glass.</summary>
    BreakglassActivate,
}

/// <summary>Names of permissions.</summary>
internal static class Permissions
{
    private static readonly string[] Names = [.. Enum.GetValues<Permission>().Select(static p => NameOf(p))];

    /// <summary>All, in their order.</summary>
    public static IReadOnlyList<Permission> All { get; } = Enum.GetValues<Permission>();

    /// <summary>As people and documents write it, e.g. <c>correction.withdraw-own</c>.</summary>
    public static string Name(this Permission permission) => Names[(int)permission];

    /// <summary>The permission of a name.</summary>
    public static Permission Of(string name)
    {
        var at = Array.IndexOf(Names, name);
        return at >= 0 ? (Permission)at : throw new ArgumentException($"'{name}' is no permission", nameof(name));
    }

    // GatePolicyEdit is gate.policy-edit to a machine; people read noun, dot, rest with hyphens.
    private static string NameOf(Permission permission)
    {
        var text = new System.Text.StringBuilder();
        var words = 0;
        foreach (var c in permission.ToString())
        {
            if (char.IsAsciiLetterUpper(c) && words++ > 0) text.Append(words == 2 ? '.' : '-');
            text.Append(char.ToLowerInvariant(c));
        }
        return text.ToString();
    }
}

/// <summary>A set of permissions. The default holds none.</summary>
internal readonly record struct PermissionSet(ulong Bits)
{
    /// <summary>Everything.</summary>
    public static PermissionSet All { get; } = new((1UL << Permissions.All.Count) - 1);

    /// <summary>Whether it holds one.</summary>
    public bool Has(Permission permission) => (Bits & (1UL << (int)permission)) != 0;

    /// <summary>With one more.</summary>
    public PermissionSet With(Permission permission) => new(Bits | (1UL << (int)permission));

    /// <summary>Of two sets together.</summary>
    public static PermissionSet operator |(PermissionSet a, PermissionSet b) => new(a.Bits | b.Bits);
}
