using Emend.Engine.Learning.Features;
using Emend.Engine.Normalizing;
using Emend.Logic;

namespace Emend.Engine.Tests.Learning.Features;

/// <summary>What the three views of <see cref="FeatureWorld"/> say, in the plainest words: a walk over everything that was recorded.</summary>
internal sealed class Oracle
{
    private readonly List<(object Signal, long At)> _recorded = [];

    public void Recorded(object signal, long at) => _recorded.Add((signal, at));

    public FeatureValue Value(FeatureView view, ViewFeature feature, (string, FeatureValue)[] key, long at)
    {
        var known = _recorded.Where(one => one.At <= at).Select(static one => one.Signal).ToList();
        var decisions = known.OfType<Decision>().ToDictionary(static d => d.Id, StringComparer.Ordinal);
        var events = view.Name switch
        {
            "desk" => known.OfType<Correction>().Where(c => c.Verdict != CorrectionVerdict.Escalate && decisions.ContainsKey(c.DecisionId)).Select(c => new Event(
                c.At, c.Id, c.By, decisions[c.DecisionId], c.Verdict == CorrectionVerdict.Modify, c.Action?.Label, decisions[c.DecisionId].Confidence)),
            "customer" => decisions.Values.Select(static d => new Event(d.OccurredAt, d.Id, "", d, false, d.Proposed.Label, null)),
            _ => known.OfType<Outcome>().Where(o => decisions.ContainsKey(o.DecisionId)).Select(o => new Event(o.At, o.DecisionId, "", decisions[o.DecisionId], o.Value > 5, null, o.Value)),
        };
        var mine = events.Where(one => key.All(part => part.Item2.AsString == (part.Item1 switch { "subject" => one.Decision.Subject, "channel" => one.Decision.Context["channel"].AsString, _ => one.Decision.Proposed.Label }))).ToList();
        if (view.Window is { } window)
        {
            // Whole grains: those that begin within the window's length before the end of the grain under way.
            var grain = view.Grain.Ticks / 10;
            var end = (at / grain * grain) + grain;
            mine = mine.FindAll(one => one.At < end && one.At >= end - (window.Ticks / 10));
        }
        // Of its last and distinct features only events that have the value count, for the time-to-live too.
        if (feature.Measure is Measure.Last) mine = mine.FindAll(static one => one.Label is not null);
        if (feature.Measure is Measure.Mean) mine = mine.FindAll(static one => one.Number is not null);
        if (view.TimeToLive is { } life)
        {
            var grain = view.Grain.Ticks / 10;
            if (!mine.Exists(one => (at / grain) - (one.At / grain) < life.Ticks / view.Grain.Ticks)) return FeatureValue.Missing;
        }
        return feature.Measure switch
        {
            Measure.Count => FeatureValue.Of((double)mine.Count),
            Measure.Distinct => FeatureValue.Of((double)mine.Select(one => view.Name == "desk" ? one.By : one.Label).Distinct(StringComparer.Ordinal).Count()),
            Measure.Rate => mine.Count == 0 ? FeatureValue.Missing : FeatureValue.Of((double)mine.Count(static one => one.Hit) / mine.Count),
            Measure.Mean => mine.Count == 0 ? FeatureValue.Missing : FeatureValue.Of(mine.Average(static one => one.Number!.Value)),
            _ => FeatureValue.Of(mine.OrderBy(static one => one.At).ThenBy(static one => one.Tie, StringComparer.Ordinal).LastOrDefault()?.Label),
        };
    }

    private sealed record Event(long At, string Tie, string By, Decision Decision, bool Hit, string? Label, double? Number);
}
