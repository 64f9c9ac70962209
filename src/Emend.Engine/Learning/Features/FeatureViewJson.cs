using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using Emend.Logic;
using Emend.Logic.Conditions;

namespace Emend.Engine.Learning.Features;

/// <summary>A text that is no definition of a view, with everything that is wrong with it.</summary>
internal sealed record FeatureViewIsWrong(string Problems) : Refusal("feature.view-wrong", Problems);

/// <summary>Definitions of views: what people write, and the canonical form the journal keeps. One reader serves both.</summary>
internal static class FeatureViewJson
{
    private const int MaxName = 60, MaxAbout = 500;

    private static readonly string[] Kinds = ["decisions", "corrections", "outcomes"];
    private static readonly string[] Measures = ["count", "rate", "last", "distinct", "mean"];
    private static readonly string[] Members = ["about", "features", "grain", "key", "name", "of", "ttl", "version", "where", "window"];

    /// <summary>A kind of events as definitions name it.</summary>
    public static string Name(EventKind kind) => Kinds[(int)kind];

    /// <summary>A measure as definitions name it.</summary>
    public static string Name(Measure measure) => Measures[(int)measure];

    /// <summary>Canonical JSON, version included.</summary>
    public static string Write(FeatureView view)
    {
        var json = new StringBuilder("{\"about\":").Append(CanonicalJson.Quote(view.About)).Append(",\"features\":{");
        foreach (var feature in view.Features.OrderBy(static feature => feature.Name, StringComparer.Ordinal))
        {
            if (json[^1] != '{') json.Append(',');
            json.Append(CanonicalJson.Quote(feature.Name)).Append(":{");
            if (feature.Hit is { } hit) json.Append("\"hit\":").Append(ConditionJson.Write(hit)).Append(',');
            json.Append("\"measure\":\"").Append(Name(feature.Measure)).Append('"');
            if (feature.Value is { } value) json.Append(",\"value\":").Append(CanonicalJson.Quote(value));
            json.Append('}');
        }
        json.Append('}');
        if (view.Window is not null) json.Append(",\"grain\":\"").Append(Duration.Text(view.Grain)).Append('"');
        json.Append(",\"key\":[").AppendJoin(',', view.Key.Select(CanonicalJson.Quote)).Append("],\"name\":").Append(CanonicalJson.Quote(view.Name));
        json.Append(",\"of\":\"").Append(Name(view.Of)).Append('"');
        if (view.TimeToLive is { } life) json.Append(",\"ttl\":\"").Append(Duration.Text(life)).Append('"');
        json.Append(System.Globalization.CultureInfo.InvariantCulture, $",\"version\":{view.Version}");
        if (view.Where != Condition.Always) json.Append(",\"where\":").Append(ConditionJson.Write(view.Where));
        if (view.Window is { } window) json.Append(",\"window\":\"").Append(Duration.Text(window)).Append('"');
        return json.Append('}').ToString();
    }

    /// <summary>Reads a definition; conditions may be text or JSON.</summary>
    public static Answer<FeatureView> Read(string text)
    {
        try
        {
            using var document = JsonDocument.Parse(text, new() { MaxDepth = 64, AllowDuplicateProperties = false, CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true });
            return Read(document.RootElement);
        }
        catch (JsonException why)
        {
            return new FeatureViewIsWrong("the definition is not JSON: " + why.Message);
        }
    }

    /// <inheritdoc cref="Read(string)"/>
    public static Answer<FeatureView> Read(JsonElement root)
    {
        if (root.ValueKind != JsonValueKind.Object) return new FeatureViewIsWrong("a definition is a JSON object; write {\"name\": …, \"of\": …, \"features\": {…}}");
        var problems = new List<string>();
        try
        {
            var view = View(root, problems);
            return problems.Count == 0 ? view : new FeatureViewIsWrong(string.Join('\n', problems));
        }
        catch (InvalidOperationException)
        {
            return new FeatureViewIsWrong("the definition holds half of a surrogate pair; write the whole character");
        }
    }

