using System.Text.Json;
using Emend.Logic.Rules;

namespace Emend.Logic.Evaluation;

/// <summary>What a rule makes of the action, as far as guardrails look at it: worked out once, so that checking the changed action allocates nothing.</summary>
internal sealed class ActionChange
{
    private readonly string? _label; // null: the proposed one stays
    private readonly Argument[] _arguments;

    private ActionChange(string? label, Argument[] arguments) => (_label, _arguments) = (label, arguments);

    private enum Fate : byte
    {
        /// <summary>Has the value the rule gives it, or none.</summary>
        Set,
        /// <summary>Stays as proposed.</summary>
        Keep,
        /// <summary>Stays as proposed if what holds it is an object; the patch replaces anything else.</summary>
        KeepInObject,
    }

    /// <summary>The change a rule makes; null when it makes none.</summary>
    public static ActionChange? Of(Rule rule, Lanes lanes)
    {
        switch (rule.Effect)
        {
            case RuleEffect.Override:
                return To(new(rule.Action!, rule.Args), lanes);
            case RuleEffect.Patch:
                using (var patch = JsonDocument.Parse(rule.Args.Json))
                    return new(null, [.. lanes.ArgumentSlots.Select((slot, i) => Patched(slot, i, lanes.ArgumentPaths[i].Steps, patch.RootElement)).Where(static a => a.Fate != Fate.Keep)]);
            default:
                return null;
        }
    }

    /// <summary>The change to another action.</summary>
    public static ActionChange To(AgentAction action, Lanes lanes) =>
        new(action.Label, [.. lanes.ArgumentSlots.Select((slot, i) => new Argument(slot, i, Fate.Set, action.Args[lanes.Slots[slot].Name], 0))]);

    /// <summary>Writes the changed action over the proposed one.</summary>
    /// <param name="lanes">How to write.</param>
    /// <param name="original">Proposed arguments; null when the caller gave single values only, which are then taken to be members of objects.</param>
    /// <param name="values">The case.</param>
    /// <param name="facts">The case.</param>
    public void Write(Lanes lanes, ActionArgs? original, Span<int> values, ref Facts facts)
    {
        if (_label is not null && lanes.ActionSlot >= 0)
        {
            lanes.Erase(lanes.ActionSlot, values, facts);
            lanes.Write(lanes.ActionSlot, FeatureValue.Of(_label), values, ref facts);
        }
        foreach (var argument in _arguments)
        {
            if (argument.Fate == Fate.KeepInObject)
            {
                if (original is null || StandsInObjects(lanes.ArgumentPaths[argument.Path], original.Json, argument.Depth)) continue;
            }
            lanes.Erase(argument.Slot, values, facts);
            lanes.Write(argument.Slot, argument.Value, values, ref facts);
        }
    }

    private static bool StandsInObjects(ArgsPath path, ReadOnlySpan<char> json, int depth)
    {
        for (var steps = 1; steps <= depth; steps++)
            if (path.Find(json, steps) is not ['{', ..]) return false;
        return true;
    }

    // Follows the path into the patch as RFC 7396 merges it.
    private static Argument Patched(int slot, int path, string[] steps, JsonElement at)
    {
        for (var depth = 0; depth < steps.Length; depth++)
        {
            if (!at.TryGetProperty(steps[depth], out var member))
                return depth == 0 ? new(slot, path, Fate.Keep, default, 0) : new(slot, path, Fate.KeepInObject, default, depth);
            at = member;
            if (at.ValueKind == JsonValueKind.Object) continue;
            // Replaced from here on: the rest of the path lies inside the patch's own value, null meaning nothing.
            var value = at.ValueKind == JsonValueKind.Null ? default : Inside(at, steps.AsSpan(depth + 1));
            return new(slot, path, Fate.Set, value, 0);
        }
        return new(slot, path, Fate.Set, default, 0); // an object: not a value
    }

    private static FeatureValue Inside(JsonElement at, ReadOnlySpan<string> steps)
    {
        if (steps.IsEmpty) return ActionArgs.ValueOf(at);
        using var wrapped = JsonDocument.Parse($$"""{"v":{{at.GetRawText()}}}""");
        return ActionArgs.Of(wrapped.RootElement)["v." + string.Join('.', steps.ToArray())];
    }

    private readonly record struct Argument(int Slot, int Path, Fate Fate, FeatureValue Value, int Depth);
}
