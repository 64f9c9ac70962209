namespace Emend.Engine.Observing.Drift;

/// <summary>A decision whose right action is known.</summary>
/// <param name="At">When it became known, microseconds since 1970 UTC.</param>
/// <param name="Decision">Its id.</param>
/// <param name="Action">What the agent proposed.</param>
/// <param name="TaskType">Kind of task; null when it has none.</param>
/// <param name="IsWrong">Whether the proposal was wrong.</param>
internal readonly record struct LabelledDecision(long At, string Decision, string Action, string? TaskType, bool IsWrong);

/// <summary>The streams of one agent: its proposals in all, by action and by kind of task. Pure.</summary>
internal static class AgentStreams
{
    /// <summary>How they stand.</summary>
    /// <param name="decisions">Decisions in the order in which their right action became known.</param>
    /// <param name="policy">How they are watched.</param>
    public static IReadOnlyList<StreamFinding> Of(IEnumerable<LabelledDecision> decisions, DriftPolicy policy)
    {
        var all = decisions.ToList();
        // A slice is watched once it can be calibrated and something is left to watch; one that is the whole agent says nothing more.
        var actions = Slices(all, static one => one.Action, policy);
        var tasks = Slices(all, static one => one.TaskType, policy);
        var count = 1 + actions.Count + tasks.Count;
        var agent = new DriftStream(StreamKind.Agent, "", policy, count);
        var byAction = actions.ToDictionary(static name => name, name => new DriftStream(StreamKind.Action, name, policy, count), StringComparer.Ordinal);
        var byTask = tasks.ToDictionary(static name => name, name => new DriftStream(StreamKind.Task, name, policy, count), StringComparer.Ordinal);
        foreach (var one in all)
        {
            var judged = new JudgedCase(one.At, one.Decision, one.IsWrong);
            agent.Add(judged);
            if (byAction.TryGetValue(one.Action, out var action)) action.Add(judged);
            if (one.TaskType is not null && byTask.TryGetValue(one.TaskType, out var task)) task.Add(judged);
        }
        return [agent.Finding(), .. byAction.Values.Select(static stream => stream.Finding()), .. byTask.Values.Select(static stream => stream.Finding())];
    }

    private static List<string> Slices(List<LabelledDecision> all, Func<LabelledDecision, string?> by, DriftPolicy policy)
    {
        var groups = all.GroupBy(by, StringComparer.Ordinal).ToList();
        return groups.Count < 2 ? [] : [.. groups.Where(group => group.Key is not null && group.Count() > policy.Calibration).Select(static group => group.Key!).Order(StringComparer.Ordinal)];
    }
}
