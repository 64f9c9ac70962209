using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using Emend.Logic;
using Emend.Logic.Corrector;
using Emend.Logic.Evaluation;
using Emend.Logic.Guidance;
using Emend.Logic.Rules;

namespace Emend.Client.Serving;

/// <summary>A verified bundle, compiled, with the action of every override made once.</summary>
internal sealed class CompiledBundle
{
    private readonly Evaluator _evaluator;
    private readonly AgentAction?[] _overrides;

    public CompiledBundle(string digest, Bundle bundle)
    {
        Digest = digest;
        _evaluator = Evaluator.Compile(bundle);
        Bundle = _evaluator.Bundle;
        Guidance = GuidanceIndex.Of(Bundle, digest);
        _overrides = new AgentAction?[Bundle.Rules.Length];
        for (var i = 0; i < _overrides.Length; i++)
            if (Bundle.Rules[i] is { Effect: RuleEffect.Override, Action: { } label } rule) _overrides[i] = new(label, rule.Args);
    }

    public string Digest { get; }

    public Bundle Bundle { get; }

    /// <summary>Its guidance, made ready when the bundle came: no question waits for that.</summary>
    public GuidanceIndex Guidance { get; }

    /// <summary>The final action: the proposal itself, a changed one, or null when blocked or escalated. Allocates for patches only.</summary>
    public AgentAction? Decide(in DecisionInput input, out Verdict verdict)
    {
        verdict = _evaluator.Decide(input);
        return verdict.Disposition switch
        {
            Disposition.Keep => input.Proposed,
            Disposition.Override when verdict.Cause == Cause.Rule => _overrides[verdict.Index],
            Disposition.Block or Disposition.Escalate => null,
            _ => _evaluator.FinalAction(verdict, input.Proposed),
        };
    }

    public string? NameOf(in Verdict verdict) => verdict.Cause switch
    {
        Cause.Rule => Bundle.Rules[verdict.Index].Id,
        Cause.Guardrail => Bundle.Guardrails[verdict.Index].Id,
        Cause.Corrector => CorrectorModel.Id,
        _ => null,
    };
}

/// <summary>What the agent is served at one moment: a verified manifest and its bundles, compiled. Immutable; a change is a new one, swapped in as one reference.</summary>
internal sealed class ServingSnapshot
{
    private readonly CompiledBundle? _stable;
    private readonly CompiledBundle? _candidate;
    private readonly string _salt = "";
    private readonly ulong _threshold;
    private readonly int _shareBp;
    private readonly string? _release;
    private readonly CompiledBundle? _guardrails;
    private readonly string _holdbackSalt = "";
    private readonly ulong _holdback;

    public ServingSnapshot(VerifiedManifest verified, IReadOnlyDictionary<string, CompiledBundle> bundles)
    {
        Verified = verified;
        Bundles = bundles;
        var manifest = verified.Manifest;
        IsKilled = manifest.IsKilled;
        _stable = manifest.Served is { } served ? Acting(bundles[served], manifest.Suspended) : null;
        if (manifest.HoldbackBp > 0)
        {
            (_holdbackSalt, _holdback) = (ReleaseManifest.HoldbackSalt(manifest.Agent), Assignment.Threshold(manifest.HoldbackBp));
            if (_stable is not null) _guardrails = new(_stable.Digest, Suspension.OnlyGuardrails(_stable.Bundle));
        }
        if (manifest.Release is not { } release) return;
        (_candidate, _salt, _shareBp, _release) = (Acting(bundles[release.Bundle], manifest.Suspended), release.Salt, release.ShareBp, release.Id);
        _threshold = Assignment.Threshold(release.ShareBp);
    }

    public VerifiedManifest Verified { get; }

    /// <summary>Everything the manifest names, the previous bundle included: going back needs no download.</summary>
    public IReadOnlyDictionary<string, CompiledBundle> Bundles { get; }

    public bool IsKilled { get; }

    /// <summary>Guidance of the side a unit is on; null while nothing is served.</summary>
    public GuidanceIndex? Guidance(string? unit) => (unit is null ? _stable : By(ArmOf(unit)))?.Guidance;

    /// <summary>Decides. Allocates for patches only.</summary>
    [SkipLocalsInit]
    public void Decide(in Proposal proposal, in DecisionId id, long at, out DecisionResult result)
    {
        Span<char> room = stackalloc char[36];
        var arm = _candidate is null && _holdback == 0 ? Arm.Stable : ArmOf(proposal.Subject ?? proposal.CorrelationId ?? id.Text(room));
        var by = By(arm);
        var input = new DecisionInput(proposal.Context, proposal.Action, proposal.Confidence, at);
        var verdict = Verdict.Stands;
        var final = by is null ? proposal.Action : by.Decide(input, out verdict);
        var differs = false;
        if (arm == Arm.Shadow)
        {
            var other = _candidate!.Decide(input, out _);
            differs = !ReferenceEquals(other, final) && (other is null || !other.Equals(final));
        }
        result = new()
        {
            Id = id,
            Action = final,
            Disposition = verdict.Disposition,
            Cause = verdict.Cause,
            Rule = by?.NameOf(verdict),
            Bundle = by?.Digest,
            Arm = arm,
            Release = _release,
            ShareBp = _shareBp,
            Fallback = by is null && arm != Arm.Holdback ? Fallback.NoBundle : Fallback.None,
            ShadowDiffers = differs,
        };
    }

    private CompiledBundle? By(Arm arm) => arm switch { Arm.Canary => _candidate, Arm.Holdback => _guardrails, _ => _stable };

    // Compiled once more where something of it is suspended; what the manifest names stays loaded as it is.
    private static CompiledBundle Acting(CompiledBundle named, ImmutableArray<string> suspended) =>
        Suspension.Apply(named.Bundle, suspended) is var acting && ReferenceEquals(acting, named.Bundle) ? named : new(named.Digest, acting);

    private Arm ArmOf(ReadOnlySpan<char> unit)
    {
        if (_holdback > 0 && Assignment.Bucket(_holdbackSalt, unit) < _holdback) return Arm.Holdback;
        if (_candidate is null) return Arm.Stable;
        if (_shareBp == 0) return Arm.Shadow;
        return Assignment.Bucket(_salt, unit) < _threshold ? Arm.Canary : Arm.Stable;
    }
}