    private static FeatureView View(JsonElement root, List<string> problems)
    {
        Only(root, Members, "", problems);
        var name = Text(root, "name", problems) ?? "";
        if (!IsName(name)) problems.Add($"name: use 1 to {MaxName} of a-z, 0-9 and '_', beginning with a letter");
        var about = Text(root, "about", problems) ?? "";
        if (about.Length > MaxAbout || about.Any(char.IsControl)) problems.Add($"about: at most {MaxAbout} characters, none of them a control character");
        var of = OneOf(root, "of", Kinds, problems);
        var kind = (EventKind)Math.Max(of, 0);
        var window = Span(root, "window", problems);
        var grain = Span(root, "grain", problems);
        var life = Span(root, "ttl", problems);
        if (window is null && (grain ?? life) is not null) problems.Add($"{(grain is not null ? "grain" : "ttl")}: only what has a window has one; add \"window\"");
        if (window is { } span)
        {
            grain ??= Duration.UsualGrain(span);
            if (span.Ticks % grain.Value.Ticks != 0) problems.Add($"grain: {Duration.Text(span)} is no whole number of {Duration.Text(grain.Value)}");
            else if (span.Ticks / grain.Value.Ticks > FeatureView.MaxGrains) problems.Add($"grain: the window has {span.Ticks / grain.Value.Ticks} grains of {Duration.Text(grain.Value)}, at most {FeatureView.MaxGrains} are added up; take a larger grain");
            if (life is { } ttl && (ttl > span || ttl.Ticks % grain.Value.Ticks != 0)) problems.Add($"ttl: a whole number of grains ({Duration.Text(grain.Value)}), not longer than the window");
        }
        var where = root.TryGetProperty("where", out var filter) ? Filter(filter, "where", kind, problems) : Condition.Always;
        var features = Features(root, kind, problems);
        return new()
        {
            Name = name,
            About = about,
            Version = root.TryGetProperty("version", out var version) && version.TryGetInt32(out var number) && number > 0 ? number : 1,
            Of = kind,
            Where = where,
            Key = Key(root, kind, problems),
            Window = window,
            Grain = grain ?? TimeSpan.Zero,
            TimeToLive = life,
            Features = features,
        };
    }

    private static ImmutableArray<string> Key(JsonElement root, EventKind kind, List<string> problems)
    {
        if (!root.TryGetProperty("key", out var given)) return [];
        if (given.ValueKind != JsonValueKind.Array || given.EnumerateArray().Any(static part => part.ValueKind != JsonValueKind.String))
        {
            problems.Add("key: a list of operands, e.g. [\"proposed.action\"]");
            return [];
        }
        var key = given.EnumerateArray().Select(static part => part.GetString()!).ToImmutableArray();
        if (key.Length > FeatureView.MaxKey) problems.Add($"key: at most {FeatureView.MaxKey} parts");
        if (key.Distinct(StringComparer.Ordinal).Count() != key.Length) problems.Add("key: a part stands in it twice");
        foreach (var part in key)
            if (OperandProblem(part, kind) is { } problem) problems.Add("key: " + problem);
        return key;
    }

    private static ImmutableArray<ViewFeature> Features(JsonElement root, EventKind kind, List<string> problems)
    {
        if (!root.TryGetProperty("features", out var given) || given.ValueKind != JsonValueKind.Object)
        {
            problems.Add("features: write {\"how_many\": {\"measure\": \"count\"}}");
            return [];
        }
        var features = ImmutableArray.CreateBuilder<ViewFeature>();
        foreach (var member in given.EnumerateObject())
        {
            var path = "features." + member.Name;
            if (!IsName(member.Name)) problems.Add($"{path}: a name is 1 to {MaxName} of a-z, 0-9 and '_', beginning with a letter");
            if (member.Value.ValueKind != JsonValueKind.Object)
            {
                problems.Add($"{path}: write {{\"measure\": …}}");
                continue;
            }
            Only(member.Value, ["hit", "measure", "value"], path + ".", problems);
            var measure = (Measure)Math.Max(OneOf(member.Value, "measure", Measures, problems, path + "."), 0);
            var hit = member.Value.TryGetProperty("hit", out var condition) ? Filter(condition, path + ".hit", kind, problems) : null;
            var value = Text(member.Value, "value", problems, path + ".");
            if (hit is null == measure is Measure.Rate) problems.Add(hit is null ? $"{path}: a rate needs \"hit\", the condition whose share it is" : $"{path}: only a rate has \"hit\"");
            if (value is null == measure is Measure.Last or Measure.Distinct or Measure.Mean)
                problems.Add(value is null ? $"{path}: {Name(measure)} needs \"value\", e.g. \"event.reason\"" : $"{path}: {Name(measure)} has no \"value\"");
            if (value is not null && OperandProblem(value, kind) is { } problem) problems.Add($"{path}.value: {problem}");
            if (value is not null && measure != Measure.Distinct && EventFacts.IsPerson(value)) problems.Add($"{path}.value: {value} is a person; people are only counted (distinct)");
            features.Add(new(member.Name, measure) { Hit = hit, Value = value });
        }
        if (features.Count is 0 or > FeatureView.MaxFeatures) problems.Add($"features: 1 to {FeatureView.MaxFeatures}");
        features.Sort(static (a, b) => string.CompareOrdinal(a.Name, b.Name));
        return features.DrainToImmutable();
    }

