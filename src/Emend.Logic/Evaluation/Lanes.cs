using System.Runtime.CompilerServices;
using Emend.Logic.Conditions;

namespace Emend.Logic.Evaluation;

/// <summary>
/// How a case is written down for the index: each operand and type that conditions look at is a lane with one small integer
/// (symbol of a string, rank of a number or instant, 0 or 1), -1 when the operand has no value of that type.
/// </summary>
internal sealed class Lanes
{
    private readonly Dictionary<Operand, int> _slotOf;
    private readonly SlotPlan[] _plans;
    private readonly int _features;
    private readonly string[] _featureNames;

    internal Lanes(Operand[] slots, SlotPlan[] plans, int count, int facts, int textLane, PhraseTable? phrases)
    {
        Slots = slots;
        _plans = plans;
        Count = count;
        FactCount = facts;
        TextLane = textLane;
        Phrases = phrases;
        _slotOf = new(slots.Length);
        for (var i = 0; i < slots.Length; i++) _slotOf.Add(slots[i], i);
        while (_features < slots.Length && slots[_features].Kind == OperandKind.Feature) _features++;
        // A name that the program has as a literal is that very string: most comparisons end at the reference.
        _featureNames = [.. slots.Take(_features).Select(static slot => string.IsInterned(slot.Name) ?? slot.Name)];
        ActionSlot = _slotOf.GetValueOrDefault(Operand.ProposedAction, -1);
        ConfidenceSlot = _slotOf.GetValueOrDefault(Operand.Confidence, -1);
        TaskTypeSlot = _slotOf.GetValueOrDefault(Operand.TaskType, -1);
        ArgumentSlots = [.. Enumerable.Range(0, slots.Length).Where(i => slots[i].Kind == OperandKind.ProposedArgument)];
        ArgumentPaths = [.. ArgumentSlots.Select(i => new ArgsPath(slots[i].Name))];
        CaseSlots = [.. Enumerable.Range(0, slots.Length).Where(i => slots[i].Kind == OperandKind.Case)];
    }

    /// <summary>Operands with a single value, sorted: features by name first.</summary>
    public Operand[] Slots { get; }

    /// <summary>Number of lanes; lane 0 is always 0, for tests that must hold.</summary>
    public int Count { get; }

    /// <summary>Number of facts.</summary>
    public int FactCount { get; }

    /// <summary>Lane that tells whether there is a text; -1 when nothing asks.</summary>
    public int TextLane { get; }

    /// <summary>Phrases looked for in the text; null when there are none.</summary>
    public PhraseTable? Phrases { get; }

    public int ActionSlot { get; }

    public int ConfidenceSlot { get; }

    public int TaskTypeSlot { get; }

    public int[] ArgumentSlots { get; }

    public ArgsPath[] ArgumentPaths { get; }

    public int[] CaseSlots { get; }

    public int SlotOf(Operand operand) => _slotOf.GetValueOrDefault(operand, -1);

    /// <summary>Writes a context and a proposal down. Lanes come in filled with -1.</summary>
    public void Write(in DecisionInput input, Span<int> lanes, ref Facts facts)
    {
        WriteFeatures(input.Context, lanes, ref facts);
        if (ActionSlot >= 0) Write(ActionSlot, FeatureValue.Of(input.Proposed.Label), lanes, ref facts);
        if (ConfidenceSlot >= 0 && input.Confidence is { } confidence) Write(ConfidenceSlot, FeatureValue.Of(confidence), lanes, ref facts);
        if (TaskTypeSlot >= 0) Write(TaskTypeSlot, FeatureValue.Of(input.Context.TaskType), lanes, ref facts);
        WriteText(input.Context.Text, lanes, ref facts);
        foreach (var slot in CaseSlots) WriteCase(slot, input, lanes);
        if (ArgumentSlots.Length == 0 || input.Proposed.Args.IsEmpty) return;
        for (var i = 0; i < ArgumentSlots.Length; i++) WriteArgument(ArgumentSlots[i], ArgumentPaths[i].Find(input.Proposed.Args.Json), lanes, ref facts);
    }

    /// <summary>Writes down one value for each slot.</summary>
    public void Write(ReadOnlySpan<FeatureValue> values, Span<int> lanes, ref Facts facts)
    {
        for (var i = 0; i < _plans.Length; i++) Write(i, values[i], lanes, ref facts);
    }

    public void WriteText(string? text, Span<int> lanes, ref Facts facts)
    {
        if (text is null) return;
        if (TextLane >= 0) lanes[TextLane] = 1;
        Phrases?.Find(text, ref facts);
    }

    /// <summary>Writes one value down.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Write(int slot, in FeatureValue value, Span<int> lanes, ref Facts facts)
    {
        ref readonly var plan = ref _plans[slot];
        switch (value.Kind)
        {
            case FeatureKind.String:
                if (plan.StringLane > 0) lanes[plan.StringLane] = plan.Strings!.Find(value.AsString);
                break;
            case FeatureKind.Number:
                if (plan.NumberLane > 0) lanes[plan.NumberLane] = plan.Numbers!.Rank(value.AsNumber);
                break;
            case FeatureKind.Boolean:
                if (plan.BooleanLane > 0) lanes[plan.BooleanLane] = value.AsBoolean ? 1 : 0;
                break;
            case FeatureKind.Timestamp:
                if (plan.InstantLane > 0) lanes[plan.InstantLane] = plan.Instants!.Rank(value.AsMicroseconds);
                break;
            case FeatureKind.StringSet:
                if (plan.Members is not null) WriteSet(plan, value.AsSet, lanes, ref facts);
                break;
            default:
                return;
        }
        if (plan.PresenceLane > 0) lanes[plan.PresenceLane] = 1;
    }

