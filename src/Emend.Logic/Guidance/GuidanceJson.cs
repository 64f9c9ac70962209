using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Emend.Logic.Conditions;

namespace Emend.Logic.Guidance;

/// <summary>Canonical JSON of a guidance item: how it stands in a bundle (docs/spec/bundle.md). Defaults are left out.</summary>
public static class GuidanceJson
{
    private static readonly string[] Kinds = ["written", "correction", "confirmed"];

    /// <summary>Writes an item.</summary>
    /// <exception cref="ArgumentException">The item has no canonical form: a feature that is not finite, a weight outside 0 to 1.</exception>
    public static string Write(GuidanceItem item)
    {
        ArgumentNullException.ThrowIfNull(item);
        var text = new StringBuilder(300);
        var to = new Members(text);
        if (item.Action is { } action) to.String("action", action);
        if (item.At != 0) to.String("at", CanonicalJson.Instant(item.At));
        if (item.Cases != 0) to.Integer("cases", item.Cases);
        if (!item.Evidence.IsEmpty)
        {
            to.Open("evidence");
            foreach (var id in item.Evidence) to.ItemString(id);
            to.Close();
        }
        if (!item.Features.IsEmpty) to.Raw("features", "{" + string.Join(',', item.Features.Select(static f => CanonicalJson.Quote(f.Name) + ":" + CanonicalJson.Text(f.Value))) + "}");
        if (item.Harm != 0) to.Integer("harm", item.Harm);
        if (item.Help != 0) to.Integer("help", item.Help);
        to.String("id", item.Id);
        to.String("kind", Kinds[(int)item.Kind]);
        if (item.Proposed is { } proposed) to.String("proposed", proposed);
        if (item.Scope is { } scope) to.Condition("scope", scope);
        if (item.Submitters != 0) to.Integer("submitters", item.Submitters);
        if (item.TaskType is { } task) to.String("taskType", task);
        if (item.Text.Length > 0) to.String("text", item.Text);
        if (item.Weight < 1) to.Raw("weight", CanonicalJson.Number(item.Weight));
        if (!item.Words.IsEmpty) to.Raw("words", "{" + string.Join(',', item.Words.Select(static w => CanonicalJson.Quote(w.Word) + ":" + w.Cases.ToString(CultureInfo.InvariantCulture))) + "}");
        to.End();
        return text.ToString();
    }

    /// <summary>Reads an item, strictly.</summary>
    /// <exception cref="JsonException">The value is not a guidance item; the message starts with the path.</exception>
    public static GuidanceItem Read(JsonElement element)
    {
        var from = new MemberReader(element, "a guidance item");
        var item = new GuidanceItem
        {
            Action = from.StringOrNull("action"),
            At = from.InstantOrNull("at") ?? 0,
            Cases = from.Integer("cases", 0),
            Evidence = from.Items("evidence", MemberReader.StringItem),
            Features = from.Member("features", Values)?.Select(static m => new Feature(m.Key, ActionArgs.ValueOf(m.Value))).ToImmutableArray() ?? [],
            Harm = from.Integer("harm", 0),
            Help = from.Integer("help", 0),
            Id = from.String("id"),
            Kind = (GuidanceKind)from.OneOf("kind", Kinds, null),
            Proposed = from.StringOrNull("proposed"),
            Scope = from.Member("scope", ConditionJson.Read),
            Submitters = from.Integer("submitters", 0),
            TaskType = from.StringOrNull("taskType"),
            Text = from.StringOrNull("text") ?? "",
            Weight = from.Member("weight", static value => (object)CanonicalJson.NumberOf(value)) is double weight ? weight : 1,
            Words = from.Member("words", Values)?.Select(static m => new GuidanceWord(m.Key, m.Value.TryGetInt32(out var count) ? count : 0)).ToImmutableArray() ?? [],
        };
        from.Done();
        return item;
    }

    /// <summary>Reads an item from its text.</summary>
    /// <exception cref="JsonException">The text is not a guidance item.</exception>
    public static GuidanceItem Read(string json)
    {
        ArgumentNullException.ThrowIfNull(json);
        using var document = CanonicalJson.Parse(Encoding.UTF8.GetBytes(json), maxDepth: (2 * ConditionLimits.MaxDepth) + 16);
        return Read(document.RootElement);
    }

    private static List<KeyValuePair<string, JsonElement>> Values(JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.Object) throw new LogicJsonException($"expected an object, found {ConditionJson.Found(value)}");
        var members = value.EnumerateObject().Select(static m => KeyValuePair.Create(CanonicalJson.NameOf(m), m.Value)).ToList();
        members.Sort(static (a, b) => string.CompareOrdinal(a.Key, b.Key));
        return members;
    }
}