    private static Condition Filter(JsonElement given, string path, EventKind kind, List<string> problems)
    {
        try
        {
            var condition = given.ValueKind == JsonValueKind.String ? ConditionText.Parse(given.GetString()!) : ConditionJson.Read(given);
            foreach (var problem in ConditionProblems.Of(condition)) problems.Add($"{path}: {problem}");
            foreach (var operand in OperandsOf(condition).Distinct())
            {
                switch (operand.Kind)
                {
                    case OperandKind.Text or OperandKind.Case or OperandKind.ProposedArgument:
                        problems.Add($"{path}: `{ConditionText.Format(operand)}` is personal; views look at labels, numbers and features of class public or internal");
                        break;
                    case OperandKind.Feature when OperandProblem(operand.Name, kind) is { } problem: problems.Add($"{path}: {problem}"); break;
                    default: break;
                }
            }
            return condition;
        }
        catch (FormatException why)
        {
            problems.Add($"{path}: {why.Message}");
            return Condition.Always;
        }
    }

    /// <summary>Features of contexts that a view looks at.</summary>
    public static IEnumerable<string> ContextFeatures(FeatureView view) =>
        view.Key.Concat(view.Features.Select(static feature => feature.Value).OfType<string>())
            .Where(operand => !EventFacts.BuiltIn(view.Of).Contains(operand, StringComparer.Ordinal))
            .Concat(view.Features.Select(static feature => feature.Hit).OfType<Condition>().Prepend(view.Where).SelectMany(OperandsOf)
                .Where(operand => operand.Kind == OperandKind.Feature && !EventFacts.Own(view.Of).Contains(operand.Name, StringComparer.Ordinal)).Select(static operand => operand.Name))
            .Distinct(StringComparer.Ordinal);

    private static IEnumerable<Operand> OperandsOf(Condition condition) => condition switch
    {
        All all => all.Terms.SelectMany(OperandsOf),
        Any any => any.Terms.SelectMany(OperandsOf),
        Not not => OperandsOf(not.Term),
        Predicate predicate => [predicate.Operand],
        _ => [],
    };

    private static string? OperandProblem(string operand, EventKind kind)
    {
        if (operand.Length is 0 or > Capturing.Logs.LogLimits.MaxName) return "an operand has 1 to 200 characters";
        if (EventFacts.BuiltIn(kind).Contains(operand, StringComparer.Ordinal)) return null;
        if (operand is "text" or "case" || operand.StartsWith("proposed.", StringComparison.Ordinal)) return $"`{operand}` cannot be used here; known are {string.Join(", ", EventFacts.BuiltIn(kind))} and features of the context";
        return operand.StartsWith("event.", StringComparison.Ordinal) ? $"{Name(kind)} have no `{operand}`; known are {string.Join(", ", EventFacts.BuiltIn(kind))}" : null;
    }

    private static bool IsName(string name) => name.Length is > 0 and <= MaxName && char.IsAsciiLetterLower(name[0]) && name.All(static c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '_');

    private static void Only(JsonElement root, string[] members, string path, List<string> problems)
    {
        foreach (var member in root.EnumerateObject())
            if (!members.Contains(member.Name, StringComparer.Ordinal)) problems.Add($"{path}{member.Name} is not known here; known are {string.Join(", ", members)}");
    }

    private static string? Text(JsonElement root, string name, List<string> problems, string path = "")
    {
        if (!root.TryGetProperty(name, out var given)) return null;
        if (given.ValueKind == JsonValueKind.String) return given.GetString();
        problems.Add($"{path}{name}: a text");
        return null;
    }

    private static int OneOf(JsonElement root, string name, string[] words, List<string> problems, string path = "")
    {
        var at = root.TryGetProperty(name, out var given) && given.ValueKind == JsonValueKind.String ? Array.IndexOf(words, given.GetString()) : -1;
        if (at < 0) problems.Add($"{path}{name}: one of {string.Join(", ", words)}");
        return at;
    }

    private static TimeSpan? Span(JsonElement root, string name, List<string> problems)
    {
        if (!root.TryGetProperty(name, out var given)) return null;
        if (given.ValueKind == JsonValueKind.String && Duration.Read(given.GetString()!) is { } span) return span;
        problems.Add($"{name}: a whole number and a unit, 1s to 3660d, e.g. 24h");
        return null;
    }
}