    /// <summary>Takes back what was written for a slot.</summary>
    public void Erase(int slot, Span<int> lanes, in Facts facts)
    {
        ref readonly var plan = ref _plans[slot];
        if (plan.StringLane > 0) lanes[plan.StringLane] = -1;
        if (plan.NumberLane > 0) lanes[plan.NumberLane] = -1;
        if (plan.BooleanLane > 0) lanes[plan.BooleanLane] = -1;
        if (plan.InstantLane > 0) lanes[plan.InstantLane] = -1;
        if (plan.SetLane > 0) lanes[plan.SetLane] = -1;
        if (plan.PresenceLane > 0) lanes[plan.PresenceLane] = -1;
        if (plan.Members is not null) facts.Clear(plan.FirstFact, plan.Members.Count);
    }

    // Both sides are sorted by name: one walk over both.
    private void WriteFeatures(Context context, Span<int> lanes, ref Facts facts)
    {
        var features = context.Features.AsSpan();
        var slot = 0;
        for (var i = 0; i < features.Length && slot < _features;)
        {
            var (mine, theirs) = (_featureNames[slot], features[i].Name);
            if (ReferenceEquals(mine, theirs) || mine.AsSpan().SequenceEqual(theirs))
            {
                Write(slot, features[i].Value, lanes, ref facts);
                slot++;
                i++;
            }
            else if (string.CompareOrdinal(mine, theirs) < 0)
            {
                slot++;
            }
            else
            {
                i++;
            }
        }
    }

    private static void WriteSet(in SlotPlan plan, ReadOnlySpan<string> members, Span<int> lanes, ref Facts facts)
    {
        var known = 0;
        foreach (var member in members)
            if (plan.Members!.Find(member) is var symbol and > 0 && facts.Add(plan.FirstFact + symbol - 1)) known++;
        if (plan.SetLane > 0) lanes[plan.SetLane] = plan.SetOf(known, known == members.Length, facts);
    }

    private void WriteCase(int slot, in DecisionInput input, Span<int> lanes)
    {
        ref readonly var plan = ref _plans[slot];
        if (plan.StringLane > 0) lanes[plan.StringLane] = plan.Cases!.Find(input.Context, input.Proposed);
        if (plan.PresenceLane > 0) lanes[plan.PresenceLane] = 1;
    }

    // Arguments are canonical JSON text: read in place. A string without an escape is its own text.
    private void WriteArgument(int slot, ReadOnlySpan<char> json, Span<int> lanes, ref Facts facts)
    {
        if (json.IsEmpty) return;
        ref readonly var plan = ref _plans[slot];
        switch (json[0])
        {
            case '"':
                if (plan.StringLane > 0) lanes[plan.StringLane] = ArgsPath.FindString(plan.Strings!, json);
                break;
            case 't' or 'f':
                if (plan.BooleanLane > 0) lanes[plan.BooleanLane] = json[0] == 't' ? 1 : 0;
                break;
            case '[':
                if (!ArgsPath.IsSet(json)) return;
                if (plan.Members is null) break;
                var (known, all) = (0, true);
                for (var rest = json[1..]; ArgsPath.NextString(ref rest, out var member);)
                {
                    var symbol = ArgsPath.FindString(plan.Members, member);
                    all &= symbol > 0;
                    if (symbol > 0 && facts.Add(plan.FirstFact + symbol - 1)) known++;
                }
                if (plan.SetLane > 0) lanes[plan.SetLane] = plan.SetOf(known, all, facts);
                break;
            case '{' or 'n':
                return;
            default:
                if (plan.NumberLane > 0) lanes[plan.NumberLane] = plan.Numbers!.Rank(double.Parse(json, System.Globalization.CultureInfo.InvariantCulture));
                break;
        }
        if (plan.PresenceLane > 0) lanes[plan.PresenceLane] = 1;
    }
}

/// <summary>Lanes and tables of one operand; a lane of 0 means that nothing looks at values of that type.</summary>
internal readonly record struct SlotPlan
{
    public int StringLane { get; init; }

    public int NumberLane { get; init; }

    public int BooleanLane { get; init; }

    public int InstantLane { get; init; }

    public int SetLane { get; init; }

    public int PresenceLane { get; init; }

    public SymbolTable? Strings { get; init; }

    /// <summary>The strings again where they are fingerprints of cases.</summary>
    public CaseTable? Cases { get; init; }

    public Thresholds? Numbers { get; init; }

    public Thresholds? Instants { get; init; }

    /// <summary>Strings looked for in sets; the fact of symbol s is <see cref="FirstFact"/> + s - 1.</summary>
    public SymbolTable? Members { get; init; }

    public int FirstFact { get; init; }

    /// <summary>Sets compared as a whole, each as the facts of its members; the lane holds the position plus one.</summary>
    public int[][]? Sets { get; init; }

    /// <summary>The lane of a type.</summary>
    public int LaneOf(FeatureKind kind) => kind switch
    {
        FeatureKind.String => StringLane,
        FeatureKind.Number => NumberLane,
        FeatureKind.Boolean => BooleanLane,
        FeatureKind.Timestamp => InstantLane,
        FeatureKind.StringSet => SetLane,
        _ => 0,
    };

    /// <summary>Which of <see cref="Sets"/> a value is, given how many of its members are known and whether that is all of them.</summary>
    public int SetOf(int known, bool all, in Facts facts)
    {
        for (var i = 0; all && i < Sets!.Length; i++)
        {
            if (Sets[i].Length != known) continue;
            var same = true;
            foreach (var fact in Sets[i]) same &= facts.Has(fact);
            if (same) return i + 1;
        }
        return 0;
    }
}
