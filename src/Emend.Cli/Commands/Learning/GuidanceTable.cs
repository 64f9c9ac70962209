using Emend.Cli.Output;
using Emend.Engine.Evaluating;
using Emend.Logic;
using Emend.Logic.Guidance;

namespace Emend.Cli.Commands.Learning;

/// <summary>Guidance in readable form: as the agent reads it, so that people review just that.</summary>
internal static class GuidanceTable
{
    private const int Most = 10;

    /// <summary>What a candidate's guidance changes; nothing where neither has any.</summary>
    public static void Change(Terminal terminal, Bundle candidate, Bundle? served)
    {
        if (candidate.Guidance.IsEmpty && (served is null || served.Guidance.IsEmpty)) return;
        var change = BundleChange.Between(served, candidate);
        terminal.Line($"Guidance: {Format.Number(candidate.Guidance.Length)} items, {Format.Number(change.AddedGuidance.Length)} new or changed, {Format.Number(change.RemovedGuidance.Length)} gone or changed.");
        // Written ones first: somebody's words go into prompts.
        foreach (var item in change.AddedGuidance.OrderBy(static item => item.Kind).ThenByDescending(static item => item.Cases).Take(Most)) terminal.Line("  + " + GuidanceText.Line(item));
        if (change.AddedGuidance.Length > Most) terminal.Line($"  and {Format.Number(change.AddedGuidance.Length - Most)} more (emend guidance list AGENT --candidate DIGEST)");
    }

    /// <summary>Items, a line each.</summary>
    public static void Show(Terminal terminal, IEnumerable<GuidanceItem> items)
    {
        foreach (var item in items) terminal.Line(GuidanceText.Line(item));
    }
}
